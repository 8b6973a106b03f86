"""Changes of files as Linux reports them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from anyreg.errors import AccessDeniedError, NotFoundError, NotSupportedError, RegistryError
from anyreg.fileevents import watch_files
from anyreg.fileevents.inotify import has_inotify
from fileevents.watching import LONG, Calls, descriptors, other_process, until

pytestmark = pytest.mark.skipif(not has_inotify(), reason="this system has no inotify")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

CHANGES = {
    "written": "f = os.open(P, os.O_WRONLY); os.pwrite(f, b'y', 3); os.close(f)",
    "cut": "os.truncate(P, 1)",
    "grown": "os.truncate(P, 10000)",
    "replaced": "open(P + '~', 'w').close(); os.replace(P + '~', P)",
    "removed": "os.unlink(P)",
    "renamed": "os.rename(P, P + '~')",
    "touched": "os.utime(P)",
    "made anew": "os.unlink(P); open(P, 'w').close()",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_kind_of_change_is_reported(tmp_path: Path, change: str) -> None:
    """By another process; and once it is reported, what stands there then is watched."""
    path, calls = tmp_path / "hive", Calls()
    path.write_bytes(b"x" * 100)
    watch = watch_files([str(path)], calls)
    with other_process() as run:
        run(f"P = {str(path)!r}; " + change)
        calls.wait()
        calls.clear()
        run("open(P, 'a').write('more')")
        calls.wait()
    watch.close()
    assert not any(calls.seen)


def test_a_file_that_appears_is_watched_from_then_on(tmp_path: Path) -> None:
    """Whether it is made in place, or renamed to it, as the logs of a hive may be."""
    path, calls = tmp_path / "hive.LOG1", Calls()
    watch = watch_files([str(path)], calls)
    calls.nothing()
    path.write_bytes(b"1")
    calls.wait()
    calls.clear()
    path.write_bytes(b"2")
    calls.wait()
    watch.close()


def test_a_write_past_the_cache_is_reported(tmp_path: Path) -> None:
    """As durable commits are written."""
    from anyreg.engine.file_disk import FileStorage

    path, calls = tmp_path / "hive.LOG1", Calls()
    path.write_bytes(bytes(8192))
    storage = FileStorage(str(path), "r+")
    watch = watch_files([str(path)], calls)
    storage.write_durably(4096, b"x" * 4096)
    calls.wait()
    watch.close()
    storage.close()


def test_neighbours_call_nobody(tmp_path: Path) -> None:
    """Neither when they are written, nor when they come and go."""
    path, calls = tmp_path / "hive", Calls()
    path.touch()
    watch = watch_files([str(path)], calls)
    with other_process() as run:
        run(f"P = {str(path)!r} + '2'; f = open(P, 'w'); f.write('x'); f.close(); os.unlink(P)")
    calls.nothing()
    path.write_bytes(b"x")
    calls.wait()
    watch.close()


def test_a_link_is_followed(tmp_path: Path) -> None:
    """Writes to its file are reported, that it leads elsewhere, and then the other file's."""
    (tmp_path / "a").mkdir()
    first, second, link = tmp_path / "a" / "1", tmp_path / "a" / "2", tmp_path / "hive"
    first.touch()
    second.touch()
    link.symlink_to("a/1")
    calls = Calls()
    watch = watch_files([str(link)], calls)
    for change in (
        lambda: first.write_bytes(b"x"),
        lambda: (tmp_path / "new").replace(first),
        lambda: first.write_bytes(b"y"),
        lambda: (tmp_path / "link").replace(link),
        lambda: second.write_bytes(b"x"),
    ):
        (tmp_path / "new").touch()
        if not (tmp_path / "link").is_symlink():
            (tmp_path / "link").symlink_to("a/2")
        calls.clear()
        change()
        calls.wait()
    calls.clear()
    first.write_bytes(b"z")
    calls.nothing()
    watch.close()


def test_the_watch_is_over_when_the_folder_is(tmp_path: Path) -> None:
    """Deleted or renamed: with one error that names the file; and nothing is left."""
    before = descriptors()

    def delete(folder: Path) -> None:
        shutil.rmtree(folder)

    def rename(folder: Path) -> None:
        folder.rename(tmp_path / "other")

    def empty(folder: Path) -> None:
        folder.rmdir()

    ends: list[Callable[[Path], None]] = [delete, rename, empty]
    for end in ends:
        folder, calls = tmp_path / "folder", Calls()
        folder.mkdir()
        if end is not empty:
            (folder / "hive").touch()
        watch_files([str(folder / "hive"), str(folder / "hive.LOG1")], calls)
        end(folder)
        error = calls.error()
        assert isinstance(error, NotFoundError)
        assert str(folder) in str(error)
        assert "folder of this file" in str(error)
    until(lambda: descriptors() == before)


def test_more_than_the_kernel_keeps_is_a_change_of_everything(tmp_path: Path) -> None:
    """Also what it has forgotten, as that another file was put there, is found then."""
    path, other, go = tmp_path / "hive", tmp_path / "other", threading.Event()
    path.touch()
    other.touch()
    called, calls = threading.Event(), Calls()

    def busy(error: RegistryError | None) -> None:
        called.set()
        go.wait(LONG)

    watches = [watch_files([str(path), f"{path}.LOG1"], busy), watch_files([str(other)], calls)]
    path.write_bytes(b"x")
    assert called.wait(LONG)
    with path.open("ab", 0) as one, Path(f"{path}.LOG1").open("ab", 0) as two:
        for _ in range(int(Path("/proc/sys/fs/inotify/max_queued_events").read_text()) // 2 + 1):
            one.write(b"x")  # two that are alike would be kept as one
            two.write(b"x")
    Path(f"{path}.LOG1").rename(other)
    go.set()
    calls.wait()
    calls.clear()
    other.write_bytes(b"x")
    calls.wait()
    for watch in watches:
        watch.close()


@pytest.mark.skipif(not IS_ROOT, reason="mounts a file system, which only root can")
def test_the_watch_is_over_when_its_file_system_is(tmp_path: Path) -> None:
    """It is unmounted though it is watched, and the error says so."""
    (tmp_path / "disk").mkdir()
    command = ["mount", "-t", "tmpfs", "none", str(tmp_path / "disk")]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("nothing may be mounted here")
    calls = Calls()
    try:
        (tmp_path / "disk" / "hive").touch()
        watch_files([str(tmp_path / "disk" / "hive")], calls)
    finally:
        subprocess.run(["umount", str(tmp_path / "disk")], check=True)
    assert "unmounted" in str(calls.error())


def test_watches_of_one_file_share_what_the_kernel_has(tmp_path: Path) -> None:
    """Also under two of its names; the last one to end gives it up."""
    path, other, calls = tmp_path / "hive", tmp_path / "other", [Calls() for _ in range(4)]
    path.touch()
    other.hardlink_to(path)
    keeper = watch_files([str(tmp_path / "none")], Calls())
    before = descriptors()
    watches = [watch_files([str((path, other)[at % 2])], calls[at]) for at in range(4)]
    assert descriptors()["watches"] == before["watches"] + 1
    for at in range(4):
        path.write_bytes(b"x")
        for still in calls[at:]:
            still.wait()
            still.clear()
        watches[at].close()
    assert descriptors() == before
    keeper.close()


def test_what_cannot_be_watched_is_refused(tmp_path: Path) -> None:
    """And nothing is left of it."""
    before = descriptors()
    with pytest.raises(NotFoundError, match="no such folder") as caught:
        watch_files([str(tmp_path / "hive"), str(tmp_path / "none" / "hive")], Calls())
    assert caught.value.path == str(tmp_path / "none")
    with pytest.raises(NotSupportedError, match="is a folder"):
        watch_files([str(tmp_path)], Calls())
    until(lambda: descriptors() == before)


@pytest.mark.skipif(not IS_ROOT, reason="becomes another user, which only root can")
def test_a_file_that_may_not_be_read_is_refused() -> None:
    """With the error of the package."""
    code = (
        "import os, sys; from anyreg.fileevents import inotify, watch_files\n"
        "os.setuid(65534)\n"
        "try: watch_files([sys.argv[1]], print)\n"
        "except Exception as error: print(type(error).__name__, error.path)"
    )
    with tempfile.TemporaryDirectory() as folder:  # pytest's own lets nobody else in
        Path(folder).chmod(0o755)
        path = Path(folder, "hive")
        path.touch(0o600)
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
        )
    assert done.stdout == f"{AccessDeniedError.__name__} {path}\n", done.stderr


ALONE = ("unshare", "-Ur")
LIMITS = {
    "max_inotify_instances": ("EMFILE", "fs.inotify.max_user_instances"),
    "max_inotify_watches": ("ENOSPC", "fs.inotify.max_user_watches"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_that_is_reached_is_named(tmp_path: Path, limit: str) -> None:
    """In a namespace of users of its own, where root lowers its limits."""
    number, name = LIMITS[limit]
    code = (
        "import errno, sys, threading; from anyreg.fileevents import watch_files\n"
        f"open('/proc/sys/user/{limit}', 'w').write('0')\n"
        "try: watch_files([sys.argv[1]], print)\n"
        "except OSError as error: print(errno.errorcode[error.errno], error)\n"
        "watch_files([sys.argv[1]], print, poll=9).close()\n"
        "print(threading.active_count())"
    )
    if not shutil.which("unshare") or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("no namespaces of users here")
    command = [*ALONE, sys.executable, "-c", code, str(tmp_path / "hive")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith(number), done.stderr
    assert f"sysctl {name}=" in done.stdout
    assert "poll=seconds" in done.stdout
    assert done.stdout.endswith("\n1\n")
