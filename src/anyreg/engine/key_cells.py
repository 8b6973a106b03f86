"""Key nodes - name, class name, flags, time, and what they count - changed inside a transaction."""

from __future__ import annotations

from typing import Final

from anyreg.engine.cell_changes import CellChanges
from anyreg.errors import NotSupportedError
from anyreg.regf.layout import (
    CELL_HEADER,
    KEY_COMPRESSED,
    KEY_PREDEFINED,
    NK_CLASS,
    NK_CLASS_SIZE,
    NK_FLAGS,
    NK_LAST_WRITTEN,
    NK_MAX_CLASS,
    NK_MAX_SUBKEY_NAME,
    NK_SUBKEYS,
    NK_VALUES,
    NONE,
)
from anyreg.regf.reads import dword, u16, u32, u64, word
from anyreg.regf.records import KeyRecord

_LOW_HALF: Final = 0xFFFF
_SECOND: Final = 10_000_000  # in the ticks of a FILETIME


class KeyCells:
    """Writes the nodes of keys, and the texts of their class names."""

    def __init__(self, changes: CellChanges) -> None:
        """Work on a transaction."""
        self._changes = changes

    def add(self, parent: int, name: str, flags: int, last_written: int) -> int:
        """The cell of a new key that no list names yet."""
        record = KeyRecord(name, parent, last_written)
        record.flags = flags
        return self._changes.add(record.build(), parent)

    def stamp(self, key: int, last_written: int) -> None:
        """Set the time of a key."""
        self._changes.patch(key, NK_LAST_WRITTEN, last_written.to_bytes(8, "little"))

    def stamp_change(self, key: int, now: int) -> None:
        """Give a key the time of a transaction, or one just behind that of its last commit.

        So a key node has other bytes after each commit, by which its changes are found: also where
        the clock stands still, or was put back a little.
        """
        committed = self._changes.committed
        at = key + CELL_HEADER + NK_LAST_WRITTEN
        if at + 8 <= committed.size:  # of a new key it is what free space held
            before = u64(committed.read(at, 8), 0)
            if now <= before < now + _SECOND:
                now = before + 1
        self.stamp(key, now)

    def count_subkeys(self, key: int, more: int, name_size: int = 0, class_size: int = 0) -> None:
        """A key has more subkeys, or fewer.

        Args:
            key: Its cell.
            more: How many.
            name_size: Bytes of the longest of their names.
            class_size: Bytes of the longest of their class names.
        """
        payload = self._changes.payload(key)
        self._changes.patch(key, NK_SUBKEYS, dword(u32(payload, NK_SUBKEYS) + more))
        longest = u32(payload, NK_MAX_SUBKEY_NAME)
        if longest & _LOW_HALF < name_size:
            raised = longest & ~_LOW_HALF | name_size
            self._changes.patch(key, NK_MAX_SUBKEY_NAME, dword(raised))
        if u32(payload, NK_MAX_CLASS) < class_size:
            self._changes.patch(key, NK_MAX_CLASS, dword(class_size))

    def set_class(self, key: int, text: bytes) -> None:
        """Give a key that has no class name one; b"" says that it has none."""
        where = self._changes.add(text, key) if text else NONE
        self._changes.patch(key, NK_CLASS, dword(where))
        self._changes.patch(key, NK_CLASS_SIZE, word(len(text)))

    def change_class(self, key: int, text: bytes) -> None:
        """Give a key another class name; it never stands where the one before did."""
        before = self._changes.payload(key)
        self.set_class(key, text)
        self._free_class(before)

    def free_class(self, key: int) -> None:
        """Free the text of a key's class name."""
        self._free_class(self._changes.payload(key))

    def _free_class(self, payload: bytes) -> None:
        where = u32(payload, NK_CLASS)
        if where != NONE and u16(payload, NK_CLASS_SIZE):
            self._changes.free(where)

    def set_flags(self, key: int, flags: int) -> None:
        """Set the KEY_ flags of a key; that of the name's form stays as it is.

        Raises:
            NotSupportedError: It has values, and is to stand for a predefined handle, or the other
                way round: where values are counted such a key has the handle.
        """
        payload = self._changes.payload(key)
        before = u16(payload, NK_FLAGS)
        if (before ^ flags) & KEY_PREDEFINED and u32(payload, NK_VALUES):
            raise NotSupportedError("a key with values cannot stand for a predefined handle")
        kept = before & KEY_COMPRESSED
        self._changes.patch(key, NK_FLAGS, word(flags & ~KEY_COMPRESSED | kept))
