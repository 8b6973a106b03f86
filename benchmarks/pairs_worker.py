"""One row of pairs.py, in a process of its own: pairs_worker.py ROW FOLDER CORPUS; prints seconds.

What both builds can do is used alone, so that an old one can be compared.  Without arguments it
prints the names of the rows.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import generate

import anyreg

HEAD = "Windows Registry Editor Version 5.00\r\n\r\n"
Work = Callable[[Path, Path], float]


def best(times: int, work: Callable[[], object]) -> float:
    """The least that something takes of so many times."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def big_hive(folder: Path, corpus: Path) -> Path:
    """A copy of the large real hive, or a generated one."""
    found = sorted(corpus.rglob("SYSTEM_WIN_10_1709*")) if corpus.is_dir() else []
    hive = folder / "big.dat"
    if found:
        shutil.copy(found[0], hive)
    else:
        generate.generate(hive, 15)
    return hive


def walk(folder: Path, corpus: Path) -> float:
    """Every key and every value of a large hive."""
    with anyreg.open(big_hive(folder, corpus)) as registry:
        return best(5, lambda: walk_once(registry.root))


def walk_once(top: Any) -> None:
    stack = [top]
    while stack:
        key = stack.pop()
        key.records()
        stack.extend(key.children())


def first_commit(folder: Path, corpus: Path) -> float:
    """Opening a large hive, one change, and closing it."""
    hive = folder / "big.dat"
    generate.generate(hive, 15)

    def change() -> None:
        with anyreg.open(hive, "r+") as registry:
            registry.root.values["x"] = time.perf_counter_ns() & 0xFFFF

    return best(5, change)


def commits(folder: Path, count: int, durable: bool) -> float:
    with anyreg.open(folder / "small.dat", "x") as registry:
        key = registry.create("A")

        def some() -> None:
            for number in range(count):
                with registry.transaction(durable=durable):
                    key.values["x"] = number

        return best(5, some) / count


def durable_commit(folder: Path, corpus: Path) -> float:
    """One value changed, durably."""
    return commits(folder, 200, True)


def lazy_commit(folder: Path, corpus: Path) -> float:
    """One value changed, lazily."""
    return commits(folder, 3000, False)


def new_key(folder: Path, corpus: Path) -> float:
    """A key made and deleted, a lazy commit each."""
    with anyreg.open(folder / "small.dat", "x") as registry:
        key = registry.create("A")

        def some() -> None:
            for _ in range(1000):
                key.create("b")
                key.delete("b")

        return best(5, some) / 1000


def calls(count: int, work: Callable[[Any, Any], object]) -> float:
    """One call of winreg, on a registry of one's own."""
    from anyreg import winreg

    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Software\Vendor\Product") as key:
        winreg.SetValueEx(key, "name", 0, winreg.REG_SZ, "data")

        def some() -> None:
            for _ in range(count):
                work(winreg, key)

        return best(7, some) / count


def open_and_query(folder: Path, corpus: Path) -> float:
    """OpenKey, QueryValueEx, CloseKey."""

    def once(winreg: Any, _: Any) -> None:
        key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Vendor\Product")
        winreg.QueryValueEx(key, "name")
        winreg.CloseKey(key)

    return calls(10_000, once)


def set_value(folder: Path, corpus: Path) -> float:
    """SetValueEx of other data each time."""
    numbers = iter(range(1 << 40))
    return calls(
        3000, lambda winreg, key: winreg.SetValueEx(key, "n", 0, winreg.REG_DWORD, next(numbers))
    )


def reg_import(folder: Path, keys: int, values: int) -> float:
    """A .reg file into a new hive."""
    lines = [HEAD]
    for key in range(keys):
        lines.append(f"[HKEY_LOCAL_MACHINE\\X\\k{key:06}]\r\n")
        lines.extend(f'"v{value}"="data {value} of {key}"\r\n' for value in range(values))
        lines.append("\r\n")
    file = folder / "import.reg"
    file.write_text("".join(lines), "utf-16", newline="")

    def once() -> None:
        for old in folder.glob("new.dat*"):
            old.unlink()
        with anyreg.open(folder / "new.dat", "x") as registry:
            registry.import_(file, prefix=r"HKEY_LOCAL_MACHINE\X")

    return best(3, once)


def import_of_values(folder: Path, corpus: Path) -> float:
    """1,000 keys of 100 values."""
    return reg_import(folder, 1000, 100)


def import_of_keys(folder: Path, corpus: Path) -> float:
    """40,000 keys of 2 values."""
    return reg_import(folder, 40_000, 2)


ROWS: dict[str, Work] = {
    work.__name__.replace("_", " "): work
    for work in (
        walk,
        first_commit,
        durable_commit,
        lazy_commit,
        new_key,
        open_and_query,
        set_value,
        import_of_values,
        import_of_keys,
    )
}


def main() -> None:
    if len(sys.argv) == 1:
        print(json.dumps(list(ROWS)))
    else:
        row, folder, corpus = sys.argv[1:]
        print(ROWS[row](Path(folder), Path(corpus)))


if __name__ == "__main__":
    main()
