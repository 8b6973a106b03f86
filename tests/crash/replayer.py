"""Replay of the logs, a second time: from the description of the format alone.

Nothing here knows the package.  It does what every other tool does with a dirty hive and its logs,
the slow and plain way, and says which bytes the bins then have.
"""

from __future__ import annotations

import struct

SEED = 0x82EF4D887A4E55C5
KNOWN_TYPES = (1, 2, 6)


class NoHiveError(Exception):
    """There is nothing to replay onto."""


def numbers_at(data: bytes, at: int, count: int) -> tuple[int, ...]:
    return struct.unpack_from(f"<{count}I", data, at)


def rotated(number: int, by: int) -> int:
    return (number << by | number >> 32 - by) & 0xFFFFFFFF


def marvin32(data: bytes) -> int:
    """The public algorithm, over whole dwords."""
    low, high = SEED & 0xFFFFFFFF, SEED >> 32
    for word in (*numbers_at(data, 0, len(data) // 4), 0x80, 0):
        low = low + word & 0xFFFFFFFF
        high ^= low
        low = rotated(low, 20) + high & 0xFFFFFFFF
        high = rotated(high, 9) ^ low
        low = rotated(low, 27) + high & 0xFFFFFFFF
        high = rotated(high, 19)
    return high << 32 | low


def is_base(data: bytes) -> bool:
    """Whether a base block with the right checksum stands at the start."""
    if len(data) < 512 or data[:4] != b"regf":
        return False
    total = 0
    for word in numbers_at(data, 0, 127):
        total ^= word
    total = {0xFFFFFFFF: 0xFFFFFFFE, 0: 1}.get(total, total)
    return total == numbers_at(data, 508, 1)[0]


def is_dirty(primary: bytes) -> bool:
    first, second = numbers_at(primary, 4, 2)
    return first != second or not is_base(primary)


def replayed(primary: bytes, *logs: bytes) -> bytes:
    """The bins of a hive after its new logs; those of a clean hive as they stand.

    Raises:
        NoHiveError: The base block is bad, and no log is valid.
    """
    valid = [log for log in logs if is_base(log) and numbers_at(log, 28, 1)[0] in KNOWN_TYPES]
    valid = [log for log in valid if len(set(numbers_at(log, 4, 2))) == 1]
    valid.sort(key=lambda log: numbers_at(log, 4, 1))
    size = numbers_at(primary, 40, 1)[0]
    if not is_dirty(primary):
        return primary[4096 : 4096 + size]
    if is_base(primary):
        valid = [log for log in valid if numbers_at(log, 4, 1) >= numbers_at(primary, 8, 1)]
    elif valid:
        valid = valid[-1:]
        size = numbers_at(valid[0], 40, 1)[0]
    else:
        raise NoHiveError
    bins = bytearray(primary[4096 : 4096 + size].ljust(size, b"\0"))
    expected = None
    for log in valid:
        number = numbers_at(log, 4, 1)[0]
        if expected in (None, number):
            expected = replay_log(bins, log, number)
    return bytes(bins)


def replay_log(bins: bytearray, log: bytes, number: int) -> int:
    """Apply a log's entries from this number on; the number that would be next."""
    at = 512
    while (size := entry_size(log, at, number)) > 0:
        bins_size, pages = numbers_at(log, at + 16, 2)
        if bins_size > len(bins):
            bins.extend(bytes(bins_size - len(bins)))
        del bins[bins_size:]
        data = at + 40 + 8 * pages
        for page in range(pages):
            where, length = numbers_at(log, at + 40 + 8 * page, 2)
            bins[where : where + length] = log[data : data + length]
            data += length
        at += size
        number += 1
    return number


def entry_size(log: bytes, at: int, number: int) -> int:
    """The size of the entry of this number, 0 where none stands that counts."""
    if len(log) < at + 40 or log[at : at + 4] != b"HvLE":
        return 0
    size, _, found, bins_size = numbers_at(log, at + 4, 4)
    if size % 512 or size < 40 or at + size > len(log) or found != number or bins_size % 4096:
        return 0
    first, second = struct.unpack_from("<QQ", log, at + 24)
    body, head = log[at + 40 : at + size], log[at : at + 32]
    return size if (first, second) == (marvin32(body), marvin32(head)) else 0
