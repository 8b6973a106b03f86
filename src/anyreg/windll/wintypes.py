"""`ctypes.wintypes` as it is on Windows: a DWORD, a LONG and a BOOL have four bytes.

The module of the standard library makes them of C's long, which has eight on most other systems.
What it makes of that is made anew of C's int: the types, pointers to them, and structures.
"""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from functools import cache
from typing import Any, Final

from anyreg.windll.memory import POINTER

_NARROW: Final[dict[object, Any]] = {
    ctypes.c_long: ctypes.c_int,
    ctypes.c_ulong: ctypes.c_uint,
}
# What has eight bytes on Windows too, under these names of types and of fields.
_EIGHT_BYTES: Final = frozenset(
    (
        "_LARGE_INTEGER",
        "LARGE_INTEGER",
        "PLARGE_INTEGER",
        "_ULARGE_INTEGER",
        "ULARGE_INTEGER",
        "PULARGE_INTEGER",
        "WPARAM",
        "LPARAM",
        "wParam",
        "lParam",
    )
)


@cache
def windows_types() -> dict[str, object]:
    """The names of ctypes.wintypes that mean something else on Windows, and what they mean."""
    made: dict[object, Any] = dict(_NARROW)
    found = {
        name: _narrowed(kind, made)
        for name, kind in vars(wintypes).items()
        if isinstance(kind, type) and name not in _EIGHT_BYTES
    }
    return {name: kind for name, kind in found.items() if kind is not vars(wintypes)[name]}


def _narrowed(kind: Any, made: dict[object, Any]) -> Any:
    """A type of the layout that Windows has; itself where it has that."""
    if kind not in made:
        made[kind] = _remade(kind, made)
    return made[kind]


def _remade(kind: Any, made: dict[object, Any]) -> Any:
    if issubclass(kind, POINTER):
        target = _narrowed(kind._type_, made)
        return kind if target is kind._type_ else ctypes.POINTER(target)
    if not issubclass(kind, ctypes.Structure):
        return kind
    fields = [
        (name, field if name in _EIGHT_BYTES else _narrowed(field, made))
        for name, field in kind._fields_
    ]
    if fields == list(kind._fields_):
        return kind
    return type(
        kind.__name__, (ctypes.Structure,), {"_fields_": fields, "__module__": kind.__module__}
    )
