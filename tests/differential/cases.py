"""What a case is: a few calls of `winreg` on a fresh key, and an outcome that can be compared.

A case is a function of the key; what it returns, or the error that it raises, is its outcome.
`@case` enters one, `@cases(row=(...), ...)` one for each row, which gets the row's arguments
behind the key.  The name of a case is its file, its function and its row.

The files run under two interpreters: the Windows Python on Wine, with the winreg it has, and this
one, with ours.  So they import nothing but the standard library, `winreg` from here, and `native`,
which gives what Windows has and winreg lacks.

An outcome is written as text.  What must differ between two machines is left out of it: handles are
only open or closed, and of an OSError only what CPython makes of its code is kept, since the words
are the system's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

if sys.platform == "win32":
    import winreg as _winreg
else:
    from anyreg import winreg as _winreg

__all__ = ["CASES", "FRESH", "case", "cases", "kinds", "outcome", "steps", "tried", "winreg"]

winreg: Any = _winreg  # of no type, as the cases give it what it does not take
FRESH = "AnyregCase"  # the name of the key that a case gets, and may make elsewhere too

CASES: dict[str, Callable[[Any], object]] = {}


def case(function: Callable[[Any], object]) -> Callable[[Any], object]:
    """Enter a function of the fresh key as a case."""
    _enter(_name(function), function)
    return function


def cases(**rows: object) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Enter a function once for each row; a row that is no tuple is one argument."""

    def enter(function: Callable[..., object]) -> Callable[..., object]:
        for row, given in rows.items():
            arguments = given if isinstance(given, tuple) else (given,)
            _enter(f"{_name(function)}[{row}]", _bound(function, arguments))
        return function

    return enter


def _bound(
    function: Callable[..., object], arguments: tuple[object, ...]
) -> Callable[[Any], object]:
    return lambda key: function(key, *arguments)


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def _enter(name: str, function: Callable[[Any], object]) -> None:
    if name in CASES:
        raise ValueError(f"two cases named {name}")
    CASES[name] = function


class Said(str):
    """An outcome as text; inside another outcome it stays as it is."""

    __slots__ = ()


def tried(function: Callable[..., object], *arguments: object, **named: object) -> Said:
    """The outcome of one call."""
    try:
        return outcome(function(*arguments, **named))
    except Exception as error:
        return failure(error)


def steps(*calls: tuple[Any, ...]) -> list[Said]:
    """The outcomes of several calls, one after the other, whatever becomes of each."""
    return [tried(function, *arguments) for function, *arguments in calls]


def kinds(*calls: tuple[Any, ...]) -> list[Said]:
    """The same, but of an error only its class: its words are the interpreter's own.

    They change from one Python to the next, and with whether a class is made in C.
    """
    return [Said(found.partition(":")[0]) for found in steps(*calls)]


def outcome(result: object) -> Said:
    """A result as text."""
    if isinstance(result, Said):
        return result
    if isinstance(result, winreg.HKEYType):
        return Said("open handle" if result else "closed handle")
    if isinstance(result, tuple):
        return Said(f"({', '.join(map(outcome, result))})")
    if isinstance(result, list):
        return Said(f"[{', '.join(map(outcome, result))}]")
    return Said(ascii(result))


def failure(error: Exception) -> Said:
    """An error as text: the builtin class that it is, and its codes or its words."""
    kind = next(base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins")
    if isinstance(error, OSError):
        return Said(f"{kind}: winerror {getattr(error, 'winerror', None)}, errno {error.errno}")
    return Said(f"{kind}: {error}")
