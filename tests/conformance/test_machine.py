"""A registry of one's own does what one in memory does, whatever is done to it.

The two have little in common below the namespace: hives in files, logs and volatile keys laid over
them on one side, dicts on the other.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import share
from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.backends.memory_registry import open_memory
from anyreg.backends.own_hives import open_embedded
from anyreg.backends.trees import clear, find, make
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.errors import RegistryError
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.security.token import Token
from anyreg.types import REG_LINK
from anyreg.values import Node, Value
from conformance.worlds import fresh_key

T = TypeVar("T")
NAMES = st.sampled_from(["a", "A", "b", "ß", "_", "Key with a longer name", "\U0001f600"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("\\".join)
DATA = st.one_of(st.binary(max_size=8), st.integers(0, 40000).map(bytes))
VALUES = st.builds(Value, NAMES, st.integers(0, 12), DATA)
KEPT = KEY_LINK | KEY_VOLATILE

Facts = tuple[str, str, int, tuple[Value, ...], int]


def facts(world: Backend, node: Node) -> list[Facts]:
    """All that is below a key."""
    told: list[Facts] = []
    stack = [("", node)]
    while stack:
        path, key = stack.pop()
        info = world.info(key)
        values = tuple(world.values(key))
        told.append((path, info.class_name, info.flags & KEPT, values, info.subkeys))
        stack.extend([(f"{path}\\{child.name}", child) for child in world.subkeys(key)])
    return told


def outcome(world: Backend, do: Callable[[Backend], object]) -> object:
    """What a step gives; of an error, what it is."""
    try:
        return do(world)
    except RegistryError as error:
        return type(error), error.winerror


class Comparison(RuleBasedStateMachine):
    """The registries, one of them opened as somebody, and what is done to all."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.home = self.folder.name + "/home"
        somebody = enforced(open_memory(), Token.unlimited())
        self.worlds: list[Backend] = [open_embedded(self.home), open_memory(), somebody]
        self.depth = 0
        for world in self.worlds:
            fresh_key(world)

    def both(self, do: Callable[[Backend, Node], object]) -> None:
        """Do a step in both, which must give the same."""
        told = [outcome(world, lambda world: do(world, fresh_key(world))) for world in self.worlds]
        assert told[0] == told[1] == told[2]

    def at(self, path: str, do: Callable[[Backend, Node], object]) -> None:
        """Do a step to the key at a path, if there is one."""

        def step(world: Backend, top: Node) -> object:
            node = find(world, top, path, link=True)
            return None if node is None else do(world, node)

        self.both(step)

    @rule(path=PATHS, volatile=st.booleans(), name=st.sampled_from(["", "class"]))
    def make(self, path: str, volatile: bool, name: str) -> None:
        self.both(lambda world, top: make(world, top, path, volatile=volatile, class_name=name)[1])

    @rule(path=PATHS, to=PATHS, volatile=st.booleans())
    def make_link(self, path: str, to: str, volatile: bool) -> None:
        def step(world: Backend, top: Node) -> bool:
            full = ask.nt_path(world, top) + "\\" + to
            node, made = make(world, top, path, link=True, volatile=volatile)
            raw = full.encode("utf-16-le", "surrogatepass")
            world.write(node, [Value("SymbolicLinkValue", REG_LINK, raw)])
            return made

        self.both(step)

    @rule(path=PATHS, recursive=st.booleans())
    def delete(self, path: str, recursive: bool) -> None:
        self.at(path, lambda world, node: world.delete(node, recursive))

    @rule(path=PATHS, name=NAMES)
    def rename(self, path: str, name: str) -> None:
        self.at(path, lambda world, node: world.rename(node, name))

    @rule(path=PATHS, values=st.lists(VALUES, max_size=3))
    def write(self, path: str, values: list[Value]) -> None:
        self.at(path, lambda world, node: world.write(node, values))

    @rule(path=PATHS, name=NAMES)
    def remove(self, path: str, name: str) -> None:
        self.at(path, lambda world, node: world.remove(node, name))

    @rule(path=PATHS, name=st.text("cls", max_size=5))
    def set_class(self, path: str, name: str) -> None:
        self.at(path, lambda world, node: world.set_class(node, name))

    @rule(path=PATHS)
    def clear(self, path: str) -> None:
        self.at(path, clear)

    @rule()
    def begin(self) -> None:
        for world in self.worlds:
            world.begin()
        self.depth += 1

    @precondition(lambda self: self.depth)
    @rule(keep=st.booleans())
    def end(self, keep: bool) -> None:
        for world in self.worlds:
            if keep:
                world.commit(False)
            else:
                world.roll_back()
        self.depth -= 1

    @precondition(lambda self: not self.depth)
    @rule()
    def reopen(self) -> None:
        """All is as it was, also what is volatile."""
        self.worlds[0].close()
        self.worlds[0] = open_embedded(self.home)

    @precondition(lambda self: not self.depth)
    @rule()
    def restart(self) -> None:
        """The volatile keys are gone then; in memory they are taken away by hand."""
        self.worlds[0].close()
        pointer = Path(self.home) / "volatile"
        if pointer.exists():
            shutil.rmtree(pointer.read_text())  # as where the runtime folder is in memory
        self.worlds[0] = open_embedded(self.home)
        for memory in self.worlds[1:]:
            stack = [fresh_key(memory)]
            while stack:
                for child in memory.subkeys(stack.pop()):
                    if memory.info(child).flags & KEY_VOLATILE:
                        memory.delete(child, True)
                    else:
                        stack.append(child)

    @invariant()
    def they_are_alike(self) -> None:
        told = [self._without_sid(world) for world in self.worlds]
        assert told[0] == told[1] == told[2]

    @staticmethod
    def _without_sid(world: Backend) -> list[Facts]:
        """The facts, with a link's target as it would be for any user."""
        top = fresh_key(world)
        sid = world.names(top)[1].encode("utf-16-le")
        told = facts(world, top)
        return [
            (*fact[:3], tuple(_replaced(value, sid) for value in fact[3]), fact[4]) for fact in told
        ]

    def teardown(self) -> None:
        while self.depth:
            self.end(True)
        for world in self.worlds:
            assert (
                ask.check(
                    world,
                )
                == []
            )
            world.close()
        self.folder.cleanup()


def _replaced(value: Value, sid: bytes) -> Value:
    return Value(value.name, value.type, value.raw.replace(sid, b"SID"))


@pytest.mark.property
def test_a_few_steps() -> None:
    """Both sides stay alike."""
    run_state_machine_as_test(Comparison, settings=settings(max_examples=8))


@pytest.mark.long
@pytest.mark.property
def test_many_steps() -> None:
    """Both sides stay alike for long."""
    many = settings(max_examples=share.times(1000), stateful_step_count=50)
    run_state_machine_as_test(Comparison, settings=many)
