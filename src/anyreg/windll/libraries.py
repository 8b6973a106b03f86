"""`ctypes.WinDLL`, `ctypes.windll` and `ctypes.WINFUNCTYPE`, for three libraries of Windows.

A function is made when it is first asked for, and kept, so that types which a program gives it
stay.  What is not offered says so: nothing pretends to have been done.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final

from anyreg.windll import advapi_keys, advapi_notify, advapi_values, kernel32, user32
from anyreg.windll.functions import Exports, ForeignFunction

_LIBRARIES: Final[dict[str, Exports]] = {
    "advapi32": Exports(advapi_keys.EXPORTS | advapi_values.EXPORTS | advapi_notify.EXPORTS),
    "kernel32": kernel32.EXPORTS,
    "user32": user32.EXPORTS,
}
_MODULE_NOT_FOUND: Final = 126


def _exports(name: str) -> Exports | None:
    base = name.replace("/", "\\").rpartition("\\")[2].lower()
    return _LIBRARIES.get(base.removesuffix(".dll"))


def _offered() -> str:
    return (
        "anyreg offers advapi32, kernel32 and user32 of Windows, as far as they are for registries"
    )


class WinDLL:
    """A library of Windows, as `ctypes.WinDLL` gives it.

    Functions are its attributes, or its items, which are a new one each time.
    """

    def __init__(
        self,
        name: str,
        mode: int = 0,
        handle: int | None = None,
        use_errno: bool = False,
        use_last_error: bool = False,
        winmode: int | None = None,
    ) -> None:
        found = _exports(name)
        if found is None:
            raise FileNotFoundError(f"Could not find module {name!r}: {_offered()}")
        self._name = name
        self._exports = found
        self._uses_last_error = use_last_error

    def __repr__(self) -> str:
        return f"<anyreg's {self._name}>"

    def __getattr__(self, name: str) -> ForeignFunction:
        if name.startswith("__"):
            raise AttributeError(name)
        function = self[name]
        setattr(self, name, function)
        return function

    def __getitem__(self, name: str) -> ForeignFunction:
        export = self._exports.get(name)
        if export is None:
            raise AttributeError(
                f"function {name!r} not found: anyreg's {self._name} has those that are for "
                "registries, events and the message that settings have changed"
            )
        return ForeignFunction(name, export, self._uses_last_error)


class LibraryLoader:
    """`ctypes.windll`: the libraries, each made once."""

    def __getattr__(self, name: str) -> WinDLL:
        if name.startswith("_") or _exports(name) is None:
            raise AttributeError(f"no library {name!r}: {_offered()}")
        library = WinDLL(name)
        setattr(self, name, library)
        return library

    def __getitem__(self, name: str) -> WinDLL:
        found: WinDLL = getattr(self, name)
        return found

    def LoadLibrary(self, name: str) -> WinDLL:  # noqa: N802 - the name that ctypes has
        """A library, anew.

        Args:
            name: Its name, with or without .dll, or its path.
        """
        return WinDLL(name)


windll: Final = LibraryLoader()


def winfunctype(restype: Any, *argtypes: Any, **flags: bool) -> Callable[..., Any]:
    """`ctypes.WINFUNCTYPE`: a prototype, of functions here or of Python's for callbacks.

    Args:
        restype: The type of the result.
        argtypes: Those of the arguments.
        flags: `use_errno` and `use_last_error`.

    Returns:
        What makes a function of a pair of name and library, or of anything else that a prototype
        of ctypes takes.
    """
    callback: Callable[..., Any] = ctypes.CFUNCTYPE(restype, *argtypes, **flags)

    def prototype(target: Any, *more: Any) -> Any:
        is_pair = isinstance(target, tuple) and isinstance(target[-1], WinDLL)
        if not is_pair:
            return callback(target, *more)
        name, library = target
        if more:
            raise TypeError(f"anyreg's {name} takes no flags for its parameters")
        function = library[name]
        function.restype, function.argtypes = restype, argtypes
        return function

    return prototype
