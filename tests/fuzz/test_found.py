"""What fuzzing has found: each once more, small and by hand."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fuzz.explore import alarm, explore
from hives import LIST_FIRST, NK_LIST, NK_PARENT, Maker, family

pytestmark = pytest.mark.fuzz


def test_a_root_that_lists_itself() -> None:
    """Its parent field names it too: the walk showed it below itself without end."""
    maker, root, keys = family()
    list_ = int.from_bytes(maker.cells[root + 4 + NK_LIST : root + 8 + NK_LIST], "little")
    maker.put(list_, LIST_FIRST, root)
    maker.put(root, NK_PARENT, root)
    with alarm(5):
        assert explore(maker.build()) == len(keys)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_root_whose_parent_is_below_it(depth: int) -> None:
    """The key that the root names as its parent lists the root."""
    maker = Maker()
    key = root = maker.key("root")
    for _ in range(depth):
        (key,) = maker.give_keys(key, "k")
    maker.give_list(key, maker.leaf(b"lh", root), 1)
    maker.put(root, NK_PARENT, key)
    with alarm(5):
        assert explore(maker.build()) == depth + 1


BURY = """
from anyreg.backends.base import Backend
from anyreg.engine.image import Stretch
from anyreg.engine.tree import SubkeyList
from anyreg.registry.key import Key
from anyreg.values import Node, Value

makers = (
    lambda: Node("n", 1),
    lambda: Value("v", 1, b"raw"),
    lambda: Stretch(b"bytes", 0),
    lambda: SubkeyList(0, b"bytes", 0, 0, 4),
    lambda: Key(Backend(), Node("n", 1), None),
)
for make in makers:
    for depth in range(40, 60):
        box = make()
        for _ in range(depth):
            box = [box]
        del box
key = None
for _ in range(1000):
    key = Key(Backend(), Node("n", 1), key)
del key
"""


def test_objects_can_be_freed_at_any_depth() -> None:
    """Compiled ones damaged the memory when they were the 50th of objects inside each other."""
    environment = {**os.environ, "PYTHONMALLOC": "debug"}
    done = subprocess.run(
        [sys.executable, "-c", BURY], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
