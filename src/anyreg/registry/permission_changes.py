"""What differs between two security descriptors, entry by entry, in words.

Entries that both have count for nothing, wherever they stand; of the others, one on each side that
differ in their rights alone are one entry that was changed.  What no entry tells (their order,
control bits, spare bytes) is told where there is nothing else to tell.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from anyreg.registry.accounts import Accounts, Principal
from anyreg.registry.permissions import Entry
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.entries import Ace
from anyreg.security.known import account_of
from anyreg.security.sid import Sid


class PermissionChange(NamedTuple):
    """One difference.

    Attributes:
        sign: "+" (the second descriptor alone has it), "-" (the first alone) or "~" (changed).
        text: What it is, in words.
    """

    sign: str
    text: str


def permission_changes(
    before: SecurityDescriptor, after: SecurityDescriptor, accounts: Accounts | None = None
) -> list[PermissionChange]:
    """What differs between two descriptors; nothing where their bytes are the same.

    Args:
        before: The first.
        after: The second.
        accounts: Knows names; without it, those that are the same on every machine.
    """
    return _Comparison(accounts).changes(before, after)


class _Comparison:
    def __init__(self, accounts: Accounts | None) -> None:
        self._accounts = accounts

    def changes(
        self, before: SecurityDescriptor, after: SecurityDescriptor
    ) -> list[PermissionChange]:
        found = [
            *self._person("owner", before.owner, after.owner),
            *self._person("group", before.group, after.group),
            *_protection(before, after),
            *self._lists(before.dacl, after.dacl, "everyone may do everything, there is no list"),
            *self._lists(before.sacl, after.sacl, ""),
        ]
        return found or list(_unseen(before, after))

    def _who(self, sid: Sid) -> Principal:
        known = self._accounts.find_account(sid) if self._accounts else account_of(sid)
        return Principal(sid, known)

    def _person(
        self, what: str, before: Sid | None, after: Sid | None
    ) -> Iterator[PermissionChange]:
        if before != after:
            old, new = ("nobody" if sid is None else self._who(sid) for sid in (before, after))
            yield PermissionChange("~", f"{what} {old} -> {new}")

    def _lists(
        self, before: Acl | None, after: Acl | None, no_list: str
    ) -> Iterator[PermissionChange]:
        if no_list and (before is None) != (after is None):
            yield PermissionChange("-" if before is None else "+", no_list)
        removed = _without(before or Acl(), after or Acl())
        added = _without(after or Acl(), before or Acl())
        alike = defaultdict[Ace, deque[Ace]](deque)
        for ace in added:
            alike[_but_for_rights(ace)].append(ace)
        for ace in removed:
            others = alike[_but_for_rights(ace)]
            if others:
                yield PermissionChange("~", self._changed(ace, others.popleft()))
            else:
                yield PermissionChange("-", str(self._entry(ace)))
        for ace in added:
            others = alike[_but_for_rights(ace)]
            if others and others[0] == ace:  # it is no other one's change
                yield PermissionChange("+", str(self._entry(others.popleft())))

    def _entry(self, ace: Ace) -> Entry:
        return Entry(ace, self._who(ace.sid))

    def _changed(self, before: Ace, after: Ace) -> str:
        old, new = self._entry(before), self._entry(after)
        return str(new).replace(f": {new.rights} (", f": {old.rights} -> {new.rights} (", 1)


def _without(acl: Acl, other: Acl) -> list[Ace]:
    """The entries of a list that another one lacks, in their order."""
    left = Counter(other.aces)
    found = []
    for ace in acl:
        if left[ace]:
            left[ace] -= 1
        else:
            found.append(ace)
    return found


def _but_for_rights(ace: Ace) -> Ace:
    return replace(ace, mask=0)


def _protection(
    before: SecurityDescriptor, after: SecurityDescriptor
) -> Iterator[PermissionChange]:
    if before.is_protected != after.is_protected:
        words = "inherits nothing from above any more" if after.is_protected else "inherits again"
        yield PermissionChange("~", words)


def _unseen(before: SecurityDescriptor, after: SecurityDescriptor) -> Iterator[PermissionChange]:
    """What is left to tell where no entry differs."""
    if before.build() == after.build():
        return
    orders = [(tuple(each.dacl or ()), tuple(each.sacl or ())) for each in (before, after)]
    if orders[0] != orders[1]:
        yield PermissionChange("~", "another order of the entries")
    elif before.control != after.control:
        yield PermissionChange("~", f"control 0x{before.control:04x} -> 0x{after.control:04x}")
    else:
        yield PermissionChange("~", "other bytes that say the same")
