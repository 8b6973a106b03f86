"""Every kind of registry reports its changes."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg.backends.memory_registry import open_memory
from anyreg.backends.own_hives import open_rehearsal
from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.engine.memory_disk import MemoryDisk, MemoryStorage
from anyreg.engine.writable import WritableHive
from anyreg.registry.watch import Batch
from registry.disks import small_disk
from watching.replica import Replica, state_of

SOFTWARE = r"HKEY_LOCAL_MACHINE\SOFTWARE"
SOON = 10.0


def lines(batch: Batch | None) -> list[tuple[str, str, str | None]]:
    assert batch is not None
    return [(change.kind, change.path, change.name) for change in batch]


def test_a_registry_in_memory_is_watched_as_a_whole() -> None:
    """A transaction over several hives is one batch; volatile keys are a part of it."""
    with anyreg.Registry(open_memory()) as registry, registry.open("HKLM").watch() as watch:
        with registry.transaction():
            registry.create(r"HKLM\SOFTWARE\V").values["a"] = 1
            registry.create(r"HKCU\Software\V").values["a"] = 1
            registry.create(r"HKLM\SYSTEM\W")
        registry.create(r"HKLM\SOFTWARE\V\Lost", volatile=True)
        first, second = watch.take(), watch.take()
        top = "HKEY_LOCAL_MACHINE"
        assert sorted(lines(first)) == [
            ("key created", rf"{top}\SOFTWARE\V", None),
            ("key created", rf"{top}\SYSTEM\W", None),
            ("value set", rf"{top}\SOFTWARE\V", "a"),
        ]
        lost = rf"{top}\SOFTWARE\V\Lost"
        assert lines(second) == [("key created", lost, None), ("flags changed", lost, None)]


@pytest.mark.parametrize("mode", ["r", "r+"])
def test_a_windows_disk_reports_what_others_write(tmp_path: Path, mode: str) -> None:
    """Whether it may be written here or not; what was only read is compared."""
    disk = small_disk(tmp_path / "disk")
    with (
        anyreg.open(disk, mode) as registry,
        registry.open("HKLM").watch(timeout=SOON) as watch,
        anyreg.open(disk, "r+") as other,
    ):
        other.create(r"HKLM\SOFTWARE\V").values["a"] = 1
        batch = next(watch)
        found = lines(batch)
        while len(found) < 2:
            found += lines(next(watch))
        assert found == [
            ("key created", rf"{SOFTWARE}\V", None),
            ("value set", rf"{SOFTWARE}\V", "a"),
        ]
        assert batch.resynchronised == (mode == "r")


def test_a_windows_disk_reports_what_is_written_here(tmp_path: Path) -> None:
    """Transactions over its hives, volatile keys, and a user's classes."""
    disk = small_disk(tmp_path / "disk")
    with anyreg.open(disk, "r+") as registry, registry.root.watch(timeout=SOON) as watch:
        with registry.transaction():
            registry.create(r"HKLM\SOFTWARE\V").values["a"] = 1
            registry.create(r"HKLM\SYSTEM\W")
        registry.create(r"HKLM\SYSTEM\Lost", volatile=True)
        assert sorted(lines(next(watch))) == [
            ("key created", rf"{SOFTWARE}\V", None),
            ("key created", r"HKEY_LOCAL_MACHINE\SYSTEM\W", None),
            ("value set", rf"{SOFTWARE}\V", "a"),
        ]
        lost = r"HKEY_LOCAL_MACHINE\SYSTEM\Lost"
        assert lines(next(watch)) == [("key created", lost, None), ("flags changed", lost, None)]


def test_copies_in_memory_report_what_is_changed_in_them_alone(tmp_path: Path) -> None:
    """The files that they were made from are nothing to them."""
    home = tmp_path / "home"
    with anyreg.open(str(home) + "/", "x") as made:
        made.create(r"HKLM\SOFTWARE\V")

    def copied(file: str) -> WritableHiveBackend:
        memory = MemoryDisk()
        memory.files[file] = MemoryStorage(Path(file).read_bytes())
        return WritableHiveBackend(WritableHive(memory, file))

    with (
        anyreg.Registry(open_rehearsal(str(home), copied)) as registry,
        registry.open("HKLM").watch(timeout=0.1) as watch,
    ):
        with anyreg.open(home) as other:
            other.create(r"HKLM\SOFTWARE\Other")
        assert list(watch) == []
        registry.create(r"HKLM\SOFTWARE\Here")
        assert lines(next(watch)) == [("key created", rf"{SOFTWARE}\Here", None)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    anyreg.open(f"{folder}/", "x").close()
    return folder


@pytest.fixture
def hive(tmp_path: Path) -> Path:
    file = tmp_path / "hive"
    with anyreg.open(file, "x") as made:
        made.root.values["top"] = 1
        made.create(r"A\B").values["v"] = 2
    return file


LOADED = r"HKEY_LOCAL_MACHINE\Loaded"
COME = [
    ("key created", LOADED, None),
    ("flags changed", LOADED, None),
    ("value set", LOADED, "top"),
    ("key created", rf"{LOADED}\A", None),
    ("key created", rf"{LOADED}\A\B", None),
    ("value set", rf"{LOADED}\A\B", "v"),
]
GONE = [
    ("value deleted", rf"{LOADED}\A\B", "v"),
    ("key deleted", rf"{LOADED}\A\B", None),
    ("key deleted", rf"{LOADED}\A", None),
    ("value deleted", LOADED, "top"),
    ("key deleted", LOADED, None),
]


@pytest.mark.parametrize("is_other", [False, True])
def test_a_hive_that_is_loaded_comes_with_all_its_keys(
    home: Path, hive: Path, is_other: bool
) -> None:
    """And goes with them, whichever process does it; what changes in between is reported."""
    with anyreg.open(home) as registry, registry.open("HKLM").watch(timeout=SOON) as watch:
        writer = anyreg.open(home) if is_other else registry
        writer.load(LOADED, hive).close()
        assert lines(next(watch)) == COME
        writer.open(rf"{LOADED}\A").values["new"] = 1
        assert lines(next(watch)) == [("value set", rf"{LOADED}\A", "new")]
        del writer.open(rf"{LOADED}\A").values["new"]
        assert lines(next(watch)) == [("value deleted", rf"{LOADED}\A", "new")]
        writer.unload(LOADED)
        assert lines(next(watch)) == GONE
        writer.load(LOADED, hive).close()
        assert lines(next(watch)) == COME
        if is_other:
            writer.close()


def test_a_hive_that_was_loaded_before_goes_with_what_it_holds(home: Path, hive: Path) -> None:
    """As it was reported last; also for a watch of one of its keys, which follows the path."""
    with anyreg.open(home) as registry:
        registry.load(LOADED, hive).close()
        with (
            registry.open("HKLM").watch() as watch,
            registry.open(rf"{LOADED}\A\B").watch() as below,
            registry.open("HKLM").watch(recursive=False) as beside,
        ):
            registry.unload(LOADED)
            registry.load(LOADED, hive).close()
            assert [lines(watch.take()), lines(watch.take())] == [GONE, COME]
            assert [lines(below.take()), lines(below.take())] == [GONE[:2], COME[-2:]]
            registry.open(rf"{LOADED}\A\B").values["v"] = 3
            for one in (watch, below):
                assert lines(one.take()) == [("value set", rf"{LOADED}\A\B", "v")]
                assert one.take() is None
            assert [line for line in lines(beside.take()) if line[0] != "flags changed"] == [
                ("key deleted", LOADED, None)
            ]
            assert [line for line in lines(beside.take()) if line[0] != "flags changed"] == [
                ("key created", LOADED, None)
            ]
            assert beside.take() is None


def test_what_a_hive_held_when_it_was_looked_at_is_reported_once(home: Path, hive: Path) -> None:
    """What was changed since it was loaded comes with it; nothing comes twice."""
    with anyreg.open(home) as registry, registry.open("HKLM").watch() as watch:
        replica = Replica(registry.open("HKLM"))
        for number in range(5):
            registry.load(LOADED, hive).close()
            registry.open(rf"{LOADED}\A").values["n"] = number
            registry.create(rf"{LOADED}\N{number}")
            if number % 2:
                registry.unload(LOADED)
                registry.load(LOADED, hive).close()
            while (batch := watch.take()) is not None:
                assert batch.is_known
                replica.apply(batch)
            assert replica.keys == state_of(registry.open("HKLM"))
            registry.unload(LOADED)


def test_what_a_loaded_hive_held_is_unknown_once_it_is_gone(home: Path, hive: Path) -> None:
    """A watch that goes on says so."""
    with anyreg.open(home) as registry:
        registry.load(LOADED, hive).close()
        with registry.open("HKLM").watch() as watch:
            since = watch.position
        with registry.open("HKLM").watch(since=since) as watch:
            assert watch.take() is None
        registry.unload(LOADED)
        with registry.open("HKLM").watch(since=since) as watch:
            batch = watch.take()
            assert batch is not None
            assert not batch.is_known


def test_a_step_of_a_hive_on_two_ways_is_reported_once(home: Path) -> None:
    """A volatile key of HKEY_CLASSES_ROOT stands in the one hive of all volatile keys."""
    with (
        anyreg.open(home) as registry,
        registry.root.watch() as watch,
        registry.open("HKCR").watch() as classes,
    ):
        registry.create(r"HKLM\SOFTWARE\Classes\Lost", volatile=True)
        assert len(lines(watch.take())) > 0
        assert watch.take() is None
        assert len(lines(classes.take())) > 0
        assert classes.take() is None
