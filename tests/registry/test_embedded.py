"""A registry of one's own: its folder, its life, its processes."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
import share
from anyreg import NotFoundError, NotSupportedError, RegistryError

KEY = r"HKCU\Software\Test"

STEPS = """
import sys, anyreg
registry = anyreg.open(sys.argv[1])
for line in sys.stdin:
    print(eval(line), flush=True)
"""


class Other:
    """Another process that has the registry open."""

    def __init__(self, home: Path) -> None:
        command = [sys.executable, "-c", STEPS, str(home)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, step: str) -> str:
        """What an expression gives there; `registry` is the registry."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(step + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        else:
            self.do("registry.close()")
        self.process.communicate()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the registry is: ANYREG_HOME says so; the runtime folder is the test's own."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def other(home: Path) -> Iterator[Other]:
    anyreg.open().close()
    process = Other(home)
    process.do("1")
    yield process
    process.end(kill=True)


def change_and_fail(registry: anyreg.Registry) -> None:
    with registry.transaction():
        registry.write(KEY, "a", 1)
        registry.write(r"HKLM\SOFTWARE\Test", "a", 1)
        registry.create(r"HKLM\SYSTEM\Test", volatile=True)
        raise ZeroDivisionError


def runtime_files(home: Path) -> list[str]:
    return [file.name for file in (home.parent / "runtime").rglob("*") if file.is_file()]


# The folder


def test_it_is_made_on_first_use(home: Path) -> None:
    """With what programs count on, and sound."""
    with anyreg.open() as registry:
        assert registry.read(r"HKLM\SYSTEM\Select", "Current") == 1
        environment = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
        assert registry.read(environment, "OS") == "Windows_NT"
        assert "Wow6432Node" in registry.open(r"HKLM\SOFTWARE").subkeys
        assert "TEMP" in registry.open(r"HKCU\Environment").values
        assert registry.open(r"HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor\0").values
        assert registry.open(r"HKCC\Software").path == r"HKEY_CURRENT_CONFIG\Software"
        user = str(registry.about()["user"])
        profiles = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
        assert user in registry.open(profiles).subkeys
        assert registry.check() == []


def test_it_stays(home: Path) -> None:
    """The same user, and what was written; by the path of the folder too."""
    with anyreg.open() as registry:
        registry.write(KEY, "a", "b")
        user = registry.about()["user"]
    for target in (None, home, str(home) + "/"):
        with anyreg.open(target) as registry:
            assert registry.read(KEY, "a") == "b"
            assert registry.about()["user"] == user


@pytest.mark.skipif(os.name == "nt", reason="permissions are of another kind there")
def test_its_files_belong_to_the_user_alone(home: Path) -> None:
    """Whatever the mask says."""
    before = os.umask(0)
    try:
        with anyreg.open() as registry:
            registry.create(r"HKCU\Volatile", volatile=True)
            found = [home, *home.iterdir(), *(home.parent / "runtime").rglob("*")]
            assert len(found) > 20
            for file in found:
                assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600)
    finally:
        os.umask(before)


def test_it_is_not_made_where_other_things_are(home: Path) -> None:
    """Nor where one is asked for that must exist, or a new one where one is."""
    home.mkdir()
    (home / "letter.txt").write_text("Dear Ada")
    with pytest.raises(NotSupportedError, match="other things"):
        anyreg.open()
    with pytest.raises(NotSupportedError, match="no registry"):
        anyreg.open(home)
    new = home.parent / "new"
    with pytest.raises(NotFoundError):
        anyreg.open(new)
    anyreg.open(f"{new}/", "x").close()
    with pytest.raises(RegistryError, match="already"):
        anyreg.open(f"{new}/", "x")


def test_what_died_while_it_was_made_is_made_again(home: Path) -> None:
    """The mark comes last; hives without it are nobody's."""
    with anyreg.open() as registry:
        registry.write(KEY, "a", "b")
    (home / "anyreg.json").unlink()
    with anyreg.open() as registry:
        assert registry.read(KEY, "a") is None
        assert registry.check() == []


def test_a_later_version_is_refused(home: Path) -> None:
    """And so is a mark that cannot be read."""
    anyreg.open().close()
    (home / "anyreg.json").write_text(json.dumps({"format": 99, "user": "S-1-5-21-1"}))
    with pytest.raises(NotSupportedError, match="later version"):
        anyreg.open()
    (home / "anyreg.json").write_text("{")
    with pytest.raises(RegistryError, match="cannot be read"):
        anyreg.open()


def test_read_only_means_so(home: Path) -> None:
    """It must be asked for: a registry of one's own is there to be written."""
    anyreg.open().close()
    with anyreg.open(mode="r") as registry:
        assert registry.open(r"HKCU\Software").subkeys
        with pytest.raises(NotSupportedError):
            registry.create(KEY)


def test_a_transaction_spans_its_hives(home: Path) -> None:
    """All or nothing, also what is volatile."""
    with anyreg.open() as registry:
        with pytest.raises(ZeroDivisionError):
            change_and_fail(registry)
        assert "Test" not in registry.open(r"HKCU\Software").subkeys
        assert "Test" not in registry.open(r"HKLM\SOFTWARE").subkeys
        assert "Test" not in registry.open(r"HKLM\SYSTEM").subkeys
        with registry.transaction(durable=True):
            registry.write(KEY, "a", 1)
            registry.write(r"HKLM\SOFTWARE\Test", "a", 1)
    with anyreg.open(home / "NTUSER.DAT") as user, anyreg.open(home / "SOFTWARE") as software:
        assert user.read(r"Software\Test", "a") == software.read("Test", "a") == 1


# Several processes


def test_others_see_what_is_written(home: Path, other: Other) -> None:
    """At once, through keys that they hold; also what is volatile."""
    with anyreg.open() as registry:
        key = registry.create(KEY)
        assert other.do(rf"registry.open(r'{KEY}').values.update(a=1)") == "None"
        assert key.values["a"] == 1
        key.values["a"] = 2
        assert other.do(rf"registry.read(r'{KEY}', 'a')") == "2"
        registry.create(KEY + r"\Volatile", volatile=True)
        assert other.do(rf"list(registry.open(r'{KEY}').subkeys)") == "['Volatile']"
        other.do(rf"registry.open(r'{KEY}').delete('Volatile')")
        assert list(key.subkeys) == []


def test_a_deleted_key_is_dead_for_all(home: Path, other: Other) -> None:
    """Whoever deleted it."""
    with anyreg.open() as registry:
        key = registry.create(KEY)
        other.do(r"registry.open(r'HKCU\Software').delete('Test')")
        with pytest.raises(anyreg.KeyDeletedError):
            key.info()


def test_volatile_keys_live_as_long_as_anyone_has_it_open(home: Path, other: Other) -> None:
    """Then they are gone, and their file with them."""
    with anyreg.open() as registry:
        registry.create(KEY).create("Volatile", volatile=True)
    assert runtime_files(home)
    assert other.do(rf"list(registry.open(r'{KEY}').subkeys)") == "['Volatile']"
    other.end()
    assert runtime_files(home) == []
    with anyreg.open() as registry:
        assert list(registry.open(KEY).subkeys) == []


def test_a_crash_takes_nothing_but_what_is_volatile(home: Path, other: Other) -> None:
    """The next to open it clears that away."""
    other.do(rf"registry.write(r'{KEY}', 'a', 1)")
    other.do(rf"registry.create(r'{KEY}\Volatile', volatile=True) is None")
    other.end(kill=True)
    assert runtime_files(home)
    with anyreg.open() as registry:
        assert registry.read(KEY, "a") == 1
        assert list(registry.open(KEY).subkeys) == []
        assert registry.check() == []
    assert runtime_files(home) == []


def test_a_loaded_hive_is_loaded_for_all(home: Path, other: Other, tmp_path: Path) -> None:
    """Until one of them unloads it."""
    with anyreg.open(tmp_path / "hive", "x") as hive:
        hive.write("Key", "a", 1)
    with anyreg.open() as registry:
        registry.load(r"HKLM\Loaded", tmp_path / "hive")
        assert other.do(r"registry.read(r'HKLM\Loaded\Key', 'a')") == "1"
        other.do(r"registry.unload(r'HKLM\LOADED')")
        assert "Loaded" not in registry.open("HKLM").subkeys
        with anyreg.open(tmp_path / "hive", "r+") as hive:  # nobody has it open any more
            assert hive.about()["state"] == "clean"


def test_a_runtime_folder_that_was_cleared_is_made_again(home: Path) -> None:
    """Some systems clear theirs now and then."""
    with anyreg.open() as first:
        shutil.rmtree(home.parent / "runtime")
        with anyreg.open() as second:
            second.create(KEY)
            second.create(KEY + r"\Volatile", volatile=True)
            assert list(first.open(KEY).subkeys) == ["Volatile"]
        (home / "volatile").unlink()
        with anyreg.open() as third:
            assert list(third.open(KEY).subkeys) == []
            third.create(KEY + r"\Volatile", volatile=True)


def test_many_can_be_the_first(home: Path) -> None:
    """One makes the registry, and all others wait for it."""
    code = rf"import anyreg; anyreg.open().write(r'{KEY}', str(__import__('os').getpid()), 1)"
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(6)]
    assert [process.wait() for process in started] == [0] * 6
    with anyreg.open() as registry:
        assert len(registry.open(KEY).values) == 6
        assert registry.check() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on this system")
def test_a_fork_leaves_its_parents_registry_alone(home: Path) -> None:
    """Whatever it does with what it has got from it."""
    with anyreg.open() as registry:
        key = registry.create(KEY)
        key.create("Volatile", volatile=True)
        child = os.fork()
        if child == 0:
            try:
                registry.close()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        key.values["a"] = 1
        assert list(key.subkeys) == ["Volatile"]
        assert runtime_files(home)


BOTH = r"""
import anyreg
with anyreg.open() as registry:
    mine = registry.create(r"HKCU\Software\Both")
    machine = registry.create(r"HKLM\SOFTWARE\Both")
    print("ready", flush=True)
    while True:
        with registry.transaction():
            for key in (mine, machine):
                key.values["Count"] = key.get_int("Count", default=0) + 1
        mine.values["Alone"] = mine.get_int("Alone", default=0) + 1
"""


def kill_amid_transactions(seconds: float) -> None:
    """Processes that die while they write; the rest sees all of a transaction, or nothing."""
    command = [sys.executable, "-c", BOTH]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    time.sleep(seconds)
    started[0].kill()
    time.sleep(seconds)
    started[1].kill()
    for process in started:
        process.communicate()
    with anyreg.open() as registry:
        mine = registry.read(r"HKCU\Software\Both", "Count")
        assert mine == registry.read(r"HKLM\SOFTWARE\Both", "Count")
        assert registry.check() == []


def test_a_process_that_dies_leaves_no_half_transaction(home: Path) -> None:
    """Two hives at once; the other process goes on."""
    kill_amid_transactions(0.1)


@pytest.mark.long
def test_many_processes_that_die_leave_no_half_transaction(home: Path) -> None:
    """At many moments."""
    for step in share.some(range(40)):
        kill_amid_transactions(0.02 + step * 0.01)


WORKER = r"""
import sys, anyreg
number, rounds = int(sys.argv[1]), int(sys.argv[2])
with anyreg.open() as registry:
    shared = registry.create(r"HKCU\Software\Shared")
    machine = registry.create(r"HKLM\SOFTWARE\Shared")
    for step in range(rounds):
        name = f"{number}.{step % 20}"
        shared.values[name] = step
        assert shared.values[name] == step
        if step % 10 == 0:
            with registry.transaction():
                shared.values["Total"] = shared.get_int("Total", default=0) + 1
        if step % 50 == 0:
            with registry.transaction():
                for key in (shared, machine):
                    key.values["Both"] = key.get_int("Both", default=0) + 1
"""


def work_together(processes: int, rounds: int) -> None:
    """Processes that all write and read the same keys; nothing that one of them did is lost."""
    command = [sys.executable, "-c", WORKER]
    started = [
        subprocess.Popen([*command, str(number), str(rounds)]) for number in range(processes)
    ]
    assert [process.wait() for process in started] == [0] * processes
    with anyreg.open() as registry:
        data = dict(registry.open(r"HKCU\Software\Shared").values)
        assert data.pop("Total") == processes * len(range(0, rounds, 10))
        both = processes * len(range(0, rounds, 50))
        assert data.pop("Both") == registry.read(r"HKLM\SOFTWARE\Shared", "Both") == both
        last = {step % 20: step for step in range(rounds)}
        assert data == {f"{n}.{which}": last[which] for n in range(processes) for which in last}
        assert registry.check() == []


def test_processes_write_together(home: Path) -> None:
    """Three of them, some of the changes over two hives."""
    work_together(3, 40)


@pytest.mark.long
def test_many_processes_write_together(home: Path) -> None:
    """Eight of them, 2,000 writes and reads each."""
    work_together(8, max(50, share.times(2000)))
