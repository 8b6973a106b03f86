"""Let programs that say `import winreg` find anyreg's."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Final

KEEPERS: Final = {"mimetypes": "_winreg", "importlib._bootstrap_external": "winreg"}
"""Modules of the standard library that look for winreg once, and the name they keep it under."""


def install_as_winreg() -> ModuleType:
    """Make `import winreg` give anyreg.winreg, for the rest of the process.

    Modules that have imported a winreg before keep it, but for those of the standard library.
    Which registry it speaks to is chosen with anyreg.use().

    Returns:
        The module.

    Examples:
        >>> anyreg.install_as_winreg()  # doctest: +SKIP
        >>> import winreg  # doctest: +SKIP
    """
    from anyreg import winreg

    sys.modules["winreg"] = winreg
    for name, kept in KEEPERS.items():
        keeper = sys.modules.get(name)
        if keeper is not None:
            setattr(keeper, kept, winreg)
    return winreg
