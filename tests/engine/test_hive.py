"""Opening a hive: clean, dirty, damaged, changed under our hands; and never writing to it."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import anyreg
from anyreg.engine.hive import Hive, open_hive
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.recover import Log, parse_log
from anyreg.engine.storage import Storage
from anyreg.errors import (
    CorruptHiveError,
    HiveChangedError,
    HiveVersionError,
    NotFoundError,
    NotHiveError,
)
from anyreg.regf.logs import build_entry
from conftest import Indexed, each_indexed
from hives import Maker, base_block, family, open_bytes, outline, values_of, words


def log_for(data: bytes, new: bytes, number: int = 2) -> Log:
    """A log that turns the bins of one hive into those of another."""
    bins = new[4096:]
    log = base_block(len(bins), root=32, numbers=(number, number), kind=6, size=512)
    log += build_entry(512, number, 0, len(bins), [(0, bins)])
    found = parse_log("LOG1", log)
    assert found is not None
    return found


def before_and_after(numbers: tuple[int, int] = (3, 2)) -> tuple[bytes, Log]:
    """A hive with the keys A, B and C, and a log that makes them X and Y."""
    maker, *_ = family()
    other = Maker()
    other.give_keys(other.key("root"), "X", "Y")
    data = maker.build(numbers)
    return data, log_for(data, other.build())


def files(folder: Path, data: bytes, log: Log) -> Path:
    (folder / "hive.LOG1").write_bytes(log.data)
    path = folder / "hive"
    path.write_bytes(data)
    return path


def test_a_clean_hive_ignores_its_logs(tmp_path: Path) -> None:
    """Whatever they hold."""
    data, log = before_and_after((2, 2))
    hive = open_hive(str(files(tmp_path, data, log)))
    assert outline(hive.tree) == "A,B,C"
    assert (hive.was_dirty, hive.applied, hive.problems) == (False, [], [])
    hive.close()


def test_a_dirty_hive_is_recovered_in_memory(tmp_path: Path) -> None:
    """From the log beside it, and without a problem."""
    hive = open_hive(str(files(tmp_path, *before_and_after())))
    assert outline(hive.tree) == "X,Y"
    assert (hive.was_dirty, hive.applied) == (True, ["hive.LOG1: 1 entries from 2"])
    assert hive.problems == []
    hive.close()


def test_a_dirty_hive_without_logs_is_read_as_it_is() -> None:
    """And that is a problem."""
    hive = open_bytes(before_and_after()[0])
    assert outline(hive.tree) == "A,B,C"
    assert hive.was_dirty
    assert words(hive.problems) == ["dirty, and no log applies"]


def test_a_bad_base_block_is_replaced_by_the_logs() -> None:
    """Zeros where it should be: the log has a copy, and the changes."""
    data, log = before_and_after()
    hive = open_bytes(bytes(4096) + data[4096:], [log])
    assert outline(hive.tree) == "X,Y"


def test_a_wrong_checksum_without_logs_is_a_problem() -> None:
    """The hive is read with what its base block says."""
    data = bytearray(family()[0].build())
    data[60] ^= 1
    hive = open_bytes(bytes(data))
    assert outline(hive.tree) == "A,B,C"
    assert words(hive.problems) == ["wrong checksum of the base block"]


def test_bins_without_a_base_block_and_without_logs_are_no_hive() -> None:
    """Nothing says where the root is."""
    with pytest.raises(NotHiveError) as caught:
        open_bytes(bytes(4096) + family()[0].bins())
    assert caught.value.path == "made"


@pytest.mark.parametrize(
    "data",
    [b"", b"regf", b"\0" * 8192, b"x" * 100, b"regf" + bytes(8188), bytes(range(256)) * 99],
    ids=["empty", "four bytes", "zeros", "text", "signature", "noise"],
)
def test_other_files_are_no_hives(data: bytes) -> None:
    """One error that says so."""
    with pytest.raises((NotHiveError, HiveVersionError)):
        open_bytes(data)


def test_version_1_1_is_refused() -> None:
    """Its cells have another header."""
    maker, *_ = family(minor=1)
    with pytest.raises(HiveVersionError, match=r"1\.1"):
        maker.hive()


@pytest.mark.parametrize("kind", [1, 2, 6])
def test_a_log_is_no_hive(kind: int) -> None:
    """Its base block says so, whatever follows."""
    bins = family()[0].bins()
    with pytest.raises(NotHiveError):
        open_bytes(base_block(len(bins), kind=kind) + bins)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(NotFoundError, match="none"):
        open_hive(str(tmp_path / "none"))


@pytest.mark.parametrize("cut", [4096, 4097, 5000, 8192])
def test_a_file_cut_short_is_read_as_far_as_it_goes(cut: int) -> None:
    """What lies behind the cut is lost, and named."""
    maker, root, _ = family()
    maker.give_values(root, *(maker.value(f"v{n}", b"x" * 500) for n in range(30)))
    hive = open_bytes(maker.build()[: 4096 + cut])
    assert outline(hive.tree) == "A,B,C"
    assert "file cut short" in words(hive.problems)


@pytest.mark.parametrize("cut", [0, 4, 40, 4096 + 32])
def test_a_file_without_its_root_is_corrupt(cut: int) -> None:
    """The one key that must be there."""
    with pytest.raises((CorruptHiveError, NotHiveError)):
        open_bytes(family()[0].build()[: 4096 + cut][: 4096 + 60])


def test_bytes_behind_the_bins_mean_nothing() -> None:
    """Files are often longer than the hive in them."""
    hive = open_bytes(family()[0].build() + b"garbage" * 1000)
    assert outline(hive.tree) == "A,B,C"
    assert hive.problems == []
    assert hive.tree.image.size == 4096


def test_an_odd_size_of_the_bins_is_named() -> None:
    """And the hive is read."""
    maker, *_ = family()
    bins = maker.bins()
    hive = open_bytes(base_block(len(bins) - 9, root=maker.root) + bins)
    assert outline(hive.tree) == "A,B,C"
    assert "bad size of the bins" in words(hive.problems)


def test_logs_can_make_a_hive_grow() -> None:
    """Beyond the end of the file."""
    data, _ = before_and_after()
    other, _, keys = family()
    other.minor = 3
    other.give_values(keys[0], other.value("large", bytes(range(256)) * 500))
    hive = open_bytes(data, [log_for(data, other.build())])
    assert values_of(hive)[0].raw == bytes(range(256)) * 500
    assert hive.problems == []


class Changing(Storage):
    """A file that another program writes to while it is being read."""

    def __init__(self, data: bytes) -> None:
        self.file = MemoryStorage(data)
        self.reads_left = -1

    def size(self) -> int:
        return self.file.size()

    def read(self, at: int, size: int) -> bytes:
        if self.reads_left == 0:
            self.file.write(4, struct.pack("<I", 77))
        self.reads_left -= 1
        return self.file.read(at, size)

    def close(self) -> None:
        self.file.close()


def large() -> Maker:
    """A hive of several stretches: a key at the front, a value's data far behind."""
    maker, _, keys = family(3)
    maker.cell(bytes(100_000))
    maker.give_values(keys[0], maker.value("far", b"x" * 100))
    return maker


def test_a_hive_that_changes_while_it_is_read_is_noticed() -> None:
    """Bytes of two moments are never mixed."""
    storage = Changing(large().build())
    hive = Hive(storage, "the hive", [])
    storage.reads_left = 0
    with pytest.raises(HiveChangedError, match="the hive"):
        values_of(hive)


def test_what_was_read_before_a_change_stays_readable() -> None:
    """Stretches that are loaded do not change any more."""
    storage = Changing(large().build())
    hive = Hive(storage, "the hive", [])
    storage.reads_left = 0
    assert outline(hive.tree) == "A,B,C"


class Watched(Changing):
    """A file that knows whether it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


def test_a_hive_that_cannot_be_opened_gives_its_file_back() -> None:
    """No handle is left behind."""
    storage = Watched(b"no hive")
    with pytest.raises(NotHiveError):
        Hive(storage, "x", [])
    assert storage.closed


def test_closing_a_hive_closes_its_file() -> None:
    """As often as one likes."""
    storage = Watched(family()[0].build())
    hive = Hive(storage, "x", [])
    hive.close()
    hive.close()
    assert storage.closed


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a folder: when it was changed, and its bytes."""
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def test_files_are_never_changed(tmp_path: Path) -> None:
    """Replay happens in memory, and no file appears."""
    path = files(tmp_path, *before_and_after())
    before = state(tmp_path)
    hive = open_hive(str(path))
    outline(hive.tree)
    hive.close()
    assert state(tmp_path) == before


@each_indexed(lambda file: file.path == "logs/NewDirtyHive1/NewDirtyHive")
def test_read_only_files_can_be_opened(hive: Indexed, tmp_path: Path) -> None:
    """A dirty hive that nobody may write to is recovered all the same."""
    for source in hive.file.parent.iterdir():
        target = tmp_path / source.name
        target.write_bytes(source.read_bytes())
        target.chmod(0o400)
    opened = open_hive(str(tmp_path / hive.file.name))
    assert opened.applied
    opened.close()


@pytest.mark.parametrize("size", [4096, 0, 8, 1 << 20, 0x7FFFF000])
def test_a_wrong_checksum_means_that_the_size_of_the_bins_may_be_wrong_too(size: int) -> None:
    """The bins themselves say how far they go."""
    maker, root, keys = family()
    maker.cell(bytes(8000))
    far = maker.key("far", root)
    maker.give_list(root, maker.leaf(b"lh", *keys, far), 4)
    data = bytearray(maker.build())
    struct.pack_into("<I", data, 40, size)
    hive = open_bytes(bytes(data))
    assert outline(hive.tree) == "A,B,C,far"
    assert words(hive.problems) == ["wrong checksum of the base block"]


_WRITER = """
import sys, anyreg
print("begun", flush=True)
number = 0
while True:
    with anyreg.open(sys.argv[1], "r+") as registry:
        for _ in range(3):
            number += 1
            with registry.transaction(durable=True):
                registry.write("A", "x", number)
                registry.write("A", "large", bytes(200_000 + number % 50_000))
"""


def test_a_hive_that_others_write_all_the_time_can_be_opened(tmp_path: Path) -> None:
    """What changes while it is opened is read again; the caller sees nothing of it."""
    path = tmp_path / "hive"
    anyreg.open(path, "x").close()
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    try:
        writer.stdout.readline()
        for _ in range(150):
            open_hive(str(path)).close()
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()


@pytest.mark.posix("a process that is stopped (SIGSTOP)")
def test_a_writer_that_stands_still_keeps_no_reader(tmp_path: Path) -> None:
    """It has the writer lock, in the middle of a transaction, and its hive is dirty."""
    path = tmp_path / "hive"
    program = f"""
import anyreg
registry = anyreg.open({str(path)!r}, "x")
registry.write("A", "x", 1)
with registry.transaction():
    registry.write("A", "x", 2)
    print("in", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        os.kill(writer.pid, signal.SIGSTOP)
        try:
            with anyreg.open(path) as registry:
                assert registry.read("A", "x") == 1
        finally:
            writer.kill()
