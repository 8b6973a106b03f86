"""What was read lately is believed for a while, if somebody wants that."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import pytest

import anyreg
from anyreg.backends.base import Lent
from anyreg.backends.remote import read_cache
from anyreg.backends.remote.hives import RemoteRegistry
from anyreg.backends.remote.opening import open_remote
from anyreg.backends.remote.read_cache import MISSING, ReadCache
from anyreg.backends.trees import make
from anyreg.errors import ClosedError, KeyDeletedError, NotSupportedError
from anyreg.paths import ROOTS
from anyreg.registry.registry import Registry
from anyreg.values import Node, Value
from remote.registries import cleared, login
from remote.smbd import ADMINISTRATOR, HOST, PASSWORD, server

USER = ROOTS["HKEY_CURRENT_USER"]
VALUES = [Value("a", 1, b"x\0"), Value("b", 3, b"old")]


@pytest.fixture
def other() -> Iterator[RemoteRegistry]:
    """Somebody else, who changes things."""
    backend = cleared()
    with Lent(backend, make(backend, backend.predefined(USER), r"Software\Test\below")[0]):
        pass
    with Lent(backend, make(backend, backend.predefined(USER), r"Software\Test")[0]) as node:
        backend.write(node, VALUES)
    yield backend
    backend.close()


def opened(cache: float) -> RemoteRegistry:
    return open_remote(HOST, login(), server().port, timeout=120, connect_timeout=120, cache=cache)


@pytest.fixture
def world(other: RemoteRegistry) -> Iterator[RemoteRegistry]:
    """A registry that remembers for longer than a test takes."""
    backend = opened(3600)
    yield backend
    backend.close()


def key_of(world: RemoteRegistry) -> Node:
    found = world.open(world.predefined(USER), ["Software", "Test"])
    assert found is not None
    return found


QUESTIONS: dict[str, Callable[[RemoteRegistry, Node], object]] = {
    "values": lambda world, key: world.values(key),
    "a value": lambda world, key: world.read(key, "B"),
    "a missing value": lambda world, key: world.read(key, "none"),
    "several": lambda world, key: world.read_several(key, ["a", "b", "none"]),
    "an index": lambda world, key: world.value_at(key, 1),
    "subkeys": lambda world, key: [one.name for one in world.subkeys(key)],
    "a subkey": lambda world, key: [world.subkey_at(key, 0) is None, world.subkey_at(key, 9)],
    "facts": lambda world, key: world.info(key),
    "a descriptor": lambda world, key: world.security(key),
    "a missing key": lambda world, key: world.open(key, ["none", "at all"]),
    "a key": lambda world, key: world.open(world.predefined(USER), ["software", "TEST"]) is None,
    "all": lambda world, key: world.read_all(key, key)[1],
    "a walk": lambda world, key: [
        (step.key.path, step.values) for step in Registry(world).open(r"HKCU\Software\Test").walk()
    ],
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_is_given_again(world: RemoteRegistry, other: RemoteRegistry, name: str) -> None:
    """Though somebody else has changed it; but not behind a change from here."""
    ask = QUESTIONS[name]
    key = key_of(world)
    first = ask(world, key)
    with Lent(other, make(other, other.predefined(USER), r"Software\Test")[0]) as node:
        other.write(node, [Value("b", 3, b"new"), Value("c", 3, b"new")])
    before = world.waits()
    assert ask(world, key) == first
    assert world.waits() == before
    world.write(key, [Value("d", 4, bytes(4))])
    fresh = opened(0)
    assert ask(world, key) == ask(fresh, key_of(fresh))
    assert world.waits() > before
    fresh.close()


def test_without_a_cache_everything_is_asked(other: RemoteRegistry) -> None:
    """So it is unless somebody wants another thing."""
    world = opened(0)
    key = key_of(world)
    for ask in QUESTIONS.values():
        ask(world, key)
        before = world.waits()
        ask(world, key)
        assert world.waits() > before
    world.close()


def test_what_is_old_is_asked_again(other: RemoteRegistry) -> None:
    """After so many seconds."""
    world = opened(0.0001)
    key = key_of(world)
    world.values(key)
    before = world.waits()
    time.sleep(0.01)
    assert world.values(key) == VALUES
    assert world.waits() > before
    world.close()


def test_a_key_with_few_rights_is_not_answered_for(world: RemoteRegistry) -> None:
    """What another handle may read it may not."""
    key = key_of(world)
    world.values(key)
    below = world.open(world.predefined(USER), ["Software", "Test"], 0x2)  # to set values
    assert below is not None
    before = world.waits()
    world.values(below)  # which Samba allows
    assert world.waits() > before


def test_whether_a_key_exists_is_always_asked(world: RemoteRegistry, other: RemoteRegistry) -> None:
    """A watch that looks again and again sees what there is."""
    key = key_of(world)
    world.info(key)
    assert world.is_alive(key)
    with Lent(other, make(other, other.predefined(USER), r"Software\Test")[0]) as node:
        other.delete(node, True)
    assert not world.is_alive(key)
    with pytest.raises(KeyDeletedError):
        world.stamp(key)


def test_a_key_that_was_given_back_is_not_answered_for(world: RemoteRegistry) -> None:
    """Nor anything once the registry is closed."""
    key, second = key_of(world), key_of(world)
    world.values(key)
    world.release(key)
    with pytest.raises(ClosedError):
        world.values(key)
    world.close()
    with pytest.raises(ClosedError):
        world.values(second)


def test_a_caller_cannot_change_what_is_remembered(world: RemoteRegistry) -> None:
    """A list is the caller's own."""
    key = key_of(world)
    world.values(key).clear()
    world.read_all(key, key)[1].clear()
    assert world.values(key) == VALUES


# Room


def test_there_is_room_for_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over drawn answers it never has more, and what it gives was the last that was kept."""
    monkeypatch.setattr(read_cache, "_MOST_ENTRIES", 8)
    monkeypatch.setattr(read_cache, "_MOST_DATA", 4000)
    cache, rnd = ReadCache(60, lambda: 0), random.Random(1)
    last: dict[int, object] = {}
    for _ in range(2000):
        place = rnd.randrange(20)
        what = [Value("v", 3, bytes(rnd.choice((0, 10, 900, 5000))))]
        cache.keep((place,), what, 0)
        last[place] = what
        assert len(cache._entries) <= 8
        assert cache._size <= 4000
        assert cache._size == sum(entry.size for entry in cache._entries.values())
        for number, kept in last.items():
            assert cache.find((number,)) in (MISSING, kept)


def test_what_was_asked_for_before_a_change_is_not_kept() -> None:
    """However late the answer came."""
    changes = [0]
    cache = ReadCache(60, lambda: changes[0])
    changes[0] = 1
    cache.keep(("a",), 1, 0)
    assert cache.find(("a",)) is MISSING
    cache.keep(("a",), 1, 1)
    assert cache.find(("a",)) == 1
    changes[0] = 2
    assert cache.find(("a",)) is MISSING


# For everybody


def test_everybody_may_ask_for_it(other: RemoteRegistry) -> None:
    """And sees what it saves."""
    port = server().port
    with anyreg.connect(
        HOST, user=ADMINISTRATOR, password=PASSWORD, protocol="ntlm", port=port, cache=60
    ) as registry:
        assert registry.read(r"HKCU\Software\Test", "b") == b"old"
        before = registry.round_trips
        assert registry.read(r"HKCU\Software\Test", "b") == b"old"
        assert registry.round_trips == before > 0
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="seconds"):
            anyreg.connect(HOST, cache=wrong)


def test_only_other_machines_have_round_trips() -> None:
    """Elsewhere that is said."""
    with anyreg.open("memory:") as registry, pytest.raises(NotSupportedError, match="connect"):
        _ = registry.round_trips
