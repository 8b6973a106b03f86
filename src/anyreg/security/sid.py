"""Security identifiers (SIDs): who an entry of a descriptor speaks of.

A SID is a revision, an authority of six bytes, and up to 15 numbers of four, written S-1-5-32-544.
The authority is the only number of a descriptor that is stored big-endian; from 2^32 on it is
written in hexadecimal, without zeros in front.

Source: Microsoft's [MS-DTYP], 2.4.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import pack, unpack_from
from typing import Final

from anyreg.errors import SecurityError

_HEAD: Final = 8
_MOST_NUMBERS: Final = 15
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]{1,16}|[0-9]{1,16}")
_SHOWN: Final = 80  # characters of a text that is none
_INVALID: Final = 1337  # ERROR_INVALID_SID


@dataclass(frozen=True, slots=True, order=True)
class Sid:
    """One security identifier.  SIDs compare, sort and hash by what they name.

    Attributes:
        authority: Who has given the identifier out: 5 for Windows NT, 1 for the world.
        numbers: The numbers below it, most special last.

    Examples:
        >>> administrators = Sid.parse("S-1-5-32-544")
        >>> administrators.rid, str(administrators.parent)
        (544, 'S-1-5-32')
    """

    authority: int
    numbers: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Sid:
        """The SID that a text names.

        Args:
            text: Such as "S-1-5-18"; numbers may be hexadecimal.

        Raises:
            SecurityError: The text is no SID.
        """
        return _parsed(text)

    @classmethod
    def from_bytes(cls, data: bytes, at: int = 0) -> Sid:
        """The SID that begins at an offset.

        Args:
            data: Bytes that hold it; more may follow.
            at: Offset of its first byte.

        Raises:
            SecurityError: There is no whole SID there.
        """
        if len(data) < at + _HEAD:
            raise SecurityError(
                "a security identifier is cut off",
                offset=at,
                expected=f"{_HEAD} bytes",
                actual=f"{max(0, len(data) - at)}",
                winerror=_INVALID,
            )
        revision, count = data[at], data[at + 1]
        if revision != 1 or count > _MOST_NUMBERS or len(data) < at + _HEAD + 4 * count:
            raise SecurityError(
                "not a security identifier",
                offset=at,
                expected=f"revision 1, at most {_MOST_NUMBERS} numbers, all within",
                actual=f"revision {revision}, {count} numbers, {len(data) - at} bytes",
                winerror=_INVALID,
            )
        authority = int.from_bytes(data[at + 2 : at + _HEAD], "big")
        return cls(authority, unpack_from(f"<{count}I", data, at + _HEAD))

    def build(self) -> bytes:
        """The bytes of the SID.

        Raises:
            SecurityError: It has more numbers, or larger ones, than a SID can hold.
        """
        if not _fits(self.authority, self.numbers):
            raise _no_sid(str(self))
        head = pack("BB", 1, len(self.numbers)) + self.authority.to_bytes(6, "big")
        return head + pack(f"<{len(self.numbers)}I", *self.numbers)

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return _HEAD + 4 * len(self.numbers)

    @property
    def rid(self) -> int:
        """Its last number, which tells one account of a machine or domain from another."""
        return self.numbers[-1] if self.numbers else 0

    @property
    def parent(self) -> Sid:
        """The SID without its last number: of an account, its machine or domain."""
        return Sid(self.authority, self.numbers[:-1])

    def child(self, *numbers: int) -> Sid:
        """The SID with more numbers behind its own.

        Args:
            numbers: What follows, such as the number of an account.
        """
        return Sid(self.authority, (*self.numbers, *numbers))

    def is_below(self, other: Sid) -> bool:
        """Whether another SID is the beginning of this one.

        Args:
            other: Such as that of a domain.
        """
        shared = len(other.numbers)
        return self.authority == other.authority and self.numbers[:shared] == other.numbers

    def __str__(self) -> str:
        authority = f"{self.authority:d}" if self.authority < 1 << 32 else f"0x{self.authority:X}"
        return "-".join(["S-1", authority, *map(str, self.numbers)])

    def __repr__(self) -> str:
        return f"Sid.parse({str(self)!r})"


def build_sid(text: str) -> bytes:
    """The bytes of a SID.

    Args:
        text: Its text, such as "S-1-5-18".

    Raises:
        SecurityError: The text is no SID.

    Examples:
        >>> build_sid("S-1-5-18").hex()
        '010100000000000512000000'
    """
    return Sid.parse(text).build()


@lru_cache(2048)
def _parsed(text: str) -> Sid:
    prefix, _, rest = text.partition("-1-")
    parts = rest.split("-")
    if prefix in ("S", "s") and all(_NUMBER.fullmatch(part) for part in parts):
        authority, *numbers = _integers(parts)
        if _fits(authority, numbers):
            return Sid(authority, tuple(numbers))
    raise _no_sid(text)


def _fits(authority: int, numbers: Sequence[int]) -> bool:
    """Whether a SID can hold them."""
    in_range = 0 <= authority < 1 << 48 and all(0 <= number < 1 << 32 for number in numbers)
    return in_range and len(numbers) <= _MOST_NUMBERS


def _no_sid(text: str) -> SecurityError:
    return SecurityError(
        "not a security identifier",
        expected="a form such as S-1-5-32-544",
        actual=repr(text[:_SHOWN]),
        winerror=_INVALID,
    )


def _integers(parts: Iterable[str]) -> list[int]:
    return [int(part, 16 if part[:2] in ("0x", "0X") else 10) for part in parts]
