"""What the tests of watched files share: who collects calls, and who changes files."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from anyreg.errors import RegistryError
from anyreg.fileevents import watch_files

LONG = 60.0  # seconds: a loaded machine's worst
QUIET = 0.1  # seconds in which a call would most likely have come

OTHER = """
import os, sys
MADE = lambda name: os.open(name, os.O_RDWR | os.O_CREAT)
for line in sys.stdin:
    exec(line)
    print(flush=True)
"""


class Calls:
    """A function to be called after changes, which keeps what it was called with."""

    def __init__(self, poll: float | None = None) -> None:
        self.seen: list[RegistryError | None] = []
        self._poll = poll
        self._came = threading.Condition()

    def __call__(self, error: RegistryError | None) -> None:
        with self._came:
            self.seen.append(error)
            self._came.notify_all()

    def wait(self) -> None:
        """Until it was called, since the last clear()."""
        with self._came:
            assert self._came.wait_for(lambda: bool(self.seen), LONG)

    def clear(self) -> None:
        """Forget the calls, once all have come."""
        settle(self._poll)
        self.seen.clear()

    def nothing(self) -> None:
        """It is not called after what has happened."""
        settle(self._poll)
        assert self.seen == []

    def error(self) -> RegistryError:
        """The error that it was called with, once and last."""
        with self._came:
            assert self._came.wait_for(lambda: any(self.seen), LONG), self.seen
        sleep(QUIET)
        assert [bool(error) for error in self.seen].count(True) == 1
        last = self.seen[-1]
        assert last is not None
        return last


def settle(poll: float | None = None) -> None:
    """Return when all calls that are due after what has happened were made.

    What happens is reported in its order.  So one more file is watched and changed: when its call
    comes, others may still be due with it; when the next one comes, those were made.

    Args:
        poll: That of the watches that are meant.
    """
    called = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        watch = watch_files([str(path)], lambda error: called.set(), poll)
        for text in ("first", "the second"):
            called.clear()
            path.write_text(text)
            assert called.wait(LONG)
        watch.close()


@contextmanager
def other_process() -> Iterator[Callable[[str], None]]:
    """What runs a line of Python in another process, and returns when that is done."""
    command = [sys.executable, "-I", "-c", OTHER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def run(line: str) -> None:
            stdin.write(line + "\n")
            stdin.flush()
            assert stdout.readline() == "\n", line

        yield run
        stdin.close()


CHANGES = (  # of a file N, by what is told apart by AT
    "f = MADE(N); os.lseek(f, AT % 40, 0); os.write(f, b'%09d' % AT); os.close(f)",
    "f = MADE(N); os.ftruncate(f, AT + 100); os.close(f)",
    "open('new', 'w').write(str(AT)); os.replace('new', N)",
    "open(N, 'a').write('more'); os.unlink(N)",
    "os.path.exists(N) and os.replace(N, 'away')",
    "os.path.exists('away') and os.replace('away', N)",
    "open(N, 'a').close(); os.link(N, 'name'); os.unlink(N); os.replace('name', N)",
    "os.path.exists(N) and os.unlink(N); open(N, 'w').write(str(AT))",
)


def follow_changes(folder: Path, seed: int, poll: float | None) -> None:
    """Let another process change files at random: after each change the call comes."""
    chance, calls = random.Random(seed), Calls(poll)
    files = [folder / name for name in ("hive", "hive.LOG1", "hive.LOG2")]

    def contents() -> list[bytes | None]:
        return [file.read_bytes() if file.exists() else None for file in files]

    with other_process() as run:
        run(f"os.chdir({str(folder)!r})")
        watch = watch_files([str(file) for file in files], calls, poll)
        changes = 0
        for at in range(40):
            if chance.random() < 0.1:
                run("open('neighbour', 'a').write('x'); os.replace('neighbour', 'neighbour2')")
                calls.nothing()
            before = contents()
            run(f"AT = {at}; N = {chance.choice(files).name!r}; {chance.choice(CHANGES)}")
            if contents() != before:
                calls.wait()
                changes += 1
            calls.clear()
        watch.close()
    assert changes > 10
    assert not any(calls.seen)


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is to become so soon."""
    end = monotonic() + LONG
    while not condition():
        assert monotonic() < end
        sleep(0.01)


def threads() -> list[str]:
    """The threads that wait for changes of files: one, and such as are about to end."""
    return [each.name for each in threading.enumerate() if each.name == "anyreg files"]


def descriptors() -> dict[str, int]:
    """How many descriptors this process has, and how many watches of inotify hang on them."""
    folder = Path("/proc/self")
    numbers = [file.name for file in (folder / "fd").iterdir()]
    watches = 0
    for number in numbers:
        try:
            watches += (folder / "fdinfo" / number).read_text().count("inotify wd:")
        except FileNotFoundError:
            pass  # the one that the list was read by
    return {"descriptors": len(numbers), "watches": watches}
