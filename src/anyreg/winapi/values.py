"""Values through handles: query, set, delete, enumerate; bytes in, bytes out."""

from __future__ import annotations

from typing import Final

from anyreg.names import units
from anyreg.types import REG_LINK, REG_SZ
from anyreg.values import Value
from anyreg.winapi.constants import KEY_QUERY_VALUE, KEY_SET_VALUE
from anyreg.winapi.errors import (
    ACCESS_DENIED,
    INVALID_DATA,
    INVALID_PARAMETER,
    NO_MORE_ITEMS,
    NOT_FOUND,
    windows_error,
)
from anyreg.winapi.handles import Handle, resolve
from anyreg.winapi.keys import lent, made

_LONGEST_NAME: Final = 16383  # in UTF-16 units
_LINK_VALUE: Final = "symboliclinkvalue"


def query_value(key: int, name: str) -> Value:
    """RegQueryValueEx: a value of the key; "" is the default value."""
    handle = resolve(key)
    handle.need(KEY_QUERY_VALUE)
    found = handle.backend.read(handle.node, name)
    if found is None:
        raise windows_error(NOT_FOUND)
    return found


def query_default(key: int, sub_key: str) -> str:
    """RegQueryValue: the text of a key's default value, "" where it has none.

    Raises:
        OSError: The default value is no REG_SZ (13).
    """
    handle = resolve(key)
    if sub_key:
        with lent(handle, sub_key, KEY_QUERY_VALUE | handle.view) as node:
            found = handle.backend.read(node, "")
    else:
        handle.need(KEY_QUERY_VALUE)
        found = handle.backend.read(handle.node, "")
    if found is None:
        return ""
    if found.type != REG_SZ:
        raise windows_error(INVALID_DATA)
    return str(found.data)


def set_value(key: int, name: str, type: int, raw: bytes) -> None:
    """RegSetValueEx: set a value of the key."""
    handle = resolve(key)
    handle.need(KEY_SET_VALUE)
    if len(name) > _LONGEST_NAME // 2 and units(name) > _LONGEST_NAME:
        raise windows_error(INVALID_PARAMETER)
    if handle.is_link and (type != REG_LINK or name.lower() != _LINK_VALUE):
        raise windows_error(ACCESS_DENIED)
    handle.backend.write(handle.node, [Value(name, type, raw)])


def set_default(key: int, sub_key: str, raw: bytes) -> None:
    """RegSetValue: set the default value of a key, which is made where it is missing."""
    handle = resolve(key)
    values = [Value("", REG_SZ, raw)]
    if sub_key:
        with made(handle, sub_key, KEY_SET_VALUE) as node:
            handle.backend.write(node, values)
    else:
        handle.need(KEY_SET_VALUE)
        handle.backend.write(handle.node, values)


def delete_value(key: int, name: str) -> None:
    """RegDeleteValue: delete a value of the key."""
    handle = resolve(key)
    handle.need(KEY_SET_VALUE)
    _remove(handle, name)


def _remove(handle: Handle, name: str) -> None:
    if not handle.backend.remove(handle.node, name):
        raise windows_error(NOT_FOUND)


def enum_value(key: int, index: int) -> Value:
    """RegEnumValue: the value at an index; the values are in the order they were set in."""
    handle = resolve(key)
    handle.need(KEY_QUERY_VALUE)
    found = handle.value(index) if index >= 0 else None
    if found is None:
        raise windows_error(NO_MORE_ITEMS)
    return found
