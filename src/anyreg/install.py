"""Let programs that expect Windows find it: winreg, WindowsError, ctypes.windll, pywin32."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from anyreg import system

_KEEPERS: Final = {"mimetypes": "_winreg", "importlib._bootstrap_external": "winreg"}
"""Modules of the standard library that look for winreg once, and the name they keep it under."""
_NOTHING: Final = object()


def install_as_winreg(*, ctypes: bool = False, pywin32: bool = False) -> ModuleType:
    """Make `import winreg` give anyreg.winreg, for the rest of the process.

    Modules that have imported a winreg before keep it, but for those of the standard library.
    WindowsError is a builtin from then on, as on Windows: another name of OSError.
    Which registry it speaks to is chosen with anyreg.use().

    Args:
        ctypes: Also put into ctypes what it has on Windows alone: `windll`, `WinDLL`, `WinError`
            and so on, with the functions for registries, events and settings; and types of
            `ctypes.wintypes` of the size that they have there.  On Windows it stays as it is.
        pywin32: Also offer win32api, win32security and the modules beside them, as far as they are
            for registry keys, where there is no pywin32.

    Returns:
        The module.

    Examples:
        >>> anyreg.install_as_winreg()  # doctest: +SKIP
        >>> import winreg  # doctest: +SKIP
    """
    from anyreg import winreg

    for names, name, thing in _places(winreg, ctypes):
        names[name] = thing
    if pywin32 and not system.WINDOWS:
        _offer_pywin32()
    return winreg


@contextmanager
def installed(*, ctypes: bool = False, pywin32: bool = False) -> Iterator[ModuleType]:
    """The same for the length of a block; what was there before is there again behind it.

    Args:
        ctypes: As of install_as_winreg().
        pywin32: As of install_as_winreg().
    """
    from anyreg import winreg

    finders = list(sys.meta_path)
    places = [
        (names, name, names.get(name, _NOTHING)) for names, name, _ in _places(winreg, ctypes)
    ]
    try:
        yield install_as_winreg(ctypes=ctypes, pywin32=pywin32)
    finally:
        _take_back_pywin32(finders)
        for names, name, before in places:
            if before is _NOTHING:
                names.pop(name, None)
            else:
                names[name] = before


def _places(
    winreg: ModuleType, with_ctypes: bool
) -> Iterator[tuple[MutableMapping[str, Any], str, object]]:
    """Where something is put, under which name, and what."""
    if with_ctypes and not system.WINDOWS:
        yield from _places_in_ctypes()
    yield sys.modules, "winreg", winreg
    yield vars(builtins), "WindowsError", OSError
    for name, kept in _KEEPERS.items():
        keeper = sys.modules.get(name)
        if keeper is not None:
            yield vars(keeper), kept, winreg


def _places_in_ctypes() -> Iterator[tuple[MutableMapping[str, Any], str, object]]:
    import ctypes
    from ctypes import wintypes

    from anyreg.windll import NAMES, windows_types

    for name, thing in NAMES.items():
        yield vars(ctypes), name, thing
    for name, thing in windows_types().items():
        yield vars(wintypes), name, thing


def _offer_pywin32() -> None:
    from anyreg.pywin32 import FINDER

    if FINDER not in sys.meta_path:
        sys.meta_path.append(FINDER)  # behind all others: a genuine pywin32 is found first


def _take_back_pywin32(finders: list[Any]) -> None:
    """Let nobody find pywin32's modules any more, if nobody did before."""
    for finder in [each for each in sys.meta_path if each not in finders]:
        from anyreg.pywin32 import FINDER, NAMES

        if finder is FINDER:
            sys.meta_path.remove(finder)
            for name in NAMES:
                sys.modules.pop(name, None)
