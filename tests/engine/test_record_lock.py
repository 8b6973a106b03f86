"""Locks of bytes: they keep programs of others out, and are kept out by them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anyreg.engine.record_lock import NOBODY, UNKNOWN, RecordLock
from anyreg.errors import NotFoundError

pytestmark = pytest.mark.posix("locks of bytes by fcntl()")
HOLD = (
    "import fcntl, sys; file = open(sys.argv[1], 'r+'); fcntl.lockf(file, fcntl.LOCK_EX, 1);"
    " print(flush=True); sys.stdin.read()"
)


@contextmanager
def held_by_another(path: Path) -> Iterator[int]:
    """The number of a process that has the lock as Wine's server takes it."""
    words = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "lock"
    file.touch()
    return file


def test_a_lock_that_another_process_has_is_not_given(path: Path) -> None:
    """And it is known whose it is."""
    lock = RecordLock(str(path))
    with held_by_another(path) as process:
        assert not lock.take()
        assert lock.holder() == process
        looking = RecordLock(str(path), writable=False)
        assert looking.holder() == process
        looking.close()
    assert lock.holder() == NOBODY
    assert lock.take()
    lock.close()


def test_another_process_does_not_get_a_lock_that_is_held(path: Path) -> None:
    """Until it is given back, whatever else is opened and closed meanwhile."""
    lock = RecordLock(str(path))
    assert lock.take()
    RecordLock(str(path)).close()
    words = [sys.executable, "-c", HOLD.replace("LOCK_EX", "LOCK_EX | fcntl.LOCK_NB"), str(path)]
    tried = subprocess.run(words, input=b"", capture_output=True, check=False)
    assert b"BlockingIOError" in tried.stderr
    lock.close()
    assert subprocess.run(words, input=b"", capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process has one lock of a file")
def test_two_locks_of_one_process_keep_each_other_out(path: Path) -> None:
    """Nobody knows then whose it is."""
    first, second = RecordLock(str(path)), RecordLock(str(path))
    assert first.take()
    assert not second.take()
    assert second.holder() == UNKNOWN
    first.close()
    assert second.take()
    second.close()


def test_a_lock_is_of_a_file_that_is_there(path: Path) -> None:
    """And it is known when its name is another file's."""
    lock = RecordLock(str(path))
    assert lock.is_at()
    path.replace(path.with_name("other"))
    assert not lock.is_at()
    with pytest.raises(NotFoundError):
        RecordLock(str(path))
    lock.close()
