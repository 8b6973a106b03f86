"""A survey: what of a damaged hive must stay as it is while something else is changed.

A change believes what the records that it touches say: that a cell is this value's alone, that a
free cell is free, that no other key uses a descriptor.  No record tells who else names it.  So
before the first commit all references of the hive are gone through once, and compared with the
cells that tile its bins.  In a hive that is in order nothing comes of it.  In another one a commit
is refused that would free or change what belongs to something else as well, or anything in a bin
where something names what is no cell in use.

It costs a part of what a walk does.  A very large hive is surveyed only where something makes it
suspect: damage that was met in reading it, or a security record that is about to be freed.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from mypy_extensions import i64

from anyreg.engine.bins import BinMap
from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.image import Image
from anyreg.engine.page_layout import PageLayout, unpacked
from anyreg.engine.subkey_reader import SubkeyList
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError
from anyreg.problems import Problems
from anyreg.regf.data import is_segmented, segment_count
from anyreg.regf.layout import (
    BIN_HEADER,
    BINS_START,
    CELL_ALIGN,
    DATA_INLINE,
    DB_LIST,
    DB_RECORD,
    KEY_PREDEFINED,
    NK,
    NK_CLASS,
    NK_CLASS_SIZE,
    NK_FLAGS,
    NK_NAME,
    NK_SECURITY,
    NK_SUBKEY_LIST,
    NK_SUBKEYS,
    NK_VALUE_LIST,
    NK_VALUES,
    NONE,
    PAGE,
    RI,
    SK_DESCRIPTOR,
    SK_REFERENCES,
    VK_DATA,
    VK_DATA_SIZE,
    VK_NAME,
)
from anyreg.regf.reads import i32, u16, u32

LARGE: Final = 16 << 20  # bytes of a hive that is not surveyed without a reason

_FREE: Final = 1
_IN_USE: Final = 2
# What is named once, by what it is named as; it is looked into once as each of them.
_KEY: Final = 3
_LIST: Final = 4
_VALUES: Final = 5
_VALUE: Final = 6
_BIG_DATA: Final = 7
_SEGMENTS: Final = 8
_OTHER: Final = 9


class Survey:
    """The doubts about a hive as it was at one moment."""

    def __init__(self, image: Image, bins: BinMap, minor: int, root: int) -> None:
        """Go through all cells, and all references from the root on."""
        walk = _Walk(image, bins, minor, root)
        self._size: int = image.size
        self._bins = bins
        self._untidy = walk.untidy
        self._shared = walk.shared
        self._undercounted = walk.undercounted
        self._beyond: int = walk.beyond

    def require(self, changes: CellChanges, laid: PageLayout) -> None:
        """Refuse a transaction that touches what is in doubt.

        Args:
            changes: The transaction.
            laid: What it makes of the bins.

        Raises:
            CorruptHiveError: It does.
        """
        if self._untidy:
            self._require_tidy(laid)
        if laid.size > self._beyond:
            raise CorruptHiveError(
                "something in the hive names a cell behind its end: it must not grow",
                offset=BINS_START + self._beyond,
            )
        if self._shared:
            for cell in changes.cells:
                if cell in self._shared:
                    raise _doubtful(cell)
        kept = sorted(self._shared | self._undercounted)
        for run in changes.freed if kept else ():
            cell, size = unpacked(run)
            at = bisect_left(kept, cell)
            if at < len(kept) and kept[at] < cell + size:
                raise _doubtful(kept[at])

    def _require_tidy(self, laid: PageLayout) -> None:
        """Refuse to change, join or cut off a bin of which it is not known what is in use."""
        known = self._size
        places = [(at, at + len(data)) for at, data in laid.pages] + laid.joined
        if laid.size < known:
            places.append((laid.size, known))
        for first, end in places:
            for at in range(first, min(end, known), PAGE):
                start = self._bins.start_of(at)
                if start in self._untidy or at in self._untidy:
                    raise CorruptHiveError(
                        "the hive is damaged here: a change could harm what stands beside it",
                        offset=BINS_START + start,
                    )


class _Walk:
    """One look at all cells and references.

    Attributes:
        untidy: Bins whose cells do not tile them, or in which something names what is no cell in
            use.
        shared: Cells that more than one thing names, though they are one thing's own.
        undercounted: Security records with more users than they say.
        beyond: The first offset behind the end of the hive that something names.
    """

    def __init__(self, image: Image, bins: BinMap, minor: int, root: int) -> None:
        self._image = image
        self._bins = bins
        self._minor: i64 = minor
        self._lists = Tree(image, minor, root, Problems())
        self._marks = bytearray(image.size // CELL_ALIGN + 1)
        self._odd: set[tuple[int, int]] = set()  # what is named as that, but should not be
        self._users: dict[int, int] = {}  # of each security record
        self._keys: list[int] = [root]
        self.untidy: set[int] = set()
        self.shared: set[int] = set()
        self.undercounted: set[int] = set()
        self.beyond: i64 = NONE
        self._tile()
        self._name(root, _KEY)
        while self._keys:
            try:
                self._key(self._keys.pop())
            except CorruptHiveError:
                pass  # what cannot be read names nothing
        for cell, users in self._users.items():
            self._security(cell, users)

    # Cells

    def _tile(self) -> None:
        image = self._image
        marks = self._marks
        start: i64 = 0
        while start < image.size:
            stretch = image.stretch(start)
            data = stretch.data
            base = stretch.base
            end: i64 = self._bins.end_of(start)
            at = start + BIN_HEADER
            while at < end:
                signed = i32(data, at - base)
                length = -signed if signed < 0 else signed
                if length < CELL_ALIGN or length % CELL_ALIGN or length > end - at:
                    self.untidy.add(start)
                    break
                marks[at // CELL_ALIGN] = _FREE if signed > 0 else _IN_USE
                at += length
            start = end

    def _name(self, cell: i64, kind: i64) -> bool:
        """Count a reference to a cell that one thing owns; whether to look into it.

        Args:
            cell: Its offset.
            kind: What it is named as.
        """
        if not self._is_place(cell):
            return False
        mark = self._marks[cell // CELL_ALIGN]
        if mark == _IN_USE:
            self._marks[cell // CELL_ALIGN] = kind
            return True
        if mark > _IN_USE:
            self.shared.add(cell)
            if mark == kind:
                return False
        else:
            self.untidy.add(self._bins.start_of(cell))
        if (cell, kind) in self._odd:
            return False
        self._odd.add((cell, kind))
        return True

    def _is_place(self, cell: i64) -> bool:
        """Whether a cell can stand at an offset."""
        if cell >= self._image.size and cell < self.beyond:
            self.beyond = cell
        return cell < self._image.size and cell % CELL_ALIGN == 0

    # Records

    def _key(self, cell: i64) -> None:
        try:
            data, at, size = self._image.cell(cell)
        except CorruptHiveError:
            size = 0
        if (size if size > 0 else -size) < NK_NAME:  # it may be read all the same
            node = self._lists.key(cell)
            data = node.data
            at = node.at
        if u16(data, at) != NK:
            return
        record = u32(data, at + NK_SECURITY)
        if record != NONE:
            self._users[record] = self._users.get(record, 0) + 1
        if u16(data, at + NK_CLASS_SIZE):
            self._name(u32(data, at + NK_CLASS), _OTHER)
        if u32(data, at + NK_SUBKEYS):
            self._subkeys(u32(data, at + NK_SUBKEY_LIST))
        count = u32(data, at + NK_VALUES)
        if count and not u16(data, at + NK_FLAGS) & KEY_PREDEFINED:
            try:
                self._values(u32(data, at + NK_VALUE_LIST), count)
            except CorruptHiveError:
                pass

    def _subkeys(self, top: i64) -> None:
        if not self._name(top, _LIST):
            return
        try:
            found = self._lists.subkey_list(top)
        except CorruptHiveError:
            return
        if found.signature != RI:
            self._leaf(found)
            return
        for number in range(found.count):
            inner = u32(found.data, found.at + 4 * number)
            if self._name(inner, _LIST):
                try:
                    leaf = self._lists.subkey_list(inner)
                except CorruptHiveError:
                    continue
                if leaf.signature != RI:
                    self._leaf(leaf)

    def _leaf(self, leaf: SubkeyList) -> None:
        at = leaf.at
        for _ in range(leaf.count):
            cell = u32(leaf.data, at)
            if self._name(cell, _KEY):
                self._keys.append(cell)
            at += leaf.step

    def _values(self, listed: i64, count: i64) -> None:
        if not self._name(listed, _VALUES):
            return
        data, at, _ = self._array(listed, count)
        for _ in range(min(count, (len(data) - at) // 4)):
            cell = u32(data, at)
            at += 4
            if self._name(cell, _VALUE):
                try:
                    self._value(cell)
                except CorruptHiveError:
                    pass

    def _array(self, cell: i64, count: i64) -> tuple[bytes, i64, i64]:
        """Where a list of cells stands that has this many at most."""
        data, at, size = self._image.cell(cell)
        size = min(size if size > 0 else -size, 4 * count)
        if at + size > len(data):
            return self._image.read(cell + at, size), 0, size
        return data[at : at + size], 0, size

    def _value(self, cell: i64) -> None:
        data, at, size = self._image.cell(cell)
        if (size if size > 0 else -size) < VK_NAME:
            return
        length = u32(data, at + VK_DATA_SIZE)
        if length == 0 or length & DATA_INLINE:
            return
        where = u32(data, at + VK_DATA)
        if not is_segmented(length, self._minor):
            self._name(where, _OTHER)
        elif self._name(where, _BIG_DATA):
            self._segments(where, segment_count(length))

    def _segments(self, cell: i64, count: i64) -> None:
        data, at, size = self._image.cell(cell)
        if (size if size > 0 else -size) < DB_RECORD:
            return
        listed = u32(data, at + DB_LIST)
        if not self._name(listed, _SEGMENTS):
            return
        found, at, size = self._array(listed, count)
        for _ in range(size // 4):
            self._name(u32(found, at), _OTHER)
            at += 4

    def _security(self, cell: i64, users: i64) -> None:
        """A record that many share must not be freed while it counts fewer than use it."""
        if not self._is_place(cell):
            return
        mark = self._marks[cell // CELL_ALIGN]
        if mark > _IN_USE:
            self.shared.add(cell)
        elif mark != _IN_USE:
            self.untidy.add(self._bins.start_of(cell))
        try:
            data, at, size = self._image.cell(cell)
        except CorruptHiveError:
            return
        if size >= SK_DESCRIPTOR and u32(data, at + SK_REFERENCES) < users:
            self.undercounted.add(cell)


def _doubtful(cell: int) -> CorruptHiveError:
    return CorruptHiveError(
        "this cell belongs to something else as well: to change it would harm other keys",
        offset=BINS_START + cell,
    )
