"""What each function of winreg does with its arguments.

The order is CPython's: take them, tell the audit hooks, call Windows' function, make a Python
object of the result.

Text arguments can be None where the function of Windows takes NULL, which means the same as "".
"""

from __future__ import annotations

import os
import sys
from typing import Final

from anyreg.types import REG_SZ
from anyreg.values import expand
from anyreg.winapi import files, hosts, keys, trees, values
from anyreg.winapi.arguments import as_dword, as_handle, as_int, as_optional_text, as_text
from anyreg.winapi.constants import KEY_WRITE, MAXIMUM_ALLOWED
from anyreg.winapi.conversions import to_python, to_raw
from anyreg.winapi.errors import INVALID_PARAMETER, windows_error
from anyreg.winapi.handles import close, resolve
from anyreg.winapi.hkey import PyHKEY, make_hkey, signed

_audit: Final = sys.audit
_UNSIGNED: Final = 0xFFFF_FFFF


def _opened(number: int) -> PyHKEY:
    _audit("winreg.OpenKey/result", signed(number))
    return make_hkey(number)


def close_key(hkey: object) -> None:
    """CloseKey: also takes None, and 0, which is what a closed PyHKEY holds."""
    if isinstance(hkey, PyHKEY):
        hkey.Close()
    elif hkey is not None:
        number = as_handle(hkey)
        if number:
            close(number)


def connect_registry(computer_name: object, key: object) -> PyHKEY:
    """ConnectRegistry."""
    name = as_optional_text(computer_name, "ConnectRegistry() argument 1")
    number = as_handle(key)
    _audit("winreg.ConnectRegistry", name, signed(number))
    return make_hkey(hosts.connect(name or "", number))


def create_key(key: object, sub_key: object) -> PyHKEY:
    """CreateKey."""
    number = as_handle(key)
    path = as_optional_text(sub_key, "CreateKey() argument 2")
    _audit("winreg.CreateKey", signed(number), path, KEY_WRITE)
    created, _ = keys.create_key(number, path or "", 0, MAXIMUM_ALLOWED)
    return _opened(created)


def create_key_ex(key: object, sub_key: object, reserved: object, access: object) -> PyHKEY:
    """CreateKeyEx."""
    number = as_handle(key)
    path = as_optional_text(sub_key, "CreateKeyEx() argument 'sub_key'")
    zero = as_int(reserved)
    mask = as_int(access) & _UNSIGNED
    _audit("winreg.CreateKey", signed(number), path, mask)
    if zero:
        raise windows_error(INVALID_PARAMETER)
    created, _ = keys.create_key(number, path or "", 0, mask)
    return _opened(created)


def delete_key(key: object, sub_key: object) -> None:
    """DeleteKey."""
    number = as_handle(key)
    path = as_text(sub_key, "DeleteKey() argument 2")
    _audit("winreg.DeleteKey", signed(number), path, 0)
    keys.delete_key(number, path)


def delete_key_ex(key: object, sub_key: object, access: object, reserved: object) -> None:
    """DeleteKeyEx."""
    number = as_handle(key)
    path = as_text(sub_key, "DeleteKeyEx() argument 'sub_key'")
    mask = as_int(access) & _UNSIGNED
    zero = as_int(reserved)
    _audit("winreg.DeleteKey", signed(number), path, mask)
    if zero:
        raise windows_error(INVALID_PARAMETER)
    keys.delete_key(number, path, mask)


def delete_tree(key: object, sub_key: object) -> None:
    """DeleteTree."""
    number = as_handle(key)
    path = as_optional_text(sub_key, "DeleteTree() argument 'sub_key'")
    _audit("winreg.DeleteTree", signed(number), path)
    trees.delete_tree(number, path or "")


def delete_value(key: object, value: object) -> None:
    """DeleteValue."""
    number = as_handle(key)
    name = as_optional_text(value, "DeleteValue() argument 2")
    _audit("winreg.DeleteValue", signed(number), name)
    values.delete_value(number, name or "")


def enum_key(key: object, index: object) -> str:
    """EnumKey."""
    number = as_handle(key)
    at = as_int(index)
    _audit("winreg.EnumKey", signed(number), at)
    return keys.enum_key(number, at)


def enum_value(key: object, index: object) -> tuple[str, object, int]:
    """EnumValue."""
    number = as_handle(key)
    at = as_int(index)
    _audit("winreg.EnumValue", signed(number), at)
    found = values.enum_value(number, at)
    return found.name.partition("\0")[0], to_python(found.type, found.raw), signed(found.type, 32)


def expand_environment_strings(string: object) -> str:
    """ExpandEnvironmentStrings."""
    text = as_text(string, "ExpandEnvironmentStrings() argument")
    _audit("winreg.ExpandEnvironmentStrings", text)
    return expand(text, os.environ)


def flush_key(key: object) -> None:
    """FlushKey."""
    keys.flush_key(as_handle(key))


def load_key(key: object, sub_key: object, file_name: object) -> None:
    """LoadKey."""
    number = as_handle(key)
    name = as_text(sub_key, "LoadKey() argument 2")
    file = as_text(file_name, "LoadKey() argument 3")
    _audit("winreg.LoadKey", signed(number), name, file)
    files.load_key(number, name, file)


def open_key(
    function: str, key: object, sub_key: object, reserved: object, access: object
) -> PyHKEY:
    """OpenKey and OpenKeyEx; `reserved` is what Windows calls the options."""
    number = as_handle(key)
    path = as_optional_text(sub_key, function)
    options = as_int(reserved)
    mask = as_int(access) & _UNSIGNED
    _audit("winreg.OpenKey", signed(number), path, mask)
    return _opened(keys.open_key(number, path or "", options, mask))


def query_info_key(key: object) -> tuple[int, int, int]:
    """QueryInfoKey."""
    number = as_handle(key)
    _audit("winreg.QueryInfoKey", signed(number))
    return keys.count(number)


def query_value(key: object, sub_key: object) -> str:
    """QueryValue."""
    number = as_handle(key)
    path = as_optional_text(sub_key, "QueryValue() argument 2")
    _audit("winreg.QueryValue", signed(number), path, None)
    return values.query_default(number, path or "")


def query_value_ex(key: object, name: object) -> tuple[object, int]:
    """QueryValueEx."""
    number = as_handle(key)
    wanted = as_optional_text(name, "QueryValueEx() argument 2")
    _audit("winreg.QueryValue", signed(number), None, wanted)
    found = values.query_value(number, wanted or "")
    return to_python(found.type, found.raw), signed(found.type, 32)


def save_key(key: object, file_name: object) -> None:
    """SaveKey."""
    number = as_handle(key)
    file = as_text(file_name, "SaveKey() argument 2")
    _audit("winreg.SaveKey", signed(number), file)
    files.save_key(number, file)


def set_value(key: object, sub_key: object, type: object, value: object) -> None:
    """SetValue: the whole text is stored, as CPython 3.13 does; older ones cut it at a NUL."""
    number = as_handle(key)
    path = as_optional_text(sub_key, "SetValue() argument 2")
    kind = as_dword(type)
    if not isinstance(value, str):
        as_text(value, "SetValue() argument 4")
    if kind != REG_SZ:
        raise TypeError("type must be winreg.REG_SZ")
    _audit("winreg.SetValue", signed(number), path, kind, value)
    values.set_default(number, path or "", to_raw(kind, value))


def set_value_ex(key: object, value_name: object, type: object, value: object) -> None:
    """SetValueEx."""
    number = as_handle(key)
    name = as_optional_text(value_name, "SetValueEx() argument 2")
    kind = as_dword(type)
    raw = to_raw(kind, value)
    _audit("winreg.SetValue", signed(number), name, kind, value)
    values.set_value(number, name or "", kind, raw)


# Reflection is a thing of Windows before 7: since then no key is reflected, and nothing happens.


def set_reflection(event: str, key: object) -> None:
    """EnableReflectionKey and DisableReflectionKey."""
    number = as_handle(key)
    _audit(event, signed(number))
    resolve(number)


def query_reflection_key(key: object) -> bool:
    """QueryReflectionKey: whether reflection is disabled."""
    set_reflection("winreg.QueryReflectionKey", key)
    return True
