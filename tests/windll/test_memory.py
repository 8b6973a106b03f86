"""What lies where a pointer leads to, whatever width this system gives it."""

from __future__ import annotations

import ctypes
from ctypes import byref, cast, create_string_buffer, create_unicode_buffer, pointer, sizeof
from typing import Any

import pytest

from anyreg.windll.memory import Memory, memory_at

pytestmark = pytest.mark.posix("a ctypes without windll")

Bytes = ctypes.POINTER(ctypes.c_ubyte)


def of(argument: object) -> Memory:
    """The place, which is no NULL."""
    found = memory_at(argument)
    assert found is not None
    return found


def wide(text: str, size: int = 9) -> Any:
    return create_unicode_buffer(text, size)


WAYS: dict[str, Any] = {
    "itself": lambda buffer: buffer,
    "byref": byref,
    "pointer": pointer,
    "cast": lambda buffer: cast(buffer, Bytes),
    "cast_to_address": lambda buffer: cast(buffer, ctypes.c_void_p),
    "cast_to_text": lambda buffer: cast(buffer, ctypes.c_wchar_p),
    "cast_of_pointer": lambda buffer: cast(pointer(buffer), Bytes),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_wide_buffer_holds_characters(way: str) -> None:
    """However it is given; its bytes are those that Windows would have there."""
    buffer = wide("a\u20ac")
    place = of(WAYS[way](buffer))
    assert place.read(6) == "a\u20ac\0".encode("utf-16-le")
    place.write("xyz\0".encode("utf-16-le"))
    assert buffer.value == place.text() == "xyz"


@pytest.mark.parametrize("text", ["ab", "\U0001f600", "\ud800"])
def test_a_text_is_utf_16(text: str) -> None:
    """Of characters beyond the basic plane, both units; lone ones stay."""
    data = text.encode("utf-16-le", "surrogatepass")
    assert of(text).read(len(data)) == data
    assert of(ctypes.c_wchar_p(text)).read(len(data) + 2) == data + b"\0\0"
    assert of(cast(ctypes.c_wchar_p(text), Bytes)).read(len(data)) == data


def test_sizes_of_this_system_are_cut() -> None:
    """`sizeof()` of a wide buffer counts what Windows has not."""
    buffer = wide("ab", 4)
    assert of(buffer).read(sizeof(buffer)) == "ab\0\0".encode("utf-16-le")
    assert of(buffer).room(sizeof(buffer)) == 8
    assert of(buffer).room(6) == 6
    assert of(byref(buffer, sizeof(ctypes.c_wchar))).room(99) == 6


def test_more_than_there_is_is_refused() -> None:
    """Before a byte beyond it is read."""
    for thing, size in ((b"ab", 4), ((ctypes.c_ubyte * 3)(), 4), (wide("a", 2), 99), ("a", 99)):
        with pytest.raises(OSError, match="Invalid access") as refused:
            of(thing).read(size)
        assert vars(refused.value)["winerror"] == 998


def test_bytes_are_bytes() -> None:
    buffer = create_string_buffer(b"abc", 8)
    of(buffer).write(b"xy")
    assert buffer.raw == b"xyc\0\0\0\0\0"
    assert of(b"abc").read(3) == b"abc"
    assert of(ctypes.c_char_p(b"abc")).read(3) == b"abc"
    assert of(ctypes.addressof(buffer)).read(3) == b"xyc"
    assert of(b"a\0b\0").text() == "ab"


@pytest.mark.parametrize("kind", [ctypes.c_ulong, ctypes.c_uint, ctypes.c_uint64])
def test_a_number_fills_the_cell_that_there_is(kind: Any) -> None:
    cell = kind(-1)
    of(byref(cell)).put(7)
    assert (cell.value, of(byref(cell)).get()) == (7, 7)
    of(pointer(cell)).put(8)
    assert cell.value == 8


def test_a_number_of_an_array_or_an_address_has_four_bytes() -> None:
    cells = (ctypes.c_uint32 * 3)(1, 2, 3)
    of(byref(cells, 4)).put(9)
    of(ctypes.addressof(cells)).put(8)
    assert list(cells) == [8, 9, 3]


class OfLongs(ctypes.Structure):
    """A FILETIME as programs write it."""

    _fields_ = (("low", ctypes.c_ulong), ("high", ctypes.c_ulong))


class OfInts(ctypes.Structure):
    """The same, as wide as on Windows."""

    _fields_ = (("low", ctypes.c_uint), ("high", ctypes.c_uint))


@pytest.mark.parametrize("kind", [OfLongs, OfInts])
def test_a_filetime_has_two_halves(kind: Any) -> None:
    time = kind()
    of(byref(time)).put_filetime(0x1234_5678_9ABC_DEF0)
    assert (time.low, time.high) == (0x9ABC_DEF0, 0x1234_5678)


def test_null_is_none() -> None:
    for nothing in (None, 0, ctypes.c_void_p(), Bytes(), ctypes.c_wchar_p(), ctypes.c_char_p()):
        assert memory_at(nothing) is None


def test_a_number_that_is_no_address_is_not_followed() -> None:
    with pytest.raises(OSError, match="access violation reading 0x0000000000000007"):
        memory_at(7)
    with pytest.raises(TypeError, match="a pointer is expected, not float"):
        memory_at(1.5)
