"""Repaired and compacted hives of the corpus hold all that they held, and others read them."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg.backends.maintenance import compact, repair
from conftest import Expected, each_expected
from corpus.dumping import rows
from corpus.test_oracles import tree_with_anyreg
from oracles import TREES, Path_, Tree

LARGE = 600_000
# Read as healthy, but not sound: only repair() takes them.
UNSOUND = {"corner/DuplicateSubkeysHive", "logs/BadBaseBlockHive/BadBaseBlockHive"}


def sound(hive: Expected) -> bool:
    """Whether compact() is for it."""
    return bool(hive.sha256) and hive.path not in UNSOUND and hive.replay != "no valid log"


def by_path(tree: Tree) -> Tree:
    """In the order of paths, and the second of one name called as repair() calls it."""
    return {renumbered(path): tree[path] for path in sorted(tree)}


def renumbered(path: Path_) -> Path_:
    names = [name.partition("\0") for name in path]
    return tuple(f"{name} ({int(ordinal) + 1})" if ordinal else name for name, _, ordinal in names)


def numbered_rows(tree: Tree) -> Tree:
    """The same for values."""
    numbered: Tree = {}
    for path, (written, found) in tree.items():
        seen: dict[str, int] = {}
        again = []
        for name, kind, raw in found:
            seen[name] = seen.get(name, 0) + 1
            again.append((name if seen[name] == 1 else f"{name} ({seen[name]})", kind, raw))
        numbered[path] = written, again
    return numbered


@each_expected(lambda hive: not hive.sha256)
def test_a_repaired_hive_is_sound_and_others_read_it(hive: Expected, tmp_path: Path) -> None:
    """With all that could be read of the damaged one, and the keys that nothing led to."""
    file = tmp_path / "repaired"
    try:
        held = by_path(numbered_rows(tree_with_anyreg(hive.file)))
    except anyreg.NotHiveError:
        with pytest.raises(anyreg.NotHiveError):
            repair(hive.file, file)
        return
    done = repair(hive.file, file)
    assert done.problems
    with anyreg.open(file) as registry:
        assert registry.check() == []
    found = by_path(tree_with_anyreg(file))
    assert {path: found.get(path) for path in held} == held
    assert len(found) >= len(held) + done.returned + done.lost
    for oracle in ("hivex", "dissect"):
        assert by_path(TREES[oracle](file)) == found, oracle


def all_of(path: Path) -> tuple[list[str], list[bytes], int]:
    """Every key, time, class, value and descriptor, and the bytes of the bins."""
    with anyreg.open(path) as registry:
        held = [repr(row) for row in rows(registry.root)]
        descriptors = [step.key.descriptor for step in registry.root.walk()]
        return held, descriptors, int(str(registry.about()["bins_size"]))


def compacted(hive: Expected, folder: Path) -> None:
    """Compact one into a new file, and compare."""
    file = folder / "compacted"
    compact(hive.file, file)
    held, descriptors, size = all_of(hive.file)
    held_now, descriptors_now, size_now = all_of(file)
    assert sorted(held_now) == sorted(held)
    assert sorted(descriptors_now) == sorted(descriptors)
    assert size_now <= size
    with anyreg.open(file) as registry:
        assert registry.check() == []


@each_expected(lambda hive: sound(hive) and hive.file.stat().st_size <= LARGE)
def test_a_compacted_hive_holds_the_same_in_no_more_room(hive: Expected, tmp_path: Path) -> None:
    """Every key, time, value, class and descriptor; dirty ones are recovered in memory first."""
    compacted(hive, tmp_path)


@pytest.mark.long
@each_expected(lambda hive: sound(hive) and hive.file.stat().st_size > LARGE)
def test_larger_compacted_hives_too(hive: Expected, tmp_path: Path) -> None:
    """Those with thousands of keys."""
    compacted(hive, tmp_path)


@each_expected(lambda hive: hive.sha256 and not sound(hive) and hive.file.stat().st_size <= LARGE)
def test_what_is_not_sound_is_not_compacted(hive: Expected, tmp_path: Path) -> None:
    """But told to be a case for repair."""
    with pytest.raises(anyreg.CorruptHiveError):
        compact(hive.file, tmp_path / "compacted")
    assert not (tmp_path / "compacted").exists()
