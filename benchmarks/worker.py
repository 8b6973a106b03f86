"""One measurement in a process of its own: worker.py READER JOB SECONDS HIVE [ARGUMENTS].

It imports the reader, reads the file once so that the system has it in memory, does the job again
and again until the seconds are over, at least once, and prints what it took as JSON.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
import warnings
from pathlib import Path

from readers import READERS, Reader

MOST = 30  # repetitions


def peak() -> int:
    """The most memory that this process has had, in bytes."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def form() -> str:
    """Which form of this project is installed here."""
    from anyreg.engine import COMPILED

    return "compiled" if COMPILED else "plain"


def measured(reader: Reader, job: str, hive: str, arguments: list[str], seconds: float) -> object:
    """Times of the repetitions, the counts of the last, and memory over what was there before."""
    before = peak()
    times: list[float] = []
    while not times or (len(times) < MOST and sum(times) < seconds):
        start = time.perf_counter()
        if job == "walk":
            counts = reader.walk(hive)
        elif job == "one":
            counts = reader.one(hive, arguments[:-1], arguments[-1])
        else:
            counts = reader.find(hive, *arguments)
        times.append(time.perf_counter() - start)
    return {"times": times, "counts": counts, "memory": peak() - before}


def main() -> None:
    name, job, *rest = sys.argv[1:]
    if job == "form":
        print(json.dumps(form()))
        return
    seconds, hive, *arguments = rest
    warnings.simplefilter("ignore")
    logging.disable()
    try:
        reader = READERS[name]()
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    with Path(hive).open("rb") as file:  # so that the system has it in memory
        while file.read(1 << 20):
            pass
    print(json.dumps(measured(reader, job, hive, arguments, float(seconds))))


if __name__ == "__main__":
    main()
