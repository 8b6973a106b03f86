"""Minutes of everything at once: processes, threads, forks, stops, kills, and names that alias.

ANYREG_SOAK  seconds it takes, 180 by default
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import anyreg
import share
from anyreg.errors import NotSupportedError
from crash import soaking
from crash.soaking import ALIASES, HIVE, OWN, PLACES, PROCESSES, number_in, numbers_in

pytestmark = [
    pytest.mark.crash,
    pytest.mark.long,
    pytest.mark.posix("a process that is stopped (SIGSTOP)"),
]

SECONDS = int(os.environ.get("ANYREG_SOAK") or share.times(180))
AT_THE_END = 120.0  # seconds that processes have to close what they have open


@dataclass
class Soak:
    """The processes, and the model: what each has promised.

    Attributes:
        made: The own number of each, by the kind of registry: the last that is known to be made.
        uncertain: A process was killed since: the next may have been made too.
    """

    folder: Path
    random: random.Random
    environment: dict[str, str]
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    read: dict[int, int] = field(default_factory=dict)
    made: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    late: float = 0.0

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def start(self, number: int) -> None:
        command = [sys.executable, soaking.__file__, str(self.folder), str(number)]
        self.running[number] = subprocess.Popen(
            [*command, str(self.random.randrange(1 << 30))], env=self.environment
        )
        self.count("processes")

    def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        for number in range(PROCESSES):
            self.start(number)
        while time.monotonic() < end:
            time.sleep(self.random.random() * 0.5)
            self.disturb(self.random.choice(list(self.running)))
        (self.folder / "stop").touch()
        for number, process in self.running.items():
            try:
                status = process.wait(AT_THE_END)
            except subprocess.TimeoutExpired:
                process.kill()
                pytest.fail(f"process {number} hangs")
            assert status == 0
            self.follow(number, is_killed=False)

    def disturb(self, number: int) -> None:
        process = self.running[number]
        if self.random.random() < 0.6:
            process.send_signal(signal.SIGSTOP)
            time.sleep(self.random.choice((0.05, 0.3, 1.0)))
            process.send_signal(signal.SIGCONT)
            self.count("stops")
        else:
            process.kill()
            process.wait()
            self.count("kills")
            self.follow(number, is_killed=True)
            self.start(number)

    def follow(self, number: int, is_killed: bool) -> None:
        """Read on in a log: what was promised, against what was found after it."""
        log = self.folder / f"{number}.log"
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        for line in lines[self.read.get(number, 0) :]:
            self.line(number, *line.split(" ", 2))
        self.read[number] = len(lines)
        if is_killed:
            for what in (HIVE, OWN):
                self.made.setdefault((what, number), {0}).add(-1)

    def line(self, number: int, verb: str, what: str, rest: str) -> None:
        assert verb != "wrong", f"process {number}: {what} {rest}"
        if verb == "late":
            self.late = max(self.late, float(rest))
            self.count("given up")
            return
        made = self.made.setdefault((what, number), {0})
        found = int(rest)
        if verb == "done":
            assert found not in made, f"{what} of {number}: {found} was made twice"
            made.add(found)
            self.count("commits")
        else:
            self.expect(number, what, found)

    def expect(self, number: int, what: str, found: int) -> None:
        """A process finds what was promised, and after a death perhaps what was on its way."""
        made = self.made.setdefault((what, number), {0})
        is_killed = -1 in made
        last = max(made)
        assert last <= found <= last + (1 if is_killed else 0), f"{what}: {last}, found {found}"
        made.discard(-1)
        missing = {*range(last + 1)} - made
        assert len(missing) <= self.counts.get("kills", 0), f"{what} of {number}: {missing}"
        made.add(found)


@pytest.fixture
def soak(tmp_path: Path) -> Iterator[Soak]:
    """A hive, a registry, and their other names."""
    (tmp_path / "runtime").mkdir(0o700)
    (tmp_path / "real").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
        anyreg.open(tmp_path / "real/HIVE", "x").close()
        anyreg.open(f"{tmp_path}/home/", "x").close()
        (tmp_path / "link.hiv").symlink_to(tmp_path / "real/HIVE")
        (tmp_path / "linked").symlink_to(tmp_path / "real")
        (tmp_path / "home link").symlink_to(tmp_path / "home")
        seed = random.Random(share.SEED or "soak")
        made = Soak(tmp_path, seed, dict(os.environ))
        yield made
    for process in made.running.values():
        process.kill()
        process.wait()


def test_a_long_time_of_everything_at_once(soak: Soak, capsys: pytest.CaptureFixture[str]) -> None:
    """No promised commit is lost, none made twice, nobody hangs, and all is in order in the end."""
    soak.run(SECONDS)
    for what in (HIVE, OWN):
        common, own = PLACES[what]
        for alias in ALIASES[what]:
            with anyreg.open(soak.folder / alias, "r+") as registry:
                numbers = numbers_in(registry, own)
                for number, found in enumerate(numbers):
                    soak.expect(number, what, found)
                assert sum(numbers) == number_in(registry, common, "sum")
                assert registry.check() == []
    os.link(soak.folder / "real/HIVE", soak.folder / "hard.hiv")
    with pytest.raises(NotSupportedError, match="hard links"):
        anyreg.open(soak.folder / "hard.hiv", "r+")
    assert soak.counts["commits"] > SECONDS
    with capsys.disabled():
        print(f"\n{SECONDS} s: {soak.counts}, at most {soak.late:.2f} s late")  # noqa: T201
