"""How often the way to another machine is waited for: counted by the client, and beside it."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import anyreg
from anyreg.backends.base import Lent
from anyreg.backends.remote import ahead
from anyreg.backends.remote.window import WIDTH
from anyreg.backends.remote.world import RemoteBackend
from anyreg.backends.trees import make
from anyreg.errors import RegistryError
from anyreg.paths import ROOTS
from anyreg.registry.key import Key
from anyreg.registry.registry import Registry
from anyreg.values import Node, Value
from remote.proxy import HOST, DelayingProxy
from remote.registries import cleared, connected, login
from remote.smbd import server

USER = ROOTS["HKEY_CURRENT_USER"]
TOP = r"HKEY_CURRENT_USER\Software\Tree"
BRANCHES = 8  # keys below the top, and below each of them
VALUES = 3  # of each key below those
KEYS = 1 + BRANCHES + BRANCHES * BRANCHES
OPEN_KEY = 15
SECURITY = 12
INFO = 16


class Through(NamedTuple):
    """A registry that is reached through a proxy."""

    registry: Registry
    backend: RemoteBackend
    proxy: DelayingProxy


@pytest.fixture(scope="module")
def filled() -> Iterator[RemoteBackend]:
    """A tree, and a key with many values, on the server."""
    backend = cleared()
    with Lent(backend, make(backend, backend.predefined(USER), r"Software\Tree")[0]) as top:
        for first in range(BRANCHES):
            for second in range(BRANCHES):
                with Lent(backend, make(backend, top, rf"k{first}\s{second}")[0]) as node:
                    backend.write(node, [Value(f"v{n}", 3, bytes([n])) for n in range(VALUES)])
    with Lent(backend, make(backend, backend.predefined(USER), r"Software\Many")[0]) as node:
        backend.write(node, [Value(f"v{n}", 4, n.to_bytes(4, "little")) for n in range(100)])
    yield backend
    backend.close()


@pytest.fixture
def through(filled: RemoteBackend) -> Iterator[Through]:
    """A connection without delay: it is counted, and not timed."""
    with DelayingProxy(server().port, 0.002) as proxy:
        backend = connected(login(), proxy.port)
        yield Through(Registry(backend), backend, proxy)
        backend.close()


def many(through: Through) -> Key:
    return through.registry.open(r"HKCU\Software\Many")


def test_values_come_in_a_window(through: Through) -> None:
    """Sizes are asked for once, before, and once behind; between them few round trips."""
    key = many(through)
    for extra in (2, 0):  # the first time pipes are opened
        before = through.backend.waits(), through.proxy.round_trips
        assert len(key.records()) == 100
        own = through.backend.waits() - before[0]
        assert own <= 2 + -(-100 // WIDTH) + extra
        assert own <= through.proxy.round_trips - before[1]
    assert through.proxy.most_at_once <= WIDTH
    assert through.proxy.most_at_once > WIDTH // 2


def test_a_value_is_one_round_trip(through: Through) -> None:
    """No pipe is opened for it, and it is counted here as it is outside."""
    key = many(through)
    before = through.backend.waits(), through.proxy.round_trips, through.proxy.messages
    for count in range(1, 6):
        assert key.get_int("v7") == 7
        after = through.backend.waits(), through.proxy.round_trips, through.proxy.messages
        assert [new - old for new, old in zip(after, before, strict=True)] == [count] * 3


def test_no_message_is_held_back_until_the_one_before_arrived(through: Through) -> None:
    """That would be a round trip that nobody counts, wherever two are sent in a row."""
    assert many(through).get_int("v7") == 7
    connections = [
        one
        for one in gc.get_objects()
        if issubclass(type(one), socket.socket) and leads_to(one, through.proxy.port)
    ]
    options = [one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for one in connections]
    assert options == [1]


def leads_to(one: socket.socket, port: int) -> bool:
    """Whether it is connected to a port of the server's address."""
    try:
        return bool(one.getpeername() == (HOST, port))
    except OSError:
        return False


def test_several_values_are_one_call(through: Through) -> None:
    """If all of them are there; else each is asked for, and what is missing is missing."""
    key = many(through)
    before = through.proxy.messages
    assert key.read_many(["v1", "V2", "v3"]) == {"v1": 1, "V2": 2, "v3": 3}
    assert through.proxy.messages - before == 1
    assert key.read_many(["v1", "none", "v1", "a\0b"], 0) == {"v1": 1, "none": 0, "a\0b": 0}


def test_a_server_without_that_call_is_asked_one_by_one(through: Through) -> None:
    """By the older call, and without either."""
    key = many(through)
    wanted = {f"v{n}": n for n in range(20)}
    methods = through.backend.calls._methods
    while methods:
        assert key.read_many(wanted) == wanted
        methods.pop(0)
    assert key.read_many(wanted) == wanted
    assert {29, 34, 17} <= set(through.proxy.methods)


def test_large_values_are_read_together(through: Through, filled: RemoteBackend) -> None:
    """Beyond what one call pays for."""
    values = [Value(f"v{n}", 3, bytes([n]) * 20_000) for n in range(3)]
    with Lent(filled, make(filled, filled.predefined(USER), r"Software\Large")[0]) as node:
        filled.write(node, values)
    found = through.registry.open(r"HKCU\Software\Large").read_many([one.name for one in values])
    assert found == {one.name: one.raw for one in values}


def test_a_walk_reads_ahead(through: Through) -> None:
    """Little more than a window full of calls each time; all that it sees is as it is."""
    top = through.registry.open(TOP)
    before = through.backend.waits(), through.proxy.messages
    steps = list(top.walk())
    assert [step.key.path for step in steps] == tree_paths()
    assert all(len(step.values) == VALUES for step in steps if step.key.path.count("\\") == 4)
    messages = through.proxy.messages - before[1]
    entries = BRANCHES + BRANCHES**2 * (1 + VALUES)
    assert messages <= entries + 4 * KEYS + WIDTH * 3  # and what opens the pipes
    assert through.backend.waits() - before[0] <= messages / WIDTH + 24


def copied(copy: Key, path: str) -> Key:
    below = path.removeprefix(TOP).strip("\\")
    return copy.create(below) if below else copy


def tree_paths() -> list[str]:
    found = [TOP]
    for first in range(BRANCHES):
        found.append(rf"{TOP}\k{first}")
        found += [rf"{TOP}\k{first}\s{second}" for second in range(BRANCHES)]
    return found


def test_a_walk_goes_no_deeper_than_it_is_asked_to(through: Through) -> None:
    """Who wants one level gets one."""
    top = through.registry.open(TOP)
    opened = through.proxy.methods[OPEN_KEY]
    assert len(list(top.walk(max_depth=1))) == 1 + BRANCHES
    assert through.proxy.methods[OPEN_KEY] - opened == BRANCHES


def test_what_is_changed_on_the_way_is_seen(through: Through) -> None:
    """What was read ahead is not given out behind a change of ours."""
    seen = []
    for key, _, values in through.registry.open(TOP).walk():
        seen.append((key.path, [value.name for value in values]))
        if key.path.endswith(r"k0\s0"):
            through.registry.write(rf"{TOP}\k7\s7", "new", 1)
            through.registry.write(rf"{TOP}\k0\s1", "new", 1)
    named = dict(seen)
    assert "new" in named[rf"{TOP}\k0\s1"]
    assert "new" in named[rf"{TOP}\k7\s7"]
    assert list(named) == tree_paths()
    for path in (rf"{TOP}\k7\s7", rf"{TOP}\k0\s1"):
        del through.registry.open(path).values["new"]


def test_a_walk_is_slow_where_the_way_is(through: Through, monkeypatch: pytest.MonkeyPatch) -> None:
    """What took too long to be believed still is read again, and each key is there all the same."""
    for name, seconds in (("_FRESH", 0.0), ("_LONGEST", 0.01)):
        monkeypatch.setattr(ahead, name, seconds)
        found = [(step.key.path, len(step.values)) for step in through.registry.open(TOP).walk()]
        assert [path for path, _ in found] == tree_paths()
        assert sum(count for _, count in found) == VALUES * BRANCHES**2
        monkeypatch.undo()


def test_a_walk_goes_on_where_keys_go_away(through: Through) -> None:
    """A key that is gone meanwhile is reported, as it would be without reading ahead."""
    lost: list[RegistryError] = []
    with through.registry.create(rf"{TOP}\k9") as key:
        key.create("below")
    found = []
    for step in through.registry.open(TOP).walk(on_error=lost.append):
        found.append(step.key.path)
        if step.key.path.endswith("k0"):
            through.registry.open(TOP).delete("k9", recursive=True)
    assert found == tree_paths()
    assert len(lost) == 1


def test_an_export_asks_for_nothing_twice(through: Through, tmp_path: Path) -> None:
    """Facts and descriptors are those that were read ahead."""
    top = through.registry.open(TOP)
    before = through.proxy.methods.copy()
    top.export(tmp_path / "tree.json", security=True)
    asked = through.proxy.methods - before
    assert asked[INFO] <= 2 * KEYS + BRANCHES
    assert asked[OPEN_KEY] <= KEYS + BRANCHES
    assert asked[SECURITY] == KEYS


def test_trees_are_compared_in_few_round_trips(through: Through) -> None:
    """A copy of a tree is the same as the tree, and reading it is a walk."""
    top = through.registry.open(TOP)
    before = through.backend.waits()
    with anyreg.open("memory:") as memory:
        copy = memory.create(r"HKCU\copy")
        for key, _, values in top.walk():
            copied(copy, key.path).set_records(values)
        walked = through.backend.waits() - before
        before = through.backend.waits()
        assert list(anyreg.diff(top, copy)) == []
        assert through.backend.waits() - before <= walked + BRANCHES


# What must not be left behind


def test_handles_are_given_back_without_waiting(through: Through) -> None:
    """Those of keys that are closed, or die, and those of a walk."""
    key = through.registry.open(r"HKCU\Software\Many")  # with its root, which stays open
    through.backend.read(key.node, "v1")
    kept = through.proxy.open_handles
    before = through.backend.waits()
    for _ in range(30):
        through.registry.open(TOP).close()
    assert through.backend.waits() - before <= 40
    assert list(through.registry.open(TOP).walk())
    for step in through.registry.open(TOP).walk():
        if step.key.name == "k3":
            break
    del step
    through.backend.read(key.node, "v1")
    through.backend.read(key.node, "v1")
    assert through.proxy.open_handles <= kept + 1


def test_threads_read_together(through: Through) -> None:
    """Each sees what it asked for."""
    failed: list[object] = []

    def read(name: str) -> None:
        key = many(through)
        for _ in range(5):
            if key.get_int(name) != int(name[1:]) or len(key.records()) != 100:
                failed.append(name)
        assert len(list(through.registry.open(rf"{TOP}\k1").walk())) == 1 + BRANCHES

    threads = [threading.Thread(target=read, args=[f"v{n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert failed == []


def test_a_server_with_few_pipes_is_read_all_the_same(through: Through) -> None:
    """One that opens no second pipe is asked through the first."""
    service = through.backend.calls.channel._service
    key = many(through)
    service.more_pipes = lambda name, count: []  # type: ignore[method-assign]
    assert len(key.records()) == 100
    node: Node = key.node
    assert through.backend.value_at(node, 99) is not None
