"""Keys of many subkeys and many values, as others read them and check() sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg.values import Value
from corpus.test_oracles import tree_with_anyreg
from oracles import TREES, Tree, seen_by_pyregf

VALUES = 20_000


def scrambled(count: int) -> list[int]:
    """The numbers below a count that 7919 does not divide, in no order."""
    return [number * 7919 % count for number in range(count)]


@pytest.fixture(scope="module")
def hive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key of many values: set one by one, some of them changed, some deleted, some set later."""
    file = tmp_path_factory.mktemp("wide") / "hive"
    with anyreg.open(file, "x") as registry:
        key = registry.create("Values")
        with registry.transaction():
            for number in scrambled(VALUES):
                key.values[f"value {number}"] = number
        with registry.transaction():
            for number in scrambled(VALUES)[::40]:
                key.set_records([Value(f"VALUE {number}", 3, b"changed %d" % number)])
            for number in scrambled(VALUES)[1::40]:
                del key.values[f"value {number}"]
        for number in range(20):
            key.values[f"later {number}"] = 0
            key.values.update({f"value {number + 1}": 7, f"later {number}": number})
    return file


def test_it_holds_what_was_set(hive: Path) -> None:
    """In the order of setting; and it is sound."""
    wanted: dict[str, object] = {f"value {number}": number for number in scrambled(VALUES)}
    for number in scrambled(VALUES)[::40]:
        wanted[f"value {number}"] = b"changed %d" % number
    for number in scrambled(VALUES)[1::40]:
        del wanted[f"value {number}"]
    for number in range(20):
        wanted[f"later {number}"] = number
        wanted[f"value {number + 1}"] = 7
    with anyreg.open(hive) as registry:
        assert registry.check() == []
        found = dict(registry.open("Values").values.items())
    assert list(found.items()) == list(wanted.items())


@pytest.mark.parametrize("oracle", TREES)
def test_others_read_the_same(oracle: str, hive: Path) -> None:
    """Every value, its type, its bytes, and their order."""
    ours: Tree = tree_with_anyreg(hive)
    ours = seen_by_pyregf(ours) if oracle == "pyregf" else ours
    assert TREES[oracle](hive) == ours
