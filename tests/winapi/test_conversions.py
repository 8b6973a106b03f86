"""Data between bytes and Python, as CPython's winreg has it."""

from __future__ import annotations

import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.winapi.conversions import to_python, to_raw

SZ, EXPAND, BINARY, DWORD, MULTI, QWORD = 1, 2, 3, 4, 7, 11


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


READ: list[tuple[int, bytes, object]] = [
    (SZ, b"", ""),
    (SZ, utf16("abc"), "abc"),
    (SZ, utf16("a\0b\0"), "a"),
    (EXPAND, utf16("%x%\0") + b"z", "%x%"),
    (SZ, b"\0\xd8", "\ud800"),
    (MULTI, b"", None),
    (MULTI, b"x", []),
    (MULTI, utf16("\0"), []),
    (MULTI, utf16("\0\0"), [""]),
    (MULTI, utf16("\0a\0"), ["", "a"]),
    (MULTI, utf16("a\0\0"), ["a"]),
    (MULTI, utf16("a\0\0\0"), ["a", ""]),
    (MULTI, utf16("a\0b"), ["a", "b"]),
    (MULTI, utf16("a\0\0b\0\0"), ["a", "", "b"]),
    (DWORD, b"", 0),
    (DWORD, b"\1", 1),
    (DWORD, b"\1\0\0\x80\xff", 0x80000001),
    (QWORD, b"", 0),
    (QWORD, b"\1" + bytes(8), 1),
    (BINARY, b"", None),
    (BINARY, b"\0", b"\0"),
    (77, b"ab", b"ab"),
    (0, b"", None),
]


@pytest.mark.parametrize(("kind", "raw", "data"), READ)
def test_reading(kind: int, raw: bytes, data: object) -> None:
    """Odd bytes too; nothing fails."""
    assert to_python(kind, raw) == data


WRITE: list[tuple[int, object, bytes]] = [
    (SZ, None, b"\0\0"),
    (SZ, "a\0b", utf16("a\0b\0")),
    (EXPAND, "\ud800", b"\0\xd8\0\0"),
    (MULTI, None, b"\0\0"),
    (MULTI, [], b"\0\0"),
    (MULTI, [""], bytes(4)),
    (MULTI, ["", "a", ""], utf16("\0a\0\0\0")),
    (DWORD, None, bytes(4)),
    (DWORD, True, b"\1\0\0\0"),
    (DWORD, 0xFFFFFFFF, b"\xff" * 4),
    (QWORD, 2**64 - 1, b"\xff" * 8),
    (BINARY, None, b""),
    (BINARY, bytearray(b"ab"), b"ab"),
    (5, memoryview(b"abc")[1:], b"bc"),
    (0xFFFFFFFF, array.array("B", [1, 2]), b"\1\2"),
]


@pytest.mark.parametrize(("kind", "data", "raw"), WRITE)
def test_writing(kind: int, data: object, raw: bytes) -> None:
    """None is what is empty; every other type takes whatever gives bytes."""
    assert to_raw(kind, data) == raw


REFUSED: list[tuple[int, object, type[Exception]]] = [
    (SZ, 5, ValueError),
    (DWORD, "1", ValueError),
    (MULTI, ("a",), ValueError),
    (MULTI, ["a", 5], ValueError),
    (BINARY, "text", TypeError),
    (BINARY, 5, TypeError),
    (DWORD, 2**32, OverflowError),
    (QWORD, -1, OverflowError),
    (QWORD, 2**64, OverflowError),
]


@pytest.mark.parametrize(("kind", "data", "error"), REFUSED)
def test_what_is_refused(kind: int, data: object, error: type[Exception]) -> None:
    """With CPython's exceptions."""
    with pytest.raises(error):
        to_raw(kind, data)


@given(st.lists(st.text(st.characters(exclude_characters="\0"))))
def test_lists_come_back(strings: list[str]) -> None:
    """Empty strings among them, and none at all."""
    assert to_python(MULTI, to_raw(MULTI, strings)) == strings


@given(st.integers(0, 12), st.binary())
def test_reading_never_fails(kind: int, raw: bytes) -> None:
    """Whatever the bytes are."""
    to_python(kind, raw)
