"""The verbs of a world: those that it must have, and those that are refused without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anyreg.backends.base import AllOrNone, Backend
from anyreg.backends.memory import MemoryBackend
from anyreg.errors import NotSupportedError
from anyreg.facts import Facts
from anyreg.values import Node

NODE = Node("x", 0)
VERBS: dict[str, Callable[[Backend], object]] = {
    "about": lambda world: world.about(),
    "problems": lambda world: world.problems(),
    "check": lambda world: world.check(),
    "close": lambda world: world.close(),
}
CHANGES: dict[str, Callable[[Backend], object]] = {
    "begin": lambda world: world.begin(),
    "commit": lambda world: world.commit(False),
    "roll_back": lambda world: world.roll_back(),
    "create": lambda world: world.create(NODE, "a", ""),
    "delete": lambda world: world.delete(NODE, True),
    "rename": lambda world: world.rename(NODE, "a"),
    "write": lambda world: world.write(NODE, []),
    "assign": lambda world: world.assign(NODE, {}),
    "remove": lambda world: world.remove(NODE, "a"),
    "set_class": lambda world: world.set_class(NODE, "a"),
    "set_security": lambda world: world.set_security(NODE, b""),
    "rewrite": lambda world: world.rewrite(NODE, Facts("", b"", 0, 0), None),
    "compact": lambda world: world.compact(),
    "history_hive": lambda world: world.history_hive(""),
    "load": lambda world: world.load(NODE, "a", "file"),
    "unload": lambda world: world.unload(NODE, "a"),
    "replace": lambda world: world.replace(NODE, "a", "new", "old"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_world_must_say_how_each_verb_works(verb: str) -> None:
    """The base class does nothing by itself."""
    with pytest.raises(NotImplementedError):
        VERBS[verb](Backend())


@pytest.mark.parametrize("verb", CHANGES)
def test_what_a_world_cannot_do_is_refused(verb: str) -> None:
    """A verb that changes need not be there: it says so when it is asked for."""
    with pytest.raises(NotSupportedError):
        CHANGES[verb](Backend())


def test_a_block_of_changes_is_kept_as_a_whole() -> None:
    """At its end nothing is under way any more."""
    world = MemoryBackend()
    with AllOrNone(world):
        assert world.is_changing()
        world.create(world.root(), "a", "")
    assert not world.is_changing()
    assert world.open(world.root(), "a") is not None


def test_an_error_undoes_a_block_of_changes() -> None:
    """Any error does, and goes on; what is around the block stays."""

    def begin_and_fail() -> None:
        with AllOrNone(world):
            world.create(world.root(), "inner", "")
            raise KeyboardInterrupt

    world = MemoryBackend()
    with AllOrNone(world):
        world.create(world.root(), "outer", "")
        with pytest.raises(KeyboardInterrupt):
            begin_and_fail()
    assert [node.name for node in world.subkeys(world.root())] == ["outer"]
