"""What a hive of dicts reports of its changes."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

import anyreg
from anyreg.backends.memory import MemoryBackend
from anyreg.errors import RegistryError
from anyreg.registry.watch import Watch
from watching.model import Mirror, snapshot


@pytest.fixture
def registry() -> Iterator[anyreg.Registry]:
    with anyreg.Registry(MemoryBackend()) as made:
        yield made


def told(watch: Watch) -> list[list[tuple[str, str, str | None]]]:
    """Every batch that waits."""
    found: list[list[tuple[str, str, str | None]]] = []
    while (batch := watch.take()) is not None:
        assert not batch.resynchronised
        found.append([(change.kind, change.path, change.name) for change in batch])
    return found


def test_a_change_alone_is_a_batch(registry: anyreg.Registry) -> None:
    """Each verb."""
    root = registry.root
    root.values["kept"] = "x"
    with root.watch() as watch:
        root.create(r"A\B")
        root.open("A").values["v"] = 1
        root.open("A").values["v"] = 1
        root.open("A").class_name = "c"
        root.rename("A", "Z")
        del root.open("Z").values["v"]
        root.delete("Z", recursive=True)
        assert told(watch) == [
            [("key created", "A", None), ("key created", r"A\B", None)],
            [("value set", "A", "v")],
            [("class changed", "A", None)],
            [("key renamed", "Z", None)],
            [("value deleted", "Z", "v")],
            [("key deleted", r"Z\B", None), ("key deleted", "Z", None)],
        ]


def test_what_was_undone_never_appears(registry: anyreg.Registry) -> None:
    """A savepoint, or all."""
    root = registry.root
    root.values["a"] = 1
    with root.watch() as watch:
        with suppress(KeyError), registry.transaction():
            root.values["a"] = 2
            raise KeyError
        with registry.transaction():
            root.values["b"] = 1
            with suppress(KeyError), registry.transaction():
                root.values["c"] = 1
                root.create("X")
                root.values["a"] = 5
                raise KeyError
        assert told(watch) == [[("value set", "", "b")]]


def test_what_comes_and_goes_in_one_transaction_is_nothing(registry: anyreg.Registry) -> None:
    """Of a key that is made anew both are reported."""
    root = registry.root
    root.create(r"Old\Below")
    with root.watch() as watch:
        with registry.transaction():
            root.create(r"New\Below")
            root.delete("New", recursive=True)
        assert told(watch) == []
        with registry.transaction():
            root.delete("Old", recursive=True)
            root.create("Old").values["v"] = 1
        assert told(watch) == [
            [
                ("key deleted", r"Old\Below", None),
                ("key deleted", "Old", None),
                ("key created", "Old", None),
                ("value set", "Old", "v"),
            ]
        ]


def test_a_key_that_is_renamed_to_the_watched_path_is_reported_whole(
    registry: anyreg.Registry,
) -> None:
    """As a tree that has come: the path is watched."""
    root = registry.root
    root.create(r"Other\Below").values["v"] = 1
    root.create("Here")
    with root.open("Here").watch() as watch:
        root.delete("Here")
        root.rename("Other", "here")
        gone, come = told(watch)
        assert gone == [("key deleted", "Here", None)]
        assert come[-3:] == [
            ("key created", "Here", None),
            ("key created", r"Here\Below", None),
            ("value set", r"Here\Below", "v"),
        ]


def test_a_watch_may_begin_in_a_transaction(registry: anyreg.Registry) -> None:
    """It is reported when it is committed."""
    root = registry.root
    with registry.transaction():
        root.values["a"] = 1
        watch = root.watch()
    with watch:
        assert told(watch) == [[("value set", "", "a")]]


def test_nothing_is_kept_while_nobody_listens(registry: anyreg.Registry) -> None:
    """A change alone needs no list of what it was."""
    backend = registry._backend
    assert isinstance(backend, MemoryBackend)
    root = registry.root
    root.watch().close()
    root.values["a"] = 1
    values = next(iter(backend._changes.feed.listeners), None)
    assert (values, backend._changes.is_noting) == (None, False)


@pytest.mark.parametrize("limit", [1000, 1, 3])
@pytest.mark.parametrize("seed", range(6))
def test_the_stream_leads_from_the_first_state_to_the_last(seed: int, limit: int) -> None:
    """Random transactions, with savepoints undone; also where steps are joined."""
    random_ = random.Random(seed)
    with anyreg.Registry(MemoryBackend()) as registry:
        root = registry.root
        for _ in range(30):
            change(random_, root)
        with root.watch(limit=limit) as watch:
            mirror = snapshot(root)
            for number in range(200):
                with suppress(ZeroDivisionError), registry.transaction():
                    for _ in range(random_.randrange(1, 8)):
                        change(random_, root)
                    with suppress(ZeroDivisionError), registry.transaction():
                        for _ in range(random_.randrange(4)):
                            change(random_, root)
                        if random_.random() < 0.5:
                            raise ZeroDivisionError
                    if random_.random() < 0.2:
                        raise ZeroDivisionError
                if number % 17 == 0:
                    drain(watch, mirror)
                    mirror.expect(snapshot(root))
            drain(watch, mirror)
            mirror.expect(snapshot(root))


def test_threads_that_write_are_followed(registry: anyreg.Registry) -> None:
    """A watch that begins in the middle loses nothing."""
    root = registry.root
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            root.create(f"K{number % 50}").values["n"] = number

    thread = threading.Thread(target=write)
    thread.start()
    try:
        watches = [root.watch(limit=5) for _ in range(50)]
    finally:
        stop.set()
        thread.join()
    root.create("End").values["n"] = 1
    for watch in watches:
        last: dict[str, object] = {}
        while (batch := watch.take()) is not None:
            last |= {one.path: one.after for one in batch if one.kind == "value set"}
        watch.close()
        assert "End" in last
        for path, after in last.items():
            assert root.open(path).records() == [after]


def drain(watch: Watch, mirror: Mirror) -> None:
    while (batch := watch.take()) is not None:
        mirror.apply(batch)


def change(random_: random.Random, root: anyreg.Key) -> None:
    """Anything, anywhere; what cannot be done is not done."""
    keys = [root]
    for key in keys:
        keys += key.children()
    key = random_.choice(keys)
    name = random_.choice("abcDE")
    verb = random_.randrange(7)
    with suppress(RegistryError, KeyError):
        if verb == 0:
            key.create(name + "\\" + random_.choice("xyZ"))
        elif verb == 1:
            key.delete(name, recursive=True)
        elif verb == 2:
            key.rename(name, random_.choice("abcde"))
        elif verb == 3:
            key.class_name = name
        elif verb == 4:
            del key.values[name]
        else:
            key.values[name] = random_.randrange(5)
