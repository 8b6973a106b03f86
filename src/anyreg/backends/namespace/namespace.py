"""The Windows registry over hives: the verbs of a backend, answered by the node that each is of.

A namespace has hives (`hive_set`) and the keys above them; every other key is found from there.
What there is to know of a kind of key stands in its class (`nodes`).  So here a verb hands on, and
what concerns all hives at once is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from anyreg.backends import ask
from anyreg.backends.abilities import (
    About,
    Bulk,
    Compacting,
    Elsewhere,
    Exact,
    Inspected,
    Journaled,
    Mounts,
    Quick,
    Reached,
    Watchable,
    Whole,
)
from anyreg.backends.base import MAXIMUM_ALLOWED, RENAMES, Backend, KeyFacts, read_only_error
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.directory_node import DirectoryNode, UsersNode
from anyreg.backends.namespace.hive_set import HiveSet
from anyreg.backends.namespace.loaded import LoadedHives
from anyreg.backends.namespace.mounts import Mount
from anyreg.backends.namespace.nodes import NamespaceNode, Realm
from anyreg.backends.namespace.path_walk import PathWalk
from anyreg.backends.namespace.top_node import TopNode
from anyreg.backends.namespace.watched import places_of
from anyreg.backends.places import Place
from anyreg.errors import KeyNotFoundError, RegistryError, TransactionError
from anyreg.facts import Facts
from anyreg.history.recorder import Recorder
from anyreg.new_keys import NewKey
from anyreg.problems import Problem
from anyreg.regf.layout import KEY_LINK
from anyreg.values import Node, Value


class Namespace(
    Backend,
    Bulk,
    Compacting,
    Elsewhere,
    Exact,
    Inspected,
    Journaled,
    Mounts,
    Quick,
    Watchable,
    Whole,
):
    """A whole registry.

    Attributes:
        user: The SID of HKEY_CURRENT_USER, "" where there is none.
    """

    makes_volatile: bool = True

    def __init__(self, hives: HiveSet) -> None:
        """Put a registry together; its hives are opened when they are asked for.

        Args:
            hives: The hives; they are closed with it.
        """
        self.user = hives.user
        self._hives = hives
        self._recorder: Recorder | None = None
        realm = Realm(hives)
        self._realm = realm
        self._loaded = LoadedHives(hives, realm.overlay)
        machine = DirectoryNode(realm, self._loaded, "HKEY_LOCAL_MACHINE", ["Machine"])
        users = UsersNode(realm, self._loaded, "HKEY_USERS", ["User"])
        registry = DirectoryNode(realm, self._loaded, "Registry", [])
        registry.inside = {"MACHINE": machine, "USER": users}
        realm.top = registry
        self._root = TopNode(realm, machine, users)

    def freeze(self) -> None:
        """Refuse every change from now on."""
        self._realm.is_read_only = True

    # Finding keys

    def root(self) -> Node:
        """The root of all, above the HKEY_ keys."""
        self._realm.require_open()
        return self._root

    def predefined(self, number: int) -> Node:
        """The key that one of the HKEY_ constants stands for."""
        return self._root.predefined(number)

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        """The key that names lead to from another one."""
        return cast(NamespaceNode, node).find(names, access, link)

    def seen_child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, through a link that the registry itself makes."""
        return cast(NamespaceNode, node).seen_child(name)

    def sides(self, node: Node) -> list[Node]:
        """The keys that are shown as this one, the one that is written to first."""
        return cast("list[Node]", cast(NamespaceNode, node).sides()) or [self._root]

    def above(self, node: Node) -> Node | None:
        """The key in which a key really stands; None for the top."""
        return cast(NamespaceNode, node).above()

    def reach(self, node: Node, names: list[str], access: int, link: bool) -> Reached:
        """How far names lead: to where create() would make a key."""
        return cast(NamespaceNode, node).reach(PathWalk(names, access, link))

    def leads_elsewhere(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name is a link, or a zone says where it stands."""
        return cast(NamespaceNode, node).leads_elsewhere(name)

    def has_own_link(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name is a link that the registry itself makes, if it is one."""
        return cast(NamespaceNode, node).has_own_link(name)

    def has_roots(self, node: Node) -> bool:
        """Whether a key holds HKEY_LOCAL_MACHINE and the other roots of a whole registry."""
        return cast(NamespaceNode, node).has_roots()

    def fresh(self, node: Node) -> Node:
        """The node as it is now; one above the hives is as old as the registry's volatile keys."""
        return cast(NamespaceNode, node).fresh()

    def is_alive(self, node: Node) -> bool:
        """Whether the key still exists."""
        return cast(NamespaceNode, node).is_alive()

    def is_fixed(self, node: Node) -> bool:
        """Whether it is a root, holds mounts, is a hive's root, or a link of the registry."""
        return cast(NamespaceNode, node).is_fixed()

    def lasts(self, node: Node) -> bool:
        """Whether a hive keeps the key."""
        return cast(NamespaceNode, node).lasts()

    def names(self, node: Node) -> list[str]:
        r"""The names that lead from \Registry to a key."""
        return cast(NamespaceNode, node).trail()

    def nt_path(self, node: Node) -> str:
        """The full path of a key as the kernel names it."""
        return "\\".join(["", "Registry", *cast(NamespaceNode, node).trail()])

    # Reading

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in the order of their names; links are not followed."""
        return cast("list[Node]", cast(NamespaceNode, node).subkeys())

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index, None behind the last."""
        return cast(NamespaceNode, node).subkey_at(index)

    def below(self, node: Node, top: Node) -> list[Node]:
        """The subkeys with which a tree goes on that begins at another key, each key of it once."""
        return cast("list[Node]", cast(NamespaceNode, node).below(cast(NamespaceNode, top)))

    def values(self, node: Node) -> list[Value]:
        """All values, in stored order."""
        return cast(NamespaceNode, node).values()

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        return cast(NamespaceNode, node).value_at(index)

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None."""
        return cast(NamespaceNode, node).read(name)

    def info(self, node: Node) -> KeyFacts:
        """What a key says of itself."""
        return cast(NamespaceNode, node).info()

    def stamp(self, node: Node) -> object:
        """Something that is equal as long as the key has the same subkeys and values."""
        return cast(NamespaceNode, node).stamp()

    def security(self, node: Node) -> bytes:
        """A key's self-relative security descriptor."""
        return cast(NamespaceNode, node).security()

    def places(self, node: Node, subtree: bool) -> list[Place]:
        """The hives that hold a key and, if wanted, what is below it."""
        return places_of(cast(NamespaceNode, node), self._loaded, subtree)

    # Transactions

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in the one that this context has begun."""
        self._realm.changing().begin(timeout)

    def commit(self, durable: bool) -> None:
        """End the innermost level for good; at the outermost one, commit."""
        self._require_writing()
        try:
            self._hives.units.commit(durable)
        finally:
            RENAMES.count += 1

    def roll_back(self) -> None:
        """Undo the innermost level."""
        self._require_writing()
        try:
            self._hives.units.roll_back()
        finally:
            RENAMES.count += 1

    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        return self._hives.units.is_ours

    def _require_writing(self) -> None:
        if not self._hives.units.is_ours:
            raise TransactionError("no transaction is under way")

    # Changes

    def create(
        self,
        node: Node,
        names: list[str],
        access: int = MAXIMUM_ALLOWED,
        flags: int = 0,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        """Open the key that names lead to, made with its parents where it is missing."""
        way = PathWalk(names, access, flags & KEY_LINK != 0)
        return cast(NamespaceNode, node).make(way, flags, class_name, descriptor)

    def bulk_insert(self, node: Node, keys: list[NewKey]) -> bool:
        """Make many subkeys with all that they are to hold, where all stand in one hive."""
        return cast(NamespaceNode, node).bulk_insert(keys)

    def copy_from(self, source: Backend, top: Node, target: Node) -> bool:
        """Copying goes key by key: links and zones say where each stands."""
        return False

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive; of a link, the link alone."""
        cast(NamespaceNode, node).delete(recursive)

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name."""
        cast(NamespaceNode, node).rename(name)

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key."""
        cast(NamespaceNode, node).write(values)

    def assign(self, node: Node, data: Mapping[str, object]) -> bool:
        """Set values of a key to Python data, all or none."""
        cast(NamespaceNode, node).assign(data)
        return True

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        return cast(NamespaceNode, node).remove(name)

    def set_class(self, node: Node, class_name: str) -> None:
        """Give a key a class name."""
        cast(NamespaceNode, node).set_class(class_name)

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another self-relative security descriptor."""
        cast(NamespaceNode, node).set_security(descriptor)

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before, its time included."""
        cast(NamespaceNode, node).rewrite(facts, values)

    # History: of the registry's own hives, not of those that are loaded, nor of volatile keys

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Let every commit from now on have a record in a history."""
        self._recorder = recorder
        self._hives.keep_history(recorder)

    def recorder(self) -> Recorder | None:
        """What keeps the history, if any is kept."""
        return self._recorder

    def history_hive(self, hive: str) -> Backend:
        """A hive by its name in the history, a part of the transaction under way."""
        for mount in self._hives.mounts:
            if mount.unit == hive:
                found = mount.hive
                if self._hives.units.is_ours:
                    self._hives.units.join(mount)
                return found
        raise KeyNotFoundError("a hive of the history is not there", path=hive)

    # Whole hives

    def load(self, node: Node, name: str, file: str) -> None:
        """Mount a hive file as a subkey of HKEY_LOCAL_MACHINE or HKEY_USERS."""
        self._require_loading()
        cast(NamespaceNode, node).load(name, file)

    def unload(self, node: Node, name: str) -> None:
        """Take a hive away that load() has mounted."""
        self._require_loading()
        cast(NamespaceNode, node).unload(name)

    def _require_loading(self) -> None:
        self._realm.require_open()
        if self._hives.shows_loaded and self._realm.is_read_only:
            raise read_only_error()

    def replace(self, node: Node, name: str, new: str, old: str) -> None:
        """Plan another file for a hive that is mounted in HKEY_LOCAL_MACHINE or HKEY_USERS."""
        self._realm.changing()
        cast(NamespaceNode, node).replace(name, new, old)

    def flush(self) -> None:
        """Make every commit so far durable."""
        self._realm.require_open()
        for hive in self._opened():
            hive.flush()

    def compact(self, on_key: Callable[[], None] | None = None) -> None:
        """Leave out all free space of every hive, in place."""
        self._realm.require_open()
        for mount in self._mounts():
            ask.compact(mount.hive, on_key)

    def _mounts(self) -> list[Mount]:
        """Every hive, those that any process has loaded too."""
        return [*self._hives.mounts, *self._loaded.all()]

    def _known(self) -> list[Mount]:
        """All hives that may be open."""
        return [*self._hives.mounts, *self._loaded.known, self._hives.master]

    def _opened(self) -> list[Mountable]:
        """The hives that have been opened so far."""
        found = [mount.opened for mount in self._known()]
        return [hive for hive in found if hive is not None]

    # The whole

    def about(self) -> About:
        """Which hives it is made of, and whose HKEY_CURRENT_USER is."""
        self._realm.require_open()
        facts: About = {"kind": "registry", "user": self.user}
        facts["hives"] = [mount.place for mount in self._mounts()]
        return facts | self._hives.about()

    def problems(self) -> list[Problem]:
        """What reading has met so far, in all hives."""
        found = [problem for hive in self._opened() for problem in hive.problems()]
        return [*self._hives.noted.found, *found, *self._hives.problems()]

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """Every problem of every hive."""
        self._realm.require_open()
        found: list[Problem] = []
        for mount in [*self._hives.mounts, self._hives.master]:
            found.extend(_checked(mount, mount.hive, on_key))
        for mount in self._loaded.all():
            try:
                hive = mount.hive
            except RegistryError as error:  # its file may have gone since
                found.append(Problem(-1, f"cannot be opened: {error}", path=mount.place))
            else:
                found.extend(_checked(mount, hive, on_key))
        return found

    def close(self) -> None:
        """Close every hive; further calls do nothing."""
        if self._hives.units.is_ours:
            raise TransactionError("a transaction is under way")
        if self._realm.is_closed:
            return
        self._realm.is_closed = True
        for mount in self._known():
            mount.close()
        self._hives.close()


def _checked(mount: Mount, hive: Mountable, on_key: Callable[[], None] | None) -> list[Problem]:
    """The problems of a hive, each with its place."""
    return [problem._replace(path=problem.path or mount.place) for problem in hive.check(on_key)]
