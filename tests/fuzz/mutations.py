"""Damage to hives and logs, drawn from a seed: the same seed always makes the same mutant.

Random bytes would only ever meet the first check.  So most of the damage knows the format: it
finds the cells, and rewires the references between them; afterwards the checksums are made right
again, so that what reads gets as far as the damage.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

from anyreg.regf.checksums import marvin32
from hives import sealed

BINS = 4096
INTERESTING = [
    *(0, 1, 2, 3, 4, 7, 8, 16, 32, 76, 80, 0xFF, 0xFFF, 0x1000, 0x7FFF, 0x8000, 0xFFFF),
    *(16344, 16345, 0x10000, 0x20000, 0x7FFFFFFF, 0x80000000, 0x80000004, 0x80000005),
    *(0x80001000, 0xFFFFFFF0, 0xFFFFFFF8, 0xFFFFFFFE, 0xFFFFFFFF),
]
KINDS = (b"nk", b"vk", b"sk", b"lf", b"lh", b"li", b"ri", b"db")

# Where a record refers to other cells.
REFERENCES = {
    b"nk": (16, 28, 40, 44, 48),
    b"vk": (8,),
    b"sk": (4, 8),
    b"db": (4,),
}
# Where it counts: offset and size of the number.
COUNTS = {
    b"nk": ((20, 4), (36, 4), (72, 2), (74, 2), (2, 2)),
    b"vk": ((2, 2), (4, 4), (12, 4), (16, 2)),
    b"sk": ((12, 4), (16, 4)),
    b"lf": ((2, 2),),
    b"lh": ((2, 2),),
    b"li": ((2, 2),),
    b"ri": ((2, 2),),
    b"db": ((2, 2),),
}


class Mutant:
    """A hive that is being damaged, with the places of its records by kind."""

    def __init__(self, data: bytes, random: Random) -> None:
        self.data = bytearray(data)
        self.random = random
        self.cells: list[int] = []
        self.kinds: dict[bytes, list[int]] = {kind: [] for kind in KINDS}
        self._find_cells()

    def _find_cells(self) -> None:
        at = BINS
        while at + 4 <= len(self.data):
            if self.data[at : at + 4] == b"hbin":
                at += 32
                continue
            size = abs(struct.unpack_from("<i", self.data, at)[0])
            if size < 8 or size % 8:
                at = (at // 4096 + 1) * 4096
                continue
            self.cells.append(at)
            kind = bytes(self.data[at + 4 : at + 6])
            if kind in self.kinds:
                self.kinds[kind].append(at)
            at += size

    def put(self, at: int, number: int, size: int = 4) -> None:
        """Overwrite a number where it fits."""
        if 0 <= at <= len(self.data) - size:
            number %= 1 << 8 * size
            self.data[at : at + size] = number.to_bytes(size, "little")

    def get(self, at: int, size: int = 4) -> int:
        """The number that stands there, 0 beyond the end."""
        return int.from_bytes(self.data[at : at + size], "little") if at >= 0 else 0

    def number(self) -> int:
        """A number that may hurt."""
        random = self.random
        choice = random.randrange(4)
        if choice == 0:
            return random.getrandbits(32)
        if choice == 1:
            return max(len(self.data) - BINS, 0) + random.choice((-8, -4, 0, 1, 8, 4096))
        return random.choice(INTERESTING)

    def any_cell(self) -> int:
        """The cell offset of some cell, mostly of a record."""
        kinds = [cells for cells in self.kinds.values() if cells]
        if not kinds:
            return self.number()
        cells = self.random.choice(kinds) if self.random.random() < 0.8 else self.cells
        return self.random.choice(cells) - BINS

    def record(self, *kinds: bytes) -> tuple[int, bytes] | None:
        """The place and kind of a random record of one of these kinds."""
        present = [kind for kind in kinds if self.kinds[kind]]
        if not present:
            return None
        kind = self.random.choice(present)
        return self.random.choice(self.kinds[kind]), kind


def flip_bits(mutant: Mutant) -> None:
    for _ in range(mutant.random.choice((1, 2, 8))):
        at = mutant.random.randrange(len(mutant.data))
        mutant.data[at] ^= 1 << mutant.random.randrange(8)


def smash_dword(mutant: Mutant) -> None:
    at = mutant.random.randrange(max(len(mutant.data) // 4, 1)) * 4
    mutant.put(at, mutant.number())


def smash_record(mutant: Mutant) -> None:
    found = mutant.record(*KINDS)
    if found:
        mutant.put(found[0] + 4 + mutant.random.randrange(40) * 2, mutant.number(), 2)


def rewire_record(mutant: Mutant) -> None:
    found = mutant.record(*REFERENCES)
    if found:
        at, kind = found
        mutant.put(at + 4 + mutant.random.choice(REFERENCES[kind]), mutant.any_cell())


def rewire_list(mutant: Mutant) -> None:
    found = mutant.record(b"lf", b"lh", b"li", b"ri")
    if found:
        at, kind = found
        count = mutant.get(at + 6, 2) or 1
        step = 8 if kind in (b"lf", b"lh") else 4
        mutant.put(at + 8 + mutant.random.randrange(count) * step, mutant.any_cell())


def rewire_values(mutant: Mutant) -> None:
    found = mutant.record(b"nk")
    if found:
        list_ = mutant.get(found[0] + 4 + 40)
        mutant.put(BINS + list_ + 4 + mutant.random.randrange(4) * 4, mutant.any_cell())


def close_circle(mutant: Mutant) -> None:
    """Let a key list one of the keys above it, and sometimes make that key agree."""
    found = mutant.record(b"nk")
    if not found:
        return
    key = above = found[0] - BINS
    for _ in range(mutant.random.randrange(1, 4)):
        above = mutant.get(BINS + above + 20)
    list_ = mutant.get(found[0] + 4 + 28)
    mutant.put(BINS + list_ + 8, above)
    if mutant.random.random() < 0.5:
        mutant.put(BINS + above + 20, key)


def damage_count(mutant: Mutant) -> None:
    found = mutant.record(*COUNTS)
    if found:
        at, kind = found
        place, size = mutant.random.choice(COUNTS[kind])
        mutant.put(at + 4 + place, mutant.number(), size)


def damage_cell_size(mutant: Mutant) -> None:
    if mutant.cells:
        at = mutant.random.choice(mutant.cells)
        now = mutant.get(at)
        choices = (-now, now * 2, now // 2 & -8, now + 8, now - 8, now + 1, mutant.number())
        mutant.put(at, mutant.random.choice(choices))


def change_kind(mutant: Mutant) -> None:
    found = mutant.record(*KINDS)
    if found:
        kind = mutant.random.choice(KINDS)
        mutant.put(found[0] + 4, int.from_bytes(kind, "little"), 2)


def damage_base(mutant: Mutant) -> None:
    at = mutant.random.choice((4, 8, 20, 24, 28, 32, 36, 40, 44, 144, 168))
    number = mutant.any_cell() if at == 36 and mutant.random.random() < 0.7 else mutant.number()
    mutant.put(at, number)


def damage_bin(mutant: Mutant) -> None:
    at = mutant.random.randrange(max(len(mutant.data) // 4096, 1)) * 4096
    mutant.put(at + mutant.random.choice((0, 4, 8)), mutant.number())


def copy_block(mutant: Mutant) -> None:
    size = mutant.random.choice((4, 16, 64, 512, 4096))
    source, target = (mutant.random.randrange(len(mutant.data)) // 4 * 4 for _ in range(2))
    piece = mutant.data[source : source + size][: len(mutant.data) - target]
    mutant.data[target : target + len(piece)] = piece


def zero_block(mutant: Mutant) -> None:
    at = mutant.random.randrange(len(mutant.data)) // 512 * 512
    mutant.data[at : at + 512] = bytes(len(mutant.data[at : at + 512]))


def truncate(mutant: Mutant) -> None:
    del mutant.data[mutant.random.randrange(len(mutant.data)) :]


MUTATIONS: tuple[tuple[Callable[[Mutant], None], int], ...] = (
    (flip_bits, 3),
    (smash_dword, 3),
    (smash_record, 4),
    (rewire_record, 8),
    (rewire_list, 8),
    (rewire_values, 5),
    (close_circle, 5),
    (damage_count, 8),
    (damage_cell_size, 5),
    (change_kind, 4),
    (damage_base, 2),
    (damage_bin, 1),
    (copy_block, 2),
    (zero_block, 1),
    (truncate, 1),
)
_CHOICES = [mutation for mutation, weight in MUTATIONS for _ in range(weight)]


def mutate(data: bytes, random: Random) -> bytes:
    """A damaged hive, mostly with a checksum that holds all the same."""
    mutant = Mutant(data, random)
    for _ in range(random.choice((1, 1, 2, 3, 5, 10, 40))):
        if len(mutant.data) > 8:
            random.choice(_CHOICES)(mutant)
    result = bytes(mutant.data)
    return sealed(result) if len(result) >= 512 and random.random() < 0.9 else result


def mutate_log(log: bytes, random: Random) -> bytes:
    """A damaged log, mostly with hashes and checksum that hold all the same."""
    data = bytearray(log)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.choice((4, 8, 12, 28, 40, 516, *range(512, 560, 4), *range(552, 640, 4)))
        if random.random() < 0.3:
            at = random.randrange(max(len(data) // 4, 1)) * 4
        data[at : at + 4] = random.choice(INTERESTING).to_bytes(4, "little")
    del data[len(log) if random.random() < 0.9 else random.randrange(len(log)) :]
    if len(data) < 512 or random.random() < 0.1:
        return bytes(data)
    if random.random() < 0.7:
        data[8:12] = data[4:8]
    return seal_entries(sealed(bytes(data)))


def seal_entries(log: bytes) -> bytes:
    """The log with right hashes in every entry that has a size one could believe."""
    data = bytearray(log)
    at = 512
    while data[at : at + 4] == b"HvLE" and at + 40 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        if size < 40 or size % 4 or at + size > len(data):
            break
        struct.pack_into("<Q", data, at + 24, marvin32(bytes(data), at + 40, at + size))
        struct.pack_into("<Q", data, at + 32, marvin32(bytes(data), at, at + 32))
        at += size
    return bytes(data)
