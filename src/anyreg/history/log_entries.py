"""Which entries a hive's log holds: whether a commit that was about to be made came to be.

An entry is known by the digest of its pages, which is the same wherever in a log it stands, and by
either protocol.

Only the log of the period under way tells, or, of a clean hive, the log of the period that the last
checkpoint has ended: there the last entry is the one before the hive's number.  Any other log may
hold entries of a period that never began.  An old log tells of the last commit alone, whose
timestamp the base block has.  A text of Wine's has no log: what it holds is its last commit.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from anyreg.engine.follower import parse_base
from anyreg.engine.hive import read_logs
from anyreg.engine.recover import Log, recover
from anyreg.engine.storage import Disk
from anyreg.formats.wine.reader import OPENING
from anyreg.history.digests import blake2b
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import BASE_SIZE, BIN_HEADER, TYPE_NEW_LOG
from anyreg.regf.logs import page_runs, parse_dirt, parse_entries
from anyreg.times import now

_OF_WINE: Final = OPENING.encode()
_PLACE: Final = Struct("<II")


def entry_digest(pages: list[tuple[int, bytes]]) -> str:
    """What a commit is known by: pages hold times, so no two are the same.

    Args:
        pages: The pages that it changes, in pieces of whichever size.
    """
    digest = blake2b(digest_size=12)
    for at, size, parts in page_runs(pages):
        digest.update(_PLACE.pack(at, size))
        for part in parts:
            digest.update(part)
    return digest.hexdigest()


def standing_entries(disk: Disk, path: str) -> dict[int, str]:
    """The digest of each entry that is known to be a commit of a hive, by its number.

    Args:
        disk: Where the hive is.
        path: Its file; nobody may be writing it.
    """
    primary = disk.open(path, False)
    try:
        if primary.read(0, len(_OF_WINE)) == _OF_WINE:
            return {now(): entry_digest([(0, primary.read(0, primary.size()))])}
        head = primary.read(0, BASE_SIZE + BIN_HEADER)
    finally:
        primary.close()
    base = parse_base(head)
    logs = read_logs(disk, path)
    if base is not None and base.is_settled:
        return _of_clean(base, logs)
    first = base.secondary_number if base is not None and base.checksum_holds else 0
    recovery = recover(base, head[BASE_SIZE:], logs)  # which changes the base block
    last_log = recovery.last_log
    if last_log is None:
        return {} if recovery.base is None else _of_old_log(recovery.base, logs)
    found: dict[int, str] = {}
    for log in logs:
        if log.base.primary_number <= last_log.base.primary_number:
            found |= _entries(log)
    return {n: digest for n, digest in found.items() if first <= n <= recovery.last_number}


def _of_clean(base: BaseBlock, logs: list[Log]) -> dict[int, str]:
    found = _of_old_log(base, logs)
    new = [log for log in logs if log.base.type == TYPE_NEW_LOG]
    if new:
        entries = _entries(max(new, key=_number))
        before = base.primary_number - 1
        if before in entries:
            found |= {number: digest for number, digest in entries.items() if number <= before}
    return found


def _of_old_log(base: BaseBlock, logs: list[Log]) -> dict[int, str]:
    for log in logs:
        if log.base.type != TYPE_NEW_LOG and log.base.last_written == base.last_written:
            dirt = parse_dirt(log.data, log.base.bins_size)
            if dirt is not None:
                return {log.base.primary_number: entry_digest(dirt.sectors)}
    return {}


def _number(log: Log) -> int:
    return log.base.primary_number


def _entries(log: Log) -> dict[int, str]:
    if log.base.type != TYPE_NEW_LOG:
        return {}
    entries = parse_entries(log.data, log.base.primary_number)
    return {entry.number: entry_digest(entry.pages) for entry in entries}
