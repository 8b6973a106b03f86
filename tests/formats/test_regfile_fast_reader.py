"""The fast way through .reg files: it says what the general reader says, or leaves it to that."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

import anyreg
from anyreg.formats.instructions import Instruction, SetKey, SetValue
from anyreg.formats.prefix import Prefix
from anyreg.formats.regfile.fast_reader import FastReader
from anyreg.formats.regfile.lines import Lines
from anyreg.formats.regfile.reader import Reader
from anyreg.interchange.regfile import VERSION_5, Dialect, RegFileError, regedit4
from conftest import Expected, each_expected
from formats.test_regfile_corpus import is_small
from formats.test_regfile_reader import (
    MIXED,
    SEEDS,
    Dripping,
    data_of,
    utf16,
    written,
)

HEADERS = ("REGEDIT4", "Windows Registry Editor Version 5.00")
WHOLE = 1 << 18
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")

USUAL = {
    '"n"="text"': ("n", 1, utf16("text\0")),
    '""=""': ("", 1, b"\0\0"),
    '"C:\\\\a\\\\"="\\\\\\\\b\\\\"': ("C:\\a\\", 1, utf16("\\\\b\\\0")),
    '"ä€\U0001f600\ud800"="\ud800\U0001f600€ä\x85"': (
        "ä€\U0001f600\ud800",
        1,
        utf16("\ud800\U0001f600€ä\x85\0"),
    ),
    '@="[;=@]"': ("", 1, utf16("[;=@]\0")),
    '"n"=dword:0123aBcD': ("n", 4, b"\xcd\xab\x23\1"),
    '"n"=hex:00': ("n", 3, b"\0"),
    '"n"=hex:9f,Ab,10,ff': ("n", 3, b"\x9f\xab\x10\xff"),
    '"n"=hex:01,\\\n  02,03,\\\n04': ("n", 3, b"\1\2\3\4"),
    "@=hex(0):61,00": ("", 0, b"a\0"),
    "@=hex(B):01": ("", 11, b"\1"),
    "@=hex(f):01": ("", 15, b"\1"),
}
UNUSUAL = (
    '"a\\"b"="c"',
    '"a"="\\"c"',
    '"a"="b\\n"',
    '"a"="b" ',
    '"a"="b";',
    ' "a"="b"',
    '"a" ="b"',
    '"a"= "b"',
    '"a\tb"="c"',
    '"a"="b\n"',
    '"a"=-',
    '"a"=dword:1',
    '"a"=DWORD:00000001',
    '"a"=dword:00000001 ',
    '"a"=dword:000000010',
    '"a"=hex:',
    '"a"=hex:1',
    '"a"=hex:01,',
    '"a"=hex:01 ,02',
    '"a"=hex:01, 02',
    '"a"=hex:01,\\\n\n02',
    '"a"=hex:01,\\\n\t02',
    '"a"=hex:01,\\ \n02',
    '"a"=hex:\\\n01',
    '"a"=hex(10):01',
    '"a"=hex():01',
    '"a"=Hex:01',
    "[-HKLM\\A]",
    "[HKLM\\A] ",
    "[HKLM\\A",
    "[XY\\A]",
    "[]",
    ";",
    "x",
)
KEYS = {"[HKLM]": "", "[hklm\\A]": "\\A", "[HKLM\\A]]": "\\A]", "[HKLM\\\\-;\\]": "\\-;"}
BAD = (
    "x",
    "[XY\\A]",
    "[]",
    "[HKLM\\A",
    '"a"=hex():01',
    '"a"=dword:000000010',
    '"a"=hex:01,\\\n\t0',
)
SOME = (*USUAL, *UNUSUAL, *KEYS, "", "\n")
LETTERS = ("\0", "\t", "\r", "\n", " ", '"', "\\", ",", ";", "=", "-", ":", "(", "0", "g", "ä", "İ")
ENDS = ("\n", "\r\n", "\r")


def file_of(lines: str, header: str = HEADERS[1], root: str = "HKLM\\X") -> bytes:
    text = f"{header}\r\n[{root}]\r\n{lines}\r\n[hklm\\Y]\r\n@=dword:00000001\r\n"
    return text.encode("utf-8", "surrogatepass")


def read(
    data: bytes, *, fast: bool, most: int = WHOLE, encoding: str | None = None
) -> tuple[list[Instruction], str]:
    """The instructions of a file up to its first error, and that."""
    steps: list[Instruction] = []
    reader = Reader(Dripping(data, most), encoding, Prefix(None), fast=fast)
    try:
        steps.extend(reader.instructions())
    except RegFileError as error:
        return steps, str(error)
    return steps, ""


def same(data: bytes, most: int = WHOLE, encoding: str | None = None) -> bool:
    return read(data, fast=True, most=most, encoding=encoding) == read(
        data, fast=False, encoding=encoding
    )


def standing_at(text: str) -> Lines:
    lines = Lines(io.BytesIO(b";\n" + text.encode("utf-8", "surrogatepass")), None, characters=True)
    assert lines.take() == ";\n"
    return lines


@pytest.mark.parametrize("form", ["hex:{}", "hex:00,{}", "hex:{},00", "dword:00{}0000"])
def test_two_letters_are_a_byte_if_they_are_hex_digits(form: str) -> None:
    """Any two; the model is int()."""
    digits = "0123456789abcdefABCDEF"
    characters = [chr(letter) for letter in range(0x20, 0x100)]
    for pair in [high + low for high in characters for low in ("0", "f", "g", " ", ",", "\xe4")] + [
        high + low for high in ("0", "F", "G", "\\", "\xe4") for low in characters
    ]:
        found = FastReader(standing_at(f"@={form.format(pair)}\n"), Prefix(None), ansi=False).take()
        if pair[0] in digits and pair[1] in digits:
            assert isinstance(found, SetValue)
            assert sum(found.raw) == int(pair, 16)
        else:
            assert found is None


@pytest.mark.parametrize(
    "letter", ["", *'!#[]\x7f\x80\xa2\xdc\xff€"\\', "\x1f", "\0", "\\\\", '\\"']
)
def test_texts_end_where_the_general_reader_ends_them(letter: str) -> None:
    """Whatever letter stands at whichever place of them, and behind what."""
    for before in range(18):
        for behind in range(10):
            text = "x" * before + letter + "\xff" * (behind // 2) + "y" * behind
            assert same(file_of(f'"{text}"="{text}"\n"{text}"="z"'))


@pytest.mark.parametrize("line", USUAL)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_usual_values_are_read_here(line: str, end: str) -> None:
    """Each form of them, and the lines go on behind it."""
    lines = standing_at((line + "\n;next").replace("\n", end))
    value = FastReader(lines, Prefix(None), ansi=False).take()
    assert isinstance(value, SetValue)
    assert (data_of(value), value.line) == (USUAL[line], 2)
    assert lines.number == 2 + line.count("\n")
    assert lines.take() == ";next"


@pytest.mark.parametrize("line", KEYS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_usual_keys_are_read_here(line: str, end: str) -> None:
    """Behind empty lines."""
    lines = standing_at(("\n\n" + line + "\n;next").replace("\n", end))
    step = FastReader(lines, Prefix(None), ansi=False).take(in_key=False)
    assert step == SetKey("HKEY_LOCAL_MACHINE" + KEYS[line], 4)
    assert lines.take() == ";next"


@pytest.mark.parametrize("line", UNUSUAL)
def test_anything_else_is_left_where_it_is(line: str) -> None:
    """Nothing was taken of it."""
    text = f"{line}\n"
    lines = standing_at(text)
    assert FastReader(lines, Prefix(None), ansi=False).take() is None
    assert (lines.number, lines.at) == (1, 2)
    assert lines.take() == text[: text.index("\n") + 1]


@pytest.mark.parametrize("line", USUAL)
def test_the_last_line_needs_its_end(line: str) -> None:
    """A value that may go on in the next piece of the file is not usual."""
    for cut in range(len(line) + 1):
        lines = standing_at(line[:cut])
        assert FastReader(lines, Prefix(None), ansi=False).take() is None
        assert lines.at == 2


@pytest.mark.parametrize("kind", [1, 2, 7])
def test_texts_of_a_code_page_are_left_to_others(kind: int) -> None:
    """Their bytes are not those of the value."""
    lines = standing_at(f"@=hex({kind}):61,00\n")
    assert FastReader(lines, Prefix(None), ansi=True).take() is None
    assert FastReader(lines, Prefix(None), ansi=False).take() is not None
    assert same(file_of(f"@=hex({kind}):61,00", HEADERS[0]))


@pytest.mark.parametrize("line", [*USUAL, *KEYS])
@pytest.mark.parametrize("header", HEADERS)
def test_any_letter_of_a_usual_value_may_be_another(line: str, header: str) -> None:
    """Dropped, doubled or replaced: the same value, or the same error."""
    for at, letter in enumerate(line):
        for other in ("", letter * 2, *LETTERS):
            data = file_of(line[:at] + other + line[at + 1 :], header)
            assert same(data), data


def test_letters_that_only_look_like_digits_are_none() -> None:
    """Also where their last bits are those of a digit."""
    for code in range(0x80, 0x300):
        assert same(file_of(f'"a"=hex:0{chr(code)},{chr(code)}0'))
        assert same(file_of(f'"a"=dword:0000000{chr(code)}'))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ENDS)
def test_a_file_may_be_cut_anywhere(encoding: str, end: str) -> None:
    """Every size of its pieces, of which each ends somewhere in another value."""
    lines = "\n".join(line for line in SOME if line not in BAD)
    text = file_of(lines).decode("utf-8", "surrogatepass").replace("\r\n", "\n").replace("\n", end)
    data = ("\ufeff" + text).encode(encoding, "surrogatepass")
    expected = read(data, fast=False)
    assert len(expected[0]) > len(SOME) - len(BAD)
    assert not expected[1]
    for most in range(1, len(data) + 1):
        assert read(data, fast=True, most=most) == expected, most
        assert read(data, fast=False, most=most) == expected, most


@pytest.mark.parametrize("data", [*SEEDS, MIXED.encode("utf-8", "surrogatepass")])
@pytest.mark.parametrize("encoding", [None, "cp932", "utf-8"])
def test_odd_files_are_read_alike(data: bytes, encoding: str | None) -> None:
    """Those of the general reader, cut anywhere."""
    for cut in range(len(data) + 1):
        assert same(data[:cut], 5, encoding)


LINES = st.lists(
    st.tuples(
        st.sampled_from(SOME),
        st.integers(0, 60),
        st.integers(0, 2),
        st.sampled_from(["", *LETTERS, '"', "\n", ",\\\n"]),
        st.booleans(),
        st.sampled_from(ENDS),
    ),
    max_size=8,
)


@given(LINES, st.sampled_from(HEADERS), st.sampled_from(ENCODINGS), st.integers(1, 300))
def test_usual_and_odd_lines_in_any_mixture_are_read_alike(
    made: list[tuple[str, int, int, str, bool, str]], header: str, encoding: str, most: int
) -> None:
    """Whatever was changed in them, whatever they end in, however the file is cut."""
    text = ""
    for line, at, size, piece, changed, end in made:
        odd = line[:at] + piece + line[at + size :] if changed else line
        text += odd.replace("\n", end) + end
    whole = file_of(text, header).decode("utf-8", "surrogatepass")
    assert same(("\ufeff" + whole).encode(encoding, "surrogatepass"), most)


def test_bytes_that_are_no_text_are_found_behind_the_same_values() -> None:
    """At the same place."""
    data = file_of("\n".join(USUAL)).replace(b"hex(0)", b"\xffhex(0)")
    steps, error = read(data, fast=True)
    assert len(steps) == len(USUAL) - 2
    assert error.endswith("expected text in utf-8, found the bytes ff")
    for most in range(1, len(data)):
        assert read(data, fast=True, most=most) == read(data, fast=False) == (steps, error)


@each_expected(is_small)
@pytest.mark.parametrize("dialect", [VERSION_5, regedit4()], ids=["version 5", "regedit4"])
def test_the_corpus_is_read_alike(hive: Expected, dialect: Dialect) -> None:
    """What is written of real hives."""
    with anyreg.open(hive.file) as registry:
        data = written(registry.root, dialect)
    assert same(data)
    assert same(data, 1009)
    assert same(data.replace("\r\n".encode(dialect.encoding), "\n".encode(dialect.encoding)))
