"""win32security, as far as it is for registry keys and their permissions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from anyreg.errors import SecurityError
from anyreg.names import fold
from anyreg.pywin32.acl_objects import PyACL, as_acl
from anyreg.pywin32.arguments import as_information, as_key, as_optional_text, as_text
from anyreg.pywin32.descriptor_objects import (
    PySECURITY_ATTRIBUTES,
    PySECURITY_DESCRIPTOR,
    as_descriptor,
    made_descriptor,
)
from anyreg.pywin32.failures import error, failed, named
from anyreg.pywin32.named_keys import key_of, set_parts, set_parts_of_handle
from anyreg.pywin32.privileges import NAMES
from anyreg.pywin32.sid_objects import PySID, as_sid, made_sid
from anyreg.pywin32.token_functions import (
    NUMBERS as OF_TOKENS,
)
from anyreg.pywin32.token_functions import (
    AdjustTokenPrivileges,
    CheckTokenMembership,
    GetTokenInformation,
    LookupPrivilegeName,
    LookupPrivilegeValue,
    OpenProcessToken,
    OpenThreadToken,
    account_domain,
)
from anyreg.pywin32.well_known import NUMBERS, well_known_sid
from anyreg.registry.accounts import KINDS, Accounts
from anyreg.registry.current_registry import current
from anyreg.registry.registry import Registry
from anyreg.security import descriptor as bits
from anyreg.security import entries, parts
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.known import find_sid
from anyreg.security.sddl import parse_sddl, print_sddl
from anyreg.security.sid import Sid
from anyreg.winapi import hosts, key_security
from anyreg.winapi.constants import HKEY_USERS
from anyreg.winapi.errors import BAD_NETPATH, INVALID_PARAMETER
from anyreg.winapi.handles import close, resolve
from anyreg.winapi.hkey import signed

ACL = PyACL
SECURITY_ATTRIBUTES = PySECURITY_ATTRIBUTES
SECURITY_DESCRIPTOR = PySECURITY_DESCRIPTOR
SID = PySID

_NUMBERS: Final = {
    "ACCESS_ALLOWED_ACE_TYPE": entries.ALLOW,
    "ACCESS_ALLOWED_OBJECT_ACE_TYPE": entries.ALLOW_OBJECT,
    "ACCESS_DENIED_ACE_TYPE": entries.DENY,
    "ACCESS_DENIED_OBJECT_ACE_TYPE": entries.DENY_OBJECT,
    "SYSTEM_AUDIT_ACE_TYPE": entries.AUDIT,
    "SYSTEM_AUDIT_OBJECT_ACE_TYPE": entries.AUDIT_OBJECT,
    "ACL_REVISION": 2,
    "ACL_REVISION_DS": 4,
    "SDDL_REVISION_1": 1,
    "OBJECT_INHERIT_ACE": entries.OBJECT_INHERIT,
    "CONTAINER_INHERIT_ACE": entries.CONTAINER_INHERIT,
    "NO_PROPAGATE_INHERIT_ACE": entries.NO_PROPAGATE,
    "INHERIT_ONLY_ACE": entries.INHERIT_ONLY,
    "INHERITED_ACE": entries.INHERITED,
    "SUCCESSFUL_ACCESS_ACE_FLAG": entries.AUDIT_SUCCESS,
    "FAILED_ACCESS_ACE_FLAG": entries.AUDIT_FAILURE,
    "NO_INHERITANCE": 0,
    "SUB_OBJECTS_ONLY_INHERIT": 1,
    "SUB_CONTAINERS_ONLY_INHERIT": 2,
    "SUB_CONTAINERS_AND_OBJECTS_INHERIT": 3,
    "OWNER_SECURITY_INFORMATION": parts.OWNER_PART,
    "GROUP_SECURITY_INFORMATION": parts.GROUP_PART,
    "DACL_SECURITY_INFORMATION": parts.DACL_PART,
    "SACL_SECURITY_INFORMATION": parts.SACL_PART,
    "LABEL_SECURITY_INFORMATION": parts.LABEL_PART,
    "PROTECTED_DACL_SECURITY_INFORMATION": parts.PROTECTED_DACL,
    "PROTECTED_SACL_SECURITY_INFORMATION": parts.PROTECTED_SACL,
    "UNPROTECTED_DACL_SECURITY_INFORMATION": parts.UNPROTECTED_DACL,
    "UNPROTECTED_SACL_SECURITY_INFORMATION": parts.UNPROTECTED_SACL,
    "SE_UNKNOWN_OBJECT_TYPE": 0,
    "SE_FILE_OBJECT": 1,
    "SE_REGISTRY_KEY": 4,
    "SE_REGISTRY_WOW64_32KEY": 12,
    "SE_OWNER_DEFAULTED": bits.OWNER_DEFAULTED,
    "SE_GROUP_DEFAULTED": bits.GROUP_DEFAULTED,
    "SE_DACL_PRESENT": bits.DACL_PRESENT,
    "SE_DACL_DEFAULTED": bits.DACL_DEFAULTED,
    "SE_SACL_PRESENT": bits.SACL_PRESENT,
    "SE_SACL_DEFAULTED": bits.SACL_DEFAULTED,
    "SE_DACL_AUTO_INHERITED": bits.DACL_AUTO_INHERITED,
    "SE_SACL_AUTO_INHERITED": bits.SACL_AUTO_INHERITED,
    "SE_DACL_PROTECTED": bits.DACL_PROTECTED,
    "SE_SACL_PROTECTED": bits.SACL_PROTECTED,
    "SE_SELF_RELATIVE": bits.SELF_RELATIVE,
    "SYSTEM_MANDATORY_LABEL_NO_WRITE_UP": 1,
    "SYSTEM_MANDATORY_LABEL_NO_READ_UP": 2,
    "SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP": 4,
    "SYSTEM_MANDATORY_LABEL_VALID_MASK": 7,
    "SECURITY_NULL_SID_AUTHORITY": 0,
    "SECURITY_WORLD_SID_AUTHORITY": 1,
    "SECURITY_LOCAL_SID_AUTHORITY": 2,
    "SECURITY_CREATOR_SID_AUTHORITY": 3,
    "SECURITY_NON_UNIQUE_AUTHORITY": 4,
    "SECURITY_NT_AUTHORITY": 5,
    "SECURITY_RESOURCE_MANAGER_AUTHORITY": 9,
    "SidTypeUser": 1,
    "SidTypeGroup": 2,
    "SidTypeDomain": 3,
    "SidTypeAlias": 4,
    "SidTypeWellKnownGroup": 5,
    "SidTypeDeletedAccount": 6,
    "SidTypeInvalid": 7,
    "SidTypeUnknown": 8,
    "SidTypeComputer": 9,
    **NUMBERS,
    **OF_TOKENS,
}
globals().update({name: signed(number, 32) for name, number in _NUMBERS.items()})
_PRIVILEGES: Final = {**NAMES}
globals().update(_PRIVILEGES)

_KINDS: Final = {kind: number for number, kind in KINDS.items()}
_SDDL_REVISION: Final = 1
_UNKNOWN_REVISION: Final = 1305
_NONE_MAPPED: Final = 1332
_NO_SERVER: Final = 1722
_REGISTRY_KEY: Final = 4
_NOT_SUPPORTED: Final = 50


@named("LookupAccountSid")
def LookupAccountSid(systemName: object, sid: object) -> tuple[str, str, int]:
    """Name, domain and kind of an account."""
    wanted = as_sid(sid)
    with _accounts(systemName, "LookupAccountSid") as accounts:
        found = accounts.find_account(wanted)
        if found is None:
            raise failed(_NONE_MAPPED, "LookupAccountSid")
        domain = _domain_of(wanted, found.domain, systemName)
        return found.name, domain, _KINDS[accounts.kind_of(wanted)]


@named("LookupAccountName")
def LookupAccountName(systemName: object, accountName: object) -> tuple[PySID | None, str, int]:
    """SID, domain and kind of the account of a name."""
    name = as_text(accountName)
    with _accounts(systemName, "LookupAccountName") as accounts:
        sid = _sid_of_name(accounts, name or "BUILTIN") or _own_sid(accounts, name, systemName)
        account = None if sid is None else accounts.find_account(sid)
        if sid is None or account is None:
            raise failed(_NONE_MAPPED, "LookupAccountName")
        domain = _domain_of(sid, account.domain, systemName)
        return made_sid(sid), domain, _KINDS[accounts.kind_of(sid)]


@contextmanager
def _accounts(system: object, function: str) -> Iterator[Accounts]:
    """Whom a computer knows; another one is connected to for the block."""
    name = as_optional_text(system)
    if hosts.is_local(name):
        yield current().root.accounts
        return
    try:
        number = hosts.connect(name, HKEY_USERS)
    except OSError as error:
        if error.winerror != BAD_NETPATH:  # type: ignore[attr-defined]
            raise
        raise failed(_NO_SERVER, function) from None
    try:
        yield Registry(resolve(number).backend).root.accounts
    finally:
        close(number)


def _domain_of(sid: Sid, domain: str, system: object) -> str:
    return account_domain(sid, domain) if hosts.is_local(as_optional_text(system)) else domain


def _sid_of_name(accounts: Accounts, name: str) -> Sid | None:
    """The SID of a name; texts and aliases of SIDs are no names here."""
    try:
        sid = accounts.find_sid(name)
    except SecurityError:
        return None
    account = None if sid is None else accounts.find_account(sid)
    if account is None or fold(name) not in (fold(account.name), fold(str(account))):
        return None
    return sid


def _own_sid(accounts: Accounts, name: str, system: object) -> Sid | None:
    """The SID of a name with the domain that LookupAccountSid tells, where no hive does."""
    domain, _, rest = name.rpartition("\\")
    sid = _sid_of_name(accounts, rest) if domain else None
    account = None if sid is None else accounts.find_account(sid)
    if sid is None or account is None:
        return None
    return sid if fold(_domain_of(sid, account.domain, system)) == fold(domain) else None


@named("ConvertSidToStringSid")
def ConvertSidToStringSid(Sid: object) -> str:
    """A SID as text."""
    return str(as_sid(Sid))


@named("ConvertStringSidToSid")
def ConvertStringSidToSid(StringSid: object) -> PySID | None:
    """The SID that a text is, or an alias."""
    text = as_text(StringSid)
    sid = find_sid(text) if len(text) == len("BA") or text[:2].upper() == "S-" else None
    if sid is None or not sid.numbers:
        raise failed(1337, "ConvertStringSidToSid")
    return made_sid(sid)


@named("CreateWellKnownSid")
def CreateWellKnownSid(WellKnownSidType: int, DomainSid: object = None) -> PySID | None:
    """The SID of a number."""
    domain = None if DomainSid is None else as_sid(DomainSid)
    found = well_known_sid(WellKnownSidType, domain)
    if found is None:
        raise failed(INVALID_PARAMETER, "CreateWellKnownSid")
    return made_sid(found)


@named("ConvertStringSecurityDescriptorToSecurityDescriptor")
def ConvertStringSecurityDescriptorToSecurityDescriptor(
    StringSecurityDescriptor: object, StringSDRevision: int
) -> PySECURITY_DESCRIPTOR:
    """The descriptor that SDDL says."""
    text = as_text(StringSecurityDescriptor)
    if StringSDRevision != _SDDL_REVISION:
        raise failed(_UNKNOWN_REVISION, "ConvertStringSecurityDescriptorToSecurityDescriptor")
    return made_descriptor(parse_sddl(text, current().root.accounts.domains))


@named("ConvertSecurityDescriptorToStringSecurityDescriptor")
def ConvertSecurityDescriptorToStringSecurityDescriptor(
    SecurityDescriptor: object, RequestedStringSDRevision: int, SecurityInformation: int
) -> str:
    """A descriptor as SDDL."""
    record = as_descriptor(SecurityDescriptor)
    if RequestedStringSDRevision != _SDDL_REVISION:
        raise failed(_UNKNOWN_REVISION, "ConvertSecurityDescriptorToStringSecurityDescriptor")
    return print_sddl(parts.parts_of(record, as_information(SecurityInformation)))


@named("GetNamedSecurityInfo")
def GetNamedSecurityInfo(
    ObjectName: object, ObjectType: int, SecurityInfo: int
) -> PySECURITY_DESCRIPTOR:
    r"""Parts of the descriptor of a key, which is named as in MACHINE\SOFTWARE."""
    key = key_of(as_text(ObjectName), ObjectType)
    with key:
        found = parts.parts_of(key.security.descriptor, as_information(SecurityInfo))
    return made_descriptor(found)


@named("SetNamedSecurityInfo")
def SetNamedSecurityInfo(
    ObjectName: object,
    ObjectType: int,
    SecurityInfo: int,
    Owner: object = None,
    Group: object = None,
    Dacl: object = None,
    Sacl: object = None,
) -> None:
    """Set parts of the descriptor of a key, and let it and all below inherit again."""
    given = _given(Owner, Group, Dacl, Sacl)
    set_parts(as_text(ObjectName), ObjectType, as_information(SecurityInfo), given)


@named("SetSecurityInfo")
def SetSecurityInfo(
    handle: object,
    ObjectType: int,
    SecurityInfo: int,
    Owner: object = None,
    Group: object = None,
    Dacl: object = None,
    Sacl: object = None,
) -> None:
    """Set parts of the descriptor of an open key, as SetNamedSecurityInfo does."""
    given = _given(Owner, Group, Dacl, Sacl)
    set_parts_of_handle(as_key(handle), ObjectType, as_information(SecurityInfo), given)


def _given(owner: object, group: object, dacl: object, sacl: object) -> SecurityDescriptor:
    return SecurityDescriptor(
        None if owner is None else as_sid(owner),
        None if group is None else as_sid(group),
        as_acl(dacl),
        as_acl(sacl),
        bits.SELF_RELATIVE | bits.DACL_PRESENT | (bits.SACL_PRESENT if sacl is not None else 0),
    )


@named("GetSecurityInfo")
def GetSecurityInfo(handle: object, ObjectType: int, SecurityInfo: int) -> PySECURITY_DESCRIPTOR:
    """Parts of the descriptor of an open key."""
    if ObjectType != _REGISTRY_KEY:
        raise failed(_NOT_SUPPORTED, "GetSecurityInfo")
    found = key_security.get_key_security(as_key(handle), as_information(SecurityInfo))
    return made_descriptor(found)


__all__ = [  # noqa: PLE0604 - functions, classes, and the names of numbers
    "ACL",
    "SECURITY_ATTRIBUTES",
    "SECURITY_DESCRIPTOR",
    "SID",
    "AdjustTokenPrivileges",
    "CheckTokenMembership",
    "ConvertSecurityDescriptorToStringSecurityDescriptor",
    "ConvertSidToStringSid",
    "ConvertStringSecurityDescriptorToSecurityDescriptor",
    "ConvertStringSidToSid",
    "CreateWellKnownSid",
    "GetNamedSecurityInfo",
    "GetSecurityInfo",
    "GetTokenInformation",
    "LookupAccountName",
    "LookupAccountSid",
    "LookupPrivilegeName",
    "LookupPrivilegeValue",
    "OpenProcessToken",
    "OpenThreadToken",
    "SetNamedSecurityInfo",
    "SetSecurityInfo",
    "error",
    *_NUMBERS,
    *_PRIVILEGES,
]
