"""A growing row of bytes without librt, for systems that have no build of it."""

from __future__ import annotations


class BytesWriter:
    """What is used of librt's class of this name."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def append(self, byte: int, /) -> None:
        """One byte more."""
        self._bytes.append(byte)

    def truncate(self, size: int, /) -> None:
        """Forget all behind a size."""
        del self._bytes[size:]

    def getvalue(self) -> bytes:
        """All bytes."""
        return bytes(self._bytes)
