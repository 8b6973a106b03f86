"""Transactions of a world that has none: changes are noted, and taken back by further changes.

Each change of a transaction is made at once, and what takes it back is noted before it.  So an
error undoes the whole, and a savepoint is a length of the list.  What this cannot do: others see
each step as it is made, and a process that dies in the middle leaves what it has done.

At the end of a transaction the list also tells what was there before (`earlier`), which is what a
history keeps.  Where its record cannot be written, the change is taken back.  Where a history is
kept, each note is durable before its change is made (`history.notes`): so of a process that dies
the next one knows what it has done, and gives that a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from anyreg.backends import ask
from anyreg.backends.base import AllOrNone, Backend, Lent
from anyreg.backends.earlier import Earlier
from anyreg.backends.undo import TreeBuilder, facts_of, tree_items
from anyreg.engine.context_lock import ContextLock
from anyreg.errors import RegistryError, TransactionError
from anyreg.history.items import Item, TreeKey
from anyreg.history.look_step import Look, differences
from anyreg.history.notebook import Notebook
from anyreg.history.notes import CAME, CHANGED, GONE, RENAMED, Note, folded
from anyreg.history.recorder import Recorder
from anyreg.names import fold
from anyreg.regf.layout import MAX_DEPTH
from anyreg.values import Node

_MOST_SAID: Final = 5  # failures in one message
_ALONE: Final = 0  # levels below a key that are looked at


class Stepwise:
    """The transactions of one world."""

    def __init__(
        self, world: Backend, path: str, names: Callable[[Node], list[str]] | None = None
    ) -> None:
        """Begin with none.

        Args:
            world: The world, whose verbs note what they are about to change.
            path: What it is called in messages.
            names: The names that lead to a key from the top, whatever view it was opened in;
                without it, the world's own.
        """
        self._names = names or world.names
        self._notebook: Notebook | None = None
        self._world = world
        self._turn = ContextLock(path)
        self._entries: list[Note] = []
        self._levels: list[int] = []
        self._noted: set[tuple[str, ...]] = set()  # keys whose state is noted since the last move
        self._is_undoing = False

    # Transactions

    @property
    def is_ours(self) -> bool:
        """Whether a transaction of this context is under way."""
        return self._turn.is_mine()

    @property
    def is_noting(self) -> bool:
        """Whether what is changed must be noted."""
        return bool(self._levels) and not self._is_undoing

    @property
    def is_durable(self) -> bool:
        """Whether a change must be noted durably before it is made."""
        return self._notebook is not None and self.is_noting

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in one."""
        if not self.is_ours:
            self._turn.take(timeout)
            try:
                self.take_up()
            except BaseException:
                self._turn.give()
                raise
        self._levels.append(len(self._entries))
        self._noted.clear()

    def commit(self) -> list[list[str]]:
        """End the innermost level for good.

        Returns:
            The names of each key that was changed, at the end of the outermost level; none else.
        """
        self._level()
        if self._levels:
            return []
        try:
            self._record()
        except BaseException:
            self._take_back(0)
            raise
        finally:
            changed = [entry.names for entry in self._entries]
            self._end()
        return changed

    def roll_back(self) -> None:
        """Undo the innermost level.

        Raises:
            TransactionError: Something cannot be taken back; all else is.
        """
        length = self._level()
        try:
            self._take_back(length)
        finally:
            if not self._levels:
                self._end()

    def _level(self) -> int:
        if not (self._levels and self.is_ours):
            raise TransactionError("no transaction is under way")
        return self._levels.pop()

    def _end(self) -> None:
        self._entries = []
        self._noted.clear()
        try:
            if self._notebook is not None:
                self._notebook.end()
        finally:
            self._turn.give()

    # Single changes

    def one(self, is_whole: bool = False) -> AllOrNone:
        """A block with one change: others wait for its end.

        Args:
            is_whole: It is made in several steps, and has to be undone if one of them fails.
        """
        if (is_whole or self._notebook is not None) and not self.is_ours:
            return AllOrNone(self._world)
        return OneChange(self._world, self._turn)

    # Notes

    def note_changed(self, node: Node) -> None:
        """A key's own is about to change: its values, its descriptor."""
        if self.is_noting:
            names = self._names(node)
            path = tuple([fold(name) for name in names])
            if path not in self._noted:
                world = self._world
                facts = facts_of(world, node)  # which also says what it is called now
                key = TreeKey(0, node.name, facts, world.values(node))
                self._note(Note(CHANGED, names, [key]))
                self._noted.add(path)

    def note_coming(self, names: list[str]) -> bool:
        """A key is about to come where none is; where none came after all, withdraw() must follow.

        Args:
            names: The names that will lead to it.

        Returns:
            Whether it had to be noted.
        """
        return self.is_noting and self._note_durably(Note(CAME, names, []))

    def note_came(self, node: Node) -> None:
        """A key has come."""
        if self.is_noting:
            self._noted.clear()
            self._note(Note(CAME, self._names(node), []))

    def note_gone(self, node: Node) -> None:
        """A key is about to go, with all below it."""
        if self.is_noting:
            self._noted.clear()
            look = list(tree_items(self._world, node))
            self._note(Note(GONE, self._names(node), look))

    def note_renaming(self, names: list[str], name: str) -> bool:
        """A key is about to be renamed; where it is not after all, withdraw() must follow.

        Args:
            names: The names that lead to it.
            name: The name that it gets, be it for a moment.

        Returns:
            Whether it had to be noted.
        """
        return self._note_durably(Note(RENAMED, names, [], [*names[:-1], name]))

    def note_renamed(self, names: list[str], name: str) -> None:
        """A key was renamed.

        Args:
            names: The names that led to it before.
            name: Its name now.
        """
        if self.is_noting:
            self._noted.clear()
            self._entries.append(Note(RENAMED, names, [], [*names[:-1], name]))

    def withdraw(self) -> None:
        """The change that was noted last was not made."""
        if self._notebook is not None:
            self._notebook.withdraw()

    def _note(self, entry: Note) -> None:
        self._note_durably(entry)
        self._entries.append(entry)

    def _note_durably(self, entry: Note) -> bool:
        return self._notebook is not None and bool(self.is_ours) and self._notebook.note(entry)

    # Taking back

    def _take_back(self, length: int) -> None:
        failed: list[str] = []
        self._is_undoing = True
        try:
            while len(self._entries) > length:
                entry = self._entries.pop()
                try:
                    self._undo(entry)
                except RegistryError as error:
                    path = "\\".join(entry.names)
                    failed.append(f"{path}: {error}")
        finally:
            self._is_undoing = False
            self._noted.clear()
        if failed:
            if self._notebook is not None and not self._levels:
                self._notebook.leave()
            more = len(failed) - _MOST_SAID
            words = "; ".join(failed[:_MOST_SAID]) + (f"; and {more} more" if more > 0 else "")
            raise TransactionError(f"not everything can be taken back as it was: {words}")

    def _undo(self, entry: Note) -> None:
        world = self._world
        if entry.kind == GONE:
            parent = self._find(entry.names[:-1])
            with Lent(world, parent):
                builder = TreeBuilder(world, parent)
                for item in entry.look:
                    builder.add(item)
                builder.finish()
            return
        node = self._find(entry.other if entry.kind == RENAMED else entry.names)
        with Lent(world, node):
            if entry.kind == CAME:
                world.delete(node, True)
            elif entry.kind == RENAMED:
                world.rename(node, entry.names[-1])
            else:
                key = entry.look[0]
                ask.rewrite(world, node, key.facts, key.values)

    def _find(self, names: list[str]) -> Node:
        world = self._world
        with Lent(world, world.root()) as root:
            node = world.open(root, names, link=True)
        if node is None:
            raise RegistryError("the key is gone", path="\\".join(names))
        return node

    # The history

    def keep_history(self, recorder: Recorder) -> None:
        """Let every change from now on have a record.

        Args:
            recorder: What keeps the history.
        """
        self._notebook = Notebook(recorder)
        recorder.take_up = self.take_up

    @property
    def recorder(self) -> Recorder | None:
        """What keeps the history, if any is kept."""
        return None if self._notebook is None else self._notebook.recorder

    def take_up(self) -> None:
        """Give what processes have changed that died in a transaction its record."""
        if self._notebook is not None:
            self._notebook.take_up(lambda notes: self._items(self._made(notes)))

    def _made(self, notes: list[Note]) -> list[Note]:
        """Without a last one whose change never came: of a rename, the key has its old name still.

        The other notes that came too early make no difference; but a key of the new name is then
        another one, because of which the rename was refused.
        """
        last = notes[-1] if notes else None
        if last is None or last.kind != RENAMED or folded(last.names) == folded(last.other):
            return notes
        return notes[:-1] if self._look(last.names, _ALONE) else notes

    def close(self) -> None:
        """Nothing more is changed."""
        if self._notebook is not None:
            self._notebook.close()

    def _record(self) -> None:
        if self._notebook is not None and self._entries:
            self._notebook.keep(lambda: self._items(self._entries))

    def _items(self, notes: list[Note]) -> Iterator[Item]:
        """What is different from before some notes."""
        for top in Earlier(notes, self._look).tops():
            after = self._look(top.names, MAX_DEPTH if top.is_deep else _ALONE)
            yield from differences(top.names, top.look(), after)

    def _look(self, names: list[str], deepest: int = MAX_DEPTH) -> Look:
        world = self._world
        with Lent(world, world.root()) as root:
            node = world.open(root, names, link=True)
        if node is None:
            return []
        with Lent(world, node):
            return list(tree_items(world, node, deepest))


class OneChange(AllOrNone):
    """One change that is made in one step: there is nothing to be undone."""

    def __init__(self, backend: Backend, turn: ContextLock) -> None:
        """Wait for whoever has a transaction under way, with the block.

        Args:
            backend: The world.
            turn: Whose turn it is.
        """
        super().__init__(backend)
        self._turn = turn
        self._is_own = False

    def __enter__(self) -> object:
        self._is_own = self._turn.enter()
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._turn.leave(self._is_own)
