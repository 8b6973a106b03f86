"""The recorder sees every call that changes a file; the images follow POSIX: on our own calls."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from syscalls.images import Disk, Tree, put
from syscalls.record import Call, build, calls
from syscalls.zygote import TESTS

pytestmark = pytest.mark.crash

CALLS = """
import ctypes, mmap, os, shutil, sys
sys.path.insert(0, {tests!r})
from syscalls.zygote import Faults, Recorder
folder = {folder!r}
Recorder(folder, {record!r}, Faults(fail_sync={fail_sync}))
at = os.path.join
{code}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorder."""
    return build(tmp_path_factory.mktemp("recorder"))


class Place:
    """A folder in which programs run under the recorder."""

    def __init__(self, folder: Path, library: Path) -> None:
        self.folder = folder / "disk"
        self.folder.mkdir()
        self.record = folder / "record"
        self._library = library

    def run(self, code: str, fail_sync: int = 0) -> list[Call]:
        """Run a program; its calls."""
        text = CALLS.format(
            tests=str(TESTS),
            folder=str(self.folder),
            record=str(self.record),
            fail_sync=fail_sync,
            code=code,
        )
        environment = dict(os.environ, LD_PRELOAD=str(self._library))
        subprocess.run([sys.executable, "-c", text], env=environment, check=True)
        return list(calls(str(self.record)))

    def cut(self, code: str, fail_sync: int = 0) -> list[Tree]:
        """Run a program; images of what a power cut at its end leaves."""
        disk = Disk(str(self.folder))
        for call in self.run(code, fail_sync):
            disk.play(call)
        return list(disk.images(random.Random(1), 200))


@pytest.fixture
def place(tmp_path: Path, library: Path) -> Place:
    return Place(tmp_path, library)


WAYS = {
    "write": "os.write(os.open(at(folder, 'f'), os.O_RDWR | os.O_CREAT), b'abc')",
    "a file object": "open(at(folder, 'f'), 'w').write('abc')",
    "append": "[os.write(os.open(at(folder, 'f'), os.O_WRONLY | os.O_CREAT | os.O_APPEND), c)"
    " for c in (b'ab', b'c')]",
    "writev": "os.writev(os.open(at(folder, 'f'), os.O_RDWR | os.O_CREAT), [b'a', b'bc'])",
    "pwrite": "n = os.open(at(folder, 'f'), os.O_RDWR | os.O_CREAT);"
    " os.pwrite(n, b'xbc', 0); os.pwrite(n, b'a', 0)",
    "pwritev": "os.pwritev(os.open(at(folder, 'f'), os.O_RDWR | os.O_CREAT), [b'ab', b'c'], 0)",
    "copyfile": "open(at(folder, 'g'), 'w').write('abc');"
    " shutil.copyfile(at(folder, 'g'), at(folder, 'f'))",
    "truncate": "open(at(folder, 'f'), 'w').write('abcdef'); os.truncate(at(folder, 'f'), 3)",
    "rename": "open(at(folder, 'g'), 'w').write('abc');"
    " os.rename(at(folder, 'g'), at(folder, 'f'))",
    "link": "open(at(folder, 'g'), 'w').write('abc'); os.link(at(folder, 'g'), at(folder, 'f'));"
    " os.unlink(at(folder, 'g'))",
    "folders": "os.mkdir(at(folder, 'd')); os.mkdir(at(folder, 'e')); os.rmdir(at(folder, 'e'));"
    " open(at(folder, 'd', 'f'), 'w').write('abc')",
    "a fork": "n = os.dup(os.open(at(folder, 'f'), os.O_RDWR | os.O_CREAT)); p = os.fork();"
    " p or (os.write(n, b'abc'), os._exit(0)); os.waitpid(p, 0)",
    "a copy inside the system": "s = os.open(at(folder, 'g'), os.O_RDWR | os.O_CREAT);"
    " os.write(s, b'abc'); os.lseek(s, 0, 0);"
    " os.copy_file_range(s, os.open(at(folder, 'f'), os.O_RDWR | os.O_CREAT), 3)",
    "a folder that is open": "d = os.open(folder, os.O_RDONLY);"
    " os.write(os.open('f', os.O_RDWR | os.O_CREAT, dir_fd=d), b'abc')",
    "room": "n = os.open(at(folder, 'f'), os.O_RDWR | os.O_CREAT); os.posix_fallocate(n, 0, 9);"
    " os.pwrite(n, b'abc', 0); os.ftruncate(n, 3)",
}


@pytest.mark.parametrize("way", WAYS)
def test_with_everything_written_the_image_is_what_is_there(place: Place, way: str) -> None:
    """Or a call was not seen."""
    images = place.cut(WAYS[way])
    again = place.folder.parent / "again"
    put(images[0], str(again))
    assert next(Disk(str(again)).images(random.Random(1), 0)) == images[0]
    assert images[0] == next(Disk(str(place.folder)).images(random.Random(1), 0))
    assert b"abc" in [images[0].get("f"), images[0].get("d/f")]


NEW = "n = os.open(at(folder, 'f'), os.O_RDWR | os.O_CREAT); d = os.open(folder, os.O_RDONLY);"


def held(images: list[Tree]) -> set[bytes | None]:
    """What the file holds in these images; None: there is none."""
    return {image.get("f") for image in images}


def test_what_was_not_synced_may_be_there_or_not(place: Place) -> None:
    """Neither bytes nor the name; and the size may be there before the bytes are."""
    assert held(place.cut(f"{NEW} os.write(n, b'abc')")) == {None, b"", bytes(3), b"abc"}


def test_a_sync_of_the_file_leaves_its_name_uncertain(place: Place) -> None:
    assert held(place.cut(f"{NEW} os.write(n, b'abc'); os.fsync(n)")) == {None, b"abc"}


def test_a_sync_of_the_folder_leaves_the_bytes_uncertain(place: Place) -> None:
    assert held(place.cut(f"{NEW} os.write(n, b'abc'); os.fsync(d)")) == {b"", bytes(3), b"abc"}


@pytest.mark.parametrize("sync", ["fsync", "fdatasync"])
def test_what_was_synced_is_there(place: Place, sync: str) -> None:
    assert held(place.cut(f"{NEW} os.write(n, b'abc'); os.fsync(d); os.{sync}(n)")) == {b"abc"}


@pytest.mark.parametrize(
    "durable",
    [
        "os.write(os.open(at(folder, 'f'), os.O_RDWR | os.O_DSYNC), b'abc')",
        "os.write(os.open(at(folder, 'f'), os.O_RDWR | os.O_SYNC), b'abc')",
        "os.pwritev(n, [b'abc'], 0, os.RWF_DSYNC)",
    ],
)
def test_a_write_that_is_durable_when_it_returns_is_there(place: Place, durable: str) -> None:
    """Itself alone: not what was written before it."""
    code = f"{NEW} os.fsync(d); os.pwrite(n, b'x', 5); {durable}"
    assert held(place.cut(code)) == {b"abc", b"abc\0\0x", b"abc\0\0\0"}


def test_writes_are_torn_at_sectors_and_reordered(place: Place) -> None:
    """Any of them alone, and any sector of one."""
    code = f"{NEW} os.fsync(d); os.pwrite(n, b'a' * 1024, 0); os.pwrite(n, b'b' * 1024, 1024)"
    found = held(place.cut(code))
    a, b, zeros = b"a" * 512, b"b" * 512, bytes(512)
    assert {b"", a + a, zeros + zeros + b + b, a + zeros, zeros + a, a + a + b + b} <= found


def test_a_rename_is_one_step(place: Place) -> None:
    """The file has its old name or the new one."""
    (place.folder / "f").write_bytes(b"old")
    (place.folder / "g").write_bytes(b"new")
    images = place.cut("os.rename(at(folder, 'g'), at(folder, 'f'))")
    assert {(image["f"], image.get("g")) for image in images} == {(b"old", b"new"), (b"new", None)}


def test_a_file_of_which_a_folder_above_was_not_synced_may_be_lost(place: Place) -> None:
    code = """
os.mkdir(at(folder, 'd')); n = os.open(at(folder, 'd', 'f'), os.O_RDWR | os.O_CREAT)
os.write(n, b'abc'); os.fsync(n); os.fsync(os.open(at(folder, 'd'), os.O_RDONLY))
"""
    assert {image.get("d/f") for image in place.cut(code)} == {None, b"abc"}


def test_what_a_failed_sync_lost_no_later_sync_makes_durable(place: Place) -> None:
    """As the system counts it as written; what is written again is."""
    (place.folder / "f").write_bytes(b"old")
    code = """
n = os.open(at(folder, 'f'), os.O_RDWR)
os.pwrite(n, b'new', 0)
try: os.fsync(n)
except OSError: pass
else: raise SystemExit(1)
os.fsync(n)
"""
    assert held(place.cut(code, fail_sync=1)) == {b"old", b"new"}
    place.record.unlink()
    (place.folder / "f").write_bytes(b"old")
    assert held(place.cut(f"{code}os.pwrite(n, b'new', 0); os.fsync(n)", fail_sync=1)) == {b"new"}


def test_what_the_recorder_does_not_understand_is_no_image(place: Place) -> None:
    """A mapping that writes changes a file without a call."""
    (place.folder / "f").write_bytes(b"old")
    code = "m = mmap.mmap(os.open(at(folder, 'f'), os.O_RDWR), 3); m[:] = b'new'"
    with pytest.raises(NotImplementedError, match="mmap"):
        place.cut(code)
