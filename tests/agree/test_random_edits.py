"""After thousands of random edits other readers see what a model of plain dicts holds."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
import share
from agree.edits import Edits, Taste
from agree.model import compare, model_of, tree_of
from agree.reading import besides_of, besides_with_dissect, classes_with_pyregf
from agree.samba import SIMPLE, lines_of, seen_by_regtree
from corpus.test_oracles import replayed_by_python_registry, tree_with_anyreg
from oracles import TREES, Tree, seen_by_pyregf

MINORS = (3, 5)
QUICK, LONG = 5, 120  # how many hives
SESSIONS = 3  # how often each is opened
TRANSACTIONS = 12  # in a session
EPOCH = 116_444_736_000_000_000

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:Registry")


def now() -> int:
    """The time as a FILETIME."""
    return time.time_ns() // 100 + EPOCH


class Edited:
    """A hive that was edited at random.

    Attributes:
        file: Its file.
        edits: What was done with it, and the model of it.
        since: When it was made.
        dirty: Copies of its files, taken while it was open, each with the tree it then held.
    """

    def __init__(self, file: Path, seed: int, minor: int, taste: Taste) -> None:
        self.file = file
        self.since = now()
        self.dirty: list[tuple[Path, Tree]] = []
        rnd = random.Random(seed)
        with anyreg.open(file, "x", minor=minor) as registry:
            self.edits = Edits(rnd, model_of(registry.root), taste)
        for session in range(SESSIONS):
            with anyreg.open(file, "r+") as registry:
                for _ in range(TRANSACTIONS):
                    self.edits.transaction(registry)
                assert registry.check() == []
                self._between(registry, rnd, session)

    def _between(self, registry: anyreg.Registry, rnd: random.Random, session: int) -> None:
        """Keep what lies on the disk now; then perhaps make the hive dense and go on."""
        aside = self.file.parent / f"dirty{session}"
        aside.mkdir()
        for file in self.file.parent.glob(f"{self.file.name}*"):
            shutil.copy(file, aside)
        self.dirty.append((aside / self.file.name, tree_of(self.edits.model)))
        if rnd.random() < 0.5:
            registry.compact()
            self.edits.transaction(registry)
            assert registry.check() == []


def hives(folder: Path, count: int, taste: Taste, first: int = 0) -> Iterator[Edited]:
    """Hives of both versions, each in a folder of its own."""
    for seed in range(first, first + count):
        below = folder / str(seed)
        below.mkdir()
        yield Edited(below / "hive", seed, MINORS[seed % 2], taste)


def agree(hive: Edited) -> None:
    """Everybody who reads the hive sees what the model holds."""
    model = tree_of(hive.edits.model)
    ours = tree_with_anyreg(hive.file)
    compare(model, ours, hive.since)
    for oracle, read in TREES.items():
        expected = seen_by_pyregf(ours) if oracle == "pyregf" else ours
        theirs = blind(read(hive.file), expected)
        assert list(theirs) == list(expected), oracle
        assert theirs == expected, oracle
    besides = besides_of(hive.edits.model)
    assert besides_with_dissect(hive.file) == besides
    assert classes_with_pyregf(hive.file) == [facts.class_name for facts in besides]


def blind(theirs: Tree, expected: Tree) -> Tree:
    """What an oracle read, without the bytes that it is known not to read right.

    libregf also makes four bytes of a text of three.
    """
    blinded: Tree = {}
    for path, (written, rows) in theirs.items():
        unknown = [raw is None for _, _, raw in expected[path][1]] if path in expected else []
        unknown += [False] * (len(rows) - len(unknown))
        blinded[path] = (
            written,
            [(*row[:2], None if no else row[2]) for row, no in zip(rows, unknown, strict=False)],
        )
    return blinded


def agree_while_dirty(hive: Edited, first: int = 0) -> None:
    """The copies that were taken of the open hive hold what it held."""
    for file, model in hive.dirty[first:]:
        compare(model, tree_with_anyreg(file), hive.since)
        with anyreg.open(file) as registry:
            assert registry.check() == []
        replayed = file.with_name("replayed")
        replayed.write_bytes(with_python_registry(file))
        compare(model, TREES["dissect"](replayed), hive.since)


def with_python_registry(file: Path) -> bytes:
    """The file after a replay; a log that was not used yet has no head, and is put away."""
    for log in file.parent.glob(f"{file.name}.LOG*"):
        if log.read_bytes()[:4] != b"regf":
            log.unlink()
    return replayed_by_python_registry(file)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> list[Edited]:
    """A few hives after many edits."""
    return list(hives(tmp_path_factory.mktemp("edited"), QUICK, Taste()))


def test_others_see_the_edits(edited: list[Edited]) -> None:
    """Every key, name, time, class, descriptor, value, type and byte."""
    assert sum(hive.edits.done for hive in edited) > 1000
    for hive in edited:
        agree(hive)


def test_a_dirty_hive_holds_the_same(edited: list[Edited]) -> None:
    """As python-registry replays its log, and as we do ourselves."""
    for hive in edited[::2]:
        agree_while_dirty(hive, SESSIONS - 1)


def test_regtree_sees_the_edits(tmp_path: Path) -> None:
    """As far as it can read at all."""
    for hive in hives(tmp_path, 2, SIMPLE, 1000):
        with_regtree(hive)


def with_regtree(hive: Edited) -> None:
    """Line by line; of bytes it tells too many."""
    lines, expected = seen_by_regtree(hive.file), lines_of(hive.edits.model)
    assert len(lines) == len(expected)
    for line, beginning in zip(lines, expected, strict=True):
        assert line.startswith(beginning)
        if " = REG_BINARY" not in line and " = REG_MULTI_SZ" not in line:
            assert line == beginning


@pytest.mark.long
@pytest.mark.parametrize("tens", range(LONG // 10))
def test_others_see_tens_of_thousands_of_edits(tmp_path: Path, tens: int) -> None:
    """The same, more often."""
    for hive in hives(tmp_path, 10, Taste(), 100 + 10 * tens):
        agree(hive)
        agree_while_dirty(hive)


@pytest.mark.long
def test_regtree_sees_thousands_of_edits(tmp_path: Path) -> None:
    """The same, more often."""
    for hive in hives(tmp_path, share.times(20), SIMPLE, 2000):
        with_regtree(hive)


@pytest.mark.parametrize("minor", MINORS)
def test_others_see_a_key_with_many_subkeys(tmp_path: Path, minor: int) -> None:
    """Whose list is split, and from which some were taken away again."""
    file = tmp_path / "hive"
    with anyreg.open(file, "x", minor=minor) as registry:
        model = model_of(registry.root)
        names = [f"{number * 7919 % 5003:04d} key" for number in range(1500)]
        with registry.transaction():
            for name in names:
                registry.create(name)
                model.create(name)
        with registry.transaction():
            for name in names[::3]:
                registry.root.delete(name)
                model.delete(name)
        assert registry.check() == []
    ours = tree_with_anyreg(file)
    assert list(ours) == list(tree_of(model))
    for oracle, read in TREES.items():
        assert read(file) == ours, oracle
