"""Permissions of a key for people: whom it belongs to, who may do what, and changes of that.

A change reads the descriptor, makes another one, and sets it; `inherited_permissions` says what
keys inherit then.  Entries of a list keep their order: one that allows goes behind the last of its
own, one that denies to the front, where Windows wants them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from anyreg.errors import SecurityError
from anyreg.registry.accounts import Accounts, Principal
from anyreg.security.access import describe_mask, describe_policy
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.entries import (
    ALLOW,
    AUDIT_FAILURE,
    AUDIT_SUCCESS,
    CONTAINER_INHERIT,
    DENY,
    INHERIT_ONLY,
    INHERITED,
    MANDATORY_LABEL,
    NO_PROPAGATE,
    RESOURCE_ATTRIBUTE,
    TYPE_NAMES,
    Ace,
)
from anyreg.security.inheritance import inherited_again
from anyreg.security.known import NO_DOMAINS, Domains
from anyreg.security.parts import expect_whole, mask_of_a_key, with_rights_of_a_key
from anyreg.security.sddl import parse_sddl, print_ace, print_data, print_sddl
from anyreg.security.sid import Sid

_AUDITED: Final = {AUDIT_SUCCESS: "success", AUDIT_FAILURE: "failure"}
_SCOPES: Final = {
    0: "this key",
    CONTAINER_INHERIT: "this key and below",
    CONTAINER_INHERIT | INHERIT_ONLY: "below",
    CONTAINER_INHERIT | NO_PROPAGATE: "this key and its subkeys",
    CONTAINER_INHERIT | INHERIT_ONLY | NO_PROPAGATE: "subkeys",
}
_SCOPE: Final = CONTAINER_INHERIT | INHERIT_ONLY | NO_PROPAGATE


class Secured(Protocol):
    """What is asked of a key here."""

    @property
    def path(self) -> str:
        """Its path."""

    @property
    def descriptor(self) -> bytes:
        """Its security descriptor."""

    @descriptor.setter
    def descriptor(self, descriptor: bytes) -> None: ...

    def children(self) -> Sequence[Secured]:
        """Its subkeys."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list, with the name of whom it speaks of.

    Attributes:
        ace: The entry itself.
        who: Whom it speaks of.
    """

    ace: Ace
    who: Principal

    @property
    def kind(self) -> str:
        """What it does, such as "allow" or "audit"."""
        return TYPE_NAMES.get(self.ace.type, f"type 0x{self.ace.type:02x}")

    @property
    def verb(self) -> str:
        """What it does, and of an audit when: such as "audit success and failure"."""
        when = [word for bit, word in _AUDITED.items() if self.ace.flags & bit]
        return f"{self.kind} {' and '.join(when)}" if when else self.kind

    @property
    def rights(self) -> str:
        """Its rights in words; of a label what it forbids, and with a condition or a claim."""
        ace, words = self.ace, print_data(self.ace)
        if ace.type == RESOURCE_ATTRIBUTE:
            return words
        rights = (describe_policy if ace.type == MANDATORY_LABEL else describe_mask)(ace.mask)
        return f"{rights} if {words}" if words else rights

    @property
    def scope(self) -> str:
        """Which keys it is for, in words."""
        return _SCOPES.get(self.ace.flags & _SCOPE, "nothing")

    @property
    def is_inherited(self) -> bool:
        """Whether it came from a key above."""
        return self.ace.is_inherited

    @property
    def sddl(self) -> str:
        """The entry as SDDL writes it."""
        return print_ace(self.ace)

    def __str__(self) -> str:
        inherited = ", inherited" if self.is_inherited else ""
        return f"{self.verb} {self.who}: {self.rights} ({self.scope}{inherited})"


class Permissions:
    """The permissions of a key, as they were when they were read.

    Attributes:
        descriptor: The descriptor itself.
    """

    def __init__(self, descriptor: SecurityDescriptor, accounts: Accounts) -> None:
        """See Key.security.

        Args:
            descriptor: The descriptor.
            accounts: Knows the names.
        """
        self.descriptor = descriptor
        self._accounts = accounts

    @property
    def owner(self) -> Principal | None:
        """Whom the key belongs to; None where the descriptor names nobody."""
        sid = self.descriptor.owner
        return None if sid is None else self._accounts.principal(sid)

    @property
    def group(self) -> Principal | None:
        """The primary group; None where there is none."""
        sid = self.descriptor.group
        return None if sid is None else self._accounts.principal(sid)

    @property
    def dacl(self) -> list[Entry] | None:
        """Who may do what, in the order that counts; None: everyone may do everything."""
        return self._entries(self.descriptor.dacl)

    @property
    def sacl(self) -> list[Entry] | None:
        """What is audited, labels and attributes; None where there is no such list."""
        return self._entries(self.descriptor.sacl)

    @property
    def sddl(self) -> str:
        """All of it as SDDL, the text that Windows uses."""
        return print_sddl(self.descriptor)

    @property
    def is_missing(self) -> bool:
        """Whether the key has no descriptor at all, as in prefixes of Wine."""
        return self.descriptor == SecurityDescriptor()

    @property
    def is_protected(self) -> bool:
        """Whether the key inherits nothing from the one above."""
        return self.descriptor.is_protected

    def _entries(self, acl: Acl | None) -> list[Entry] | None:
        if acl is None:
            return None
        return [Entry(ace, self._accounts.principal(ace.sid)) for ace in acl]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.is_missing:
            yield "no security descriptor"
            return
        yield f"owner {self.owner or 'nobody'}, group {self.group or 'none'}"
        dacl = self.dacl
        yield from ["everyone may do everything"] if dacl is None else map(str, dacl)
        yield from map(str, self.sacl or [])

    def __repr__(self) -> str:
        return f"<Permissions {self.sddl!r}>"


def parsed_descriptor(key: Secured, missing: bytes = b"") -> SecurityDescriptor:
    """The descriptor of a key; of a key without one an empty one.

    Args:
        key: The key.
        missing: What a key without one has instead.

    Raises:
        SecurityError: Its bytes are no descriptor.
    """
    data = key.descriptor or missing
    try:
        return SecurityDescriptor.from_bytes(data) if data else SecurityDescriptor()
    except SecurityError as error:
        error.path = key.path
        raise


def as_descriptor(
    given: str | bytes | SecurityDescriptor | Permissions, domains: Domains = NO_DOMAINS
) -> bytes:
    """The bytes of a descriptor, in whatever form it is given.

    Args:
        given: SDDL, whose rights become those of a key as when Windows sets it; or, as they are,
            bytes, a descriptor, or the permissions of another key.
        domains: What aliases of a machine or domain are relative to.

    Raises:
        SecurityError: It is no descriptor, or not all that a key has.
        TypeError: It is something else.
    """
    if isinstance(given, Permissions):
        given = given.descriptor
    if isinstance(given, bytes):
        expect_whole(SecurityDescriptor.from_bytes(given))
        return given
    if isinstance(given, str):
        given = with_rights_of_a_key(parse_sddl(given, domains))
    if not isinstance(given, SecurityDescriptor):
        raise TypeError(f"expected SDDL, bytes, or the permissions of a key, not {given!r}")
    expect_whole(given)
    return given.build()


# Changes of one descriptor


def granted(
    descriptor: SecurityDescriptor, sid: Sid, mask: int, inherit: bool
) -> SecurityDescriptor:
    """The descriptor in which somebody is allowed more.

    Rights that an entry of its own denies to the same SID are taken out of that entry, as Windows
    does it; an entry that allows him something in the same scope already gets the rights too.
    Generic rights become those of a key.

    Args:
        descriptor: The descriptor before.
        sid: Who.
        mask: The rights.
        inherit: Whether keys below inherit it.

    Raises:
        SecurityError: There is no list: everyone may do everything; or no right of a key is named.
    """
    mine = _entry(ALLOW, sid, mask, inherit)
    flags, mask = mine.flags, mine.mask
    aces: list[Ace] = []
    is_joined = False
    for ace in _listed(descriptor):
        if ace.is_inherited or ace.sid != sid:
            aces.append(ace)
        elif ace.type == DENY:
            aces += [replace(ace, mask=left) for left in [ace.mask & ~mask] if left]
        elif ace.type == ALLOW and ace.flags == flags and not is_joined:
            aces.append(replace(ace, mask=ace.mask | mask))
            is_joined = True
        else:
            aces.append(ace)
    if not is_joined:
        aces.insert(_own_end(aces), mine)
    return _with_aces(descriptor, aces)


def _entry(kind: int, sid: Sid, mask: int, inherit: bool) -> Ace:
    """An entry with rights of a key: a generic one that is stored counts for nothing."""
    made = Ace(kind, CONTAINER_INHERIT if inherit else 0, mask, sid)
    rights = mask_of_a_key(made)
    if not rights:
        raise SecurityError(
            "no right of a key", expected="such as read or set-value", actual=describe_mask(mask)
        )
    return replace(made, mask=rights)


def _listed(descriptor: SecurityDescriptor) -> Acl:
    """The entries; without a list a single one would shut out all others."""
    if descriptor.dacl is None:
        raise SecurityError(
            "everyone may do everything with this key, as it has no list: set a whole one"
        )
    return descriptor.dacl


def denied(
    descriptor: SecurityDescriptor, sid: Sid, mask: int, inherit: bool
) -> SecurityDescriptor:
    """The descriptor in which somebody is denied something, whatever else allows it.

    Args:
        descriptor: The descriptor before.
        sid: Who.
        mask: The rights.
        inherit: Whether keys below inherit it.

    Raises:
        SecurityError: There is no list: everyone may do everything; or no right of a key is named.
    """
    entry = _entry(DENY, sid, mask, inherit)
    return _with_aces(descriptor, [entry, *(ace for ace in _listed(descriptor) if ace != entry)])


def revoked(descriptor: SecurityDescriptor, sid: Sid) -> SecurityDescriptor:
    """The descriptor without any entry of its own for somebody; inherited ones stay.

    Args:
        descriptor: The descriptor before.
        sid: Who.
    """
    if descriptor.dacl is None:
        return descriptor
    kept = [ace for ace in descriptor.dacl if ace.is_inherited or ace.sid != sid]
    return _with_aces(descriptor, kept)


def protected(descriptor: SecurityDescriptor, keep: bool) -> SecurityDescriptor:
    """The descriptor that inherits nothing from now on.

    Args:
        descriptor: The descriptor before.
        keep: Whether what it has inherited stays as entries of its own; else it goes.
    """
    aces = [
        ace.with_flags(ace.flags & ~INHERITED)
        for ace in descriptor.dacl or ()
        if keep or not ace.is_inherited
    ]
    dacl = None if descriptor.dacl is None else descriptor.dacl.with_aces(aces)
    return descriptor.with_dacl(dacl, protected=True)


def inheriting(descriptor: SecurityDescriptor, parent: SecurityDescriptor) -> SecurityDescriptor:
    """The descriptor that has what it inherits, and nothing of its own.

    Args:
        descriptor: The descriptor before.
        parent: That of the key above.
    """
    return inherited_again(descriptor.with_dacl(Acl(), protected=False), parent)


def _own_end(aces: Sequence[Ace]) -> int:
    """Where the entries of its own end."""
    return next((at for at, ace in enumerate(aces) if ace.is_inherited), len(aces))


def _with_aces(descriptor: SecurityDescriptor, aces: Iterable[Ace]) -> SecurityDescriptor:
    before, after = descriptor.dacl or Acl(), tuple(aces)
    return descriptor if after == before.aces else descriptor.with_dacl(before.with_aces(after))
