"""NDR: how the arguments of a call are laid out in bytes.

A number stands at a multiple of its size, counted from the beginning of the stub, in the byte
order that the message's header names.  A unique pointer is a number that is 0 for none, and its
target follows.  An array is *conformant* where its room is said before it, and *varying* where its
first element and the count of those that were sent are.

A reader compares each count with the bytes that are left before it takes them, so that nothing is
ever larger than the message that it came in.

Source: C706, chapter 14, and MS-RPCE 2.2.4.
"""

from __future__ import annotations

from typing import Final, Literal

from anyreg.errors import RemoteProtocolError

LARGEST_ARRAY: Final = 0x0400_0000  # bytes, as the interface of the registry has it
_FIRST_REFERENT: Final = 0x0002_0000  # as Windows and Samba begin; any number but 0 would do
_REFERENT_STEP: Final = 4
_MOST_PADDING: Final = 15  # bytes that a server may put behind its last argument

Order = Literal["little", "big"]


class NdrReader:
    """Reads the arguments of a call, one after the other.

    Attributes:
        at: Offset of the next byte.
        order: The byte order of numbers.
    """

    def __init__(self, data: bytes, order: Order = "little", at: int = 0) -> None:
        """Begin.

        Args:
            data: All bytes; alignment is counted from the first.
            order: The byte order of numbers.
            at: Offset of the first byte to be read.
        """
        self._data = data
        self.at = at
        self.order: Order = order

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self.at

    def align(self, size: int) -> None:
        """Go on to a multiple of a size."""
        self.at += -self.at % size

    def raw(self, size: int) -> bytes:
        """The next bytes, as they are."""
        if size > self.left:
            raise self.wrong(f"{size} bytes", f"{max(self.left, 0)}")
        start = self.at
        self.at += size
        return self._data[start : self.at]

    def number(self, size: int) -> int:
        """A number without a sign, of 1, 2 or 4 bytes."""
        self.align(size)
        return int.from_bytes(self.raw(size), self.order)

    def u8(self) -> int:
        """A number of 1 byte."""
        return self.number(1)

    def u16(self) -> int:
        """A number of 2 bytes."""
        return self.number(2)

    def u32(self) -> int:
        """A number of 4 bytes."""
        return self.number(4)

    def count(self, size: int) -> int:
        """A number of 4 bytes that says how many elements follow.

        Args:
            size: The least number of bytes that one of them takes.
        """
        count = self.u32()
        if count * size > self.left:
            raise self.wrong(f"at most {self.left // size} elements", f"{count}", before=4)
        return count

    def varying(self, size: int) -> tuple[int, int]:
        """What stands before a conformant and varying array: its room, and how many elements came.

        Args:
            size: The least number of bytes that one of them takes.
        """
        room = self.u32()
        if room * size > LARGEST_ARRAY:
            raise self.wrong(f"room for at most {LARGEST_ARRAY} bytes", f"{room * size}", before=4)
        first = self.u32()
        if first:
            raise self.wrong("an array from its first element", f"element {first}", before=4)
        count = self.count(size)
        if count > room:
            raise self.wrong(f"at most {room} elements", f"{count}", before=4)
        return room, count

    def end(self) -> None:
        """Make sure that the arguments end here.

        Raises:
            RemoteProtocolError: More follows than could be padding.
        """
        if self.left > _MOST_PADDING:
            raise self.wrong("the end of the arguments", f"{self.left} more bytes")

    def wrong(self, expected: str, actual: str, before: int = 0) -> RemoteProtocolError:
        """The error that says what is wrong here.

        Args:
            expected: What should stand here.
            actual: What does.
            before: How many bytes ago it stands.
        """
        words = "the arguments of a remote call are malformed"
        at = self.at - before
        return RemoteProtocolError(words, offset=at, expected=expected, actual=actual)


class NdrWriter:
    """Writes the arguments of a call, one after the other.

    Attributes:
        data: What was written.
        order: The byte order of numbers.
    """

    def __init__(self, order: Order = "little") -> None:
        """Begin with nothing.

        Args:
            order: The byte order of numbers.
        """
        self.data = bytearray()
        self.order: Order = order
        self._referent = _FIRST_REFERENT

    def align(self, size: int) -> None:
        """Go on to a multiple of a size, with zeros."""
        self.data += bytes(-len(self.data) % size)

    def raw(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.data += data

    def number(self, size: int, value: int) -> None:
        """Write a number of 1, 2 or 4 bytes."""
        self.align(size)
        self.data += value.to_bytes(size, self.order)

    def u8(self, value: int) -> None:
        """Write a number of 1 byte."""
        self.number(1, value)

    def u16(self, value: int) -> None:
        """Write a number of 2 bytes."""
        self.number(2, value)

    def u32(self, value: int) -> None:
        """Write a number of 4 bytes."""
        self.number(4, value)

    def pointer(self, is_there: bool) -> None:
        """Write a unique pointer; its target is written by whoever calls."""
        self.u32(self._referent if is_there else 0)
        self._referent += _REFERENT_STEP if is_there else 0

    def varying(self, room: int, count: int) -> None:
        """Write what stands before a conformant and varying array."""
        self.u32(room)
        self.u32(0)
        self.u32(count)
