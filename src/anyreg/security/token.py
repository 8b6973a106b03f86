"""Tokens: who asks for access, and with which groups, privileges and claims.

A token is what Windows gives a program when its user logs on.  Here it is made by hand: to see
what somebody may do, or to open a registry as somebody.  There is no AppContainer, which Windows
asks a second time about its package and capabilities: these are groups as any other here.

Source: Microsoft's [MS-DTYP], 2.5.2, and its documentation of access tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from anyreg.security.access import GENERIC_ALL, GENERIC_EXECUTE, GENERIC_READ
from anyreg.security.claims import Claim
from anyreg.security.descriptor import Acl, allow
from anyreg.security.known import (
    ADMINISTRATORS,
    ALIASES,
    EVERYONE,
    NO_DOMAINS,
    SYSTEM,
    USERS,
    Domains,
    require_sid,
)
from anyreg.security.sid import Sid

SE_BACKUP: Final = "SeBackupPrivilege"
SE_RESTORE: Final = "SeRestorePrivilege"
SE_SECURITY: Final = "SeSecurityPrivilege"
SE_TAKE_OWNERSHIP: Final = "SeTakeOwnershipPrivilege"
SE_RELABEL: Final = "SeRelabelPrivilege"
PRIVILEGES: Final = frozenset((SE_BACKUP, SE_RESTORE, SE_SECURITY, SE_TAKE_OWNERSHIP, SE_RELABEL))

UNTRUSTED: Final = 0
LOW: Final = 4096
MEDIUM: Final = 8192
HIGH: Final = 12288
SYSTEM_LEVEL: Final = 16384

_AUTHENTICATED: Final = ALIASES["AU"]
_RESTRICTED_CODE: Final = ALIASES["RC"]
_OF_MACHINES: Final = Sid(5, (21,))
_GUEST: Final = 501


@dataclass(frozen=True, slots=True)
class Token:
    """Who asks.

    Attributes:
        user: The user.
        groups: The groups that count, to allow and to deny.
        deny_only: The groups that count to deny alone.
        restricted: Where given, access is needed by these SIDs too; None: not restricted.
        is_write_restricted: Whether they are asked about writing alone.
        privileges: The enabled privileges, by name.
        integrity: The level: LOW, MEDIUM, HIGH ...
        group: The primary group, which new keys get; None: the user.
        owner: Who owns new keys; None: the user.
        default_dacl: What new keys get below a parent from which nothing is inherited.
        user_claims: Claims of the user by name, for conditions.
        device_claims: Claims of the device.
        local_claims: Claims of the program itself.
        device_groups: The groups of the device.

    Examples:
        >>> token = Token.of("S-1-5-21-1-2-3-1001", "Users")
        >>> sorted(map(str, token.sids))[:2]
        ['S-1-1-0', 'S-1-5-11']
    """

    user: Sid
    groups: frozenset[Sid] = frozenset()
    deny_only: frozenset[Sid] = frozenset()
    restricted: frozenset[Sid] | None = None
    is_write_restricted: bool = False
    privileges: frozenset[str] = frozenset()
    integrity: int = MEDIUM
    group: Sid | None = None
    owner: Sid | None = None
    default_dacl: Acl | None = None
    user_claims: Mapping[str, Claim] = field(default_factory=dict, hash=False)
    device_claims: Mapping[str, Claim] = field(default_factory=dict, hash=False)
    local_claims: Mapping[str, Claim] = field(default_factory=dict, hash=False)
    device_groups: frozenset[Sid] = frozenset()

    @classmethod
    def of(
        cls,
        user: str | Sid,
        *groups: str | Sid,
        privileges: Iterable[str] = (),
        domains: Domains = NO_DOMAINS,
    ) -> Token:
        """The token of a user who has logged on: also a member of Everyone and the like.

        Of Authenticated Users are all but Everyone, guests and whoever gave no name.

        Args:
            user: A SID, an alias, or a name that is the same everywhere.
            groups: Its groups, as the user.
            privileges: The enabled privileges, by name.
            domains: What aliases of a machine or domain are relative to.

        Raises:
            SecurityError: There is no such name.
        """
        named = frozenset(require_sid(group, domains) for group in groups)
        sid = require_sid(user, domains)
        return cls(
            sid,
            named | _implied(sid),
            privileges=frozenset(privileges),
            default_dacl=_default_dacl(sid),
        )

    @classmethod
    def administrator(cls, user: str | Sid = "S-1-5-21-0-0-0-500") -> Token:
        """The token of an elevated administrator.

        Args:
            user: The user, as in of().
        """
        token = cls.of(user, ADMINISTRATORS, USERS, privileges=PRIVILEGES)
        return replace(token, integrity=HIGH, owner=ADMINISTRATORS)

    @classmethod
    def system(cls) -> Token:
        """The token of Windows itself."""
        token = cls.of(SYSTEM, ADMINISTRATORS, privileges=PRIVILEGES)
        return replace(token, integrity=SYSTEM_LEVEL, group=SYSTEM)

    @classmethod
    def unlimited(cls) -> Token:
        """Who stands for everybody where nobody is named: Windows itself, as an administrator.

        What it makes belongs to the administrators.
        """
        own = Acl((allow(ADMINISTRATORS, GENERIC_ALL, 0), allow(SYSTEM, GENERIC_ALL, 0)))
        return replace(cls.system(), owner=ADMINISTRATORS, default_dacl=own)

    @property
    def sids(self) -> frozenset[Sid]:
        """The user and the groups that count."""
        return self.groups | {self.user}

    @property
    def new_owner(self) -> Sid:
        """Who owns what this token makes."""
        return self.owner or self.user

    @property
    def new_group(self) -> Sid:
        """The primary group of what this token makes."""
        return self.group or self.user


def _implied(user: Sid) -> frozenset[Sid]:
    """The groups that somebody is in unsaid."""
    if user == ALIASES["AN"]:
        return frozenset()
    is_guest = user == ALIASES["BG"] or (user.is_below(_OF_MACHINES) and user.rid == _GUEST)
    known = () if user == EVERYONE or is_guest else (_AUTHENTICATED,)
    return frozenset((EVERYONE, *known))


def _default_dacl(user: Sid) -> Acl:
    """What a key gets from whom nothing is inherited, as real application hives have it."""
    read = GENERIC_READ | GENERIC_EXECUTE
    entries = ((ADMINISTRATORS, GENERIC_ALL), (SYSTEM, GENERIC_ALL), (user, GENERIC_ALL))
    aces = [allow(sid, mask, 0) for sid, mask in dict(entries).items()]
    return Acl((*aces, allow(_RESTRICTED_CODE, read, 0)))
