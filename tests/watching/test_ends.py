"""How watches end: nothing is left of them, and what ends them says so."""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import anyreg
from anyreg import Registry
from anyreg.fileevents.inotify import has_inotify
from anyreg.registry.watch import Batch
from conftest import REMOVED

SOON = 60.0

linux = pytest.mark.skipif(not has_inotify(), reason="looks into Linux' /proc")


def descriptors() -> list[str]:
    """What is open, by the kind of it; with the watches of inotify."""
    found = []
    for number in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(number.readlink()))
            infos = Path(f"/proc/self/fdinfo/{number.name}").read_text("ascii")
        except FileNotFoundError:
            continue  # it was that of the folder
        found += re.findall(r"^inotify wd:\w+ ino:\w+", infos, re.MULTILINE)
    return sorted(found)


@pytest.fixture(params=["hive", "own"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    """A hive, or a registry of one's own, in a folder that can be taken away."""
    (tmp_path / "house").mkdir()
    target = str(tmp_path / "house/it") + ("/" if request.param == "own" else "")
    registry = anyreg.open(target, "x")
    yield registry
    with suppress(anyreg.RegistryError):
        registry.close()


def top_of(registry: Registry) -> str:
    """A key to be watched; a hive is named by its file."""
    return r"HKEY_CURRENT_USER\Software\V" if registry.about()["kind"] != "hive" else "V"


def nobody_watches() -> bool:
    """Whether the thread of file events ends; it may be busy when its last watch does."""
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        if not any(thread.name == "anyreg files" for thread in threading.enumerate()):
            return True
        time.sleep(0.01)
    return False


@linux
@pytest.mark.parametrize("many", [50, pytest.param(1000, marks=pytest.mark.long)])
def test_nothing_is_left_of_many_watches(registry: Registry, many: int) -> None:
    """One after the other, and all at a time; closed, or only forgotten."""
    with registry:
        key = registry.create(top_of(registry))
        key.watch().close()
        assert nobody_watches()
        before = descriptors()
        for _ in range(many):
            key.watch().close()
        watches = [key.watch(recursive=bool(number % 2)) for number in range(100)]
        for watch in watches:
            watch.close()
        forgotten = [key.watch() for _ in range(10)]
        forgotten.clear()
        del watch
        watches.clear()
        gc.collect()
        assert nobody_watches()
        assert descriptors() == before


@REMOVED
def test_a_registry_whose_folder_is_deleted_ends_its_watches(
    registry: Registry, tmp_path: Path
) -> None:
    """With an error that names it, behind what was reported before."""
    taken: list[Batch] = []
    with registry.create(top_of(registry)).watch(timeout=SOON) as watch:
        registry.write(top_of(registry), "v", 1)
        shutil.rmtree(tmp_path / "house")
        with pytest.raises(anyreg.RegistryError, match="no more watched") as caught:
            taken.extend(watch)
        assert [len(batch) for batch in taken] == [1]
        assert "house" in str(caught.value)
    with suppress(anyreg.RegistryError):  # there are no files to close properly
        registry.close()


PROGRAM = """
import os, sys, threading
import anyreg
registry = anyreg.open(sys.argv[1], "r+")
watch = registry.open(sys.argv[2]).watch()
{}
"""
PROGRAMS = {
    "left open": "",
    "in a thread that waits": """
threading.Thread(target=lambda: list(watch), daemon=True).start()
""",
    "in a callback": """
registry.open(sys.argv[2]).on_change(print)
""",
    "in a child that iterates": """
if os.fork() == 0:
    try:
        next(watch)
    except anyreg.ClosedError as error:
        assert "fork" in str(error), error
        os._exit(0)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
registry.write(sys.argv[2], "x", 1)
assert next(watch)[0].name == "x"
""",
    "in a child that closes it": """
if os.fork() == 0:
    watch.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
registry.write(sys.argv[2], "x", 1)
assert next(watch)[0].name == "x"
""",
    "in a child that ends as usual": """
if os.fork() == 0:
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_ends_without_a_word(registry: Registry, tmp_path: Path, program: str) -> None:
    """However its watch is left; a child of it has none, and says so."""
    if "child" in program and not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    path = top_of(registry)
    with registry:
        registry.create(path)
    target = str(tmp_path / "house/it")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(PROGRAMS[program]), target, path],
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_watch_that_is_closed_ends_its_iteration(registry: Registry) -> None:
    """Also from another thread, and behind an event."""
    with registry:
        key = registry.create(top_of(registry))
        stop = threading.Event()
        watches = [key.watch(), key.watch(stop=stop), key.watch(stop=Flag(stop))]
        ends: list[Callable[[], None]] = [watches[0].close, stop.set, stop.set]
        for watch, end in zip(watches, ends, strict=True):
            ended = threading.Timer(0.05, end)
            ended.start()
            assert list(watch) == []
            ended.join()
            watch.close()
            assert list(watch) == []


class Flag:
    """An event of another kind."""

    def __init__(self, event: threading.Event) -> None:
        self.is_set = event.is_set
