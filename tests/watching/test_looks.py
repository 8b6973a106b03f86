"""A world that reports no changes, looked at every so often."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

import anyreg
from anyreg.backends.memory import MemoryBackend
from anyreg.errors import LimitError, NotSupportedError, RegistryError
from anyreg.registry.watch import Watch
from conformance.counted import CountedWorld
from watching.replica import Replica, state_of

SOON = 30.0
OFTEN = 0.01


@pytest.fixture
def registry() -> Iterator[anyreg.Registry]:
    """A world with the core verbs alone."""
    with anyreg.Registry(CountedWorld(MemoryBackend())) as made:
        yield made


def first(watch: Watch) -> list[tuple[str, str, str | None]]:
    batch = next(watch)
    assert batch.resynchronised
    return [(change.kind, change.path, change.name) for change in batch]


def test_without_poll_it_says_what_to_do(registry: anyreg.Registry) -> None:
    """Nothing is looked at unasked."""
    with pytest.raises(NotSupportedError, match=r"poll=seconds"):
        registry.root.watch()
    for nonsense in (0, -1.0, float("nan"), float("inf")):
        with pytest.raises(LimitError, match="poll"):
            registry.root.watch(poll=nonsense)


def test_what_differs_between_two_looks_is_a_batch(registry: anyreg.Registry) -> None:
    """It is said that nobody knows of how many transactions."""
    top = registry.create("Top")
    top.create(r"Goes\Below").values["v"] = 1
    with top.watch(poll=OFTEN, timeout=SOON) as watch:
        with registry.transaction():
            top.create(r"Comes\Below").values["v"] = 1
        found = first(watch)
        while len(found) < 3:
            found += first(watch)
        assert found == [
            ("key created", r"Top\Comes", None),
            ("key created", r"Top\Comes\Below", None),
            ("value set", r"Top\Comes\Below", "v"),
        ]


def test_a_key_that_goes_and_comes_is_followed_by_its_path(registry: anyreg.Registry) -> None:
    """The watched one."""
    registry.create(r"A\B").values["v"] = 1
    with registry.open(r"A\B").watch(poll=OFTEN, timeout=SOON) as watch:
        registry.delete("A", recursive=True)
        assert first(watch) == [("value deleted", r"A\B", "v"), ("key deleted", r"A\B", None)]
        registry.create(r"A\B")
        assert first(watch) == [("key created", r"A\B", None)]


def test_below_the_subkeys_nothing_is_looked_at(registry: anyreg.Registry) -> None:
    """Without recursive=True."""
    top = registry.create("Top")
    top.create(r"A\B\C")
    with top.watch(poll=OFTEN, timeout=SOON, recursive=False) as watch:
        top.open(r"A\B").values["v"] = 1
        top.open("A").values["v"] = 1
        top.values["v"] = 1
        assert first(watch) == [("value set", "Top", "v")]
        top.create(r"N\M")
        assert first(watch) == [("key created", r"Top\N", None)]


def test_a_world_that_fails_ends_the_watch(registry: anyreg.Registry) -> None:
    """With its error."""
    with registry.root.watch(poll=OFTEN, timeout=SOON) as watch:
        registry.close()
        with pytest.raises(RegistryError):
            next(watch)


def test_no_thread_and_no_node_is_left(registry: anyreg.Registry) -> None:
    """After the end of the watch."""
    registry.create(r"A\B")
    world = registry._backend
    assert isinstance(world, CountedWorld)
    top = registry.open("A")
    held = len(world.given)
    for _ in range(20):
        top.watch(poll=OFTEN).close()
    watch = top.watch(poll=OFTEN)
    time.sleep(10 * OFTEN)
    watch.close()
    assert len(world.given) == held
    assert [one for one in threading.enumerate() if one.name == "anyreg looks"] == []


@pytest.mark.parametrize("limit", [1, 1000])
def test_the_stream_leads_from_the_first_state_to_the_last(
    registry: anyreg.Registry, limit: int
) -> None:
    """Random changes, also where the looks are joined."""
    random_ = random.Random(limit)
    top = registry.create("Top")
    replica = Replica(top)
    with top.watch(poll=OFTEN, limit=limit, timeout=SOON) as watch:
        for _ in range(300):
            with suppress(RegistryError, KeyError):
                change(random_, top)
            time.sleep(0.001)
        last = state_of(top)
        while replica.keys != last:
            replica.apply(next(watch))


def change(random_: random.Random, top: anyreg.Key) -> None:
    key = top.create(random_.choice(["A", r"A\B", "b", r"B\d", "e"]))
    verb = random_.randrange(5)
    if verb == 0:
        top.delete(random_.choice("ab"), recursive=True)
    elif verb == 1:
        top.rename(random_.choice("ab"), random_.choice("AB"))
    elif verb == 2:
        key.class_name = random_.choice("xy")
    elif verb == 3:
        del key.values["v"]
    else:
        key.values[random_.choice("vw")] = random_.randrange(3)
