"""The lists that name a key's subkeys, changed as Windows changes them.

Entries stand in the order of the names.  A list has room to grow and is rewritten in place while
it fits; a full leaf becomes several under an index.  lf lists of more than 506 become li.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError, KeyExistsError
from anyreg.names import order_key
from anyreg.regf.layout import (
    BINS_START,
    LF,
    LI,
    LIST_COUNT,
    MAX_FAST_LEAF,
    MAX_LEAF,
    NK_SUBKEY_LIST,
    NK_SUBKEYS,
    NONE,
    RI,
)
from anyreg.regf.lists import (
    build_entry,
    build_index,
    build_list,
    entries_between,
    entry_at,
    entry_size,
    leaf_signature,
    list_size,
    with_leaves,
    without_hints,
)
from anyreg.regf.reads import dword, u16, u32

_FEW_LISTS: Final = 4  # whose entries are counted again at each change
_FIRST_ROOM: Final = 4  # entries that a new list has room for
_DENSE: Final = 8  # new entries of a list are many where it has so many times more at most
_FILLED: Final = MAX_LEAF * 3 // 4  # entries of a list at most that comes of one that was too full


class NewEntries:
    """Entries that are to be put into lists, in the order of their names.

    Attributes:
        is_missing: Whether it is known that no name of them is there already.
        done: How many of them stand in a list.
    """

    def __init__(self, names: list[str], cells: list[int], is_missing: bool) -> None:
        self.is_missing = is_missing
        self.names = names
        self.cells = cells
        self.orders = [order_key(name) for name in names]
        self.done = 0


class SubkeyLists:
    """Insert and remove entries in the lists of any key of a transaction."""

    def __init__(self, changes: CellChanges, tree: Tree) -> None:
        """Work on a transaction.

        Args:
            changes: The transaction.
            tree: A tree that reads it.
        """
        self._changes = changes
        self._tree = tree
        self._counted: set[int] = set()  # keys of many lists whose number of subkeys is right

    def insert(self, key: int, names: list[str], cells: list[int], is_missing: bool = True) -> None:
        """Name new subkeys in a key's lists, each of which is written once.

        Args:
            key: Cell of the key.
            names: The subkeys' names in their order.
            cells: Their cells.
            is_missing: Whether the caller has looked, and none is in the lists yet.

        Raises:
            KeyExistsError: One of them is there already.
        """
        owner = self._changes.payload(key)
        top = u32(owner, NK_SUBKEY_LIST)
        if top == NONE or not u32(owner, NK_SUBKEYS):  # what no key is in means nothing
            signature = leaf_signature(self._tree.minor, len(names))
            empty = build_list(signature, 0, b"")
            top = self._changes.add(empty, key, list_size(signature, _FIRST_ROOM))
            self._set_top(key, top)
        payload = self._changes.payload(top)
        new = NewEntries(names, cells, is_missing)
        if u16(payload, 0) == RI:
            self._insert_below_index(key, top, payload, new)
            return
        leaves = self._merge(key, top, payload, new, len(cells))
        if len(leaves) > 1:
            room = list_size(RI, len(leaves) + _FIRST_ROOM)
            self._set_top(key, self._changes.add(build_index(leaves), key, room))
        elif leaves[0] != top:
            self._set_top(key, leaves[0])

    def remove(self, key: int, name: str, child: int) -> None:
        """Take a subkey out of a key's lists.

        Raises:
            CorruptHiveError: The lists do not name it where it should stand.
        """
        top = u32(self._changes.payload(key), NK_SUBKEY_LIST)
        payload = self._changes.payload(top)
        if u16(payload, 0) != RI:
            if self._remove_from(top, payload, name, child) == 0:
                self._changes.free(top)
                self._set_top(key, NONE)
            return
        number = self._leaf_for(payload, order_key(name), 0)
        leaf = entry_at(payload, number, 4)
        if self._remove_from(leaf, self._changes.payload(leaf), name, child):
            return
        self._changes.free(leaf)
        if u16(payload, LIST_COUNT) > 1:
            self._changes.put(top, with_leaves(payload, number, []))
        else:
            self._changes.free(top)
            self._set_top(key, NONE)

    def require_counted(self, key: int) -> None:
        """See that a key counts its subkeys rightly before its lists change.

        A wrong number is mended where all that the lists name is this key's own.

        Raises:
            CorruptHiveError: It cannot be found out which subkeys the key has.
        """
        if key in self._counted:
            return
        node = self._tree.key(key)
        count, lists = self._tree.listed_count(node)
        if count != self._tree.subkey_count(node):
            self._mend_count(node, count)  # which may be undone, so it is looked at again
        elif lists > _FEW_LISTS:
            self._counted.add(key)

    def forget(self, key: int) -> None:
        """Another key has come into this cell."""
        self._counted.discard(key)

    def _mend_count(self, node: KeyNode, count: int) -> None:
        claimed = self._tree.subkey_count(node)
        if self._tree.own_children(node) != count or not claimed or not count:
            raise CorruptHiveError(
                f"the key {node.name!r} has another number of subkeys than it says",
                offset=BINS_START + node.cell,
                expected=f"{count}",
                actual=f"{claimed}",
            )
        self._changes.patch(node.cell, NK_SUBKEYS, dword(count))

    # One leaf

    def _merge(self, key: int, leaf: int, payload: bytes, new: NewEntries, end: int) -> list[int]:
        """Put the next entries, up to one, into a leaf; the cells of the leaves that come of it."""
        signature = u16(payload, 0)
        total = u16(payload, LIST_COUNT) + end - new.done
        if signature == LF and total > MAX_FAST_LEAF:
            payload = without_hints(payload)
            signature = LI
        parts: list[bytes] = []
        at = 0
        for index, place in enumerate(self._places(payload, new, end), new.done):
            parts.append(entries_between(payload, at, place))
            parts.append(build_entry(signature, new.cells[index], new.names[index]))
            at = place
        parts.append(entries_between(payload, at, u16(payload, LIST_COUNT)))
        new.done = end
        return self._put_entries(key, leaf, signature, b"".join(parts), total)

    def _places(self, payload: bytes, new: NewEntries, end: int) -> list[int]:
        """Where in a leaf each of the next entries is put, counted in its entries of now.

        Raises:
            KeyExistsError: One of their names stands there.
        """
        step = entry_size(u16(payload, 0))
        count: int = u16(payload, LIST_COUNT)
        known: list[bytes] = []
        if (end - new.done) * _DENSE > count:  # each name is read once
            known = [self._order_at(payload, index, step) for index in range(count)]
        places: list[int] = []
        place = 0
        for index in range(new.done, end):
            order = new.orders[index]
            if known:
                place = bisect_left(known, order, place)
            else:
                place = self._position(payload, order, place)
            if (
                not new.is_missing
                and place < count
                and order == (known[place] if known else self._order_at(payload, place, step))
            ):
                raise KeyExistsError("there is such a key already", path=new.names[index])
            places.append(place)
        return places

    def _put_entries(
        self, key: int, leaf: int, signature: int, entries: bytes, count: int
    ) -> list[int]:
        """Write entries into a leaf, or where they do not fit into new ones instead."""
        whole = build_list(signature, count, entries) if count <= MAX_LEAF else b""
        if whole and len(whole) <= self._changes.capacity(leaf):
            self._changes.put(leaf, whole)
            return [leaf]
        self._changes.free(leaf)
        step = entry_size(signature)
        leaves = 1 if count <= MAX_LEAF else (count + _FILLED - 1) // _FILLED
        made: list[int] = []
        first = 0
        for left in range(leaves, 0, -1):
            size = (count - first) // left
            part = entries[step * first : step * (first + size)]
            room = list_size(signature, min(MAX_LEAF, size + size // 2 + _FIRST_ROOM))
            made.append(self._changes.add(build_list(signature, size, part), key, room))
            first += size
        return made

    def _remove_from(self, leaf: int, payload: bytes, name: str, child: int) -> int:
        """Take an entry out of a leaf; how many are left.  An empty leaf is left to the caller."""
        count = u16(payload, LIST_COUNT)
        step = entry_size(u16(payload, 0))
        index = self._position(payload, order_key(name), 0)
        if index >= count or entry_at(payload, index, step) != child:
            raise CorruptHiveError(
                f"subkey {name!r} is not where the order of its list puts it",
                offset=BINS_START + leaf,
            )
        if count > 1:
            before = entries_between(payload, 0, index)
            behind = entries_between(payload, index + 1, count)
            self._changes.put(leaf, build_list(u16(payload, 0), count - 1, before + behind))
        return count - 1

    def _position(self, payload: bytes, wanted: bytes, low: int) -> int:
        """The index of the first entry, from one on, whose name is not less than this one."""
        step = entry_size(u16(payload, 0))
        high: int = u16(payload, LIST_COUNT)
        # Names often come in order: look behind the last entry first.
        if high > low and self._order_at(payload, high - 1, step) < wanted:
            return high
        while low < high:
            middle = (low + high) // 2
            if self._order_at(payload, middle, step) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _order_at(self, payload: bytes, index: int, step: int) -> bytes:
        return order_key(self._tree.key(entry_at(payload, index, step)).name)

    # Leaves below an index

    def _insert_below_index(self, key: int, index: int, payload: bytes, new: NewEntries) -> None:
        number = 0
        before = payload
        while new.done < len(new.cells):
            number = self._leaf_for(payload, new.orders[new.done], number)
            leaf = entry_at(payload, number, 4)
            listed = self._changes.payload(leaf)
            end = len(new.cells)
            if number + 1 < u16(payload, LIST_COUNT) and end > new.done + 1:
                end = bisect_right(new.orders, self._last_order(listed), new.done + 1)
            made = self._merge(key, leaf, listed, new, end)
            if len(made) > 1 or made[0] != leaf:
                payload = with_leaves(payload, number, made)
            number += len(made) - 1
        if payload is not before:
            self._replace_index(key, index, payload)

    def _leaf_for(self, payload: bytes, wanted: bytes, low: int) -> int:
        """The number of the leaf, from one on, in which a name stands or would stand."""
        high: int = u16(payload, LIST_COUNT) - 1
        while low < high:
            middle = (low + high) // 2
            listed = self._changes.payload(entry_at(payload, middle, 4))
            if self._last_order(listed) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _last_order(self, listed: bytes) -> bytes:
        last = u16(listed, LIST_COUNT) - 1
        return self._order_at(listed, last, entry_size(u16(listed, 0)))

    def _replace_index(self, key: int, index: int, payload: bytes) -> None:
        if len(payload) <= self._changes.capacity(index):
            self._changes.put(index, payload)
            return
        moved = self._changes.add(payload, key, 2 * len(payload))
        self._changes.free(index)
        self._set_top(key, moved)

    def _set_top(self, key: int, cell: int) -> None:
        self._changes.patch(key, NK_SUBKEY_LIST, dword(cell))
