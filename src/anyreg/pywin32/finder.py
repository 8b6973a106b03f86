"""Where `import win32api` and its neighbours end when nothing else has such a module."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final, NoReturn

NAMES: Final = (
    "win32api",
    "win32security",
    "win32con",
    "pywintypes",
    "ntsecuritycon",
    "winerror",
)
"""The modules that are offered."""

_SOURCES: Final = {
    "win32api": "anyreg.pywin32.registry_functions",
    "win32security": "anyreg.pywin32.security_functions",
    "win32con": "anyreg.pywin32.constants",
    "pywintypes": "anyreg.pywin32.types_of_objects",
    "ntsecuritycon": "anyreg.pywin32.security_numbers",
    "winerror": "anyreg.pywin32.error_codes",
}


class RegistryModules(MetaPathFinder, Loader):
    """Finds and loads the modules."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The specification of a module, or None; see importlib.

        Args:
            fullname: The name of the module.
            path: Where a package looks for its modules.
            target: What is to be loaded again.
        """
        if fullname not in NAMES:
            return None
        return ModuleSpec(fullname, self, origin="anyreg")

    def exec_module(self, module: ModuleType) -> None:
        """Fill a new module.

        Args:
            module: The module.
        """
        name = module.__name__
        source = importlib.import_module(_SOURCES[name])
        module.__doc__ = source.__doc__
        offered = {each: getattr(source, each) for each in source.__all__}
        vars(module).update(offered, __all__=list(offered))

        def missing(wanted: str) -> NoReturn:
            raise AttributeError(
                f"module {name!r} has no attribute {wanted!r}: anyreg offers what pywin32 has for "
                "registry keys and their permissions"
            )

        vars(module)["__getattr__"] = missing


FINDER: Final = RegistryModules()
"""The finder, to be put behind all others."""
