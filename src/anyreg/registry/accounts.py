r"""Who a security identifier is on one machine: its own users, groups, services and programs.

What is the same everywhere is known (anyreg.security.known).  The rest is looked up in the hives of
the machine, each only when it is needed: SAM has the local users and groups, whose numbers are the
*types* of empty values; SOFTWARE has the profiles, the only trace of users of a domain; SYSTEM has
the services, whose identifiers are made of their names.  A name is never guessed, nor a domain.

Source: keys of real machines; the layout of SAM's value V as documented by its readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from struct import unpack
from typing import Final, NamedTuple, Protocol

from anyreg.backends.system_abilities import NamedAccount, Naming
from anyreg.errors import RegistryError, SecurityError
from anyreg.names import fold
from anyreg.security.known import (
    LABELS,
    Account,
    Domains,
    account_of,
    expect_text,
    find_sid,
    service_sid,
)
from anyreg.security.sid import Sid
from anyreg.values import Value

KINDS: Final = {
    1: "user",
    2: "group",
    3: "domain",
    4: "alias",
    5: "well-known group",
    6: "deleted account",
    7: "invalid",
    8: "unknown",
    9: "computer",
    10: "label",
}
"""Kinds of accounts, by their numbers (SID_NAME_USE)."""
_SAM: Final = (r"HKEY_LOCAL_MACHINE\SAM\SAM\Domains", r"SAM\Domains")
_COMPUTER: Final = (
    r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName",
)
_PROFILES: Final = (
    r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList",
    r"Microsoft\Windows NT\CurrentVersion\ProfileList",
)
_SERVICES: Final = (r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services",)
_CONTAINERS: Final = (
    r"HKEY_CURRENT_USER\Software\Classes\Local Settings\Software\Microsoft\Windows"
    r"\CurrentVersion\AppContainer\Mappings",
    r"Local Settings\Software\Microsoft\Windows\CurrentVersion\AppContainer\Mappings",
)
_OF_SERVICES: Final = Sid(5, (80,))
_OF_PACKAGES: Final = Sid(15, (2,))
_OF_MACHINES: Final = Sid(5, (21,))
_OF_ONE: Final = 4  # numbers: that of machines, and its own three
_BUILTIN: Final = Sid(5, (32,))
_FOLDERS: Final = {"user": "Users", "group": "Groups", "alias": "Aliases"}  # of SAM
_MACHINE_NUMBERS: Final = 12  # bytes at the end of the value V of the account domain


class Branch(Protocol):
    """What is asked of a key here."""

    @property
    def name(self) -> str:
        """Its name."""

    def open(self, path: str) -> Branch:
        """A key below it."""

    def find_value(self, name: str) -> Value | None:
        """A value, or None."""

    def children(self) -> Sequence[Branch]:
        """Its subkeys."""


class Principal(NamedTuple):
    r"""Somebody that a descriptor names; as text DOMAIN\name where that is known, else the SID.

    Attributes:
        sid: The security identifier.
        account: Its domain and name; None where they are not known.
    """

    sid: Sid
    account: Account | None

    @property
    def name(self) -> str:
        """The name without its domain; "" where it is not known."""
        return self.account.name if self.account else ""

    def __str__(self) -> str:
        return str(self.account or self.sid)


class Accounts:
    """The names that one registry knows; what was looked up once is kept.

    Attributes:
        root: The root of the registry, or of a hive.
    """

    def __init__(self, root: Branch, naming: Naming | None = None) -> None:
        """Look nothing up yet.

        Args:
            root: The root of the registry, or of a hive.
            naming: Knows names that no hive holds, as a running Windows does.
        """
        self.root = root
        self._naming = naming
        self._named_there: dict[Sid, NamedAccount | None] = {}

    def principal(self, sid: Sid) -> Principal:
        """Who a SID is.

        Args:
            sid: The SID.
        """
        return Principal(sid, self.find_account(sid))

    def find_account(self, sid: Sid) -> Account | None:
        """The account of a SID, or None where its name is not known.

        Args:
            sid: The SID.
        """
        known = account_of(sid)
        if known is not None:
            return known
        if (there := self._asked(sid)) is not None:
            return Account(there.domain, there.name)
        if sid.is_below(_OF_SERVICES):
            return self._services.get(sid)
        if sid.is_below(_OF_PACKAGES):
            return self._containers.get(sid)
        if sid.is_below(_BUILTIN) or sid.is_below(_OF_MACHINES):
            return self._local.get(sid) or self._profiles.get(sid)
        return None

    def _asked(self, sid: Sid) -> NamedAccount | None:
        """What a running system says, which may ask other computers; it is asked once."""
        if self._naming is not None and sid not in self._named_there:
            self._named_there[sid] = self._naming.account(sid.build())
        return self._named_there.get(sid)

    def find_sid(self, who: str) -> Sid | None:
        r"""The SID that a text means, or None.

        Args:
            who: A SID, an alias such as "BA", a name such as "Administrators" or "Ada", or
                DOMAIN\name; case does not count.

        Raises:
            SecurityError: It begins as a SID does, and is none.
        """
        known = find_sid(who, self.domains)
        if known is None and self._naming is not None:
            there = self._naming.sid_of(who)
            known = None if there is None else Sid.from_bytes(there)
        if known is not None:
            return known
        wanted = fold(who)
        for table in (self._local, self._profiles, self._containers):
            for sid, account in table.items():
                if wanted in (fold(account.name), fold(str(account))):
                    return sid
        return None

    def require_sid(self, who: str | Sid | Principal) -> Sid:
        """The SID that is meant; see find_sid().

        Args:
            who: A SID, somebody, or a text as in find_sid().

        Raises:
            SecurityError: There is no such account.
        """
        if isinstance(who, Principal):
            return who.sid
        found = who if isinstance(who, Sid) else self.find_sid(expect_text(who))
        if found is None:
            raise SecurityError(
                "no such account here",
                expected="a SID, an alias such as BA, or the name of a user or group",
                actual=repr(who),
                winerror=1332,
            )
        return found

    @cached_property
    def domains(self) -> Domains:
        """The SID of the machine, which aliases such as LA are relative to."""
        for path in _SAM:
            value = _value(self._open(f"{path}\\Account"), "V")
            if value is not None and len(value.raw) >= _MACHINE_NUMBERS:
                numbers = unpack("<3I", value.raw[-_MACHINE_NUMBERS:])
                return Domains(_OF_MACHINES.child(*numbers))
        return Domains(self._machine_there())

    def _machine_there(self) -> Sid | None:
        """What a running system says of itself: only it may read its SAM."""
        name = self.machine_name if self._naming else ""
        found = self._naming.sid_of(name) if self._naming and name else None
        sid = None if found is None else Sid.from_bytes(found)
        return sid if sid and sid.is_below(_OF_MACHINES) and len(sid.numbers) == _OF_ONE else None

    @property
    def machine_name(self) -> str:
        """The name of the computer, "" where it is not known."""
        for path in _COMPUTER:
            value = _value(self._open(path), "ComputerName")
            if value is not None and isinstance(value.data, str):
                return value.data
        return ""

    def kind_of(self, sid: Sid) -> str:
        """What kind of account a SID is.

        Args:
            sid: The SID.

        Returns:
            One of KINDS, such as "user", "group" or "alias" (a local group); "" where its name is
            not known.
        """
        if self.find_account(sid) is None:
            return ""
        if sid.is_below(LABELS):
            return "label"
        if sid == _BUILTIN:
            return "domain"
        if sid.is_below(_BUILTIN):
            return "alias"
        if (there := self._named_there.get(sid)) is not None:
            return KINDS.get(there.kind, "unknown")
        for kind, named in self._local_kinds.items():
            if sid in named:
                return kind
        return "user" if sid.is_below(_OF_MACHINES) else "well-known group"

    @cached_property
    def _local(self) -> Mapping[Sid, Account]:
        return {sid: name for named in self._local_kinds.values() for sid, name in named.items()}

    @cached_property
    def _local_kinds(self) -> Mapping[str, Mapping[Sid, Account]]:
        """The accounts of SAM, by their kind."""
        found: dict[str, dict[Sid, Account]] = {kind: {} for kind in _FOLDERS}
        machine, name = self.domains.machine, self.machine_name
        for domains in _SAM:
            if machine is not None:
                for kind, folder in _FOLDERS.items():
                    path = f"{domains}\\Account\\{folder}\\Names"
                    found[kind] |= self._named(path, machine, name)
            path = f"{domains}\\Builtin\\Aliases\\Names"
            found["alias"] |= self._named(path, _BUILTIN, "BUILTIN")
        return found

    def _named(self, path: str, above: Sid, domain: str) -> dict[Sid, Account]:
        """Accounts by the numbers that the types of their default values are."""
        found = {}
        for key in _children(self._open(path)):
            value = _value(key, "")
            if value is not None:
                found[above.child(value.type & 0xFFFFFFFF)] = Account(domain, key.name)
        return found

    @cached_property
    def _profiles(self) -> Mapping[Sid, Account]:
        return {
            sid: Account("", folder.rpartition("\\")[2])
            for sid, path in self._texts(_PROFILES, "ProfileImagePath")
            if (folder := path.rstrip("\\"))
        }

    @cached_property
    def _services(self) -> Mapping[Sid, Account]:
        return {
            service_sid(key.name): Account("NT SERVICE", key.name)
            for path in _SERVICES
            for key in _children(self._open(path))
        }

    @cached_property
    def _containers(self) -> Mapping[Sid, Account]:
        texts = self._texts(_CONTAINERS, "Moniker")
        return {sid: Account("", text) for sid, text in texts if text}

    def _texts(self, paths: Sequence[str], name: str) -> Iterator[tuple[Sid, str]]:
        """A value of each key that is named by a SID, where it is a text."""
        for path in paths:
            for key in _children(self._open(path)):
                value, sid = _value(key, name), _sid(key.name)
                if sid is not None and value is not None and isinstance(value.data, str):
                    yield sid, value.data

    def _open(self, path: str) -> Branch | None:
        try:
            return self.root.open(path)
        except RegistryError:
            return None


def _children(key: Branch | None) -> Sequence[Branch]:
    try:
        return [] if key is None else key.children()
    except RegistryError:
        return []


def _value(key: Branch | None, name: str) -> Value | None:
    try:
        return None if key is None else key.find_value(name)
    except RegistryError:
        return None


def _sid(text: str) -> Sid | None:
    try:
        return Sid.parse(text)
    except SecurityError:
        return None
