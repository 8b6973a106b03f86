"""Whole trees through handles: rename, copy, delete; and values of a subkey in one call.

Windows has these functions, CPython's winreg lacks them.
"""

from __future__ import annotations

from anyreg.backends import trees
from anyreg.errors import KeyExistsError
from anyreg.names import fold
from anyreg.values import Value
from anyreg.winapi.constants import (
    DELETE,
    KEY_CREATE_SUB_KEY,
    KEY_ENUMERATE_SUB_KEYS,
    KEY_READ,
    KEY_SET_VALUE,
    KEY_WRITE,
)
from anyreg.winapi.errors import (
    ACCESS_DENIED,
    INVALID_PARAMETER,
    NOT_FOUND,
    windows_error,
)
from anyreg.winapi.handles import resolve
from anyreg.winapi.keys import checked, lent, made
from anyreg.winapi.values import delete_value, set_value


def rename_key(key: int, sub_key: str, new_name: str) -> None:
    """RegRenameKey: give a key another name; handles of it stay valid.

    Args:
        key: A handle; one of the key itself needs KEY_CREATE_SUB_KEY.
        sub_key: A path below it; "" is the key itself.
        new_name: The new name, not a path.

    Raises:
        PermissionError: There is such a key, or only the case would change (5).
        FileNotFoundError: There is no such key (2).
        OSError: The new name is empty, a path, or too long (87).
    """
    handle = resolve(key)
    if not new_name or "\\" in new_name:
        raise windows_error(INVALID_PARAMETER)
    if not sub_key:
        handle.need(KEY_CREATE_SUB_KEY)
    checked(handle, new_name)
    with lent(handle, sub_key, KEY_WRITE | handle.view) as node:
        if fold(node.name) == fold(new_name):
            raise windows_error(ACCESS_DENIED)
        try:
            handle.backend.rename(node, new_name)
        except KeyExistsError:
            raise windows_error(ACCESS_DENIED) from None


def copy_tree(source: int, sub_key: str, target: int) -> None:
    """RegCopyTree: copy values and subkeys into another key, over what it has already.

    Args:
        source: A handle with KEY_ENUMERATE_SUB_KEYS.
        sub_key: A path below it; "" is the key itself.
        target: A handle with KEY_CREATE_SUB_KEY, of any registry.
    """
    reading = resolve(source)
    writing = resolve(target)
    if not sub_key:
        reading.need(KEY_ENUMERATE_SUB_KEYS)
    writing.need(KEY_CREATE_SUB_KEY)
    with lent(reading, sub_key, KEY_READ | reading.view) as top:
        trees.copy(reading.backend, top, writing.backend, writing.node)


def delete_tree(key: int, sub_key: str) -> None:
    """RegDeleteTree: delete a key and all below it; without a path, all that the key holds.

    Args:
        key: A handle; one of the key itself needs KEY_ENUMERATE_SUB_KEYS and KEY_SET_VALUE.
        sub_key: A path below it; "" empties the key, and keeps it.

    Raises:
        FileNotFoundError: There is no such key (2).
    """
    handle = resolve(key)
    if sub_key:
        with lent(handle, sub_key, DELETE | handle.view) as node:
            handle.backend.delete(node, True)
        return
    handle.need(KEY_ENUMERATE_SUB_KEYS)
    handle.need(KEY_SET_VALUE)
    trees.clear(handle.backend, handle.node)


def delete_key_value(key: int, sub_key: str, name: str) -> None:
    """RegDeleteKeyValue: delete a value of a key at a path.

    Raises:
        FileNotFoundError: There is no such key or value (2).
    """
    if not sub_key:
        delete_value(key, name)
        return
    handle = resolve(key)
    with lent(handle, sub_key, KEY_SET_VALUE | handle.view) as node:
        if not handle.backend.remove(node, name):
            raise windows_error(NOT_FOUND)


def set_key_value(key: int, sub_key: str, name: str, type: int, raw: bytes) -> None:
    """RegSetKeyValue: set a value of a key at a path; the key is made where it is missing."""
    if not sub_key:
        set_value(key, name, type, raw)
        return
    handle = resolve(key)
    with made(handle, sub_key, KEY_SET_VALUE) as node:
        handle.backend.write(node, [Value(name, type, raw)])
