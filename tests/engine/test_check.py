"""check() names each fault that a hive is given, and finds none in a sound one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anyreg.engine.check import check_hive
from anyreg.engine.compose import Composer
from anyreg.engine.hive import Hive, open_hive
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.problems import MOST, Problems
from anyreg.regf.base_block import BaseBlock
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Value
from conftest import ROOT, Expected, each_expected

TIME = 134_000_000_000_000_000


@pytest.fixture(scope="module")
def sound() -> bytes:
    """A hive with two keys, each with values, and two security records."""
    built = Composer(5, TIME, default_descriptor())
    built.enter("ROOT", TIME)
    for name in ("Alpha", "Omega"):
        built.enter(name, TIME, "Class", b"descriptor " + name.encode())
        built.value(Value("Small", 4, b"\1\0\0\0"))
        built.value(Value("Large", 3, b"data" * 10))
        built.value(Value("Segments", 3, bytes(20_000)))
        built.leave()
    built.leave()
    return built.finish()


def problems_of(data: bytes) -> list[str]:
    return [problem.what for problem in check_hive(Hive(MemoryStorage(data), "hive", []))]


def test_a_sound_hive_has_no_problem(sound: bytes) -> None:
    """Nothing is said where nothing is wrong."""
    assert problems_of(sound) == []


def test_a_descriptor_with_two_full_lists_is_no_problem() -> None:
    """It is the longest record that there is: 131,226 bytes, or more where there are gaps."""
    built = Composer(5, TIME, default_descriptor())
    built.enter("ROOT", TIME)
    built.enter("Long", TIME, "", b"descriptor" + bytes(200_000))
    built.leave()
    built.leave()
    assert problems_of(built.finish()) == []


def patched(data: bytes, mark: bytes, distance: int, new: bytes) -> bytes:
    """The hive with bytes put at a distance from where a mark first stands."""
    at = data.index(mark) + distance
    return data[:at] + new + data[at + len(new) :]


FAULTS: dict[str, tuple[bytes, int, bytes]] = {
    "bad bin": (b"hbin", 0, b"nibh"),
    "wrong offset in a bin": (b"hbin", 4, b"\0\x10\0\0"),
    "bad cell size": (b"Alpha", -80, b"\4\0\0\0"),
    "key node: the cell is free": (b"Alpha", -80, b"\x58\0\0\0"),
    "wrong parent": (b"Alpha", -60, b"\x28\0\0\0"),
    "bad key node": (b"Alpha", -76, b"kn"),
    "wrong number of subkeys": (b"ROOT", -56, b"\3\0\0\0"),
    "longest subkey name too small": (b"ROOT", -24, b"\1\0\0\0"),
    "longest class name too small": (b"ROOT", -20, b"\1\0\0\0"),
    "longest value name too small": (b"Alpha", -16, b"\1\0\0\0"),
    "largest value data too small": (b"Alpha", -12, b"\1\0\0\0"),
    "bad key value": (b"Large", -20, b"kv"),
    "inline data too long": (b"Small", -16, b"\5\0\0\x80"),
    "value data: no cell starts here": (b"Large", -12, b"\x28\0\0\0"),
    "value data: no cell can start here": (b"Large", -12, b"\xf1\xff\0\0"),
    "value data beyond its cell": (b"Large", -16, b"\xf0\0\0\0"),
    "the same value name twice: 'Large'": (b"Small", 0, b"Large"),
    "wrong number of segments": (b"db\2\0", 0, b"db\3\0"),
    "bad big data record": (b"db\2\0", 0, b"bd"),
    "bad security record": (b"descriptor Alpha", -20, b"ks"),
    "wrong reference count of a security record": (b"descriptor Alpha", -8, b"\7\0\0\0"),
    "circle of security records broken": (b"descriptor Alpha", -12, b"\x20\0\0\0"),
    "wrong hash": (b"lh\2\0", 8, b"\1\2\3\4"),
    "bad subkey list": (b"lh\2\0", 0, b"hl"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_each_fault_is_named(sound: bytes, what: str) -> None:
    """A hive that is broken in one place is told to be broken there."""
    mark, distance, new = FAULTS[what]
    broken = patched(sound, mark, distance, new)
    assert broken != sound
    assert what in problems_of(broken)


def swapped_subkeys(data: bytes) -> bytes:
    at = data.index(b"lh\2\0") + 4
    return data[:at] + data[at + 8 : at + 16] + data[at : at + 8] + data[at + 16 :]


def doubled_subkey(data: bytes) -> bytes:
    at = data.index(b"lh\2\0") + 4
    return data[: at + 8] + data[at : at + 8] + data[at + 16 :]


def key_below_itself(data: bytes) -> bytes:
    """Alpha gets the root's list of subkeys, and so itself as a subkey."""
    root = data.index(b"ROOT")
    data = patched(data, b"Alpha", -56, data[root - 56 : root - 52])
    return patched(data, b"Alpha", -48, data[root - 48 : root - 44])


def index_in_index(data: bytes) -> bytes:
    at = data.index(b"lh\2\0")
    cell = (at - 4 - 4096).to_bytes(4, "little")
    return data[:at] + b"ri\1\0" + cell + data[at + 8 :]


def extra_use(data: bytes) -> bytes:
    """Omega's large value names the data of Alpha's."""
    first = data.index(b"Large") - 12
    second = data.index(b"Large", first + 20) - 12
    return data[:second] + data[first : first + 4] + data[second + 4 :]


@pytest.mark.parametrize(
    ("break_it", "what"),
    [
        (swapped_subkeys, "wrong order of subkeys"),
        (doubled_subkey, "key node: a cell that is named twice"),
        (key_below_itself, "subkey list: a cell that is named twice"),
        (index_in_index, "subkey list: a cell that is named twice"),
        (extra_use, "value data: a cell that is named twice"),
        (extra_use, "1 cells in use that nothing names"),
    ],
)
def test_each_tangle_is_named(sound: bytes, break_it: Callable[[bytes], bytes], what: str) -> None:
    """References that cross or turn back are told, and end the check all the same."""
    assert what in problems_of(break_it(sound))


def test_a_file_cut_short_is_told(sound: bytes) -> None:
    """Also what is missing because of it."""
    found = problems_of(sound[:-4096])
    assert "file cut short" in found


def test_a_wrong_checksum_is_told(sound: bytes) -> None:
    """The checksum of the base block is looked at when the hive is opened."""
    base = BaseBlock(sound[:4096])
    wrong = (base.checksum ^ 1).to_bytes(4, "little")
    assert problems_of(sound[:508] + wrong + sound[512:]) == ["wrong checksum of the base block"]


def test_check_says_the_same_each_time() -> None:
    """It keeps nothing between two runs, and reading adds nothing to it."""
    hive = open_hive(str(ROOT / "samples/damaged/NTUSER.DAT"))
    first = check_hive(hive)
    assert first
    assert check_hive(hive) == first
    hive.close()


def test_problems_are_bounded() -> None:
    """A hive with millions of faults does not fill the memory."""
    problems = Problems()
    for offset in range(MOST + 5):
        problems.note(offset, "fault")
        problems.note(offset, "fault")
    assert (len(problems.found), problems.dropped) == (MOST + 1, 10)


@each_expected(lambda hive: hive.path.startswith(("real/", "logs/")) and hive.sha256)
def test_hives_of_windows_have_no_problem(hive: Expected) -> None:
    """But for those that are dirty without a log, and lost cells, which Windows leaves."""
    opened = open_hive(str(hive.file))
    allowed = ("dirty, and no log applies", "wrong checksum of the base block")
    found = [problem.what for problem in check_hive(opened)]
    opened.close()
    assert [what for what in found if what not in allowed and "nothing names" not in what] == []
