"""A slow network in a process of its own: hosts_worker.py PORT HOSTS DELAY; prints its port."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))


def main() -> None:
    from fleet.delays import DelayedHosts, addresses  # type: ignore[import-not-found]

    port, count, delay = sys.argv[1:]
    with DelayedHosts(("127.0.0.1", int(port)), addresses(int(count)), float(delay)) as network:
        print(network.port, flush=True)
        sys.stdin.read()  # until whoever has started it is done


if __name__ == "__main__":
    main()
