"""The verbs that read, which a world must have."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anyreg.backends.readable import Readable
from anyreg.values import Node

NODE = Node("x", 0)
VERBS: dict[str, Callable[[Readable], object]] = {
    "root": lambda world: world.root(),
    "open": lambda world: world.open(NODE, "a"),
    "subkeys": lambda world: world.subkeys(NODE),
    "values": lambda world: world.values(NODE),
    "read": lambda world: world.read(NODE, "a"),
    "info": lambda world: world.info(NODE),
    "trail": lambda world: world.trail(NODE),
    "get_security": lambda world: world.get_security(NODE),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_world_must_say_how_each_verb_works(verb: str) -> None:
    """The base class does nothing by itself."""
    with pytest.raises(NotImplementedError):
        VERBS[verb](Readable())
