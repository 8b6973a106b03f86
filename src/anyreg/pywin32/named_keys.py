r"""Keys whose permissions are set with those of all below, named as in MACHINE\SOFTWARE or open.

Unlike RegSetKeySecurity, SetNamedSecurityInfo and SetSecurityInfo are for trees: setting a DACL so
adds what the key inherits from the one above, and lets all keys below inherit again.
"""

from __future__ import annotations

from typing import Final

from anyreg.paths import PLACES
from anyreg.pywin32.failures import failed
from anyreg.registry.current_registry import backend_of, current
from anyreg.registry.inherited_permissions import carry_down, descriptor_above
from anyreg.registry.key import Key
from anyreg.registry.registry import Registry
from anyreg.security import descriptor as bits
from anyreg.security import parts
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.inheritance import inherited_again
from anyreg.winapi.errors import ACCESS_DENIED, INVALID_PARAMETER, windows_error
from anyreg.winapi.handles import resolve

_ROOTS: Final = {
    "CLASSES_ROOT": "HKEY_CLASSES_ROOT",
    "CURRENT_USER": "HKEY_CURRENT_USER",
    "MACHINE": "HKEY_LOCAL_MACHINE",
    "USERS": "HKEY_USERS",
}
_REGISTRY_KEY: Final = 4
_NOT_SUPPORTED: Final = 50


def _path(name: str, kind: int, function: str) -> str:
    """The path of a key of this registry."""
    if kind != _REGISTRY_KEY:
        raise failed(_NOT_SUPPORTED, function)
    root, separator, rest = name.partition("\\")
    if root not in _ROOTS or not separator:
        raise failed(INVALID_PARAMETER, function)
    return f"{_ROOTS[root]}\\{rest}"


def key_of(name: str, kind: int) -> Key:
    """The key of a name.

    Args:
        name: Its name.
        kind: The kind of object, which must be a registry key.
    """
    return current().open(_path(name, kind, "GetNamedSecurityInfo"))


def set_parts(name: str, kind: int, information: int, given: SecurityDescriptor) -> None:
    """Set parts of the descriptor of a key that is named.

    Args:
        name: The key's name.
        kind: The kind of object, which must be a registry key.
        information: Which parts.
        given: What they are taken from.
    """
    _set(current(), _path(name, kind, "SetNamedSecurityInfo"), information, given)


def set_parts_of_handle(key: int, kind: int, information: int, given: SecurityDescriptor) -> None:
    """Set parts of the descriptor of a key that is open.

    Args:
        key: A handle, which has the rights that the parts need.
        kind: The kind of object, which must be a registry key.
        information: Which parts.
        given: What they are taken from.
    """
    if kind != _REGISTRY_KEY:
        raise failed(_NOT_SUPPORTED, "SetSecurityInfo")
    handle = resolve(key)
    needed = parts.right_to_set(information)
    if needed & ~handle.access:
        raise windows_error(ACCESS_DENIED)
    handle.unguarded(needed)
    top, *names = handle.backend.names(handle.node) or [""]
    path = "\\".join([PLACES.get(top, top), *names])
    _set(Registry(handle.backend), path, information, given)


def _set(registry: Registry, path: str, information: int, given: SecurityDescriptor) -> None:
    with registry.transaction(), registry.open(path) as key:
        before = key.security.descriptor
        after = parts.with_parts(before, _guarded_as(before, given), information)
        above = descriptor_above(backend_of(key), key.node)
        if information & parts.DACL_PART and above is not None:
            after = inherited_again(after, above)
        key.security = after
        if information & parts.DACL_PART:
            carry_down(key)


def _guarded_as(before: SecurityDescriptor, given: SecurityDescriptor) -> SecurityDescriptor:
    """The given parts, protected as the key is: only the caller's flags change that."""
    return given.with_control(given.control | before.control & bits.DACL_PROTECTED)
