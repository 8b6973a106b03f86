"""Run every case: `python -m differential.runner FILE [TARGET]` writes {case: outcome} as JSON.

The folder of the tests is the working directory, on either side.  Each case gets an empty key; what
cases make elsewhere under the same name is swept away before each.  TARGET names the registry that
anyreg is to use, where it is not the default one.
"""

from __future__ import annotations

import json
import os
import pkgutil
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from differential import native, themes
from differential.cases import CASES, FRESH, tried, winreg

CURRENT_USER, LOCAL_MACHINE = winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE
PLACES = (
    (CURRENT_USER, "Software"),
    (CURRENT_USER, ""),
    (LOCAL_MACHINE, "Software"),
    (LOCAL_MACHINE, r"Software\Wow6432Node"),
    (LOCAL_MACHINE, ""),
    (winreg.HKEY_USERS, ""),
    *(
        (root, rf"Software\Classes{below}")
        for root in (CURRENT_USER, LOCAL_MACHINE)
        for below in ("", r"\CLSID", r"\Wow6432Node\CLSID")
    ),
)
OPEN_LINK = 8
ALL = winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_64KEY


def load() -> dict[str, Callable[[Any], object]]:
    """Every case, by name."""
    for module in pkgutil.iter_modules(themes.__path__):
        import_module(f"{themes.__name__}.{module.name}")
    return CASES


def run_all() -> dict[str, str]:
    """The outcome of every case."""
    outcomes = {name: run(function) for name, function in load().items()}
    sweep()
    return outcomes


def run(function: Callable[[Any], object]) -> str:
    """The outcome of one case, on a key of its own."""
    sweep()
    with winreg.CreateKeyEx(CURRENT_USER, rf"Software\{FRESH}", 0, ALL) as key:
        return tried(function, key)


def sweep() -> None:
    """Delete what cases have left."""
    for root, path in PLACES:
        try:
            parent = winreg.OpenKey(root, path, 0, ALL)
        except OSError:
            continue
        with parent:
            remove(parent, FRESH)


def remove(parent: Any, name: str) -> None:
    """Delete a key with all below it, links as links."""
    try:
        key = winreg.OpenKey(parent, name, OPEN_LINK, ALL)
    except OSError:
        return
    with key:
        for _ in range(winreg.QueryInfoKey(key)[0]):
            remove(key, winreg.EnumKey(key, 0))
        native.delete_itself(key)


def main() -> None:
    native.prepare(*sys.argv[2:])
    file = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        os.chdir(scratch)  # some cases save files under short names
        file.write_text(json.dumps(run_all(), indent=1), "utf-8")
        os.chdir(file.parent)


if __name__ == "__main__":
    main()
