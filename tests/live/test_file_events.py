"""Changes of files, as Windows reports them: by the real kernel32, which is Wine's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import ROOT
from live.wine import Wine, windows_path

pytestmark = pytest.mark.live

PACKAGE = ROOT / "src" / "anyreg"
# That Python has none of the packages that anyreg itself would import.
BEGIN = """
import json, os, shutil, subprocess, sys, threading, time, types
sys.modules["anyreg"] = package = types.ModuleType("anyreg")
package.__path__ = [sys.argv[1]]
from anyreg.fileevents import watch_files

class Calls:
    def __init__(self):
        self.seen, self.came = [], threading.Condition()
    def __call__(self, error):
        with self.came:
            self.seen.append(error and str(error))
            self.came.notify_all()
    def take(self, seconds=20):
        with self.came:
            came = self.came.wait_for(lambda: bool(self.seen), seconds)
        time.sleep(0.1)
        self.seen.clear()
        return came

def alone():
    end = time.monotonic() + 20
    while threading.active_count() > 1 and time.monotonic() < end:
        time.sleep(0.01)
    return threading.active_count() == 1

calls, found = Calls(), {}
"""
CHANGES = """
open("Hive", "wb").write(bytes(4096))
watch = watch_files(["Hive", "Hive.LOG1"], calls)
file = open("Hive", "r+b", buffering=0)
file.write(b"x"); found["written"] = calls.take()
file.seek(0, 2); file.write(b"more"); found["grown"] = calls.take()
file.close(); calls.take(0.2)
os.truncate("Hive", 10); found["cut"] = calls.take()
open("hive.log1", "w").close(); found["appears, in other case"] = calls.take()
open("new", "w").close(); os.replace("new", "Hive"); found["replaced"] = calls.take()
os.unlink("Hive"); found["removed"] = calls.take()
open("Hive", "w").write("y"); found["made anew"] = calls.take()
subprocess.run([sys.executable, "-c", "open('Hive', 'a').write('z')"])
found["by another process"] = calls.take()
watch.close(); alone(); calls.seen.clear()
open("Hive", "w").write("y"); found["closed"] = not calls.take(0.2)
print(json.dumps(found))
"""
REST = """
watch = watch_files(["Hive"], calls)
for at in range(50):
    open("neighbour", "a").write("x")
found["neighbour"] = not calls.take(0.3)
for at in range(50):
    watch_files(["Hive", str(at)], Calls()).close()
watch.close()
found["threads"] = alone()
for wrong in ("none/Hive", "."):
    try:
        watch_files([wrong], calls)
    except OSError as error:
        found[wrong] = type(error).__name__
watch = watch_files(["Hive"], calls, poll=0.05)
open("Hive", "w").write("polled")
found["polled"] = calls.take()
watch_files(["Hive"], calls)
print(json.dumps(found), flush=True)
"""


def run(wine: Wine, folder: Path, code: str) -> dict[str, object]:
    printed = wine.python("-c", BEGIN + code, windows_path(PACKAGE), cwd=folder)
    found: dict[str, object] = json.loads(printed)
    return found


def test_each_kind_of_change_is_reported(wine: Wine, tmp_path: Path) -> None:
    """In place, of names, in any case, and by another process; nothing after the end."""
    found = run(wine, tmp_path, CHANGES)
    assert found == dict.fromkeys(found, True)
    assert len(found) == 9


def test_neighbours_call_nobody_and_nothing_is_left(wine: Wine, tmp_path: Path) -> None:
    """Also the end of the interpreter with watches that are open prints nothing."""
    found = run(wine, tmp_path, REST)
    assert found.pop("none/Hive") == "NotFoundError"
    assert found.pop(".") == "NotSupportedError"
    assert found == {"neighbour": True, "threads": True, "polled": True}
