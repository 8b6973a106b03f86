"""Keys out of an image, one by one: reads fields in place, goes on where a hive is damaged.

Whatever reads a hive stands on four floors, each a class that adds to the one below: KeyReader
reads a key, ValueReader the values of a key, SubkeyReader the lists of its subkeys, and Tree finds
keys by name.  They are one object, because there is one for each commit and it is asked for
everything.

Every departure from the format that reading meets goes into `problems`; a record that makes no
sense is left out, and all others are given.

This is the inner path of everything that reads.  Fields that stand side by side are read as one
64-bit number and taken apart, which is the cheapest way both compiled and plain.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.engine.senseless_sizes import SPARE, is_whole, length_of
from anyreg.errors import CorruptHiveError
from anyreg.names import decode_utf16
from anyreg.problems import Problems
from anyreg.regf.layout import (
    BINS_START,
    CELL_ALIGN,
    CELL_HEADER,
    KEY_COMPRESSED,
    NK,
    NK_CLASS,
    NK_CLASS_SIZE,
    NK_FLAGS,
    NK_LAST_WRITTEN,
    NK_NAME,
    NK_NAME_SIZE,
    NK_PARENT,
    NK_SECURITY,
    NK_SUBKEYS,
    NONE,
    SK,
    SK_DESCRIPTOR,
    SK_SIZE,
)
from anyreg.regf.reads import read_i64_le, u16, u32
from anyreg.regf.records import signature_text
from anyreg.values import Node

_NOTHING: Final[i64] = 0  # typed, or the reads beside it would become slow ints
_U16: Final = 0xFFFF
_BAD_SIZE: Final = "bad cell size: its record is read all the same"


class KeyNode(Node):
    """A key of a hive: its name, time, and where its cell stands.

    Attributes:
        cell: Cell offset.
        data: Bytes that hold the payload of its cell, from index `at` on.
        size: Bytes of the payload.
        serial: The moment at which it was read (see KeyReader.serial).
    """

    __slots__ = ("at", "cell", "data", "serial", "size")

    def __init__(
        self, name: str, last_written: int, cell: i64, data: bytes, at: i64, size: i64, serial: i64
    ) -> None:
        self.name = name
        self.last_written = last_written
        self.cell: i64 = cell
        self.data = data
        self.at: i64 = at
        self.size: i64 = size
        self.serial: i64 = serial


class KeyReader:
    """The keys of one image, each by its cell.

    Attributes:
        image: The bins.
        root_cell: Cell offset of the root key.
        problems: What reading met that is not as it should be.
        mends: Whether records are read whose cells have a wrong size; what changes a hive must not.
        serial: Which moment of a hive that changes this is; every node remembers it.
    """

    def __init__(self, image: Image, root_cell: int, problems: Problems, serial: int) -> None:
        self.image = image
        self.root_cell: i64 = root_cell
        self.problems = problems
        self.serial: i64 = serial
        self.mends = True

    def root(self) -> KeyNode:
        """The root key.

        Raises:
            CorruptHiveError: There is none to be read.
        """
        return self.key(self.root_cell)

    def key(self, cell: i64) -> KeyNode:
        """The key whose cell stands at this offset.

        Raises:
            CorruptHiveError: None that could be read stands there.
        """
        data, at, size = self._cell(cell, NK_NAME, NK_NAME_SIZE)
        if size < 0:
            self._note(cell, "key node in a free cell", "", "")
            size = -size
        if size < NK_NAME or u16(data, at + NK_NAME_SIZE) > size - NK_NAME:
            data, at, size = self._larger_cell(cell, NK, NK_NAME, NK_NAME_SIZE, data, at, size)
        first: i64 = read_i64_le(data, at) if size >= NK_NAME else _NOTHING
        if first & _U16 != NK:
            raise bad_record(cell, "key node", NK, data, at)
        length = u16(data, at + NK_NAME_SIZE)
        if length > size - NK_NAME:
            self._note(cell, "key name beyond its cell", f"{size - NK_NAME} bytes", f"{length}")
            length = size - NK_NAME
        start = at + NK_NAME
        stored = data[start : start + length]
        compressed = first & KEY_COMPRESSED << 16 != 0
        name = stored.decode("latin-1") if compressed else decode_utf16(stored)
        written: int = read_i64_le(data, at + NK_LAST_WRITTEN)
        if written < 0:
            written += 1 << 64
        return KeyNode(name, written, cell, data, at, size, self.serial)

    # Facts on one key

    def parent_cell(self, node: KeyNode) -> int:
        """The cell that a key names as its parent's."""
        return u32(node.data, node.at + NK_PARENT)

    def depth(self, node: KeyNode) -> int:
        """How many keys stand above a key.

        Raises:
            CorruptHiveError: The parents that keys name do not lead to the root.
        """
        key = node
        depth = 0
        most = self.image.size // CELL_ALIGN  # more keys than there can be
        while key.cell != self.root_cell:
            key = self.key(u32(key.data, key.at + NK_PARENT))
            depth += 1
            if depth > most:
                raise CorruptHiveError(
                    "the parents of this key form a circle",
                    offset=BINS_START + node.cell,
                    path=node.name,
                )
        return depth

    def subkey_count(self, node: KeyNode) -> int:
        """The number of subkeys that the key claims to have."""
        return u32(node.data, node.at + NK_SUBKEYS)

    def flags(self, node: KeyNode) -> int:
        """The KEY_ flags of the layout."""
        return u16(node.data, node.at + NK_FLAGS)

    def class_name(self, node: KeyNode) -> str:
        """The key's class name, "" where it has none."""
        cell = u32(node.data, node.at + NK_CLASS)
        size = u16(node.data, node.at + NK_CLASS_SIZE)
        if cell == NONE or size == 0:
            return ""
        try:
            return decode_utf16(self._payload(cell, size, "class name"))
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return ""

    def descriptor(self, node: KeyNode) -> bytes:
        """The key's self-relative security descriptor, b"" where it has none that can be read."""
        cell = u32(node.data, node.at + NK_SECURITY)
        if cell == NONE:
            return b""
        try:
            record = self._payload(cell, SK_DESCRIPTOR, "security record")
            if len(record) < SK_DESCRIPTOR or u16(record, 0) != SK:
                raise bad_record(cell, "security record", SK, record, 0)
            size = SK_DESCRIPTOR + u32(record, SK_SIZE)
            return self._payload(cell, size, "security descriptor")[SK_DESCRIPTOR:]
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return b""

    # Cells

    def _cell(self, cell: i64, need: i64, name_at: i64 = 0) -> tuple[bytes, i64, i64]:
        """As Image.cell; where its size makes no sense, what its record takes.

        Args:
            cell: Its offset.
            need: Bytes that the record has at least.
            name_at: Where it says how long the name is that follows, if one does.

        Raises:
            CorruptHiveError: No cell can stand there, or the record makes no sense either.
        """
        try:
            return self.image.cell(cell)
        except CorruptHiveError:
            size = length_of(self.image, cell, need, name_at) if self.mends else -1
            if size < 0 or not is_whole(self.image, cell, size, _NOTHING if name_at else SPARE):
                raise
            self._note(cell, _BAD_SIZE, "", "")
            return self.image.read(cell + CELL_HEADER, size), 0, size

    def _larger_cell(
        self,
        cell: i64,
        signature: i64,
        need: i64,
        name_at: i64,
        data: bytes,
        at: i64,
        size: i64,
    ) -> tuple[bytes, i64, i64]:
        """A cell that is too small for its record, in the size that it should have.

        Where that is not sure it stays as it is.
        """
        is_cut = self.mends and u16(data, at) == signature
        if is_cut and not is_whole(self.image, cell, size, _NOTHING):  # else its length is wrong
            length = length_of(self.image, cell, need, name_at)
            if length >= 0 and is_whole(self.image, cell, length, _NOTHING):
                self._note(cell, _BAD_SIZE, "", "")
                return self.image.read(cell + CELL_HEADER, length), 0, length
        return data, at, size

    def _payload(self, cell: i64, size: i64, what: str) -> bytes:
        """The first bytes of a cell's payload, as many as asked for and there."""
        data, at, room = self._cell(cell, size)
        if room < 0:
            self._note(cell, f"{what} in a free cell", "", "")
            room = -room
        if size > room:
            self._note(cell, f"{what} beyond its cell", f"at most {room} bytes", f"{size}")
            size = room
        if at + size > len(data):
            return self.image.read(cell + CELL_HEADER, size)
        return data[at : at + size]

    def _note(self, cell: i64, what: str, expected: str, actual: str) -> None:
        self.problems.note(BINS_START + cell, what, expected, actual)


def bad_record(cell: i64, what: str, signature: i64, data: bytes, at: i64) -> CorruptHiveError:
    """The error that says which record should stand in a cell, and what does.

    Args:
        cell: Cell offset.
        what: The record, in words.
        signature: What it begins with.
        data: Bytes that hold the payload of the cell.
        at: Index of the payload in them.
    """
    return CorruptHiveError(
        f"bad {what}",
        offset=BINS_START + cell,
        expected=signature_text(signature),
        actual=signature_text(u16(data, at)),
    )
