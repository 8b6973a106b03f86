"""Writing .reg files: the form by example, and the bytes by reading them again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg import Key, NotSupportedError, Value
from anyreg.formats.regfile.writer import value_line
from anyreg.interchange.regfile import VERSION_5, Dialect, default_prefix, regedit4, write
from formats.models import Model, Row, models, opened
from formats.reg_parser import Keys, parse

ROOT = r"HKEY_LOCAL_MACHINE\X"


def written(top: Key, dialect: Dialect = VERSION_5) -> bytes:
    pieces = write(top, ROOT, dialect)
    return dialect.mark + b"".join(map(dialect.encode, pieces))


def stored(top: Key) -> Keys:
    return [
        (
            f"{ROOT}\\{key.path}" if key.path else ROOT,
            [(value.name, value.type, value.raw) for value in values],
        )
        for key, _, values in top.walk()
    ]


def lines(*values: Row, dialect: Dialect = VERSION_5) -> list[str]:
    return [value_line(Value(*value), dialect) for value in values]


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def test_a_file_is_what_regedit_writes() -> None:
    values = [("", 1, utf16("hi\0")), ('q"\\', 4, b"\x2a\0\0\0"), ("b", 3, b"\1\2")]
    top = Model(keys=[Model("Empty"), Model("Full]", values)])
    assert written(opened(top).root) == b"\xff\xfe" + utf16(
        "Windows Registry Editor Version 5.00\r\n"
        "\r\n"
        "[HKEY_LOCAL_MACHINE\\X]\r\n"
        "\r\n"
        "[HKEY_LOCAL_MACHINE\\X\\Empty]\r\n"
        "\r\n"
        "[HKEY_LOCAL_MACHINE\\X\\Full]]\r\n"
        '@="hi"\r\n'
        '"q\\"\\\\"=dword:0000002a\r\n'
        '"b"=hex:01,02\r\n'
        "\r\n"
    )


@pytest.mark.parametrize(
    ("type_", "raw", "data"),
    [
        (0, b"", "hex(0):"),
        (1, utf16('a\\"\0'), '"a\\\\\\""'),
        (1, b"", "hex(1):"),
        (1, utf16("a"), "hex(1):61,00"),
        (1, b"a\0\0", "hex(1):61,00,00"),
        (1, utf16("a\0\0"), "hex(1):61,00,00,00,00,00"),
        (1, utf16("a\nb\0"), "hex(1):61,00,0a,00,62,00,00,00"),
        (1, utf16("\ud800\0"), "hex(1):00,d8,00,00"),
        (1, utf16("\u2028\0"), "hex(1):28,20,00,00"),
        (1, utf16("\u263a\0"), '"\u263a"'),
        (2, utf16("%\0"), "hex(2):25,00,00,00"),
        (3, b"", "hex:"),
        (4, b"\xff\xff\xff\xff", "dword:ffffffff"),
        (4, b"\1", "hex(4):01"),
        (5, b"\0\0\0\1", "hex(5):00,00,00,01"),
        (7, b"\0\0", "hex(7):00,00"),
        (11, bytes(8), "hex(b):00,00,00,00,00,00,00,00"),
        (0xFFFF0012, b"\1", "hex(ffff0012):01"),
    ],
)
def test_data(type_: int, raw: bytes, data: str) -> None:
    assert lines(("n", type_, raw)) == [f'"n"={data}']


def test_long_hex_breaks_where_regedit_breaks_it() -> None:
    raw = bytes(range(47))
    assert lines(("n", 3, raw[:23]))[0].count("\n") == 0
    assert lines(("n", 3, raw[:24]))[0].split("\r\n") == [
        '"n"=hex:00,01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10,11,12,13,14,15,16,\\',
        "  17",
    ]
    assert lines(("n", 3, raw + b"\xfe\xff"))[0].split("\r\n")[1:] == [
        "  17,18,19,1a,1b,1c,1d,1e,1f,20,21,22,23,24,25,26,27,28,29,2a,2b,2c,2d,2e,fe,\\",
        "  ff",
    ]


def test_hex_behind_a_long_name_has_a_byte_on_the_first_line() -> None:
    assert lines(("n" * 200, 3, b"\1\2\3"))[0].split("\r\n")[1:] == ["  02,03"]


@given(st.integers(0, 90), st.integers(0, 200))
def test_no_line_of_hex_is_longer_than_80(name: int, size: int) -> None:
    first, *rest = lines(("n" * name, 3, bytes(size)))[0].split("\r\n")
    assert len(first) <= max(80, name + len('""=hex:00,\\'))
    assert all(len(line) <= 78 for line in rest)


@given(models())
def test_version_5_loses_nothing(top: Model) -> None:
    root = opened(top).root
    assert parse(written(root)) == stored(root)


ANSI_NAMES = st.text(st.characters(codec="cp1252", exclude_characters="\\\r\n"), max_size=8)


@given(models(names=ANSI_NAMES))
def test_regedit4_loses_nothing_that_it_takes(top: Model) -> None:
    root = opened(top).root
    left_out: list[NotSupportedError] = []
    pieces = write(root, ROOT, regedit4(), left_out.append)
    read = parse(b"".join(map(regedit4().encode, pieces)))
    kept = dict(stored(root))
    assert all(set(values) <= set(kept[path]) for path, values in read)
    assert sum(len(v) for _, v in read) + len(left_out) == sum(map(len, kept.values()))


def test_regedit4_holds_texts_in_its_code_page() -> None:
    values = [("ä", 1, utf16("€\0")), ("m", 7, utf16("é\0\0")), ("b", 3, utf16("é"))]
    top = opened(Model(values=values)).root
    data = written(top, regedit4())
    assert data.startswith(b"REGEDIT4\r\n\r\n[")
    assert b'"\xe4"="\x80"\r\n"m"=hex(7):e9,00,00\r\n"b"=hex:e9,00\r\n' in data
    assert parse(data) == stored(top)


@pytest.mark.parametrize(
    "value",
    [
        ("\u0416", 4, bytes(4)),
        ("x", 1, utf16("\u0416\0")),
        ("x", 2, b"a\0b"),
        ("x", 7, utf16("\ud800")),
    ],
)
def test_regedit4_refuses_what_its_code_page_lacks(value: Row) -> None:
    top = opened(Model(keys=[Model("sub", [value])])).root
    with pytest.raises(NotSupportedError, match="REGEDIT4") as caught:
        written(top, regedit4())
    assert caught.value.path == "sub"
    assert parse(written(top)) == stored(top)


def test_another_code_page_can_be_given() -> None:
    top = opened(Model(values=[("\u0416", 1, utf16("\u0416\0"))])).root
    data = written(top, regedit4("cp1251"))
    assert b'"\xc6"="\xc6"' in data
    assert parse(data, "cp1251") == stored(top)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "cp037", "nothing", "hex"])
def test_a_code_page_must_be_one(encoding: str) -> None:
    with pytest.raises(ValueError, match="not a code page"):
        regedit4(encoding)


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\\b"])
def test_names_of_keys_that_would_be_read_as_others_are_refused(name: str) -> None:
    top = opened(Model(keys=[Model(name, keys=[Model("below")]), Model("after")])).root
    with pytest.raises(NotSupportedError, match="name of a key"):
        written(top)
    left_out: list[NotSupportedError] = []
    text = "".join(write(top, ROOT, on_error=left_out.append))
    assert len(left_out) == 1
    assert "below" not in text
    assert "[HKEY_LOCAL_MACHINE\\X\\after]" in text


@pytest.mark.parametrize("prefix", ["", "\\", "a\nb"])
def test_a_prefix_must_be_a_name(prefix: str) -> None:
    with pytest.raises(ValueError, match="not a name that the root"):
        next(write(opened(Model()).root, prefix))


def test_a_key_below_the_root_keeps_its_path() -> None:
    registry = opened(Model(keys=[Model("a", keys=[Model("b")])]))
    assert [path for path, _ in parse(written(registry.open("a")))] == [
        f"{ROOT}\\a",
        f"{ROOT}\\a\\b",
    ]


@pytest.mark.parametrize(
    ("file", "prefix"),
    [
        ("ntuser.dat", "HKEY_CURRENT_USER"),
        ("UsrClass.dat", r"HKEY_CURRENT_USER\Software\Classes"),
        ("SYSTEM", r"HKEY_LOCAL_MACHINE\SYSTEM"),
        ("DEFAULT", r"HKEY_USERS\.DEFAULT"),
        ("other.dat", r"HKEY_LOCAL_MACHINE\other.dat"),
    ],
)
def test_the_prefix_is_where_windows_has_the_hive(file: str, prefix: str) -> None:
    assert default_prefix(file) == prefix
