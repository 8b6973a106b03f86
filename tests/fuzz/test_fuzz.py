"""Mutants: opened, walked, searched and checked, with no harm done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

import share
from anyreg.regf.logs import build_entry, parse_entry
from conftest import CORPUS
from fuzz import campaign
from fuzz.explore import TooLongError, alarm, explore
from fuzz.mutations import MUTATIONS, Mutant, mutate, mutate_log, seal_entries
from hives import base_block, family

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm against loops"),
]
PROGRAM = Path(campaign.__file__)
LARGEST = 70_000  # bytes of the hives that a quick run starts from


@pytest.fixture(scope="module")
def seeds() -> list[campaign.Seed]:
    return campaign.seeds(CORPUS, LARGEST)


@pytest.mark.parametrize("start", range(0, 300, 100))
def test_a_few_mutants_do_no_harm(seeds: list[campaign.Seed], start: int) -> None:
    """A taste of the campaign, the same in every run."""
    assert campaign.run(seeds, start, 100) == ""


@pytest.mark.parametrize("start", range(0, 400, 200))
def test_a_change_in_a_few_mutants_changes_nothing_else(
    seeds: list[campaign.Seed], start: int
) -> None:
    """Or it is refused, and changes nothing at all; the same ones in every run."""
    assert campaign.run(seeds, start, 200, changing=True) == ""


def test_mutants_can_be_changed(seeds: list[campaign.Seed]) -> None:
    """Many of them: that all are refused would say nothing."""
    mutants = [(number, *campaign.mutant(seeds, number)) for number in range(100)]
    made = [campaign.change(data, logs, number) for number, _, data, logs in mutants]
    assert sum(made) > 20


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="needs the limits of Linux")
@pytest.mark.parametrize("start", range(10**6, 7 * 10**6, 10**6))
def test_many_mutants_do_no_harm(start: int) -> None:
    """Each in a few seconds and 500 MB, whatever was done to it."""
    in_a_process(start)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="needs the limits of Linux")
@pytest.mark.parametrize("start", range(10**7, 2 * 10**7, 10**6))
def test_a_change_in_many_mutants_changes_nothing_else(start: int) -> None:
    """Within the same limits, 20,000 in all."""
    in_a_process(start, "change")


def in_a_process(start: int, *what: str) -> None:
    """A part of the campaign, which nothing that it does can outlive."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    numbers = [str(share.first(start)), str(share.times(2000))]
    command = [sys.executable, str(PROGRAM), str(CORPUS), *numbers, *what]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_number_always_makes_the_same_mutant(seeds: list[campaign.Seed]) -> None:
    """Or nobody could look at what was found."""
    for number in range(20):
        assert campaign.mutant(seeds, number) == campaign.mutant(seeds, number)


def test_mutants_differ() -> None:
    """Nearly every one is another, and most get past the first look."""
    data = family()[0].build()
    mutants = {mutate(data, Random(number)) for number in range(100)}
    assert len(mutants) > 90
    assert sum(explore(mutant) >= 0 for mutant in mutants) > 50


@pytest.mark.parametrize("mutation", [mutation for mutation, _ in MUTATIONS])
def test_every_mutation_changes_something(mutation: object) -> None:
    """Of a hive that has what it needs."""
    assert callable(mutation)
    data = family()[0].build()
    mutants = []
    for number in range(30):
        mutant = Mutant(data, Random(number))
        mutation(mutant)
        mutants.append(bytes(mutant.data))
    assert any(mutant != data for mutant in mutants)


def test_logs_are_mutated_too() -> None:
    """And their hashes made right again."""
    entry = bytearray(build_entry(512, 7, 0, 4096, [(0, bytes(4096))]))
    entry[60] = 1
    log = base_block(4096, numbers=(7, 7), kind=6, size=512) + bytes(entry)
    assert parse_entry(log, 512, 7) is None
    assert parse_entry(seal_entries(log), 512, 7) is not None
    assert len({mutate_log(log, Random(number)) for number in range(50)}) > 40


def forever() -> None:
    while True:
        pass


def test_the_alarm_ends_what_does_not_end() -> None:
    """Else a loop would hang the whole suite."""
    with pytest.raises(TooLongError), alarm(0.05):
        forever()
