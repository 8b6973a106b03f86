"""Change one thing in a damaged hive, and look whether anything else has changed with it.

A change may be refused by an error of the package; then nothing at all may be different.  Keys are
compared by their cells: those of keys that nobody touches never move.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from anyreg import RegistryError
from anyreg.engine.editor import Editor
from anyreg.engine.hive import Hive
from anyreg.engine.memory_disk import MemoryDisk, MemoryStorage
from anyreg.engine.recover import parse_log
from anyreg.engine.writable import WritableHive
from anyreg.values import Value

HIVE = "mutant"
NEW = "a new name"
DESCRIPTOR = bytes.fromhex("01000480000000000000000000000000140000000200080000000000")


@dataclass(frozen=True)
class Row:
    """All that reading gives of a key."""

    name: str
    above: int
    class_name: str
    descriptor: bytes
    flags: int
    last_written: int
    values: tuple[tuple[str, int, bytes], ...]


Rows = dict[int, Row]


def rows_of(files: dict[str, bytes]) -> Rows:
    """The keys of a hive, opened for reading with its logs; none where it is refused."""
    logs = [parse_log(name, data) for name, data in files.items() if name != HIVE]
    try:
        storage = MemoryStorage(files[HIVE])
        tree = Hive(storage, HIVE, [log for log in logs if log is not None]).tree
    except RegistryError:
        return {}
    rows: Rows = {}
    stack = [(tree.root(), 0)]
    while stack:
        node, above = stack.pop()
        rows[node.cell] = Row(
            node.name,
            above,
            tree.class_name(node),
            tree.descriptor(node),
            tree.flags(node),
            node.last_written,
            tuple((value.name, value.type, value.raw) for value in tree.records(node)),
        )
        stack.extend((child, node.cell) for child in tree.children(node))
    return rows


class Change:
    """One change to one key, and what it may do to what is read."""

    def __init__(self, rows: Rows, random: Random) -> None:
        self.rows = rows
        self.random = random
        self.cell = random.choice(list(rows))
        self.kind = random.choice(list(KINDS))

    def make(self, editor: Editor) -> None:
        """Make it."""
        KINDS[self.kind](self, editor)

    def create(self, editor: Editor) -> None:
        editor.create(self.cell, NEW)

    def set_value(self, editor: Editor) -> None:
        editor.set_value(self.cell, Value(NEW, 3, self.data()))

    def overwrite(self, editor: Editor) -> None:
        names = [name for name, _, _ in self.rows[self.cell].values]
        name = self.random.choice(names) if names else NEW
        editor.set_value(self.cell, Value(name, 3, self.data()))

    def data(self) -> bytes:
        return self.random.randbytes(self.random.choice((0, 3, 20, 100, 3000, 20000)))

    def remove(self, editor: Editor) -> None:
        for name, _, _ in self.rows[self.cell].values[:1]:
            editor.remove_value(self.cell, name)

    def delete(self, editor: Editor) -> None:
        editor.delete(self.cell, True)

    def rename(self, editor: Editor) -> None:
        editor.rename(self.cell, self.random.choice(("x", NEW * 5)))

    def secure(self, editor: Editor) -> None:
        editor.set_security(self.cell, DESCRIPTOR)

    def classify(self, editor: Editor) -> None:
        editor.set_class(self.cell, NEW)

    # What may differ

    def below(self, top: int) -> set[int]:
        """A key and all below it."""
        found = {top}
        for cell, row in self.rows.items():  # those above come first
            if row.above in found:
                found.add(cell)
        return found

    def complaint(self, after: Rows) -> str:
        """What else has changed, "" for nothing."""
        before = dict(self.rows)
        above = before[self.cell].above
        if self.kind == "delete":
            for cell in self.below(self.cell):
                del before[cell]
        elif self.kind in ("rename", "create"):
            new = [cell for cell in after if cell not in before]
            if len(new) > 1:
                return f"new keys: {new}"
            if self.kind == "rename" and new:
                moved = before.pop(self.cell)
                before = {
                    cell: replace(row, above=new[0]) if row.above == self.cell else row
                    for cell, row in before.items()
                }
                before[new[0]] = moved
                self.cell = new[0]
            elif new:
                after = {cell: row for cell, row in after.items() if cell != new[0]}
        touched = {self.cell, above}
        if before.keys() != after.keys():
            lost = sorted(before.keys() - after.keys())
            return f"lost {lost}, came {sorted(after.keys() - before.keys())}"
        for cell, row in before.items():
            if cell not in touched:
                if row != after[cell]:
                    return f"key {cell:x}: {row} became {after[cell]}"
            elif self.core(cell, row) != self.core(cell, after[cell]):
                return f"touched key {cell:x}: {row} became {after[cell]}"
        return ""

    def core(self, cell: int, row: Row) -> Row:
        """What must stay of a key that was touched."""
        row = replace(row, last_written=0)
        if cell == self.cell and self.kind == "rename":
            row = replace(row, name="", flags=row.flags & ~0x20)
        if cell == self.cell and self.kind == "secure":
            row = replace(row, descriptor=b"")
        if cell == self.cell and self.kind == "classify":
            row = replace(row, class_name="")
        if cell == self.cell and self.kind in ("set_value", "overwrite", "remove"):
            row = replace(row, values=())
        return row

    def values_complaint(self, after: Rows) -> str:
        """What else has changed of the values of the key, "" for nothing."""
        if self.kind not in ("set_value", "overwrite", "remove"):
            return ""
        old = list(self.rows[self.cell].values)
        new = list(after[self.cell].values)
        same = min(len(old), len(new))
        if self.kind == "remove":
            return "" if new == old[1:] else f"values {old} became {new}"
        differing = [index for index in range(same) if old[index] != new[index]]
        if len(differing) > 1 or len(new) - len(old) not in (0, 1):
            return f"values {old} became {new}"
        return ""


KINDS: dict[str, Callable[[Change, Editor], None]] = {
    "create": Change.create,
    "set_value": Change.set_value,
    "overwrite": Change.overwrite,
    "remove": Change.remove,
    "delete": Change.delete,
    "rename": Change.rename,
    "secure": Change.secure,
    "classify": Change.classify,
}


def change_one(data: bytes, logs: dict[str, bytes], random: Random) -> tuple[str, bool]:
    """Make one change in a mutant: what went wrong, "" if nothing did, and whether it was made."""
    files = {HIVE: data}
    files.update({f"{HIVE}.LOG{number}": log for number, log in enumerate(logs.values(), 1)})
    before = rows_of(files)
    disk = MemoryDisk()
    for name, content in files.items():
        disk.create(name).write(0, content)
    try:
        hive = WritableHive(disk, HIVE)
    except RegistryError as error:
        if {name: file.read(0, 1 << 30) for name, file in disk.files.items()} != files:
            return "a hive that was refused was written", False
        return ("" if HIVE in str(error) else f"no file is named: {error}"), False
    if not before:
        return "a hive that cannot be read was opened for writing", False
    change = Change(before, random)
    made = True
    try:
        with hive.transaction() as editor:
            change.make(editor)
    except RegistryError:
        made = False
    hive.close()
    after = rows_of({name: disk.files[name].read(0, 1 << 30) for name in disk.files})
    if not made:
        return ("" if after == before else "a change that was refused changed something"), False
    wrong = change.complaint(after) or change.values_complaint(after)
    return (f"{change.kind} of {change.cell:x}: {wrong}" if wrong else ""), True
