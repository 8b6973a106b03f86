"""Real processes, killed and failing, and power cuts in chains: no promised commit is ever lost.

See images.py for what a power cut may leave, worlds.py for the work, chains.py for what must hold.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import share
from syscalls import chains
from syscalls.chains import FaultError, Ledger, Plan, Runner, require_allowed, require_whole
from syscalls.images import Disk
from syscalls.kinds import WORLDS
from syscalls.record import Call, build

WANTED = 100_000
OFTEN = {"hive": 10, "new hive": 2, "journal": 3, "compact": 2, "old log": 2}  # the others once
QUICK = [  # the others in a share of the long ones
    Plan("hive", 1, 24),
    Plan("new hive", 2, 8),
    Plan("journal", 5, 6),
    Plan("old log", 8, 8),
    Plan("own", 3, 4, depth=1),
    Plan("new own", 4, 4, depth=1),
]

pytestmark = pytest.mark.crash


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """Whatever it runs must be without a fault."""
    runner = Runner(build(tmp_path))
    try:
        yield runner
    finally:
        runner.close()


@pytest.mark.parametrize("plan", QUICK, ids=str)
def test_every_image_is_at_a_commit_that_it_may_be_at(runner: Runner, plan: Plan) -> None:
    """Recovered, recorded and cut again, three deep."""
    runner.run(plan)
    assert runner.faults == []
    assert runner.images >= 4
    assert runner.deepest == plan.depth


@pytest.mark.long
def test_a_hundred_thousand_images(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    """Of all kinds of work, until there are so many."""
    # Images of real processes are slow: of a share a tenth is taken.
    wanted = WANTED if share.WHOLE else share.times(WANTED // 10)
    seed = share.first(1000)
    kinds = [world for world in WORLDS for _ in range(OFTEN.get(world, 1))]
    while runner.images < wanted:
        runner.run(Plan(kinds[seed % len(kinds)], seed))
        seed += 1
    with capsys.disabled():
        print(f"\n{runner.images} images, {runner.failures} processes failed")  # noqa: T201
    assert runner.faults == []


def test_the_chains_notice_syncs_that_are_not_done(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that keeps nothing of what one kind of sync should have made durable."""

    class Deaf(Disk):
        def _play_S(self, call: Call) -> None:  # noqa: N802
            self._open[call.id] = []

    monkeypatch.setattr(chains, "Disk", Deaf)
    for seed in range(10):
        runner.run(Plan("hive", seed, 40))
        if runner.faults:
            return
    pytest.fail("no image was wrong")


A, B, C = ({"K": {"v": text}} for text in "abc")


def ledger(*marks: tuple[str, object]) -> Ledger:
    made = Ledger.of({"hive": {}})
    for kind, what in marks:
        made.note(kind, what)
    return made


BEGUN = ("begin", {"hive": A}), ("done", None), ("begin", {"hive": B})


def test_what_was_begun_may_be_there_and_what_was_promised_must_be() -> None:
    assert ledger(*BEGUN).allowed() == {"hive": [{}, A, B]}
    promised = ledger(*BEGUN, ("promise", ["hive"]))
    assert promised.allowed() == {"hive": [A, B]}
    require_allowed({"hive": B}, promised.allowed())
    with pytest.raises(FaultError):
        require_allowed({"hive": {}}, promised.allowed())


def test_what_a_killed_process_has_done_is_seen_by_the_next() -> None:
    with pytest.raises(FaultError):
        ledger(*BEGUN, ("seen", {"hive": {}}))


def test_what_the_next_process_has_not_seen_never_comes_back() -> None:
    """Though it had been begun."""
    after = ledger(*BEGUN, ("seen", {"hive": A}), ("begin", {"hive": C}))
    assert after.allowed() == {"hive": [{}, A, C]}


def test_half_a_transaction_is_a_fault() -> None:
    with pytest.raises(FaultError):
        require_whole({"one": {"Group": {"number": "1"}}, "two": {"Group": {"number": "2"}}})


def test_the_same_number_does_the_same() -> None:
    """So that what is found can be looked at."""
    drawn = [chains.drawn_faults(random.Random(7)) for _ in range(2)]
    assert drawn[0] == drawn[1]
