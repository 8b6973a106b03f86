"""Which system this is, whatever a test suite says.

Suites of Windows programs set sys.platform and os.name, before or after this package is imported.
What files and locks need must not follow them: no other module asks these two, and what asks them
elsewhere (pathlib.Path, tempfile) is called inside real_names(), or by local_path(); platformdirs,
which asks while it is imported, comes by import_truly().
Which modules are built into the interpreter is not faked: one with `nt` runs on Windows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS: Final = "nt" in sys.builtin_module_names
"""Whether this is Windows."""

_POSIX: Final = None if WINDOWS else import_module("posix")
_ALSO: Final = {"android": "linux", "ios": "darwin"}


def _real_platform() -> str:
    """What sys.platform is where nobody has set it."""
    if _POSIX is None:
        return "win32"
    system = str(_POSIX.uname().sysname).lower()
    said = _ALSO.get(sys.platform, sys.platform)
    is_true = said.startswith(system) or system.startswith(said)  # as freebsd14, and cygwin_nt
    return sys.platform if is_true else system


_NAMES: Final = (_real_platform(), "nt" if WINDOWS else "posix")


@contextmanager
def real_names() -> Iterator[None]:
    """Let sys.platform and os.name be true for a moment, for modules of others that ask them."""
    said = (sys.platform, os.name)
    if said == _NAMES:
        yield
        return
    sys.platform, os.name = _NAMES
    try:
        yield
    finally:
        sys.platform, os.name = said


_importing: Final = RLock()  # modules are taken away for a moment, and others must not see that


@cache
def import_truly(name: str) -> ModuleType:
    """A package of others as it is on this system, also where it was imported under a fake.

    It is imported once more for that, and kept, as it asks the system only while it is imported.

    Args:
        name: The package.
    """
    with _importing:
        return _imported_anew(name)


def _imported_anew(name: str) -> ModuleType:
    found = {key: sys.modules.pop(key) for key in list(sys.modules) if _is_part(key, name)}
    try:
        with real_names():
            return import_module(name)
    finally:
        if found:  # it stays what it is for everybody else
            for key in [key for key in sys.modules if _is_part(key, name)]:
                del sys.modules[key]
            sys.modules.update(found)


def _is_part(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def computer() -> tuple[str, str]:
    """The names of this computer, without its domain, and of its processor."""
    if _POSIX is None:
        host, processor = os.environ.get("COMPUTERNAME"), os.environ.get("PROCESSOR_IDENTIFIER")
    else:
        host, processor = _POSIX.uname().nodename, _POSIX.uname().machine
    return (host or "").partition(".")[0] or "localhost", processor or ""


def local_path(path: str) -> Path:
    """A path of this system.

    Args:
        path: As text.
    """
    with real_names():
        from pathlib import Path

        return Path(path)
