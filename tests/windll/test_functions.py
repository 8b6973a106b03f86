"""Functions as ctypes calls them: what only differs here, as test_differential has the rest."""

from __future__ import annotations

import ctypes
from ctypes import byref, wintypes
from typing import Any

import pytest

from anyreg import winreg
from anyreg.windll.wintypes import windows_types

pytestmark = pytest.mark.posix("a ctypes without windll")

DWORD: Any = windows_types().get("DWORD", wintypes.DWORD)


def test_longs_and_ints_are_the_same(key: winreg.HKEYType, advapi32: Any) -> None:
    """As on Windows, where both have four bytes; other types are refused."""
    winreg.SetValueEx(key, "v", 0, 4, 5)
    call = advapi32.RegQueryValueExW
    pointers = ctypes.POINTER(DWORD)
    text, place = ctypes.c_wchar_p, ctypes.c_void_p
    call.argtypes = [place, text, place, pointers, place, pointers]
    kind, size, data = ctypes.c_ulong(), DWORD(4), DWORD()
    assert call(int(key), "v", None, byref(kind), byref(data), byref(size)) == 0
    assert (kind.value, data.value, size.value) == (4, 5, 4)
    assert call(int(key), "v", None, ctypes.pointer(kind), None, (ctypes.c_ulong * 1)()) == 0
    with pytest.raises(ctypes.ArgumentError, match="argument 4: "):
        call(int(key), "v", None, byref(ctypes.c_short()), None, None)


def test_types_must_be_types(advapi32: Any) -> None:
    with pytest.raises(TypeError, match="item 1 in _argtypes_ has no from_param method"):
        advapi32.RegCloseKey.argtypes = [1]
    assert advapi32.RegCloseKey.argtypes is None


def test_a_wrong_number_of_arguments_is_said(advapi32: Any) -> None:
    with pytest.raises(TypeError, match=r"RegCloseKey takes 1 arguments \(2 given\)"):
        advapi32.RegCloseKey(1, 2)
    advapi32.RegCloseKey.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    with pytest.raises(TypeError, match=r"RegCloseKey takes 1 arguments \(2 given\)"):
        advapi32.RegCloseKey(1, 2)


def test_what_windows_needs_and_does_not_get(key: winreg.HKEYType, advapi32: Any) -> None:
    """Where a place for the result is missing."""
    number = int(key)
    winreg.CreateKey(key, "a").Close()
    create, enum = advapi32.RegCreateKeyExW, advapi32.RegEnumKeyExW
    name, size = ctypes.create_unicode_buffer(9), DWORD(9)
    assert create(number, "b", 0, None, 0, 0xF003F, None, None, None) == 87
    assert enum(number, 0, None, byref(size), None, None, None, None) == 87
    assert enum(number, 0, name, None, None, None, None, None) == 87
    assert winreg.QueryInfoKey(key)[0] == 1


def test_a_descriptor_is_not_left_out_in_silence(key: winreg.HKEYType, advapi32: Any) -> None:
    """A key that should have one is not made without."""
    made = ctypes.c_void_p()
    attributes = (ctypes.c_void_p * 3)(24, 1 << 20, 0)
    call = advapi32.RegCreateKeyExW
    assert call(int(key), "b", 0, None, 0, 0xF003F, attributes, byref(made), None) == 50
    attributes[1] = None
    assert call(int(key), "b", 0, None, 0, 0xF003F, attributes, byref(made), None) == 0
    assert advapi32.RegCloseKey(made) == 0


def test_text_where_bytes_are_meant_is_refused(key: winreg.HKEYType, advapi32: Any) -> None:
    """Windows would take its first character for the whole of it."""
    with pytest.raises(ctypes.ArgumentError, match="argument 2: TypeError: bytes are expected"):
        advapi32.RegDeleteValueA(int(key), "text")


def test_errors_of_python_are_not_hidden(advapi32: Any) -> None:
    """An address that is none ends in an error and not in a crash."""
    with pytest.raises(OSError, match="access violation"):
        advapi32.RegOpenKeyExW(ctypes.c_void_p(0x8000_0001), None, 0, 1, 7)
