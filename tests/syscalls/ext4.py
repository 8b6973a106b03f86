"""Power cuts of a real file system: ext4 on a device that records, what it leaves mounted again.

The file system writes what it likes, when it likes.  The device keeps what was written before its
last flush; of what came since any sector is there or not.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from syscalls.chains import agreed, brief
from syscalls.images import Change, in_memory, lay, some_sectors
from syscalls.ledger import FaultError, Ledger
from syscalls.record import Call, calls
from syscalls.worlds import Content
from syscalls.zygote import TESTS, Zygote

_MEGABYTES = 16
_SECONDS = 60


@dataclass
class Ext4:
    """A place for disks, and two zygotes.

    Attributes:
        images: How many were mounted and opened.
        failures: How many processes met an error.
        lost: How many were no file system any more, after an error of the disk.
        faults: What was wrong.
    """

    images: int = 0
    failures: int = 0
    lost: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._folder = Path(in_memory())
        self._disk, self._image = self._folder / "device", self._folder / "image"
        self._mounted = self._folder / "mounted"
        for path in (self._disk, self._mounted):
            path.mkdir()
        self._zygote = Zygote()
        self._empty = self._folder / "empty"
        self._empty.write_bytes(bytes(_MEGABYTES << 20))
        features = ("-E", "lazy_itable_init=0,lazy_journal_init=0", "-J", "size=4", "-b", "1024")
        run("mkfs.ext4", "-q", "-F", *features, str(self._empty))

    def close(self) -> None:
        """Leave nothing that runs."""
        self._zygote.close()
        shutil.rmtree(self._folder)

    def run(self, world: str, seed: int, wanted: int, fails: bool) -> None:
        """Work, and look at what power cuts leave.

        Args:
            world: The kind of work.
            seed: What all is drawn from.
            wanted: About how many images.
            fails: One of the device's writes fails.
        """
        rnd = random.Random(f"{world} {seed}")
        where = f"python -m syscalls.ext4 {world!r} {seed} {wanted} {int(fails)}"
        record = self._folder / "record"
        place = str(self._mounted / "disk")
        try:
            with self._device(record), mounted(str(self._disk / "disk"), self._mounted):
                os.mkdir(place, 0o700)
                state = self._zygote.call("make", world, place)
                run("sync", "-f", str(self._mounted))
                begun = len(list(calls(str(record))))
                ledger = Ledger.of(state)
                if fails:
                    (self._disk / "marks").write_text(f"fail {rnd.randint(1, 60)}\n")
                for _ in range(rnd.randint(1, 3)):
                    told = ("work_told", world, place, str(self._disk), str(rnd.random()), fails)
                    self.failures += bool(self._zygote.call(*told))
                all_calls = list(calls(str(record)))
            for disk, allowed, at in self._drawn(all_calls, begun, ledger, rnd, wanted):
                self._look(world, disk, allowed, f"{where}  # call {at}", fails)
        except AssertionError as fault:
            self.faults.append(f"{where}: {brief(fault)}")

    @contextmanager
    def _device(self, record: Path) -> Iterator[None]:
        paths = [str(path) for path in (self._disk, self._empty, record)]
        words = [sys.executable, "-m", "syscalls.device", *paths]
        process = subprocess.Popen(words, cwd=TESTS)
        try:
            ends = time.monotonic() + _SECONDS
            while not (self._disk / "disk").exists():
                assert process.poll() is None, "the device does not run"
                assert time.monotonic() < ends, "the device does not begin"
                time.sleep(0.01)
            yield
        finally:
            if process.poll() is None:
                run("umount", str(self._disk))
            process.wait(_SECONDS)

    def _drawn(
        self, record: list[Call], begun: int, ledger: Ledger, rnd: random.Random, wanted: int
    ) -> Iterator[tuple[bytes, dict[str, list[Content]], int]]:
        """What the device may hold, at some calls behind the first ones."""
        base, loose = bytearray(self._empty.read_bytes()), list[Change]()
        places = [at for at, call in enumerate(record) if at >= begun and call.kind in "WXE"]
        chosen = {*rnd.sample(places, min(len(places), max(1, wanted // 3)))}
        for at, call in enumerate(record):
            if call.kind == "M":
                ledger.note(*call.told())
            elif call.kind == "W":
                loose.append(Change(call.at, call.data))
            elif call.kind == "E":
                if at in chosen:  # it is under way
                    yield held(base, loose, rnd), ledger.allowed(), at
                for change in loose:
                    lay(base, change)
                loose = []
            if at in chosen:
                for _ in range(2):
                    yield held(base, loose, rnd), ledger.allowed(), at

    def _look(
        self, world: str, disk: bytes, allowed: dict[str, list[Content]], where: str, fails: bool
    ) -> None:
        self.images += 1
        self._image.write_bytes(disk)
        try:
            with mounted(str(self._image), self._mounted):
                what = self._zygote.call("look_at", world, str(self._mounted / "disk"))
                agreed(what, allowed)
        except subprocess.CalledProcessError as error:
            if not fails:
                raise FaultError(f"no file system: {error.stderr}") from error
            self.lost += 1
        except AssertionError as fault:
            self.faults.append(f"{where}: {brief(fault)}")


def held(base: bytearray, loose: list[Change], rnd: random.Random) -> bytes:
    """What a power cut leaves of writes that were not flushed."""
    content = bytearray(base)
    share = rnd.choice((0, 0.5, 0.9, 1))
    for change in loose:
        if rnd.random() < share:
            lay(content, change, some_sectors(change, rnd) if rnd.random() < 0.2 else None)
    return bytes(content)


@contextmanager
def mounted(device: str, folder: Path) -> Iterator[None]:
    """Mount what a file holds; the journal is replayed."""
    run("mount", "-t", "ext4", "-o", "loop", device, str(folder))
    try:
        yield
    finally:
        run("umount", str(folder))


def run(*words: str) -> None:
    """Run a program of the system."""
    subprocess.run(words, check=True, capture_output=True, text=True, timeout=_SECONDS)


def missing() -> str:
    """Why this machine cannot do it; "" where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root mounts file systems"
    for path in ("/dev/fuse", "/dev/loop-control"):
        if not os.access(path, os.R_OK | os.W_OK):
            return f"there is no {path}"
    for program in ("mkfs.ext4", "mount", "umount"):
        if shutil.which(program) is None:
            return f"there is no {program}"
    try:
        import mfusepy  # noqa: F401
    except (ImportError, OSError) as error:
        return f"no FUSE: {error}"
    return ""


def main() -> int:
    """Do one of them again: WORLD SEED IMAGES FAILS."""
    world, *numbers = sys.argv[1:]
    seed, wanted, fails = map(int, numbers)
    ext4 = Ext4()
    try:
        ext4.run(world, seed, wanted, bool(fails))
    finally:
        ext4.close()
    sys.stdout.write("".join(f"{fault}\n" for fault in ext4.faults))
    sys.stdout.write(f"{ext4.images} images, {len(ext4.faults)} wrong, {ext4.lost} lost\n")
    return 1 if ext4.faults else 0


if __name__ == "__main__":
    sys.exit(main())
