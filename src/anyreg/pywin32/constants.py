"""win32con, as far as it is for registries; numbers of 32 bits are signed, as they are there."""

from __future__ import annotations

from typing import Final

from anyreg.pywin32.privileges import OLD_NAMES
from anyreg.pywin32.token_functions import ALL_ACCESS, TOKEN_NUMBERS
from anyreg.security import access, entries, parts
from anyreg.winapi import constants
from anyreg.winapi.hkey import signed

_WIDER: Final = {  # than what winreg has
    "DELETE": access.DELETE,
    "READ_CONTROL": access.READ_CONTROL,
    "WRITE_DAC": access.WRITE_DAC,
    "WRITE_OWNER": access.WRITE_OWNER,
    "SYNCHRONIZE": access.SYNCHRONIZE,
    "STANDARD_RIGHTS_REQUIRED": 0x000F_0000,
    "STANDARD_RIGHTS_READ": access.READ_CONTROL,
    "STANDARD_RIGHTS_WRITE": access.READ_CONTROL,
    "STANDARD_RIGHTS_EXECUTE": access.READ_CONTROL,
    "STANDARD_RIGHTS_ALL": 0x001F_0000,
    "SPECIFIC_RIGHTS_ALL": 0xFFFF,
    "ACCESS_SYSTEM_SECURITY": access.ACCESS_SYSTEM_SECURITY,
    "MAXIMUM_ALLOWED": access.MAXIMUM_ALLOWED,
    "GENERIC_READ": access.GENERIC_READ,
    "GENERIC_WRITE": access.GENERIC_WRITE,
    "GENERIC_EXECUTE": access.GENERIC_EXECUTE,
    "GENERIC_ALL": access.GENERIC_ALL,
    "KEY_WOW64_RES": constants.KEY_WOW64_RES,
    "HKEY_PERFORMANCE_TEXT": constants.HKEY_PERFORMANCE_TEXT,
    "HKEY_PERFORMANCE_NLSTEXT": constants.HKEY_PERFORMANCE_NLSTEXT,
    "OBJECT_INHERIT_ACE": entries.OBJECT_INHERIT,
    "CONTAINER_INHERIT_ACE": entries.CONTAINER_INHERIT,
    "NO_PROPAGATE_INHERIT_ACE": entries.NO_PROPAGATE,
    "INHERIT_ONLY_ACE": entries.INHERIT_ONLY,
    "OWNER_SECURITY_INFORMATION": parts.OWNER_PART,
    "GROUP_SECURITY_INFORMATION": parts.GROUP_PART,
    "DACL_SECURITY_INFORMATION": parts.DACL_PART,
    "SACL_SECURITY_INFORMATION": parts.SACL_PART,
    **TOKEN_NUMBERS,
    **ALL_ACCESS,
}
_NOTIFY: Final = ("REG_NOTIFY_CHANGE_ATTRIBUTES", "REG_NOTIFY_CHANGE_SECURITY")
_NOT_THERE: Final = (  # of what winreg has
    "REG_CREATED_",
    "REG_LEGAL_",
    "REG_NO_",
    "REG_NOTIFY_",
    "REG_OPENED_",
    "REG_OPTION_",
    "REG_REFRESH_",
    "REG_WHOLE_",
)
_OF_WINREG: Final = {
    name: getattr(constants, name)
    for name in constants.__all__
    if name in _NOTIFY or not name.startswith(_NOT_THERE)
}

_PRIVILEGES: Final = {**OLD_NAMES}
globals().update(_PRIVILEGES)
globals().update(
    {
        name: signed(number, 32 if number < 1 << 32 else 64)
        for name, number in (_OF_WINREG | _WIDER).items()
    }
)

__all__ = [*_OF_WINREG, *_WIDER, *_PRIVILEGES]  # noqa: PLE0604 - the names of all
