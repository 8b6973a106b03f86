"""What a malicious server does, drawn from a seed: at one place of a conversation, in one layer."""

from __future__ import annotations

import random
import struct
import time

from remote.smb_server import Malice, Outgoing

PENDING = 0x103
# How many messages of each kind a conversation of the tests has, about.
LAYERS = {"results": 34, "messages": 36, "file service": 50, "bytes": 50}
NUMBERS = (0, 1, 2, 0x10, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(rnd: random.Random, data: bytes) -> bytes:
    """Other bytes, which have most in common with these.

    Args:
        rnd: Where from.
        data: The bytes.
    """
    found = bytearray(data)
    for _ in range(rnd.choice((1, 1, 1, 2, 5))):
        at = rnd.randrange(len(found) + 1)
        length = rnd.choice((1, 2, 4, 8, rnd.randrange(64)))
        how = rnd.randrange(7)
        if how == 0 and at < len(found):
            found[at] ^= 1 << rnd.randrange(8)
        elif how == 1:
            found[at : at + length] = rnd.randbytes(length)
        elif how == 2:
            del found[at : at + length]
        elif how == 3:
            found[at:at] = rnd.randbytes(length)
        elif how == 4 and rnd.random() < 0.5:
            del found[at:]
        elif how == 5:
            at &= ~3
            found[at : at + 4] = struct.pack(rnd.choice("<>") + "I", rnd.choice(NUMBERS))
        else:
            found[at:at] = found[at : at + length]
    return bytes(found)


class DrawnMalice(Malice):
    """One thing that goes wrong."""

    def __init__(self, seed: int) -> None:
        """Draw it.

        Args:
            seed: Where from.
        """
        super().__init__()
        self._rnd = random.Random(seed)
        self.layer = self._rnd.choice(sorted(LAYERS))
        self._at = self._rnd.randrange(LAYERS[self.layer])
        self._seen = 0
        self._held: list[bytes] = []

    def __repr__(self) -> str:
        return f"{self.layer}, at {self._at}"

    def _is_here(self, layer: str) -> bool:
        if layer != self.layer:
            return False
        self._seen += 1
        return self._seen - 1 == self._at

    def results(self, stub: bytes) -> bytes:
        """Mutated, once."""
        return mutated(self._rnd, stub) if self._is_here("results") else stub

    def pdus(self, messages: list[bytes]) -> list[bytes]:
        """Mutated, doubled, dropped, in another order, or followed by others, once."""
        if not self._is_here("messages"):
            return messages
        rnd = self._rnd
        one = rnd.randrange(len(messages))
        other = mutated(rnd, messages[one])
        ways = (
            [*messages[:one], other, *messages[one + 1 :]],
            [*messages, *messages],
            [*messages, other],
            messages[:one],
            messages[::-1],
            [messages[one] + bytes(rnd.randrange(60_000))],
            [b"", *messages],
            [messages[one][: rnd.randrange(40)], *messages],
            [b"".join(messages)],
            [rnd.randbytes(rnd.randrange(100))],
        )
        return rnd.choice(ways)

    def smb(self, message: Outgoing) -> list[bytes]:
        """Mutated, doubled, held back behind the next one, or much longer; signed all the same."""
        data = message.data
        if self._held:
            held, self._held = self._held, []
            return [data, *held]
        if not self._is_here("file service"):
            return [data]
        rnd = self._rnd
        pending = data[:8] + struct.pack("<I", PENDING) + data[12:]
        ways = (
            [mutated(rnd, data)],
            [mutated(rnd, data)],
            [mutated(rnd, data)],
            [mutated(rnd, data)],
            [data, data],
            [data + bytes(rnd.randrange(1 << 22))],
            [*[pending] * rnd.randrange(20), data],
            [data, mutated(rnd, data)],
            [data[:8] + struct.pack("<I", 0xC0000000 | rnd.randrange(0x400)) + data[12:]],
        )
        if rnd.random() < 0.02:
            self._held = [data]
            return []
        return rnd.choice(ways)

    def raw(self, command: int, data: bytes) -> list[bytes]:
        """Mutated, with another length in front, or cut off; mostly that is the end then."""
        if not self._is_here("bytes"):
            return [data]
        rnd = self._rnd
        self.is_over = rnd.random() < 0.97
        ways = (
            mutated(rnd, data),
            data[:4] + mutated(rnd, data[4:]),
            struct.pack(">I", rnd.choice(NUMBERS)) + data[4:],
            data[: rnd.randrange(len(data))],
            rnd.randbytes(rnd.randrange(200)),
            b"\xff\xff\xff\xff" + data[4:] + bytes(1 << 16),
        )
        return [rnd.choice(ways)]


def waited(seconds: float, condition: object) -> bool:
    """Whether something has come true in time.

    Args:
        seconds: How long to wait at most.
        condition: What is called for that.
    """
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
