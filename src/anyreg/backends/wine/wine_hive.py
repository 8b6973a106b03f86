r"""One hive of a prefix: a tree of keys in memory, and the sections of the text that say the same.

A file holds one hive (user.reg), or one for each key at its top (system.reg: SOFTWARE, SYSTEM), as
Windows has them.  The tree is changed as any hive in memory; at the end of a transaction, what was
noted of it says which sections are to be others.  When Wine has written the file since, what its
text says is carried over into the tree: nodes of keys that are still there stay good, and whoever
watches is informed.

A change alone is a transaction over the whole prefix, as only such ones write files.

Wine's files keep no security descriptors, and no volatile keys.
"""

from __future__ import annotations

from collections.abc import Callable

from anyreg.backends.abilities import About
from anyreg.backends.base import MAXIMUM_ALLOWED
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.memory_changes import MemoryChanges
from anyreg.backends.memory_node import KeyMoment, MemoryNode
from anyreg.backends.memory_step import MemoryStep
from anyreg.backends.namespace.mounts import Mount
from anyreg.backends.wine.wine_units import WineUnits
from anyreg.errors import ClosedError, NotSupportedError
from anyreg.facts import Facts
from anyreg.formats.wine.escapes import wine_order
from anyreg.formats.wine.reader import WineText
from anyreg.formats.wine.sections import (
    WineKeyState,
    WineSection,
    class_of,
    effective,
    moved,
    new_section,
    rewritten,
)
from anyreg.names import fold
from anyreg.problems import Problem
from anyreg.regf.layout import KEY_LINK
from anyreg.values import Node, Value

Replaced = dict[WineSection, WineSection | None]
"""What takes the place of sections of a text; None: nothing does."""


class WineChanges(MemoryChanges):
    """The changes of one hive; a single one is a transaction over all of the prefix."""

    def __init__(self, hive: WineHive) -> None:
        super().__init__()
        self._hive = hive

    def begin_one(self) -> bool:
        """Begin a change that is a transaction of its own, if none is under way; whether it is."""
        return self._hive.begin_alone()

    def end_one(self) -> None:
        """It has ended."""
        self._hive.commit(False)

    def touched(self) -> dict[MemoryNode, KeyMoment]:
        """The keys that the transaction under way has touched, and what they were before."""
        found: dict[MemoryNode, KeyMoment] = {}
        for one in self._noted:
            if isinstance(one, KeyMoment):
                found.setdefault(one.key, one)
        return found

    def step(self) -> MemoryStep:
        """What the transaction under way has changed."""
        step = MemoryStep(self.feed, self.feed.place())
        step.see(self.touched())
        return step

    def begin_reading(self) -> None:
        """Begin to carry over what others have written."""
        super().begin(-1.0)
        self.is_anew = True

    def end_reading(self) -> None:
        """It is carried over."""
        super().commit()
        self.is_anew = False


class WineHive(MemoryBackend):
    """One hive of a prefix.

    Attributes:
        file: The name of its file.
        above: The names that lead from the root of the file to its own.
        is_read: Whether it has been told what its file says.
        sections: The sections that each key has.
        edited: What they are once the transaction under way is written.
    """

    keeps_volatile: bool = False
    makes_volatile: bool = False

    def __init__(self, units: WineUnits, file: str, above: list[str]) -> None:
        """An empty hive.

        Args:
            units: The transactions of the prefix.
            file: The name of its file.
            above: The names that lead from the root of the file to its own.
        """
        super().__init__()
        self.file = file
        self.above = above
        self.sections: dict[MemoryNode, list[WineSection]] = {}
        self.edited: dict[MemoryNode, list[WineSection]] | None = None
        self._root.descriptor = b""
        self._root.last_written = 0
        self._own = WineChanges(self)
        self._changes = self._own
        self._units = units
        self._mount: Mount | None = None
        self._is_alone = False
        self.is_read = False

    def mounted(self, mount: Mount) -> None:
        """Know the mount that it is the hive of."""
        self._mount = mount

    # What it holds

    def arranged(self, values: dict[str, Value]) -> dict[str, Value]:
        """A key's values in Wine's order, which is that of their names."""
        if len(values) <= 1:
            return values
        found = list(values.values())
        found.sort(key=_value_place)
        return {fold(value.name): value for value in found}

    def security(self, node: Node) -> bytes:
        """None: Wine's files keep none."""
        self._live(node)
        return b""

    def about(self) -> About:
        """Its file."""
        return {"kind": "Wine", "file": self.file, "root_name": self.root().name}

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """What is wrong with the text that it is of, told by its first hive."""
        self.root()
        return self._units.problems_of(self)

    # What others write

    def files(self) -> list[str]:
        """The file of the prefix, which Wine puts another one in the place of."""
        return self._units.watched(self.file)

    def follow_soon(self) -> None:
        """Take over what others have written, now or when a transaction here has ended."""
        if not self._closed:
            self._units.follow()

    def refresh(self) -> None:
        """Take over what others have written; what is only read stays as it was opened."""
        if self._units.is_writable:
            self.follow_soon()

    def take_over(self, text: WineText) -> None:
        """Be what a text says.

        Args:
            text: Of its file.
        """
        if not self.is_read:
            self._read(text)
            self.is_read = True
            return
        self._own.begin_reading()
        try:
            self._read(text)
        finally:
            self._own.end_reading()

    def _read(self, text: WineText) -> None:
        depth = len(self.above)
        names: list[str] = []
        way = [self._root]
        there: dict[MemoryNode, list[WineSection]] = {}
        seen = {self._root}
        for section in text.sections:
            if depth and (not section.names or fold(section.names[0]) != fold(self.above[0])):
                continue
            if depth and not there:
                self.above = section.names[:depth]
            at = 0
            below = section.names[depth:]
            while at < len(names) and at < len(below) and names[at] == below[at]:
                at += 1
            del way[at + 1 :]
            for name in below[at:]:
                way.append(self._reached(way[-1], name, section.time))
                seen.add(way[-1])
            names = below
            self._root.last_written = self._root.last_written or section.time
            there.setdefault(way[-1], []).append(section)
        for key in seen:
            self._say(key, there.get(key, []))
        if self.is_read:
            self._drop_all_but(seen)
        self.sections = there

    def _reached(self, parent: MemoryNode, name: str, time: int) -> MemoryNode:
        """A subkey, made if it is missing: as old as what the text says first below it."""
        folded = fold(name)
        found = parent.children.get(folded)
        if found is None:
            found = MemoryNode(name, parent, "", b"", 0)
            found.last_written = time
            self._own.note_new(found)
            parent.put(folded, found)
            self._own.note_place(parent, folded, None)
        return found

    def _say(self, key: MemoryNode, sections: list[WineSection]) -> None:
        """Let a key be what its sections say."""
        values = self.arranged(effective(sections))
        class_name = class_of(sections)
        flags = key.flags & ~KEY_LINK
        time = 0
        for section in sections:
            time = time or section.time
            flags |= KEY_LINK if section.is_link else 0
        time = time or key.last_written
        said = (values, class_name, flags, time)
        if said != (key.values, key.class_name, key.flags, key.last_written):
            self._own.note(key)
            key.values, key.class_name, key.flags, key.last_written = said

    def _drop_all_but(self, seen: set[MemoryNode]) -> None:
        stack = [self._root]
        while stack:
            key = stack.pop()
            for folded, child in list(key.children.items()):
                if child in seen:
                    stack.append(child)
                    continue
                key.take(folded)
                self._own.note_place(key, folded, child)
                for gone in _tree(child):
                    self._own.note(gone)
                    gone.die()

    # What becomes of the text

    @property
    def unit(self) -> str:
        """What it is called in transactions, and in a history."""
        return "" if self._mount is None else self._mount.unit

    def step(self) -> MemoryStep:
        """What the transaction under way has changed."""
        return self._own.step()

    def edit(self, replaced: Replaced, added: list[WineSection]) -> None:
        """Say how the text changes by the transaction under way.

        Args:
            replaced: Gets what takes the place of sections.
            added: Gets new sections.
        """
        before = self._own.touched()
        self.edited = None
        if not before:
            return
        renamed: set[MemoryNode] = set()
        for key, moment in before.items():
            if not moment.is_deleted and not key.is_deleted and key.name != moment.name:
                renamed.update(_tree(key))
        after = self.sections.copy()
        for key in [*before, *[key for key in renamed if key not in before]]:
            old = after.pop(key, [])
            for section in old:
                replaced[section] = None
            new = None if key.is_deleted else self._written(key, old, key in renamed)
            if new is None:
                continue
            after[key] = [new]
            if old and key not in renamed:
                replaced[old[0]] = new
            else:
                added.append(new)
        self.edited = after

    def _written(
        self, key: MemoryNode, old: list[WineSection], is_renamed: bool
    ) -> WineSection | None:
        state = self._state(key)
        if not old:
            return new_section(state) if state.is_written else None
        if is_renamed:
            old = [moved(section, state.names) for section in old]
        return rewritten(old, state)

    def _state(self, key: MemoryNode) -> WineKeyState:
        return WineKeyState(
            self.above + self.names(key),
            key.last_written,
            key.class_name,
            key.flags & KEY_LINK != 0,
            list(key.values.values()),
            bool(key.children),
        )

    # Transactions

    def begin_alone(self) -> bool:
        """Begin a transaction over the prefix, if none of this context is under way.

        Returns:
            Whether it has begun one.
        """
        mount = self._mount
        if mount is None or self._closed:
            raise ClosedError("the registry is closed")
        if self._units.is_ours:
            self._units.join(mount)
            return False
        self._units.begin(-1.0)
        try:
            self._units.join(mount)
        except BaseException:
            self._units.roll_back()
            raise
        self._is_alone = True
        return True

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in one."""
        if self._units.is_ours or not self.begin_alone():
            super().begin(timeout)

    def commit(self, durable: bool) -> None:
        """End the innermost level for good."""
        if self._is_alone:
            self._is_alone = False
            self._units.commit(durable)
            return
        super().commit(durable)

    def roll_back(self) -> None:
        """Undo the innermost level."""
        if self._is_alone:
            self._is_alone = False
            self._units.roll_back()
            return
        super().roll_back()

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
        return super().create(node, names, access, flags, class_name)

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Refused.

        Raises:
            NotSupportedError: In any case.
        """
        raise NotSupportedError("Wine's files keep no security descriptors", path=self.file)

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before, its time included."""
        facts = Facts(facts.class_name, b"", facts.flags, facts.last_written)
        super().rewrite(node, facts, values)


def _tree(key: MemoryNode) -> list[MemoryNode]:
    """A key and all below it."""
    found = [key]
    for above in found:
        found.extend(above.children.values())
    return found


def _value_place(value: Value) -> bytes:
    return wine_order([value.name])
