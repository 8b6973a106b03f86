"""The verbs that a world must have."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anyreg.backends.base import Backend
from anyreg.values import Node

NODE = Node("x", 0)
VERBS: dict[str, Callable[[Backend], object]] = {
    "root": lambda world: world.root(),
    "open": lambda world: world.open(NODE, "a"),
    "subkeys": lambda world: world.subkeys(NODE),
    "values": lambda world: world.values(NODE),
    "read": lambda world: world.read(NODE, "a"),
    "info": lambda world: world.info(NODE),
    "about": lambda world: world.about(),
    "problems": lambda world: world.problems(),
    "check": lambda world: world.check(),
    "close": lambda world: world.close(),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_world_must_say_how_each_verb_works(verb: str) -> None:
    """The base class does nothing by itself."""
    with pytest.raises(NotImplementedError):
        VERBS[verb](Backend())
