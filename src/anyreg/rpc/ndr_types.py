"""What the arguments of a registry's methods are, each with how it is read and written.

A *codec* reads and writes one argument with all that it points to.  The fields of a call are
annotated with theirs (`Annotated[int, U32]`), so what is declared is what is on the wire, and a
type checker sees plain Python types.

A pointer within a structure has its target behind the structure, and a target its own targets
behind itself: what has such pointers is read and written in two halves.

Source: MS-RRP 2.2 and its appendix A.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Protocol

from anyreg.errors import RemoteProtocolError
from anyreg.rpc.arguments import (
    AskedValue,
    ContextHandle,
    KeyAttributes,
    Room,
    WireText,
)
from anyreg.rpc.ndr import NdrReader, NdrWriter

_LEAST_ENTRY: Final = 16  # bytes of one entry of several values


class Codec(Protocol):
    """Reads and writes arguments of one type."""

    def read(self, reader: NdrReader) -> Any:
        """The argument that stands next."""

    def write(self, writer: NdrWriter, value: Any) -> None:
        """Put an argument behind what was written."""


class _Number:
    def __init__(self, size: int) -> None:
        self._size = size

    def read(self, reader: NdrReader) -> int:
        return reader.number(self._size)

    def write(self, writer: NdrWriter, value: int) -> None:
        writer.number(self._size, value)


class _Flag:
    def read(self, reader: NdrReader) -> bool:
        return bool(reader.u8())

    def write(self, writer: NdrWriter, value: bool) -> None:
        writer.u8(value)


class _Time:
    """A FILETIME: two numbers of four bytes, the low one first in either order."""

    def read(self, reader: NdrReader) -> int:
        low = reader.u32()
        return reader.u32() << 32 | low

    def write(self, writer: NdrWriter, value: int) -> None:
        writer.u32(value & 0xFFFF_FFFF)
        writer.u32(value >> 32)


class _Handles:
    """A number, and a UUID whose first three fields are numbers."""

    def read(self, reader: NdrReader) -> ContextHandle:
        attributes = reader.u32()
        return ContextHandle(attributes, read_uuid(reader))

    def write(self, writer: NdrWriter, value: ContextHandle) -> None:
        writer.u32(value.attributes)
        write_uuid(writer, value.uuid)


class _Unique:
    """A pointer that may be null, and what it points to."""

    def __init__(self, target: Codec) -> None:
        self._target = target

    def read(self, reader: NdrReader) -> Any:
        return self._target.read(reader) if reader.u32() else None

    def write(self, writer: NdrWriter, value: Any) -> None:
        writer.pointer(value is not None)
        if value is not None:
            self._target.write(writer, value)


class _Conformant:
    """Bytes whose number stands before them."""

    def read(self, reader: NdrReader) -> bytes:
        return reader.raw(reader.count(1))

    def write(self, writer: NdrWriter, value: bytes) -> None:
        writer.u32(len(value))
        writer.raw(value)


class _Varying:
    """Bytes, with the room that they have."""

    def read(self, reader: NdrReader) -> Room:
        size, count = reader.varying(1)
        return Room(reader.raw(count), size)

    def write(self, writer: NdrWriter, value: Room) -> None:
        writer.varying(value.size, len(value.data))
        writer.raw(value.data)


class _Texts:
    """Counts and a pointer; the UTF-16 is the second half."""

    def read(self, reader: NdrReader) -> WireText:
        return self.read_target(reader, self.read_head(reader))

    def write(self, writer: NdrWriter, value: WireText) -> None:
        self.write_head(writer, value)
        self.write_target(writer, value)

    def read_head(self, reader: NdrReader) -> tuple[int, int, bool]:
        reader.align(4)
        return reader.u16(), reader.u16(), reader.u32() != 0

    def read_target(self, reader: NdrReader, head: tuple[int, int, bool]) -> WireText:
        length, size, is_there = head
        if not is_there:
            return WireText(None, size)
        _, count = reader.varying(2)
        if count != length // 2 or length > size:
            expected = f"a text of {length} bytes in a room of {size}"
            raise reader.wrong(expected, f"{count * 2} bytes", before=4)
        raw = reader.raw(count * 2)
        return WireText(raw if reader.order == "little" else _swapped(raw), size)

    def write_head(self, writer: NdrWriter, value: WireText) -> None:
        if len(value.raw or b"") % 2:
            raise RemoteProtocolError("a text of a remote call has half a character at its end")
        writer.align(4)
        writer.u16(len(value.raw or b""))
        writer.u16(value.size)
        writer.pointer(value.raw is not None)

    def write_target(self, writer: NdrWriter, value: WireText) -> None:
        if value.raw is not None:
            writer.varying(value.size // 2, len(value.raw) // 2)
            writer.raw(value.raw if writer.order == "little" else _swapped(value.raw))


def _swapped(raw: bytes) -> bytes:
    """UTF-16 in the other byte order."""
    other = bytearray(raw)
    other[::2], other[1::2] = raw[1::2], raw[::2]
    return bytes(other)


class _Descriptors:
    """A pointer, the room and the length of a descriptor; its bytes are the second half."""

    def read(self, reader: NdrReader) -> Room | None:
        return self.read_target(reader, self.read_head(reader))

    def write(self, writer: NdrWriter, value: Room | None) -> None:
        self.write_head(writer, value)
        self.write_target(writer, value)

    def read_head(self, reader: NdrReader) -> tuple[bool, int, int]:
        is_there = reader.u32() != 0
        return is_there, reader.u32(), reader.u32()

    def read_target(self, reader: NdrReader, head: tuple[bool, int, int]) -> Room | None:
        is_there, size, length = head
        if not is_there:
            return Room(b"", size) if size else None
        _, count = reader.varying(1)
        if count != length or length > size:
            expected = f"a descriptor of {length} bytes in a room of {size}"
            raise reader.wrong(expected, f"{count} bytes", before=4)
        return Room(reader.raw(count), size)

    def write_head(self, writer: NdrWriter, value: Room | None) -> None:
        writer.pointer(value is not None)
        writer.u32(value.size if value else 0)
        writer.u32(len(value.data) if value else 0)

    def write_target(self, writer: NdrWriter, value: Room | None) -> None:
        if value is not None:
            VARYING.write(writer, value)


class _Attributes:
    """A length, a descriptor, and a flag; the descriptor's bytes stand behind."""

    def read(self, reader: NdrReader) -> KeyAttributes:
        length = reader.u32()
        head = DESCRIPTOR.read_head(reader)
        inherit = bool(reader.u8())
        return KeyAttributes(DESCRIPTOR.read_target(reader, head), inherit, length)

    def write(self, writer: NdrWriter, value: KeyAttributes) -> None:
        writer.u32(value.length)
        DESCRIPTOR.write_head(writer, value.descriptor)
        writer.u8(value.inherit)
        DESCRIPTOR.write_target(writer, value.descriptor)


class _Entries:
    """An array of values; all names stand behind all entries."""

    def read(self, reader: NdrReader) -> list[AskedValue]:
        _, count = reader.varying(_LEAST_ENTRY)
        heads = [(reader.u32(), reader.u32(), reader.u32(), reader.u32()) for _ in range(count)]
        return [
            AskedValue(TEXT.read(reader) if pointer else None, size, at, type_)
            for pointer, size, at, type_ in heads
        ]

    def write(self, writer: NdrWriter, value: list[AskedValue]) -> None:
        writer.varying(len(value), len(value))
        for entry in value:
            writer.pointer(entry.name is not None)
            writer.u32(entry.size)
            writer.u32(entry.at)
            writer.u32(entry.type)
        for entry in value:
            if entry.name is not None:
                TEXT.write(writer, entry.name)


def read_uuid(reader: NdrReader) -> bytes:
    """A UUID, as it is stored little-endian.

    Args:
        reader: Where it stands.
    """
    first = reader.u32().to_bytes(4, "little")
    return first + b"".join(reader.u16().to_bytes(2, "little") for _ in "12") + reader.raw(8)


def write_uuid(writer: NdrWriter, uuid: bytes) -> None:
    """Write a UUID.

    Args:
        writer: Where to.
        uuid: 16 bytes, as it is stored little-endian.
    """
    writer.u32(int.from_bytes(uuid[:4], "little"))
    writer.u16(int.from_bytes(uuid[4:6], "little"))
    writer.u16(int.from_bytes(uuid[6:8], "little"))
    writer.raw(uuid[8:])


TEXT: Final = _Texts()
DESCRIPTOR: Final = _Descriptors()
VARYING: Final = _Varying()

U16 = Annotated[int, _Number(2)]
U32 = Annotated[int, _Number(4)]
Flag = Annotated[bool, _Flag()]
Handle = Annotated[ContextHandle, _Handles()]
String = Annotated[WireText, TEXT]
Data = Annotated[bytes, _Conformant()]
Descriptor = Annotated[Room | None, DESCRIPTOR]
Entries = Annotated[list[AskedValue], _Entries()]
MaybeU16 = Annotated[int | None, _Unique(_Number(2))]
MaybeU32 = Annotated[int | None, _Unique(_Number(4))]
Time = Annotated[int, _Time()]
MaybeTime = Annotated[int | None, _Unique(_Time())]
MaybeString = Annotated[WireText | None, _Unique(TEXT)]
Buffer = Annotated[Room | None, _Unique(VARYING)]
MaybeAttributes = Annotated[KeyAttributes | None, _Unique(_Attributes())]
