"""What a world that is opened as somebody can do beyond the core: what the other world can.

Each ability is a class beside the core; `enforced()` puts those together that the other world has.
None is a way around the guard: bulk changes are made step by step, a history is undone key by key
as anybody's changes are, and what reports or checks a hive as a whole needs the privilege to save
it.

Source: see `enforced_world`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, cast

from anyreg.backends import ask
from anyreg.backends.abilities import (
    About,
    Bulk,
    Compacting,
    Elsewhere,
    Exact,
    Feeding,
    Inspected,
    Journaled,
    Mounts,
    Quick,
    Reached,
    Watchable,
    Whole,
)
from anyreg.backends.base import Backend
from anyreg.backends.enforced_node import EnforcedNode
from anyreg.backends.places import Place
from anyreg.backends.system_abilities import Localized, NamedAccount, Naming
from anyreg.enforcing.enforced_world import READING, EnforcedBackend
from anyreg.engine.feed import Feed
from anyreg.errors import AccessDeniedError, NotSupportedError
from anyreg.facts import Facts
from anyreg.history.recorder import Recorder
from anyreg.new_keys import NewKey
from anyreg.problems import Problem
from anyreg.security.access import ENUMERATE_SUB_KEYS, NOTIFY, QUERY_VALUE, SET_VALUE
from anyreg.security.guard import Guard
from anyreg.security.token import SE_BACKUP, SE_RESTORE, Token
from anyreg.values import Node, Value


def _inner(node: Node) -> Node:
    return cast(EnforcedNode, node).inner


class EnforcedQuick(EnforcedBackend, Quick):
    """Ways that are shorter than those of the core."""

    def fresh(self, node: Node) -> Node:
        """The name and time of a key: whoever has it may ask."""
        own = cast(EnforcedNode, node)
        return EnforcedNode(ask.fresh(self.inner, own.inner), own.rights)

    def is_alive(self, node: Node) -> bool:
        """Whether the key still exists."""
        return ask.is_alive(self.inner, _inner(node))

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index, None behind the last."""
        found = ask.subkey_at(self.inner, self.needed(node, ENUMERATE_SUB_KEYS), index)
        return None if found is None else EnforcedNode(found)

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        return ask.value_at(self.inner, self.needed(node, QUERY_VALUE), index)

    def stamp(self, node: Node) -> object:
        """Something that is equal as long as the key has the same subkeys and values."""
        self.needed(node, 0)
        if not cast(EnforcedNode, node).rights & READING:
            self.needed(node, QUERY_VALUE)
        return ask.stamp(self.inner, _inner(node))


class EnforcedBulk(EnforcedBackend, Bulk):
    """Many changes at one go: but for values of one key they are made step by step."""

    def assign(self, node: Node, data: Mapping[str, object]) -> bool:
        """Set values of a key to Python data; what is there is read for its type."""
        inner = self.needed(node, SET_VALUE | QUERY_VALUE)
        return cast(Bulk, self.inner).assign(inner, data)

    def bulk_insert(self, node: Node, keys: list[NewKey]) -> bool:
        """Each key is asked whether another one may be made in it."""
        return False

    def copy_from(self, source: Backend, top: Node, target: Node) -> bool:
        """Each key is asked."""
        return False


class EnforcedExact(EnforcedBackend, Exact):
    """Keys can be put into any state."""

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before; another descriptor needs its own rights."""
        inner = self.needed(node, SET_VALUE)
        if facts.descriptor and facts.descriptor != self.inner.security(inner):
            after = self.replaced(node, facts.descriptor)
            facts = Facts(facts.class_name, after, facts.flags, facts.last_written)
        ask.rewrite(self.inner, inner, facts, values)


class EnforcedJournal(EnforcedBackend, Journaled):
    """A history can be kept; it holds what everybody has changed."""

    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        return ask.is_changing(self.inner)

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Let every commit from now on have a record, for who may read and write all of it."""
        self.guard.require(SE_BACKUP)
        self.guard.require(SE_RESTORE)
        ask.keep_history(self.inner, recorder, hive)

    def history_hive(self, hive: str) -> Backend:
        """A hive by its name in the history, guarded as well."""
        return enforced_by(ask.history_hive(self.inner, hive), self.guard, closes=False)


class EnforcedElsewhere(EnforcedBackend, Elsewhere):
    """A name can mean a key that stands in another place: whoever has the key may ask."""

    def leads_elsewhere(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name stands in another place than here."""
        return ask.leads_elsewhere(self.inner, _inner(node), name)

    def has_own_link(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name is a link that the registry itself makes."""
        return ask.has_own_link(self.inner, _inner(node), name)


class EnforcedWhole(EnforcedBackend, Whole):
    """A whole registry."""

    def predefined(self, number: int) -> Node:
        """The key that one of the HKEY_ constants stands for, with all rights that can be had."""
        return EnforcedNode(ask.predefined(self.inner, number))

    def has_roots(self, node: Node) -> bool:
        """Whether it is the key that holds the roots."""
        return ask.has_roots(self.inner, _inner(node))

    def nt_path(self, node: Node) -> str:
        """The full path of a key: whoever has it may ask."""
        return ask.nt_path(self.inner, _inner(node))

    def is_fixed(self, node: Node) -> bool:
        """Whether a key belongs to the registry itself."""
        return ask.is_fixed(self.inner, _inner(node))

    def lasts(self, node: Node) -> bool:
        """Whether a hive keeps the key."""
        return ask.lasts(self.inner, _inner(node))

    def below(self, node: Node, top: Node) -> list[Node]:
        """The subkeys with which a tree goes on."""
        inner = self.needed(node, ENUMERATE_SUB_KEYS)
        return [EnforcedNode(child) for child in ask.below(self.inner, inner, _inner(top))]

    def seen_child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name as below() gives it, or None."""
        found = ask.seen_child(self.inner, _inner(node), name)
        return None if found is None else EnforcedNode(found)

    def sides(self, node: Node) -> list[Node]:
        """The keys that it shows as one."""
        return [EnforcedNode(side) for side in ask.sides(self.inner, _inner(node))]

    def above(self, node: Node) -> Node | None:
        """The key above it."""
        found = ask.above(self.inner, _inner(node))
        return None if found is None else EnforcedNode(found)

    def reach(self, node: Node, names: list[str], access: int, link: bool) -> Reached:
        """The last key that there is along names, and the names that are left."""
        found, rest = ask.reach(self.inner, _inner(node), names, access, link)
        return (None if found is None else EnforcedNode(found)), rest


class EnforcedMounts(EnforcedBackend, Mounts):
    """Hive files can be mounted, by who may restore."""

    def load(self, node: Node, name: str, file: str) -> None:
        """Mount a hive file."""
        ask.load(*self.unguarded(node, privilege=SE_RESTORE), name, file)

    def unload(self, node: Node, name: str) -> None:
        """Take a hive away."""
        ask.unload(*self.unguarded(node, privilege=SE_RESTORE), name)

    def replace(self, node: Node, name: str, new: str, old: str) -> None:
        """Plan another file for a hive."""
        ask.replace(*self.unguarded(node, privilege=SE_RESTORE), name, new, old)


class EnforcedCompacting(EnforcedBackend, Compacting):
    """Free space can be left out, by who may restore."""

    def compact(self, on_key: Callable[[], None] | None = None) -> None:
        """Leave it out."""
        self.guard.require(SE_RESTORE)
        ask.compact(self.inner, on_key)


class EnforcedInspected(EnforcedBackend, Inspected):
    """The whole can be looked at: what is found wrong names keys, so only by who may save."""

    def about(self) -> About:
        """Facts on the registry as a whole."""
        return ask.about(self.inner)

    def problems(self) -> list[Problem]:
        """What reading has met so far."""
        self.guard.require(SE_BACKUP)
        return ask.problems(self.inner)

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """Every problem there is."""
        self.guard.require(SE_BACKUP)
        return ask.check(self.inner, on_key)


class EnforcedFeeding(EnforcedBackend, Feeding):
    """A hive that reports its states, to who may save it."""

    def feed(self) -> Feed:
        """Where they are reported."""
        self.guard.require(SE_BACKUP)
        return cast(Feeding, self.inner).feed()

    def files(self) -> list[str]:
        """The files that other processes write."""
        return cast(Feeding, self.inner).files()

    def follow_soon(self) -> None:
        """Take over what they have committed."""
        cast(Feeding, self.inner).follow_soon()


class EnforcedWatchable(EnforcedBackend, Watchable):
    """Changes can be reported: with the values of all keys, so only to who may save them."""

    def places(self, node: Node, subtree: bool) -> list[Place]:
        """The hives that hold a key and what is below it."""
        inner = self.needed(node, NOTIFY)
        try:
            self.guard.require(SE_BACKUP)
        except AccessDeniedError as error:
            words = f"changes are reported whoever may read them, and {error}: watch(poll=seconds)"
            raise NotSupportedError(words, winerror=error.winerror) from None
        return ask.places(self.inner, inner, subtree)


class EnforcedNaming(EnforcedBackend, Naming):
    """Names of users and groups, which whoever asks is told."""

    def account(self, sid: bytes) -> NamedAccount | None:
        """Who a SID is, or None."""
        return cast(Naming, self.inner).account(sid)

    def sid_of(self, name: str) -> bytes | None:
        """The SID of a name, or None."""
        return cast(Naming, self.inner).sid_of(name)


class EnforcedLocalized(EnforcedBackend, Localized):
    """Texts that stand in files of the system."""

    def load_text(self, node: Node, name: str) -> str:
        """The text that a value refers to."""
        return cast(Localized, self.inner).load_text(self.needed(node, QUERY_VALUE), name)


_PARTS: Final[dict[type, type[EnforcedBackend]]] = {
    Quick: EnforcedQuick,
    Bulk: EnforcedBulk,
    Exact: EnforcedExact,
    Journaled: EnforcedJournal,
    Elsewhere: EnforcedElsewhere,
    Whole: EnforcedWhole,
    Mounts: EnforcedMounts,
    Compacting: EnforcedCompacting,
    Inspected: EnforcedInspected,
    Feeding: EnforcedFeeding,
    Watchable: EnforcedWatchable,
    Naming: EnforcedNaming,
    Localized: EnforcedLocalized,
}


def enforced(inner: Backend, token: Token, closes: bool = True) -> EnforcedBackend:
    """A world as somebody may use it.

    Args:
        inner: The world.
        token: Who.
        closes: Whether the world is closed with it.
    """
    return enforced_by(inner, Guard(token), closes)


def enforced_by(inner: Backend, guard: Guard, closes: bool) -> EnforcedBackend:
    """As enforced(), by a guard that there is already.

    Args:
        inner: The world.
        guard: The guard.
        closes: Whether the world is closed with it.
    """
    parts = tuple(part for ability, part in _PARTS.items() if isinstance(inner, ability))
    return _kind(parts)(inner, guard, closes)


@cache
def _kind(parts: tuple[type[EnforcedBackend], ...]) -> type[EnforcedBackend]:
    """The class of a world with these abilities."""
    if not parts:
        return EnforcedBackend
    return type("EnforcedWorld", parts, {"__doc__": "A world as somebody sees it."})
