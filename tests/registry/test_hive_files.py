"""Hive files beside a registry: loaded for a block, put in the place of others, a program's own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import anyreg
from anyreg import (
    AccessDeniedError,
    ClosedError,
    KeyExistsError,
    KeyNotFoundError,
    NotFoundError,
    NotHiveError,
    NotSupportedError,
    Registry,
    RegistryError,
)
from hives import family, sealed
from registry.disks import SID, small_disk

SOFTWARE = r"HKLM\SOFTWARE"


def hive(path: Path, text: str) -> Path:
    """A hive whose root has a value."""
    with anyreg.open(path, "x") as made:
        made.root.values["text"] = text
    return path


def text_in(path: Path) -> str:
    """That value; the hive must be sound."""
    with anyreg.open(path) as made:
        assert made.check() == []
        return made.root.get_str("text")


@pytest.fixture
def memory() -> Registry:
    return anyreg.open("memory:")


# Loaded for a block


def test_a_hive_is_loaded_for_a_block(memory: Registry, tmp_path: Path) -> None:
    """What was changed is in its file then, also where the block ends in an error."""
    file = hive(tmp_path / "a.dat", "old")
    with suppress(ZeroDivisionError), memory.loaded(r"HKU\Loaded", file) as key:
        assert key.path == r"HKEY_USERS\Loaded"
        key.values["text"] = "new"
        raise ZeroDivisionError
    assert "Loaded" not in memory.open("HKU").subkeys
    assert text_in(file) == "new"
    with pytest.raises(ClosedError):
        key.values["text"]


def test_a_block_that_cannot_load_unloads_nothing(memory: Registry, tmp_path: Path) -> None:
    """What is mounted there stays."""
    file = hive(tmp_path / "a.dat", "old")
    with memory.loaded(r"HKU\Loaded", file):
        with pytest.raises(KeyExistsError), memory.loaded(r"HKU\Loaded", file):
            pytest.fail("it is loaded already")
        assert memory.read(r"HKU\Loaded", "text") == "old"


# Put in the place of others


def test_a_loaded_hive_is_replaced_when_it_is_unloaded(memory: Registry, tmp_path: Path) -> None:
    """Not before: until then it is read and written as it was."""
    file, new = hive(tmp_path / "a.dat", "old"), hive(tmp_path / "new.dat", "new")
    memory.load(r"HKU\Loaded", file)
    memory.replace(r"HKU\Loaded", new, tmp_path / "kept.dat")
    assert memory.read(r"HKU\Loaded", "text") == "old"
    memory.write(r"HKU\Loaded", "late", 1)
    with pytest.raises(RegistryError, match="already"):
        memory.replace(r"HKU\Loaded", new, tmp_path / "kept.dat")
    memory.unload(r"HKU\Loaded")
    assert (text_in(file), text_in(tmp_path / "kept.dat")) == ("new", "old")
    with anyreg.open(tmp_path / "kept.dat") as kept:
        assert kept.read("", "late") == 1
    assert not new.exists()
    with memory.loaded(r"HKU\Loaded", file) as key:
        assert key.values["text"] == "new"


REPLACE = """
import sys, anyreg
with anyreg.open(sys.argv[1]) as registry:
    registry.replace("HKLM\\\\SOFTWARE", *sys.argv[2:])
"""


def test_a_hive_of_ones_own_is_replaced_at_the_next_start(tmp_path: Path) -> None:
    """When nobody has the registry open any more, and somebody opens it again."""
    home, new, kept = tmp_path / "own", tmp_path / "new.dat", tmp_path / "kept.dat"
    hive(new, "new")
    with anyreg.open(f"{home}/", "x") as registry:
        registry.write(SOFTWARE, "text", "old")
        subprocess.run([sys.executable, "-c", REPLACE, home, new, kept], check=True)
        with pytest.raises(RegistryError, match="already"):
            registry.replace(SOFTWARE, new, kept)
        assert registry.read(SOFTWARE, "text") == "old"
        with registry.transaction():  # over two hives: the group's record names the old file
            registry.write(SOFTWARE, "late", 1)
            registry.write("HKCU", "late", 1)
        assert not kept.exists()
    for _ in range(2):
        with anyreg.open(home) as registry:
            assert registry.read(SOFTWARE, "text") == "new"
            assert registry.read("HKCU", "late") == 1
            assert registry.check() == []
            assert registry.problems == []
            registry.write(SOFTWARE, "more", 1)
    assert text_in(kept) == "old"
    with anyreg.open(kept) as old:
        assert old.read("", "late") == 1


@pytest.mark.parametrize("cut", range(8))
def test_replacing_can_be_cut_off_anywhere(
    tmp_path: Path, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens the registry next goes on; both hives are whole in the end."""
    home, new, kept = tmp_path / "own", tmp_path / "new.dat", tmp_path / "kept.dat"
    hive(new, "new")
    with anyreg.open(f"{home}/", "x") as registry:
        registry.write(SOFTWARE, "text", "old")
        registry.replace(SOFTWARE, new, kept)
    left = cut
    real = {name: getattr(os, name) for name in ("replace", "unlink")}

    def cut_off(name: str, *arguments: object) -> None:
        nonlocal left
        if left == 0:
            raise InterruptedError(4, "cut off")
        left -= 1
        real[name](*arguments)

    with monkeypatch.context() as patch:
        for name in real:
            patch.setattr(os, name, lambda *args, name=name: cut_off(name, *args))
        with suppress(RegistryError):
            anyreg.open(home).close()
    with anyreg.open(home) as registry:
        assert registry.read(SOFTWARE, "text") == "new"
        assert registry.check() == []
    assert text_in(kept) == "old"
    assert not new.exists()


def test_a_hive_of_a_disk_is_replaced_when_it_is_closed(tmp_path: Path) -> None:
    """Nothing runs there that would have it open."""
    disk, new = small_disk(tmp_path / "disk"), hive(tmp_path / "new.dat", "new")
    with anyreg.open(disk, "r+") as registry:
        registry.write("HKCU", "text", "old")
        registry.replace(rf"HKU\{SID}", new, tmp_path / "kept.dat")
        assert registry.read("HKCU", "text") == "old"
    assert text_in(tmp_path / "kept.dat") == "old"
    with anyreg.open(disk) as registry:
        assert registry.read("HKCU", "text") == "new"
        with pytest.raises(NotSupportedError):
            registry.replace(rf"HKU\{SID}", new, tmp_path / "more.dat")


def test_what_cannot_be_replaced_so_is_refused_at_once(memory: Registry, tmp_path: Path) -> None:
    """And nothing is planned."""
    file, new = hive(tmp_path / "a.dat", "old"), hive(tmp_path / "new.dat", "new")
    other = tmp_path / "other"
    other.write_bytes(b"no hive")
    free = tmp_path / "kept.dat"
    memory.load(r"HKU\Loaded", file)
    for error, arguments in (
        (NotFoundError, (r"HKU\Loaded", tmp_path / "none", free)),
        (NotHiveError, (r"HKU\Loaded", other, free)),
        (RegistryError, (r"HKU\Loaded", new, other)),
        (RegistryError, (r"HKU\Loaded", file, free)),
        (NotFoundError, (r"HKU\Loaded", new, tmp_path / "none" / "kept.dat")),
        (KeyNotFoundError, (r"HKU\None", new, free)),
        (RegistryError, (r"HKLM\HARDWARE", new, free)),
        (NotSupportedError, (SOFTWARE, new, free)),
        (RegistryError, (r"HKCU\Software", new, free)),
        (RegistryError, ("HKCU", new, free)),
    ):
        with pytest.raises(error):
            memory.replace(*arguments)
    memory.unload(r"HKU\Loaded")
    assert (text_in(file), text_in(new)) == ("old", "new")
    with anyreg.open(file, "r+") as alone, pytest.raises(RegistryError):
        alone.replace("x", new, free)


def test_a_plan_that_cannot_be_read_stops_nobody(tmp_path: Path) -> None:
    """It is reported, with what to do; the registry is as it was."""
    home = tmp_path / "own"
    anyreg.open(f"{home}/", "x").close()
    (home / "anyreg.replace").write_text("{", "utf-8")
    for _ in range(2):
        with anyreg.open(home) as registry:
            assert [str(problem) for problem in registry.problems] != []
            assert "remove the file to forget it" in str(registry.problems[0])
            registry.write(SOFTWARE, "text", "kept")
    (home / "anyreg.replace").unlink()
    with anyreg.open(home) as registry:
        assert registry.read(SOFTWARE, "text") == "kept"
        assert registry.problems == []


def planned_badly(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A registry whose hive is to be replaced by a file that somebody has written over since."""
    home, new, kept = tmp_path / "own", tmp_path / "new.dat", tmp_path / "kept.dat"
    hive(new, "new")
    with anyreg.open(f"{home}/", "x") as registry:
        registry.write(SOFTWARE, "text", "old")
        registry.replace(SOFTWARE, new, kept)
    new.write_bytes(b"no hive any more")
    for log in tmp_path.glob("new.dat.LOG*"):  # which could bring it back
        log.unlink()
    return home, new, kept


def test_a_new_file_that_is_no_hive_any_more_stops_nobody(tmp_path: Path) -> None:
    """The hive keeps its file; the plan is reported, and done once the file is mended."""
    home, new, kept = planned_badly(tmp_path)
    for number in range(2):
        with anyreg.open(home) as registry:
            assert registry.read(SOFTWARE, "text") == "old"
            assert "remove the new file to forget the plan" in str(registry.problems[0])
            assert str(new) in str(registry.problems[0])
            registry.write(SOFTWARE, "more", number)
    new.unlink()
    hive(new, "new")
    with anyreg.open(home) as registry:
        assert registry.read(SOFTWARE, "text") == "new"
        assert registry.problems == []
    assert text_in(kept) == "old"


def test_a_plan_is_forgotten_with_its_new_file(tmp_path: Path) -> None:
    """Which is the way out that is told."""
    home, new, kept = planned_badly(tmp_path)
    new.unlink()
    with anyreg.open(home) as registry:
        assert registry.read(SOFTWARE, "text") == "old"
        assert registry.problems == []
    assert not kept.exists()
    assert not (home / "anyreg.replace").exists()


@pytest.mark.parametrize("is_gone", [False, True])
@pytest.mark.parametrize("moved", [1, 2, 3])
def test_a_hive_gets_its_name_back_where_the_new_file_is_lost(
    tmp_path: Path, moved: int, is_gone: bool
) -> None:
    """The plan was cut off behind some of its renames; the hive's logs come back too."""
    home, new, kept = planned_badly(tmp_path)
    if is_gone:
        new.unlink()
    logs = [
        f"SOFTWARE{suffix}"
        for suffix in (".LOG1", ".LOG2")
        if (home / f"SOFTWARE{suffix}").exists()
    ]
    for name in ["SOFTWARE", *logs][:moved]:
        (home / name).rename(f"{kept}{Path(name).suffix}")
    with anyreg.open(home) as registry:
        assert registry.read(SOFTWARE, "text") == "old"
        assert registry.check() == [] or not is_gone
        registry.write(SOFTWARE, "more", 1)
    assert not kept.exists()
    assert sorted(path.name for path in home.glob("SOFTWARE*")) == ["SOFTWARE", *logs]


# A program's own


def test_an_app_hive_is_made_and_kept(tmp_path: Path) -> None:
    """It is closed with its key, and is a hive like any other."""
    file = tmp_path / "app.dat"
    for number in range(2):
        with anyreg.app_hive(file) as key:
            assert key.values.get("n", 0) == number
            key.create("Window").values["Width"] = 800
            key.values["n"] = number + 1
    with pytest.raises(ClosedError):
        key.open("Window")
    with anyreg.open(file) as registry:
        assert registry.check() == []
        assert registry.read("", "n") == 2


def test_what_is_no_hive_is_no_app_hive(tmp_path: Path) -> None:
    """And stays as it is."""
    other = tmp_path / "other"
    other.write_bytes(b"no hive")
    with pytest.raises(NotHiveError):
        anyreg.app_hive(other)
    assert other.read_bytes() == b"no hive"
    for folder in (tmp_path, f"{tmp_path}/new/"):
        with pytest.raises(NotSupportedError):
            anyreg.app_hive(folder)
    with pytest.raises(NotFoundError):
        anyreg.app_hive(tmp_path / "none" / "app.dat")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_a_hive_with_a_pending_transaction_is_guarded(tmp_path: Path) -> None:
    """As on a disk: it is written by force alone, and stays as it is without."""
    file = tmp_path / "SYSTEM"
    data = bytearray(family()[0].build())
    data[144] = 1
    file.write_bytes(sealed(bytes(data)))
    before = file.read_bytes()
    with pytest.raises(AccessDeniedError, match="a transaction of Windows is pending"):
        anyreg.open(file, "r+")
    assert [path.name for path in tmp_path.iterdir()] == ["SYSTEM"]
    assert file.read_bytes() == before
    with anyreg.open(file) as registry:
        assert list(registry.root.subkeys) == ["A", "B", "C"]
    with anyreg.open(file, "r+", force=True) as registry:
        registry.create("D")
    assert file.read_bytes() != before
