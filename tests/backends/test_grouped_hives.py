"""What a transaction over the hives of a registry sees of those that it does not change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import cast

import pytest

import anyreg
from anyreg.backends.grouped_hives import GroupedHive
from anyreg.backends.namespace.hive_node import HiveNode

KEY = r"HKLM\SOFTWARE\Key"


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[anyreg.Registry, anyreg.Registry]]:
    """A registry that two have open, as two processes would."""
    folder = f"{tmp_path}/home/"
    with anyreg.open(folder, "x") as mine, anyreg.open(folder) as other:
        mine.create(KEY).values["n"] = 1
        other.read(KEY, "n")
        yield mine, other
        assert mine.check() == []


def hive_of(registry: anyreg.Registry) -> GroupedHive:
    return cast(GroupedHive, cast(HiveNode, registry.open(KEY)._opened).hive)


def test_it_sees_all_that_was_committed_before_it(
    both: tuple[anyreg.Registry, anyreg.Registry],
) -> None:
    """Whatever another thread of the process is doing with the hive: what it reads it counts on."""
    mine, other = both
    hive = hive_of(mine).hive
    other.write(KEY, "n", 2)
    assert hive._turn.take_briefly()
    assert mine.read(KEY, "n") == 1  # reading alone waits for nobody
    Timer(0.1, hive._turn.give_briefly).start()
    with mine.transaction():
        assert mine.read(KEY, "n") == 2


def test_its_time_for_a_look_is_never_none(
    both: tuple[anyreg.Registry, anyreg.Registry],
) -> None:
    """What keeps a hive for a moment is waited for, though the time to begin is over."""
    mine, other = both
    hive = hive_of(mine).hive
    other.write(KEY, "n", 2)
    with mine.transaction(timeout=0):
        assert hive._turn.take_briefly()
        Timer(0.1, hive._turn.give_briefly).start()
        assert mine.read(KEY, "n") == 2
