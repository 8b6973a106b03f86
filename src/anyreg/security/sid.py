"""Security identifiers (SIDs): who an entry of a descriptor speaks of.

A SID is a revision, an authority of six bytes, and up to 15 numbers, written S-1-5-32-544.

Source: Microsoft's [MS-DTYP], 2.4.2.
"""

from __future__ import annotations

from struct import pack

_PREFIX = ["S", "1"]
_MOST_NUMBERS = 15


def build_sid(text: str) -> bytes:
    """The bytes of a SID.

    Args:
        text: Its text, such as "S-1-5-18".

    Raises:
        ValueError: The text is no SID.

    Examples:
        >>> build_sid("S-1-5-18").hex()
        '010100000000000512000000'
    """
    parts = text.split("-")
    try:
        authority, *numbers = (int(part, 0) for part in parts[2:])
        if parts[:2] == _PREFIX and len(numbers) <= _MOST_NUMBERS:
            head = pack("BB", 1, len(numbers)) + authority.to_bytes(6, "big")
            return head + b"".join(number.to_bytes(4, "little") for number in numbers)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"not a security identifier: {text!r}")
