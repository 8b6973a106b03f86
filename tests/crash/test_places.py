"""Files that are put in a place: synced first, whoever made them; the names of their folders after.

The calls of the system are watched: a file that gets a name by which it counts must hold what it
held when it was last synced, and its folder must be synced behind that.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import anyreg
from anyreg.errors import NotSupportedError
from anyreg.registry.journal import JournalSettings

pytestmark = [
    pytest.mark.crash,
    pytest.mark.posix("names of open files out of /proc"),
]

KEY = r"HKLM\SOFTWARE\T"


class Watch:
    """What is synced, and what gets a name.

    Attributes:
        faults: Files that took their place unsynced.
        unnamed: Folders in which names were given that are not durable yet.
        synced: Folders that were synced.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known: dict[tuple[int, int], bytes] = {}
        self.faults: list[str] = []
        self.unnamed: set[str] = set()
        self.synced: set[str] = set()
        for name in ("fsync", "fdatasync"):
            monkeypatch.setattr(os, name, self._synced(getattr(os, name)))
        for name in ("rename", "replace", "link"):
            monkeypatch.setattr(os, name, self._named(getattr(os, name)))

    def _synced(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def sync(number: int) -> None:
            real(number)
            path = Path(f"/proc/self/fd/{number}").readlink()
            if path.is_dir():
                self.synced.add(str(path))
                self.unnamed.discard(str(path))
            else:
                seen = os.fstat(number)
                self.known[seen.st_dev, seen.st_ino] = digest(path)

        return sync

    def _named(self, real: Callable[..., None]) -> Callable[..., None]:
        def name(old: str | Path, new: str | Path) -> None:
            seen = Path(old).stat()
            if self.known.get((seen.st_dev, seen.st_ino)) != digest(old):
                self.faults.append(f"{old} -> {new}")
            real(old, new)
            if Path(new).name != "volatile":  # where the volatile keys are, until a restart
                self.unnamed.add(str(Path(new).resolve().parent))

        return name


def digest(path: str | Path) -> bytes:
    return hashlib.sha256(Path(path).read_bytes()).digest()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Looks on from the start."""
    return Watch(monkeypatch)


@pytest.fixture
def home(tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Path:
    """See made_home()."""
    return made_home(tmp_path, monkeypatch)


def made_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of one's own, with a hive beside it that somebody has copied there unsynced."""
    runtime = folder / "runtime"
    runtime.mkdir(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("ANYREG_HOME", str(folder / "home"))
    with anyreg.open() as registry:
        registry.write(KEY, "n", 1)
        registry.open(r"HKLM\SOFTWARE").save(folder / "saved.hiv")
    shutil.copyfile(folder / "saved.hiv", folder / "new.hiv")
    return folder


def replace(home: Path) -> None:
    with anyreg.open() as registry:
        registry.replace(r"HKLM\SOFTWARE", home / "new.hiv", home / "old.hiv")
    anyreg.open().close()


def save(home: Path) -> None:
    with anyreg.open() as registry:
        registry.open(r"HKLM\SOFTWARE").save(home / "again.hiv")


def export(home: Path) -> None:
    with anyreg.open() as registry:
        for name in ("a.reg", "a.json", "a.csv", "a.hiv"):
            for _ in range(2):  # the second takes the place of the first
                registry.open(KEY).export(home / name)


def restore(home: Path) -> None:
    with anyreg.open() as registry:
        registry.open(r"HKLM\SOFTWARE").restore(home / "new.hiv")


def compact(home: Path) -> None:
    anyreg.compact(home / "new.hiv", home / "compact.hiv")
    with anyreg.open(home / "new.hiv", "r+") as registry:
        registry.compact()


def repair(home: Path) -> None:
    anyreg.repair(home / "new.hiv", home / "repaired.hiv")


def create(home: Path) -> None:
    anyreg.open(home / "made.hiv", "x").close()


def journal(home: Path) -> None:
    settings = JournalSettings(folder=str(home / "far" / "away" / "history"))
    with anyreg.open(home / "new.hiv", "r+", journal=settings) as registry:
        registry.write("A", "x", 1)
        registry.journal.undo()


def own(home: Path) -> None:
    anyreg.open(f"{home}/above/own/", "x").close()


VERBS = [replace, save, export, restore, compact, repair, create, journal, own]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb.__name__))
def test_what_takes_a_place_is_synced_and_so_is_its_name(
    home: Path, verb: Callable[[Path], None], watch: Watch
) -> None:
    """The file first, its folder after."""
    require_synced(home, verb, watch)


def require_synced(home: Path, verb: Callable[[Path], None], watch: Watch) -> None:
    """All but what is volatile, and logs of hives that are clean."""
    verb(home)
    volatile = str(home / "runtime")
    assert [fault for fault in watch.faults if volatile not in fault and ".LOG" not in fault] == []
    assert [folder for folder in watch.unnamed if not folder.startswith(volatile)] == []


def test_the_old_file_is_safe_before_the_new_one_takes_its_name(
    home: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names may reach the disk in any order: the folders are synced between the two steps."""
    real = os.replace
    between: list[bool] = []

    def rename(old: str, new: str) -> None:
        if new.endswith("SOFTWARE"):
            between.append(not watch.unnamed & {str(home), str(home / "home")})
        real(old, new)

    monkeypatch.setattr(os, "replace", rename)
    replace(home)
    assert between == [True]
    assert (home / "old.hiv").exists()


def test_a_plan_is_not_durable_before_the_file_that_it_names(
    home: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a power cut leaves an empty file in the plan, and the registry cannot be opened."""
    new = home / "new.hiv"
    durable: list[bool] = []
    real = os.replace

    def put(old: str, name: str) -> None:
        if name.endswith("anyreg.replace"):
            seen = new.stat()
            is_synced = watch.known.get((seen.st_dev, seen.st_ino)) == digest(new)
            durable.append(is_synced and str(home) in watch.synced)
        real(old, name)

    watch.synced.clear()
    monkeypatch.setattr(os, "replace", put)
    replace(home)
    assert durable == [True]


def test_new_folders_are_durable_with_all_above_them(home: Path, watch: Watch) -> None:
    """Those of a registry and of a history, in whatever depth; also those that were there."""
    (home / "there").mkdir()
    watch.synced.clear()
    anyreg.open(f"{home}/there/a/b/", "x").close()
    expected = {home, home / "there", home / "there/a", home / "there/a/b"}
    assert {str(folder) for folder in expected} <= watch.synced
    settings = JournalSettings(folder=str(home / "there/c/d"))
    with anyreg.open(home / "new.hiv", "r+", journal=settings) as registry:
        registry.write("A", "x", 1)
    assert {str(home / "there/c"), str(home / "there/c/d")} <= watch.synced


@pytest.mark.parametrize(
    "left", [["SYSTEM.0123456789ab.new"], ["in-use.lock"], ["anyreg.json.0123456789ab.new"]]
)
def test_a_registry_whose_making_was_cut_off_is_made(home: Path, left: list[str]) -> None:
    """A draft may outlive the lock that shows whose it is; it goes."""
    folder = home / "cut"
    folder.mkdir()
    for name in left:
        (folder / name).write_bytes(b"part of it")
    with anyreg.open(f"{folder}/", "x") as registry:
        registry.write(KEY, "n", 1)
    assert [path.name for path in folder.iterdir() if path.name.endswith(".new")] == []
    with anyreg.open(folder) as registry:
        assert registry.read(KEY, "n") == 1


def test_a_folder_with_anything_else_in_it_is_left_alone(home: Path) -> None:
    """Hives above all: what is made there would take their place."""
    for name in ("SYSTEM", "notes.new", "SYSTEM.LOG1"):
        folder = home / f"with {name}"
        folder.mkdir()
        (folder / name).write_bytes(b"mine")
        with pytest.raises(NotSupportedError, match="other things"):
            anyreg.open(f"{folder}/", "x")
        assert [path.name for path in folder.iterdir()] == [name]


def test_the_lock_is_durable_before_anything_is_made(
    home: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a cut could keep a hive and lose what shows whose it is."""
    folder = home / "made"
    seen: list[bool] = []
    real = os.link

    def link(old: str, new: str) -> None:
        if str(folder) in str(new):
            seen.append(str(folder) in watch.synced)
        real(old, new)

    monkeypatch.setattr(os, "link", link)
    anyreg.open(f"{folder}/", "x").close()
    assert seen
    assert all(seen)
