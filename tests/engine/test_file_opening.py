"""What a file must be before anything is read or written: no link, no pipe, nobody else's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from anyreg.engine.create import create_hive
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import open_hive
from anyreg.engine.log_file import is_log
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.writable import WritableHive
from anyreg.errors import NotSupportedError, RegistryError
from conftest import LINKS
from crash.made import got, put
from crash.model import DESCRIPTOR

LETTER = b"my dear friend\n" * 1000


def symbolic_link(path: Path, letter: Path) -> None:
    path.symlink_to(letter)


def link_to_nothing(path: Path, letter: Path) -> None:
    path.symlink_to(letter.with_name("nowhere"))


def hard_link(path: Path, letter: Path) -> None:
    path.hardlink_to(letter)


def pipe(path: Path, letter: Path) -> None:
    os.mkfifo(path)


def folder(path: Path, letter: Path) -> None:
    path.mkdir()
    (path / "inside").write_bytes(LETTER)


def device(path: Path, letter: Path) -> None:
    try:
        os.mknod(path, 0o20666, os.makedev(1, 7))  # /dev/full
    except PermissionError:
        pytest.skip("no device can be made here")


def a_strangers(path: Path, letter: Path) -> None:
    if os.geteuid():
        pytest.skip("no file can be given away here")
    path.write_bytes(bytes(4096))
    os.chown(path, 12345, 12345)


LINK = pytest.param(symbolic_link, marks=LINKS)
LINK_TO_NOTHING = pytest.param(link_to_nothing, marks=LINKS)
PIPE = pytest.param(pipe, marks=pytest.mark.posix("pipes as files"))
DEVICE = pytest.param(device, marks=pytest.mark.posix("devices as files"))
A_STRANGERS = pytest.param(a_strangers, marks=pytest.mark.posix("users by number"))
WRONG = [LINK, LINK_TO_NOTHING, hard_link, PIPE, folder, DEVICE, A_STRANGERS]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.hiv"
    create_hive(FileDisk(), str(path), 5, "ROOT", DESCRIPTOR)
    return path


def left_dirty(file: Path) -> None:
    """A commit whose process has died: it stands in LOG2 alone."""
    hive = WritableHive(FileDisk(), str(file))
    put(hive, b"1")
    kept = {path: path.read_bytes() for path in file.parent.iterdir() if path.is_file()}
    hive.close()
    for path, data in kept.items():
        path.write_bytes(data)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("suffix", [".LOG", ".LOG1", ".LOG2"])
def test_what_has_the_name_of_a_log_is_not_written(
    file: Path, wrong: Callable[[Path, Path], None], suffix: str
) -> None:
    """The error names it, what it leads to stays, and the hive can still be read."""
    letter = file.with_name("letter")
    letter.write_bytes(LETTER)
    path = file.with_name(file.name + suffix)
    wrong(path, letter)
    there = sorted(file.parent.rglob("*"))
    with pytest.raises(RegistryError) as caught:
        WritableHive(FileDisk(), str(file))
    assert caught.value.path == str(path)
    assert letter.read_bytes() == LETTER
    assert sorted(file.parent.rglob("*")) == there
    open_hive(str(file)).close()


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("suffix", [".LOG", ".LOG1", ".LOG2"])
def test_no_hive_is_made_that_could_not_be_opened(
    tmp_path: Path, wrong: Callable[[Path, Path], None], suffix: str
) -> None:
    """As something has the name of one of its logs; else the next try would find the hive there."""
    letter = tmp_path / "letter"
    letter.write_bytes(LETTER)
    wrong(tmp_path / f"a.hiv{suffix}", letter)
    there = sorted(tmp_path.rglob("*"))
    with pytest.raises(RegistryError):
        create_hive(FileDisk(), str(tmp_path / "a.hiv"), 5, "ROOT", DESCRIPTOR)
    assert sorted(tmp_path.rglob("*")) == there


@pytest.mark.parametrize("wrong", [PIPE, folder, DEVICE, LINK_TO_NOTHING])
@pytest.mark.parametrize("suffix", [".LOG", ".LOG1"])
def test_a_dirty_hive_is_read_past_what_is_no_log(
    file: Path, wrong: Callable[[Path, Path], None], suffix: str
) -> None:
    """And waits for nobody at a pipe."""
    left_dirty(file)
    path = file.with_name(file.name + suffix)
    path.unlink(missing_ok=True)
    wrong(path, file)
    hive = open_hive(str(file))
    root = hive.tree.root()
    assert [value.raw for value in hive.tree.records(root)] == [b"1"]
    hive.close()


@pytest.mark.parametrize("data", [LETTER, bytes(512) + LETTER, b"x", b"regf" + bytes(4092)])
@pytest.mark.parametrize("suffix", [".LOG1", ".LOG2"])
def test_a_file_that_is_no_log_is_put_aside(file: Path, data: bytes, suffix: str) -> None:
    """Whole, under another name; a new log takes its place."""
    file.with_name(file.name + suffix).write_bytes(data)
    hive = WritableHive(FileDisk(), str(file))
    put(hive, b"1")
    hive.close()
    aside = [path for path in file.parent.iterdir() if path.name.endswith(".aside")]
    assert [path.read_bytes() for path in aside] == [data]
    assert aside[0].name.startswith(f"a.hiv{suffix}.")
    hive = WritableHive(FileDisk(), str(file))
    assert got(hive) == b"1"
    hive.close()


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_is_no_log_stays_where_the_hive_is_refused(
    file: Path, wrong: Callable[[Path, Path], None]
) -> None:
    """Whatever else is wrong is found first."""
    letter = file.with_name("letter")
    letter.write_bytes(LETTER)
    wrong(file.with_name("a.hiv.LOG"), letter)
    file.with_name("a.hiv.LOG1").write_bytes(LETTER)
    there = sorted(file.parent.rglob("*"))
    with pytest.raises(RegistryError):
        WritableHive(FileDisk(), str(file))
    assert sorted(file.parent.rglob("*")) == there
    assert file.with_name("a.hiv.LOG1").read_bytes() == LETTER


@pytest.mark.parametrize("suffix", ["", ".LOG1", ".LOG2"])
@pytest.mark.parametrize("half", [".0123456789ab.new", ".01234567.aside"])
def test_who_was_killed_halfway_in_a_renaming_stops_nobody(
    file: Path, suffix: str, half: str
) -> None:
    """The file has both names then; a third one, or one elsewhere, is still refused."""
    WritableHive(FileDisk(), str(file)).close()
    path = file.with_name(file.name + suffix)
    path.with_name(path.name + half).hardlink_to(path)
    hive = WritableHive(FileDisk(), str(file))
    put(hive, b"1")
    hive.close()
    for name in (f"b{half}", f"{path.name}.new", f"{path.name}{half}{half}", "elsewhere"):
        other = path.with_name(name)
        other.hardlink_to(path)
        with pytest.raises(NotSupportedError, match="hard links"):
            WritableHive(FileDisk(), str(file))
        other.unlink()


def test_an_oldest_log_that_is_none_is_left_alone(file: Path) -> None:
    """Also where the hive is written as older systems do."""
    path = file.with_name(file.name + ".LOG")
    path.write_bytes(LETTER)
    hive = WritableHive(FileDisk(), str(file), None, True)
    put(hive, b"1")
    hive.close()
    assert path.read_bytes() == LETTER


def test_logs_are_told_from_other_files() -> None:
    """By their begin; one of zeros was never used, and a cut can lose a log's base block."""
    for kind in (1, 2, 6):
        head = b"regf" + bytes(24) + bytes([kind, 0, 0, 0])
        assert is_log(MemoryStorage(head))
        assert is_log(MemoryStorage(head + b"anything" * 512))
    for logs in (b"", bytes(300), bytes(3 << 20), bytes(512) + b"HvLE" + LETTER):
        assert is_log(MemoryStorage(logs))
    for other in (b"x", b"regf", b"regf" + bytes(600), bytes(511) + b"x", bytes(2 << 20) + b"x"):
        assert not is_log(MemoryStorage(other))


@LINKS
def test_links_to_a_dirty_hive_and_its_logs_can_be_read(file: Path) -> None:
    """Logs stand beside the file itself; where there are none, beside the link."""
    left_dirty(file)
    store = file.parent / "store"
    store.mkdir()
    links = file.parent / "links"
    links.mkdir()
    for number, name in enumerate(("a.hiv", "a.hiv.LOG1", "a.hiv.LOG2")):
        file.with_name(name).rename(store / f"blob{number}")
        (links / name).symlink_to(store / f"blob{number}")
    hive = open_hive(str(links / "a.hiv"))
    assert hive.applied
    hive.close()


@pytest.mark.parametrize("wrong", [LINK, hard_link, PIPE, DEVICE, A_STRANGERS])
def test_a_file_of_our_own_is_made_or_is_one(
    tmp_path: Path, wrong: Callable[[Path, Path], None]
) -> None:
    """Records, locks and histories are opened so."""
    letter = tmp_path / "letter"
    letter.write_bytes(LETTER)
    wrong(tmp_path / "own", letter)
    with pytest.raises(NotSupportedError):
        FileDisk().open_or_create(str(tmp_path / "own"))
    FileDisk().open_or_create(str(tmp_path / "new")).close()
    FileDisk().open_or_create(str(tmp_path / "new")).close()
