"""Ways to look for what a broken engine does wrong; each ends in seconds where there is something.

Of the engine as it is they see nothing, which test_company.py and the tests of each way show.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest

from anyreg.engine import writers
from crash import bystanders, openings
from crash.chains import Link, check_chain, check_some, every_link
from crash.groups import check_group, check_rows
from crash.histories import check_history
from crash.interleaved import check_company, check_groups
from crash.power import Plan, check_plan
from crash.test_places import VERBS, Watch, made_home, require_synced


def chains() -> None:
    """Deaths and failed syncs, one behind the other."""
    links = every_link()
    random.Random(1).shuffle(links)  # neighbours show the same
    for seed, chain in enumerate(links):
        check_chain(chain, seed)


def chains_of_any_kind() -> None:
    """Also such as die anywhere."""
    check_some(0, 1)


def old_chains() -> None:
    """The same, by the old protocol."""
    check_some(0, 1, old=True)


def plans() -> None:
    """Random work of two programs."""
    for seed in range(1, 15):
        check_plan(Plan(seed, 25, programs=2, most=400))


def groups() -> None:
    """Transactions over several hives."""
    for seed in range(12):
        check_group(seed, 8, 1)


def group_rows() -> None:
    """Transactions over other hives each time."""
    for seed in range(4):
        check_rows(seed, 3)


def recoveries() -> None:
    """Programs that die behind commits which are not synced, or are not to be."""
    for seed in range(20):
        for errand in ("dl", "dll", "ldl"):
            check_chain([Link(errand), Link("x")], seed, few=2)
        for at in range(2, 5):
            check_chain([Link("dldld", at, fails=True, dies=True), Link("x")], seed, few=2)


def places() -> None:
    """What takes a place, and whether it was synced."""
    for verb in VERBS:
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patches:
            watch = Watch(patches)
            require_synced(made_home(Path(folder), patches), verb, watch)


def histories() -> None:
    """Commits with a history."""
    for seed in range(12):
        check_history(Plan(seed, 25, programs=1 + seed % 2, most=60))


def bystander() -> None:
    """One dies, and another goes on that has the hive open."""
    bystanders.check_bystanders("l", "lp", "dp")


def bystander_with_long_logs() -> None:
    """The same, where there is room to give back: what is written before must be torn to show."""
    for seed in range(20):
        bystanders.check_bystander(Link("Dp", 5), "x", seed, 2)


def company() -> None:
    """Several programs, one step of each after the other."""
    for seed in range(30):
        check_company(seed, 40)


def aliases() -> None:
    """The same, by two names of the hive."""
    with patch.object(writers, "_PAUSE", 0):
        for seed in range(30):
            check_company(seed, 40, aliases=True)


def group_company() -> None:
    """Several programs with several hives."""
    for seed in range(40):
        check_groups(seed, 25)


def openings_and_ends() -> None:
    """What happens while a hive is opened or closed."""
    with patch.object(writers, "_PAUSE", 0):
        openings.all_of_them()


def growing() -> None:
    """New blocks of files that failed once to reach the disk, and are written again."""
    ends = [Link("dx", at, fails=True, dies=dies) for at in range(1, 7) for dies in (False, True)]
    for seed, end in enumerate(ends):
        check_chain([end, Link("x")], seed, fresh=True)
        check_chain([end, ends[seed * 7 % len(ends)], Link("ldld")], seed, fresh=True)
    for at in range(3, 6):
        longer = Link("dDx", at, fails=True, dies=True)
        check_chain([longer, Link("x")], at, few=2)
