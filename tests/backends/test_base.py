"""The verbs of a world: those that it must have, and those that are refused without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anyreg.backends import ask, trees
from anyreg.backends.base import AllOrNone, Backend
from anyreg.backends.memory import MemoryBackend
from anyreg.errors import ClosedError, NotSupportedError
from anyreg.facts import Facts
from anyreg.values import Node

NODE = Node("x", 0)
NAMES = [name for name, verb in vars(Backend).items() if name[0] != "_" and callable(verb)]
VERBS: dict[str, Callable[[Backend], object]] = {
    "root": lambda world: world.root(),
    "open": lambda world: world.open(NODE, ["a"]),
    "names": lambda world: world.names(NODE),
    "subkeys": lambda world: world.subkeys(NODE),
    "values": lambda world: world.values(NODE),
    "read": lambda world: world.read(NODE, "a"),
    "info": lambda world: world.info(NODE),
    "security": lambda world: world.security(NODE),
    "close": lambda world: world.close(),
}
CHANGES: dict[str, Callable[[Backend], object]] = {
    "begin": lambda world: world.begin(),
    "commit": lambda world: world.commit(False),
    "roll_back": lambda world: world.roll_back(),
    "create": lambda world: world.create(NODE, ["a"]),
    "delete": lambda world: world.delete(NODE, True),
    "rename": lambda world: world.rename(NODE, "a"),
    "write": lambda world: world.write(NODE, []),
    "remove": lambda world: world.remove(NODE, "a"),
    "set_class": lambda world: world.set_class(NODE, "a"),
    "set_security": lambda world: world.set_security(NODE, b""),
}
NEEDLESS = ("release", "flush", "refresh")
ASKED: dict[str, Callable[[Backend], object]] = {
    "assign": lambda world: trees.assign(world, NODE, {}),
    "rewrite": lambda world: ask.rewrite(world, NODE, Facts("", b"", 0, 0), None),
    "compact": ask.compact,
    "history_hive": lambda world: ask.history_hive(world, ""),
    "load": lambda world: ask.load(world, NODE, "a", "file"),
    "unload": lambda world: ask.unload(world, NODE, "a"),
    "replace": lambda world: ask.replace(world, NODE, "a", "new", "old"),
}


def test_the_core_has_few_verbs() -> None:
    """22 at most; whatever else a world can do is an ability of its own."""
    assert len(NAMES) <= 22
    assert set(NAMES) == {*VERBS, *CHANGES, *NEEDLESS}


@pytest.mark.parametrize("verb", VERBS)
def test_a_world_must_say_how_each_verb_works(verb: str) -> None:
    """The base class does nothing by itself."""
    with pytest.raises(NotImplementedError):
        VERBS[verb](Backend())


@pytest.mark.parametrize("verb", NEEDLESS)
def test_what_a_world_need_not_do_is_nothing(verb: str) -> None:
    """One without handles, disks and neighbours has nothing to do there."""
    world = MemoryBackend()
    getattr(world, verb)(*([world.root()] if verb == "release" else []))


@pytest.mark.parametrize("verb", [*CHANGES, *ASKED])
def test_what_a_world_cannot_do_is_refused(verb: str) -> None:
    """A verb that changes need not be there: it says so when it is asked for."""
    with pytest.raises(NotSupportedError):
        (CHANGES | ASKED)[verb](Backend())


def test_what_is_asked_of_any_world_is_answered() -> None:
    """One that has the core alone is no whole registry, leads nowhere else and tells nothing."""
    world = Backend()
    assert ask.about(world) == {}
    assert ask.problems(world) == ask.check(world) == []
    assert not ask.is_changing(world)
    assert not ask.has_roots(world, NODE)
    assert not ask.leads_elsewhere(world, NODE, "a")
    assert not ask.has_own_link(world, NODE, "a")
    with pytest.raises(ClosedError):
        ask.predefined(world, 0x80000002)


def test_a_block_of_changes_is_kept_as_a_whole() -> None:
    """At its end nothing is under way any more."""
    world = MemoryBackend()
    with AllOrNone(world):
        assert world.is_changing()
        world.create(world.root(), ["a"])
    assert not world.is_changing()
    assert world.open(world.root(), ["a"]) is not None


def test_an_error_undoes_a_block_of_changes() -> None:
    """Any error does, and goes on; what is around the block stays."""

    def begin_and_fail() -> None:
        with AllOrNone(world):
            world.create(world.root(), ["inner"])
            raise KeyboardInterrupt

    world = MemoryBackend()
    with AllOrNone(world):
        world.create(world.root(), ["outer"])
        with pytest.raises(KeyboardInterrupt):
            begin_and_fail()
    assert [node.name for node in world.subkeys(world.root())] == ["outer"]
