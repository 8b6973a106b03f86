"""Transaction logs: what a log file says, and the bytes of a new entry.

Both kinds open with 512 bytes of base block.  An old log (DIRT) then holds a bitmap of dirty
512-byte sectors and those sectors.  A new log (HvLE) holds entries that each carry whole pages,
a number, and two hashes; an entry counts only if its hashes hold and its number follows on.

Source: msuhanov/regf, and the logs of Windows 7 to 11.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mypy_extensions import i64

from anyreg.regf.checksums import marvin32, marvin32_of_parts
from anyreg.regf.layout import (
    DIRT_AT,
    DIRT_BITMAP,
    DIRT_SIGNATURE,
    ENTRY_BINS_SIZE,
    ENTRY_FLAGS,
    ENTRY_HASH_1,
    ENTRY_HASH_2,
    ENTRY_HEADER,
    ENTRY_NUMBER,
    ENTRY_PAGES,
    ENTRY_SIGNATURE,
    ENTRY_SIZE,
    LOG_ENTRIES,
    MAX_BINS_SIZE,
    PAGE,
    PAGE_REFERENCE,
    SECTOR,
)
from anyreg.regf.reads import u32, u64
from anyreg.regf.writes import BytesWriter, put_u32, put_u64

_ZEROS: Final = bytes(PAGE)


class LogEntry:
    """One entry of a new log.

    Attributes:
        number: Its sequence number.
        flags: Flags of the base block after it.
        bins_size: Bytes of all bins after it.
        pages: Where each run of pages belongs (counted from the first bin), and its bytes.
        size: Bytes of the entry in the log.
        hash_1: The hash over references and pages.
    """

    def __init__(
        self,
        number: int,
        flags: int,
        bins_size: int,
        pages: list[tuple[int, bytes]],
        size: int = 0,
        hash_1: int = 0,
    ) -> None:
        self.number = number
        self.flags = flags
        self.bins_size = bins_size
        self.pages = pages
        self.size = size
        self.hash_1 = hash_1


def parse_entries(log: bytes, number: int) -> Iterator[LogEntry]:
    """The valid entries of a new log, up to the first that is not.

    Args:
        log: The whole log file.
        number: The number that the first entry must have; each next one follows on.
    """
    at = LOG_ENTRIES
    while True:
        entry = parse_entry(log, at, number)
        if entry is None:
            return
        yield entry
        at += entry.size
        number += 1


def parse_entry(log: bytes, at: int, number: int) -> LogEntry | None:
    """The entry at this index of a log, or None where no valid one of this number stands."""
    left = len(log) - at
    if left < ENTRY_HEADER or log[at : at + 4] != ENTRY_SIGNATURE:
        return None
    size: int = u32(log, at + ENTRY_SIZE)
    bins_size: int = u32(log, at + ENTRY_BINS_SIZE)
    sound = (
        size % SECTOR == 0
        and ENTRY_HEADER <= size <= left
        and u32(log, at + ENTRY_NUMBER) == number
        and bins_size % PAGE == 0
        and bins_size <= MAX_BINS_SIZE
        and u64(log, at + ENTRY_HASH_2) == marvin32(log, at, at + ENTRY_HASH_2)
        and u64(log, at + ENTRY_HASH_1) == marvin32(log, at + ENTRY_HEADER, at + size)
    )
    if not sound:
        return None
    pages = _parse_pages(log, at, size)
    if pages is None:
        return None
    flags: int = u32(log, at + ENTRY_FLAGS)
    return LogEntry(number, flags, bins_size, pages, size, u64(log, at + ENTRY_HASH_1))


def _parse_pages(log: bytes, at: int, size: int) -> list[tuple[int, bytes]] | None:
    """The pages of an entry whose hashes hold; None where they do not fit into it."""
    count = u32(log, at + ENTRY_PAGES)
    data = at + ENTRY_HEADER + count * PAGE_REFERENCE
    end = at + size
    pages: list[tuple[int, bytes]] = []
    for index in range(count):
        reference: i64 = at + ENTRY_HEADER + index * PAGE_REFERENCE
        if reference + PAGE_REFERENCE > end:
            return None
        length = u32(log, reference + 4)
        if data + length > end:
            return None
        pages.append((u32(log, reference), log[data : data + length]))
        data += length
    return pages


def page_runs(pages: list[tuple[int, bytes]]) -> list[tuple[int, int, list[bytes]]]:
    """Ascending pages with neighbours in one run: where it belongs, its size, its bytes in pieces.

    The pieces are not joined, since a commit may have many megabytes of them.
    """
    runs: list[tuple[int, int, list[bytes]]] = []
    first: i64 = -1
    end: i64 = -1
    parts: list[bytes] = []
    for at, data in pages:
        if at != end:
            if parts:
                runs.append((first, end - first, parts))
            parts = []
            first = at
        parts.append(data)
        end = at + len(data)
    if parts:
        runs.append((first, end - first, parts))
    return runs


def build_entry(
    start: int, number: int, flags: int, bins_size: int, pages: list[tuple[int, bytes]]
) -> bytes:
    """The bytes of a new entry, padded so that the next one starts on a page of the log.

    Args:
        start: Where it will stand in the log; the first entry stands at 512.
        number: Its sequence number.
        flags: Flags of the base block.
        bins_size: Bytes of all bins after it.
        pages: Where each run of whole pages belongs, ascending, and its bytes; neighbours become
            one run.
    """
    runs = page_runs(pages)
    references = BytesWriter()
    parts: list[bytes] = [b""]
    filled: i64 = start + ENTRY_HEADER + PAGE_REFERENCE * len(runs)
    for at, size, data in runs:
        put_u32(references, at)
        put_u32(references, size)
        parts += data
        filled += size
    parts[0] = references.getvalue()
    end = (filled + PAGE - 1) & -PAGE
    parts.append(_ZEROS[: end - filled])
    head = BytesWriter()
    head.write(ENTRY_SIGNATURE)
    put_u32(head, end - start)
    put_u32(head, flags)
    put_u32(head, number)
    put_u32(head, bins_size)
    put_u32(head, len(runs))
    put_u64(head, marvin32_of_parts(parts))
    put_u64(head, marvin32(head.getvalue()))
    parts.insert(0, head.getvalue())
    return b"".join(parts)


class DirtyBitmap:
    """What an old log holds: sectors that replace those of the bins.

    Attributes:
        sectors: Where each belongs, counted from the first bin, and its 512 bytes.
        data_start: Where the sectors start in the log.
    """

    def __init__(self, sectors: list[tuple[int, bytes]], data_start: int) -> None:
        self.sectors = sectors
        self.data_start = data_start


def parse_dirt(log: bytes, bins_size: int) -> DirtyBitmap | None:
    """The dirty sectors of an old log, or None where it holds none that can be used.

    Args:
        log: The whole log file.
        bins_size: Bytes of all bins, from the log's own base block.
    """
    if log[DIRT_AT : DIRT_AT + 4] != DIRT_SIGNATURE:
        return None
    bitmap_size = bins_size // PAGE  # one bit for each of the eight sectors of a page
    bitmap = log[DIRT_BITMAP : DIRT_BITMAP + bitmap_size]
    at = data_start = (DIRT_BITMAP + bitmap_size + SECTOR - 1) & -SECTOR
    sectors: list[tuple[int, bytes]] = []
    for index, bits in enumerate(bitmap):
        for bit in range(8):
            if bits >> bit & 1:
                sector = log[at : at + SECTOR]
                if len(sector) < SECTOR:
                    return None
                sectors.append(((index * 8 + bit) * SECTOR, sector))
                at += SECTOR
    return DirtyBitmap(sectors, data_start)


def build_dirt(base: bytes, bins_size: int, sectors: list[tuple[int, bytes]]) -> bytes:
    """An old log: its base block, bitmap and sectors.

    Args:
        base: The log's first 512 bytes.
        bins_size: Bytes of all bins.
        sectors: Where each sector belongs, ascending, and its 512 bytes.
    """
    bitmap = bytearray(bins_size // PAGE)
    for at, _ in sectors:
        bitmap[at // SECTOR // 8] |= 1 << (at // SECTOR % 8)
    head = base[:SECTOR] + DIRT_SIGNATURE + bytes(bitmap)
    end = (len(head) + SECTOR - 1) & -SECTOR
    return head.ljust(end, b"\0") + b"".join([sector for _, sector in sectors])
