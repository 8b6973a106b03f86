"""The surface of the module: its names, constants, signatures; what its functions are."""

from __future__ import annotations

import inspect
from typing import Any

from differential.cases import case, cases, winreg

NAMES = sorted(name for name in vars(winreg) if not name.startswith("_"))


@case
def names(_: Any) -> object:
    """DeleteTree came with Python 3.15; what a module has is what the running Python's has."""
    return [name for name in NAMES if name not in {"DeleteTree"}]


@case
def constants(_: Any) -> object:
    return [(name, getattr(winreg, name)) for name in NAMES if type(getattr(winreg, name)) is int]


@case
def error_is_oserror(_: Any) -> object:
    return winreg.error is OSError


FUNCTIONS = {
    name: name
    for name in (
        "CloseKey",
        "ConnectRegistry",
        "CreateKey",
        "CreateKeyEx",
        "DeleteKey",
        "DeleteKeyEx",
        "DeleteValue",
        "DisableReflectionKey",
        "EnableReflectionKey",
        "EnumKey",
        "EnumValue",
        "ExpandEnvironmentStrings",
        "FlushKey",
        "LoadKey",
        "OpenKey",
        "OpenKeyEx",
        "QueryInfoKey",
        "QueryReflectionKey",
        "QueryValue",
        "QueryValueEx",
        "SaveKey",
        "SetValue",
        "SetValueEx",
    )
}


@cases(**FUNCTIONS)
def signature(_: Any, name: str) -> object:
    return str(inspect.signature(getattr(winreg, name)))


@cases(**FUNCTIONS)
def what_a_function_says_of_itself(_: Any, name: str) -> object:
    function = getattr(winreg, name)
    return [
        function.__name__,
        function.__qualname__,
        function.__module__,
        bool(function.__doc__),
        callable(function),
    ]


@cases(**{name: name for name in ("Close", "Detach", "__enter__", "__exit__")})
def signature_of_a_method(_: Any, name: str) -> object:
    return str(inspect.signature(getattr(winreg.HKEYType, name)))


@case
def names_that_start_with_an_underscore(_: Any) -> object:
    hidden = {name for name in vars(winreg) if name.startswith("__")}
    return sorted(hidden & {"__doc__", "__name__", "__all__", "__version__"})


@case
def star_import(_: Any) -> object:
    space: dict[str, object] = {}
    exec(f"from {winreg.__name__} import *", space)
    return sorted(name for name in space if not name.startswith("_") and name != "DeleteTree")


@case
def the_module_says_what_it_is(_: Any) -> object:
    return bool(winreg.__doc__)
