r"""Keys that GetNamedSecurityInfo and SetNamedSecurityInfo name, as in MACHINE\SOFTWARE.

Unlike RegSetKeySecurity, setting a DACL so adds what the key inherits from the one above, and lets
all keys below inherit again.
"""

from __future__ import annotations

from typing import Final

from anyreg.pywin32.failures import failed
from anyreg.registry.current_registry import current
from anyreg.registry.key import Key
from anyreg.registry.permissions import carry_down
from anyreg.security import descriptor as bits
from anyreg.security import parts
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.inheritance import inherited_again
from anyreg.winapi.errors import INVALID_PARAMETER

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
    """Set parts of a key's descriptor.

    Args:
        name: The key's name.
        kind: The kind of object, which must be a registry key.
        information: Which parts.
        given: What they are taken from.
    """
    registry = current()
    path = _path(name, kind, "SetNamedSecurityInfo")
    with registry.transaction(), registry.open(path) as key:
        before = key.security.descriptor
        after = parts.with_parts(before, _guarded_as(before, given), information)
        if information & parts.DACL_PART:
            with registry.open(path.rpartition("\\")[0]) as above:
                after = inherited_again(after, above.security.descriptor)
        key.security = after
        if information & parts.DACL_PART:
            carry_down(key)


def _guarded_as(before: SecurityDescriptor, given: SecurityDescriptor) -> SecurityDescriptor:
    """The given parts, protected as the key is: only the caller's flags change that."""
    return given.with_control(given.control | before.control & bits.DACL_PROTECTED)
