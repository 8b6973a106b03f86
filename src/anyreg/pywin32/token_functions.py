"""Tokens and privileges in win32security: who runs the program, and what he is allowed beside.

Programs that take a key over enable a privilege first.  Here the token of the process is whoever
the registry was opened as, and an administrator with all privileges where that is nobody.  What a
token holds is enabled: so enabling changes nothing, disabling is accepted and changes nothing
either, and what a token does not hold is 1300 in GetLastError(), as on Windows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from getpass import getuser
from typing import Final, NamedTuple

from anyreg.backends import ask
from anyreg.names import fold
from anyreg.pywin32.acl_objects import PyACL, made_acl
from anyreg.pywin32.arguments import as_key, as_optional_text, as_text
from anyreg.pywin32.failures import failed, named, set_last_error
from anyreg.pywin32.handle_objects import PyHANDLE
from anyreg.pywin32.privileges import EVERYBODYS, LUIDS, OF_NO_ADMINISTRATOR
from anyreg.pywin32.sid_objects import PySID, as_sid, made_sid
from anyreg.registry.current_registry import current, current_backend
from anyreg.security.known import ADMINISTRATORS, LABELS
from anyreg.security.sid import Sid
from anyreg.security.token import Token
from anyreg.winapi import hosts
from anyreg.winapi.errors import ACCESS_DENIED, INVALID_HANDLE
from anyreg.winapi.handles import add_object, object_of
from anyreg.winapi.hkey import signed

CURRENT_PROCESS: Final = -1
CURRENT_THREAD: Final = -2

TOKEN_NUMBERS: Final = {
    "TOKEN_ASSIGN_PRIMARY": 0x1,
    "TOKEN_DUPLICATE": 0x2,
    "TOKEN_IMPERSONATE": 0x4,
    "TOKEN_QUERY": 0x8,
    "TOKEN_QUERY_SOURCE": 0x10,
    "TOKEN_ADJUST_PRIVILEGES": 0x20,
    "TOKEN_ADJUST_GROUPS": 0x40,
    "TOKEN_ADJUST_DEFAULT": 0x80,
    "TOKEN_READ": 0x20008,
    "TOKEN_WRITE": 0x200E0,
    "TOKEN_EXECUTE": 0x20000,
    "SE_PRIVILEGE_ENABLED_BY_DEFAULT": 0x1,
    "SE_PRIVILEGE_ENABLED": 0x2,
    "SE_PRIVILEGE_USED_FOR_ACCESS": 0x8000_0000,
    "SE_GROUP_MANDATORY": 0x1,
    "SE_GROUP_ENABLED_BY_DEFAULT": 0x2,
    "SE_GROUP_ENABLED": 0x4,
    "SE_GROUP_OWNER": 0x8,
    "SE_GROUP_LOGON_ID": 0xC000_0000,
}
"""Numbers that several modules have."""
ALL_ACCESS: Final = {"TOKEN_ALL_ACCESS": 0xF01FF}
"""All rights of a token; of ntsecuritycon those before Windows XP."""
INFORMATION_NUMBERS: Final = {
    "SE_GROUP_USE_FOR_DENY_ONLY": 0x10,
    "SE_GROUP_INTEGRITY": 0x20,
    "SE_GROUP_INTEGRITY_ENABLED": 0x40,
    "SE_PRIVILEGE_REMOVED": 0x4,
    "TokenUser": 1,
    "TokenGroups": 2,
    "TokenPrivileges": 3,
    "TokenOwner": 4,
    "TokenPrimaryGroup": 5,
    "TokenDefaultDacl": 6,
    "TokenType": 8,
    "TokenRestrictedSids": 11,
    "TokenElevationType": 18,
    "TokenElevation": 20,
    "TokenIntegrityLevel": 25,
    "TokenPrimary": 1,
    "TokenImpersonation": 2,
    "TokenElevationTypeDefault": 1,
    "TokenElevationTypeFull": 2,
    "TokenElevationTypeLimited": 3,
}
"""Those of win32security alone."""

_QUERY: Final = 0x8
_ADJUST: Final = 0x20
_ENABLED: Final = 0x2
_GROUP: Final = 0x7
_OWNING: Final = 0x8
_DENYING: Final = 0x10
_INTEGRITY: Final = 0x60
_NO_ACCESS: Final = 998
_NO_TOKEN: Final = 1008
_NOT_ALL: Final = 1300
_NO_PRIVILEGE: Final = 1313
_NO_IMPERSONATION: Final = 1309
_NO_CLASS: Final = 1
_NO_SERVER: Final = 1722
_NO_PAIR: Final = "LUID_AND_ATTRIBUTES must be a sequence of (LARGE_INTEGER,int)"
_OWN: Final = ("registry", "own registry")  # what a registry says of itself that anyreg has made


class _OpenToken(NamedTuple):
    """What stands behind the handle of a token."""

    token: Token
    access: int


def process_token() -> Token:
    """Who runs the program."""
    token = ask.holder(current_backend())
    if token is not None:
        return token
    user = current().about().get("user")
    return Token.administrator(user) if isinstance(user, str) and user else Token.system()


def user_name() -> str:
    """The name of who runs the program, as the registry has it, or the system."""
    account = current().root.accounts.find_account(process_token().user)
    return getuser() if account is None else account.name


def account_domain(sid: Sid, domain: str) -> str:
    """The domain of an account: of the registry's own user, who is a local one, the machine's name.

    Args:
        sid: The account.
        domain: What is known of it, "" for nothing.
    """
    registry = current()
    facts = registry.about()
    if domain or facts.get("user") != str(sid) or facts.get("kind") not in _OWN:
        return domain
    return registry.root.accounts.machine_name


@named("OpenProcessToken")
def OpenProcessToken(processHandle: object, desiredAccess: int) -> PyHANDLE:
    """The token of this process."""
    if as_key(processHandle) != as_key(CURRENT_PROCESS):
        raise failed(INVALID_HANDLE, "OpenProcessToken")
    return PyHANDLE(add_object(_OpenToken(process_token(), desiredAccess)), "PyHANDLE")


@named("OpenThreadToken")
def OpenThreadToken(handle: object, desiredAccess: int, openAsSelf: object) -> PyHANDLE:
    """The token of a thread, which has none of its own."""
    raise failed(_NO_TOKEN, "OpenThreadToken")


@named("LookupPrivilegeValue")
def LookupPrivilegeValue(systemName: object, privilegeName: object) -> int:
    """The number of a privilege."""
    _expect_here(systemName, "LookupPrivilegeValue")
    wanted = fold(as_text(privilegeName))
    for name, luid in LUIDS.items():
        if fold(name) == wanted:
            return luid
    raise failed(_NO_PRIVILEGE, "LookupPrivilegeValue")


@named("LookupPrivilegeName")
def LookupPrivilegeName(systemName: object, luid: object) -> str:
    """The name of a privilege."""
    _expect_here(systemName, "LookupPrivilegeName")
    wanted = _as_luid(luid)
    for name, number in LUIDS.items():
        if number == wanted:
            return name
    raise failed(_NO_PRIVILEGE, "LookupPrivilegeName")


def _expect_here(system: object, function: str) -> None:
    if not hosts.is_local(as_optional_text(system)):
        raise failed(_NO_SERVER, function)


def _as_luid(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("LARGE_INTEGER must be 'int', or '(int, int)'")
    return value


@named("AdjustTokenPrivileges")
def AdjustTokenPrivileges(
    TokenHandle: object, bDisableAllPrivileges: object, NewState: object
) -> tuple[tuple[int, int], ...]:
    """Enable or disable privileges: those that would change, as they were."""
    function = "AdjustTokenPrivileges"
    changes = None if NewState is None else [_as_change(each) for each in _iterated(NewState)]
    token = _token_of(TokenHandle, _ADJUST, function)
    held = _held(token)
    if bDisableAllPrivileges:
        changes = [(luid, 0) for luid in held]
    if changes is None:
        raise failed(_NO_ACCESS, function)
    set_last_error(0 if all(luid in held for luid, _ in changes) else _NOT_ALL)
    disabled = [luid for luid, state in changes if luid in held and not state & _ENABLED]
    return tuple((luid, _ENABLED) for luid in disabled)


def _iterated(value: object) -> list[object]:
    return list(iter(value))  # type: ignore[call-overload]


def _as_change(value: object) -> tuple[int, int]:
    pair = _iterated(value) if isinstance(value, Sequence) else []
    if len(pair) != len(("luid", "attributes")):
        raise TypeError(_NO_PAIR)
    luid, attributes = pair
    return _as_luid(luid), operator.index(attributes)  # type: ignore[arg-type]


def _held(token: Token) -> list[int]:
    """The numbers of the privileges that a token holds; or of those that administrators hold."""
    own = {*token.privileges, EVERYBODYS}
    if ask.holder(current_backend()) is None:
        own = LUIDS.keys() - OF_NO_ADMINISTRATOR
    return sorted(luid for name, luid in LUIDS.items() if name in own)


@named("GetTokenInformation")
def GetTokenInformation(TokenHandle: object, TokenInformationClass: int) -> object:
    """A fact on a token."""
    token = _token_of(TokenHandle, _QUERY, "GetTokenInformation")
    found = _FACTS.get(TokenInformationClass)
    if found is None:
        raise failed(_NO_CLASS, "GetTokenInformation")
    return found(token)


def _groups(token: Token) -> tuple[tuple[PySID | None, int], ...]:
    owning = {ADMINISTRATORS, token.new_owner}
    return (
        *(
            (made_sid(sid), _GROUP | (_OWNING if sid in owning else 0))
            for sid in sorted(token.groups)
        ),
        *((made_sid(sid), _DENYING) for sid in sorted(token.deny_only)),
    )


def _default_dacl(token: Token) -> PyACL | None:
    return made_acl(token.default_dacl)


_FACTS: Final[dict[int, Callable[[Token], object]]] = {
    1: lambda token: (made_sid(token.user), 0),
    2: _groups,
    3: lambda token: tuple((luid, _ENABLED) for luid in _held(token)),
    4: lambda token: made_sid(token.new_owner),
    5: lambda token: made_sid(token.new_group),
    6: _default_dacl,
    8: lambda token: 1,
    11: lambda token: tuple((made_sid(sid), _GROUP) for sid in sorted(token.restricted or ())),
    18: lambda token: 2 if ADMINISTRATORS in token.groups else 1,
    20: lambda token: int(ADMINISTRATORS in token.groups),
    25: lambda token: (made_sid(LABELS.child(token.integrity)), _INTEGRITY),
}


@named("CheckTokenMembership")
def CheckTokenMembership(TokenHandle: object, SidToCheck: object) -> bool:
    """Whether a SID counts for who runs the program."""
    sid = as_sid(SidToCheck)
    if TokenHandle is not None:
        raise failed(_NO_IMPERSONATION, "CheckTokenMembership")
    return sid in process_token().sids


def _token_of(handle: object, access: int, function: str) -> Token:
    opened = object_of(as_key(handle))
    if not isinstance(opened, _OpenToken):
        raise failed(INVALID_HANDLE, function)
    if access & ~opened.access:
        raise failed(ACCESS_DENIED, function)
    return opened.token


_ALL: Final = TOKEN_NUMBERS | ALL_ACCESS | INFORMATION_NUMBERS
NUMBERS: Final = {name: signed(number, 32) for name, number in _ALL.items()}
"""The numbers of win32security."""
