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
from syscalls.chains import Plan, Runner, plans
from syscalls.images import Disk
from syscalls.kinds import WORLDS
from syscalls.ledger import FaultError, Ledger, require_allowed, require_whole
from syscalls.record import Call, build
from syscalls.zygote import Faults

WANTED = 100_000
PARTS = 10  # of them, for several cores
OFTEN = {"hive": 10, "new hive": 2, "journal": 3, "compact": 2, "old log": 2, "writers": 4}
KINDS = [world for world in WORLDS for _ in range(OFTEN.get(world, 1))]
QUICK = [  # the others in a share of the long ones
    Plan("hive", 1, 24),
    Plan("new hive", 2, 8),
    Plan("journal", 5, 6),
    Plan("old log", 8, 8),
    Plan("own", 3, 4, depth=1),
    Plan("new own", 4, 4, depth=1),
    Plan("files", 6, 8, depth=1),
    Plan("restore", 7, 8, depth=1),
    Plan("writers", 9, 8, depth=2),
    Plan("permissions", 10, 6, depth=1),
    Plan("new hive", 1039),  # a folder whose sync fails behind the name of the hive
    Plan("new hive", 1400),  # ... or behind those of its logs
    Plan("replace", 6002),  # an emptied record whose sync fails, before a hive is replaced
    Plan("files", 1173),  # an export whose new file cannot be opened
    Plan("replace", 1985),  # a new file whose sync fails when it is to take its place
]

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that processes are recorded with."""
    return build(tmp_path_factory.mktemp("recorder"))


@pytest.fixture
def runner(recorder: Path) -> Iterator[Runner]:
    """Whatever it runs must be without a fault."""
    runner = Runner(recorder)
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


FAILING = [  # a kind of work, and which syncs: of the folders of what is new, above all
    ("new own", 1),  # the folder above it, for its new name
    ("new own", 3),  # the folder, for those of its locks
    ("new own", 5),
    ("new own", 24),  # ... and for that of the record
    ("journal", 3),  # the folder of the history
    ("replace", 54),  # the folder in which the new file has its place
]


@pytest.mark.parametrize(("world", "number"), FAILING)
def test_nothing_is_built_upon_what_a_failed_sync_should_have_made_durable(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, world: str, number: int
) -> None:
    """The first process fails in a sync, the next goes on without: the disk may lack that."""
    ends = [Faults(fail_sync=number), Faults()]
    monkeypatch.setattr(chains, "drawn_ends", lambda _: ends)
    runner.run(Plan(world, number, 30, depth=1))
    assert runner.faults == []
    assert runner.images >= 4


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_a_hundred_thousand_images(
    runner: Runner, part: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of all kinds of work, until there are so many; of a share some parts run, a little longer."""
    wanted = WANTED // PARTS if share.WHOLE else share.times(WANTED // 5)
    numbers = plans(KINDS, share.first(1000) + part, PARTS)
    while runner.images < wanted:
        runner.run(next(numbers))
    with capsys.disabled():
        print(f"\n{runner.images} images, {runner.failures} processes failed")  # noqa: T201
    assert runner.faults == [], "\n" + "\n".join(runner.faults)


def test_the_chains_notice_syncs_that_are_not_done(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that keeps nothing of what one kind of sync should have made durable."""

    class Deaf(Disk):
        def _play_S(self, call: Call) -> None:  # noqa: N802
            self._open[call.id] = []

    monkeypatch.setattr(chains, "Disk", Deaf)
    for seed in range(10):
        runner.run(Plan("hive", seed, 20))
        if runner.faults:
            return
    pytest.fail("no image was wrong")


A, B, C = ({"K": {"v": text}} for text in "abc")


def ledger(*marks: tuple[str, object]) -> Ledger:
    made = Ledger.of({"hive": {}})
    for kind, what in marks:
        made.note(kind, what, 1)
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


def test_of_two_writers_each_promises_what_it_knows() -> None:
    """Not what the other has begun meanwhile."""
    made = Ledger.of({"hive": {}})
    made.note("begin", {"hive": A}, 1)
    made.note("seen", {"hive": A}, 2)  # it is made, though the first has not said so yet
    made.note("begin", {"hive": B}, 2)
    made.note("done", None, 1)
    made.note("promise", ["hive"], 1)
    assert made.allowed() == {"hive": [A, B]}
    made.note("done", None, 2)
    made.note("promise", ["hive"], 2)
    assert made.allowed() == {"hive": [B]}


def test_what_was_not_made_never_shows() -> None:
    """Once the program was told so."""
    assert ledger(*BEGUN, ("undone", None)).allowed() == {"hive": [{}, A]}


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
