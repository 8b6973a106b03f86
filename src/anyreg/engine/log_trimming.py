"""Giving the room of long logs back, once a hive is clean and nobody else has it open.

The log of the last period goes on to stand in for a base block that is damaged later: its one entry
has a page of the hive as it is, and the size of the bins.  Cut without that, its old entries would
put old pages over new ones.  The other log loses its base block, and means nothing.
"""

from __future__ import annotations

from anyreg.engine.image import Image
from anyreg.engine.log_file import LogFile
from anyreg.engine.log_numbers import log_header
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import LOG_ENTRIES, PAGE
from anyreg.regf.logs import build_entry


def cut_logs(
    logs: list[LogFile], last_used: int, may_forget: bool, base: BaseBlock, image: Image
) -> None:
    """Cut those that are long.

    Args:
        logs: LOG1 and LOG2.
        last_used: Which of them the last period used.
        may_forget: Whether nobody wants to know what was committed in it.
        base: The base block, which is clean, and durable.
        image: The bins.

    Raises:
        RegistryError: The system failed to write, which takes nothing away.
    """
    for which, log in enumerate(logs):
        if log.is_long and which != last_used:
            log.reset(b"")
        elif log.is_long and may_forget:
            log.reset(_standing_in(base, image))


def _standing_in(base: BaseBlock, image: Image) -> bytes:
    """A log that changes nothing."""
    number = base.primary_number
    header = log_header(base, number)
    page = [(0, image.read(0, PAGE))]
    return header.build() + build_entry(LOG_ENTRIES, number, base.flags, image.size, page)
