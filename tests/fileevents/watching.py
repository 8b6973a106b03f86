"""What the tests of watched files share: who collects calls, and who changes files."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from anyreg.errors import RegistryError

LONG = 20.0  # seconds: a loaded machine's worst
QUIET = 0.2  # seconds in which a call would have come

OTHER = """
import os, sys
for line in sys.stdin:
    exec(line)
    print(flush=True)
"""


class Calls:
    """A function to be called after changes, which keeps what it was called with."""

    def __init__(self) -> None:
        self.seen: list[RegistryError | None] = []
        self._came = threading.Condition()

    def __call__(self, error: RegistryError | None) -> None:
        with self._came:
            self.seen.append(error)
            self._came.notify_all()

    def wait(self, count: int = 1) -> None:
        """Until it was called so often at least, since the last clear()."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.seen) >= count, LONG), self.seen

    def clear(self) -> None:
        """Forget the calls, once no more come."""
        before = -1
        while before != len(self.seen):
            before = len(self.seen)
            sleep(0.02)
        self.seen.clear()

    def error(self) -> RegistryError:
        """The error that it was called with, once and last."""
        with self._came:
            assert self._came.wait_for(lambda: any(self.seen), LONG), self.seen
        sleep(QUIET)
        assert [bool(error) for error in self.seen].count(True) == 1
        last = self.seen[-1]
        assert last is not None
        return last

    def nothing(self) -> None:
        """It is not called for a while."""
        sleep(QUIET)
        assert self.seen == []


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


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is to become so soon."""
    end = monotonic() + LONG
    while not condition():
        assert monotonic() < end
        sleep(0.01)


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
