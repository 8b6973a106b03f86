"""Many new keys of one parent, with all below them, inside a transaction."""

from __future__ import annotations

from anyreg.engine.bulk_insert import BulkInsert
from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.key_cells import KeyCells
from anyreg.engine.key_moves import KeyMoves
from anyreg.engine.key_names import check_stored_name, class_bytes
from anyreg.engine.security_cells import SecurityCells
from anyreg.engine.sorted_lists import UNKNOWN
from anyreg.engine.subkey_lists import SubkeyLists
from anyreg.engine.tree import Tree
from anyreg.engine.value_cells import ValueCells
from anyreg.errors import HiveFullError, KeyExistsError
from anyreg.names import fold, units
from anyreg.new_keys import NewKey
from anyreg.regf.layout import NK_SECURITY, NK_SUBKEY_LIST, NONE
from anyreg.regf.reads import dword, u32


class BulkSubkeys:
    """Puts trees of new keys into a hive."""

    def __init__(
        self,
        changes: CellChanges,
        tree: Tree,
        nodes: KeyCells,
        lists: SubkeyLists,
        values: ValueCells,
        security: SecurityCells,
        keys: KeyMoves,
    ) -> None:
        """Work on a transaction, with what an Editor has for it."""
        self._changes = changes
        self._tree = tree
        self._nodes = nodes
        self._lists = lists
        self._values = values
        self._security = security
        self._keys = keys

    def insert(self, parent: int, keys: list[NewKey], now: int) -> None:
        """Make the keys, each with what it inherits from the one above; see Editor."""
        self._check(parent, keys)
        payload = self._changes.payload(parent)
        is_first = u32(payload, NK_SUBKEY_LIST) == NONE
        records = self._inherited(u32(payload, NK_SECURITY), parent, keys)
        bulk_insert = BulkInsert(self._changes.size, self._tree.minor, now, records)
        try:
            bulk_insert.lay(parent, keys, is_first)
        except HiveFullError:
            for record in records:
                if record != NONE:
                    self._security.drop(record)
            raise
        self._changes.bulk_insert(bulk_insert.bins, bulk_insert.sizes)
        self._count_uses(records, bulk_insert)
        for planned in bulk_insert.keys:
            self._keys.arrive(planned.cell)
            self._tree.known.forget(planned.cell)
        cells = [planned.cell for planned in bulk_insert.tops]
        self._keys.bulk_inserted.extend(cells)
        if is_first:
            self._changes.patch(parent, NK_SUBKEY_LIST, dword(bulk_insert.top_list))
        else:
            self._lists.insert(
                parent, [planned.key.name for planned in bulk_insert.tops], cells, False
            )
        longest = max([2 * units(key.name) for key in keys])
        longest_class = max([2 * units(key.class_name) for key in keys])
        self._nodes.count_subkeys(parent, len(keys), longest, longest_class)

    def _inherited(self, above: int, parent: int, keys: list[NewKey]) -> list[int]:
        """The security records of each level of new keys; the last is that of all below it.

        Each counts one key that uses it.
        """
        first = self._security.inherit(above, parent)
        records = [first]
        if first != above:  # what is inherited from it may be another one again
            deepest = max([top.depth() for top in keys])
            while len(records) < deepest:
                record = self._security.inherit(records[-1], parent)
                records.append(record)
                if record == records[-2]:
                    break
        return records

    def _count_uses(self, records: list[int], bulk_insert: BulkInsert) -> None:
        uses = [0 for _ in records]
        last = len(records) - 1
        if last == 0:
            uses[0] = len(bulk_insert.keys)
        else:
            for planned in bulk_insert.keys:
                uses[min(planned.level, last)] += 1
        for record, count in zip(records, uses, strict=True):
            if record != NONE and count > 1:
                self._security.use(record, count - 1)

    def _check(self, parent: int, keys: list[NewKey]) -> None:
        """Refuse what is not allowed; lists in order are looked at when names are put into them."""
        node = self._tree.key(parent)
        names: set[str] = set()
        for top in keys:
            folded = fold(top.name)
            in_order = self._tree.orders.kind(parent) != UNKNOWN
            is_there = not in_order and self._tree.child(node, top.name) is not None
            if folded in names or is_there:
                raise KeyExistsError("there is such a key already", path=top.name)
            names.add(folded)
            for key in top.all_keys():
                check_stored_name(key.name)
                class_bytes(key.class_name)
                self._values.check(key.values.values())
