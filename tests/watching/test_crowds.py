"""Processes that come and go write all at once; what each watch reports of it is exact.

Watches begin in the middle too, and some are slow, so that what waits for them is joined.  Others
end, and go on later where they were: by a journal or the log; where these do not know, anew.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

import anyreg
import share
from anyreg import Registry
from anyreg.registry.watch import Watch
from watching import writing
from watching.model import Mirror, snapshot

PROCESSES = 4
MOST = 8  # watches at a time
AT_THE_END = 60.0  # seconds that the last changes may take to be reported, on a busy machine
TOPS = {
    "hive": ["Crowd"],
    "hive with a journal": ["Crowd"],
    "own": [r"HKEY_LOCAL_MACHINE\SOFTWARE\Crowd", r"HKEY_LOCAL_MACHINE\SYSTEM\Crowd"],
}


class Stream:
    """A watch of a key, and what its batches make of the first snapshot."""

    def __init__(self, registry: Registry, path: str, tops: list[str], is_slow: bool) -> None:
        self.registry = registry
        self.path = path
        self.tops = tops
        self.is_slow = is_slow
        self.paused_at = ""
        self.begin()

    def begin(self) -> None:
        """Watch from here on; a handle is not known for ever where others compact all the time."""
        with self.registry.transaction():
            hold(self.registry, self.tops)
            self.key = self.registry.open(self.path) if self.path else self.registry.root
            self.watch: Watch = self.key.watch(timeout=0, limit=3 if self.is_slow else 64)
            self.mirror: Mirror = snapshot(self.key)

    def pause(self) -> None:
        """Watch no more for now, or go on where it was."""
        if self.paused_at:
            self.watch = self.key.watch(timeout=0, limit=64, since=self.paused_at)
            self.paused_at = ""
        else:
            self.paused_at = self.watch.position
            self.watch.close()

    def take(self) -> None:
        """Apply what is there; where it cannot be known what was missed, begin anew."""
        for batch in () if self.paused_at else self.watch:
            if not batch.is_known:
                self.watch.close()
                self.begin()
                break
            self.mirror.apply(batch)

    def expect(self, last: Mirror) -> None:
        """All is reported soon."""
        if self.paused_at:
            self.pause()
        end = time.monotonic() + AT_THE_END
        while self.mirror.keys != last.keys and time.monotonic() < end:
            self.take()
            time.sleep(0.02)
        self.mirror.expect(last)


def hold(registry: Registry, tops: list[str]) -> None:
    """Nobody else changes anything until the end of the transaction."""
    for top in tops:
        registry.open(top).hold()


class Crowd:
    """Processes that write, four at a time."""

    def __init__(
        self, target: str, journal: bool, tops: list[str], seed: int, changes: int
    ) -> None:
        self.command = [sys.executable, writing.__file__, target, str(int(journal))]
        self.tops = tops
        self.random = random.Random(seed)
        self.left = changes
        self.running: list[subprocess.Popen[bytes]] = []

    def goes_on(self) -> bool:
        """Replace those that have ended, as long as there is anything left to do."""
        for process in [one for one in self.running if one.poll() is not None]:
            assert process.returncode == 0
            self.running.remove(process)
        while self.left > 0 and len(self.running) < PROCESSES:
            count = min(self.left, self.random.randrange(100, 3000))
            self.left -= count
            words = [str(self.random.randrange(1 << 30)), str(count), *self.tops]
            self.running.append(subprocess.Popen([*self.command, *words]))
        return bool(self.running)

    def end(self) -> None:
        """Whoever is still there is ended."""
        for process in self.running:
            process.kill()
            process.wait()


def crowd(folder: Path, kind: str, seed: int, changes: int) -> None:
    """Let them write, and follow them."""
    rnd = random.Random(seed)
    target = str(folder / "target") + ("/" if kind == "own" else "")
    journal = kind == "hive with a journal"
    tops = TOPS[kind]
    paths = ["HKEY_LOCAL_MACHINE", *tops] if kind == "own" else ["", *tops]
    with anyreg.open(target, "x", journal=journal) as registry:
        for top in tops:
            registry.create(top)
        streams = [Stream(registry, path, tops, False) for path in paths]
        streams.append(Stream(registry, paths[0], tops, True))
        writers = Crowd(target, journal, tops, seed, changes)
        try:
            while writers.goes_on():
                time.sleep(0.01)
                for stream in streams:
                    if not stream.is_slow or rnd.random() < 0.02:
                        stream.take()
                if rnd.random() < 0.02 and len(streams) < MOST:
                    streams.append(Stream(registry, rnd.choice(paths), tops, rnd.random() < 0.5))
                elif rnd.random() < 0.005 and len(streams) > len(paths):
                    streams.pop(rnd.randrange(len(paths), len(streams))).watch.close()
                if rnd.random() < 0.04:
                    rnd.choice([stream for stream in streams if not stream.is_slow]).pause()
        finally:
            writers.end()
        with registry.transaction():
            hold(registry, tops)  # which takes over all that others have committed
        for stream in streams:
            stream.expect(snapshot(stream.key))
            stream.watch.close()
        assert registry.check() == []


@pytest.mark.parametrize("kind", TOPS)
def test_a_few_changes(tmp_path: Path, kind: str) -> None:
    """Some hundred."""
    crowd(tmp_path, kind, 1, 150)


@pytest.mark.long
@pytest.mark.parametrize("kind", TOPS)
def test_many_changes(tmp_path: Path, kind: str) -> None:
    """Of all kinds together, 100,000."""
    crowd(tmp_path, kind, share.first(1), share.times(100_000 // len(TOPS)))
