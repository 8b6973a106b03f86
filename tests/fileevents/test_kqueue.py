"""Changes of files as macOS and the BSDs report them; elsewhere a model of kqueue stands in."""

from __future__ import annotations

import select
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from anyreg.errors import NotFoundError, NotSupportedError
from anyreg.fileevents import hub, kqueue, watch_files
from anyreg.fileevents.hub import Hub
from anyreg.system import WINDOWS
from fileevents import looking_kqueue
from fileevents.watching import Calls, descriptors, follow_changes, other_process

pytestmark = pytest.mark.skipif(WINDOWS, reason="needs descriptors of folders")


@pytest.fixture(autouse=True)
def source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each hub waits at a KqueueSource."""
    if not hasattr(select, "kqueue"):
        if not Path("/proc/self/fd").exists():
            pytest.skip("the model needs Linux")
        monkeypatch.setattr(kqueue, "_select", looking_kqueue)
    monkeypatch.setattr(hub, "_system_source", kqueue.KqueueSource)


@pytest.mark.parametrize("seed", range(3))
def test_after_each_change_of_another_process_the_call_comes(tmp_path: Path, seed: int) -> None:
    """In any order of writes, renames, deletions and files made anew; and none for a neighbour."""
    follow_changes(tmp_path, seed, None)


def test_a_link_is_followed(tmp_path: Path) -> None:
    """Writes to its file are reported, that it leads elsewhere, and then the other file's."""
    (tmp_path / "a").mkdir()
    first, second, link = tmp_path / "a" / "1", tmp_path / "a" / "2", tmp_path / "hive"
    first.touch()
    second.touch()
    link.symlink_to("a/1")
    (tmp_path / "link").symlink_to("a/2")
    calls = Calls()
    watch = watch_files([str(link)], calls)
    changes: list[Callable[[], object]] = [
        lambda: first.write_bytes(b"x"),
        lambda: (tmp_path / "link").replace(link),
        lambda: second.write_bytes(b"x"),
        second.unlink,
        lambda: second.write_bytes(b"y"),
    ]
    for change in changes:
        change()
        calls.wait()
        calls.clear()
    first.write_bytes(b"z")
    calls.nothing()
    watch.close()


def test_the_watch_is_over_when_the_folder_is(tmp_path: Path) -> None:
    """Deleted or renamed: with one error that names the file."""
    ends: list[Callable[[Path], object]] = [
        shutil.rmtree,
        lambda folder: folder.rename(tmp_path / "other"),
    ]
    for end in ends:
        folder, calls = tmp_path / "folder", Calls()
        folder.mkdir()
        (folder / "hive").touch()
        watch_files([str(folder / "hive"), str(folder / "hive.LOG1")], calls)
        end(folder)
        error = calls.error()
        assert isinstance(error, NotFoundError)
        assert str(folder) in str(error)
    assert Hub.current is None


def test_nothing_is_left_of_many_watches(tmp_path: Path) -> None:
    """And several of one file share what is open."""
    paths = [str(tmp_path / name) for name in ("hive", "hive.LOG1", "hive.LOG2")]
    (tmp_path / "hive").touch()
    before = descriptors()
    for _ in range(20):
        watch_files(paths, Calls()).close()
    with_many = [watch_files(paths, Calls()) for _ in range(100)]
    assert descriptors()["descriptors"] < before["descriptors"] + 10
    for watch in with_many:
        watch.close()
    assert descriptors() == before


def test_what_cannot_be_watched_is_refused(tmp_path: Path) -> None:
    """And nothing is left of it."""
    before = descriptors()
    with pytest.raises(NotFoundError, match="no such folder"):
        watch_files([str(tmp_path / "hive"), str(tmp_path / "none" / "hive")], Calls())
    with pytest.raises(NotSupportedError, match="is a folder"):
        watch_files([str(tmp_path)], Calls())
    assert descriptors() == before


def test_another_process_replaces_the_file_again_and_again(tmp_path: Path) -> None:
    """What was open for the one before is closed."""
    path, calls = tmp_path / "hive", Calls()
    path.touch()
    watch = watch_files([str(path)], calls)
    before = descriptors()
    with other_process() as run:
        run(f"os.chdir({str(tmp_path)!r})")
        for _ in range(10):
            run("open('new', 'w').close(); os.replace('new', 'hive')")
            calls.wait()
            calls.clear()
    assert descriptors() == before
    watch.close()
