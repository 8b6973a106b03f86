"""Copies of real hives after a handful of edits: the edits are there, all else is as it was."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

import anyreg
from agree.edits import Edits, Taste, key
from agree.model import Node, compare, model_of, tree_of
from agree.reading import besides_of, besides_with_dissect
from agree.test_random_edits import now
from anyreg.backends.maintenance import repair
from anyreg.engine.file_disk import FileDisk
from conftest import Expected, each_expected
from corpus.test_oracles import tree_with_anyreg
from oracles import TREES, RefusedError

EDITS = 12
ORACLES = ["hivex", "dissect"]
LARGE = 300_000
ALSO_QUICK = {"corner/ManySubkeysHive", "real/nt4/software", "real/win11/config/DEFAULT"}
TREE_KEYS = 40  # no larger tree of a real hive is deleted
# Two siblings of one name, or siblings in no order: what a model of dicts cannot hold.
ODD = {"corner/DuplicateSubkeysHive", "corner/WrongOrderHive"}
REFUSED = {"corner/symlink-not-alone", "corner/System_Delta"}  # see oracles.REFUSES


class FewEdits(Edits):
    """Edits that leave most of a hive alone: what is deleted or copied is small."""

    def create(self, registry: anyreg.Registry) -> bool:
        self.taste = Taste(most=1 << 30)
        return super().create(registry)

    def delete_tree(self, registry: anyreg.Registry) -> bool:
        return self._is_small() and super().delete_tree(registry)

    def copy(self, registry: anyreg.Registry) -> bool:
        return self._is_small() and super().copy(registry)

    def _is_small(self) -> bool:
        return self.model_size() <= TREE_KEYS


def chosen(hive: Expected) -> bool:
    """The healthy ones."""
    return bool(hive.sha256) and hive.path not in ODD | REFUSED


def quick(hive: Expected) -> bool:
    """Whether it is edited in a quick run."""
    return hive.path in ALSO_QUICK or hive.file.stat().st_size <= LARGE


def copied(hive: Expected, folder: Path) -> Path:
    """A copy of a hive with its logs; a dirty one that no log applies to is repaired."""
    for file in (hive.file, *map(Path, FileDisk().find_logs(str(hive.file)))):
        shutil.copyfile(file, folder / file.name)
    copy = folder / hive.file.name
    if hive.replay == "no valid log":
        with pytest.raises(anyreg.DirtyHiveError):
            anyreg.open(copy, "r+", force=True)
        repair(copy, folder / "repaired")
        return folder / "repaired"
    return copy


def edit(file: Path, seed: int) -> Node:
    """Do a handful of edits, and tell what the hive holds then."""
    with anyreg.open(file, "r+", force=True) as registry:
        before = registry.check()
        edits = FewEdits(random.Random(seed), model_of(registry.root), Taste())
        while edits.done < EDITS:
            edits.transaction(registry)
        for where in list_of_places(edits):
            assert key(registry, where).name == edits.model.at(where).name
        assert {problem.what for problem in registry.check()} <= {
            problem.what for problem in before
        }
        assert len(registry.check()) <= len(before)
        return edits.model


def list_of_places(edits: Edits) -> list[tuple[str, ...]]:
    """Some keys of the model, the deepest too."""
    places = sorted((where for where, _ in edits.model.all()), key=len)
    return places[:: max(1, len(places) // 20)] + places[-1:]


def read_back(hive: Expected, folder: Path) -> None:
    """Edit a copy, and let others read it.

    Some of the dirty hives are damaged even when they are recovered: lists name cells that are
    free, and hivex refuses them whole.  Of those the edits go into what repair() makes of them.
    """
    file = copied(hive, folder)
    anyreg.open(file, "r+", force=True).close()
    if any(refuses(oracle, file) for oracle in ORACLES):
        with anyreg.open(file) as registry:
            assert registry.check() != []
        repair(file, folder / "whole")
        file = folder / "whole"
    edit_and_read(file)


def refuses(oracle: str, file: Path) -> bool:
    """Whether it gives up on a hive."""
    try:
        TREES[oracle](file)
    except RefusedError:
        return True
    return False


def edit_and_read(file: Path) -> None:
    """The edits, and nothing but them, are seen by all of the oracles."""
    since = now()
    model = edit(file, sum(file.name.encode()))
    expected = tree_of(model)
    compare(expected, tree_with_anyreg(file), since)
    for oracle in ORACLES:
        compare(expected, TREES[oracle](file), since)
    assert besides_with_dissect(file) == besides_of(model)


@each_expected(lambda hive: chosen(hive) and quick(hive))
def test_edits_of_real_hives_are_read_by_others(hive: Expected, tmp_path: Path) -> None:
    """Keys, times, classes, descriptors, values, types and bytes; dirty ones are recovered."""
    read_back(hive, tmp_path)


@pytest.mark.long
@each_expected(lambda hive: chosen(hive) and not quick(hive))
def test_edits_of_larger_real_hives_are_read_by_others(hive: Expected, tmp_path: Path) -> None:
    """Those with thousands of keys."""
    read_back(hive, tmp_path)
