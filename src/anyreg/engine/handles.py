"""What an old handle of a key stands for now.

A handle is its key's cell, and the serial of the state that it was read from.  What this process
has deleted or moved since is noted with the serial at which that happened.  Where others have
changed the hive there is no note: the cell must then hold a key of the same name in the same
parent.  Where so much has happened that the hive was read anew, cells mean nothing any more, and
the key is found again by its path.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.state import HiveState
from anyreg.engine.tree import KeyNode, Tree
from anyreg.errors import CorruptHiveError, KeyDeletedError
from anyreg.names import fold
from anyreg.regf.layout import NONE

_MOST_RELOADS: Final = 16  # each keeps what it replaced; an older handle goes by its cell


class Reload:
    """The hive was read anew.

    Attributes:
        serial: The first state after it.
        before: The keys just before.
        after: The keys just after.
        gone: What was noted up to then.
    """

    def __init__(
        self, serial: int, before: Tree, after: Tree, gone: dict[int, tuple[int, int]]
    ) -> None:
        self.serial = serial
        self.before = before
        self.after = after
        self.gone = gone


class Handles:
    """Finds the keys of old handles."""

    def __init__(self, state: HiveState) -> None:
        self._state = state
        self._gone: dict[int, tuple[int, int]] = {}
        self._reloads: list[Reload] = []
        self._oldest = 0  # of handles from before this serial no path is known

    def note(self, cell: int, where: int) -> None:
        """A key has left its cell in the last state; NONE: it is gone."""
        self._gone[cell] = (self._state.serial, where)

    def reloaded(self, before: Tree) -> None:
        """The state was read anew; these were the keys just before."""
        state = self._state
        self._reloads.append(Reload(state.serial, before, state.tree, self._gone))
        self._gone = {}
        if len(self._reloads) > _MOST_RELOADS:
            self._oldest = self._reloads.pop(0).serial

    def fresh(self, node: KeyNode, tree: Tree, moved: dict[int, int] | None) -> KeyNode:
        """A node that was read at an earlier moment, as it is now.

        Args:
            node: The node.
            tree: The keys as the caller sees them.
            moved: Where the transaction under way has put keys; None without one.

        Raises:
            KeyDeletedError: Its key is gone.
        """
        if self._reloads and self._reloads[-1].serial > node.serial:
            node = self._across_reloads(node)
        cell = _followed(self._gone, node.cell, node.serial)
        while moved is not None and cell in moved:
            cell = moved[cell]
        if cell == NONE:
            raise _deleted(node)
        try:
            found = tree.key(cell) if tree.image.cell(cell)[2] > 0 else None
        except CorruptHiveError:
            found = None
        if found is None or (self._state.foreign > node.serial and not self._is_same(node, found)):
            raise _deleted(node)
        return found

    def _is_same(self, before: KeyNode, after: KeyNode) -> bool:
        """Whether two nodes of one cell are one key, where others may have used the cell anew."""
        tree = self._state.tree
        parent = tree.parent_cell(before)
        return fold(before.name) == fold(after.name) and parent == tree.parent_cell(after)

    def _across_reloads(self, node: KeyNode) -> KeyNode:
        if node.serial < self._oldest:
            return node  # its path is forgotten: its cell, name and parent must do
        for reload in self._reloads:
            if reload.serial > node.serial:
                node = self._by_path(node, reload)
        return node

    def _by_path(self, node: KeyNode, reload: Reload) -> KeyNode:
        """The key that has, just after a reload, the path which this one had just before."""
        cell = _followed(reload.gone, node.cell, node.serial)
        if cell == NONE:
            raise _deleted(node)
        names: list[str] = []
        before = reload.before
        key = before.key(cell)
        while key.cell != before.root_cell:
            names.append(key.name)
            key = before.key(before.parent_cell(key))
        found: KeyNode | None = reload.after.root()
        for name in reversed(names):
            found = reload.after.child(found, name) if found is not None else None
        if found is None:
            raise _deleted(node)
        return found


def _followed(gone: dict[int, tuple[int, int]], cell: int, since: int) -> int:
    """Where a key that stood in a cell at some moment went, by these notes."""
    note = gone.get(cell)
    while note is not None and note[0] > since:
        since, cell = note
        note = gone.get(cell)
    return cell


def _deleted(node: KeyNode) -> KeyDeletedError:
    return KeyDeletedError("the key was deleted", path=node.name)
