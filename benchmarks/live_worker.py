"""The live registry by anyreg and by the standard winreg: live_worker.py PAIRS; prints JSON.

Run by a Windows Python, in Wine or on Windows.  Each row is measured in pairs, one right after the
other, since what else a machine does changes its speed from second to second.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import anyreg

winreg: Any = import_module("winreg")  # which type checkers know on Windows alone
PATH = r"Software\anyreg benchmark"
NAMES = [f"value {number}" for number in range(100)]
TOP = "HKEY_LOCAL_MACHINE"

Work = Callable[[], object]


def seconds(work: Work, times: int) -> float:
    """What something takes, on the average of so many times."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def pairs_of(theirs: Work, ours: Work, times: int, pairs: int) -> list[tuple[float, float]]:
    """Times of winreg and of anyreg, in turn the one and the other first."""
    found = []
    for number in range(pairs):
        if number % 2:
            our = seconds(ours, times)
            found.append((seconds(theirs, times), our))
        else:
            their = seconds(theirs, times)
            found.append((their, seconds(ours, times)))
    return found


def open_theirs() -> object:
    key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, PATH)
    found = winreg.QueryValueEx(key, NAMES[0])
    winreg.CloseKey(key)
    return found


def open_ours(registry: anyreg.Registry) -> object:
    key = registry.open("HKCU\\" + PATH)
    found = key.value(NAMES[0])
    key.close()
    return found


def walk_theirs() -> tuple[int, int]:
    """How many keys and values; links are counted, and not followed; a few cannot be opened."""
    keys = values = 0
    stack = [winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, "")]
    while stack:
        with stack.pop() as key:
            try:
                below, here, _ = winreg.QueryInfoKey(key)
            except OSError:  # Perflib\009, which the functions of Windows lead elsewhere
                continue
            keys += 1
            values += len([winreg.EnumValue(key, index) for index in range(here)])
            names = [winreg.EnumKey(key, index) for index in range(below)]
            for name in reversed(names):
                stack.append(winreg.OpenKey(key, name, winreg.REG_OPTION_OPEN_LINK))
    return keys, values


def walk_ours(registry: anyreg.Registry) -> tuple[int, int]:
    """The same."""
    keys = values = 0
    for step in registry.open(TOP).walk():
        keys += 1
        values += len(step.values)
    return keys, values


def main() -> None:
    pairs = int(sys.argv[1])
    with (
        anyreg.open() as registry,
        winreg.CreateKey(winreg.HKEY_CURRENT_USER, PATH) as handle,
    ):
        for name in NAMES:
            winreg.SetValueEx(handle, name, 0, winreg.REG_SZ, f"text of {name}")
        key = registry.open("HKCU\\" + PATH)
        many = {name: winreg.QueryValueEx(handle, name)[0] for name in NAMES}
        assert key.read_many(NAMES) == many
        their_keys, their_values = walk_theirs()
        our_keys, our_values = walk_ours(registry)
        assert our_keys == their_keys
        assert our_values >= their_values
        rows = {
            "open": pairs_of(open_theirs, lambda: open_ours(registry), 200, 4 * pairs),
            "many": pairs_of(
                lambda: [winreg.QueryValueEx(handle, name) for name in NAMES],
                lambda: key.read_many(NAMES),
                5,
                4 * pairs,
            ),
            "walk": pairs_of(walk_theirs, lambda: walk_ours(registry), 1, pairs),
        }
        key.close()
    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, PATH)
    print(json.dumps({"keys": our_keys, "values": our_values, "rows": rows}))


if __name__ == "__main__":
    main()
