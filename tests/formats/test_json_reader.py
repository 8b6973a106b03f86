"""Reading JSON documents: any layout, nothing guessed, and every error with its place."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO, RawIOBase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg import RegFileError
from anyreg.formats import json as documents
from anyreg.formats.instructions import ExactKey, Instruction, SetKey, SetValue, Wanted
from anyreg.formats.json_reader import parse
from anyreg.formats.json_text import locate
from anyreg.registry.rows import rows_of
from anyreg.security.descriptor import default_descriptor
from formats.models import ANY_NAMES, Model, models, opened

START = '{"format":"anyreg","version":1,"keys":[\n'
TRAILING = (  # what json says of a comma in front of a brace
    "line 2, column 12: expected JSON (illegal trailing comma"
    if sys.version_info >= (3, 13)
    else "line 2, column 13: expected property name"
)
END = "\n]}\n"


def steps(text: str, prefix: str = "") -> list[Instruction]:
    return list(parse(BytesIO(text.encode("utf-8", "surrogatepass")), prefix=prefix))


def of_keys(*keys: str) -> list[Instruction]:
    return steps(START + ",\n".join(keys) + END)


class Slow(RawIOBase):
    """A file that gives few bytes at a time, and counts what it gave."""

    def __init__(self, data: bytes, size: int) -> None:
        self.rest = data
        self.size = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        given_, self.rest = self.rest[: self.size], self.rest[self.size :]
        return given_


def test_keys_and_values() -> None:
    value = '{"name":"n","type":"REG_DWORD","data":7}'
    odd = '{"name":"","type":2097152,"hex":"FF00"}'
    assert of_keys('{"path":"","class":"c"}', f'{{"path":"A\\\\B","values":[{value},{odd}]}}') == [
        SetKey("", 2, 1, "c"),
        SetKey("A\\B", 3, 1, None),
        SetValue("n", 4, b"\7\0\0\0", 3, 1),
        SetValue("", 0x200000, b"\xff\0", 3, 1),
    ]


@pytest.mark.parametrize("indent", [None, 0, 1, 8])
@pytest.mark.parametrize("order", [["format", "version", "keys"], ["keys", "version", "format"]])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_any_layout_in_any_pieces(indent: int | None, order: list[str], size: int) -> None:
    """Members in any order, blanks anywhere, pieces that end anywhere."""
    values = [{"name": "\U0001f600\ud800", "type": "REG_SZ", "data": 'a"\\'}]
    key = {"values": values, "class": "", "path": "A", "last_written": 2**64 - 1}
    whole = {"format": "anyreg", "version": 1, "keys": [key, {"path": "B"}]}
    text = json.dumps({name: whole[name] for name in order}, indent=indent)
    found = list(parse(Slow(text.encode(), size)))  # type: ignore[arg-type]
    assert [type(step) for step in found] == [SetKey, SetValue, SetKey]
    assert found[1].name == "\U0001f600\ud800"  # type: ignore[union-attr]
    assert found[1].raw == 'a"\\\0'.encode("utf-16-le")  # type: ignore[union-attr]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    text = START + '{"path":"Größe 日本"}' + END
    (key,) = parse(BytesIO(text.encode(encoding)))
    assert isinstance(key, SetKey)
    assert key.path == "Größe 日本"


def test_a_long_document_is_not_held() -> None:
    """A key is given as soon as it was read, however much follows; the window stays small."""

    def bytes_of_many() -> Iterator[bytes]:
        yield START.encode()
        number = 0
        while True:
            yield b'{"path":"Key %d","values":[]},\n' % number
            number += 1

    class Endless(RawIOBase):
        pieces = bytes_of_many()

        def read(self, size: int = -1) -> bytes:
            return b"".join(next(self.pieces) for _ in range(1000))

    reader = parse(Endless())  # type: ignore[arg-type]
    for number in range(50_000):
        assert next(reader) == SetKey(f"Key {number}", number + 2, 1, None)


def test_a_prefix_is_taken_away() -> None:
    keys = START + '{"path":"Software\\\\X"},{"path":"SOFTWARE"}' + END
    assert steps(keys, "software") == [SetKey("X", 2, 1), SetKey("", 2, 24)]
    with pytest.raises(RegFileError, match="line 2, column 9: expected a path at or below Else"):
        steps(keys, "Else")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: expected an object"),
        ("[]", "line 1, column 1: expected an object"),
        ("{", "line 1, column 2: expected one of the members"),
        ('{"format":"other"}', "line 1, column 11: expected 'anyreg' as format"),
        ('{"format":"anyreg","version":2}', "line 1, column 30: expected 1 as version"),
        ('{"format":"anyreg","version":true}', "line 1, column 30: expected 1 as version"),
        ('{"format":"anyreg","more":1}', "line 1, column 20: expected one of the members"),
        ('{"format":"anyreg","format":"anyreg"}', "line 1, column 20: expected one of"),
        ('{"format":"anyreg"}', "expected a member 'version' in the document, found none"),
        (START, "line 2, column 1: expected value, found the end of the file"),
        (START + "]", "line 2, column 2: expected a comma or the end of the object"),
        (START + "]} x", "line 2, column 4: expected the end of the file, found 'x'"),
        (START + "5]}", "line 2, column 1: expected a key, an object, found 5"),
        (START + "{}]}", "line 2, column 1: expected a text as path, found nothing"),
        (START + '{"path":null}]}', "line 2, column 9: expected a text as path"),
        (START + '{"path":"a",}]}', TRAILING),
        (START + '{"path":"a" "b"}]}', "line 2, column 13: expected ',' delimiter"),
        (START + '{"path":"a","path":"b"}]}', "line 2, column 1: expected each member once"),
        (START + '{"path":"a\n"}]}', "line 2, column 11: expected JSON (invalid control"),
        (START + '{"path":"a","time":1}]}', "line 2, column 20: expected one of the members"),
        (START + '{"path":"a","last_written":-1}]}', "column 28: expected an integer of 64"),
        (START + '{"path":"a","last_written":1e3}]}', "column 28: expected an integer of 64"),
        (START + '{"path":"a\\\\b","names":["a"]}]}', "column 24: expected an array of the names"),
        (START + '{"path":"a","names":["a",5]}]}', "column 21: expected an array of the names"),
        (START + '{"path":"a","names":"a"}]}', "column 21: expected an array of the names"),
        (START + '{"path":"a","flags":2}]}', "column 21: expected a sum of 1 (volatile), 16"),
        (START + '{"path":"a","flags":"16"}]}', "column 21: expected an integer of 32 bits as"),
        (START + '{"path":"a","descriptor":"0"}]}', "column 26: expected two hex digits"),
        (START + '{"path":""},{"path":""}]}', "line 2, column 21: expected each key once"),
        (START + '{"path":"a"},\n{"path":"b"},\n{"path":"A"}]}', "line 4, column 9: expected each"),
        (START + '{"path":"a","values":{}}]}', "column 22: expected an array of values"),
        (START + '{"path":"' + "a" * 40 + '","values":[5]}]}', "column 62: expected a value"),
        (START + "[" * 100_000, "line 2, column 1: expected values less deep"),
        (START + '{"path":"a","last_written":' + "1" * 5000 + "}]}", "expected a number of 64"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(RegFileError) as caught:
        steps(text)
    assert message in str(caught.value)
    assert caught.value.line > 0


ODD_NAMES = '{"path":"a\\\\\\\\\\\\b","names":["a\\\\","","b"]}'


def test_names_that_no_path_tells() -> None:
    """They count, whatever the path; a prefix is taken away from them too."""
    assert of_keys(ODD_NAMES) == [
        SetKey("a\\\\\\b", 2, 1, None, ExactKey(["a\\", "", "b"])),
    ]
    key = '{"path":"Hklm\\\\a\\\\b","names":["Hklm","a\\\\b"]}'
    found = steps(START + key + END, "HKEY_LOCAL_MACHINE")
    assert found == [SetKey("a\\b", 2, 1, None, ExactKey(["a\\b"]))]
    with pytest.raises(RegFileError, match="line 2, column 9: expected a path at or below a"):
        steps(START + ODD_NAMES + END, "a")


def test_a_path_and_names_that_look_like_it_are_two_keys() -> None:
    both = of_keys('{"path":"a\\\\b"}', '{"path":"a\\\\b","names":["a\\\\b"]}')
    assert [step.exact for step in both if isinstance(step, SetKey)] == [None, ExactKey(["a\\b"])]


def test_what_is_not_wanted_is_not_kept() -> None:
    """Times and descriptors are given if they are asked for; of each what is there."""
    security = default_descriptor()
    key = f'{{"path":"a","last_written":7,"descriptor":"{security.hex()}"}}'
    text = (START + key + ',{"path":"b"}' + END).encode()
    found = {
        wanted: [step.exact for step in parse(BytesIO(text), wanted=wanted)]  # type: ignore[union-attr]
        for wanted in (Wanted(), Wanted(times=True), Wanted(security=True), Wanted(True, True))
    }
    assert found == {
        Wanted(): [None, None],
        Wanted(times=True): [ExactKey(["a"], 0, b"", 7), None],
        Wanted(security=True): [ExactKey(["a"], 0, security), None],
        Wanted(True, True): [ExactKey(["a"], 0, security, 7), None],
    }
    bad = (START + '{"path":"a","descriptor":"00"}' + END).encode()
    with pytest.raises(RegFileError, match="column 26: expected a self-relative security"):
        list(parse(BytesIO(bad), wanted=Wanted(security=True)))


def test_doubles_are_left_out_if_that_is_wanted() -> None:
    """The first stays; a key goes with all below it; each is told with its place, once."""
    value = '{"name":"%s","type":3,"hex":"%s"}'
    values = ",".join([value % ("v", "01"), value % ("V", "02")])
    keys = [
        f'{{"path":"a","values":[{values}]}}',
        '{"path":"a\\\\b"}',
        f'{{"path":"A","values":[{values}]}}',
        '{"path":"A\\\\c"}',
        '{"path":"a"}',
        '{"path":"d"}',
    ]
    report: list[RegFileError] = []
    text = (START + ",\n".join(keys) + END).encode()
    found = list(parse(BytesIO(text), wanted=Wanted(on_error=report.append)))
    assert found == [
        SetKey("a", 2),
        SetValue("v", 3, b"\1", 2),
        SetKey("a\\b", 3),
        SetKey("d", 7),
    ]
    assert [error.line for error in report] == [2, 4, 6]
    with pytest.raises(RegFileError, match="line 2, column 56: expected each value once"):
        list(parse(BytesIO(text)))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('{"type":1,"hex":""}', "column 1: expected a text as name"),
        ('{"name":"n","hex":""}', "column 1: expected a type such as"),
        ('{"name":"n","type":"SZ","hex":""}', "column 20: expected a type such as"),
        ('{"name":"n","type":4294967296,"hex":""}', "column 20: expected a type such as"),
        ('{"name":"n","type":true,"hex":""}', "column 20: expected a type such as"),
        ('{"name":"n","type":1}', "column 1: expected a member data, or else hex, found none"),
        ('{"name":"n","type":1,"hex":"","data":""}', "column 1: expected a member data, or"),
        ('{"name":"n","type":3,"hex":"abc"}', "column 28: expected two hex digits"),
        ('{"name":"n","type":3,"hex":"a b "}', "column 28: expected two hex digits"),
        ('{"name":"n","type":3,"hex":5}', "column 28: expected two hex digits"),
        ('{"name":"n","type":3,"data":"a"}', "column 29: expected other data"),
        ('{"name":"n","type":1,"data":5}', "column 29: expected other data"),
        ('{"name":"n","type":4,"data":true}', "column 29: expected other data"),
        ('{"name":"n","type":4,"data":4294967296}', "column 29: expected other data"),
        ('{"name":"n","type":4,"data":1.0}', "column 29: expected other data"),
        ('{"name":"n","type":7,"data":["a",5]}', "column 29: expected other data"),
        ('{"name":"n","type":7,"data":["a\\u0000b"]}', "column 29: expected other data"),
        ('{"name":"N","type":1,"data":""},{"name":"n","type":1,"data":""}', "column 33: expected"),
    ],
)
def test_a_bad_value_is_told_with_its_place(value: str, message: str) -> None:
    """The line is that of the part, deep in a key that has many."""
    before = '{"name":"first","type":3,"hex":""}'
    text = START + f'{{"path":"a","values":[\n{before},\n{value}\n]}}' + END
    with pytest.raises(RegFileError) as caught:
        steps(text)
    assert f"line 4, {message}" in str(caught.value)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(RegFileError, match="line 2, column 10: expected text in utf-8, found"):
        list(parse(BytesIO(START.encode() + b'{"path":"\xff"}]}')))


@given(
    st.recursive(
        st.none() | st.text(max_size=3),
        lambda x: st.lists(x) | st.dictionaries(st.text(max_size=2), x),
        max_leaves=8,
    ),
    st.data(),
)
def test_parts_are_found(whole: Any, data: st.DataObject) -> None:
    """Wherever a part of any value stands, in any layout."""
    text = json.dumps(whole, indent=data.draw(st.sampled_from([None, 1])))
    steps_: list[str | int] = []
    part = whole
    while isinstance(part, list | dict) and part:
        step = data.draw(
            st.sampled_from(list(part) if isinstance(part, dict) else range(len(part)))
        )
        steps_.append(step)
        part = part[step]
    found, _ = json.JSONDecoder().raw_decode(text, locate(text, 0, steps_))
    assert found == part


# The schema


@pytest.fixture(scope="module")
def validator() -> Any:
    """What checks a document against the schema that is shipped."""
    library = pytest.importorskip("jsonschema")
    schema = json.loads((files("anyreg.interchange") / "anyreg.schema.json").read_text("utf-8"))
    library.Draft202012Validator.check_schema(schema)
    return importlib.import_module("jsonschema").Draft202012Validator(schema)


@given(model=models(keys=ANY_NAMES), flags=st.sampled_from([0, 1, 16, 17]))
def test_what_is_written_is_as_the_schema_says(validator: Any, model: Model, flags: int) -> None:
    model.flags = flags
    text = "".join(documents.write(rows_of(opened(model).root, security=True)))
    validator.validate(json.loads(text))


DATA = st.one_of(
    st.text(max_size=2),
    st.integers(-1, 1 << 65),
    st.booleans(),
    st.lists(st.text(max_size=1)),
    st.none(),
)
KINDS = st.one_of(
    st.sampled_from(["REG_SZ", "REG_DWORD", "REG_QWORD", "REG_MULTI_SZ", "REG_BINARY", "X"]),
    st.integers(-1, 12),
)


@given(
    value=st.fixed_dictionaries(
        {"name": st.just("n")},
        optional={"type": KINDS, "data": DATA, "hex": st.sampled_from(["", "a", "ab", "zz"])},
    )
)
def test_reader_and_schema_agree(validator: Any, value: dict[str, object]) -> None:
    """What one of them takes, the other takes."""
    text = START + json.dumps({"path": "a", "values": [value]}) + END
    try:
        found = bool(steps(text))
    except RegFileError:
        found = False
    assert found is validator.is_valid(json.loads(text))
