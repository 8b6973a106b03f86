"""Programs that die one after the other, or whose syncs fail, and then a power cut.

Random work seldom dies three times at the one right call: here each program but the last ends at
each of its syncs in turn.  See chains.py.
"""

from __future__ import annotations

import os
import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import share
from anyreg.engine.flusher import flusher
from anyreg.engine.writable import WritableHive
from crash.chains import Chain, Link, check_chain, check_some, look
from crash.cuts import Cut
from crash.disk import FailedSync, Medium, Process, Write
from crash.model import HIVE

pytestmark = pytest.mark.crash

STEPS = 36  # parts of all chains
WANTED = 5_000


def test_a_chain_of_deaths_leaves_a_commit() -> None:
    """The last sync of a checkpoint, then that of a log, and the next begins the log in use."""
    for second in range(1, 5):
        assert check_chain([Link("dx", 5), Link("dx", second), Link("dx")], second, few=2) > 10


def test_a_chain_of_failed_syncs_leaves_a_commit() -> None:
    """What the cache shows after a sync that failed is written again."""
    for at in range(1, 5):
        links = [Link("ldldx", at, fails=True), Link("x", at), Link("dx")]
        assert check_chain(links, at, few=2) > 5


def test_what_the_failed_sync_of_one_program_left_another_makes_durable() -> None:
    """It has the hive open all the while, and builds upon what the cache shows."""
    for errand in ("d", "ld", "lx", "px"):
        for at in range(1, 5):
            chain = Chain.new()
            beside = WritableHive(Process(chain.medium), HIVE)
            chain.run(Link(errand, at, fails=True))
            chain.step(beside, "d", 0)
            flusher.cancel(id(beside.durability))
            for files, cut in chain.images(random.Random(at), 4):
                look(chain, files, cut, True)


def test_a_share_of_all_chains() -> None:
    """Of those by the old protocol too."""
    assert check_some(7, STEPS * 3) > 20
    assert check_some(5, STEPS * 3, old=True) > 20


@pytest.mark.long
def test_all_chains(capsys: pytest.CaptureFixture[str]) -> None:
    """Two programs end at each of their syncs, in both ways; and as many random chains."""
    parts = share.some(range(STEPS))
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        steps = [STEPS] * len(parts)
        images = sum(pool.map(check_some, parts, steps, [False] * len(parts)))
        images += sum(pool.map(check_some, parts, steps, [True] * len(parts)))
    with capsys.disabled():
        print(f"\n{images} images after chains of deaths: all whole")  # noqa: T201
    assert images >= WANTED or not share.WHOLE


def test_what_a_failed_sync_lost_is_never_synced_again() -> None:
    """Only what is written again reaches the disk."""
    medium = Medium.of({"a": bytes(1024)})
    cut = Cut.of(medium)
    lost = [seed for seed in range(50) if _after_failing(medium, seed) == bytes(1024)]
    assert 0 < len(lost) < 50
    assert cut.contents[0] == bytes(1024)


def _after_failing(medium: Medium, seed: int) -> bytes:
    cut = Cut.of(medium)
    cut.pass_over(Write(0, 0, b"lost"))
    cut.pass_over(FailedSync(0, seed))
    assert cut.changes == []
    return cut.contents[0]


def test_an_image_that_lost_a_promised_commit_is_seen() -> None:
    """The disk as it was before the commit."""
    chain = Chain.new()
    before = chain.medium.files()
    chain.run(Link("d"))
    *_, (_, cut) = chain.images(random.Random(1), 1)
    with pytest.raises(AssertionError, match="commit 3 is lost"):
        look(chain, before, cut, False)
