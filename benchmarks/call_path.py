"""How many functions of anyreg one call goes through, and in how many files.

    python benchmarks/call_path.py

Of winreg.SetValueEx on a registry of one's own, up to the write to the log and to its end, and of a
value read on a Windows disk, by a path from its root.  Each is done before it is counted, so that
what happens once in a process does not count.  It needs the plain form: compiled functions tell no
profile.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import anyreg
from anyreg import winreg
from anyreg.engine import COMPILED

PACKAGE = Path(anyreg.__file__).parent
VERSION = r"Microsoft\Windows NT\CurrentVersion"


class Calls:
    """The functions that were called."""

    def __init__(self) -> None:
        self.found: Counter[tuple[str, str]] = Counter()
        self.until_log: Counter[tuple[str, str]] = Counter()

    def note(self, frame: FrameType, event: str, argument: object) -> None:
        """Count a call, if it is of the package."""
        code = frame.f_code
        file = Path(code.co_filename)
        if event != "call" or not file.is_relative_to(PACKAGE):
            return
        name = file.relative_to(PACKAGE).as_posix()
        self.found[name, code.co_qualname] += 1
        is_log = name == "engine/file_disk.py" and code.co_name == "write"
        if is_log and not self.until_log:
            self.until_log = self.found.copy()


def counted(do: Callable[[], object]) -> Calls:
    """Do it often enough to be settled, and count it once."""
    for _ in range(3):
        do()
    calls = Calls()
    sys.setprofile(calls.note)
    try:
        do()
    finally:
        sys.setprofile(None)
    return calls


def row(name: str, calls: Counter[tuple[str, str]], is_long: bool) -> None:
    """Print the numbers; with every function where they are asked for."""
    print(f"{name}: {calls.total()} calls in {len({file for file, _ in calls})} files")
    if is_long:
        for (file, function), count in calls.items():
            print(f"    {count:4} {file} {function}")


def setting(folder: Path) -> Calls:
    """SetValueEx on a registry in a folder, each time to another number."""
    numbers = iter(range(100))
    with anyreg.open(f"{folder}/", "x") as registry, anyreg.use(registry):
        key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Software\Vendor\Product")
        with key:
            return counted(
                lambda: winreg.SetValueEx(key, "Number", 0, winreg.REG_DWORD, next(numbers))
            )


def reading(folder: Path) -> Calls:
    """A value of a disk that holds SOFTWARE alone."""
    config = folder / "Windows" / "System32" / "config"
    config.mkdir(parents=True)
    with anyreg.open(config / "SOFTWARE", "x") as hive:
        hive.write(VERSION, "CurrentVersion", "6.3")
    with anyreg.open(folder) as registry:
        path = rf"HKLM\SOFTWARE\{VERSION}"
        return counted(lambda: registry.read(path, "CurrentVersion"))


def main() -> None:
    """Print all that is counted; with the argument -v every function."""
    if COMPILED:
        sys.exit("this needs the plain form of anyreg")
    is_long = "-v" in sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="anyreg-benchmark-") as folder:
        written = setting(Path(folder, "own"))
        row("SetValueEx, to the log's write", written.until_log, is_long)
        row("SetValueEx", written.found, False)
        read = reading(Path(folder, "disk"))
        row("a value read on a Windows disk", read.found, is_long)


if __name__ == "__main__":
    main()
