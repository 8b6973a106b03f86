"""How many handles this process has: descriptors, or Windows' handles."""

from __future__ import annotations

import ctypes
import os
from ctypes import byref, c_uint32, c_void_p, create_string_buffer
from pathlib import Path
from struct import calcsize, unpack_from

import pytest

from anyreg.system import WINDOWS

DESCRIPTORS = Path("/proc/self/fd")
EVERY_HANDLE, TOO_SMALL = 64, 0xC0000004

counts_handles = pytest.mark.skipif(
    not WINDOWS and not DESCRIPTORS.is_dir(), reason="nothing here says what a process has open"
)


def handles_open() -> int:
    """How many there are now."""
    return _of_windows() if WINDOWS else len(list(DESCRIPTORS.iterdir()))


def _of_windows() -> int:
    """Counted in the list of all that there are: Wine says 0 if it is asked for their number."""
    query = vars(ctypes)["WinDLL"]("ntdll").NtQuerySystemInformation
    query.argtypes = (c_uint32, c_void_p, c_uint32, c_void_p)
    size = c_uint32(1 << 16)
    while True:
        room = create_string_buffer(size.value + (1 << 12))
        status = query(EVERY_HANDLE, room, len(room), byref(size))
        if status == 0:
            break
        assert status & 0xFFFFFFFF == TOO_SMALL, hex(status)
    (count,) = unpack_from("N", room)
    word, entry = calcsize("N"), calcsize("NNNIHHII")
    owners = [unpack_from("N", room, 3 * word + at * entry)[0] for at in range(count)]
    assert os.getpid() in owners
    return owners.count(os.getpid())
