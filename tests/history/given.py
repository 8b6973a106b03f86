"""The bytes of items, as a record gives them."""

from __future__ import annotations

from anyreg.history.unpacking import ByteSource


class Given(ByteSource):
    """Bytes that are given."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, size: int) -> bytes:
        taken, self.data = self.data[:size], self.data[size:]
        return taken
