"""The writer of anyreg.regf.writes without librt, for systems that have no build of it."""

from __future__ import annotations

from struct import pack


class BytesWriter:
    """Bytes that grow at their end."""

    def __init__(self) -> None:
        self._data = bytearray()

    def append(self, number: int, /) -> None:
        """Add a byte."""
        self._data.append(number)

    def write(self, data: bytes | bytearray, /) -> None:
        """Add bytes."""
        self._data += data

    def truncate(self, size: int, /) -> None:
        """Forget all behind so many bytes."""
        del self._data[size:]

    def getvalue(self) -> bytes:
        """All of them."""
        return bytes(self._data)

    def __len__(self) -> int:
        return len(self._data)


def write_i16_le(writer: BytesWriter, number: int, /) -> None:
    """Add a signed 16-bit number."""
    writer.write(pack("<h", number))


def write_i32_le(writer: BytesWriter, number: int, /) -> None:
    """Add a signed 32-bit number."""
    writer.write(pack("<i", number))


def write_i64_le(writer: BytesWriter, number: int, /) -> None:
    """Add a signed 64-bit number."""
    writer.write(pack("<q", number))
