"""Open, walk and check files with little memory and time: `python limits.py FILE...`.

One line for each: what happened.  Whatever is no error of the package ends the program.
"""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

import anyreg

MEMORY = 500 << 20
SECONDS = 10  # of the processor: machines are shared


def limit_memory() -> None:
    """Let this process grow by MEMORY and no more."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def use(path: str) -> str:
    """Everything there is to do with a file."""
    try:
        registry = anyreg.open(path)
    except anyreg.RegistryError as error:
        return f"{type(error).__name__}: {error}"
    with registry:
        keys = values = 0
        for _, _, records in registry.root.walk():
            keys += 1
            values += len(records)
        return f"{keys} keys, {values} values, {len(registry.check())} problems"


if __name__ == "__main__":
    limit_memory()
    for path in sys.argv[1:]:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        sys.stdout.write(use(path) + "\n")
        sys.stdout.flush()
