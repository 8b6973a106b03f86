"""HKEY_PERFORMANCE_DATA: counters of the system, read as if they were values of a key.

No counters are kept here, so every question is answered by a block that holds none.  The key can be
asked for values, enumerated, and nothing else.

Source: PERF_DATA_BLOCK of winperf.h.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Final

from anyreg.backends.base import MAXIMUM_ALLOWED, Backend, KeyFacts
from anyreg.errors import ClosedError
from anyreg.times import now
from anyreg.types import REG_BINARY, REG_MULTI_SZ
from anyreg.values import Node, Value

PREDEFINED: Final = (0x8000_0004, 0x8000_0050, 0x8000_0060)  # data, text, text in our language

# Signature, byte order, version, revision, lengths of all and of the header, number of objects,
# the default object, system time, padding, performance counter with its frequency, time,
# length and offset of the system's name.
_BLOCK: Final = struct.Struct("<8s6Ii16s4x3q2I")
_TICKS_PER_SECOND: Final = 10_000_000


class PerformanceBackend(Backend):
    """The key, which is all that there is."""

    def __init__(self) -> None:
        """Make the key."""
        self._root = Node("", 0)

    def root(self) -> Node:
        """The key."""
        return self._root

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        """Nothing can be opened."""
        raise ClosedError("keys below HKEY_PERFORMANCE_DATA cannot be opened")

    def subkeys(self, node: Node) -> list[Node]:
        """None."""
        return []

    def values(self, node: Node) -> list[Value]:
        """The two questions that have no number."""
        return [self._block("Global"), self._block("Costly")]

    def read(self, node: Node, name: str) -> Value | None:
        """The names of the counters or their explanations, or the block of counters."""
        if name.lower().startswith(("counter", "help")):
            return Value(name, REG_MULTI_SZ, b"\0\0\0\0")
        return self._block(name)

    def info(self, node: Node) -> KeyFacts:
        """No subkeys, two values."""
        return KeyFacts(0, 2, "", 0, "", 0)

    def write(self, node: Node, values: list[Value]) -> None:
        """Nothing can be set."""
        raise ClosedError("HKEY_PERFORMANCE_DATA holds nothing that can be changed")

    def remove(self, node: Node, name: str) -> bool:
        """Nothing can be deleted."""
        raise ClosedError("HKEY_PERFORMANCE_DATA holds nothing that can be changed")

    def _block(self, name: str) -> Value:
        system = socket.gethostname().encode("utf-16-le") + b"\0\0"
        length = -(-(_BLOCK.size + len(system)) // 8) * 8
        block = _BLOCK.pack(
            "PERF".encode("utf-16-le"),
            *(1, 1, 1, length, length, 0),
            0,
            _system_time(),
            *(time.perf_counter_ns() // 100, _TICKS_PER_SECOND, now()),
            *(len(system), _BLOCK.size),
        )
        return Value(name, REG_BINARY, (block + system).ljust(length, b"\0"))


def _system_time() -> bytes:
    """SYSTEMTIME: year, month, day of week, day, hour, minute, second, millisecond."""
    utc = time.gmtime()
    weekday = (utc.tm_wday + 1) % 7  # Sunday is 0
    parts = (utc.tm_year, utc.tm_mon, weekday, utc.tm_mday, *utc[3:6])
    return struct.pack("<8H", *parts, time.time_ns() // 1_000_000 % 1000)
