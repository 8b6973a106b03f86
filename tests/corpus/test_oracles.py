"""Other readers of hives see what we see: every key, time, value, type and byte.

What each of them is known to get wrong stands in oracles.py.
"""

from __future__ import annotations

import importlib
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import anyreg
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import open_hive
from conftest import Expected, each_expected
from oracles import REFUSES, TREES, Path_, RefusedError, Row, Tree, need, place, seen_by_pyregf

LARGE = 4_000_000


def tree_with_anyreg(path: Path) -> Tree:
    """Everything we read, in the shape of the oracles."""
    tree: Tree = {}
    with anyreg.open(path) as registry:
        stack: list[tuple[anyreg.Key, Path_ | None]] = [(registry.root, None)]
        while stack:
            key, parent = stack.pop()
            rows: list[Row] = [(value.name, value.type, value.raw) for value in key.records()]
            if parent is None:
                where: Path_ = ()
                tree[where] = key.last_written, rows
            else:
                where = place(tree, parent, key.name, key.last_written, rows)
            stack.extend((child, where) for child in reversed(key.children()))
    return tree


def compare(oracle: str, path: Path, name: str) -> None:
    """Key by key, so that a failure shows where."""
    need(oracle)
    if name in REFUSES[oracle]:
        with pytest.raises(RefusedError):
            TREES[oracle](path)
        return
    theirs = TREES[oracle](path)
    ours = tree_with_anyreg(path)
    if oracle == "pyregf":
        ours = seen_by_pyregf(ours)
    assert list(ours) == list(theirs)
    for where, facts in ours.items():
        assert (where, facts) == (where, theirs[where])


each_oracle = pytest.mark.parametrize("oracle", TREES)


@each_oracle
@each_expected(lambda hive: hive.clean and hive.file.stat().st_size <= LARGE)
def test_others_see_what_we_see(hive: Expected, oracle: str) -> None:
    """In every clean hive of the corpus."""
    compare(oracle, hive.file, hive.path)


@pytest.mark.long
@each_oracle
@each_expected(lambda hive: hive.clean and hive.file.stat().st_size > LARGE)
def test_others_see_what_we_see_in_large_hives(hive: Expected, oracle: str) -> None:
    """Also where there are 43,000 keys."""
    compare(oracle, hive.file, hive.path)


@pytest.mark.parametrize("oracle", TREES)
def test_others_see_what_we_see_in_our_own_hive(oracle: str, samples: Path) -> None:
    """Its writer is ours: others must read it too."""
    compare(oracle, samples, "ours")


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """The sample hive, recovered: no oracle replays logs."""
    source = Path(__file__).parents[2] / "samples" / "NTUSER.DAT"
    hive = open_hive(str(source))
    image = hive.tree.image
    path = tmp_path / "hive"
    path.write_bytes(hive.base.build() + image.read(0, image.size))
    hive.close()
    return path


def replayed_by_python_registry(hive: Path) -> bytes:
    """The file after python-registry has replayed the logs beside it."""
    need("Registry")
    module: Any = importlib.import_module("Registry.RegistryLog")
    primary = BytesIO(hive.read_bytes())
    logs = []
    for path in FileDisk().find_logs(str(hive)):
        log = BytesIO(Path(path).read_bytes())
        primary.seek(0)  # each log reads the base block anew
        if log.getvalue():
            logs.append(module.RegistryLog(primary, log))
    logs = [log for log in logs if log.is_eligible_log()]
    logs.sort(key=lambda log: int(log.first_log_sequence()))
    last = logs[0].recover_hive()
    for log in logs[1:]:
        log.recover_hive_continue(last + 1)
    return primary.getvalue()


@each_expected(lambda hive: "entries" in hive.replay)
def test_python_registry_replays_as_we_do(hive: Expected) -> None:
    """Every byte of the bins."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = replayed_by_python_registry(hive.file)
    opened = open_hive(str(hive.file))
    image = opened.tree.image
    ours = image.read(0, image.size)
    opened.close()
    size = opened.base.bins_size
    assert int.from_bytes(theirs[40:44], "little") == size
    assert ours == theirs[4096 : 4096 + size]
