"""check(): every structural problem of a hive, changing nothing.

Bins must be tiled by cells; every cell in use must be named by one thing, and every reference
must name a cell in use; keys must name their parents, lists must be in order with the right
hashes, counts and maxima must be right; security records must stand in one circle, each counting
the keys that use it.

Cells in use that nothing names cost room and do no harm: Windows leaves some itself.  They are
counted in one problem.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mypy_extensions import i64

from anyreg.engine.cell_map import CellMap
from anyreg.engine.hive import Hive
from anyreg.engine.image import Image
from anyreg.engine.subkey_reader import SubkeyList
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError
from anyreg.names import lf_hint, lh_hash, order_key, units
from anyreg.paths import join_path
from anyreg.problems import Problem, Problems
from anyreg.regf.data import is_segmented, segment_count
from anyreg.regf.layout import (
    BINS_START,
    CELL_HEADER,
    DATA_INLINE_MOST,
    KEY_PREDEFINED,
    LF,
    LH,
    NONE,
    RI,
    SEGMENT,
)
from anyreg.regf.reads import u32
from anyreg.regf.records import (
    KeyRecord,
    SecurityRecord,
    ValueRecord,
    parse_big_data,
    parse_key,
    parse_security,
    parse_value,
)

_LOW_HALF: Final = 0xFFFF
_LONG_PATH: Final = 4096
_MOST_PAYLOAD: Final = 1 << 17


def check_hive(hive: Hive, on_key: Callable[[], None] | None = None) -> list[Problem]:
    """Every structural problem of a hive, those met in opening it first.

    Args:
        hive: The hive.
        on_key: Called for each key, to show progress.
    """
    problems = Problems()
    for problem in hive.opening_problems:
        problems.note(*problem)
    Checker(hive.tree.image, hive.minor, hive.base.root, problems).run(on_key)
    return problems.found


class Checker:
    """One check of one image."""

    def __init__(self, image: Image, minor: int, root: int, problems: Problems) -> None:
        self._image = image
        self._minor: i64 = minor
        self._root: i64 = root
        self._problems = problems
        self._lists = Tree(image, minor, root, problems)
        self._cells = CellMap(image, problems)
        self._users: dict[int, int] = {}  # keys that use each security record

    def run(self, on_key: Callable[[], None] | None = None) -> None:
        """Note every problem.

        Args:
            on_key: Called for each key, to show progress.
        """
        stack: list[tuple[int, int, str]] = []
        if self._cells.name(self._root, "key node", ""):
            stack.append((self._root, -1, ""))
        while stack:
            cell, parent, path = stack.pop()
            if on_key is not None:
                on_key()
            record = self._key(cell, parent, path)
            if record is not None:
                self._values(record, path)
                below = self._subkeys(cell, record, path)
                stack.extend(reversed(below))
        self._check_security()
        self._check_unnamed()

    # Keys

    def _key(self, cell: i64, parent: i64, path: str) -> KeyRecord | None:
        try:
            record = parse_key(self._payload(cell))
        except CorruptHiveError as error:
            self._note_error(cell, error, path)
            return None
        if parent >= 0 and record.parent != parent:
            self._note(cell, "wrong parent", f"0x{parent:x}", f"0x{record.parent:x}", path)
        if record.security != NONE and self._cells.share(record.security, "security", path):
            self._users[record.security] = self._users.get(record.security, 0) + 1
        elif record.security == NONE:
            self._note(cell, "key without security", "", "", path)
        if record.class_cell != NONE and record.class_size:
            self._data(record.class_cell, record.class_size, "class name", path)
        return record

    def _subkeys(self, cell: i64, record: KeyRecord, path: str) -> list[tuple[int, int, str]]:
        """The keys to go on with, after a look at the lists that name them."""
        if record.subkeys == 0:
            return []
        below: list[tuple[int, int, str]] = []
        last: bytes | None = None  # no name yet: one may be empty
        longest = longest_class = 0
        for subkeys in self._leaves(record, path):
            for index in range(subkeys.count):
                at: i64 = subkeys.at + index * subkeys.step
                child = u32(subkeys.data, at)
                name, class_size = self._name_of(child, path)
                if name is None:
                    continue
                below.append((child, cell, _below(path, name)))
                self._check_hash(subkeys, at, name, path)
                order = order_key(name)
                if last is not None and order <= last:
                    what = "the same name twice" if order == last else "wrong order of subkeys"
                    self._note(child, what, "", "", path)
                last = order
                longest = max(longest, 2 * units(name))
                longest_class = max(longest_class, class_size)
        self._count(cell, "number of subkeys", record.subkeys, len(below), path)
        maximum = record.max_subkey_name & _LOW_HALF
        self._at_least(cell, "longest subkey name", maximum, longest, path)
        self._at_least(cell, "longest class name", record.max_class, longest_class, path)
        return below

    def _name_of(self, child: i64, path: str) -> tuple[str | None, int]:
        """The name of a subkey and the size of its class name."""
        if not self._cells.name(child, "key node", path):
            return None, 0
        try:
            record = parse_key(self._payload(child))
        except CorruptHiveError as error:
            self._note_error(child, error, path)
            return None, 0
        return record.name, record.class_size

    def _leaves(self, record: KeyRecord, path: str) -> list[SubkeyList]:
        """The lists of a key that can be read; their cells are counted as named."""
        top = self._list(record.subkey_list, path)
        if top is None or top.signature != RI:
            return [] if top is None else [top]
        leaves: list[SubkeyList] = []
        for index in range(top.count):
            inner = u32(top.data, top.at + index * top.step)
            leaf = self._list(inner, path)
            if leaf is not None and leaf.signature == RI:
                self._note(inner, "an index in an index", "", "", path)
            elif leaf is not None:
                leaves.append(leaf)
        return leaves

    def _list(self, cell: i64, path: str) -> SubkeyList | None:
        if not self._cells.name(cell, "subkey list", path):
            return None
        try:
            return self._lists.subkey_list(cell)
        except CorruptHiveError as error:
            self._note_error(cell, error, path)
            return None

    def _check_hash(self, subkeys: SubkeyList, at: i64, name: str, path: str) -> None:
        cell = u32(subkeys.data, at)
        if subkeys.signature == LH:
            found = u32(subkeys.data, at + 4)
            if found != lh_hash(name):
                self._note(cell, "wrong hash", f"0x{lh_hash(name):x}", f"0x{found:x}", path)
        elif subkeys.signature == LF:
            hint = subkeys.data[at + 4 : at + 8]
            if hint != lf_hint(name):
                self._note(cell, "wrong hint", repr(lf_hint(name)), repr(hint), path)

    # Values

    def _values(self, record: KeyRecord, path: str) -> None:
        if record.values == 0 or record.flags & KEY_PREDEFINED:
            return
        listed = self._data(record.value_list, 4 * record.values, "value list", path)
        seen: set[bytes] = set()
        longest_name = longest_data = 0
        for index in range(len(listed) // 4):
            cell = u32(listed, index * 4)
            value = self._value(cell, path)
            if value is None:
                continue
            order = order_key(value.name)
            if order in seen:
                self._note(cell, f"the same value name twice: {value.name!r}", "", "", path)
            seen.add(order)
            longest_name = max(longest_name, 2 * units(value.name))
            longest_data = max(longest_data, value.size)
        where = record.value_list
        self._at_least(where, "longest value name", record.max_value_name, longest_name, path)
        self._at_least(where, "largest value data", record.max_value_data, longest_data, path)

    def _value(self, cell: i64, path: str) -> ValueRecord | None:
        if not self._cells.name(cell, "key value", path):
            return None
        try:
            value = parse_value(self._payload(cell))
        except CorruptHiveError as error:
            self._note_error(cell, error, path)
            return None
        if value.inline:
            if value.size > DATA_INLINE_MOST:
                self._note(cell, "inline data too long", "at most 4", f"{value.size}", path)
        elif is_segmented(value.size, self._minor):
            self._big_data(value, path)
        elif value.size:
            self._data(value.data, value.size, "value data", path)
        return value

    def _big_data(self, value: ValueRecord, path: str) -> None:
        if not self._cells.name(value.data, "big data", path):
            return
        try:
            count, listed_at = parse_big_data(self._payload(value.data))
        except CorruptHiveError as error:
            self._note_error(value.data, error, path)
            return
        needed = segment_count(value.size)
        self._count(value.data, "number of segments", count, needed, path)
        listed = self._data(listed_at, 4 * count, "segment list", path)
        left = value.size
        for index in range(len(listed) // 4):
            self._data(u32(listed, index * 4), min(left, SEGMENT), "segment", path)
            left = max(left - SEGMENT, 0)

    # Security

    def _check_security(self) -> None:
        """Counts, and the circle of all records, started at any of them."""
        records: dict[int, SecurityRecord] = {}
        for cell, users in self._users.items():
            try:
                record = self._security(cell)
            except CorruptHiveError as error:
                self._note_error(cell, error, "")
                continue
            records[cell] = record
            self._count(cell, "reference count of a security record", record.references, users, "")
        for cell, record in records.items():
            after = records.get(record.next) or self._unused_security(record.next)
            if after is None or after.previous != cell:
                self._note(cell, "circle of security records broken", "", "", "")

    def _unused_security(self, cell: i64) -> SecurityRecord | None:
        """A record of the circle that no key uses: it is in the hive for nothing."""
        if not self._cells.share(cell, "security record", ""):
            return None
        try:
            record = self._security(cell)
        except CorruptHiveError as error:
            self._note_error(cell, error, "")
            return None
        self._count(cell, "reference count of a security record", record.references, 0, "")
        return record

    def _check_unnamed(self) -> None:
        lost = self._cells.unnamed()
        if lost:
            self._note(lost[0], f"{len(lost)} cells in use that nothing names", "", "", "")

    # Cells

    def _security(self, cell: i64) -> SecurityRecord:
        """A security record, the only one that can be long: a descriptor has two lists."""
        return parse_security(self._payload(cell, self._image.size))

    def _payload(self, cell: i64, most: i64 = _MOST_PAYLOAD) -> bytes:
        """A record's payload, its cell known to be one; long ones are cut, records are short."""
        data, at, size = self._image.cell(cell)
        size = min(size if size > 0 else -size, most)
        if at + size > len(data):
            return self._image.read(cell + CELL_HEADER, size)
        return data[at : at + size]

    def _data(self, cell: i64, size: i64, what: str, path: str) -> bytes:
        """The bytes of a cell that holds at least this many; b"" and a note where it does not."""
        if not self._cells.name(cell, what, path):
            return b""
        room = self._image.cell(cell)[2]  # a cell in use: not negative
        if size > room:
            self._note(cell, f"{what} beyond its cell", f"at most {room}", f"{size}", path)
            size = room
        return self._image.read(cell + CELL_HEADER, size)

    # Notes

    def _count(self, cell: i64, what: str, claimed: int, actual: int, path: str) -> None:
        if claimed != actual:
            self._note(cell, f"wrong {what}", f"{actual}", f"{claimed}", path)

    def _at_least(self, cell: i64, what: str, claimed: int, actual: int, path: str) -> None:
        if claimed < actual:
            self._note(cell, f"{what} too small", f"at least {actual}", f"{claimed}", path)

    def _note(self, cell: i64, what: str, expected: str, actual: str, path: str) -> None:
        self._problems.note(BINS_START + cell, what, expected, actual, path)

    def _note_error(self, cell: i64, error: CorruptHiveError, path: str) -> None:
        offset = error.offset if error.offset >= 0 else BINS_START + cell
        self._problems.note(offset, error.message, error.expected, error.actual, path)


def _below(path: str, name: str) -> str:
    """The path of a subkey; a very long one stays as it is, or problems could fill the memory."""
    return join_path(path, name) if len(path) < _LONG_PATH else path
