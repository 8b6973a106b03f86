"""CPython's winreg, on every system: the same names, signatures, conversions and errors.

It speaks to the registry that `anyreg.use()` has chosen, else to your own (`anyreg.open()`).  The
module has the names of winreg and no others, so it can stand in for it (see
`anyreg.install_as_winreg()`).  On Windows its names are those of the real module, unless a registry
was chosen before it is imported, or the environment variable ANYREG_WINREG is "anyreg".

A `key` is always an object that a function here gave, its number, or one of the HKEY_ constants.
All errors are OSError; a missing key or value is FileNotFoundError, a missing right
PermissionError.  `winerror` tells Windows' code on every system.
"""

import os as _os
import sys as _sys

from anyreg import system as _system
from anyreg.registry.current_registry import is_chosen as _is_chosen
from anyreg.winapi import calls as _calls
from anyreg.winapi.builtin import builtin as _builtin
from anyreg.winapi.constants import *  # noqa: F403 - they are exactly winreg's
from anyreg.winapi.hkey import PyHKEY as _PyHKEY

HKEYType = _PyHKEY
error = OSError

_Key = HKEYType | int


@_builtin("($module, hkey, /)")
def CloseKey(hkey: _Key | None, /) -> None:
    """Close a key; a closed one stays closed.

    Args:
        hkey: The key or its number; None does nothing.
    """
    _calls.close_key(hkey)


@_builtin("($module, computer_name, key, /)")
def ConnectRegistry(computer_name: str | None, key: _Key, /) -> HKEYType:
    r"""Open a predefined key of a computer.

    Args:
        computer_name: Its name, such as r"\\computer"; None for this one.
        key: A predefined key.
    """
    return _calls.connect_registry(computer_name, key)


@_builtin("($module, key, sub_key, /)")
def CreateKey(key: _Key, sub_key: str | None, /) -> HKEYType:
    """Open a key with all rights; it is made, with its parents, where it is missing.

    Args:
        key: The key, its number, or a predefined one.
        sub_key: A path below it; None or "" is the key itself.
    """
    return _calls.create_key(key, sub_key)


@_builtin("($module, /, key, sub_key, reserved=0,\n            access=winreg.KEY_WRITE)")
def CreateKeyEx(
    key: _Key, sub_key: str | None, reserved: int = 0, access: int = KEY_WRITE
) -> HKEYType:
    """Open a key with some rights; it is made, with its parents, where it is missing.

    Args:
        key: The key, its number, or a predefined one.
        sub_key: A path below it; None or "" is the key itself.
        reserved: 0.
        access: The rights of the new handle, and a view.
    """
    return _calls.create_key_ex(key, sub_key, reserved, access)


@_builtin("($module, key, sub_key, /)")
def DeleteKey(key: _Key, sub_key: str, /) -> None:
    """Delete a key that has no subkeys.

    Args:
        key: The key, its number, or a predefined one.
        sub_key: A path below it.
    """
    _calls.delete_key(key, sub_key)


@_builtin("($module, /, key, sub_key, access=winreg.KEY_WOW64_64KEY,\n            reserved=0)")
def DeleteKeyEx(key: _Key, sub_key: str, access: int = KEY_WOW64_64KEY, reserved: int = 0) -> None:
    """Delete a key that has no subkeys, in the 64-bit or the 32-bit view.

    Args:
        key: The key, its number, or a predefined one.
        sub_key: A path below it.
        access: KEY_WOW64_64KEY or KEY_WOW64_32KEY.
        reserved: 0.
    """
    _calls.delete_key_ex(key, sub_key, access, reserved)


if _sys.version_info >= (3, 15):

    @_builtin("($module, /, key, sub_key=None)")
    def DeleteTree(key: _Key, sub_key: str | None = None) -> None:
        """Delete a key and all below it; without sub_key, all that the key holds.

        Args:
            key: The key, its number, or a predefined one.
            sub_key: A path below it.
        """
        _calls.delete_tree(key, sub_key)


@_builtin("($module, key, value, /)")
def DeleteValue(key: _Key, value: str | None, /) -> None:
    """Delete a value of a key; None or "" is the default value.

    Args:
        key: The key, its number, or a predefined one.
        value: The value's name.
    """
    _calls.delete_value(key, value)


@_builtin("($module, key, /)")
def DisableReflectionKey(key: _Key, /) -> None:
    """Do nothing, as on Windows since version 7, where no key is reflected.

    Args:
        key: The key, its number, or a predefined one.
    """
    _calls.set_reflection("winreg.DisableReflectionKey", key)


@_builtin("($module, key, /)")
def EnableReflectionKey(key: _Key, /) -> None:
    """Do nothing, as on Windows since version 7, where no key is reflected.

    Args:
        key: The key, its number, or a predefined one.
    """
    _calls.set_reflection("winreg.EnableReflectionKey", key)


@_builtin("($module, key, index, /)")
def EnumKey(key: _Key, index: int, /) -> str:
    """The name of the subkey at an index; OSError behind the last one.

    Args:
        key: The key, its number, or a predefined one.
        index: From 0 on.
    """
    return _calls.enum_key(key, index)


@_builtin("($module, key, index, /)")
def EnumValue(key: _Key, index: int, /) -> tuple[str, object, int]:
    """Name, data and type of the value at an index; OSError behind the last one.

    Args:
        key: The key, its number, or a predefined one.
        index: From 0 on.
    """
    return _calls.enum_value(key, index)


@_builtin("($module, string, /)")
def ExpandEnvironmentStrings(string: str, /) -> str:
    """The text with its %VARIABLES% replaced; unknown ones stay as they are.

    Args:
        string: The text.
    """
    return _calls.expand_environment_strings(string)


@_builtin("($module, key, /)")
def FlushKey(key: _Key, /) -> None:
    """Return when all that was changed so far would survive a power cut.

    Args:
        key: The key, its number, or a predefined one.
    """
    _calls.flush_key(key)


@_builtin("($module, key, sub_key, file_name, /)")
def LoadKey(key: _Key, sub_key: str, file_name: str, /) -> None:
    """Mount a hive file as a subkey of HKEY_LOCAL_MACHINE or HKEY_USERS.

    Args:
        key: HKEY_LOCAL_MACHINE or HKEY_USERS.
        sub_key: The name that the hive gets there.
        file_name: The hive.
    """
    _calls.load_key(key, sub_key, file_name)


@_builtin("($module, /, key, sub_key, reserved=0, access=winreg.KEY_READ)")
def OpenKey(key: _Key, sub_key: str | None, reserved: int = 0, access: int = KEY_READ) -> HKEYType:
    """Open a key that exists.

    Args:
        key: The key, its number, or a predefined one.
        sub_key: A path below it; None or "" is the key itself.
        reserved: 0, or REG_OPTION_OPEN_LINK for a link itself.
        access: The rights of the new handle, and a view.
    """
    return _calls.open_key("OpenKey() argument 'sub_key'", key, sub_key, reserved, access)


@_builtin("($module, /, key, sub_key, reserved=0, access=winreg.KEY_READ)")
def OpenKeyEx(
    key: _Key, sub_key: str | None, reserved: int = 0, access: int = KEY_READ
) -> HKEYType:
    """Open a key that exists.

    Args:
        key: The key, its number, or a predefined one.
        sub_key: A path below it; None or "" is the key itself.
        reserved: As for OpenKey.
        access: As for OpenKey.
    """
    return _calls.open_key("OpenKeyEx() argument 'sub_key'", key, sub_key, reserved, access)


@_builtin("($module, key, /)")
def QueryInfoKey(key: _Key, /) -> tuple[int, int, int]:
    """Number of subkeys, number of values, and time of the last change (FILETIME).

    Args:
        key: The key, its number, or a predefined one.
    """
    return _calls.query_info_key(key)


@_builtin("($module, key, /)")
def QueryReflectionKey(key: _Key, /) -> bool:
    """Whether reflection is disabled: always, as on Windows since version 7.

    Args:
        key: The key, its number, or a predefined one.
    """
    return _calls.query_reflection_key(key)


@_builtin("($module, key, sub_key, /)")
def QueryValue(key: _Key, sub_key: str | None, /) -> str:
    """The text of a key's default value, "" where it has none.

    Args:
        key: The key, its number, or a predefined one.
        sub_key: A path below it; None or "" is the key itself.
    """
    return _calls.query_value(key, sub_key)


@_builtin("($module, key, name, /)")
def QueryValueEx(key: _Key, name: str | None, /) -> tuple[object, int]:
    """Data and type of a value; None or "" is the default value.

    Args:
        key: The key, its number, or a predefined one.
        name: The value's name.
    """
    return _calls.query_value_ex(key, name)


@_builtin("($module, key, file_name, /)")
def SaveKey(key: _Key, file_name: str, /) -> None:
    """Write a key and all below it into a new hive file.

    Args:
        key: The key, its number, or a predefined one.
        file_name: The file, which must not exist.
    """
    _calls.save_key(key, file_name)


@_builtin("($module, key, sub_key, type, value, /)")
def SetValue(key: _Key, sub_key: str | None, type: int, value: str, /) -> None:
    """Set the default value of a key to a text; the key is made where it is missing.

    Args:
        key: The key, its number, or a predefined one.
        sub_key: A path below it; None or "" is the key itself.
        type: REG_SZ.
        value: The text.
    """
    _calls.set_value(key, sub_key, type, value)


@_builtin("($module, key, value_name, reserved, type, value, /)")
def SetValueEx(
    key: _Key, value_name: str | None, reserved: object, type: int, value: object, /
) -> None:
    """Set a value of a key.

    Args:
        key: The key.
        value_name: None or "" is the default value.
        reserved: Anything.
        type: A REG_ constant, or any other number of 32 bits.
        value: str for REG_SZ and REG_EXPAND_SZ, int for REG_DWORD and REG_QWORD, a list of str
            for REG_MULTI_SZ, and whatever gives bytes for all others; None is what is empty.
    """
    _calls.set_value_ex(key, value_name, type, value)


if _system.WINDOWS and not _is_chosen() and _os.environ.get("ANYREG_WINREG") != "anyreg":
    from winreg import *  # noqa: F403
