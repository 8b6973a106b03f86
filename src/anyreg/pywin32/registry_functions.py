"""win32api, as far as it is for registries, and for programs that change permissions.

Names, orders and defaults of arguments are pywin32's, and so are the names in errors.  An event
that is set at a change is none of what anyreg offers here: RegNotifyChangeKeyValue waits.
"""

from __future__ import annotations

import operator
from datetime import datetime
from typing import Final

from anyreg.pywin32.arguments import as_information, as_key, as_long, as_optional_text, as_text
from anyreg.pywin32.descriptor_objects import (
    PySECURITY_ATTRIBUTES,
    PySECURITY_DESCRIPTOR,
    as_descriptor,
    made_descriptor,
)
from anyreg.pywin32.failures import error, failed, named
from anyreg.pywin32.handle_objects import PyHANDLE
from anyreg.pywin32.process_functions import (
    CloseHandle,
    GetComputerName,
    GetCurrentProcess,
    GetCurrentThread,
    GetLastError,
    GetUserName,
    SetLastError,
)
from anyreg.pywin32.value_data import as_python, as_raw
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.times import to_datetime
from anyreg.types import REG_SZ
from anyreg.winapi import constants, files, hosts, key_security, keys, notify, trees, values
from anyreg.winapi.handles import close
from anyreg.winapi.hkey import PyHKEY
from anyreg.winapi.keys import KeyCounts

REG_NOTIFY_CHANGE_NAME = constants.REG_NOTIFY_CHANGE_NAME
REG_NOTIFY_CHANGE_ATTRIBUTES = constants.REG_NOTIFY_CHANGE_ATTRIBUTES
REG_NOTIFY_CHANGE_LAST_SET = constants.REG_NOTIFY_CHANGE_LAST_SET
REG_NOTIFY_CHANGE_SECURITY = constants.REG_NOTIFY_CHANGE_SECURITY

_READ: Final = constants.KEY_READ
_MAXIMUM: Final = constants.MAXIMUM_ALLOWED
_NO_MORE: Final = 259
_NOT_SUPPORTED: Final = 50


@named("RegOpenKeyEx")
def RegOpenKeyEx(key: object, subKey: object, reserved: int = 0, sam: int = _READ) -> PyHANDLE:
    """Open a key."""
    return PyHANDLE(keys.open_key(as_key(key), as_optional_text(subKey), reserved, as_long(sam)))


RegOpenKey = RegOpenKeyEx


@named("RegCreateKey")
def RegCreateKey(key: object, subKey: object) -> PyHANDLE:
    """Open a key, made where it is missing."""
    made, _ = keys.create_key(as_key(key), as_optional_text(subKey), 0, _MAXIMUM)
    return PyHANDLE(made)


@named("RegCreateKeyEx")
def RegCreateKeyEx(
    Key: object,
    SubKey: object,
    samDesired: int,
    Class: object = None,
    Options: int = 0,
    SecurityAttributes: PySECURITY_ATTRIBUTES | None = None,
    Transaction: object = None,
) -> tuple[PyHANDLE, int]:
    """Open a key, made where it is missing: the key, and whether it was made."""
    _refuse_transaction(Transaction, "RegCreateKeyEx")
    made, is_new = keys.create_key(
        as_key(Key),
        as_optional_text(SubKey),
        Options,
        as_long(samDesired),
        class_name=as_optional_text(Class),
        descriptor=_given_descriptor(SecurityAttributes),
    )
    return PyHANDLE(made), constants.REG_CREATED_NEW_KEY if is_new else 2


def _given_descriptor(attributes: PySECURITY_ATTRIBUTES | None) -> bytes:
    """The bytes of what is given for a new key; none without any part."""
    given = None if attributes is None else attributes.SECURITY_DESCRIPTOR
    if given is None or given.record == SecurityDescriptor():
        return b""
    return given.record.build()


def _refuse_transaction(transaction: object, function: str) -> None:
    if transaction:
        raise failed(_NOT_SUPPORTED, function)


@named("RegCloseKey")
def RegCloseKey(key: object) -> None:
    """Close a handle."""
    if isinstance(key, PyHANDLE | PyHKEY):
        key.Close()
    else:
        close(as_key(key))


@named("RegDeleteKey")
def RegDeleteKey(key: object, subKey: object) -> None:
    """Delete a key that has no subkeys."""
    keys.delete_key(as_key(key), as_text(subKey))


@named("RegDeleteKeyEx")
def RegDeleteKeyEx(
    Key: object,
    SubKey: object,
    samDesired: int = 0,
    Transaction: object = None,
) -> None:
    """Delete a key of a view."""
    _refuse_transaction(Transaction, "RegDeleteKeyEx")
    keys.delete_key(as_key(Key), as_text(SubKey), as_long(samDesired))


@named("RegDeleteTree")
def RegDeleteTree(Key: object, SubKey: object) -> None:
    """Delete a key and all below it, or what a key holds."""
    trees.delete_tree(as_key(Key), as_optional_text(SubKey))


@named("RegCopyTree")
def RegCopyTree(KeySrc: object, SubKey: object, KeyDest: object) -> None:
    """Copy what a key holds into another."""
    trees.copy_tree(as_key(KeySrc), as_optional_text(SubKey), as_key(KeyDest))


@named("RegEnumKey")
def RegEnumKey(key: object, index: int) -> str:
    """The name of a subkey."""
    return keys.enum_key(as_key(key), operator.index(index))


@named("RegEnumKeyEx")
def RegEnumKeyEx(Key: object) -> tuple[tuple[str, int, str, datetime | None], ...]:
    """All subkeys: the name, a 0, the class name, and the time of the last change."""
    number = as_key(Key)
    found = []
    for name in _names(number):
        child = keys.open_key(number, name, constants.REG_OPTION_OPEN_LINK, _READ)
        try:
            counts = keys.query_info(child)
        finally:
            close(child)
        found.append((name, 0, counts.class_name, to_datetime(counts.last_written)))
    return tuple(found)


RegEnumKeyExW = RegEnumKeyEx


def _names(key: int) -> list[str]:
    names: list[str] = []
    try:
        while True:
            names.append(keys.enum_key(key, len(names)))
    except OSError as end:
        if getattr(end, "winerror", None) != _NO_MORE:
            raise
    return names


@named("PyRegEnumValue")
def RegEnumValue(key: object, index: int) -> tuple[str, object, int]:
    """A value: its name, data and type."""
    found = values.enum_value(as_key(key), operator.index(index))
    return found.name, as_python(found.type, found.raw), found.type


@named("RegQueryValue")
def RegQueryValue(key: object, subKey: object) -> str:
    """The text of a key's default value."""
    return values.query_default(as_key(key), as_optional_text(subKey))


@named("RegQueryValueEx")
def RegQueryValueEx(key: object, valueName: object) -> tuple[object, int]:
    """A value: its data and type."""
    found = values.query_value(as_key(key), as_optional_text(valueName))
    return as_python(found.type, found.raw), found.type


@named("RegSetValue")
def RegSetValue(key: object, subKey: object, type: int, value: object) -> None:
    """Set the text of a key's default value."""
    if type != REG_SZ:
        raise TypeError("Type must be win32con.REG_SZ")
    values.set_default(as_key(key), as_optional_text(subKey), as_raw(REG_SZ, as_text(value)))


@named("RegSetValueEx")
def RegSetValueEx(
    key: object,
    valueName: object,
    reserved: object,
    type: int,
    value: object,
) -> None:
    """Set a value."""
    name = as_optional_text(valueName)
    values.set_value(as_key(key), name, type, as_raw(type, value))


@named("RegDeleteValue")
def RegDeleteValue(key: object, value: object) -> None:
    """Delete a value."""
    values.delete_value(as_key(key), as_optional_text(value))


@named("RegQueryInfoKey")
def RegQueryInfoKey(key: object) -> tuple[int, int, int]:
    """The numbers of subkeys and values, and the FILETIME of the last change."""
    return keys.count(as_key(key))


@named("RegQueryInfoKeyW")
def RegQueryInfoKeyW(Key: object) -> dict[str, object]:
    """All that a key tells of itself."""
    counts: KeyCounts = keys.query_info(as_key(Key))
    return {
        "Class": counts.class_name,
        "Reserved": None,
        "SubKeys": counts.subkeys,
        "MaxSubKeyLen": counts.longest_subkey,
        "MaxClassLen": counts.longest_class,
        "Values": counts.values,
        "MaxValueNameLen": counts.longest_value,
        "MaxValueLen": counts.longest_data,
        "cbSecurityDescriptor": counts.descriptor,
        "LastWriteTime": to_datetime(counts.last_written),
    }


@named("RegFlushKey")
def RegFlushKey(key: object) -> None:
    """Return when what was changed would survive a power cut."""
    keys.flush_key(as_key(key))


@named("RegLoadKey")
def RegLoadKey(key: object, subKey: object, filename: object) -> None:
    """Mount a hive file."""
    files.load_key(as_key(key), as_text(subKey), as_text(filename))


@named("RegUnLoadKey")
def RegUnLoadKey(key: object, subKey: object) -> None:
    """Take away a hive that was mounted."""
    files.unload_key(as_key(key), as_text(subKey))


@named("RegSaveKey")
def RegSaveKey(key: object, filename: object, sa: object = None) -> None:
    """Write a key and all below it into a new hive file."""
    files.save_key(as_key(key), as_text(filename))


@named("RegSaveKeyEx")
def RegSaveKeyEx(
    Key: object,
    File: object,
    SecurityAttributes: object = None,
    Flags: int = 2,
) -> None:
    """Write a key and all below it into a new hive file of some version."""
    files.save_key(as_key(Key), as_text(File), Flags)


@named("RegRestoreKey")
def RegRestoreKey(Key: object, File: object, Flags: int = 0) -> None:
    """Replace all that a key holds by what a hive file holds."""
    files.restore_key(as_key(Key), as_text(File), Flags)


@named("RegConnectRegistry")
def RegConnectRegistry(computerName: object, key: object) -> PyHANDLE:
    """A predefined key of a computer."""
    return PyHANDLE(hosts.connect(as_optional_text(computerName), as_key(key)))


@named("RegOpenCurrentUser")
def RegOpenCurrentUser(samDesired: int = _MAXIMUM) -> PyHANDLE:
    """Open the key of the user."""
    user = keys.open_key(constants.HKEY_CURRENT_USER, "", 0, as_long(samDesired))
    return PyHANDLE(user)


@named("RegNotifyChangeKeyValue")
def RegNotifyChangeKeyValue(
    key: object,
    bWatchSubTree: object,
    dwNotifyFilter: int,
    hKeyEvent: object,
    fAsynchronous: object,
) -> None:
    """Wait until something changes; with an event it is refused."""
    if fAsynchronous:
        raise failed(_NOT_SUPPORTED, "RegNotifyChangeKeyValue")
    notify.wait_for_change(as_key(key), bool(bWatchSubTree), as_long(dwNotifyFilter))


@named("RegGetKeySecurity")
def RegGetKeySecurity(key: object, info: int) -> PySECURITY_DESCRIPTOR:
    """Parts of a key's security descriptor."""
    return made_descriptor(key_security.get_key_security(as_key(key), as_information(info)))


@named("RegSetKeySecurity")
def RegSetKeySecurity(key: object, info: int, desc: object) -> None:
    """Set parts of a key's security descriptor."""
    given = as_descriptor(desc)
    key_security.set_key_security(as_key(key), as_information(info), given)


__all__ = [
    "CloseHandle",
    "GetComputerName",
    "GetCurrentProcess",
    "GetCurrentThread",
    "GetLastError",
    "GetUserName",
    "REG_NOTIFY_CHANGE_ATTRIBUTES",
    "REG_NOTIFY_CHANGE_LAST_SET",
    "REG_NOTIFY_CHANGE_NAME",
    "REG_NOTIFY_CHANGE_SECURITY",
    "RegCloseKey",
    "RegConnectRegistry",
    "RegCopyTree",
    "RegCreateKey",
    "RegCreateKeyEx",
    "RegDeleteKey",
    "RegDeleteKeyEx",
    "RegDeleteTree",
    "RegDeleteValue",
    "RegEnumKey",
    "RegEnumKeyEx",
    "RegEnumKeyExW",
    "RegEnumValue",
    "RegFlushKey",
    "RegGetKeySecurity",
    "RegLoadKey",
    "RegNotifyChangeKeyValue",
    "RegOpenCurrentUser",
    "RegOpenKey",
    "RegOpenKeyEx",
    "RegQueryInfoKey",
    "RegQueryInfoKeyW",
    "RegQueryValue",
    "RegQueryValueEx",
    "RegRestoreKey",
    "RegSaveKey",
    "RegSaveKeyEx",
    "RegSetKeySecurity",
    "RegSetValue",
    "RegSetValueEx",
    "RegUnLoadKey",
    "SetLastError",
    "error",
]
