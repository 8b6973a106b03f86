"""The sequence numbers of a hive and its logs.

A period begins with a number that is higher than any in the three base blocks, so whatever a log
still holds of an earlier time never counts.  Numbers have 32 bits: before they run out both logs
lose all that looks like an entry, and they begin again at 1.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.log_file import LogFile
from anyreg.engine.storage import Storage
from anyreg.engine.sync_guard import SyncGuard
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import NONE, SECTOR, TYPE_NEW_LOG

LAST_NUMBER: Final = 0xFFFFFF00  # numbers begin again at 1 before this


def following(number: int) -> int:
    """The sequence number after this one; what a damaged file says may be the last there is."""
    return number + 1 if number < NONE else 1


def highest_number(base: BaseBlock, logs: list[LogFile]) -> int:
    """The highest number in the three base blocks."""
    primary = max(base.primary_number, base.secondary_number)
    return max(primary, logs[0].number(), logs[1].number())


def newer_log(logs: list[LogFile]) -> int:
    """Which log the last period used."""
    return 1 if logs[1].number() > logs[0].number() else 0


def numbered(base: BaseBlock, first: int, second: int) -> BaseBlock:
    """A base block with other numbers."""
    made = BaseBlock(base.raw)
    made.primary_number = first
    made.secondary_number = second
    return made


def log_header(base: BaseBlock, number: int) -> BaseBlock:
    """The base block of a log whose entries begin with this number."""
    header = BaseBlock(base.raw[:SECTOR])
    header.type = TYPE_NEW_LOG
    header.primary_number = header.secondary_number = number
    return header


def restart_numbers(
    primary: Storage, logs: list[LogFile], base: BaseBlock, guard: SyncGuard
) -> BaseBlock:
    """Let numbers begin again at 1, in a clean hive whose base block is durable.

    Args:
        primary: Its file.
        logs: LOG1 and LOG2; both become empty.
        base: Its base block.
        guard: That of the files.

    Returns:
        The base block that it has then.

    Raises:
        RegistryError: The system failed to write.
    """
    try:
        for log in logs:
            log.reset_numbers()
        raw = numbered(base, 1, 1).build()
        primary.write(0, raw[:SECTOR])
        primary.sync()
    except BaseException as error:
        guard.fail(error)
        raise
    return BaseBlock(raw)
