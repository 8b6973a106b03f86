"""Runs plans again: python -m syscalls WORLD SEED [IMAGES [DEPTH]], in the tests' folder."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from syscalls.chains import Plan, Runner
from syscalls.record import build


def main() -> int:
    """Run a plan, and print what was wrong."""
    world, *numbers = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(build(Path(folder)))
        try:
            runner.run(Plan(world, *map(int, numbers)))
        finally:
            runner.close()
    sys.stdout.write("".join(f"{fault}\n" for fault in runner.faults))
    sys.stdout.write(f"{runner.images} images, {len(runner.faults)} wrong\n")
    return 1 if runner.faults else 0


if __name__ == "__main__":
    sys.exit(main())
