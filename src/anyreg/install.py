"""Let programs that expect Windows find what it has: `import winreg`, and the name WindowsError."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

_KEEPERS: Final = {"mimetypes": "_winreg", "importlib._bootstrap_external": "winreg"}
"""Modules of the standard library that look for winreg once, and the name they keep it under."""
_NOTHING: Final = object()


def install_as_winreg() -> ModuleType:
    """Make `import winreg` give anyreg.winreg, for the rest of the process.

    Modules that have imported a winreg before keep it, but for those of the standard library.
    WindowsError is a builtin from then on, as on Windows: another name of OSError.
    Which registry it speaks to is chosen with anyreg.use().

    Returns:
        The module.

    Examples:
        >>> anyreg.install_as_winreg()  # doctest: +SKIP
        >>> import winreg  # doctest: +SKIP
    """
    from anyreg import winreg

    for names, name, thing in _places(winreg):
        names[name] = thing
    return winreg


@contextmanager
def installed() -> Iterator[ModuleType]:
    """The same for the length of a block; what was there before is there again behind it."""
    from anyreg import winreg

    places = [(names, name, names.get(name, _NOTHING)) for names, name, _ in _places(winreg)]
    try:
        yield install_as_winreg()
    finally:
        for names, name, before in places:
            if before is _NOTHING:
                names.pop(name, None)
            else:
                names[name] = before


def _places(winreg: ModuleType) -> Iterator[tuple[MutableMapping[str, Any], str, object]]:
    """Where something is put, under which name, and what."""
    yield sys.modules, "winreg", winreg
    yield vars(builtins), "WindowsError", OSError
    for name, kept in _KEEPERS.items():
        keeper = sys.modules.get(name)
        if keeper is not None:
            yield vars(keeper), kept, winreg
