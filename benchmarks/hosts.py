"""Many machines at a time and one after the other: python benchmarks/hosts.py [--hosts N].

Addresses of loopback, which one private Samba serves, behind a network on which an answer takes
20 ms; each is asked for one value.  Prints what a machine takes either way, and the quotient, which
is what counts; client, network and server share the cores of this machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import report
from measure import HERE
from report import Promise

sys.path.insert(0, str(HERE.parent / "tests"))
WAY = 0.01  # seconds of one way
TIMES = 8
PATH = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"


@contextmanager
def network(port: int, hosts: int) -> Iterator[int]:
    """The port of a slow network in front of a server, in a process of its own."""
    command = [sys.executable, str(HERE / "hosts_worker.py"), str(port), str(hosts), str(WAY)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.communicate()


def seconds(hosts: list[str], port: int, workers: int) -> float:
    """What one machine takes, of so many."""
    import anyreg
    from remote.smbd import ADMINISTRATOR, PASSWORD  # type: ignore[import-not-found]

    begun = time.perf_counter()
    rows = anyreg.map_hosts(
        hosts,
        lambda registry: registry.read(PATH, "CurrentVersion"),
        workers,
        user=ADMINISTRATOR,
        password=PASSWORD,
        protocol="ntlm",
        port=port,
        connect_timeout=120,
        timeout=120,
    )
    errors = [row.error for row in rows if row.error]
    if errors:
        raise errors[0]
    return (time.perf_counter() - begun) / len(hosts)


def main() -> None:
    parser = argparse.ArgumentParser(description="Many machines, at a time and one by one.")
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--alone", type=int, default=20, help="how many one after the other")
    parser.add_argument("--workers", type=int, default=32)
    chosen = parser.parse_args()
    from fleet.delays import addresses  # type: ignore[import-not-found]
    from remote.smbd import Smbd

    smbd = Smbd()
    port = smbd.start().port
    try:
        hosts = addresses(chosen.hosts)
        with network(port, chosen.hosts) as slow:
            seconds(hosts[:3], slow, 1)  # modules are loaded, the service runs
            single = seconds(hosts[: chosen.alone], slow, 1)
            many = seconds(hosts, slow, chosen.workers)
    finally:
        smbd.stop()
    title = f"{chosen.hosts} machines, {chosen.workers} at a time"
    rows = [
        [f"{chosen.alone} machines, one after the other", report.duration(single), ""],
        [title, report.duration(many), f"{single / many:.1f}"],
    ]
    print(report.table(["", "a machine takes", "times as fast"], rows))
    promise = Promise(title, f"at least {TIMES} times as fast", single / many, "", TIMES, False)
    print(report.promises([promise]))


if __name__ == "__main__":
    main()
