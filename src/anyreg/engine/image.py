"""A hive in memory: a map from blocks of cell offsets to immutable stretches of bytes.

A block is 4096 bytes of the bins.  The map has two levels, a directory of tables of 128 blocks;
each entry is a Stretch: bytes, and the cell offset of their first byte.  Several blocks share one
stretch.  Stretches never change, so a reader can keep what it has looked up.

Read-only hives load a stretch when it is first touched.  A cell that lies in two stretches is
joined into one of its own, for that one look.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64, mypyc_attr

from anyreg.engine.storage import Storage
from anyreg.errors import CorruptHiveError, HiveChangedError
from anyreg.regf.layout import BINS_START, CELL_ALIGN, CELL_HEADER, PAGE, SECTOR
from anyreg.regf.reads import i32

STRETCH: Final = 65536
TABLE: Final = 128
_STRETCH_BLOCKS: Final = STRETCH // PAGE
_JOIN_MOST: Final = 131072  # no record but a list or data is longer; those are read by read()


class Stretch:
    """Bytes of the bins, and the cell offset at which they start."""

    __slots__ = ("base", "data")

    def __init__(self, data: bytes, base: i64) -> None:
        self.data = data
        self.base: i64 = base


_NOT_LOADED: Final = Stretch(b"", 0)
# Tables that hold nothing yet are one and the same list; whatever is entered goes into a copy.
_EMPTY: Final[list[Stretch]] = [_NOT_LOADED] * TABLE


@mypyc_attr(allow_interpreted_subclasses=True)
class Source:
    """Where an image takes the bytes of the bins from."""

    def read(self, at: int, size: int) -> bytes:
        """Exactly these bytes of the bins."""
        raise NotImplementedError


class StorageSource(Source):
    """The bins of a file.

    Each read is followed by a look at the base block: a change means that another program wrote
    the file, and that the bytes may belong to two different moments.
    """

    def __init__(self, storage: Storage, base: bytes, path: str) -> None:
        """Read bins from a storage whose base block was just read.

        Args:
            storage: The file.
            base: The first bytes of it, as they were when it was opened.
            path: For messages.
        """
        self._storage = storage
        self._base = base[:SECTOR]
        self._path = path

    def read(self, at: int, size: int) -> bytes:
        """Exactly these bytes of the bins, zeros beyond the end of the file.

        Raises:
            HiveChangedError: Another program has written the file since it was opened.
        """
        data = self._storage.read(BINS_START + at, size)
        if self._storage.read(0, SECTOR) != self._base:
            raise HiveChangedError(
                "the hive was changed by another program; open it again", path=self._path
            )
        return data if len(data) == size else data.ljust(size, b"\0")


class BytesSource(Source):
    """Bins that are in memory already."""

    def __init__(self, bins: bytes) -> None:
        self._bins = bins

    def read(self, at: int, size: int) -> bytes:
        """Exactly these bytes of the bins."""
        return self._bins[at : at + size]


class LoadedSource(Source):
    """The bins of a file, read whole at one go, in pieces of a stretch each."""

    def __init__(self, storage: Storage, most: int) -> None:
        """Read at most so many bytes of bins."""
        self._pieces: list[bytes] = []
        self.load(storage, most)

    def load(self, storage: Storage, most: int) -> None:
        """Read on where fewer than so many bytes of bins were read."""
        end = min(storage.size() - BINS_START, most)
        if self._pieces and len(self._pieces[-1]) < STRETCH and end > self._end():
            self._pieces.pop()  # it goes on
        for at in range(self._end(), end, STRETCH):
            self._pieces.append(storage.read(BINS_START + at, min(STRETCH, end - at)))

    def _end(self) -> int:
        """Bytes that were read, all but the last piece of a whole stretch."""
        return (len(self._pieces) - 1) * STRETCH + len(self._pieces[-1]) if self._pieces else 0

    def read(self, at: int, size: int) -> bytes:
        """Exactly these bytes of the bins, within one stretch; zeros beyond the end."""
        number = at // STRETCH
        piece = self._pieces[number] if number < len(self._pieces) else b""
        start = at % STRETCH
        if start == 0 and size == len(piece):
            return piece
        return piece[start : start + size].ljust(size, b"\0")

    def let_go(self, at: int) -> None:
        """The stretch at this offset is not read again."""
        if at // STRETCH < len(self._pieces):
            self._pieces[at // STRETCH] = b""


class PatchedSource(Source):
    """Another source with pieces of bytes laid over it, the later over the earlier.

    It keeps the pieces by the stretch that they fall in, so that reading a stretch looks at its
    own pieces alone.
    """

    def __init__(self, under: Source, pieces: list[tuple[int, bytes]]) -> None:
        self._under = under
        self._pieces: dict[int, list[tuple[int, bytes]]] = {}
        for at, data in pieces:
            for number in range(at // STRETCH, (at + len(data) - 1) // STRETCH + 1):
                self._pieces.setdefault(number, []).append((at, data))

    def read(self, at: int, size: int) -> bytes:
        """Exactly these bytes of the bins."""
        data = self._under.read(at, size)
        patched: bytearray | None = None
        for number in range(at // STRETCH, (at + size - 1) // STRETCH + 1):
            first = number * STRETCH
            for start, piece in self._pieces.get(number, ()):
                if patched is None:
                    patched = bytearray(data)
                # Only the part in this stretch: elsewhere a later piece may lie over it already.
                part = piece[max(first - start, 0) : first + STRETCH - start]
                _lay(patched, max(start, first) - at, part)
        return data if patched is None else bytes(patched)


def _lay(target: bytearray, at: int, piece: bytes) -> None:
    """Put a piece into bytes at an index that may lie before their start."""
    if at < 0:
        piece = piece[-at:]
        at = 0
    piece = piece[: max(len(target) - at, 0)]
    target[at : at + len(piece)] = piece


class Image:
    """All bins of a hive at one moment.

    Attributes:
        size: Bytes of the bins that are there to be read.
    """

    def __init__(self, source: Source, size: int) -> None:
        self._source = source
        self.size: i64 = size
        self._directory: list[list[Stretch]] = [_EMPTY] * _tables(size)

    def changed(self, stretches: list[Stretch], size: int) -> Image:
        """The image after a change; this one stays as it is.

        The cost does not depend on the size of the hive: the directory is copied, and the tables
        of the blocks that change.

        Args:
            stretches: The new bytes, each from a block's start to a block's end.
            size: Bytes of the bins from now on.
        """
        result = Image(self._source, size)
        before = self._directory
        after = before[: _tables(size)]
        after.extend([_EMPTY] * (_tables(size) - len(after)))
        result._directory = after
        for stretch in stretches:
            first = stretch.base // PAGE
            for block in range(first, first + (len(stretch.data) + PAGE - 1) // PAGE):
                number = block // TABLE
                table = after[number]
                if table is _EMPTY or (number < len(before) and table is before[number]):
                    table = after[number] = table[:]
                table[block % TABLE] = stretch
        return result

    def stretch(self, offset: i64) -> Stretch:
        """The stretch that holds the byte at this cell offset.

        Raises:
            CorruptHiveError: The offset lies outside the bins.
        """
        if offset < 0 or offset >= self.size:
            raise CorruptHiveError(
                "points outside the bins",
                offset=BINS_START + offset,
                expected=f"a cell offset below 0x{self.size:x}",
                actual=f"0x{offset:x}",
            )
        block = offset // PAGE
        found = self._directory[block // TABLE][block % TABLE]
        if found is _NOT_LOADED:
            found = self._load(block)
        return found

    def _load(self, block: i64) -> Stretch:
        """Read the stretch of a block and enter it for all of its blocks."""
        first = block // _STRETCH_BLOCKS * _STRETCH_BLOCKS
        start = first * PAGE
        data = self._source.read(start, min(STRETCH, self.size - start))
        loaded = Stretch(data, start)
        number = first // TABLE
        if self._directory[number] is _EMPTY:
            self._directory[number] = [_NOT_LOADED] * TABLE
        table = self._directory[number]
        for index in range(first % TABLE, first % TABLE + _STRETCH_BLOCKS):
            table[index] = loaded
        return loaded

    def cell(self, offset: i64) -> tuple[bytes, i64, i64]:
        """Where a cell's payload stands.

        Args:
            offset: Cell offset.

        Returns:
            Bytes, the index of the payload in them, and the payload's size, negative where the
            cell is free.  Of a payload over 128 KiB only the first part may be in the bytes.

        Raises:
            CorruptHiveError: No cell can stand at this offset.
        """
        found = self.stretch(offset)
        at = offset - found.base
        data = found.data
        if offset % CELL_ALIGN:
            raise _bad_cell(offset, "an offset that is a multiple of 8", f"0x{offset:x}")
        signed = i32(data, at)
        size = -signed if signed < 0 else signed
        if size < CELL_ALIGN or size % CELL_ALIGN or size > self.size - offset:
            raise _bad_cell(offset, "a multiple of 8 within the bins", f"{signed}")
        if at + size > len(data):
            data = self.read(offset, min(size, _JOIN_MOST))
            at = 0
        at += CELL_HEADER
        return data, at, size - CELL_HEADER if signed < 0 else CELL_HEADER - size

    def read(self, offset: i64, size: i64) -> bytes:
        """Bytes from any offset on, however many stretches they lie in.

        Raises:
            CorruptHiveError: They reach outside the bins.
        """
        found = self.stretch(offset)
        at = offset - found.base
        if at == 0 and size == len(found.data):
            return found.data
        if at + size <= len(found.data):
            return found.data[at : at + size]
        parts = [found.data[at:]]
        have: i64 = len(parts[0])
        while have < size:
            found = self.stretch(offset + have)
            at = offset + have - found.base
            part = found.data[at : at + size - have]
            if not part:
                raise _bad_cell(offset + have, "the bytes of a bin", "none")
            parts.append(part)
            have += len(part)
        return b"".join(parts)

    def pieces(self, start: i64, end: i64) -> list[bytes]:
        """The bytes of whole pages, one stretch's at a time, uncopied where all is asked for.

        A stretch may hold older bytes of a page that a later change has put into another: read()
        is for what was written at one go, such as a cell, this for anything.

        Raises:
            CorruptHiveError: They reach outside the bins, or a stretch ends before its pages do.
        """
        found: list[bytes] = []
        at = start
        while at < end:
            first = at
            stretch = self.stretch(at)
            at += PAGE
            while at < end and self.stretch(at) is stretch:
                at += PAGE
            piece = stretch.data
            if first != stretch.base or at != first + len(piece):
                piece = piece[first - stretch.base : at - stretch.base]
            if len(piece) != at - first:
                raise _bad_cell(first, f"{at - first} bytes of bins", f"{len(piece)}")
            found.append(piece)
        return found


def loaded_image(source: LoadedSource, pieces: list[tuple[int, bytes]], size: int) -> Image:
    """The image of a file that was read whole, with pieces of bytes laid over it.

    The source is used up stretch by stretch, so that nothing is held twice.
    """
    patched = PatchedSource(source, pieces)
    stretches: list[Stretch] = []
    for at in range(0, size, STRETCH):
        stretches.append(Stretch(patched.read(at, min(STRETCH, size - at)), at))
        source.let_go(at)
    return Image(source, 0).changed(stretches, size)


def _tables(size: int) -> int:
    """How many tables the directory of this many bytes has."""
    return (size + PAGE * TABLE - 1) // (PAGE * TABLE)


def _bad_cell(offset: i64, expected: str, actual: str) -> CorruptHiveError:
    return CorruptHiveError(
        "bad cell", offset=BINS_START + offset, expected=expected, actual=actual
    )
