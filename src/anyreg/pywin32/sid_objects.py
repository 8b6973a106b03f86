"""PySID: a security identifier as pywin32 has it, which can be made step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from anyreg.errors import SecurityError
from anyreg.security.sid import Sid

_AUTHORITY_BYTES: Final = 6
_NOT_VALID: Final = b"\0" * 8


class PySID:
    """A security identifier; one that is made of nothing is not valid until it is initialized."""

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __init__(self, *parts: object) -> None:
        """Make one of bytes, or of an authority and its numbers.

        Args:
            parts: Nothing; bytes of a SID; or an authority of six numbers, and a list of numbers.
        """
        self._sid: Sid | None = None
        if parts and isinstance(parts[0], bytes | bytearray | memoryview):
            try:
                self._sid = Sid.from_bytes(bytes(parts[0]))
            except SecurityError:
                self._sid = None
        elif len(parts) == len(("authority", "numbers")):
            authority, numbers = parts
            self.Initialize(authority, len(numbers))  # type: ignore[arg-type]
            for index, number in enumerate(numbers):  # type: ignore[arg-type, var-annotated]
                self.SetSubAuthority(index, number)

    def Initialize(self, authority: Sequence[int], count: int) -> None:
        """Begin it anew, with numbers of zero.

        Args:
            authority: The six bytes of the authority.
            count: How many numbers it has.

        Raises:
            TypeError: The authority has not six bytes.
        """
        given = list(authority) if isinstance(authority, Sequence) else None
        if given is None or len(given) != _AUTHORITY_BYTES:
            kind = len(given) if given is not None else type(authority).__name__
            raise TypeError(f"Initialize() argument 1 must be 6-item sequence, not {kind}")
        self._sid = Sid(int.from_bytes(bytes(given), "big"), (0,) * count)

    def SetSubAuthority(self, index: int, value: int) -> None:
        """Set one of the numbers.

        Args:
            index: Which one.
            value: The number.
        """
        numbers = list(self._numbers(index))
        numbers[index] = value & 0xFFFF_FFFF
        self._sid = Sid(self.record.authority, tuple(numbers))

    def GetSubAuthority(self, index: int) -> int:
        """One of the numbers.

        Args:
            index: Which one.
        """
        return self._numbers(index)[index]

    def GetSubAuthorityCount(self) -> int:
        """How many numbers it has."""
        return len(self._sid.numbers) if self._sid else 0

    def GetSidIdentifierAuthority(self) -> tuple[int, ...]:
        """The six bytes of the authority."""
        return tuple(bytes(self)[2:8])

    def GetLength(self) -> int:
        """Its length in bytes."""
        return len(bytes(self))

    def IsValid(self) -> bool:
        """Whether it is a SID."""
        return self._sid is not None

    @property
    def record(self) -> Sid:
        """The SID.

        Raises:
            SecurityError: It is not valid.
        """
        if self._sid is None:
            raise SecurityError("not a security identifier", winerror=1337)
        return self._sid

    def _numbers(self, index: int) -> tuple[int, ...]:
        numbers = self._sid.numbers if self._sid else ()
        if not 0 <= index < len(numbers):
            raise ValueError("The index is out of range")
        return numbers

    def __bytes__(self) -> bytes:
        return self._sid.build() if self._sid else _NOT_VALID

    def __buffer__(self, flags: int, /) -> memoryview:
        return memoryview(bytes(self))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PySID):
            return NotImplemented
        return bytes(self) == bytes(other)

    def __str__(self) -> str:
        return f"PySID:{self._sid}" if self._sid else "PySID: Invalid SID"

    def __repr__(self) -> str:
        return f"<PySID object at 0x{id(self):016X}>"


def as_sid(value: object) -> Sid:
    """The SID that an argument is.

    Args:
        value: The argument.

    Raises:
        TypeError: It is none.
        SecurityError: It is not valid.
    """
    if not isinstance(value, PySID):
        raise TypeError("The object is not a PySID object")
    return value.record


def made_sid(sid: Sid | None) -> PySID | None:
    """The object for a SID; None for none.

    Args:
        sid: The SID.
    """
    return None if sid is None else PySID(sid.build())
