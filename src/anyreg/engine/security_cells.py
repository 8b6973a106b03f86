"""Security records: shared by all keys with the same descriptor, counted, joined in a circle."""

from __future__ import annotations

from typing import Final

from anyreg.engine.cell_changes import CellChanges
from anyreg.errors import CorruptHiveError
from anyreg.regf.layout import (
    BINS_START,
    NK_SECURITY,
    NONE,
    SK,
    SK_DESCRIPTOR,
    SK_NEXT,
    SK_PREVIOUS,
    SK_REFERENCES,
    SK_SIZE,
)
from anyreg.regf.reads import dword, u16, u32
from anyreg.regf.records import SecurityRecord, parse_security
from anyreg.security.creation import ANYBODY

_NOT_READ: Final = -1
_MOST: Final = 1 << 28  # more keys than a hive has room for


class SecurityCells:
    """Adds and drops references to security records in a transaction."""

    def __init__(self, changes: CellChanges, root: int, known: dict[bytes, int]) -> None:
        """Work on a transaction.

        Args:
            changes: The transaction.
            root: Cell of the root key, whose record is in the circle.
            known: Cells by descriptor, kept from earlier transactions.  Whoever undoes one, or
                takes over what others have changed, must clear it: nothing in the bytes of a
                freed cell tells that it is free.
        """
        self._changes = changes
        self._root = root
        self._known = known
        self._anchor = _NOT_READ

    def begin_again(self) -> None:
        """Another transaction has begun: the root may have another record."""
        self._anchor = _NOT_READ

    def forget(self) -> None:
        """Something was undone: what is known may be a record that never came to be."""
        self._anchor = _NOT_READ
        self._known.clear()

    def _some_record(self) -> int:
        """A record in the circle, NONE where there is none yet."""
        if self._anchor == _NOT_READ:
            self._anchor = u32(self._changes.payload(self._root), NK_SECURITY)
        return self._anchor

    def use(self, cell: int, times: int = 1) -> None:
        """Count more keys that use a record.

        Raises:
            CorruptHiveError: There is none in this cell.
        """
        references = u32(self._record(cell), SK_REFERENCES) + times
        if references > _MOST:
            raise CorruptHiveError(
                "a security record is used by more keys than can be",
                offset=BINS_START + cell,
                expected=f"at most {_MOST}",
                actual=f"{references - times}",
            )
        self._changes.patch(cell, SK_REFERENCES, dword(references))

    def drop(self, cell: int, times: int = 1) -> None:
        """Count fewer keys; a record that no key uses any more is taken out.

        Raises:
            CorruptHiveError: There is none in this cell.
        """
        payload = self._record(cell)
        references = u32(payload, SK_REFERENCES)
        if references > times:
            self._changes.patch(cell, SK_REFERENCES, dword(references - times))
            return
        after = u32(payload, SK_NEXT)
        before = u32(payload, SK_PREVIOUS)
        self._changes.frees_security = True
        if after != cell:
            self._require_joined(before, cell)
            self._require_joined(cell, after)
            self._changes.patch(before, SK_NEXT, dword(after))
            self._changes.patch(after, SK_PREVIOUS, dword(before))
        if self._some_record() == cell:
            self._anchor = after if after != cell else NONE
        self._known.pop(parse_security(payload).descriptor, None)
        self._changes.free(cell)

    def _require_joined(self, cell: int, after: int) -> None:
        """Refuse to change two records that are no neighbours in the circle.

        Raises:
            CorruptHiveError: One is no record, or does not name the other.
        """
        follows = u32(self._record(cell), SK_NEXT)
        if follows != after or u32(self._record(after), SK_PREVIOUS) != cell:
            raise CorruptHiveError(
                "the circle of security records is broken",
                offset=BINS_START + cell,
                expected=f"0x{after:x}",
                actual=f"0x{follows:x}",
            )

    def _record(self, cell: int) -> bytes:
        payload = self._changes.payload(cell)
        if len(payload) < SK_DESCRIPTOR or u16(payload, 0) != SK:
            raise CorruptHiveError(
                "a key names a security record where there is none",
                offset=BINS_START + cell,
            )
        return payload

    def descriptor(self, cell: int) -> bytes:
        """The descriptor that a record holds.

        Raises:
            CorruptHiveError: There is no record in this cell.
        """
        payload = self._record(cell)
        end = SK_DESCRIPTOR + u32(payload, SK_SIZE)
        if end > len(payload):
            return parse_security(payload).descriptor  # raises what is wrong
        return payload[SK_DESCRIPTOR:end]

    def inherit(self, above: int, near: int) -> int:
        """The record of a new key that is given no descriptor; one more key uses it.

        Args:
            above: The record of the key above; NONE: it has none, and neither has the new key.
            near: A cell to which a new record should stand near.
        """
        if above == NONE:
            return NONE
        before = self.descriptor(above)
        inherited = ANYBODY.inherited(before)
        if inherited != before:
            return self.find_or_add(inherited, near)
        self.use(above)
        return above

    def find_or_add(self, descriptor: bytes, near: int) -> int:
        """The record with this descriptor, made if there is none; one more key uses it."""
        cell = self._find(descriptor)
        if cell == NONE:
            cell = self._add(descriptor, near)
            self._known[descriptor] = cell
        else:
            self.use(cell)
        return cell

    def _find(self, descriptor: bytes) -> int:
        if descriptor not in self._known:
            self._read_circle()
        return self._known.get(descriptor, NONE)

    def _read_circle(self) -> None:
        cell = self._some_record()
        seen: set[int] = set()
        while cell != NONE and cell not in seen:
            seen.add(cell)
            record = parse_security(self._changes.payload(cell))
            self._known[record.descriptor] = cell
            cell = record.next

    def _add(self, descriptor: bytes, near: int) -> int:
        record = SecurityRecord(descriptor, 0, 0, 1)
        cell = self._changes.add(record.build(), near)
        if self._some_record() == NONE:
            self._anchor = after = before = cell
        else:
            before = self._some_record()
            after = u32(self._record(before), SK_NEXT)
            self._require_joined(before, after)
        self._changes.patch(cell, SK_NEXT, dword(after))
        self._changes.patch(cell, SK_PREVIOUS, dword(before))
        if before != cell:
            self._changes.patch(before, SK_NEXT, dword(cell))
            self._changes.patch(after, SK_PREVIOUS, dword(cell))
        return cell
