"""What importing anyreg loads, and what it offers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from importlib.util import find_spec
from pathlib import Path

import pytest

import anyreg

PACKAGE = Path(anyreg.__file__).parent
HEAVY = {"typer", "rich", "click", "pytest", "hypothesis", "watchfiles", "smbprotocol"}
UPPER = ("anyreg.cli", "anyreg.web", "anyreg.testing", "anyreg.fileevents")

# `import anyreg.x` runs anyreg/__init__ first.  What that loads was imported then; each other
# module is imported by a child of its own, forked where nothing else was.
ALONE = """
import importlib, os, sys
import anyreg
left = [name for name in sys.argv[1:] if name not in sys.modules]
failed = []
for name in left:
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
        except BaseException as error:
            print(name, repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        failed.append(name)
print(len(left))
sys.exit(bool(failed))
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh interpreter that sees the installed packages only."""
    command = [sys.executable, "-I", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def module_names() -> list[str]:
    """Every module of the installed package, without programs and what extras bring."""
    files = (file.relative_to(PACKAGE.parent).with_suffix("") for file in PACKAGE.rglob("*.py"))
    names = {".".join(file.parts).removesuffix(".__init__") for file in files}
    has_cli = find_spec("typer") is not None
    return sorted(
        name
        for name in names
        if not name.endswith("__main__") and (has_cli or not name.startswith("anyreg.cli"))
    )


def test_importing_anyreg_loads_no_program_and_no_extra() -> None:
    """`import anyreg` costs its core and nothing else."""
    loaded = json.loads(run("import anyreg, sys, json; print(json.dumps([*sys.modules]))").stdout)
    assert "anyreg" in loaded
    assert not [name for name in loaded if name.split(".")[0] in HEAVY or name.startswith(UPPER)]


WATCHED = """
import gc, sys
asked = []
for name in ("collect", "disable", "enable", "freeze", "set_threshold", "unfreeze"):
    setattr(gc, name, lambda *arguments, name=name: asked.append(name))
import anyreg, anyreg.winreg, anyreg.testing
with anyreg.open("memory:") as registry:
    registry.import_(sys.argv[1])
    assert registry.read("HKCU\\\\New", "x") == 1
print(asked)
"""


def test_the_garbage_collector_belongs_to_the_program(tmp_path: Path) -> None:
    """Neither importing anyreg nor a large piece of its work changes how garbage is looked for."""
    file = tmp_path / "new.reg"
    file.write_text('REGEDIT4\n\n[HKEY_CURRENT_USER\\New]\n"x"=dword:1\n')
    done = run(WATCHED, str(file))
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_every_module_imports_alone() -> None:
    """No module leans on another one having been imported before."""
    names = module_names()
    assert "anyreg.engine" in names
    done = run(ALONE, *names)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 0 < int(done.stdout) < len(names)


def test_public_names_are_listed_in_order_and_exist() -> None:
    """`__all__` is sorted, without repeats, and every name in it is there."""
    assert list(anyreg.__all__) == sorted(set(anyreg.__all__))
    assert [name for name in anyreg.__all__ if not hasattr(anyreg, name)] == []


def test_nothing_public_is_unlisted() -> None:
    """A public name of anyreg that is no module stands in `__all__`."""
    public = {
        name
        for name, thing in vars(anyreg).items()
        if not name.startswith("_") and not isinstance(thing, types.ModuleType)
    }
    assert public - {"annotations"} <= set(anyreg.__all__)
