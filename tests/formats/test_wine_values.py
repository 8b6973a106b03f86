"""Values in Wine's files, and the texts in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.formats.wine.escapes import escaped, lowered, unescaped, wine_order
from anyreg.formats.wine.values import is_unfinished, parse_value, value_line
from anyreg.values import Value

UNITS = st.one_of(
    st.integers(0, 0x20), st.sampled_from(list(b'\\"[]07afxZ_')), st.integers(0, 0xFFFF)
)
TEXTS = st.lists(UNITS, max_size=12).map(
    lambda units: b"".join(unit.to_bytes(2, "little") for unit in units).decode(
        "utf-16-le", "surrogatepass"
    )
)
DATA = st.one_of(
    TEXTS.map(lambda text: f"{text}\0".encode("utf-16-le", "surrogatepass")),
    st.binary(max_size=100),
)
VALUES = st.builds(
    Value,
    TEXTS.map(lambda name: name.rstrip("\0")),
    st.integers(0, 0xFFFFFFFF) | st.integers(0, 12),
    DATA,
)


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def read(line: str) -> Value:
    value, wrong = parse_value(line)
    assert not wrong
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain \x7f", "plain \x7f"),
        ('a"b\\c[]', 'a\\"b\\\\c[]'),
        ("\x00\x001", "\\0\\0001"),
        ("\x01\x02" + "7", "\\1\\0027"),
        ("\t\n\r\x1b", "\\t\\n\\r\\e"),
        ("é", "\\xe9"),
        ("éa\u20acg", "\\x00e9a\\x20acg"),
        ("\U0001f600", "\\xd83d\\xde00"),
        ("ends\0", "ends"),
    ],
)
def test_a_text_is_written_as_wine_does(text: str, written: str) -> None:
    """With as few digits as can be, and a backslash before what would end it."""
    assert escaped(text, '"') == written


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"\x41\x0041B\x", "AAB" + "x"),
        (r"\101\0\q\[", "A\0q["),
        ("raw é €", "raw é €"),
        ("\udcff\udcfe", "\ufffd"),
        (r"\xd83d\xde00", "\U0001f600"),
    ],
)
def test_more_is_read_than_is_written(written: str, text: str) -> None:
    """Long numbers, unknown escapes, and UTF-8."""
    assert unescaped(written) == text


@given(TEXTS)
def test_a_text_comes_back(text: str) -> None:
    """Whatever its units are; the NUL at its end is not written."""
    wanted = text[:-1] if text.endswith("\0") else text
    for delimiters in ('"', "[]"):
        assert unescaped(escaped(text, delimiters)) == wanted


def test_names_stand_in_the_order_of_lower_case() -> None:
    """So an underscore stands before letters, and a key before its subkeys."""
    names = [["_"], ["A"], ["A", "z"], ["A "], ["a_"], ["aB"], ["\u00c9"], ["\u00ea"], ["\u2126"]]
    places = [wine_order(one) for one in names]
    assert places == sorted(places)
    assert lowered("\u1e9e\u212a\u00c9\U00010400") == "\u1e9e\u212a\u00e9\ud801\udc00"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (Value("", 1, utf16("x\0")), '@="x"\n'),
        (Value("a", 1, utf16("\0")), '"a"=""\n'),
        (Value("a", 1, b""), '"a"=hex(1):\n'),
        (Value("a", 1, utf16("x")), '"a"=hex(1):78,00\n'),
        (Value("a", 1, b"x\0\0"), '"a"=hex(1):78,00,00\n'),
        (Value("a", 2, utf16("%x%\0")), '"a"=str(2):"%x%"\n'),
        (Value("a", 7, utf16("a\0b\0\0")), '"a"=str(7):"a\\0b\\0"\n'),
        (Value("a", 4, b"\1\2\3\4"), '"a"=dword:04030201\n'),
        (Value("a", 4, b"\1"), '"a"=hex(4):01\n'),
        (Value("a", 3, b""), '"a"=hex:\n'),
        (Value('"', 0, b"\1"), '"\\""=hex(0):01\n'),
        (Value("a", 0xFFFFFFFE, b""), '"a"=hex(fffffffe):\n'),
    ],
)
def test_a_value_has_the_form_of_its_type_and_bytes(value: Value, line: str) -> None:
    """A text that does not end with a NUL, or a number of another size, is written as bytes."""
    assert value_line(value) == line
    assert read(line[:-1]) == value


@given(VALUES)
def test_a_value_comes_back(value: Value) -> None:
    """Every type, every byte."""
    line = value_line(value).removesuffix("\n")
    assert read(line) == value
    begin = line.split("\n")
    assert all(is_unfinished("\n".join(begin[:count])) for count in range(1, len(begin)))
    assert not is_unfinished(line)


@given(st.integers(1, 200), st.integers(0, 90))
def test_lines_of_bytes_break_behind_76_characters(count: int, length: int) -> None:
    """As a writer that counts each character breaks them."""
    name = "n" * length
    line = value_line(Value(name, 3, bytes(count)))
    begin = f'"{name}"=hex:' if name else "@=hex:"
    wanted, column = begin, len(begin)
    for number in range(count):
        wanted += "00"
        column += 2
        if number < count - 1:
            wanted += ","
            column += 1
            if column > 76:
                wanted += "\\\n  "
                column = 2
    assert line == wanted + "\n"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('"a" \t=\t"x" behind', Value("a", 1, utf16("x\0"))),
        ('"a"=str:"x"', Value("a", 1, utf16("x\0"))),
        ("@=dword:", Value("", 4, bytes(4))),
        ("@=dword:0x1Fz", Value("", 4, b"\x1f\0\0\0")),
        ("@=dword:-1", Value("", 4, b"\xff\xff\xff\xff")),
        ("@=hex:1, 2 ,fF,", Value("", 3, b"\1\2\xff")),
        ("@=hex():0", Value("", 0, b"\0")),
        ("@=hex(10007):0", Value("", 0x10007, b"\0")),
        ("@=hex:01,\\ \n\t 02,\\\r\n  03", Value("", 3, b"\1\2\3")),
    ],
)
def test_a_value_is_read_with_the_liberties_of_wine(line: str, value: Value) -> None:
    """Blanks, short bytes, and what stands behind."""
    assert read(line) == value


@pytest.mark.parametrize("data", ['"open', "hex:0g", "hex:100", "hex:01 \\x", "word:1", "hex(g):"])
def test_wrong_data_is_an_empty_value_and_reported(data: str) -> None:
    """As Wine takes it."""
    value, wrong = parse_value(f'"a"={data}')
    assert value == Value("a", 0, b"")
    assert wrong


@pytest.mark.parametrize("line", ['"a', '"a" 1', "@", '"a\\"=1'])
def test_a_line_without_a_name_is_no_value(line: str) -> None:
    """And reported."""
    value, wrong = parse_value(line)
    assert value is None
    assert wrong
