"""Which entries a hive's log holds: whether a commit that was about to be made came to be.

Only the log of the period under way tells, or, of a clean hive, the log of the period that the last
checkpoint has ended: there the last entry is the one before the hive's number.  Any other log may
hold entries of a period that never began.
"""

from __future__ import annotations

from anyreg.engine.following import parse_base
from anyreg.engine.recover import Log, parse_log, read_log, recover
from anyreg.engine.storage import Disk
from anyreg.errors import RegistryError
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import BASE_SIZE, BIN_HEADER, TYPE_NEW_LOG
from anyreg.regf.logs import parse_entries


def standing_entries(disk: Disk, path: str) -> dict[int, int]:
    """Hash 1 of each entry that is known to be a commit of a hive, by its number.

    Args:
        disk: Where the hive is.
        path: Its file; nobody may be writing it.
    """
    primary = disk.open(path, False)
    try:
        head = primary.read(0, BASE_SIZE + BIN_HEADER)
    finally:
        primary.close()
    base = parse_base(head)
    logs = _logs(disk, path)
    if base is not None and base.is_settled:
        return _of_clean(base, logs)
    first = base.secondary_number if base is not None and base.checksum_holds else 0
    recovery = recover(base, head[BASE_SIZE:], logs)  # which changes the base block
    last_log = recovery.last_log
    if last_log is None:
        if not recovery.applied or recovery.base is None:
            return {}
        return {recovery.last_number: recovery.base.last_written}
    found: dict[int, int] = {}
    for log in logs:
        if log.base.primary_number <= last_log.base.primary_number:
            found |= _entries(log)
    return {n: entry for n, entry in found.items() if first <= n <= recovery.last_number}


def _of_clean(base: BaseBlock, logs: list[Log]) -> dict[int, int]:
    # The old protocol has no entries: a commit is the base block's timestamp.
    found = {base.primary_number: base.last_written}
    new = [log for log in logs if log.base.type == TYPE_NEW_LOG]
    if new:
        entries = _entries(max(new, key=_number))
        before = base.primary_number - 1
        if before in entries:
            found |= {number: entry for number, entry in entries.items() if number <= before}
    return found


def _number(log: Log) -> int:
    return log.base.primary_number


def _entries(log: Log) -> dict[int, int]:
    if log.base.type != TYPE_NEW_LOG:
        return {}
    return {
        entry.number: entry.hash_1 for entry in parse_entries(log.data, log.base.primary_number)
    }


def _logs(disk: Disk, path: str) -> list[Log]:
    found: list[Log] = []
    for name in disk.find_logs(path):
        try:
            storage = disk.open(name, False)
        except RegistryError:
            continue
        try:
            log = parse_log(name, read_log(storage))
        finally:
            storage.close()
        if log is not None:
            found.append(log)
    return found
