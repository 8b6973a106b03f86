"""Small hives made by hand, cell by cell, so that a test can damage exactly what it means to.

Written from the format alone: nothing here asks the package how a record looks, so it can serve
as the other side of a comparison.  Cells are laid one behind the other into a single bin; every
maker of a cell tells its offset, and `put` overwrites any field of any cell afterwards.
"""

from __future__ import annotations

import struct
from functools import reduce
from operator import xor

from anyreg.engine.hive import Hive
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.recover import Log
from anyreg.engine.tree import Tree
from anyreg.problems import Problem
from anyreg.values import Value

NONE = 0xFFFFFFFF
TIME = 131_000_000_000_000_000  # a moment in 2016
# Administrators own it and may do everything, below it too: new keys inherit it as it is.
DESCRIPTOR = bytes.fromhex(
    "01000480340000004400000000000000140000000200200001000000000218003f000f0001020000"
    "00000005200000002002000001020000000000052000000020020000010100000000000512000000"
)

# Offsets in a record, for put()
NK_FLAGS, NK_PARENT, NK_SUBKEYS, NK_LIST, NK_VALUES, NK_VALUE_LIST = 2, 16, 20, 28, 36, 40
NK_SECURITY, NK_CLASS, NK_NAME_SIZE, NK_CLASS_SIZE = 44, 48, 72, 74
VK_NAME_SIZE, VK_SIZE, VK_DATA, VK_TYPE, VK_FLAGS = 2, 4, 8, 12, 16
LIST_COUNT, LIST_FIRST = 2, 4


def checksum(base: bytes) -> int:
    """XOR of the first 127 dwords, with the two results that are never stored."""
    result: int = reduce(xor, struct.unpack_from("<127I", base))
    return {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(result, result)


def sealed(base: bytes) -> bytes:
    """A base block, or a whole hive, with the checksum that fits it."""
    return base[:508] + struct.pack("<I", checksum(base)) + base[512:]


def base_block(
    bins_size: int,
    *,
    root: int = 32,
    numbers: tuple[int, int] = (1, 1),
    minor: int = 5,
    kind: int = 0,
    written: int = TIME,
    flags: int = 0,
    size: int = 4096,
) -> bytes:
    """The first bytes of a hive (4096) or of a log (512)."""
    head = struct.pack(
        "<4sIIQIIIIIII", b"regf", *numbers, written, 1, minor, kind, 1, root, bins_size, 1
    )
    name = "made.dat".encode("utf-16-le").ljust(64, b"\0")
    return sealed(
        (head + name).ljust(144, b"\0").ljust(size, b"\0")[:144]
        + struct.pack("<I", flags)
        + bytes(size - 148)
    )


def simple_hash(name: str) -> int:
    """The hash of an lh list as it is right for ASCII, and as poor writers make it for the rest."""
    units = [ord(letter.upper() if letter.isascii() else letter) for letter in name]
    return reduce(lambda total, unit: (37 * total + unit) % 2**32, units, 0)


def simple_hint(name: str) -> bytes:
    """The hint of an lf list; nothing where a letter needs more than a byte."""
    fits = all(letter <= "\xff" for letter in name[:4])
    return name[:4].encode("latin-1").ljust(4, b"\0") if fits else bytes(4)


class Maker:
    """A hive that is being made."""

    def __init__(self, minor: int = 5) -> None:
        self.minor = minor
        self.cells = bytearray(32)  # room for the header of the bin
        self.names: dict[int, str] = {}
        self.root = NONE
        self.security = NONE

    def cell(self, payload: bytes, *, size: int = 0, free: bool = False) -> int:
        """Lay a cell behind the last; its offset."""
        size = size or (len(payload) + 4 + 7) // 8 * 8
        offset = len(self.cells)
        self.cells += struct.pack("<i", size if free else -size) + payload.ljust(size - 4, b"\0")
        return offset

    def put(self, cell: int, at: int, number: int, layout: str = "<I") -> None:
        """Overwrite a field of a cell's payload; at -4 stands the cell's size."""
        struct.pack_into(layout, self.cells, cell + 4 + at, number)

    def key(self, name: str, parent: int = NONE, flags: int = 0) -> int:
        """A key without subkeys and values; the first one is the root."""
        wide = any(letter > "\xff" for letter in name)
        stored = name.encode("utf-16-le", "surrogatepass") if wide else name.encode("latin-1")
        flags |= 0 if wide else 0x20
        flags |= 0x0C if self.root == NONE else 0
        fields = (flags, TIME, 0, parent, 0, 0, NONE, NONE, 0, NONE, self.security, NONE)
        record = struct.pack("<2sHQ10I", b"nk", *fields) + bytes(20)
        cell = self.cell(record + struct.pack("<HH", len(stored), 0) + stored)
        self.names[cell] = name
        if self.root == NONE:
            self.root = cell
            self.secure(cell)
        elif self.security != NONE:
            at = self.security + 4 + 12
            struct.pack_into("<I", self.cells, at, 1 + struct.unpack_from("<I", self.cells, at)[0])
        return cell

    def secure(self, key: int) -> None:
        """Make the one descriptor that all keys share."""
        own = len(self.cells)
        head = struct.pack("<2sHIIII", b"sk", 0, own, own, 1, len(DESCRIPTOR))
        self.security = self.cell(head + DESCRIPTOR)
        self.put(key, NK_SECURITY, self.security)

    def value(self, name: str, raw: bytes = b"", type: int = 3) -> int:
        """A value with its data, inline where it is small."""
        stored = name.encode("latin-1")
        if len(raw) <= 4:
            size, data = len(raw) | 0x80000000, int.from_bytes(raw, "little")
        else:
            size, data = len(raw), self.cell(raw)
        head = struct.pack("<2sHIIIHH", b"vk", len(stored), size, data, type, bool(stored), 0)
        return self.cell(head + stored)

    def leaf(self, kind: bytes, *keys: int) -> int:
        """A subkey list that names these keys."""
        record = struct.pack("<2sH", kind, len(keys))
        for key in keys:
            name = self.names.get(key, "")
            record += struct.pack("<I", key)
            if kind == b"lh":
                record += struct.pack("<I", simple_hash(name))
            elif kind == b"lf":
                record += simple_hint(name)
        return self.cell(record)

    def index(self, *leaves: int) -> int:
        """An ri over these lists."""
        return self.cell(struct.pack(f"<2sH{len(leaves)}I", b"ri", len(leaves), *leaves))

    def give_list(self, key: int, list_: int, count: int) -> None:
        """Make a list the subkey list of a key."""
        self.put(key, NK_LIST, list_)
        self.put(key, NK_SUBKEYS, count)

    def give_keys(self, key: int, *names: str, kind: bytes = b"lh") -> list[int]:
        """New subkeys of a key, in the order given, and their list."""
        keys = [self.key(name, key) for name in names]
        self.give_list(key, self.leaf(kind, *keys), len(keys))
        return keys

    def give_values(self, key: int, *values: int) -> int:
        """Make these the values of a key; the offset of their list."""
        list_ = self.cell(struct.pack(f"<{len(values)}I", *values))
        self.put(key, NK_VALUES, len(values))
        self.put(key, NK_VALUE_LIST, list_)
        return list_

    def bins(self) -> bytes:
        """The bin, filled up with one free cell."""
        size = (len(self.cells) + 4095) // 4096 * 4096
        rest = size - len(self.cells)
        cells = bytes(self.cells) + (struct.pack("<i", rest).ljust(rest, b"\0") if rest else b"")
        header = struct.pack("<4sIIQQI", b"hbin", 0, size, 0, TIME, 0)
        return header + cells[len(header) :]

    def build(self, numbers: tuple[int, int] = (1, 1)) -> bytes:
        """The whole file."""
        bins = self.bins()
        return base_block(len(bins), root=self.root, numbers=numbers, minor=self.minor) + bins

    def hive(self) -> Hive:
        """The hive, opened in memory."""
        return open_bytes(self.build())


def open_bytes(data: bytes, logs: list[Log] | None = None) -> Hive:
    """Open a hive that stands in memory, with these logs."""
    return Hive(MemoryStorage(data), "made", logs or [])


def family(minor: int = 5) -> tuple[Maker, int, list[int]]:
    """A root with the subkeys A, B and C; A has the value v = b"12345678"."""
    maker = Maker(minor)
    root = maker.key("root")
    keys = maker.give_keys(root, "A", "B", "C")
    maker.give_values(keys[0], maker.value("v", b"12345678"))
    return maker, root, keys


def field(maker: Maker, cell: int, at: int) -> int:
    """A number of a record."""
    number: int = struct.unpack_from("<I", maker.cells, cell + 4 + at)[0]
    return number


def outline(tree: Tree, node: KeyNode | None = None) -> str:
    """The names below a key, such as "A(x,y),B"; it ends only if the tree does."""
    parts = []
    for child in tree.children(node or tree.root()):
        below = outline(tree, child)
        parts.append(f"{child.name}({below})" if below else child.name)
    return ",".join(parts)


def values_of(hive: Hive, name: str = "A") -> list[Value]:
    """The values of the root's subkey of this name."""
    key = hive.tree.child(hive.tree.root(), name)
    assert key is not None
    return hive.tree.records(key)


def words(problems: list[Problem]) -> list[str]:
    """What the problems say, without places and facts."""
    return [problem.what for problem in problems]
