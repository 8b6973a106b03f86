"""Measures the calls of winreg in the interpreter that runs it: seconds as argument, JSON out.

A Windows Python measures its own winreg, every other one anyreg's; one row is measured once more as
a user whom every key is asked about.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

if sys.platform == "win32":
    import winreg
else:
    from anyreg import winreg

SECONDS = float(sys.argv[1])
w: Any = winreg


def timed(call: Callable[[], object]) -> float:
    """Microseconds of a call: the best of some batches."""
    batch, best = 200, float("inf")
    end = perf_counter() + SECONDS
    while perf_counter() < end:
        start = perf_counter()
        for _ in range(batch):
            call()
        best = min(best, (perf_counter() - start) / batch * 1e6)
    return best


def calls() -> dict[str, Callable[[], object]]:
    """What is measured, by its name in the table."""
    path = r"Software\AnyregBenchmark"
    top = w.HKEY_CURRENT_USER
    key = w.CreateKey(top, path)
    w.SetValueEx(key, "Name", 0, w.REG_SZ, "a text of some length")
    w.CreateKey(key, "Sub")
    numbers = iter(range(1 << 40))

    def read() -> None:
        opened = w.OpenKey(top, path)
        w.QueryValueEx(opened, "Name")
        w.CloseKey(opened)

    def make() -> None:
        w.CreateKey(key, "New").Close()
        w.DeleteKey(key, "New")

    return {
        "OpenKey, QueryValueEx, CloseKey": read,
        "OpenKey, Close": lambda: w.OpenKey(top, path).Close(),
        "QueryValueEx": lambda: w.QueryValueEx(key, "Name"),
        "EnumValue": lambda: w.EnumValue(key, 0),
        "EnumKey": lambda: w.EnumKey(key, 0),
        "QueryInfoKey": lambda: w.QueryInfoKey(key),
        "SetValueEx, new data": lambda: w.SetValueEx(key, "New", 0, w.REG_QWORD, next(numbers)),
        "SetValueEx, same data": lambda: w.SetValueEx(key, "Same", 0, w.REG_SZ, "x"),
        "CreateKey, Close, DeleteKey": make,
    }


def measured() -> dict[str, float]:
    """Microseconds of each call."""
    found = {name: timed(call) for name, call in calls().items()}
    if sys.platform != "win32":
        import anyreg
        from anyreg.registry.current_registry import current
        from anyreg.security.token import Token

        user = str(current().about()["user"])
        path = r"Software\AnyregBenchmark"
        with anyreg.use(None, token=Token.of(user, "Users")):
            opened = timed(lambda: w.OpenKey(w.HKEY_CURRENT_USER, path).Close())
        found["OpenKey, Close, with a token"] = opened
    return found


print(json.dumps(measured()))
