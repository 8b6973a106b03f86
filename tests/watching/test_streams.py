"""The stream of a watch, applied to the first snapshot, gives the last one exactly."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

import anyreg
import share
from agree.edits import Edits, Taste
from agree.model import model_of
from watching.model import snapshot

SMALL = Taste(most=60)


def run(folder: Path, seed: int, transactions: int, is_slow: bool = False) -> None:
    """Random transactions; a slow watch takes only now and then, and then all at once."""
    rnd = random.Random(seed)
    with anyreg.open(folder / f"{seed}", "x") as registry:
        edits = Edits(rnd, model_of(registry.root), SMALL)
        edits.some(registry, 60)
        watch = registry.root.watch(timeout=0, limit=1 if is_slow else 1024)
        mirror = snapshot(registry.root)
        for _ in range(transactions):
            edits.transaction(registry)
            if rnd.random() < 0.02:
                registry.compact()
            if not is_slow or rnd.random() < 0.2:
                for batch in watch:
                    mirror.apply(batch)
                mirror.expect(snapshot(registry.root))
        for batch in watch:
            mirror.apply(batch)
        mirror.expect(snapshot(registry.root))
        assert registry.check() == []
        watch.close()


@pytest.mark.parametrize("is_slow", [False, True])
def test_after_each_transaction(tmp_path: Path, is_slow: bool) -> None:
    """Both where each is taken, and where those that wait are joined."""
    for seed in (1, 2):
        run(tmp_path, seed, 25, is_slow)


@pytest.mark.parametrize("step", [0, -500])
def test_where_the_clock_stands_still(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or goes back: what has changed is found by other bytes of a key, and those hold its time."""
    times = iter(range(time.time_ns(), 0, step or -1))
    stands = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: next(times) if step else stands)
    run(tmp_path, 300, 30)
    run(tmp_path, 301, 30, is_slow=True)


@pytest.mark.long
@pytest.mark.parametrize("is_slow", [False, True])
def test_after_many_transactions(tmp_path: Path, is_slow: bool) -> None:
    """The same for long."""
    first = share.first(1000)
    for seed in range(first, first + share.times(300)):
        run(tmp_path, seed, 40, is_slow)
