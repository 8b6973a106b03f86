"""Files that are looked at every so many seconds."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from anyreg.errors import NotFoundError
from anyreg.fileevents import watch_files
from anyreg.fileevents.polling import Polling, first_look, look
from anyreg.system import WINDOWS
from fileevents.watching import Calls


def test_nothing_is_reported_where_nothing_is_different(tmp_path: Path) -> None:
    """However often it is looked; and a change is reported once."""
    path, calls = tmp_path / "hive", Calls(0.01)
    path.write_bytes(b"x")
    watch = watch_files([str(path), str(path) + ".LOG1"], calls, poll=0.01)
    calls.nothing()
    path.write_bytes(b"more")
    calls.wait()
    calls.clear()
    calls.nothing()
    watch.close()


@pytest.mark.skipif(WINDOWS, reason="files are not opened there")
def test_a_write_in_no_time_shows_in_the_first_bytes(tmp_path: Path) -> None:
    """With the times of before, as a coarse clock leaves them, and the same size."""
    path = tmp_path / "hive"
    path.write_bytes(b"a" * 100)
    before = look(str(path))
    path.write_bytes(b"a" * 63 + b"b" + b"a" * 36)
    after = look(str(path))
    assert before[2:5] == after[2:5]
    assert before[5] != after[5]


def test_times_and_identity_count(tmp_path: Path) -> None:
    """Also where the first bytes and the size are the same."""
    path = tmp_path / "hive"
    path.write_bytes(b"a" * 100)
    seen = [look(str(path))]
    os.utime(path, ns=(1, 1))
    seen.append(look(str(path)))
    path.rename(tmp_path / "kept")
    seen.append(look(str(path)))
    path.write_bytes(b"a" * 100)
    os.utime(path, ns=(1, 1))
    seen.append(look(str(path)))
    assert len(set(seen)) == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_no_pipe_is_waited_for(tmp_path: Path) -> None:
    """Nor is a folder an error."""
    os.mkfifo(tmp_path / "hive")
    assert look(str(tmp_path / "hive"))[5] == b""
    assert look(str(tmp_path))[5] == b""


def test_the_watch_is_over_when_the_folder_is(tmp_path: Path) -> None:
    """As where the system reports changes."""
    folder, calls = tmp_path / "folder", Calls()
    folder.mkdir()
    watch = watch_files([str(folder / "hive")], calls, poll=0.01)
    shutil.rmtree(folder)
    error = calls.error()
    assert isinstance(error, NotFoundError)
    assert error.path == str(folder / "hive")
    watch.close()
    with pytest.raises(NotFoundError, match="no such folder"):
        watch_files([str(folder / "hive")], calls, poll=0.01)


def test_each_file_is_due_as_often_as_was_asked(tmp_path: Path) -> None:
    """Those with one time come together; where nothing is looked at nothing is due."""
    seen, polling = first_look(str(tmp_path / "a")), Polling()
    assert polling.seconds_left(0) is None
    polling.add("a", 2, seen, 0)
    polling.add("b", 2, seen, 1)
    polling.add("a", 5, seen, 1)
    assert polling.seconds_left(0.5) == 1.5
    assert polling.due(1.9) == []
    assert polling.due(2.5) == [("a", 2), ("b", 2)]
    assert polling.seconds_left(2.5) == 2
    assert polling.due(7) == [("a", 2), ("b", 2), ("a", 5)]
    polling.remove("a", 2)
    polling.remove("b", 2)
    assert polling.seconds_left(7) == 5
    polling.remove("a", 5)
    assert polling.seconds_left(8) is None
