"""What a history knows of the commits since certain entries of its hives, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.history.items import HiveName, Item
from anyreg.history.recorder import Recorder
from anyreg.history.records import CHANGE, DROPPED, OF_COMMITS, REDO, UNDO, Record
from anyreg.history.store import Store


class ItemSource:
    """The items of a change, from the side that a commit has made of them."""

    def __init__(self, store: Store, record: Record, is_mirrored: bool) -> None:
        """Name it.

        Args:
            store: The history.
            record: The change.
            is_mirrored: Whether it is the state after that the commit has ended, as by an undo.
        """
        self._store = store
        self._record = record
        self._is_mirrored = is_mirrored

    def read(self, hive: str) -> Iterator[Item]:
        """The items of one hive.

        Args:
            hive: The hive's name in the history.

        Raises:
            NotFoundError: The change is too old to be kept.
        """
        is_here = False
        for item in self._store.items(self._record):
            if isinstance(item, HiveName):
                is_here = item.name == hive
            elif is_here:
                yield item.mirrored() if self._is_mirrored else item


class KeptCommit:
    """A commit that the history has a record of.

    Attributes:
        record: The record.
        sources: What it has changed, one after the other.
        is_lost: Whether the record does not say all of it.
    """

    def __init__(self, record: Record, sources: list[ItemSource], is_lost: bool) -> None:
        self.record = record
        self.sources = sources
        self.is_lost = is_lost

    def number_in(self, hive: str) -> int:
        """The number of its entry in a hive, -1 where it has none."""
        for part in self.record.parts:
            if part.hive == hive:
                return part.number
        return -1


def kept_since(recorder: Recorder, numbers: dict[str, int]) -> list[KeptCommit]:
    """The commits behind certain entries.

    Args:
        recorder: The history, whose lock is held.
        numbers: The number of the entry of each hive.

    Raises:
        RegistryError: A record is not whole.
    """
    store = recorder.store
    left = {hive for hive in numbers if hive in recorder.files}
    dropped = set(recorder.never_made())
    found: list[Record] = []
    named: dict[int, Record] = {}
    wanted: set[int] = set()
    for record in store.backwards():
        if not left and not wanted:
            break
        if record.kind == DROPPED:
            dropped.update(record.ids)
        if record.kind not in OF_COMMITS or record.id in dropped:
            continue
        if record.id in wanted:
            named[record.id] = record
            wanted.discard(record.id)
        if _is_behind(record, numbers):
            found.append(record)
            wanted.update([known for known in record.ids if known not in named])
        for part in record.parts:
            if part.number <= numbers.get(part.hive, -1):
                left.discard(part.hive)
    found.reverse()
    named |= {record.id: record for record in found}
    return [_kept(store, record, named) for record in found]


def _is_behind(record: Record, numbers: dict[str, int]) -> bool:
    return any(part.number > numbers.get(part.hive, part.number) for part in record.parts)


def _kept(store: Store, record: Record, named: dict[int, Record]) -> KeptCommit:
    if record.kind == CHANGE:
        return KeptCommit(record, [ItemSource(store, record, False)], record.is_lost)
    there = [named[known] for known in record.ids if known in named]
    is_lost = len(there) < len(record.ids) or any(change.is_lost for change in there)
    is_undo = record.kind == UNDO
    assert is_undo or record.kind == REDO
    return KeptCommit(record, [ItemSource(store, one, is_undo) for one in there], is_lost)
