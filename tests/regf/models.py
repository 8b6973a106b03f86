"""Slow, plain versions of what the format computes, to compare the package's with."""

from __future__ import annotations

from typing import Any

MASK = 0xFFFFFFFF
HIVE_SEED = 0x82EF4D887A4E55C5


def fields(record: object) -> dict[str, Any]:
    """The data of an object, compiled or not: compiled ones have no __dict__."""
    names = [name for name in dir(record) if not name.startswith("_")]
    found = {name: getattr(record, name) for name in names}
    return {name: value for name, value in found.items() if not callable(value)}


def rotated(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) & MASK


def marvin(data: bytes, seed: int = HIVE_SEED) -> int:
    """Marvin32 of any bytes, as published: pad with 0x80, then one word of zeros at the end."""
    low, high = seed & MASK, seed >> 32
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 4) + bytes(4)
    for at in range(0, len(padded), 4):
        low = (low + int.from_bytes(padded[at : at + 4], "little")) & MASK
        high ^= low
        low = (rotated(low, 20) + high) & MASK
        high = rotated(high, 9) ^ low
        low = (rotated(low, 27) + high) & MASK
        high = rotated(high, 19)
    return high << 32 | low
