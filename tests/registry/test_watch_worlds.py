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
