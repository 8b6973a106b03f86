"""What an old handle of a key stands for now.

A handle is its key's cell, and the serial of the state that it was read from.  What this process
has deleted or moved since is noted with the serial at which that happened.  Where others have
changed the hive there is no note: the cell must then hold a key of the same name in the same
parent.  Where so much has happened that the hive was read anew, cells mean nothing any more, and
the key is found again by its path.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.bulk_delete import CellSet
from anyreg.engine.editor import Editor
from anyreg.engine.hive_state import HiveState
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError, KeyDeletedError
from anyreg.names import fold
from anyreg.problems import Problems
from anyreg.regf.layout import MAX_DEPTH, NONE

_MOST_RELOADS: Final = 16  # each keeps what it replaced; an older handle goes by its cell
_MOST_PRUNED: Final = 64  # large trees whose keys are remembered; an older handle goes by its name


class Notes:
    """Which keys have left their cells, when, and where they went.

    Attributes:
        forgotten: The serial of the newest large deletion that is not remembered any more.
    """

    def __init__(self) -> None:
        self._moves: dict[int, tuple[int, int]] = {}
        self._pruned: list[tuple[int, CellSet]] = []
        self.forgotten = 0

    def note(self, cell: int, serial: int, where: int) -> None:
        """A key has left its cell; NONE: it is gone."""
        self._moves[cell] = (serial, where)

    def note_pruned(self, cells: CellSet, serial: int) -> None:
        """The keys in these cells are gone."""
        self._pruned.append((serial, cells))
        if len(self._pruned) > _MOST_PRUNED:
            self.forgotten = self._pruned.pop(0)[0]

    def followed(self, cell: int, since: int) -> int:
        """Where a key that stood in a cell at some moment is now, NONE if it is gone."""
        while cell != NONE:
            note = self._moves.get(cell)
            moved = note[0] if note is not None and note[0] > since else 0
            bulk_deleted = self._pruned_after(cell, since) if self._pruned else 0
            if bulk_deleted and (not moved or bulk_deleted < moved):
                return NONE
            if note is None or not moved:
                break
            since, cell = note
        return cell

    def _pruned_after(self, cell: int, since: int) -> int:
        """When, after a moment, a cell first went with a large tree; 0 if it did not."""
        for serial, cells in self._pruned:
            if serial > since and cells.holds(cell):
                return serial
        return 0


class Reload:
    """The hive was read anew.

    Attributes:
        serial: The first state after it.
        before: The keys just before.
        after: The keys just after.
        notes: What was noted up to then.
        foreign: The serial at which others had changed the hive until then.
        found: Cells of keys that were there for sure just before.
    """

    def __init__(self, serial: int, before: Tree, after: Tree, notes: Notes, foreign: int) -> None:
        self.serial = serial
        self.before = before
        self.after = after
        self.notes = notes
        self.foreign = foreign
        self.found: set[int] = set()


class Handles:
    """Finds the keys of old handles."""

    def __init__(self, state: HiveState) -> None:
        self._state = state
        self._notes = Notes()
        self._quiet = _quiet(state.tree, state.minor)
        self._reloads: list[Reload] = []
        self._found: set[int] = set()  # cells of keys that are there for sure
        self._found_at = 0  # since this serial
        self._oldest = 0  # of handles from before this serial no path is known

    def note(self, cell: int, where: int) -> None:
        """A key has left its cell in the last state; NONE: it is gone."""
        self._notes.note(cell, self._state.serial, where)

    def note_pruned(self, cells: CellSet) -> None:
        """The keys in these cells are gone in the last state."""
        self._notes.note_pruned(cells, self._state.serial)

    def reloaded(self, before: Tree) -> None:
        """The state was read anew; these were the keys just before."""
        state = self._state
        quiet = _quiet(before, state.minor)
        reload = Reload(state.serial, quiet, state.tree, self._notes, state.foreign_before)
        self._reloads.append(reload)
        self._notes = Notes()
        if len(self._reloads) > _MOST_RELOADS:
            self._oldest = self._reloads.pop(0).serial

    def fresh(self, node: KeyNode, tree: Tree, editor: Editor | None) -> KeyNode:
        """A node that was read at an earlier moment, as it is now.

        Args:
            node: The node.
            tree: The keys as the caller sees them.
            editor: The transaction under way; None without one.

        Raises:
            KeyDeletedError: Its key is gone.
        """
        if self._reloads and self._reloads[-1].serial > node.serial:
            node = self._across_reloads(node)
        cell = self._notes.followed(node.cell, node.serial)
        if editor is not None:
            cell = editor.keys.where_is(cell)
        if cell == NONE:
            raise _deleted(node)
        unsure = max(self._state.foreign, self._notes.forgotten) > node.serial
        if unsure and editor is None:
            tree = self._quiet_tree()
        found = _key_in(tree, cell)
        if found is None or (unsure and not self._is_same(node, found)):
            raise _deleted(node)
        return found

    def _quiet_tree(self) -> Tree:
        """The keys of the last state, for looking at cells that may be anything by now.

        What is met there is no damage of the hive, so nobody is informed of it.
        """
        if self._quiet.serial != self._state.serial:
            self._quiet = _quiet(self._state.tree, self._state.minor)
        return self._quiet

    def _is_same(self, before: KeyNode, after: KeyNode) -> bool:
        """Whether two nodes of one cell are one key, where others may have used the cell anew."""
        if self._found_at != self._state.foreign:
            self._found_at = self._state.foreign
            self._found.clear()
        return _is_same(before, after, self._quiet_tree(), self._found)

    def _across_reloads(self, node: KeyNode) -> KeyNode:
        if node.serial < self._oldest:
            return node  # its path is forgotten: its cell, name and parent must do
        for reload in self._reloads:
            if reload.serial > node.serial:
                node = self._by_path(node, reload)
        return node

    def _by_path(self, node: KeyNode, reload: Reload) -> KeyNode:
        """The key that has, just after a reload, the path which this one had just before."""
        cell = reload.notes.followed(node.cell, node.serial)
        if cell == NONE:
            raise _deleted(node)
        names: list[str] = []
        before = reload.before
        key = _key_in(before, cell)
        unsure = max(reload.foreign, reload.notes.forgotten) > node.serial
        if key is None or (unsure and not _is_same(node, key, before, reload.found)):
            raise _deleted(node)
        if before.depth(key) > MAX_DEPTH:
            raise _deleted(node)
        while key.cell != before.root_cell:
            names.append(key.name)
            key = before.key(before.parent_cell(key))
        found: KeyNode | None = reload.after.root()
        for name in reversed(names):
            found = reload.after.child(found, name) if found is not None else None
        if found is None:
            raise _deleted(node)
        return found


def _key_in(tree: Tree, cell: int) -> KeyNode | None:
    """The key in a cell that may hold anything by now."""
    try:
        return tree.key(cell) if tree.image.cell(cell)[2] > 0 else None
    except CorruptHiveError:
        return None


def _is_same(before: KeyNode, after: KeyNode, tree: Tree, found: set[int]) -> bool:
    """Whether two nodes of one cell are one key, where others may have used the cell anew."""
    if fold(before.name) != fold(after.name):
        return False
    return tree.parent_cell(before) == tree.parent_cell(after) and _is_found(after, tree, found)


def _is_found(node: KeyNode, tree: Tree, found: set[int]) -> bool:
    """Whether a key is there: inside free space its bytes may still look like one.

    Asked for each key once, as those that are found are kept.
    """
    path: list[int] = []
    try:
        while node.cell != tree.root_cell and node.cell not in found:
            path.append(node.cell)
            if len(path) > MAX_DEPTH:
                return False
            parent = tree.key(tree.parent_cell(node))
            child = tree.child(parent, node.name)
            if child is None or child.cell != node.cell:
                return False
            node = parent
    except CorruptHiveError:
        return False
    found.update(path)
    return True


def _quiet(tree: Tree, minor: int) -> Tree:
    """The same keys, with problems of its own."""
    return Tree(tree.image, minor, tree.root_cell, Problems(), tree.serial)


def _deleted(node: KeyNode) -> KeyDeletedError:
    return KeyDeletedError("the key was deleted", path=node.name)
