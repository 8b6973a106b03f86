"""Changes to keys and values, inside one transaction.

Keys are named by their cells.  Last-written times change as in Windows: a key's own when a value
of it or a subkey directly below it comes, goes or changes; setting the same data again changes
nothing.  Every limit is looked at before the first change.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.bulk_delete import BulkDelete, CellSet
from anyreg.engine.bulk_subkeys import BulkSubkeys
from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.key_cells import KeyCells
from anyreg.engine.key_moves import KeyMoves
from anyreg.engine.key_names import check_key_name, check_stored_name, class_bytes
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.security_cells import SecurityCells
from anyreg.engine.subkey_lists import SubkeyLists
from anyreg.engine.tree import Tree
from anyreg.engine.value_cells import ValueCells
from anyreg.errors import HasSubkeysError, KeyExistsError, LimitError
from anyreg.facts import Facts
from anyreg.names import fold, units
from anyreg.new_keys import NewKey
from anyreg.problems import Problems
from anyreg.regf.layout import (
    KEY_COMPRESSED,
    KEY_NO_DELETE,
    KEY_ROOT,
    NK_CLASS_SIZE,
    NK_FLAGS,
    NK_MAX_CLASS,
    NK_PARENT,
    NK_SECURITY,
    NK_SUBKEYS,
    NONE,
)
from anyreg.regf.reads import dword, u16, u32
from anyreg.regf.records import renamed_key
from anyreg.values import Value

_MANY: Final = 4096  # keys of a deleted tree that are remembered one by one
_ALWAYS_HERE: Final = KEY_ROOT | KEY_NO_DELETE


class Editor:
    """The verbs that change a hive.

    Attributes:
        changes: The transaction.
        tree: Reads the state inside the transaction.
        keys: Which keys it has made, moved and deleted.
    """

    def __init__(
        self,
        changes: CellChanges,
        minor: int,
        root: int,
        known: dict[bytes, int],
    ) -> None:
        """Edit within a transaction, once restart() has begun it.

        Args:
            changes: The transaction.
            minor: Format version of the hive.
            root: Cell of the root key.
            known: Security records by descriptor, kept from one transaction to the next.
        """
        self.changes = self._changes = changes
        self._root = root
        self._minor = minor
        self.now = 0
        self.tree = Tree(changes, minor, root, Problems())
        self.tree.mends = False
        self._nodes = KeyCells(changes)
        self._lists = SubkeyLists(changes, self.tree)
        self._values = ValueCells(changes, self.tree, minor)
        self._security = SecurityCells(changes, root, known)
        self.keys = KeyMoves()
        self._many = BulkSubkeys(
            changes, self.tree, self._nodes, self._lists, self._values, self._security, self.keys
        )

    def restart(self, now: int, committed: Tree) -> None:
        """The transaction has begun anew.

        Args:
            now: FILETIME of everything that changes.
            committed: The keys as they are before it.
        """
        self.now = now
        self.tree.begin_over(committed)
        self._values.rewritten.clear()
        self._security.begin_again()
        self.keys.restart()

    @property
    def rewritten(self) -> set[int]:
        """The cells of values that were given another type or other data."""
        return self._values.rewritten

    def begin(self) -> None:
        """Enter a savepoint."""
        self.keys.begin()
        self.tree.orders.begin()
        self._changes.begin()

    def commit(self) -> None:
        """Leave a savepoint; what it did counts for the level around it."""
        self.keys.commit()
        self.tree.orders.commit()
        self._changes.commit_level()

    def roll_back(self) -> list[int]:
        """Leave a savepoint and undo what it did.

        Returns:
            The cells of the keys that it had made.
        """
        self._changes.roll_back_level()
        self.tree.orders.roll_back()
        self.tree.known.undo()
        self._security.forget()
        return self.keys.roll_back()

    # Keys

    def create(
        self,
        parent: int,
        name: str,
        class_name: str = "",
        descriptor: bytes = b"",
        flags: int = 0,
        is_missing: bool = False,
    ) -> int:
        """A new subkey.

        Args:
            parent: The key it is made in.
            name: Its name: any that a key node can hold, also what no path can name.
            class_name: "" for none.
            descriptor: Its security descriptor; b"" for what it inherits from the parent.
            flags: KEY_ flags, such as KEY_LINK.
            is_missing: Whether the caller has looked, and there is none of that name.

        Returns:
            Its cell.

        Raises:
            KeyExistsError: There is a subkey of that name.
            LimitError: The name or the class name is too long.
            HiveFullError: The hive cannot grow so far.
        """
        check_stored_name(name)
        text = class_bytes(class_name)
        self._lists.require_counted(parent)
        above = self._changes.payload(parent)
        if not is_missing and self.tree.child(self.tree.key(parent), name) is not None:
            raise KeyExistsError("there is such a key already", path=name)
        cell = self._nodes.add(parent, name, flags, self.now)
        self._arrive(cell)
        if descriptor:
            security = self._security.find_or_add(descriptor, cell)
        else:
            security = self._security.inherit(u32(above, NK_SECURITY), cell)
        self._changes.patch(cell, NK_SECURITY, dword(security))
        if text:
            self._nodes.set_class(cell, text)
        self._add_to_parent(parent, name, cell, len(text))
        return cell

    def _arrive(self, cell: int) -> None:
        """A key stands in a cell that was no key before, or another one."""
        self.keys.arrive(cell)
        self.tree.known.forget(cell)

    def bulk_insert(self, parent: int, keys: list[NewKey]) -> None:
        """Many new subkeys with all below them, at one go.

        They have the security descriptors that they inherit from the key that they are made in.

        Args:
            parent: That key.
            keys: What is to be made.

        Raises:
            KeyExistsError: There is a subkey of one of these names, or two are the same.
            LimitError: A name or a value is not allowed.
            HiveFullError: The hive cannot grow so far.
        """
        self._lists.require_counted(parent)
        self._many.insert(parent, keys, self.now)
        self._stamp(parent)

    def _add_to_parent(self, parent: int, name: str, cell: int, class_size: int) -> None:
        self._lists.insert(parent, [name], [cell])
        self._nodes.count_subkeys(parent, 1, 2 * units(name), class_size)
        self._stamp(parent)

    def _remove_from_parent(self, cell: int, name: str) -> None:
        parent = u32(self._changes.payload(cell), NK_PARENT)
        self._lists.require_counted(parent)
        self._lists.remove(parent, name, cell)
        self._nodes.count_subkeys(parent, -1)
        self._stamp(parent)

    def delete(self, cell: int, recursive: bool = False) -> None:
        """Delete a key, and all below it if recursive.

        Raises:
            HasSubkeysError: It has subkeys, and they shall not go with it.
            LimitError: It is the root.
        """
        payload = self._changes.payload(cell)
        if cell == self._root:
            raise LimitError("the root key of a hive cannot be deleted: it is the hive")
        flags = u16(payload, NK_FLAGS)
        if flags & _ALWAYS_HERE:
            raise LimitError(f"the hive marks this key as one that stays (flags 0x{flags:04x})")
        self._lists.require_counted(cell)
        if u32(self._changes.payload(cell), NK_SUBKEYS) and not recursive:
            raise HasSubkeysError("the key has subkeys")
        self._remove_from_parent(cell, self.tree.key(cell).name)
        self._free_tree(cell)

    def _free_tree(self, top: int) -> None:
        """Free every cell of a key that no list names any more, and of all below it."""
        deletion = BulkDelete(self._changes, self.tree, self._values)
        deletion.bulk_delete(top)
        for record, uses in deletion.descriptors.items():
            self._security.drop(record, uses)
        if len(deletion.keys) > _MANY:
            self.keys.bulk_deleted.append(CellSet(deletion.keys, top))
        else:
            for cell in deletion.keys:
                self.keys.depart(cell, NONE)

    def rename(self, cell: int, name: str) -> int:
        """Give a key another name.

        Returns:
            Its cell from now on: a longer name may not fit the old one.

        Raises:
            KeyExistsError: A sibling has that name.
            LimitError: The name is not allowed, or the key is the root.
        """
        check_key_name(name)
        payload = self._changes.payload(cell)
        if cell == self._root:
            raise LimitError("the root key cannot be renamed")
        parent = u32(payload, NK_PARENT)
        old = self.tree.key(cell).name
        other_name = fold(old) != fold(name)
        if other_name and self.tree.child(self.tree.key(parent), name) is not None:
            raise KeyExistsError("there is such a key already", path=name)
        self._remove_from_parent(cell, old)
        cell = self._put_name(cell, payload, name)
        self._add_to_parent(parent, name, cell, u16(payload, NK_CLASS_SIZE))
        self._stamp(cell)
        return cell

    def _put_name(self, cell: int, payload: bytes, name: str) -> int:
        """Write a name into a key node; its cell, a new one where the name does not fit."""
        renamed = renamed_key(payload, name)
        if len(renamed) <= len(payload):
            self._changes.put(cell, renamed)
            return cell
        moved = self._changes.add(renamed, cell)
        for child in self.tree.children(self.tree.key(cell)):
            self._changes.patch(child.cell, NK_PARENT, dword(moved))
        self._changes.free(cell)
        self.tree.orders.forget(moved)
        self._lists.forget(moved)
        self._arrive(moved)
        self.keys.depart(cell, moved)
        return moved

    # Class names, security, flags

    def set_class(self, cell: int, class_name: str) -> None:
        """Give a key a class name; "" takes it away.

        Raises:
            LimitError: It is longer than 32,767 units.
        """
        text = class_bytes(class_name)
        self._nodes.change_class(cell, text)
        if cell != self._root:
            parent = self.tree.key(u32(self._changes.payload(cell), NK_PARENT))
            if u32(parent.data, parent.at + NK_MAX_CLASS) < len(text):
                self._changes.patch(parent.cell, NK_MAX_CLASS, dword(len(text)))
        self._stamp(cell)

    def set_security(self, cell: int, descriptor: bytes) -> None:
        """Give a key another self-relative security descriptor."""
        before = u32(self._changes.payload(cell), NK_SECURITY)
        after = self._security.find_or_add(descriptor, cell)
        if before != NONE:
            self._security.drop(before)
        self._changes.patch(cell, NK_SECURITY, dword(after))
        self._stamp(cell)

    def set_flags(self, cell: int, flags: int) -> None:
        """Set the KEY_ flags of a key; that of the name's form stays as it is.

        Raises:
            NotSupportedError: It has values, and is to stand for a predefined handle, or the other
                way round: where values are counted such a key has the handle.
        """
        self._nodes.set_flags(cell, flags)

    # Values

    def set_value(self, cell: int, value: Value) -> bool:
        """Make a value, or change the one of that name, whose spelling stays.

        Returns:
            Whether anything changed: setting the same type and bytes again does not.

        Raises:
            LimitError: The name is too long.
            HiveFullError: The hive cannot grow so far.
        """
        return self.put_value(self.tree.key(cell), value)

    def put_value(self, node: KeyNode, value: Value) -> bool:
        """As set_value, of a key that is known as it is now."""
        changed = self._values.set(node, value)
        if changed:
            self._stamp(node.cell)
        return changed

    def assign(self, node: KeyNode, name: str, datum: object) -> bool:
        """As put_value, for what encode_over() takes: the type stays unless the data names one."""
        changed = self._values.assign(node, name, datum)
        if changed:
            self._stamp(node.cell)
        return changed

    def set_values(self, cell: int, values: list[Value]) -> bool:
        """As set_value for many values of one key, much faster than one by one."""
        changed = self._values.set_many(cell, values)
        if changed:
            self._stamp(cell)
        return changed

    def remove_value(self, cell: int, name: str) -> bool:
        """Delete a value.

        Returns:
            Whether there was one.
        """
        removed = self._values.remove(cell, name)
        if removed:
            self._stamp(cell)
        return removed

    # Exact states

    def rewrite(self, cell: int, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before, its time included.

        Args:
            cell: The key.
            facts: Its class, descriptor, flags and time.
            values: Its values, in order; None: they stay as they are.

        Raises:
            HiveFullError: The hive cannot grow so far.
        """
        if values is not None:
            self._values.arrange(cell, values)
        # The time may be the one that it has: its changes are found by another place of the list.
        self._values.move_list(cell)
        node = self.tree.key(cell)
        if self.tree.class_name(node) != facts.class_name:
            self.set_class(cell, facts.class_name)
        if facts.descriptor and self.tree.descriptor(node) != facts.descriptor:
            self.set_security(cell, facts.descriptor)
        if self.tree.flags(node) & ~KEY_COMPRESSED != facts.flags:
            self.set_flags(cell, facts.flags)
        self._nodes.stamp(cell, facts.last_written)

    def _stamp(self, cell: int) -> None:
        self._nodes.stamp_change(cell, self.now)

    # Looking

    def frozen_tree(self) -> Tree:
        """The keys as they are at this moment of the transaction, for a copy within the hive."""
        return Tree(self._changes.snapshot(), self._minor, self._root, Problems())
