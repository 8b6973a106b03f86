"""Replay: what a dirty hive's logs make of it, in memory.

A hive is dirty when its two numbers differ or its checksum fails.  The logs of a clean hive mean
nothing.  Of the logs with a valid base block (checksum, equal numbers):

- New logs (HvLE): those whose number is at least the primary's second number, lowest first.  In
  each, entries count up from the log's own number until the first that is not valid; the next
  log goes on only if it continues at the next number.
- Old logs (DIRT): one applies when its timestamp is the primary's.
- A primary whose checksum fails takes its base block from the newest valid log, and that log's
  changes alone; an old log must then bear the timestamp of the first bin or of the failed block.

Source: msuhanov/regf; the results are those that Windows 7 and 10 gave for the same files.
"""

from __future__ import annotations

from anyreg.engine.storage import Storage
from anyreg.errors import NotHiveError
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import (
    BASE_SIZE,
    BIN_TIME,
    ENTRY_HEADER,
    ENTRY_SIGNATURE,
    ENTRY_SIZE,
    FLAG_KTM_LOCKED,
    LOG_ENTRIES,
    PAGE,
    SECTOR,
    TYPE_NEW_LOG,
    TYPE_NT_LOG,
    TYPE_OLD_LOG,
    TYPE_PRIMARY,
)
from anyreg.regf.logs import LogEntry, parse_dirt, parse_entries
from anyreg.regf.reads import u32, u64


class Log:
    """A log file with a valid base block.

    Attributes:
        name: What to call it.
        data: The whole file.
        base: Its base block.
    """

    def __init__(self, name: str, data: bytes, base: BaseBlock) -> None:
        self.name = name
        self.data = data
        self.base = base


class Recovery:
    """What replay found.

    Attributes:
        base: The base block to go on with; None where the primary has none and no log helps.
        pieces: Bytes to lay over the bins: where (counted from the first bin), and what.
        applied: A line for each log that applied, such as "LOG1: 4 entries from 2107".
        used: These logs.
        last_number: Sequence number of the last entry applied, 0 where none was.
        last_log: The log that it stands in.
        tail: Where it ends there.
        last_hash: Its hash 1.
    """

    def __init__(self, base: BaseBlock | None) -> None:
        self.base = base
        self.pieces: list[tuple[int, bytes]] = []
        self.applied: list[str] = []
        self.used: list[Log] = []
        self.last_number = 0
        self.last_log: Log | None = None
        self.tail = LOG_ENTRIES
        self.last_hash = 0

    def reach(self, have: int) -> int:
        """How many bytes of bins a file that holds so many of them has with the pieces."""
        have = max(have, 0)
        for at, data in sorted(self.pieces, key=_place):
            if at <= have:  # a piece far behind the end does not make what lies between
                have = max(have, at + len(data))
        return have


def parse_primary(head: bytes) -> BaseBlock | None:
    """The base block, or None where there is none or it is not that of a primary file."""
    try:
        base = BaseBlock(head[:BASE_SIZE])
    except NotHiveError:
        return None
    return base if base.type == TYPE_PRIMARY or not base.checksum_holds else None


def parse_log(name: str, data: bytes) -> Log | None:
    """A log whose base block is valid, or None."""
    try:
        base = BaseBlock(data[:SECTOR])
    except NotHiveError:
        return None
    known = base.type in (TYPE_OLD_LOG, TYPE_NT_LOG, TYPE_NEW_LOG)
    return Log(name, data, base) if known and base.is_settled else None


def read_log(storage: Storage) -> bytes:
    """The part of a log that can mean something: a huge file of zeros takes no memory."""
    head = storage.read(0, SECTOR)
    log = parse_log("", head)
    if log is None:
        return head
    if log.base.type != TYPE_NEW_LOG:  # a bitmap, and at most every sector of the bins
        return storage.read(0, 2 * SECTOR + log.base.bins_size + log.base.bins_size // PAGE)
    parts = [head]
    at = SECTOR
    while True:
        header = storage.read(at, ENTRY_HEADER)
        if len(header) < ENTRY_HEADER or header[:4] != ENTRY_SIGNATURE:
            return b"".join(parts)
        entry = storage.read(at, u32(header, ENTRY_SIZE))
        parts.append(entry)
        if len(entry) < ENTRY_HEADER or len(entry) < u32(header, ENTRY_SIZE):
            return b"".join(parts)
        at += len(entry)


def recover(primary: BaseBlock | None, first_bin: bytes, logs: list[Log]) -> Recovery:
    """Work out what a dirty hive's logs say.

    Args:
        primary: Its base block as it stands; None where it is not one at all.
        first_bin: The first bytes of the first bin, for its timestamp.
        logs: The logs beside it that have a valid base block.
    """
    if primary is None or not primary.checksum_holds:
        return _from_newest_log(primary, first_bin, logs)
    recovery = Recovery(primary)
    new = [log for log in logs if log.base.type == TYPE_NEW_LOG]
    new = [log for log in new if log.base.primary_number >= primary.secondary_number]
    if new:
        _apply_entries(recovery, sorted(new, key=_number))
        return recovery
    for log in logs:
        if log.base.type != TYPE_NEW_LOG and log.base.last_written == primary.last_written:
            _apply_dirt(recovery, log)
            break
    return recovery


def _place(piece: tuple[int, bytes]) -> int:
    return piece[0]


def _number(log: Log) -> int:
    return log.base.primary_number


def _from_newest_log(primary: BaseBlock | None, first_bin: bytes, logs: list[Log]) -> Recovery:
    """Recover where the primary's own base block cannot be trusted."""
    for log in sorted(logs, key=_number, reverse=True):
        recovery = Recovery(_as_primary(log.base, primary))
        if log.base.type == TYPE_NEW_LOG:
            _apply_entries(recovery, [log])
        elif log.base.last_written in _known_times(primary, first_bin):
            _apply_dirt(recovery, log)
        if recovery.applied:
            return recovery
    return Recovery(primary)


def _as_primary(base: BaseBlock, primary: BaseBlock | None) -> BaseBlock:
    """A log's base block, with the primary's bytes behind the first 512 where there are any."""
    rest = primary.raw[SECTOR:] if primary is not None else b""
    block = BaseBlock((base.raw[:SECTOR] + rest).ljust(BASE_SIZE, b"\0"))
    block.type = TYPE_PRIMARY
    return block


def _known_times(primary: BaseBlock | None, first_bin: bytes) -> list[int]:
    """The timestamps that say which moment the bins of a primary belong to."""
    times = [] if primary is None else [primary.last_written]
    if len(first_bin) >= BIN_TIME + 8:
        times.append(u64(first_bin, BIN_TIME))
    return times


def _apply_entries(recovery: Recovery, logs: list[Log]) -> None:
    """Apply new logs, lowest number first, as long as each continues the one before."""
    expected = -1
    for log in logs:
        number = log.base.primary_number
        if expected not in (-1, number):
            break
        count = 0
        tail = LOG_ENTRIES
        for entry in parse_entries(log.data, number):
            _apply_entry(recovery, entry)
            count += 1
            tail += entry.size
        expected = number + count
        if count:
            recovery.last_log = log
            recovery.tail = tail
            recovery.used.append(log)
            recovery.applied.append(f"{log.name}: {count} entries from {number}")


def _apply_entry(recovery: Recovery, entry: LogEntry) -> None:
    base = recovery.base
    assert base is not None
    recovery.pieces.extend(entry.pages)
    base.bins_size = entry.bins_size
    base.flags = base.flags & ~FLAG_KTM_LOCKED | entry.flags & FLAG_KTM_LOCKED
    base.primary_number = base.secondary_number = recovery.last_number = entry.number
    recovery.last_hash = entry.hash_1


def _apply_dirt(recovery: Recovery, log: Log) -> None:
    base = recovery.base
    assert base is not None
    dirt = parse_dirt(log.data, log.base.bins_size)
    if dirt is None:
        return
    recovery.pieces.extend(dirt.sectors)
    base.bins_size = log.base.bins_size
    base.primary_number = base.secondary_number = recovery.last_number = log.base.primary_number
    recovery.used.append(log)
    recovery.applied.append(
        f"{log.name}: {len(dirt.sectors)} sectors of 512 bytes from {dirt.data_start}"
    )
