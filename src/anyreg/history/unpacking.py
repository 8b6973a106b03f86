"""Reads the items of a record; see packing.py for their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.errors import RegistryError
from anyreg.facts import Facts
from anyreg.history.items import ChangedKey, HiveName, Hunk, Item, TreeKey, TreeTop
from anyreg.history.packing import CHANGED, HIVE, ITEM, KEY, TOP
from anyreg.regf.reads import u32
from anyreg.values import Value

_U64: Final = Struct("<Q")


@mypyc_attr(allow_interpreted_subclasses=True)
class ByteSource:
    """Where the bytes of items come from."""

    def take(self, size: int) -> bytes:
        """The next bytes; b"" at the end, never fewer before it."""
        raise NotImplementedError


def read_items(source: ByteSource) -> Iterator[Item]:
    """The items that stand in bytes, one by one.

    Raises:
        RegistryError: The bytes are cut short, or of an unknown kind.
    """
    while True:
        head = source.take(ITEM.size)
        if not head:
            return
        kind, size = ITEM.unpack(head)
        body = source.take(size)
        if len(body) < size:
            raise RegistryError("a record of the history is cut short")
        yield _Reader(body).item(kind)


class _Reader:
    """Takes the fields of one item out of its bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def item(self, kind: int) -> Item:
        if kind == CHANGED:
            return self._changed()
        if kind == TOP:
            is_gone = self._bytes(1) == b"\1"
            before = self._path()
            return TreeTop(is_gone, before, self._path())
        if kind == KEY:
            depth = self._u32()
            name = self._text()
            facts = self._facts()
            return TreeKey(depth, name, facts, self._values())
        if kind == HIVE:
            return HiveName(self._text())
        raise RegistryError("a record of the history is of a later version")

    def _changed(self) -> Item:
        path_before = self._path()
        path_after = self._path()
        before = self._facts()
        after = self._facts()
        count_before = self._u32()
        count_after = self._u32()
        hunks: list[Hunk] = []
        for _ in range(self._u32()):
            at_before = self._u32()
            at_after = self._u32()
            old = self._values()
            hunks.append(Hunk(at_before, at_after, old, self._values()))
        return ChangedKey(path_before, path_after, before, after, count_before, count_after, hunks)

    def _bytes(self, size: int) -> bytes:
        at = self._at
        self._at = at + size
        return self._data[at : at + size]

    def _u32(self) -> int:
        return u32(self._bytes(4), 0)

    def _text(self) -> str:
        return self._bytes(self._u32()).decode("utf-16-le", "surrogatepass")

    def _path(self) -> list[str]:
        return [self._text() for _ in range(self._u32())]

    def _facts(self) -> Facts:
        class_name = self._text()
        descriptor = self._bytes(self._u32())
        flags = self._u32()
        written: int = _U64.unpack(self._bytes(8))[0]
        return Facts(class_name, descriptor, flags, written)

    def _values(self) -> list[Value]:
        values: list[Value] = []
        for _ in range(self._u32()):
            name = self._text()
            kind = self._u32()
            values.append(Value(name, kind, self._bytes(self._u32())))
        return values
