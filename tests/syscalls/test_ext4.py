"""A real file system under power cuts: what ext4 leaves of a device's writes, mounted again."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from syscalls.ext4 import Ext4, missing
from syscalls.ledger import Ledger
from syscalls.record import Call
from syscalls.worlds import Content

IMAGES = 24  # of each kind
WORLDS = (
    "hive",
    "new hive",
    "own",
    "new own",
    "journal",
    "compact",
    "import",
    "restore",
    "files",
    "replace",
    "writers",
)

pytestmark = [
    pytest.mark.crash,
    pytest.mark.long,
    pytest.mark.skipif(bool(missing()), reason=missing() or "it can be done"),
]


class Lying(Ext4):
    """Its device says that it has flushed what it has not."""

    def _drawn(
        self, record: list[Call], begun: int, ledger: Ledger, rnd: random.Random, wanted: int
    ) -> Iterator[tuple[bytes, dict[str, list[Content]], int]]:
        kept = [call for at, call in enumerate(record) if at < begun or call.kind != "E"]
        return super()._drawn(kept, begun, ledger, rnd, wanted)


@pytest.mark.parametrize("fails", [False, True], ids=["", "with an error of the device"])
@pytest.mark.parametrize("world", WORLDS)
def test_what_ext4_leaves_is_at_a_commit_that_it_may_be_at(world: str, fails: bool) -> None:
    """Or at none that was promised, where the error made it no file system any more."""
    ext4 = Ext4()
    try:
        seed = 1
        while ext4.images < IMAGES:
            ext4.run(world, seed, IMAGES, fails)
            seed += 1
    finally:
        ext4.close()
    assert ext4.faults == [], "\n" + "\n".join(ext4.faults)
    assert fails or ext4.lost == 0


def test_a_device_that_lies_about_its_flushes_is_noticed() -> None:
    """Files are lost that were promised, or the file system with them."""
    lying = Lying()
    try:
        for seed in range(10):
            lying.run("hive", seed, IMAGES, False)
            if lying.faults:
                return
    finally:
        lying.close()
    pytest.fail("no image was wrong")
