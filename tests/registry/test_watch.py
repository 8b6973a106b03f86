"""What a watch reports, and when it ends: the arguments of Key.watch()."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import anyreg
from anyreg import Key, Registry
from anyreg.registry.watch import Watch, WatchArguments
from watching.model import snapshot

SOON = 30.0


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A hive that is sound in the end."""
    with anyreg.open(tmp_path / "hive", "x") as registry:
        yield registry
        assert registry.check() == []


def paths(watch: Watch) -> list[list[str]]:
    return [
        [change.path + ("" if change.name is None else f":{change.name}") for change in batch]
        for batch in watch
    ]


def changed(key: Key, **options: object) -> list[list[str]]:
    """What is reported of a few changes."""
    arguments = WatchArguments(timeout=0)
    arguments.update(options)  # type: ignore[typeddict-item]
    with key.watch(**arguments) as watch:
        key.create(r"Tools\Editor").values.update({"a.exe": 1, "b.txt": 2})
        key.values["a.exe"] = 3
        key.rename("Tools", "Apps")
        key.delete("Apps", recursive=True)
        return paths(watch)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"kinds": ["key renamed"]}, [["Apps"]]),
        ({"kinds": "value set", "match": "*.EXE"}, [[r"Tools\Editor:a.exe"], [":a.exe"]]),
        (
            {"match": "a*"},
            [[r"Tools\Editor:a.exe"], [":a.exe"], ["Apps"], [r"Apps\Editor:a.exe", "Apps"]],
        ),
        (
            {"match": r"tools\*"},
            [[r"Tools\Editor"], [r"Tools\Editor:a.exe", r"Tools\Editor:b.txt"]],
        ),
        ({"match": ("tools", "[ab].txt"), "kinds": ("key created",)}, [["Tools"]]),
        ({"recursive": False}, [["Tools"], [":a.exe"], ["Apps"], ["Apps"]]),
        ({"match": "no such"}, []),
    ],
)
def test_what_is_wanted_is_reported(
    registry: Registry, options: dict[str, object], expected: list[list[str]]
) -> None:
    """Kinds, names as patterns without regard to case, and paths."""
    assert changed(registry.root, **options) == expected


def test_a_kind_that_does_not_exist_is_named(registry: Registry) -> None:
    """With those that do, and nothing is left behind."""
    with pytest.raises(ValueError, match=r"'value changed'.*value set"):
        registry.root.watch(kinds=["value changed"])  # type: ignore[list-item]


def test_batches_within_a_time_are_one(registry: Registry) -> None:
    """Counted, and in order."""
    with registry.root.watch(debounce=1.0, timeout=SOON) as watch:

        def write() -> None:
            for number in range(5):
                registry.write("A", "n", number)
                time.sleep(0.01)

        writer = threading.Thread(target=write)
        writer.start()
        batch = next(watch)
        writer.join()
        numbers = [change.after.data for change in batch if isinstance(change.after, anyreg.Value)]
        assert numbers == list(range(5))
        assert batch.transactions == 5
        assert not batch.resynchronised


def test_a_time_without_changes_ends_it(registry: Registry) -> None:
    """Not before, and a later iteration goes on."""
    with registry.root.watch(timeout=0.1) as watch:
        start = time.monotonic()
        assert list(watch) == []
        assert time.monotonic() - start >= 0.1
        registry.write("A", "n", 1)
        assert len(list(watch)) == 1


def test_an_event_that_is_set_ends_it(registry: Registry) -> None:
    """At once, and what waits is not taken."""
    stop = threading.Event()
    with registry.root.watch(stop=stop) as watch:
        registry.write("A", "n", 1)
        stop.set()
        assert list(watch) == []
        stop.clear()
        assert next(watch).transactions == 1


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_beyond_the_limit_batches_are_merged(registry: Registry, limit: int) -> None:
    """The newest ones; together they are as many transactions as there were."""
    key = registry.create("A")
    with registry.root.watch(timeout=0, limit=limit) as watch:
        mirror = snapshot(registry.root)
        for number in range(30):
            key.values[f"v{number % 3}"] = number
            key.create(f"K{number % 4}")
            key.delete(f"K{number % 4}")
        batches = list(watch)
        assert len(batches) <= limit
        assert sum(batch.transactions for batch in batches) == 3 * 30
        for batch in batches:
            mirror.apply(batch)
        mirror.expect(snapshot(registry.root))


def test_only_the_watched_key_is_reported(registry: Registry) -> None:
    """Neither its neighbours, nor keys whose names begin as its does."""
    with registry.create(r"A\B").watch(timeout=0) as watch:
        registry.create(r"A\BB")
        registry.create(r"A").values["v"] = 1
        registry.create(r"a\b\c")
        assert paths(watch) == [[r"A\B\c"]]


def test_what_was_rolled_back_is_never_reported(registry: Registry) -> None:
    """As a whole, or down to a savepoint."""
    with registry.root.watch(timeout=0) as watch:
        with suppress(ZeroDivisionError), registry.transaction():
            registry.create("A").values["v"] = 1
            raise ZeroDivisionError
        with registry.transaction():
            registry.create("B")
            with suppress(ZeroDivisionError), registry.transaction():
                registry.create("C")
                registry.delete("B")
                raise ZeroDivisionError
        assert paths(watch) == [["B"]]


def test_a_watch_that_begins_in_a_transaction_reports_all_of_it(registry: Registry) -> None:
    """What was done before it began too, as the transaction is one; or nothing, where it fails."""
    with registry.transaction():
        registry.create("A")
        watch = registry.root.watch(timeout=0)
        assert list(watch) == []
        registry.create("B")
    assert paths(watch) == [["A", "B"]]
    other = None
    with suppress(ZeroDivisionError), registry.transaction():
        registry.create("C")
        other = registry.root.watch(timeout=0)
        raise ZeroDivisionError
    assert other is not None
    assert (paths(watch), paths(other)) == ([], [])
    registry.create("D")
    assert (paths(watch), paths(other)) == ([["D"]], [["D"]])
    watch.close()
    other.close()


def test_a_compaction_and_a_flush_are_no_change(registry: Registry) -> None:
    """All keys stand elsewhere then, and are the same."""
    for number in range(50):
        registry.create(f"K{number}").values["v"] = number
    registry.delete("K7")
    with registry.root.watch(timeout=0) as watch:
        registry.compact()
        registry.flush()
        registry.write("K9", "v", 1000)
        assert paths(watch) == [["K9:v"]]


def test_what_is_imported_is_one_batch(registry: Registry, tmp_path: Path) -> None:
    """And so is a hive that is restored."""
    file, saved = tmp_path / "x.reg", tmp_path / "saved"
    lines = [f'[HKEY_LOCAL_MACHINE\\X\\K{number}]\n"v"=dword:1\n' for number in range(500)]
    file.write_text("Windows Registry Editor Version 5.00\n\n" + "\n".join(lines), "utf-16")
    with registry.root.watch(timeout=0) as watch:
        mirror = snapshot(registry.root)
        registry.import_(file, prefix=r"HKEY_LOCAL_MACHINE\X")
        (batch,) = list(watch)
        assert len(batch) == 2 * 500
        mirror.apply(batch)
        registry.root.save(saved)
        registry.open("K3").values["w"] = 1
        registry.root.delete("K4")
        registry.root.restore(saved)
        for batch in watch:
            mirror.apply(batch)
        mirror.expect(snapshot(registry.root))
