"""A process that has imported the package and forks for each piece of work: it is not started anew.

One runs under the recorder and does the work; another opens the images of what that may leave.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, NamedTuple

TESTS = Path(__file__).resolve().parents[1]
SECONDS = 120  # of one piece of work, on a machine that is busy


class Faults(NamedTuple):
    """What the recorder does instead of a call; 0 is never.

    Attributes:
        fail: The change, or sync, that fails with EIO.
        fail_sync: The sync that does.
        kill: The change, or sync, at which the process is killed.
        kill_sync: The sync at which it is.
        full: The change from which on the disk is full.
    """

    fail: int = 0
    fail_sync: int = 0
    kill: int = 0
    kill_sync: int = 0
    full: int = 0

    def __str__(self) -> str:
        named = zip(self._fields, self, strict=True)
        return " ".join(f"{name} {number}" for name, number in named if number) or "well"

    @property
    def are_errors(self) -> bool:
        """Whether the process meets an error."""
        return any((self.fail, self.fail_sync, self.full))


class Zygote:
    """It, seen from the tests."""

    def __init__(self, preload: Path | None = None) -> None:
        """Start it, perhaps with a library that is loaded before all others."""
        environment = dict(os.environ)
        if preload is not None:
            environment["LD_PRELOAD"] = str(preload)
        code = f"import sys; sys.path.insert(0, {str(TESTS)!r}); import syscalls.zygote as z"
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"{code}; z.serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )

    def call(self, verb: str, *arguments: object) -> Any:
        """What a function of syscalls.kinds returns in a fork; None where that was killed.

        Raises:
            AssertionError: It failed; with its traceback.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump((verb, arguments), self._process.stdin)
        self._process.stdin.flush()
        failure, result = pickle.load(self._process.stdout)
        if failure:
            raise AssertionError(failure)
        return result

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve() -> None:
    """Do what is asked for, each in a fork, until nobody asks any more."""
    from syscalls import kinds

    asked, told = sys.stdin.buffer, os.dup(1)
    os.dup2(2, 1)
    while True:
        try:
            verb, arguments = pickle.load(asked)
        except EOFError:
            return
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            signal.alarm(SECONDS)
            answer(write, getattr(kinds, verb), arguments)
        os.close(write)
        with open(read, "rb") as pipe:
            result = pipe.read()
        _, status = os.waitpid(child, 0)
        if not result:
            dead = status and os.waitstatus_to_exitcode(status) != -signal.SIGKILL
            text = f"{verb} ended with status {os.waitstatus_to_exitcode(status)}" if dead else ""
            result = pickle.dumps((text, None))
        os.write(told, result)


def answer(pipe: int, function: Any, arguments: tuple[object, ...]) -> None:
    """Put a result, or a traceback, into a pipe; and end."""
    try:
        result = pickle.dumps(("", function(*arguments)))
    except BaseException:
        result = pickle.dumps((traceback.format_exc(), None))
    with open(pipe, "wb") as file:
        file.write(result)
    os._exit(0)


class Recorder:
    """The recorder, in the process that it records."""

    fails = False

    def __init__(self, folder: str, record: str, faults: Faults) -> None:
        """Begin to record what happens below a folder."""
        self._library = ctypes.CDLL(None)
        self.faults(faults)
        self._library.recorder_start(os.fsencode(folder), os.fsencode(record))

    def faults(self, faults: Faults) -> None:
        """What is to happen from now on."""
        self._library.recorder_faults(*(ctypes.c_long(number) for number in faults))

    def mark(self, text: str) -> None:
        """Put a mark of one's own into the record."""
        self._library.recorder_mark(text.encode())


class Marks:
    """What a program sets marks with, as with a recorder."""

    def __init__(self, folder: str, fails: bool) -> None:
        """Where they are set, and whether the device fails, whoever may meet that."""
        self._file = os.open(os.path.join(folder, "marks"), os.O_WRONLY)
        self.fails = fails

    def faults(self, faults: Faults) -> None:
        """A device knows nothing of processes: those that write to it meet no such faults."""

    def mark(self, text: str) -> None:
        """Put a line into the record."""
        left = text.encode() + b"\n"
        while left:
            left = left[os.write(self._file, left) :]
