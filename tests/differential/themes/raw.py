"""Reading bytes that no Python value makes: odd lengths, no terminators, types without sense."""

from __future__ import annotations

from typing import Any

from differential import native
from differential.cases import cases, tried, winreg


def read(key: Any, kind: int, data: bytes) -> object:
    """What the three ways of reading make of these bytes, as a named and as the default value."""
    native.set_raw(key, "v", kind, data)
    named = tried(winreg.QueryValueEx, key, "v")
    listed = tried(winreg.EnumValue, key, 0)
    native.set_raw(key, "", kind, data)
    default = tried(winreg.QueryValue, key, None)
    winreg.DeleteValue(key, "")
    return [named, listed, default, native.get_raw(key, "v")]


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


STRINGS = {
    "empty": b"",
    "one_byte": b"a",
    "one_nul_byte": b"\0",
    "only_nul": utf16("\0"),
    "unterminated": utf16("ab"),
    "odd": utf16("ab") + b"c",
    "odd_terminated": utf16("ab\0") + b"c",
    "nul_inside": utf16("a\0b\0"),
    "nuls_behind": utf16("ab\0\0\0"),
    "nul_first": utf16("\0ab"),
    "astral": utf16("\U0001f600\0"),
    "half": utf16("\ud83d\0"),
    "latin": b"abcd\0",
    "long": utf16("x" * 3000),
    "half_behind": utf16("a\ud83d"),
}


@cases(**STRINGS)
def string(key: Any, data: bytes) -> object:
    return read(key, winreg.REG_SZ, data)


@cases(**STRINGS)
def expandable(key: Any, data: bytes) -> object:
    return read(key, winreg.REG_EXPAND_SZ, data)


@cases(
    empty=b"",
    one_byte=b"a",
    one_nul_byte=b"\0",
    only_nul=utf16("\0"),
    two_nuls=utf16("\0\0"),
    three_nuls=utf16("\0\0\0"),
    unterminated=utf16("a"),
    one_nul=utf16("a\0"),
    proper=utf16("a\0\0"),
    nuls_behind=utf16("a\0\0\0\0"),
    two=utf16("a\0b\0\0"),
    two_unterminated=utf16("a\0b"),
    empty_first=utf16("\0a\0\0"),
    empty_between=utf16("a\0\0b\0\0"),
    odd=utf16("a\0b") + b"x",
    odd_terminated=utf16("a\0\0") + b"x",
    half=utf16("\udc00\0\0"),
    many=utf16("abc\0" * 500 + "\0"),
)
def strings(key: Any, data: bytes) -> object:
    return read(key, winreg.REG_MULTI_SZ, data)


@cases(
    empty=b"",
    exact=b"\1\2\3\4",
    longer=b"\1\2\3\4\5",
    much_longer=bytes(range(1, 20)),
    all_bits=b"\xff" * 4,
    eight=b"\xff" * 8,
)
def dword(key: Any, data: bytes) -> object:
    return read(key, winreg.REG_DWORD, data)


@cases(
    empty=b"",
    exact=b"\1\2\3\4\5\6\7\x08",
    longer=bytes(range(1, 12)),
    all_bits=b"\xff" * 8,
)
def qword(key: Any, data: bytes) -> object:
    return read(key, winreg.REG_QWORD, data)


@cases(
    dword_1=(4, 1),
    dword_2=(4, 2),
    dword_3=(4, 3),
    qword_1=(11, 1),
    qword_4=(11, 4),
    qword_7=(11, 7),
)
def short_number(key: Any, kind: int, size: int) -> object:
    """The bytes that are not there are whatever the memory held: only the low ones count."""
    native.set_raw(key, "v", kind, b"\x81" * size)
    number, found = winreg.QueryValueEx(key, "v")
    return [number & (1 << 8 * size) - 1 == int.from_bytes(b"\x81" * size, "little"), found]


OTHER = {f"type_{kind}": kind for kind in (0, 3, 5, 6, 8, 9, 10, 12, 100, 0x7FFFFFFF)}


@cases(**OTHER)
def other_types(key: Any, kind: int) -> object:
    return [read(key, kind, b""), read(key, kind, b"x"), read(key, kind, utf16("text\0"))]


@cases(sign_bit=0x80000000, all_bits=0xFFFFFFFF, minus_two=0xFFFFFFFE)
def types_beyond_the_sign(key: Any, kind: int) -> object:
    return read(key, kind, b"abc")


@cases(
    text=(winreg.REG_SZ, "x"),
    expand=(winreg.REG_EXPAND_SZ, "x"),
    many=(winreg.REG_MULTI_SZ, ["x"]),
    dword=(winreg.REG_DWORD, 1),
    qword=(winreg.REG_QWORD, 1),
    binary=(winreg.REG_BINARY, b"x"),
)
def lengths_that_a_key_knows(key: Any, kind: int, data: Any) -> object:
    winreg.SetValueEx(key, "v", 0, kind, data)
    return len(native.get_raw(key, "v")[1])
