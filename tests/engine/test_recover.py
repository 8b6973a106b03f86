"""Replay: which logs and entries of a dirty hive apply, rule by rule."""

from __future__ import annotations

import struct

import pytest

from anyreg.engine.file_disk import FileDisk
from anyreg.engine.image import PatchedSource, Source
from anyreg.engine.recover import Log, Recovery, parse_log, recover
from anyreg.errors import NotHiveError
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.logs import build_dirt, build_entry
from conftest import Expected, each_expected
from hives import TIME, base_block, sealed

BINS = 8192


def page(number: int) -> bytes:
    """A page that tells which entry it came with."""
    return bytes([number]) * 4096


def new_log(
    *numbers: int, first: int = 0, name: str = "LOG1", flags: int = 0, bins: int = BINS
) -> Log:
    """A new log with entries of these numbers; each lays its page over the first of the bins."""
    first = first or numbers[0]
    data = base_block(BINS, numbers=(first, first), kind=6, size=512)
    for number in numbers:
        data += build_entry(len(data), number, flags, bins, [(0, page(number))])
    log = parse_log(name, data)
    assert log is not None
    return log


def old_log(mark: int, *, number: int = 7, written: int = TIME, kind: int = 1) -> Log:
    """An old log with one dirty sector, the third."""
    base = base_block(BINS, numbers=(number, number), kind=kind, written=written, size=512)
    log = parse_log("LOG", build_dirt(base, BINS, [(1024, bytes([mark]) * 512)]))
    assert log is not None
    return log


def primary(first: int = 6, second: int = 5, flags: int = 0) -> BaseBlock:
    return BaseBlock(base_block(4096, numbers=(first, second), flags=flags))


def bad_primary(written: int = TIME) -> BaseBlock:
    block = base_block(4096, numbers=(6, 5), written=written)
    return BaseBlock(block[:508] + bytes(4) + block[512:])


def marks(recovery: Recovery) -> list[int]:
    """The entries that were applied, in order."""
    return [data[0] for _, data in recovery.pieces]


def bin_of(written: int) -> bytes:
    return struct.pack("<4sIIQQI", b"hbin", 0, 4096, 0, written, 0)


# New logs


def test_the_entries_of_a_log_are_applied_in_order() -> None:
    """The hive then has the number and the size of the last."""
    recovery = recover(primary(), b"", [new_log(5, 6, 7)])
    assert marks(recovery) == [5, 6, 7]
    assert recovery.base is not None
    assert (recovery.base.primary_number, recovery.base.secondary_number) == (7, 7)
    assert recovery.base.bins_size == BINS
    assert recovery.applied == ["LOG1: 3 entries from 5"]
    assert recovery.last_number == 7


def test_the_log_with_the_lower_number_comes_first() -> None:
    """Whichever of the two it is."""
    logs = [new_log(7, 8, name="LOG1"), new_log(5, 6, name="LOG2")]
    for order in (logs, logs[::-1]):
        recovery = recover(primary(), b"", order)
        assert marks(recovery) == [5, 6, 7, 8]
        assert recovery.applied == ["LOG2: 2 entries from 5", "LOG1: 2 entries from 7"]


def test_logs_older_than_the_hive_are_left_alone() -> None:
    """Their changes are in the primary long since."""
    assert marks(recover(primary(), b"", [new_log(3, 4), new_log(5)])) == [5]
    assert not recover(primary(), b"", [new_log(3, 4)]).applied


def test_a_gap_between_hive_and_log_is_normal() -> None:
    """Windows leaves the primary's numbers through many switches of the logs."""
    assert marks(recover(primary(6, 5), b"", [new_log(40, 41)])) == [40, 41]


def test_a_gap_between_two_logs_ends_the_replay() -> None:
    """The second log says nothing without what is missing."""
    assert marks(recover(primary(), b"", [new_log(5, 6), new_log(8, 9)])) == [5, 6]


def test_a_gap_in_a_log_ends_it() -> None:
    """And the next log must go on at the number that is missing."""
    assert marks(recover(primary(), b"", [new_log(5, 7), new_log(8)])) == [5]
    assert marks(recover(primary(), b"", [new_log(5, 7), new_log(6)])) == [5, 6]


def test_a_torn_entry_ends_the_replay() -> None:
    """Also for the log behind it, which has a later number."""
    log = new_log(5, 6)
    torn = Log("LOG1", log.data[:-1], log.base)
    assert marks(recover(primary(), b"", [torn, new_log(7)])) == [5]


def test_a_log_without_a_valid_first_entry_changes_nothing() -> None:
    """The hive stays as it is."""
    recovery = recover(primary(), b"", [new_log(9, first=5)])
    assert (recovery.applied, recovery.last_number) == ([], 0)


@pytest.mark.parametrize(("before", "entry", "after"), [(0, 1, 1), (1, 0, 0), (2, 1, 3), (3, 2, 2)])
def test_the_first_flag_is_that_of_the_last_entry(before: int, entry: int, after: int) -> None:
    """All other flags are the base block's."""
    recovery = recover(primary(flags=before), b"", [new_log(5, flags=entry)])
    assert recovery.base is not None
    assert recovery.base.flags == after


def test_new_logs_go_before_old_ones() -> None:
    """A hive that was moved to a new Windows may still have its old log beside it."""
    assert marks(recover(primary(), b"", [old_log(99), new_log(5)])) == [5]


# Old logs


@pytest.mark.parametrize("kind", [1, 2])
def test_an_old_log_of_the_same_moment_applies(kind: int) -> None:
    """Its timestamp is the primary's."""
    recovery = recover(primary(), b"", [old_log(9, kind=kind)])
    assert recovery.pieces == [(1024, b"\x09" * 512)]
    assert recovery.applied == ["LOG: 1 sectors of 512 bytes from 1024"]
    assert recovery.base is not None
    assert (recovery.base.bins_size, recovery.last_number) == (BINS, 7)


def test_an_old_log_of_another_moment_does_not_apply() -> None:
    """It belongs to a state of the hive that is gone."""
    assert not recover(primary(), b"", [old_log(9, written=TIME + 1)]).applied


def test_an_old_log_that_is_cut_short_does_not_apply() -> None:
    """All of its sectors or none."""
    log = old_log(9)
    assert not recover(primary(), b"", [Log("LOG", log.data[:-1], log.base)]).applied


@pytest.mark.parametrize("second", [6, 7])
def test_a_log_behind_one_without_entries_applies_where_nothing_is_missing(second: int) -> None:
    """Over a gap its pages would be laid over bins of another moment; Windows' way is not known."""
    first = new_log(6)
    empty = Log("LOG1", first.data[:512] + bytes(512), first.base)
    recovery = recover(primary(7, 6), b"", [empty, new_log(second, name="LOG2")])
    assert marks(recovery) == ([6] if second == 6 else [])


# A bad base block


@pytest.mark.parametrize("block", [None, bad_primary()])
def test_without_a_base_block_the_newest_log_is_taken(block: BaseBlock | None) -> None:
    """Its copy of the base block and its entries, and those of no other log."""
    logs = [new_log(5, 6), new_log(7, name="LOG2")]
    recovery = recover(block, b"", logs)
    assert marks(recovery) == [7]
    assert recovery.base is not None
    assert recovery.base.type == 0
    assert len(recovery.base.raw) == 4096


def test_without_a_base_block_an_old_log_needs_the_time_of_the_first_bin() -> None:
    """That is when the bins were written last."""
    assert marks(recover(None, bin_of(TIME), [old_log(9)])) == [9]
    assert not recover(None, bin_of(TIME + 1), [old_log(9)]).applied
    assert not recover(None, b"hbin", [old_log(9)]).applied


def test_a_failed_base_block_still_tells_its_time() -> None:
    """An old log of that time applies too."""
    assert marks(recover(bad_primary(), b"", [old_log(9)])) == [9]


def test_without_any_log_a_bad_base_block_stays() -> None:
    """There is nothing better."""
    block = bad_primary()
    assert recover(block, b"", []).base is block
    assert recover(None, b"", []).base is None


# What counts as a log


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(4096),
        base_block(BINS, numbers=(5, 5), kind=0, size=512),
        base_block(BINS, numbers=(5, 5), kind=3, size=512),
        base_block(BINS, numbers=(6, 5), kind=6, size=512),
        base_block(BINS, numbers=(5, 5), kind=6, size=512)[:-4] + bytes(4),
    ],
    ids=["empty", "zeros", "primary", "unknown type", "numbers", "short"],
)
def test_what_is_no_valid_log(data: bytes) -> None:
    """No base block, one of another type, numbers that differ, or cut short."""
    assert parse_log("LOG1", data) is None or len(data) == 512


def test_a_log_with_a_wrong_checksum_is_none() -> None:
    """Its number cannot be trusted."""
    data = bytearray(new_log(5).data)
    data[60] ^= 1
    assert parse_log("LOG1", bytes(data)) is None
    assert parse_log("LOG1", sealed(bytes(data))) is not None


# Against Windows


class Bins(Source):
    """The bins of a file, zeros behind them."""

    def __init__(self, data: bytes) -> None:
        self.data = data[4096:]

    def read(self, at: int, size: int) -> bytes:
        return self.data[at : at + size].ljust(size, b"\0")


def recovered(hive: Expected) -> tuple[Recovery, bytes]:
    """A hive of the corpus after replay: what was found, and the bins."""
    data = hive.file.read_bytes()
    disk = FileDisk()
    found = [parse_log(path, read_all(disk, path)) for path in disk.find_logs(str(hive.file))]
    try:
        block: BaseBlock | None = BaseBlock(data[:4096])
    except NotHiveError:
        block = None
    recovery = recover(block, data[4096:4128], [log for log in found if log is not None])
    assert recovery.base is not None
    source = PatchedSource(Bins(data), recovery.pieces)
    return recovery, source.read(0, recovery.base.bins_size)


def read_all(disk: FileDisk, path: str) -> bytes:
    storage = disk.open(path, False)
    try:
        return storage.read(0, storage.size())
    finally:
        storage.close()


@each_expected(lambda hive: hive.path.endswith("/NewDirtyHive"))
def test_new_logs_give_what_windows_10_gave(hive: Expected) -> None:
    """Every byte of the bins."""
    recovery, bins = recovered(hive)
    windows = hive.file.with_name("RecoveredHive_Windows10").read_bytes()
    size = BaseBlock(windows).bins_size
    assert recovery.base is not None
    assert recovery.base.bins_size == size
    assert bins == windows[4096 : 4096 + size]


@each_expected(lambda hive: "OldDirtyHive" in hive.path or "BadBaseBlockHive" in hive.path)
def test_old_logs_give_what_windows_7_gave(hive: Expected) -> None:
    """But for the first bin's time, which Windows renews, and one maximum that it mended."""
    if "Recovered" in hive.path:
        return
    bins = bytearray(recovered(hive)[1])
    windows = (hive.file.parents[1] / "OldDirtyHive/RecoveredHive_Windows7").read_bytes()[4096:]
    bins[20:28] = windows[20:28]
    (other,) = [at for at in range(len(bins)) if bins[at] != windows[at]]
    key = other - 60  # the field is that of the longest value name of a key
    assert bins[key : key + 2] == b"nk"
    assert (bins[other], windows[other]) == (0x18, 2)


@each_expected(lambda hive: "entries" in hive.replay or "DIRT" in hive.replay)
def test_the_logs_that_apply_are_those_expected(hive: Expected) -> None:
    """Log by log, the number of entries and the first number."""
    ours = [line.rsplit(".", 1)[-1] for line in recovered(hive)[0].applied]
    if "DIRT" in hive.replay:
        assert ours == ["LOG1: 64 sectors of 512 bytes from 1024"]
    else:
        assert "; ".join(ours).replace(": ", ":") == hive.replay
