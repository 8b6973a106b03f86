"""Reading .reg files whose lines are partly wrong: what is left out, what is done, what is said.

What Windows makes of them was found by Wine's developers, who run their tests there.
"""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import RegFileError
from anyreg.formats.instructions import Instruction, SetKey
from anyreg.formats.prefix import Prefix
from anyreg.formats.regfile import parse
from anyreg.formats.regfile.reader import Reader
from anyreg.formats.regfile.strictness import Strictness
from formats.test_regfile_fast_reader import ENDS, LETTERS, SOME, USUAL
from formats.test_regfile_reader import SEEDS, Dripping, data_of, utf16

V5 = "Windows Registry Editor Version 5.00"
KEY = r"[HKEY_LOCAL_MACHINE\X]"

Found = tuple[list[tuple[object, ...]], list[int]]
"""What is done, and the lines that are reported."""


def found(
    lines: str, *, windows: bool, header: str = V5, encoding: str = "utf-8", most: int = 1 << 18
) -> Found:
    data = f"{header}\n{KEY}\n{lines}".encode(encoding, "surrogatepass")
    reports: list[RegFileError] = []
    steps = parse(Dripping(data, most), on_error=reports.append, as_windows=windows)
    return [plain(step) for step in list(steps)[1:]], [error.line for error in reports]


def plain(step: Instruction) -> tuple[object, ...]:
    """An instruction without its place."""
    return (step.path,) if isinstance(step, SetKey) else data_of(step)


def text(name: str, data: str) -> tuple[object, ...]:
    return name, 1, utf16(data + "\0")


A = text("a", "1")
B = text("b", "2")

# Lines below a key; what both manners make of them.
ALIKE: dict[str, tuple[str, list[tuple[object, ...]], list[int]]] = {
    "nonsense": ('"a"="1"\nx\n"b"="2"\n', [A, B], [4]),
    "comments": ('#x\n  # y\n;z\n"a"="1" ; c\n', [A], []),
    "no end of a text": ('"a"="x\n"b"="2"\n', [B], [3]),
    "no end of a text, last": ('"b"="2"\n"a"="x\n', [B], [4]),
    "no end of a name": ('"a="1"\n"b"="2"\n', [B], [3]),
    "no quote": ('a="1"\n"b"="2"\n', [B], [3]),
    "no data": ('"a"=\n"b"="2"\n', [B], [3]),
    "a NUL": ('"a"="x\\0"\n"b"="2"\n', [B], [3]),
    "a backslash at the end": ('"a"="x\\\ny"\n"b"="2"\n', [B], [3, 4]),
    "behind a text": ('"a"="1" x\n"b"="2"\n', [B], [3]),
    "behind a dword": ('"a"=dword:1 x\n"b"="2"\n', [B], [3]),
    "a long dword": ('"a"=dword:123456789\n"b"="2"\n', [B], [3]),
    "behind a minus": ('"a"=-x\n"b"="2"\n', [B], [3]),
    "a wide byte": ('"a"=hex:1,100\n"b"="2"\n', [B], [3]),
    "two commas": ('"a"=hex:1,,2\n"b"="2"\n', [B], [3]),
    "no comma": ('"a"=hex:01\\\n"b"="2"\n', [B], [3]),
    "no comma, and more": ('"a"=hex:01\\\n  02\n"b"="2"\n', [B], [3, 4]),
    "no backslash": ('"a"=hex:01,\n  02\n"b"="2"\n', [("a", 3, b"\1"), B], [4]),
    "wrong in a later line": ('"a"=hex:01,\\\n  02,x\n"b"="2"\n', [B], [4]),
    "a key": ('[HKXX\\Y]\n"a"="1"\n[HKLM\\Z]\n"b"="2"\n', [("HKEY_LOCAL_MACHINE\\Z",), B], [3, 4]),
    "no end of a key": ("[HKLM\\Y\n" + KEY + '\n"b"="2"\n', [("HKEY_LOCAL_MACHINE\\X",), B], [3]),
    "behind a deletion": ('[-HKLM\\Y]\n"a"="1"\n', [("HKEY_LOCAL_MACHINE\\Y",)], [4]),
    "a root": ('[-HKLM]\n"a"="1"\n', [], [3, 4]),
    "behind a bracket": ('[HKLM\\Y] x\n"a"="1"\n', [("HKEY_LOCAL_MACHINE\\Y",), A], [3]),
    "all of it": ("x\ny\nz", [], [3, 4, 5]),
}

# The same, but not alike: first --lenient, then as Windows.
UNLIKE: dict[str, tuple[str, Found, Found]] = {
    "a comment behind a text": ('"a"="1" #c\n"b"="2"\n', ([A, B], []), ([B], [3])),
    "a comment behind a minus": ('"a"=- #c\n"b"="2"\n', ([("a",), B], []), ([B], [3])),
    "a comment behind hex": (
        '"a"=hex:01 #c\n"b"="2"\n',
        ([("a", 3, b"\1"), B], []),
        ([B], [3]),
    ),
    "a comment behind more": (
        '"a"=hex:01,\\#c\n02\n"b"="2"\n',
        ([("a", 3, b"\1\2"), B], []),
        ([B], [3, 4]),
    ),
    "a comment between": (
        '"a"=hex:01,\\\n#c\n02\n"b"="2"\n',
        ([("a", 3, b"\1\2"), B], []),
        ([B], [4, 5]),
    ),
    "hex before a value": ('"a"=hex:01,\\\n"b"="2"\n', ([B], [4]), ([], [4])),
    "hex before a key": (
        '"a"=hex:01,\\\n[HKLM\\Y]\n"b"="2"\n',
        ([("HKEY_LOCAL_MACHINE\\Y",), B], [4]),
        ([B], [4]),
    ),
    "hex behind a comment": (
        '"a"=hex:01,\\\n\n;c\n@="x"\n"b"="2"\n',
        ([text("", "x"), B], [6]),
        ([B], [6]),
    ),
    "hex before the end": ('"b"="2"\n"a"=hex:01,\\', ([B], [4]), ([B, ("a", 3, b"\1")], [4])),
    "a backslash alone": (
        '"a"=hex:01,\\\n\\\n02\n',
        ([("a", 3, b"\1\2")], []),
        ([], [4, 5]),
    ),
    "another escape": ('"a"="C:\\x\\\\y"\n', ([], [3]), ([text("a", "C:x\\y")], [3])),
    "text without a NUL": (
        '"a"=hex(1):61,00\n"b"=hex(2):61,00,00,00\n"c"=hex(7):\n"d"=hex(1):61\n',
        (
            [("a", 1, b"a\0"), ("b", 2, b"a\0\0\0"), ("c", 7, b""), ("d", 1, b"a")],
            [],
        ),
        (
            [("a", 1, b"a\0\0\0"), ("b", 2, b"a\0\0\0"), ("c", 7, b""), ("d", 1, b"a")],
            [],
        ),
    ),
}


@pytest.mark.parametrize("most", [1, 7, 1 << 18])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("case", ALIKE)
def test_wrong_lines_are_left_out(case: str, windows: bool, end: str, most: int) -> None:
    """And each is reported with its number; all others are done."""
    lines, steps, reports = ALIKE[case]
    assert found(lines.replace("\n", end), windows=windows, most=most) == (steps, reports)


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_a_text_may_have_lines_in_any_manner(end: str, windows: bool) -> None:
    """As regedit exports them."""
    steps = [text("a", f"1{end}2"), B]
    assert found(f'"a"="1{end}2"{end}"b"="2"', windows=windows) == (steps, [])


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(("lines", "lenient", "windows"), UNLIKE.values(), ids=UNLIKE)
def test_windows_takes_other_lines(lines: str, lenient: Found, windows: Found, end: str) -> None:
    """Here a comment, a value or a key counts where it can; there what regedit does counts."""
    lines = lines.replace("\n", end)
    assert found(lines, windows=False) == lenient
    assert found(lines, windows=True) == windows


def test_texts_in_a_code_page_get_their_nul_in_it() -> None:
    """One byte, where they have any."""
    lines = '"a"=hex(2):61\n"b"=hex(7):61,00\n"c"=hex(1):\n"d"=hex:61\n"e"=hex(2):81\n'
    steps, reports = found(lines, windows=True, header="REGEDIT4")
    raws = [step[2] for step in steps]
    assert raws == [b"a\0\0\0", b"a\0\0\0", b"", b"a", b"\x81\0\0\0"]
    assert reports == []
    steps, reports = found(lines, windows=False, header="REGEDIT4")
    assert [step[2] for step in steps] == [b"a\0", b"a\0\0\0", b"", b"a", b"\x81\0"]


@pytest.mark.parametrize("header", ["REGEDIT3", "REGEDIT 4", "REGEDIT4FOO", "REGEDIT4 "])
def test_a_file_for_another_regedit_does_nothing_on_windows(header: str) -> None:
    """It is no error there, so that it is only reported."""
    reports: list[RegFileError] = []
    data = f'{header}\n{KEY}\n"a"="1"\n'.encode()
    assert list(parse(data, on_error=reports.append, as_windows=True)) == []
    (report,) = reports
    assert "all of the file is left out" in str(report)


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize(
    "header",
    ["regedit4", "", "\nREGEDIT4", "Windows Registry Editor Version 4.00", "\ufeffx"],
)
def test_a_file_without_a_header_is_an_error_in_any_manner(header: str, windows: bool) -> None:
    """Nothing of it can be understood."""
    reports: list[RegFileError] = []
    with pytest.raises(RegFileError, match="header"):
        list(parse(f"{header}\n{KEY}\n".encode(), on_error=reports.append, as_windows=windows))
    assert reports == []


def test_text_that_ends_in_the_middle_is_an_error_in_any_manner() -> None:
    """What comes behind it cannot be found, so that nothing may be left out in silence."""
    data = b"\xff\xfe" + utf16(f'{V5}\n{KEY}\n"a"="1"\n"b"="') + b"x"
    reports: list[RegFileError] = []
    with pytest.raises(RegFileError, match="expected text in utf-16-le"):
        list(parse(data, on_error=reports.append))
    assert reports == []


@pytest.mark.parametrize("windows", [False, True])
def test_version_5_that_is_not_in_utf_8_is_in_windows_1252(windows: bool) -> None:
    """All of it, and it is reported; hex stays UTF-16, and a mark or a name tells more."""
    lines = '"ä"="\x81"\n"h"=hex(1):e4,00,00,00\n'
    expected = [text("ä", "\x81"), ("h", 1, utf16("ä\0"))]
    assert found(lines, windows=windows, encoding="latin-1") == (expected, [1])
    assert found(lines, windows=windows) == (expected, [])
    reports: list[RegFileError] = []
    data = f'{V5}\n{KEY}\n"ё"="1"\n'.encode("cp1251")
    _, value = parse(data, encoding="cp1251", on_error=reports.append)
    assert data_of(value) == text("ё", "1")
    assert reports == []
    with pytest.raises(RegFileError, match="utf-8"):
        list(parse(b"\xef\xbb\xbf" + data, on_error=reports.append))


LINES_31: dict[str, tuple[str, str]] = {
    r"HKEY_CLASSES_ROOT\X = text": ("X", "text"),
    r"HKEY_CLASSES_ROOT\X =text": ("X", "text"),
    r"HKEY_CLASSES_ROOT\X=text": ("X=text", ""),
    r"HKEY_CLASSES_ROOT\X =  text ": ("X", " text "),
    r"HKEY_CLASSES_ROOT\X text": ("X", "text"),
    r"HKEY_CLASSES_ROOT\X  text": ("X", "text"),
    r"HKEY_CLASSES_ROOT\X": ("X", ""),
    "HKEY_CLASSES_ROOT\\X \t ": ("X", ""),
    r'HKEY_CLASSES_ROOT\X\Y = "C:\a.exe" %1 ; = #': (r"X\Y", r'"C:\a.exe" %1 ; = #'),
}


@pytest.mark.parametrize("end", ["", *ENDS])
@pytest.mark.parametrize(("line", "step"), LINES_31.items(), ids=LINES_31)
def test_files_of_windows_3_1(line: str, step: tuple[str, str], end: str) -> None:
    """A key, and its default value behind white space, an equals sign and one blank."""
    reports: list[RegFileError] = []
    for on_error in (None, reports.append):
        key, value = parse(f"REGEDIT\n{line}{end}".encode(), on_error=on_error)
        assert key == SetKey(rf"HKEY_CLASSES_ROOT\{step[0]}", 2)
        assert data_of(value) == text("", step[1])
    assert reports == []


def test_other_lines_in_files_of_windows_3_1() -> None:
    """Comments and empty ones mean nothing, all others are wrong."""
    lines = ["", "; c", "# d", r"HKEY_USERS\X = 1", "[x]", "HKEY_CLASSES_ROOTS = 1"]
    data = "\n".join(["REGEDIT", *lines, "HKEY_CLASSES_ROOT = 1"]).encode()
    with pytest.raises(RegFileError, match="line 5, column 1: expected a key of HKEY_CLASSES_ROOT"):
        list(parse(data))
    reports: list[RegFileError] = []
    assert len(list(parse(data, on_error=reports.append))) == 2
    assert [error.line for error in reports] == [5, 6, 7]


def outcome(data: bytes, manner: Strictness, usual: bool, most: int = 1 << 18) -> object:
    reports: list[str] = []
    steps: list[Instruction] = []
    manner = manner._replace(on_error=lambda error: reports.append(str(error)))
    reader = Reader(Dripping(data, most), None, Prefix(None), fast=usual, manner=manner)
    try:
        steps.extend(reader.instructions())
    except RegFileError as error:
        return steps, reports, str(error)
    return steps, reports, ""


PARTS = st.lists(
    st.tuples(
        st.sampled_from([*SOME, *(lines for lines, *_ in ALIKE.values())]),
        st.integers(0, 60),
        st.integers(0, 2),
        st.sampled_from(["", *LETTERS, '"', "\n", ",\\\n"]),
        st.booleans(),
        st.sampled_from(ENDS),
    ),
    max_size=8,
)


@given(PARTS, st.booleans(), st.integers(1, 300))
def test_the_fast_way_says_the_same_in_any_manner(
    made: list[tuple[str, int, int, str, bool, str]], windows: bool, most: int
) -> None:
    """Whatever is wrong where, however the file is cut into pieces."""
    lines = ""
    for line, at, size, piece, changed, end in made:
        odd = line[:at] + piece + line[at + size :] if changed else line
        lines += odd.replace("\n", end) + end
    data = f"{V5}\r\n{KEY}\r\n{lines}".encode("utf-8", "surrogatepass")
    manner = Strictness(as_windows=windows)
    assert outcome(data, manner, True, most) == outcome(data, manner, False)


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("data", SEEDS)
def test_every_line_is_done_or_reported(data: bytes, windows: bool) -> None:
    """Of files that are cut anywhere: what a strict reader takes, every manner takes."""
    for cut in range(len(data) + 1):
        piece = data[:cut]
        try:
            strict = list(parse(piece))
        except RegFileError:
            continue
        reports: list[RegFileError] = []
        steps = list(parse(io.BytesIO(piece), on_error=reports.append))
        assert (steps, reports) == (strict, [])


def test_the_usual_values_are_the_same_in_any_manner() -> None:
    """But for the texts that get their NUL."""
    lines = "\n".join(USUAL)
    lenient, reports = found(lines, windows=False)
    windows, more = found(lines, windows=True)
    assert reports == more == []
    assert len(lenient) == len(windows) == len(USUAL)
    for one, other in zip(lenient, windows, strict=True):
        assert one == other
