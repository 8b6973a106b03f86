"""A registry of one's own: its folder, its life, its processes."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
import share
from anyreg import NotFoundError, NotSupportedError, RegistryError
from conftest import LINKS, use_runtime

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
    runtime.mkdir(0o700)
    use_runtime(monkeypatch, runtime)
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


def restart(home: Path) -> None:
    """The computer starts anew: its boot id is another one, and files stay where they are."""
    for record in (home.parent / "runtime").rglob("registry.json"):
        record.write_text(json.dumps(json.loads(record.read_text()) | {"boot": "the one before"}))


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


@pytest.mark.posix("permissions as bits of a mode")
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
    for name in ("opening.lock", "in-use.lock"):  # as in a copy that lacks them
        (home / name).unlink()
    before = sorted(home.rglob("*"))
    with pytest.raises(RegistryError, match="cannot be read"):
        anyreg.open()
    assert sorted(home.rglob("*")) == before


def test_what_is_volatile_stays_where_the_registry_is_refused(home: Path) -> None:
    """After a restart it is made anew; not before SYSTEM says which control set is the current."""
    with anyreg.open() as registry:
        registry.create(KEY + r"\Volatile", volatile=True)
    restart(home)
    system = (home / "SYSTEM").read_bytes()
    (home / "SYSTEM").write_bytes(system[:4096])
    before = {path: path.is_file() and path.read_bytes() for path in home.parent.rglob("*")}
    with pytest.raises(RegistryError, match="SYSTEM"):
        anyreg.open()
    after = {path: path.is_file() and path.read_bytes() for path in home.parent.rglob("*")}
    assert after == before


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


def test_volatile_keys_outlive_all_who_have_it_open(home: Path, other: Other) -> None:
    """As on Windows: what is written below them too."""
    with anyreg.open() as registry:
        registry.create(KEY).create("Volatile", volatile=True).values["a"] = 1
        registry.write(r"HKLM\HARDWARE\DESCRIPTION\System", "a", 2)
    assert other.do(rf"list(registry.open(r'{KEY}').subkeys)") == "['Volatile']"
    other.end()
    with anyreg.open() as registry:
        assert registry.read(KEY + r"\Volatile", "a") == 1
        assert registry.read(r"HKLM\HARDWARE\DESCRIPTION\System", "a") == 2
        assert registry.check() == []
    assert runtime_files(home)


def test_a_restart_of_the_computer_ends_them(home: Path, tmp_path: Path) -> None:
    """Loaded hives are gone as well, but their files are whole; all else stays."""
    load_in_another_process(home, tmp_path / "hive", kill=True)
    with anyreg.open() as registry:
        registry.create(KEY).create("Volatile", volatile=True)
        registry.write(KEY, "a", 1)
    restart(home)
    with anyreg.open() as registry:
        assert list(registry.open(KEY).subkeys) == []
        assert registry.read(KEY, "a") == 1
        assert "Loaded" not in registry.open("HKLM").subkeys
        assert registry.read(r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions", "ProductType")
        assert registry.check() == []
    with anyreg.open(tmp_path / "hive") as hive:
        assert hive.read("Key", "a") == 1
        assert hive.check() == []


def test_no_restart_is_believed_while_somebody_has_it_open(home: Path, other: Other) -> None:
    """Its locks would not have outlived one, whatever the system tells."""
    other.do(rf"registry.create(r'{KEY}').create('Volatile', volatile=True) is None")
    restart(home)
    with anyreg.open() as registry:
        assert list(registry.open(KEY).subkeys) == ["Volatile"]
    other.end()
    with anyreg.open() as registry:
        assert list(registry.open(KEY).subkeys) == []


def test_a_crash_takes_nothing(home: Path, other: Other) -> None:
    """What was committed is there, also what is volatile."""
    other.do(rf"registry.write(r'{KEY}', 'a', 1)")
    other.do(rf"registry.create(r'{KEY}\Volatile', volatile=True) is None")
    other.end(kill=True)
    with anyreg.open() as registry:
        assert registry.read(KEY, "a") == 1
        assert list(registry.open(KEY).subkeys) == ["Volatile"]
        assert registry.check() == []


def kill_amid_volatile_changes(seconds: float) -> None:
    """Processes that die while they write volatile keys; each change is there whole, or not."""
    command = [sys.executable, "-c", VOLATILE]
    started = [subprocess.Popen([*command, n], stdout=subprocess.PIPE) for n in ("a", "b")]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    time.sleep(seconds)
    for process in started:
        process.kill()
        process.communicate()
    with anyreg.open() as registry:
        assert registry.check() == []
        for key in registry.open(r"HKLM\HARDWARE\Many").subkeys.values():
            assert dict(key.values) == {"first": key.name, "second": key.name}


VOLATILE = r"""
import sys, anyreg
with anyreg.open() as registry:
    for step in range(10**6):
        with registry.transaction():
            key = registry.create(rf"HKLM\HARDWARE\Many\{sys.argv[1]}{step % 50}", volatile=True)
            key.values.update(first=key.name, second=key.name)
            if step % 7 == 0:
                registry.delete(key.path)
        if step == 0:
            print("ready", flush=True)
"""


def test_processes_that_die_leave_volatile_keys_whole(home: Path) -> None:
    """Two at a time."""
    for step in range(2):
        kill_amid_volatile_changes(0.1 + step * 0.1)


@pytest.mark.long
def test_many_processes_that_die_leave_volatile_keys_whole(home: Path) -> None:
    """At many moments."""
    for step in range(40):
        kill_amid_volatile_changes(0.02 + step * 0.01)


def test_opening_changes_no_time_and_leaves_no_file(home: Path) -> None:
    """As long as nothing volatile is made, all that stands there can be made anew."""
    seen = []
    for _ in range(2):
        with anyreg.open() as registry:
            top = registry.open(r"HKLM\HARDWARE")
            seen.append([key.last_written for key, _, _ in top.walk()])
        assert runtime_files(home) == []
        time.sleep(0.01)
    assert seen[0] == seen[1]


def test_two_registries_never_mix(home: Path, tmp_path: Path) -> None:
    """Not even a registry and its copy, while the first is open or closed."""
    with anyreg.open() as registry:
        registry.create(KEY).create("Mine", volatile=True)
        shutil.copytree(home, tmp_path / "copy")
        with anyreg.open(tmp_path / "copy") as copy:
            assert list(copy.open(KEY).subkeys) == []
            copy.open(KEY).create("Copied", volatile=True)
        assert list(registry.open(KEY).subkeys) == ["Mine"]
    shutil.rmtree(home)
    with anyreg.open() as registry:
        assert list(registry.create(KEY).subkeys) == []
    with anyreg.open(tmp_path / "copy") as copy:
        assert list(copy.open(KEY).subkeys) == ["Copied"]


def test_a_registry_keeps_its_volatile_keys_when_it_is_moved(home: Path, tmp_path: Path) -> None:
    """It is the same one."""
    with anyreg.open() as registry:
        registry.create(KEY).create("Volatile", volatile=True)
    home.rename(tmp_path / "moved")
    with anyreg.open(tmp_path / "moved") as registry:
        assert list(registry.open(KEY).subkeys) == ["Volatile"]
    with anyreg.open(f"{tmp_path}/new/", "x") as registry:  # which clears away what is left of none
        registry.create(KEY).create("Other", volatile=True)
    with anyreg.open(tmp_path / "moved") as registry:
        assert list(registry.open(KEY).subkeys) == ["Volatile"]


def test_processes_with_another_runtime_folder_see_the_same(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of cron, which have none."""
    with anyreg.open() as registry:
        registry.create(KEY).create("Volatile", volatile=True)
    (tmp_path / "elsewhere").mkdir()
    use_runtime(monkeypatch, tmp_path / "elsewhere")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    with anyreg.open() as registry:
        assert list(registry.open(KEY).subkeys) == ["Volatile"]


# Hives that are loaded


def load_in_another_process(home: Path, file: Path, kill: bool = False) -> None:
    with anyreg.open(file, "x") as hive:
        hive.create("Key")
    anyreg.open().close()
    loader = Other(home)
    assert loader.do(rf"registry.load(r'HKLM\Loaded', {str(file)!r}).name") == "Loaded"
    assert loader.do(r"registry.write(r'HKLM\Loaded\Key', 'a', 1)") == "None"
    loader.end(kill)


def test_a_loaded_hive_stays_when_its_process_ends(home: Path, tmp_path: Path) -> None:
    """Until another unloads it; then its file is up to date, and can be loaded again."""
    load_in_another_process(home, tmp_path / "hive")
    with anyreg.open() as registry:
        assert registry.read(r"HKLM\LOADED\key", "a") == 1
        assert "Loaded" in registry.open("HKLM").subkeys
        assert r"Machine\Loaded" in registry.about()["hives"]  # type: ignore[operator]
        with pytest.raises(anyreg.KeyExistsError):
            registry.load(r"HKLM\Loaded", tmp_path / "hive")
    with anyreg.open() as registry:
        registry.unload(r"HKLM\Loaded")
        assert "Loaded" not in registry.open("HKLM").subkeys
        registry.load(r"HKU\Loaded", tmp_path / "hive")
        assert registry.read(r"HKU\Loaded\Key", "a") == 1


def test_what_a_dead_process_has_left_in_a_loaded_hive_is_there(home: Path, tmp_path: Path) -> None:
    """Unloading it by another process brings its file up to date."""
    load_in_another_process(home, tmp_path / "hive", kill=True)
    with anyreg.open(tmp_path / "hive") as hive:
        assert hive.about()["state"] != "clean"
    with anyreg.open() as registry:
        registry.unload(r"HKLM\Loaded")
    with anyreg.open(tmp_path / "hive") as hive:
        assert hive.about()["state"] == "clean"
        assert hive.read("Key", "a") == 1


@pytest.mark.parametrize("damage", ["gone", "damaged"])
def test_a_loaded_hive_may_go_meanwhile(home: Path, tmp_path: Path, damage: str) -> None:
    """It is left out, told of, an error to who asks for it, and can be unloaded."""
    file = tmp_path / "hive"
    load_in_another_process(home, file)
    for each in tmp_path.glob("hive*"):
        each.unlink()
    if damage == "damaged":
        file.write_bytes(b"no hive")
    with anyreg.open() as registry:
        assert "HARDWARE" in registry.open("HKLM").subkeys
        assert "Loaded" not in list(registry.open("HKLM").subkeys)
        assert any("Loaded cannot be opened" in str(problem) for problem in registry.problems)
        assert any("Loaded" in str(problem) for problem in registry.check())
        with pytest.raises(RegistryError, match="hive"):
            registry.open(r"HKLM\Loaded")
        with pytest.raises(anyreg.KeyExistsError):
            registry.load(r"HKLM\Loaded", file)
        registry.unload(r"HKLM\Loaded")
        with pytest.raises(anyreg.KeyNotFoundError):
            registry.open(r"HKLM\Loaded")


def test_another_file_under_the_same_name_is_another_hive(
    home: Path, other: Other, tmp_path: Path
) -> None:
    """Also for who had the first one open."""
    for name in ("first", "second"):
        with anyreg.open(tmp_path / name, "x") as hive:
            hive.write("Key", "a", name)
    with anyreg.open() as registry:
        registry.load(r"HKLM\Loaded", tmp_path / "first")
        key = registry.open(r"HKLM\Loaded\Key")
        other.do(r"registry.unload(r'HKLM\Loaded')")
        other.do(rf"registry.load(r'HKLM\Loaded', {str(tmp_path / 'second')!r}) is None")
        assert registry.read(r"HKLM\Loaded\Key", "a") == "second"
        with pytest.raises(anyreg.ClosedError):
            key.values["a"] = "lost"


@pytest.mark.parametrize("link", [os.link, pytest.param(os.symlink, marks=LINKS), None])
def test_no_hive_is_mounted_twice(
    home: Path, tmp_path: Path, link: Callable[[Path, Path], None] | None
) -> None:
    """It would wait for itself: neither under two names, nor one of the registry's own."""
    with anyreg.open(tmp_path / "hive", "x") as hive:
        hive.create("Key")
    same = tmp_path / "hive"
    own = home / "SOFTWARE"
    with anyreg.open() as registry:
        registry.load(r"HKLM\Loaded", same)
        if link is not None:
            link(same, tmp_path / "other")
            link(own, tmp_path / "own")
            same, own = tmp_path / "other", tmp_path / "own"
        for file in (same, own):
            with pytest.raises(RegistryError, match="mounted already") as error:
                registry.load(r"HKU\Again", file)
            assert error.value.winerror == 32
        if link is os.link:  # and with two names of that kind they are not written at all
            same.unlink()
            own.unlink()
        with registry.transaction():
            registry.write(r"HKLM\Loaded\Key", "a", 1)
            registry.write(r"HKLM\SOFTWARE\Test", "a", 1)


def test_who_only_reads_loads_nothing_for_all(home: Path, tmp_path: Path) -> None:
    """Nor unloads what others have loaded."""
    load_in_another_process(home, tmp_path / "hive")
    with anyreg.open(tmp_path / "more", "x"), anyreg.open(mode="r") as registry:
        assert registry.read(r"HKLM\Loaded\Key", "a") == 1
        with pytest.raises(NotSupportedError):
            registry.unload(r"HKLM\Loaded")
        with pytest.raises(NotSupportedError):
            registry.load(r"HKLM\More", tmp_path / "more")
        assert registry.read(r"HKLM\Loaded\Key", "a") == 1


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
