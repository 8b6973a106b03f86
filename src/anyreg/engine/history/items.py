"""What a commit changed, key by key, with both sides: the state before it, and the state after.

A key that is there on both sides is a ChangedKey: its paths, its own facts, and the values that
differ.  A tree that has gone, or that has come, is a TreeTop and then its keys in pre-order, told
in full.  Swapping the sides of every item gives what takes the commit back.

Items are read and written one by one, so that no tree is ever in memory as a whole.
"""

from __future__ import annotations

from codecs import utf_16_le_encode
from collections.abc import Iterator
from struct import Struct
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.engine.history.facts import Facts
from anyreg.errors import RegistryError
from anyreg.regf.reads import u32
from anyreg.regf.writes import BytesWriter, put_u32, put_u64
from anyreg.values import Value

_CHANGED: Final = 1
_TOP: Final = 2
_KEY: Final = 3
_HIVE: Final = 4
_ITEM: Final = Struct("<BI")
_U64: Final = Struct("<Q")


class Hunk:
    """A run of values that differs; between two hunks the values are the same on both sides.

    Attributes:
        at_before: Index of its first value on the side before.
        at_after: The same on the side after.
        before: Its values before.
        after: Its values after.
    """

    __slots__ = ("after", "at_after", "at_before", "before")

    def __init__(
        self, at_before: int, at_after: int, before: list[Value], after: list[Value]
    ) -> None:
        self.at_before = at_before
        self.at_after = at_after
        self.before = before
        self.after = after


class Item:
    """One of those below."""

    def mirrored(self) -> Item:
        """The same with the sides swapped."""
        raise NotImplementedError


class HiveName(Item):
    """What follows is of this hive."""

    def __init__(self, name: str) -> None:
        self.name = name

    def mirrored(self) -> Item:
        """The same from both sides."""
        return self


class ChangedKey(Item):
    """A key that is there before and after.

    Attributes:
        path_before: Names from the root, before.
        path_after: The same after: other names where it, or a key above it, was renamed.
        before: Its facts before.
        after: Its facts after.
        count_before: How many values it had.
        count_after: How many it has.
        hunks: The values that differ.
    """

    def __init__(
        self,
        path_before: list[str],
        path_after: list[str],
        before: Facts,
        after: Facts,
        count_before: int,
        count_after: int,
        hunks: list[Hunk],
    ) -> None:
        self.path_before = path_before
        self.path_after = path_after
        self.before = before
        self.after = after
        self.count_before = count_before
        self.count_after = count_after
        self.hunks = hunks

    @property
    def is_renamed(self) -> bool:
        """Whether the key itself has another name, not only one above it."""
        return bool(self.path_before) and self.path_before[-1] != self.path_after[-1]

    def mirrored(self) -> Item:
        """The same with the sides swapped."""
        hunks = [Hunk(h.at_after, h.at_before, h.after, h.before) for h in self.hunks]
        return ChangedKey(
            self.path_after,
            self.path_before,
            self.after,
            self.before,
            self.count_after,
            self.count_before,
            hunks,
        )


class TreeTop(Item):
    """A tree that has gone or has come; its keys follow as TreeKeys.

    Attributes:
        is_gone: It was there before; else it is there after.
        parent_before: Names that lead to its parent, before; the parent is there on both sides.
        parent_after: The same after.
    """

    def __init__(self, is_gone: bool, parent_before: list[str], parent_after: list[str]) -> None:
        self.is_gone = is_gone
        self.parent_before = parent_before
        self.parent_after = parent_after

    def mirrored(self) -> Item:
        """The same with the sides swapped."""
        return TreeTop(not self.is_gone, self.parent_after, self.parent_before)


class TreeKey(Item):
    """A key of a tree that has gone or has come.

    Attributes:
        depth: 0 for the tree's top.
        name: Its name.
        facts: What it is of its own.
        values: Its values, in stored order.
    """

    def __init__(self, depth: int, name: str, facts: Facts, values: list[Value]) -> None:
        self.depth = depth
        self.name = name
        self.facts = facts
        self.values = values

    def mirrored(self) -> Item:
        """A key is the same from both sides."""
        return self


# Bytes


def pack_item(item: Item) -> bytes:
    """An item as bytes: its kind, their number, and they."""
    out = BytesWriter()
    if isinstance(item, ChangedKey):
        kind = _CHANGED
        _put_path(out, item.path_before)
        _put_path(out, item.path_after)
        _put_facts(out, item.before)
        _put_facts(out, item.after)
        put_u32(out, item.count_before)
        put_u32(out, item.count_after)
        put_u32(out, len(item.hunks))
        for hunk in item.hunks:
            put_u32(out, hunk.at_before)
            put_u32(out, hunk.at_after)
            _put_values(out, hunk.before)
            _put_values(out, hunk.after)
    elif isinstance(item, TreeTop):
        kind = _TOP
        out.write(b"\1" if item.is_gone else b"\0")
        _put_path(out, item.parent_before)
        _put_path(out, item.parent_after)
    elif isinstance(item, HiveName):
        kind = _HIVE
        _put_text(out, item.name)
    else:
        assert isinstance(item, TreeKey)
        kind = _KEY
        put_u32(out, item.depth)
        _put_text(out, item.name)
        _put_facts(out, item.facts)
        _put_values(out, item.values)
    body = out.getvalue()
    return _ITEM.pack(kind, len(body)) + body


def _put_bytes(out: BytesWriter, data: bytes) -> None:
    put_u32(out, len(data))
    out.write(data)


def _put_text(out: BytesWriter, text: str) -> None:
    _put_bytes(out, utf_16_le_encode(text, "surrogatepass")[0])  # no search for the codec


def _put_path(out: BytesWriter, path: list[str]) -> None:
    put_u32(out, len(path))
    for name in path:
        _put_text(out, name)


def _put_facts(out: BytesWriter, facts: Facts) -> None:
    _put_text(out, facts.class_name)
    _put_bytes(out, facts.descriptor)
    put_u32(out, facts.flags)
    put_u64(out, facts.last_written)


def _put_values(out: BytesWriter, values: list[Value]) -> None:
    put_u32(out, len(values))
    for value in values:
        _put_text(out, value.name)
        put_u32(out, value.type)
        _put_bytes(out, value.raw)


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
        head = source.take(_ITEM.size)
        if not head:
            return
        kind, size = _ITEM.unpack(head)
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
        if kind == _CHANGED:
            return self._changed()
        if kind == _TOP:
            is_gone = self._bytes(1) == b"\1"
            before = self._path()
            return TreeTop(is_gone, before, self._path())
        if kind == _KEY:
            depth = self._u32()
            name = self._text()
            facts = self._facts()
            return TreeKey(depth, name, facts, self._values())
        if kind == _HIVE:
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
