"""Reading .reg files: by example, by reading again what was written, and what errors say."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anyreg import Key, NotSupportedError, RegistryError
from anyreg.interchange.regfile import (
    VERSION_5,
    DeleteKey,
    DeleteValue,
    Dialect,
    Instruction,
    RegFileError,
    SetKey,
    SetValue,
    check,
    parse,
    regedit4,
    write,
)
from formats import reg_parser
from formats.models import ANY_TEXT, Model, Row, models, opened, rows

HEADER = "Windows Registry Editor Version 5.00"
ROOT = r"HKEY_LOCAL_MACHINE\X"


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def whole(text: str) -> str:
    """Two halves of a letter that stand side by side are one letter in a file."""
    return utf16(text).decode("utf-16-le", "surrogatepass")


def values(text: str, ansi: str | None = None) -> list[tuple[object, ...]]:
    """The values of the lines below a key, without their lines."""
    header = "REGEDIT4" if ansi else HEADER
    data = f"{header}\n[HKLM\\X]\n{text}".encode(ansi or "utf-8")
    first, *rest = parse(data, encoding=ansi)
    assert first == SetKey(ROOT, 2)
    return [data_of(step) for step in rest]


def data_of(step: Instruction) -> tuple[object, ...]:
    """An instruction without its place."""
    if isinstance(step, SetValue):
        return step.name, step.type, step.raw
    return tuple(step)[:-2]


def value(text: str, ansi: str | None = None) -> tuple[object, ...]:
    (only,) = values(f'"n"={text}', ansi)
    return only[1:]


def keys(steps: list[Instruction]) -> reg_parser.Keys:
    """The instructions of an export, as the keys that they set."""
    found: reg_parser.Keys = []
    for step in steps:
        if isinstance(step, SetKey):
            found.append((step.path, []))
        else:
            assert isinstance(step, SetValue)
            found[-1][1].append((step.name, step.type, step.raw))
    return found


def written(top: Key, dialect: Dialect = VERSION_5) -> bytes:
    left_out: list[NotSupportedError] = []
    pieces = write(top, ROOT, dialect, left_out.append)
    return dialect.mark + b"".join(map(dialect.encode, pieces))


def stored(top: Key) -> reg_parser.Keys:
    return [
        (whole(key.path), [(whole(value.name), value.type, value.raw) for value in values])
        for key, _, values in top.walk()
    ]


def test_a_file_tells_what_to_do_in_its_order() -> None:
    """Each kind of line is one instruction with the number of its line."""
    data = (
        b"\xff\xfe"
        + utf16(f"{HEADER}\r\n\r\n[HKEY_CURRENT_USER\\A]\r\n")
        + utf16('@="d"\r\n"x"=hex:01,\\\r\n  02\r\n"y"=-\r\n\r\n[-HKEY_CURRENT_USER\\B]\r\n')
    )
    steps = list(parse(data))
    assert steps == [
        SetKey(r"HKEY_CURRENT_USER\A", 3),
        SetValue("", 1, utf16("d\0"), 4),
        SetValue("x", 3, b"\1\2", 5),
        DeleteValue("y", 7),
        DeleteKey(r"HKEY_CURRENT_USER\B", 9),
    ]
    assert [type(step) for step in steps] == [SetKey, SetValue, SetValue, DeleteValue, DeleteKey]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_version_5_comes_in_four_encodings(mark: bytes, encoding: str) -> None:
    """A byte order mark tells which; without one it is UTF-8."""
    text = f'{HEADER}\r\n[HKLM\\Ж]\r\n"\U0001f600"="ä\ud800"\r\n'
    steps = list(parse(mark + text.encode(encoding, "surrogatepass")))
    assert steps == [
        SetKey("HKEY_LOCAL_MACHINE\\Ж", 2),
        SetValue("\U0001f600", 1, utf16("ä\ud800\0"), 3),
    ]


def test_regedit4_is_in_windows_1252() -> None:
    """Where nothing else is asked for."""
    data = b'REGEDIT4\n[HKLM\\\xe4]\n"\x80"="\xe9"\n"m"=hex(7):e9,00,00\n"b"=hex:e9\n'
    assert keys(list(parse(data))) == [
        (
            "HKEY_LOCAL_MACHINE\\ä",
            [("€", 1, utf16("é\0")), ("m", 7, utf16("é\0\0")), ("b", 3, b"\xe9")],
        ),
    ]


@pytest.mark.parametrize(
    ("encoding", "letter"),
    [("cp1251", "Ж"), ("cp932", "ソ"), ("gbk", "錦"), ("utf-8", "\U0001f600")],
)
def test_another_code_page_can_be_given(encoding: str, letter: str) -> None:
    """Also one whose letters hold the byte of a backslash; hex is in it too."""
    digits = letter.encode(encoding).hex(",")
    assert values(f'"{letter}"="{letter}"', encoding) == [(letter, 1, utf16(letter + "\0"))]
    assert value(f"hex(2):{digits},00", encoding) == (2, utf16(letter + "\0"))
    assert value(f"hex(6):{digits}", encoding) == (6, letter.encode(encoding))


def test_version_5_without_a_mark_can_be_in_a_code_page() -> None:
    """As on Windows, where it is the system's; its hex stays UTF-16."""
    data = f'{HEADER}\n[HKLM\\X]\n"ä"=hex(2):e4,00\n'.encode("cp1252")
    assert list(parse(data, encoding="cp1252"))[1] == SetValue("ä", 2, b"\xe4\0", 3)
    with pytest.raises(RegFileError, match=r"line 3, column 2: expected text in utf-8.* e4"):
        check(data)


def test_regedit4_with_a_mark_is_unicode_but_for_its_hex() -> None:
    """The mark tells of the text, the header of the bytes."""
    data = b"\xff\xfe" + utf16('REGEDIT4\n[HKLM\\X]\n"Ж"=hex(1):e4\n')
    assert list(parse(data))[1] == SetValue("Ж", 1, utf16("ä"), 3)


@pytest.mark.parametrize("encoding", ["utf-16", "cp037", "nothing", "hex"])
def test_a_code_page_must_be_one(encoding: str) -> None:
    """It is refused before anything is read."""
    with pytest.raises(ValueError, match="not a code page"):
        parse(b"", encoding=encoding)


@pytest.mark.parametrize(
    ("data", "type_", "raw"),
    [
        ('"text"', 1, utf16("text\0")),
        ('""', 1, b"\0\0"),
        (r'"C:\\x\\\"y\"\\"', 1, utf16('C:\\x\\"y"\\\0')),
        (r'"a\r\nb\\r\\\n"', 1, utf16("a\r\nb\\r\\\n\0")),
        ('"a\0b"', 1, utf16("a\0b\0")),
        ('"a=b;c]"', 1, utf16("a=b;c]\0")),
        ('"x"  ; "comment"', 1, utf16("x\0")),
        ("dword:0000002a", 4, b"\x2a\0\0\0"),
        ("dword:fFfFfFfE", 4, b"\xfe\xff\xff\xff"),
        ("dword:7", 4, b"\7\0\0\0"),
        ("dword: 12345 ;x", 4, b"\x45\x23\1\0"),
        ("DWORD:00000001", 4, b"\1\0\0\0"),
        ("hex:", 3, b""),
        ("hex: ; nothing", 3, b""),
        ("hex:01,fF,A0", 3, b"\1\xff\xa0"),
        ("hex:01,02,", 3, b"\1\2"),
        ("hex:1,2,c", 3, b"\1\2\x0c"),
        ("hex: 01 ,\t02 , 3 ; four", 3, b"\1\2\3"),
        ("Hex(0):", 0, b""),
        ("hex(1):61,00", 1, b"a\0"),
        ("hex(2):61,00,00", 2, b"a\0\0"),
        ("hex(3):01", 3, b"\1"),
        ("hex(4):01,02", 4, b"\1\2"),
        ("hex(5):00,00,00,01", 5, b"\0\0\0\1"),
        ("hex(6):61,00", 6, b"a\0"),
        ("hex(7):61,00,00,00,00,00", 7, utf16("a\0\0")),
        ("hex(a):01", 10, b"\1"),
        ("HEX(B):01", 11, b"\1"),
        ("hex(0000000b):01", 11, b"\1"),
        ("hex(c):01", 12, b"\1"),
        ("hex(ffff0012):01", 0xFFFF0012, b"\1"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r", "  \n", "\t\r\n", "\n\n"])
def test_data(data: str, type_: int, raw: bytes, end: str) -> None:
    """Every form of data, and every end of its line."""
    assert value(data + end) == (type_, raw)


@pytest.mark.parametrize(
    "data",
    [
        "hex:01,\\\n  02,\\\n  03",
        "hex:01,02,\\\r\n\t03,",
        "hex:\\\n  01,02,03",
        "hex:01,\\\r02,\\\r03",
        "hex:01,\\  \n02,\\\t\n03\t",
        "hex:01 , \\\n  2 ,\\\n03",
        "hex:01,02,\\ ; more\n  03 ; all",
        "hex:01,\\\n\n  ; between\n\t\r\n  02,03\n",
        "hex:01,\\\n ;02,\\\n  02,03",
        "hex:01,02,\\\n  \\\n 03",
    ],
)
def test_hex_goes_on_behind_a_backslash(data: str) -> None:
    """Behind empty lines and comments too; and the next value is found, at its own line."""
    assert value(data) == (3, b"\1\2\3")
    first, second = values(f'"n"={data}\n@=dword:1')
    assert first == ("n", 3, b"\1\2\3")
    assert second == ("", 4, b"\1\0\0\0")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("@=-", ""),
        ('""=-', ""),
        ('"a"=-', "a"),
        ('"@"=-', "@"),
        ('  "a"=-', "a"),
        ("\t@ = - ; gone", ""),
        ('"a" \t=\t -  ', "a"),
        ('"a=b"=-', "a=b"),
        (r'"\"a\\"=-', '"a\\'),
        (r'"a\\\\"=-', "a\\\\"),
        (r'"a\rb\n"=-', "a\rb\n"),
        ('"a\r\n\nb"=-', "a\r\n\nb"),
        ('"[a]"=-', "[a]"),
        ('"a\x0b\x0c\x1c\x85\u2028b"=-', "a\x0b\x0c\x1c\x85\u2028b"),
    ],
)
def test_names(line: str, name: str) -> None:
    """With white space around them and escapes in them; only CR and LF end a line."""
    assert values(f"{line}\n") == [(name,)]


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\rb", "\n", "\r\n\r\n", "; a\n[b]\n@=c"])
def test_line_breaks_in_quotes_are_kept_as_they_are(text: str) -> None:
    """They are data, and counted as lines."""
    read = values(f'"{text}"="{text}" ; x\n@=-')
    assert read == [(text, 1, utf16(text + "\0")), ("",)]
    *_, last = parse(f'{HEADER}\n[HKLM\\X]\n"a"="{text}"\n@=-'.encode())
    breaks = text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert last == DeleteValue("", 4 + breaks)


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("[HKEY_LOCAL_MACHINE]", SetKey("HKEY_LOCAL_MACHINE", 3)),
        ("[HKLM\\a]", SetKey("HKEY_LOCAL_MACHINE\\a", 3)),
        ("[hkcu\\a]", SetKey("HKEY_CURRENT_USER\\a", 3)),
        ("[HkCr\\A]", SetKey("HKEY_CLASSES_ROOT\\A", 3)),
        ("[HKU\\.DEFAULT]", SetKey("HKEY_USERS\\.DEFAULT", 3)),
        ("[hkey_current_config\\a]", SetKey("HKEY_CURRENT_CONFIG\\a", 3)),
        ("[HKCC]", SetKey("HKEY_CURRENT_CONFIG", 3)),
        ("[HKLM\\a]]", SetKey("HKEY_LOCAL_MACHINE\\a]", 3)),
        ("[HKLM\\[a] b] ", SetKey("HKEY_LOCAL_MACHINE\\[a] b", 3)),
        ("  [HKLM\\a]  ; comment", SetKey("HKEY_LOCAL_MACHINE\\a", 3)),
        ("[HKLM\\a ]", SetKey("HKEY_LOCAL_MACHINE\\a ", 3)),
        ("[HKLM\\\\a\\]", SetKey("HKEY_LOCAL_MACHINE\\a", 3)),
        ('[HKLM\\a;b=c"]', SetKey('HKEY_LOCAL_MACHINE\\a;b=c"', 3)),
        ("[HKLM\\-a/b]", SetKey("HKEY_LOCAL_MACHINE\\-a/b", 3)),
        ("[-hklm\\a]", DeleteKey("HKEY_LOCAL_MACHINE\\a", 3)),
    ],
)
def test_keys(line: str, step: Instruction) -> None:
    """Roots have short names, and the last bracket of the line counts."""
    (only,) = parse(f"{HEADER}\n; comment\n{line}\n".encode())
    assert only == step
    assert type(only) is type(step)


@pytest.mark.parametrize(
    "prefix", [r"HKLM\System", r"\hkey_local_machine\SYSTEM\\", r"HKLM\sYSTEM"]
)
def test_a_prefix_is_the_root(prefix: str) -> None:
    """In any case and by any name; what is below it is below the root."""
    data = b"REGEDIT4\n[HKEY_LOCAL_MACHINE\\SYSTEM]\n[HKLM\\system\\A\\b]\n[-hklm\\SYSTEM\\\\c]\n"
    assert list(parse(data, prefix=prefix)) == [SetKey("", 2), SetKey("A\\b", 3), DeleteKey("c", 4)]


def test_a_prefix_can_be_any_name_or_none() -> None:
    """hivexregedit exports without one begin with a backslash; there no name is a root's."""
    data = b"REGEDIT4\n[\\]\n[\\HKLM\\b]\n[c]\n"
    assert list(parse(data, prefix="")) == [SetKey("", 2), SetKey("HKLM\\b", 3), SetKey("c", 4)]
    assert list(parse(b"REGEDIT4\n[\xc4\\b]", prefix="ä")) == [SetKey("b", 2)]


@pytest.mark.parametrize(
    "path", ["HKLM", r"HKLM\SYSTEM2", r"HKLM\SYSTE", r"HKCU\SYSTEM", "SYSTEM", ""]
)
@pytest.mark.parametrize("minus", ["", "-"])
def test_a_path_outside_the_prefix_is_an_error(path: str, minus: str) -> None:
    """It would be lost, or be put where it does not belong."""
    data = f"REGEDIT4\n\n[{minus}{path}]\n".encode()
    with pytest.raises(RegFileError, match=r"at or below HKEY_LOCAL_MACHINE\\SYSTEM") as caught:
        check(data, prefix=r"HKLM\SYSTEM")
    assert (caught.value.line, caught.value.column) == (3, 2 + len(minus))


KEY = f"{HEADER}\n[HKLM\\X]\n"


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "expected the header .* found the end of the line"),
        ("\n" + KEY, 1, 1, "header"),
        ("REGEDIT3\n", 1, 1, "header"),
        ("REGEDIT 4\n", 1, 1, "header"),
        ("REGEDIT5\n", 1, 1, "found 'REGEDIT5'"),
        (f"{HEADER}\nx\n", 2, 1, "expected a key, a value, a comment or an empty line, found 'x'"),
        (f"{HEADER}\n  x\n", 2, 3, "found 'x'"),
        (f'{HEADER}\n"a"="b"\n', 2, 1, "expected a key in brackets before the first value"),
        (f"{HEADER}\n[-HKLM\\X]\n@=-\n", 3, 1, "expected a key in brackets"),
        (f"{HEADER}\n[HKLM\\X\n", 2, 8, "expected a closing bracket, found the end of the line"),
        (f"{HEADER}\n[HKLM\\X] y\n", 2, 10, "expected the end of the line, found 'y'"),
        (f"{HEADER}\n[HKXX\\X]\n", 2, 2, r"expected a path that begins with a root .* 'HKXX"),
        (f"{HEADER}\n[]\n", 2, 2, "a path"),
        (f"{HEADER}\n[ HKLM\\X]\n", 2, 2, "a path"),
        (f"{HEADER}\n[-HKLM]\n", 2, 3, "a key other than the root"),
        (KEY + '"a\n', 3, 1, "expected a closing quote, found the end of the file"),
        (KEY + '"a"\n', 3, 4, "expected an equals sign, found the end of the line"),
        (KEY + '"a" : "b"\n', 3, 5, "expected an equals sign, found ':"),
        (KEY + "@\r\n", 3, 2, "equals sign"),
        (KEY + '"a"b"="c"\n', 3, 4, "equals sign"),
        (
            KEY + '"a"=\n',
            3,
            5,
            "expected data: a text in quotes, dword:, hex: or hex.type.:, found",
        ),
        (KEY + '"a"=  b\n', 3, 7, "expected data"),
        (KEY + '"a"=hex\n', 3, 5, "expected data"),
        (KEY + '"a"=hex(g):00\n', 3, 5, "expected data"),
        (KEY + '"a"=hex():00\n', 3, 5, "expected data"),
        (KEY + '"a"=hex(100000000):00\n', 3, 5, "expected data"),
        (KEY + '"a"=hex(-1):00\n', 3, 5, "expected data"),
        (KEY + '"a"=qword:00\n', 3, 5, "expected data"),
        (KEY + '"a"="b\n\n', 3, 5, "expected a closing quote, found the end of the file"),
        (KEY + '"a"="b\n"c"="d"\n', 3, 5, r"closing quote, found 'c\"=.* on line 4"),
        (KEY + '"a="b"\n\n@="c"\n', 3, 5, "equals"),
        (KEY + '"a"="b" c\n', 3, 9, "expected the end of the line, found 'c'"),
        (KEY + '"a"="b""\n', 3, 8, "end of the line"),
        (KEY + '"a"="b\\c"\n', 3, 7, r"expected one of .* found '\\\\c"),
        (KEY + '"a"="\\\\\\"\\0"\n', 3, 10, r"expected one of .* found '\\\\0"),
        (KEY + '"\\x"="b"\n', 3, 2, "expected one of"),
        (KEY + '"a"="b\\\nc"\n', 3, 7, "expected one of"),
        (KEY + '"a"="b\n\nc\\d"\n', 5, 2, "expected one of"),
        (KEY + '"a"=-1\n', 3, 6, "expected the end of the line, found '1'"),
        (
            KEY + '"a"=dword:\n',
            3,
            11,
            "expected one to eight hex digits, found the end of the line",
        ),
        (KEY + '"a"=dword:123456789\n', 3, 11, "one to eight"),
        (KEY + '"a"=dword:0000_001\n', 3, 15, "end of the line"),
        (KEY + '"a"=dword:  000000\n@=dword:+0000001', 4, 9, "one to eight"),
        (KEY + '"a"=dword:0x000001\n', 3, 12, "end of the line, found 'x"),
        (KEY + '"a"=hex:0g\n', 3, 9, "expected a byte of two hex digits, found '0g'"),
        (KEY + '"a"=hex:00,, 01\n', 3, 12, "a byte of two hex digits"),
        (KEY + '"a"=hex:,00\n', 3, 9, "a byte"),
        (KEY + '"a"=hex:00, 001\n', 3, 13, "found '001'"),
        (KEY + '"a"=hex:0001,,\n', 3, 9, "a byte"),
        (KEY + '"a"=hex:00 01\n', 3, 9, "a byte"),
        (KEY + '"a"=hex:00,+1\n', 3, 12, "a byte"),
        (KEY + '"a"=hex:00,\u0660\u0660\n', 3, 12, "a byte"),
        (KEY + '"a"=hex:00\\\n01\n', 3, 11, "expected a comma in front of the backslash, found"),
        (KEY + '"a"=hex:00,\\ x\n01\n', 3, 12, "a byte"),
        (KEY + '"a"=hex:00,\\\n  01,\\\n  02,0x,03\n', 5, 6, "found '0x,03'"),
        (KEY + '"a"=hex:00,\\\n\n; c\n"b"=hex:00\n', 6, 1, "a byte"),
        (
            KEY + '"a"=hex:00,\\\n',
            3,
            12,
            "expected another line of bytes, found the end of the file",
        ),
        (KEY + '"a"=hex:00,\\\n01,\\\n;x', 5, 3, "another line of bytes"),
    ],
)
def test_errors_tell_what_was_expected_where(
    text: str, line: int, column: int, message: str
) -> None:
    """The first letter that cannot be read, counted from 1, whatever the lines end in."""
    for end in ("\n", "\r\n", "\r"):
        with pytest.raises(RegFileError, match=message) as caught:
            list(parse(text.replace("\n", end).encode()))
        assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"\xff\xfe" + utf16(KEY) + b"@", 3, 1, "expected text in utf-16-le, found the bytes 40"),
        (KEY.encode() + b'; ok\n@="a\xff"\n', 4, 5, "text in utf-8, found the bytes ff"),
        (KEY.encode() + b'@="\xc3\xa4\xe2\x82', 3, 5, "the bytes e2,82"),
        (b"REGEDIT4\r\n;\x81\r\n", 2, 2, "text in cp1252"),
        (
            b'REGEDIT4\n[HKLM\\X]\n"a"=hex(2):00,81,00\n',
            3,
            12,
            "text in cp1252, found the bytes 81",
        ),
        (b"PK\3\4\xff\xff", 1, 5, "text in utf-8"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 3, 1 << 18])
def test_bytes_that_are_no_text_are_an_error(
    data: bytes, line: int, column: int, message: str, chunk: int
) -> None:
    """With their place; the lines before them are read first."""
    with pytest.raises(RegFileError, match=message) as caught:
        list(parse(Dripping(data, chunk)))
    assert (caught.value.line, caught.value.column) == (line, column)


def test_errors_are_those_of_the_package_and_value_errors() -> None:
    """With a code of Windows and room for the file's name."""
    with pytest.raises(RegFileError) as caught:
        check(b"x")
    error = caught.value
    assert isinstance(error, RegistryError)
    assert isinstance(error, ValueError)
    assert error.winerror == 13
    error.path = "some.reg"
    assert str(error).startswith("line 1, column 1: expected the header ")
    assert str(error).endswith("found 'x': some.reg")


class Dripping(io.BytesIO):
    """A file that gives a few bytes at a time, as a pipe does."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self.most = most

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.most)


MIXED = (
    f"{HEADER}\r\n\r\n[HKLM\\Ä]\r\n"
    '"a"="x\r\n\ry"\r\n"\U0001f600\ud800\r"="\\\\\\""\n"h"=hex:01,\\\r\n  02\r@=-\r\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("most", [1, 2, 3, 5, 7, 64])
def test_how_a_file_is_cut_into_chunks_means_nothing(encoding: str, most: int) -> None:
    """Letters, line ends and escapes may lie on any border."""
    data = ("\ufeff" + MIXED).encode(encoding, "surrogatepass")
    assert list(parse(Dripping(data, most))) == list(parse(data))


def test_check_reads_all_and_leaves_the_file_where_it_was() -> None:
    """So that the same file can be applied next."""
    file = io.BytesIO(b"junk" + KEY.encode() + b"@=-\n")
    file.seek(4)
    assert check(file) == 2
    assert len(list(parse(file))) == 2
    file = io.BytesIO(b"junk")
    with pytest.raises(RegFileError):
        check(file)
    assert file.tell() == 0


def test_parse_gives_what_stands_before_an_error_first() -> None:
    """The file is read as it is asked for, not at once."""
    steps = parse(KEY.encode() + b"@=-\nx\n")
    assert [next(steps), next(steps)] == [SetKey(ROOT, 2), DeleteValue("", 3)]
    with pytest.raises(RegFileError):
        next(steps)


@given(models())
def test_what_was_written_in_version_5_is_read_again(top: Model) -> None:
    """Every type, and bytes that do not fit it."""
    root = opened(top).root
    assert keys(list(parse(written(root), prefix=ROOT))) == stored(root)


@given(rows(ANY_TEXT))
@example([("\\", 1, utf16("\\\0")), ("\r\n", 4, b"\1"), ('"\\', 7, b""), ("\r", 3, b"")])
def test_any_name_of_a_value_is_read_again(made: list[Row]) -> None:
    """Line breaks, quotes and backslashes too."""
    root = opened(Model(values=made)).root
    assert keys(list(parse(written(root), prefix=ROOT))) == stored(root)


ANSI_NAMES = st.text(st.characters(codec="cp1252", exclude_characters="\\\r\n"), max_size=8)


@given(models(names=ANSI_NAMES))
def test_what_was_written_in_regedit4_is_read_again(top: Model) -> None:
    """As far as it can be written, which an independent reader tells."""
    data = written(opened(top).root, regedit4())
    assert keys(list(parse(data))) == reg_parser.parse(data)


def test_what_wine_exports_is_read() -> None:
    """No empty line behind the header but one before each key; line breaks escaped."""
    text = (
        f"{HEADER}\r\n\r\n[HKEY_CURRENT_USER\\Software\\Wine]\r\n"
        '@="Line 1\\r\\nLine 2"\r\n"Path\\n"="C:\\\\windows"\r\n'
        '"Bin"=hex:00,01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10,11,12,13,14,15,16,\\\r\n'
        '  17,18\r\n"None"=hex(0):\r\n"Odd"=hex(4):\r\n"Q"=hex(b):01,00,00,00,00,00,00,00\r\n'
    )
    assert keys(list(parse(b"\xff\xfe" + utf16(text), prefix="HKCU"))) == [
        (
            "Software\\Wine",
            [
                ("", 1, utf16("Line 1\r\nLine 2\0")),
                ("Path\n", 1, utf16("C:\\windows\0")),
                ("Bin", 3, bytes(range(25))),
                ("None", 0, b""),
                ("Odd", 4, b""),
                ("Q", 11, b"\1" + bytes(7)),
            ],
        )
    ]


def test_what_samba_writes_is_read() -> None:
    """Comments in front, line feeds, every type but two in hex."""
    text = (
        "REGEDIT4\n\n; from smbd\n[HKEY_LOCAL_MACHINE\\Software\\Samba\\smbconf\\share]\n"
        '"path"="/srv/\\\\x"\n"comment"=hex(7):61,00,62,00,00\n"size"=dword:0000000A\n'
        "\n[-HKEY_LOCAL_MACHINE\\Software\\Samba\\old]\n\n"
    )
    share, path, comment, size, old = parse(text.encode(), prefix="HKLM")
    assert share == SetKey(r"Software\Samba\smbconf\share", 4)
    assert path == SetValue("path", 1, utf16("/srv/\\x\0"), 5)
    assert comment == SetValue("comment", 7, utf16("a\0b\0\0"), 6)
    assert size == SetValue("size", 4, b"\x0a\0\0\0", 7)
    assert old == DeleteKey(r"Software\Samba\old", 9)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ('@="' + "x" * 2_000_000 + '"', 4_000_002),
        ('@="' + '\\"\\\\' * 200_000 + '"', 800_002),
        ('@="' + "x\r\n" * 100_000 + '"', 600_002),
        ("@=hex:" + "00," * 500_000 + "01", 500_001),
        ("@=hex:" + "0 , " * 100_000 + "01", 100_001),
        ("@=hex:" + "00,\\\n  " * 200_000 + "01", 200_001),
        ("@=hex:" + "0,\\ ;\n\n" * 50_000 + "01", 50_001),
    ],
)
def test_huge_values_take_no_more_than_their_size(text: str, size: int) -> None:
    """Quadratic time would be noticed here, and so would recursion."""
    (only,) = values(text)
    assert isinstance(only[2], bytes)
    assert len(only[2]) == size


SEEDS = [
    ("\ufeff" + MIXED).encode("utf-16-le", "surrogatepass"),
    MIXED.encode("utf-8", "surrogatepass"),
    b'REGEDIT4\n\n[HKLM\\a]\n@="\xe4\\\\" ; c\n"b" = hex(7):61,00, 0\n"d"=dword:1\n[-HKLM\\a]\n',
    b'REGEDIT4\n[HKLM\\a]\n"c"=hex(2):61,\\ ;x\n\n  62,\\\n  00\n"e"=-\n"f\\n"="\n"\n',
]
TOKENS = rb"\ [ ] - @ = , ; hex: hex( ): dword: REGEDIT4 01 0,".split()
PIECES = st.one_of(
    st.sampled_from(
        [*TOKENS, b'"', b" ", b"\t", b"\r", b"\n", b"\r\n", b"\0", b",\\\n", b"\xff\xfe"]
    ),
    st.binary(max_size=3),
)
CHANGES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 4), PIECES), max_size=5)


@pytest.mark.fuzz
@given(st.sampled_from(SEEDS), CHANGES, st.sampled_from([None, "cp932", "utf-8"]))
def test_damaged_files_give_their_place_or_are_read(
    data: bytes, changes: list[tuple[int, int, bytes]], encoding: str | None
) -> None:
    """No other error comes out, however a file was changed; chunks change nothing about that."""
    for at, size, piece in changes:
        data = data[:at] + piece + data[at + size :]
    assert outcome(io.BytesIO(data), encoding) == outcome(Dripping(data, 5), encoding)


def outcome(file: io.BytesIO, encoding: str | None) -> object:
    try:
        return list(parse(file, encoding=encoding))
    except RegFileError as error:
        return str(error), error.line > 0 < error.column
