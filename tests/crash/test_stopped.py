"""Another process stands still in the middle of a transaction: nobody who reads waits for it.

Who wants to change what it keeps waits no longer than `timeout=` says, also where the hives were
not open yet.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import Registry, TransactionError

pytestmark = [
    pytest.mark.crash,
    pytest.mark.posix("a process that is stopped (SIGSTOP)"),
]

KEY = r"HKCU\Software\T"
OTHER = r"HKLM\SOFTWARE\T"
LOADED = r"HKLM\Loaded"

# Each line is done in turn; what it prints is the answer.
STEPS = """
import sys, anyreg
from anyreg import TransactionError
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""


class Stepped:
    """A process that does what it is told, and can be stopped."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", STEPS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, *steps: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        for step in steps:
            self.process.stdin.write(step + "\n")
            self.process.stdin.flush()
            assert self.process.stdout.readline() == "done\n"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of one's own with a value in two hives, and a hive that is loaded into it."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    with anyreg.open(tmp_path / "loaded.hiv", "x") as hive:
        hive.write("T", "x", 1)
    with anyreg.open() as registry:
        registry.write(KEY, "x", 1)
        registry.write(OTHER, "x", 1)
    return tmp_path


@pytest.fixture
def other(home: Path) -> Iterator[Stepped]:
    """The process that is going to stand still; it keeps the volatile keys alive meanwhile."""
    process = Stepped()
    process.do("registry = anyreg.open()", f"registry.read({KEY!r}, 'x')")
    yield process
    process.kill()


def files_of(home: Path) -> dict[str, str]:
    return {
        "one hive": str(home / "home" / "NTUSER.DAT"),
        "another": str(home / "home" / "SOFTWARE"),
    }


def keep(other: Stepped, home: Path, what: str) -> None:
    """Let it begin a transaction, change something, and stand still."""
    if what == "several":
        other.do(
            "transaction = registry.transaction(); transaction.__enter__()",
            f"registry.write({KEY!r}, 'x', 2); registry.write({OTHER!r}, 'x', 2)",
        )
    elif what == "volatile":
        other.do(
            f"registry.create({KEY!r} + '\\\\V', volatile=True)",
            "transaction = registry.transaction(); transaction.__enter__()",
            f"registry.create({KEY!r} + '\\\\V2', volatile=True)",
        )
    else:
        other.do(
            f"hive = anyreg.open({files_of(home)[what]!r}, 'r+')",
            "transaction = hive.transaction(); transaction.__enter__()",
            "hive.write('Software\\\\T' if 'NTUSER' in hive.about()['file'] else 'T', 'x', 2)",
        )
    other.stop()


KEPT = ["several", "one hive", "another", "volatile"]


def too_late(registry: Registry) -> float:
    """How long it takes until a transaction over two hives and the volatile keys gives up."""

    def change() -> None:
        with registry.transaction(timeout=0.5):
            registry.write(KEY, "y", 1)
            registry.write(OTHER, "y", 1)
            registry.create(KEY + r"\W", volatile=True)

    began = time.monotonic()
    with pytest.raises(TransactionError, match="still write"):
        change()
    return time.monotonic() - began


@pytest.mark.parametrize("what", KEPT)
def test_the_first_use_of_a_registry_waits_for_no_writer(
    home: Path, other: Stepped, what: str
) -> None:
    """Neither reading, nor a transaction that has a limit of time."""
    keep(other, home, what)
    began = time.monotonic()
    with anyreg.open() as registry:
        key = registry.open(KEY)
        assert (registry.read(KEY, "x"), registry.read(OTHER, "x")) == (1, 1)
        assert len(list(registry.open("HKCU").walk())) > 3
        assert registry.check() == []
        assert registry.problems == []
        assert time.monotonic() - began < 10
        assert 0.4 < too_late(registry) < 5
        other.kill()
        with registry.transaction(durable=True):
            registry.write(KEY, "x", 3)
            registry.write(OTHER, "x", 3)
        assert key.values["x"] == 3
        assert registry.check() == []
    with anyreg.open() as registry:
        assert (registry.read(KEY, "x"), registry.read(OTHER, "x")) == (3, 3)


@pytest.mark.parametrize("what", KEPT)
def test_the_first_use_may_be_a_transaction(home: Path, other: Stepped, what: str) -> None:
    """With nothing open before it, its time is kept all the same."""
    keep(other, home, what)
    with anyreg.open() as registry:
        assert 0.4 < too_late(registry) < 5


def test_who_looks_on_sees_what_others_commit(home: Path, other: Stepped) -> None:
    """From one transaction of theirs to the next; its keys are followed wherever they go."""
    other.do(
        "transaction = registry.transaction(); transaction.__enter__()",
        f"registry.write({KEY!r}, 'x', 2); registry.write({OTHER!r}, 'x', 2)",
    )
    with anyreg.open() as registry:
        key, deleted = registry.open(KEY), registry.open(OTHER)
        assert key.values["x"] == 1
        other.do(
            "transaction.__exit__(None, None, None)",
            "transaction = registry.transaction(); transaction.__enter__()",
            f"registry.write({KEY!r}, 'x', 3); registry.delete({OTHER!r})",
        )
        assert registry.read(KEY, "x") == 2
        assert key.values["x"] == 2
        assert deleted.values["x"] == 2
        other.do("transaction.__exit__(None, None, None)")
        assert registry.read(KEY, "x") == 3
        assert key.values["x"] == 3
        with pytest.raises(anyreg.KeyDeletedError):
            deleted.records()
        assert registry.problems == []


def test_what_is_asked_of_who_looks_on(home: Path, other: Stepped) -> None:
    """Facts, flushes and the end need no writer lock either."""
    keep(other, home, "several")
    with anyreg.open() as registry:
        registry.read(KEY, "x")
        registry.flush()
        assert registry.about()["kind"] == "own registry"


def test_a_transaction_of_the_dead_is_made_up_for_behind_one_who_looked_on(
    home: Path, other: Stepped
) -> None:
    """The record is read by the first transaction then: half of it is never built upon."""
    other.do(
        "import os; real = os.pwrite",
        "def pwrite(fd, data, at): return os._exit(9) if 'NTUSER.DAT.LOG' in os.readlink("
        "f'/proc/self/fd/{fd}') else real(fd, data, at)",
    )
    other.do("transaction = registry.transaction(); transaction.__enter__()")
    other.do(f"registry.write({OTHER!r}, 'x', 2); registry.write({KEY!r}, 'x', 2)")
    with anyreg.open() as registry:
        assert registry.read(KEY, "x") == 1
        assert other.process.stdin is not None
        other.process.stdin.write("os.pwrite = pwrite\ntransaction.__exit__(None, None, None)\n")
        other.process.stdin.flush()
        assert other.process.wait(20) == 9
        registry.write(KEY, "y", 1)
        assert (registry.read(KEY, "x"), registry.read(OTHER, "x")) == (2, 2)


def test_a_loaded_hive_is_read_while_others_keep_it(home: Path, other: Stepped) -> None:
    """Loading it is a change, reading it none."""
    with anyreg.open() as registry:
        registry.load(LOADED, home / "loaded.hiv")
        other.do(
            f"hive = anyreg.open({str(home / 'loaded.hiv')!r}, 'r+')",
            "transaction = hive.transaction(); transaction.__enter__()",
            "hive.write('T', 'x', 2)",
        )
        other.stop()
        with anyreg.open() as another:
            assert another.read(LOADED + r"\T", "x") == 1
            began = time.monotonic()
            with pytest.raises(TransactionError), another.transaction(timeout=0.5):
                another.write(LOADED + r"\T", "x", 3)
            assert time.monotonic() - began < 5
        other.kill()
        assert registry.read(LOADED + r"\T", "x") == 1
