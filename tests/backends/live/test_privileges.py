"""What needs a privilege on the running Windows, as the table of docs/registry.md has it.

A child process gives its privileges up for good, as one has none that was not started as
administrator, and tries each verb.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anyreg.system import WINDOWS
from conftest import ROOT

pytestmark = pytest.mark.skipif(not WINDOWS, reason="tests/live runs these by a Windows Python")

VERBS = """
import json, sys
from ctypes import byref, c_uint64, c_void_p
import anyreg
from anyreg.backends.live.declarations import ADJUST_PRIVILEGES, QUERY_TOKEN, Privilege
from anyreg.registry.current_registry import backend_of

folder, *given_up = sys.argv[1:]
registry = anyreg.open()
windows = backend_of(registry).calls.windows
token = c_void_p()
assert windows.open_token(
    windows.current_process(), ADJUST_PRIVILEGES | QUERY_TOKEN, byref(token)
)
for name in given_up:
    luid = c_uint64()
    assert windows.find_privilege(None, name, byref(luid))
    removed = Privilege(1, luid, 4)
    assert windows.adjust_token(token.value, 0, byref(removed), 0, None, None)

path = r"HKCU\\Software\\Conformance"
with registry.create(path) as key:
    key.values["v"] = 7
file = folder + "/saved.hive"
anyreg.open(folder + "/new.hive", "x").close()

def restore():
    with registry.open(path) as key:
        key.values["v"] = 8
        key.restore(file)
        assert dict(key.values) == {"v": 7}

def save():
    with registry.open(path) as key:
        key.save(file)
    with anyreg.open(file) as saved:
        assert dict(saved.root.values) == {"v": 7}

def app_hive():
    with anyreg.app_hive(folder + "/own.hive") as key:
        key.values["v"] = 1

def replace():
    registry.replace("HKU\\\\Conformance", folder + "/new.hive", folder + "/old.hive")

verbs = {
    "save": save,
    "restore": restore,
    "app_hive": app_hive,
    "load": lambda: registry.load("HKU\\\\Conformance", folder + "/new.hive"),
    "replace": replace,
}
told = {}
for name, verb in verbs.items():
    try:
        verb()
        told[name] = "done"
    except anyreg.RegistryError as error:
        told[name] = [type(error).__name__, error.winerror, str(error)]
registry.delete(path, recursive=True)
print(json.dumps(told))
"""


def told_by_child(folder: Path, *given_up: str) -> dict[str, Any]:
    """What comes of each verb in a process without these privileges."""
    done = subprocess.run(
        [sys.executable, "-c", VERBS, str(folder), *given_up],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("privilege", ["SeBackupPrivilege", "SeRestorePrivilege"])
def test_a_hive_is_loaded_by_who_holds_both(tmp_path: Path, privilege: str) -> None:
    """The error names the one that is missing; all else goes without."""
    found = told_by_child(tmp_path, privilege)
    kind, code, words = found["load"]
    assert (kind, code) == ("AccessDeniedError", 1314)
    assert privilege in words
    assert [found[name] for name in ("save", "restore", "app_hive")] == ["done"] * 3


@pytest.mark.wine_lacks("hives that are replaced")
def test_a_hive_is_replaced_by_who_holds_both(tmp_path: Path) -> None:
    found = told_by_child(tmp_path, "SeBackupPrivilege", "SeRestorePrivilege")
    assert found["replace"][:2] == ["AccessDeniedError", 1314]


def test_the_page_says_so() -> None:
    """Of each verb, by the same names."""
    page = (ROOT / "docs" / "registry.md").read_text("utf-8")
    lines = {line.split("|")[1].strip(): line for line in page.splitlines() if line[:1] == "|"}
    both = "both, or `AccessDeniedError` 1314"
    for verb, words in {
        "`key.save()`": "none",
        "`key.restore()`": "none",
        "`registry.load()`, `unload()`, `loaded()`": both,
        "`registry.replace()`": both,
        "`anyreg.app_hive()`": "none",
    }.items():
        assert words in lines[verb].split("|")[4]
