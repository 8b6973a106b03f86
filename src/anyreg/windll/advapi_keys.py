"""advapi32: the registry's functions over pointers, for keys.

Each gives an error code, 0 where all went well, and never touches the thread's last error.
"""

from __future__ import annotations

import ctypes
from typing import Final

from anyreg.winapi import handles, hosts, keys, trees
from anyreg.winapi.constants import KEY_ENUMERATE_SUB_KEYS, MAXIMUM_ALLOWED
from anyreg.winapi.errors import INVALID_PARAMETER
from anyreg.windll.arguments import as_dword, as_memory, as_number
from anyreg.windll.charsets import Charset
from anyreg.windll.functions import TEXT, Exports
from anyreg.windll.memory import Memory
from anyreg.windll.results import coded, put, put_class, put_filetime, put_name

EXPORTS: Final = Exports()

_POINTER: Final = 8
_NOT_SUPPORTED: Final = 50
_CREATED, _OPENED = 1, 2  # dispositions


@EXPORTS.add_pair("RegOpenKeyEx", as_number, TEXT, as_dword, as_dword, as_memory)
@coded
def open_key_ex(
    chars: Charset, key: int, path: str | None, options: int, access: int, result: Memory | None
) -> int:
    """RegOpenKeyEx."""
    if result is None:
        return INVALID_PARAMETER
    result.put(keys.open_key(key, path or "", options, access), _POINTER)
    return 0


@EXPORTS.add_pair("RegOpenKey", as_number, TEXT, as_memory)
@coded
def open_key(chars: Charset, key: int, path: str | None, result: Memory | None) -> int:
    """RegOpenKey."""
    if result is None:
        return INVALID_PARAMETER
    if not path:  # the same handle
        handles.resolve(key)
        result.put(key, _POINTER)
        return 0
    result.put(keys.open_key(key, path, 0, MAXIMUM_ALLOWED), _POINTER)
    return 0


@EXPORTS.add_pair(
    "RegCreateKeyEx",
    as_number,
    TEXT,
    as_dword,
    TEXT,
    as_dword,
    as_dword,
    as_memory,
    as_memory,
    as_memory,
)
@coded
def create_key_ex(
    chars: Charset,
    key: int,
    path: str | None,
    reserved: int,
    class_name: str | None,
    options: int,
    access: int,
    security: Memory | None,
    result: Memory | None,
    disposition: Memory | None,
) -> int:
    """RegCreateKeyEx; security attributes may hold no descriptor."""
    if reserved or result is None:
        return INVALID_PARAMETER
    if security is not None and ctypes.c_void_p.from_address(security.address + _POINTER).value:
        return _NOT_SUPPORTED
    made, is_new = keys.create_key(key, path or "", options, access, class_name=class_name or "")
    result.put(made, _POINTER)
    put(disposition, _CREATED if is_new else _OPENED)
    return 0


@EXPORTS.add_pair("RegCreateKey", as_number, TEXT, as_memory)
@coded
def create_key(chars: Charset, key: int, path: str | None, result: Memory | None) -> int:
    """RegCreateKey."""
    if result is None:
        return INVALID_PARAMETER
    made, _ = keys.create_key(key, path or "", 0, MAXIMUM_ALLOWED)
    result.put(made, _POINTER)
    return 0


@EXPORTS.add("RegCloseKey", as_number)
@coded
def close_key(key: int) -> int:
    """RegCloseKey."""
    handles.close(key)
    return 0


@EXPORTS.add("RegFlushKey", as_number)
@coded
def flush_key(key: int) -> int:
    """RegFlushKey."""
    keys.flush_key(key)
    return 0


@EXPORTS.add_pair("RegDeleteKey", as_number, TEXT)
@coded
def delete_key(chars: Charset, key: int, path: str | None) -> int:
    """RegDeleteKey."""
    return _delete_key(key, path, 0)


@EXPORTS.add_pair("RegDeleteKeyEx", as_number, TEXT, as_dword, as_dword)
@coded
def delete_key_ex(chars: Charset, key: int, path: str | None, view: int, reserved: int) -> int:
    """RegDeleteKeyEx."""
    return INVALID_PARAMETER if reserved else _delete_key(key, path, view)


def _delete_key(key: int, path: str | None, view: int) -> int:
    if path is None:
        return INVALID_PARAMETER
    keys.delete_key(key, path, view)
    return 0


@EXPORTS.add_pair("RegDeleteTree", as_number, TEXT)
@coded
def delete_tree(chars: Charset, key: int, path: str | None) -> int:
    """RegDeleteTree."""
    trees.delete_tree(key, path or "")
    return 0


@EXPORTS.add("RegRenameKey", as_number, TEXT, TEXT)
@coded
def rename_key(key: int, path: str | None, name: str | None) -> int:
    """RegRenameKey."""
    trees.rename_key(key, path or "", name or "")
    return 0


@EXPORTS.add_pair("RegCopyTree", as_number, TEXT, as_number)
@coded
def copy_tree(chars: Charset, key: int, path: str | None, target: int) -> int:
    """RegCopyTree."""
    trees.copy_tree(key, path or "", target)
    return 0


@EXPORTS.add_pair("RegConnectRegistry", TEXT, as_number, as_memory)
@coded
def connect_registry(chars: Charset, computer: str | None, key: int, result: Memory | None) -> int:
    """RegConnectRegistry."""
    if result is None:
        return INVALID_PARAMETER
    result.put(hosts.connect(computer or "", key), _POINTER)
    return 0


@EXPORTS.add_pair(
    "RegEnumKeyEx",
    as_number,
    as_dword,
    as_memory,
    as_memory,
    as_memory,
    as_memory,
    as_memory,
    as_memory,
)
@coded
def enum_key_ex(
    chars: Charset,
    key: int,
    index: int,
    name: Memory | None,
    length: Memory | None,
    reserved: Memory | None,
    class_name: Memory | None,
    class_length: Memory | None,
    written: Memory | None,
) -> int:
    """RegEnumKeyEx."""
    if name is None or length is None or reserved is not None:
        return INVALID_PARAMETER
    found = keys.enum_key(key, index)
    code = put_name(chars, name, length, found)
    if code or (class_length is None and written is None):
        return code
    # The right to list is enough for what the list says of the key.
    handle = handles.resolve(key).unguarded(KEY_ENUMERATE_SUB_KEYS)
    with keys.lent(handle, found, 0) as node:
        facts = handle.backend.info(node)
    put_filetime(written, facts.last_written)
    return put_class(chars, class_name, class_length, facts.class_name)


@EXPORTS.add_pair("RegQueryInfoKey", as_number, *(as_memory,) * 11)
@coded
def query_info_key(
    chars: Charset,
    key: int,
    class_name: Memory | None,
    class_length: Memory | None,
    reserved: Memory | None,
    *facts: Memory | None,
) -> int:
    """RegQueryInfoKey."""
    if class_name is not None and class_length is None:
        return INVALID_PARAMETER
    found = keys.query_info(key)
    numbers = (
        found.subkeys,
        found.longest_subkey,
        found.longest_class,
        found.values,
        found.longest_value,
        found.longest_data,
        found.descriptor,
    )
    for place, number in zip(facts, numbers, strict=False):
        put(place, number)
    put_filetime(facts[-1], found.last_written)
    return put_class(chars, class_name, class_length, found.class_name)
