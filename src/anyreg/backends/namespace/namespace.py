"""The Windows registry over hives: the verbs of a backend, for every key of the namespace.

Every verb first takes over what other processes have changed in its hive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from mypy_extensions import mypyc_attr

from anyreg.backends.base import VIEW_64, Backend, KeyFacts
from anyreg.backends.namespace.classes import ClassesNode
from anyreg.backends.namespace.finding import Finding
from anyreg.backends.namespace.overlay import merged
from anyreg.backends.namespace.places import Directory, Mount, Place
from anyreg.backends.namespace.units import Units
from anyreg.engine.history.facts import Facts
from anyreg.engine.history.recorder import Recorder
from anyreg.engine.problems import Problem
from anyreg.errors import (
    AccessDeniedError,
    ClosedError,
    HasSubkeysError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
    NotSupportedError,
    TransactionError,
    VolatileParentError,
)
from anyreg.names import fold
from anyreg.paths import ROOTS, split_path
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.values import Node, Value


@mypyc_attr(allow_interpreted_subclasses=True)
class Namespace(Finding):
    """A whole registry."""

    keeps_volatile: bool = True

    def __init__(
        self,
        mounts: list[Mount],
        master: Mount,
        user: str,
        open_hive: Callable[[str], Backend],
        units: Units | None = None,
        is_read_only: bool = False,
    ) -> None:
        """Put a registry together.

        Args:
            mounts: The hives.
            master: See Finding.
            user: See Finding.
            open_hive: How a further hive is opened.
            units: What transactions are made of.
            is_read_only: Refuse every change.
        """
        super().__init__(mounts, master, user, open_hive)
        self._units = units or Units()
        self._is_read_only = is_read_only
        self._own = mounts

    # Reading

    def _place(self, node: Node) -> Place | None:
        """What holds the values of a key that is no key of a hive; None where there is nothing."""
        if isinstance(node, Place):
            return node
        return self.directories.holder(node) if isinstance(node, Directory) else None

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in the order of their names; links are not followed."""
        if isinstance(node, ClassesNode):
            return self.classes.children(node)
        if isinstance(node, Directory):
            return self.directories.children(node)
        if not isinstance(node, Place):
            return self._tops()
        mount = node.mount
        mount.backend.refresh()
        zone = node.zone
        stable: list[Place] = []
        for inner in mount.backend.subkeys(node.inner):
            below = None if zone is None else zone.inside.get(fold(inner.name))
            stable.append(Place(inner.name, inner.last_written, mount, inner, below))
        return merged(stable, self.overlay.children(node))

    def _tops(self) -> list[Node]:
        found: list[Node] = []
        for number in ROOTS.values():
            try:
                found.append(self.predefined(number))
            except (ClosedError, KeyNotFoundError):
                self.require_open()  # it lacks this one, as where there is no SYSTEM
        return found

    def values(self, node: Node) -> list[Value]:
        """All values, in stored order."""
        if isinstance(node, ClassesNode):
            return self.classes.records(node)
        place = self._place(node)
        if place is None:
            return []
        backend = place.mount.backend
        backend.refresh()
        return backend.values(place.inner)

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None."""
        if isinstance(node, ClassesNode):
            return self.classes.value(node, name)
        place = self._place(node)
        if place is None:
            return None
        backend = place.mount.backend
        backend.refresh()
        return backend.read(place.inner, name)

    def info(self, node: Node) -> KeyFacts:
        """Counts, class name and flags of a key."""
        if isinstance(node, ClassesNode):
            return self.classes.facts(node)
        place = self._place(node)
        if place is None:
            return KeyFacts(len(self.subkeys(node)), 0, "", 0)
        backend = place.mount.backend
        backend.refresh()
        facts = backend.info(place.inner)
        if isinstance(node, Directory):
            return KeyFacts(len(self.subkeys(node)), facts.values, facts.class_name, facts.flags)
        more = len(self.overlay.children(place))
        return facts._replace(subkeys=facts.subkeys + more) if more else facts

    def flags(self, node: Node) -> int:
        """The flags of a key alone."""
        if isinstance(node, Place):
            return node.mount.backend.flags(node.inner)
        return self.info(node).flags

    def stamp(self, node: Node) -> object:
        """Something that is equal as long as the key has the same subkeys and values."""
        if isinstance(node, ClassesNode):
            return [self.stamp(side) for side in self.classes.sides(node)]
        place = self._place(node)
        if place is None or isinstance(node, Directory):
            return [child.name for child in self.subkeys(node)], super().stamp(node)
        backend = place.mount.backend
        backend.refresh()
        volatile = self.overlay.children(place)  # they come and go without their parent's time
        names = [child.name for child in volatile] if volatile else None
        return backend.stamp(place.inner), names

    def get_security(self, node: Node) -> bytes:
        """A key's self-relative security descriptor."""
        place = self._first(node)
        return b"" if place is None else place.mount.backend.get_security(place.inner)

    def _first(self, node: Node) -> Place | None:
        """The one key that a key's own facts are of."""
        if isinstance(node, ClassesNode):
            return cast(Place, self.classes.first(node))
        return self._place(node)

    # Transactions

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in the one that this context has begun."""
        self.require_open()
        if self._is_read_only:
            raise self._refused()
        self._units.begin(timeout)

    def commit(self, durable: bool) -> None:
        """End the innermost level for good; at the outermost one, commit."""
        self._require_writing()
        self._units.commit(durable)

    def roll_back(self) -> None:
        """Undo the innermost level."""
        self._require_writing()
        self._units.roll_back()

    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        return self._units.is_ours

    def _require_writing(self) -> None:
        if not self._units.is_ours:
            raise TransactionError("no transaction is under way")

    def _joined(self, place: Place) -> Backend:
        """The hive of a key that is to be changed, a part of the transaction under way."""
        if self._is_read_only:
            raise self._refused()
        if self._units.is_ours:
            self._units.join(place.mount)
        return place.mount.backend

    def flush(self) -> None:
        """Make every commit so far durable."""
        self.require_open()
        for backend in self._opened():
            backend.flush()

    # Changes

    def make(
        self,
        node: Node,
        path: str,
        view: int = 0,
        *,
        volatile: bool = False,
        link: bool = False,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        """Open the key at a path below another, made with its parents where it is missing."""
        flags = (KEY_VOLATILE if volatile else 0) | (KEY_LINK if link else 0)
        return self._make(node, split_path(path), view, flags, class_name, descriptor)

    def create(
        self, node: Node, name: str, class_name: str, descriptor: bytes = b"", flags: int = 0
    ) -> Node:
        """The subkey of this name, made if there is none."""
        return self._make(node, [name], 0, flags, class_name, descriptor)[0]

    def _make(
        self,
        node: Node,
        names: list[str],
        view: int,
        flags: int,
        class_name: str,
        descriptor: bytes,
    ) -> tuple[Node, bool]:
        link = flags & KEY_LINK != 0
        found, rest = self.walk(node, names, view, link)
        if not rest and found is not None:
            if link:
                raise KeyExistsError("there is such a key already", path="\\".join(names))
            return found, False
        self.begin()
        try:
            while rest:
                if found is None:
                    raise KeyNotFoundError("a symbolic link leads nowhere", path=rest[0])
                if len(rest) == 1:
                    made = self._create(found, rest[0], class_name, descriptor, flags)
                else:
                    made = self._create(found, rest[0], "", b"", flags & KEY_VOLATILE)
                found, rest = self.walk(made, rest[1:], view, link)
            assert found is not None
        except BaseException:
            self.roll_back()
            raise
        self.commit(False)
        return found, True

    def _create(
        self, node: Node, name: str, class_name: str, descriptor: bytes, flags: int
    ) -> Node:
        """A new subkey of a key, right where the walk has ended."""
        volatile = flags & KEY_VOLATILE != 0
        if isinstance(node, ClassesNode):
            return self.classes.made(node, name, class_name, descriptor, volatile)
        if not isinstance(node, Place):
            return self._create_at_top(node, name, class_name, descriptor, flags)
        backend = self._joined(node)
        if not volatile and backend.flags(node.inner) & KEY_VOLATILE:
            raise VolatileParentError("a stable key cannot stand below a volatile one", path=name)
        if volatile and not backend.keeps_volatile:
            self._join_master()
            names = self.overlay.names_of(node)
            return self.overlay.make(names, name, class_name, descriptor, flags & KEY_LINK)
        inner = backend.create(node.inner, name, class_name, descriptor, flags)
        zone = None if node.zone is None else node.zone.inside.get(fold(name))
        return Place(inner.name, inner.last_written, node.mount, inner, zone)

    def _create_at_top(
        self, node: Node, name: str, class_name: str, descriptor: bytes, flags: int
    ) -> Node:
        """A key beside the mounts: all there is volatile."""
        if not isinstance(node, Directory) or not node.names:
            raise AccessDeniedError("no key can be made here", path=name)
        if not flags & KEY_VOLATILE:
            raise LimitError("only volatile keys can be made beside the hives", path=name)
        self._join_master()
        return self.overlay.make(node.names, name, class_name, descriptor, flags & KEY_LINK)

    def _join_master(self) -> None:
        if self._units.is_ours:
            self._units.join(self.master)

    def _changed(self, node: Node) -> tuple[Backend, Node]:
        """The hive and the key in it that a change of a key is made to."""
        if isinstance(node, ClassesNode):
            node = self.classes.first(node)
        if isinstance(node, Directory) and node.names:
            self._join_master()
            node = self.overlay.held(node.names)
        if not isinstance(node, Place):
            raise AccessDeniedError("the root of the registry cannot be changed")
        return self._joined(node), node.inner

    def _movable(self, node: Node) -> Place:
        """The key of a hive that is to be deleted or renamed; a hive's root is not."""
        if isinstance(node, ClassesNode) and node.names:
            node = self.classes.first(node)
        if not isinstance(node, Place) or self.is_fixed(node):
            raise AccessDeniedError("this key belongs to the registry itself", path=node.name)
        return node

    def is_fixed(self, node: Node) -> bool:
        """Whether it is a root, a key that holds mounts, or the root key of a hive."""
        if isinstance(node, ClassesNode):
            return not node.names
        if not isinstance(node, Place):
            return True
        return node.alias != "" or not node.mount.backend.trail(node.inner)

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive; of a link, the link alone."""
        place = self._movable(node)
        if not self.overlay.is_over(place):
            self._joined(place).delete(place.inner, recursive)
            return
        if not recursive and self.overlay.has_any(place):
            raise HasSubkeysError("the key has volatile subkeys", path=place.name)
        self.begin()
        try:
            names = self.overlay.names_of(place)
            self._joined(place).delete(place.inner, recursive)
            self._join_master()
            self.overlay.forget(names)
        except BaseException:
            self.roll_back()
            raise
        self.commit(False)

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name."""
        place = self._movable(node)
        names = self.overlay.names_of(place)
        _, rest = self.walk(self.directories.top, [*names[:-1], name], VIEW_64, True)
        if not rest and fold(name) != fold(names[-1]):
            raise KeyExistsError("there is such a key already", path=name)
        self.begin()
        try:
            is_over = self.overlay.is_over(place)
            self._joined(place).rename(place.inner, name)
            if is_over:
                self._join_master()
                self.overlay.rename(names, name)
        except BaseException:
            self.roll_back()
            raise
        self.commit(False)

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key."""
        backend, inner = self._changed(node)
        backend.write(inner, values)

    def assign(self, node: Node, data: Mapping[str, object]) -> None:
        """Set values of a key to Python data, all or none."""
        backend, inner = self._changed(node)
        backend.assign(inner, data)

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        if isinstance(node, ClassesNode):
            return self.classes.taken(node, name)
        backend, inner = self._changed(node)
        return backend.remove(inner, name)

    def set_class(self, node: Node, class_name: str) -> None:
        """Give a key a class name."""
        backend, inner = self._changed(node)
        backend.set_class(inner, class_name)

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another self-relative security descriptor."""
        backend, inner = self._changed(node)
        backend.set_security(inner, descriptor)

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before, its time included."""
        backend, inner = self._changed(node)
        backend.rewrite(inner, facts, values)

    # History: of the registry's own hives, not of those that are loaded, nor of volatile keys

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Let every commit from now on have a record in a history."""
        for mount in self._own:
            mount.recorder = recorder
            if mount.opened is not None:
                mount.opened.keep_history(recorder, mount.unit)

    def history_hive(self, hive: str) -> Backend:
        """A hive by its name in the history, a part of the transaction under way."""
        for mount in self._own:
            if mount.unit == hive:
                backend = mount.backend
                if self._units.is_ours:
                    self._units.join(mount)
                return backend
        raise KeyNotFoundError("a hive of the history is not there", path=hive)

    # Whole hives

    def load(self, node: Node, name: str, file: str) -> None:
        """Mount a hive file as a subkey of HKEY_LOCAL_MACHINE or HKEY_USERS."""
        self.directories.load(self._loadable(node), name, file)

    def unload(self, node: Node, name: str) -> None:
        """Take a hive away that load() has mounted."""
        self.directories.unload(self._loadable(node), name)

    def replace(self, node: Node, name: str, new: str, old: str) -> None:
        """Plan another file for a hive that is mounted in HKEY_LOCAL_MACHINE or HKEY_USERS."""
        directory = self._loadable(node)
        if self._is_read_only:
            raise self._refused()
        mount = directory.mounts.get(fold(name))
        if mount is None:
            self.directories.replace(directory, name, new, old)
        else:
            self.replace_own(mount, new, old)

    def replace_own(self, mount: Mount, new: str, old: str) -> None:
        """Plan another file for one of the registry's own hives."""
        raise NotSupportedError("this hive has no file that could be replaced", path=mount.name)

    def _loadable(self, node: Node) -> Directory:
        self.require_open()
        if not isinstance(node, Directory) or not node.names:
            raise LimitError("hives are loaded into HKEY_LOCAL_MACHINE and HKEY_USERS only")
        return node

    def compact(self) -> None:
        """Leave out all free space of every hive, in place."""
        self.require_open()
        for mount in self.directories.all_mounts():
            mount.backend.compact()

    def _opened(self) -> list[Backend]:
        """The hives that have been opened so far."""
        found: list[Backend] = []
        for mount in [*self.directories.all_mounts(), self.master]:
            if mount.opened is not None:
                found.append(mount.opened)
        return found

    # The whole

    def about(self) -> dict[str, str | int | list[str]]:
        """Which hives it is made of, and whose HKEY_CURRENT_USER is."""
        self.require_open()
        mounts = ["\\".join(mount.names) for mount in self.directories.all_mounts()]
        return {"kind": "registry", "user": self.user, "hives": mounts}

    def problems(self) -> list[Problem]:
        """What reading has met so far, in all hives."""
        found = list(self.directories.problems.found)
        for backend in self._opened():
            found.extend(backend.problems())
        return found

    def check(self) -> list[Problem]:
        """Every problem of every hive."""
        self.require_open()
        found: list[Problem] = []
        for mount in [*self.directories.all_mounts(), self.master]:
            found.extend(
                [
                    problem._replace(path=problem.path or mount.unit)
                    for problem in mount.backend.check()
                ]
            )
        return found

    def close(self) -> None:
        """Close every hive; further calls do nothing."""
        if self._units.is_ours:
            raise TransactionError("a transaction is under way")
        self.is_closed = True
        for mount in [*self.directories.all_mounts(), self.master]:
            mount.close()
