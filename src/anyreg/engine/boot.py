"""Since when the computer has been running: a text that is another one after each start.

What is volatile is distinguished by it from what a start has ended.  Linux gives one; macOS and the
BSDs have one, or the moment of the start, among the numbers of their kernels; Windows has that.

Sources: Linux, Documentation/admin-guide/sysctl/kernel.rst (random); Apple, sys/sysctl.h; FreeBSD,
sysctl(3).
"""

from __future__ import annotations

from typing import Final

from anyreg.system import WINDOWS, real_names

if WINDOWS:
    from anyreg.windows import files as windows_files

_LINUX: Final = "/proc/sys/kernel/random/boot_id"
_NAMES: Final = (b"kern.bootsessionuuid", b"kern.boot_id", b"kern.boottime")
_LONGEST: Final = 64


def boot_id() -> str:
    """The text, "" where the system does not tell."""
    if WINDOWS:
        return windows_files.boot_id()
    try:
        with open(_LINUX, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return _from_kernel()


def _from_kernel() -> str:
    """The first of the kernel's names that it knows, in hex."""
    with real_names():
        import ctypes

    try:
        ask = ctypes.CDLL(None).sysctlbyname
    except (AttributeError, OSError, TypeError):
        return ""
    for name in _NAMES:
        data = ctypes.create_string_buffer(_LONGEST)
        size = ctypes.c_size_t(_LONGEST)
        if ask(name, data, ctypes.byref(size), None, ctypes.c_size_t(0)) == 0:
            return data.raw[: size.value].hex()
    return ""
