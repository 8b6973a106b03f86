"""Values: bytes and what they mean in Python."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import ValueTypeError
from anyreg.types import ExpandString, Link, QWord, Raw, type_name
from anyreg.values import Node, Value, decode, encode, encode_over, expand, of_type

TEXT = st.text(st.characters(codec=None), max_size=20)
PLAIN = st.text(st.characters(codec="utf-16-le", exclude_characters="\0"), max_size=20)


def wide(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


DECODED: list[tuple[int, bytes, object]] = [
    (1, wide("text\0"), "text"),
    (1, wide("text"), "text"),
    (1, wide("a\0b\0"), "a"),
    (1, b"", ""),
    (1, b"a", ""),
    (1, b"a\0b", "a"),
    (1, b"\0\xd8", "\ud800"),
    (2, wide("%A%\0"), "%A%"),
    (6, wide(r"\Registry"), r"\Registry"),
    (7, b"", []),
    (7, wide("\0"), []),
    (7, wide("\0\0"), [""]),
    (7, wide("a\0b\0\0"), ["a", "b"]),
    (7, wide("a\0b\0"), ["a", "b"]),
    (7, wide("a\0b"), ["a", "b"]),
    (7, wide("a\0\0b\0\0"), ["a", "", "b"]),
    (7, b"a\0\0", ["a"]),
    (4, b"\1\2\3\4", 0x04030201),
    (4, b"\1\2\3", b"\1\2\3"),
    (4, b"\1\2\3\4\5", b"\1\2\3\4\5"),
    (4, b"", b""),
    (5, b"\1\2\3\4", 0x01020304),
    (5, b"\1", b"\1"),
    (11, b"\xff" * 8, 2**64 - 1),
    (11, b"\xff" * 4, b"\xff" * 4),
    (3, b"\1\0\0\0", b"\1\0\0\0"),
    (0, b"x", b"x"),
    (8, b"x", b"x"),
    (0x200000, b"\1\2\3\4", b"\1\2\3\4"),
    (0xFFFF0011, b"", b""),
]


@pytest.mark.parametrize(("kind", "raw", "data"), DECODED)
def test_bytes_are_read_as_windows_programs_do(kind: int, raw: bytes, data: object) -> None:
    """What does not fit its type stays bytes."""
    assert decode(kind, raw) == data
    assert type(decode(kind, raw)) is type(data)
    assert Value("v", kind, raw).data == data


ENCODED: list[tuple[object, int, bytes]] = [
    ("text", 1, wide("text\0")),
    ("", 1, wide("\0")),
    ("\ud800", 1, b"\0\xd8\0\0"),
    (ExpandString("%A%"), 2, wide("%A%\0")),
    (Link("A"), 6, wide("A")),
    (0, 4, bytes(4)),
    (2**32 - 1, 4, b"\xff" * 4),
    (True, 4, b"\1\0\0\0"),
    (QWord(1), 11, b"\1" + bytes(7)),
    (QWord(2**64 - 1), 11, b"\xff" * 8),
    (b"raw", 3, b"raw"),
    (bytearray(b"raw"), 3, b"raw"),
    (memoryview(b"raw"), 3, b"raw"),
    ([], 7, wide("\0")),
    (["a", "b"], 7, wide("a\0b\0\0")),
    (("a", ""), 7, wide("a\0\0\0")),
    (Raw(0xFFFF0011, b"x"), 0xFFFF0011, b"x"),
]


@pytest.mark.parametrize(("data", "kind", "raw"), ENCODED)
def test_python_data_is_stored_by_its_kind(data: object, kind: int, raw: bytes) -> None:
    """Never by how large a number is or what a text looks like."""
    assert encode(data) == (kind, raw)


@pytest.mark.parametrize("number", [-1, 2**32, QWord(-1), QWord(2**64)])
def test_numbers_that_do_not_fit_are_refused(number: int) -> None:
    """The message says what does."""
    with pytest.raises(ValueError, match="does not fit REG_"):
        encode(number)


@pytest.mark.parametrize("data", [None, 1.5, object(), {"a": 1}, ["a", 1]])
def test_other_kinds_are_refused(data: object) -> None:
    """Guessing a type would lose data."""
    with pytest.raises(TypeError):
        encode(data)


def test_a_nul_in_a_list_is_refused() -> None:
    """It would end the string, or the list."""
    with pytest.raises(ValueError, match="NUL"):
        encode(["a\0b"])


KINDS: dict[int, object] = {
    1: "text", 2: "text", 6: "text", 4: 5, 5: 5, 11: 5, 7: ["a"], 0: b"raw", 3: b"raw", 8: b"raw",
    0xFFFF0012: b"raw",
}  # fmt: skip
HELD = {1: "a\0", 2: "a\0", 6: "a", 7: "a\0\0"}


def held(kind: int) -> Value:
    """A value of a type with data that is read as such."""
    sizes = {4: 4, 5: 4, 11: 8}
    raw = wide(HELD[kind]) if kind in HELD else b"\1" * sizes.get(kind, 3)
    return Value("v", kind, raw)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", ["text", 5, True, b"raw", bytearray(b"raw"), ["a"], ("a",)])
def test_a_type_that_is_there_takes_data_of_its_own_kind_alone(kind: int, data: object) -> None:
    """All else is refused, and both types are named."""
    fits = isinstance(data, type(KINDS[kind])) or (
        isinstance(data, bytearray | tuple) and isinstance(KINDS[kind], bytes | list)
        and isinstance(data, bytearray) == isinstance(KINDS[kind], bytes)
    )  # fmt: skip
    if fits:
        assert encode_over(data, held(kind))[0] == kind
        return
    with pytest.raises(ValueTypeError, match="value 'v' is ") as caught:
        encode_over(data, held(kind))
    assert caught.value.expected == type_name(kind)
    assert caught.value.actual == type_name(encode(data)[0])
    with pytest.raises(ValueTypeError, match="is for other data than"):
        of_type(data, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", [QWord(5), ExpandString("x"), Link("x"), Raw(9, b"x")])
def test_a_kind_that_names_its_type_goes_over_any(kind: int, data: object) -> None:
    """That is what it is for."""
    assert encode_over(data, held(kind)) == encode(data)


@pytest.mark.parametrize(("kind", "data"), [(4, b"xyz"), (11, b"x"), (5, b"")])
def test_bytes_that_do_not_fit_their_type_are_replaced_by_bytes(kind: int, data: bytes) -> None:
    """As they are read."""
    assert encode_over(b"new", Value("v", kind, data)) == (kind, b"new")
    assert encode_over(5, Value("v", kind, data))[0] == kind


def test_a_type_can_be_given() -> None:
    """By number or name; the data must be for it."""
    assert of_type(5, "qword") == Raw(11, b"\5" + bytes(7))
    assert of_type(QWord(5), 4) == Raw(4, b"\5\0\0\0")
    assert of_type(ExpandString("a"), "REG_SZ") == Raw(1, wide("a\0"))
    assert of_type(Raw(3, b"x"), "binary") == Raw(3, b"x")
    with pytest.raises(ValueTypeError, match="REG_DWORD is for other data than REG_SZ"):
        of_type("5", "dword")
    with pytest.raises(ValueTypeError, match="REG_SZ is for other data than REG_BINARY"):
        of_type(Raw(3, b"x"), "sz")
    with pytest.raises(ValueError, match="'word' is no type"):
        of_type(5, "word")
    with pytest.raises(ValueError, match="does not fit REG_DWORD_BIG_ENDIAN"):
        of_type(1 << 32, 5)


@given(
    PLAIN
    | st.integers(0, 2**32 - 1)
    | st.binary(max_size=50)
    | st.lists(PLAIN.filter(bool), max_size=5)
)
def test_what_is_encoded_is_decoded_again(data: str | int | bytes | list[str]) -> None:
    """Each kind of data comes back."""
    assert decode(*encode(data)) == data


@given(st.integers(0, 2**64 - 1), PLAIN)
def test_the_other_kinds_come_back_plain(number: int, text: str) -> None:
    """The type tells the kind."""
    assert decode(*encode(QWord(number))) == number
    assert decode(*encode(ExpandString(text))) == text
    assert decode(*encode(Link(text))) == text


@given(st.integers(0, 20) | st.integers(0, 2**32 - 1), st.binary(max_size=60))
def test_decoding_never_fails(kind: int, raw: bytes) -> None:
    """Any bytes under any type are something."""
    data = decode(kind, raw)
    assert isinstance(data, (str, int, bytes, list))
    assert repr(Value("v", kind, raw))


# Value


def test_a_value_is_its_name_type_and_bytes() -> None:
    """Equal and hashed by them, and by nothing else."""
    value = Value("v", 1, b"a\0")
    assert value == Value("v", 1, b"a\0")
    assert hash(value) == hash(Value("v", 1, b"a\0"))
    for other in (Value("V", 1, b"a\0"), Value("v", 2, b"a\0"), Value("v", 1, b"b\0"), "v"):
        assert value != other


def test_a_value_shows_what_it_is() -> None:
    """Name, type and data."""
    assert repr(Value("v", 1, wide("x"))) == "Value(name='v', type=REG_SZ, data='x')"
    assert Value("v", 0x200000, b"").type_name == "0x200000"


def test_values_can_be_pickled_and_copied() -> None:
    """They cross process borders whole."""
    value = Value("v", 7, b"raw")
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert again == value


def test_a_node_is_a_name_and_a_time() -> None:
    """What every world tells of a key."""
    node = Node("A", 5)
    assert (node.name, node.last_written) == ("A", 5)


# Expanding

ENVIRONMENT = {"Home": r"C:\Users\me", "NUL": "", "A": "%HOME%"}
EXPANDED = {
    "": "",
    "plain": "plain",
    "%HOME%": r"C:\Users\me",
    r"%home%\x": r"C:\Users\me\x",
    "%none%": "%none%",
    "100%": "100%",
    "%": "%",
    "%%": "%%",
    "%%home%%": r"%C:\Users\me%",
    "%none%home%": r"%noneC:\Users\me",
    "a%nul%b": "ab",
    "%A%": "%HOME%",
    "%home%%home%": r"C:\Users\meC:\Users\me",
}


@pytest.mark.parametrize(("text", "result"), EXPANDED.items())
def test_variables_are_replaced_as_windows_does(text: str, result: str) -> None:
    """Without case; what is unknown stays; what a variable holds is not expanded again."""
    assert expand(text, ENVIRONMENT) == result
    assert Value("v", 2, wide(text + "\0")).expand(ENVIRONMENT) == result


def test_the_own_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no other is given."""
    monkeypatch.setenv("ANYREG_TEST", "here")
    assert Value("v", 1, wide("%anyreg_test%")).expand() == "here"


@pytest.mark.parametrize(("kind", "raw"), [(4, bytes(4)), (7, b""), (3, b"x")])
def test_only_texts_can_be_expanded(kind: int, raw: bytes) -> None:
    """A number or a list holds no variables."""
    with pytest.raises(TypeError, match="REG_"):
        Value("v", kind, raw).expand({})


@given(TEXT)
def test_without_variables_nothing_changes(text: str) -> None:
    """Whatever percent signs stand in it."""
    assert expand(text, {}) == text
