"""The folder of a registry of one's own: nobody else's, and what is in it is what it should be."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import anyreg
from anyreg.backends.unwritable_hives import open_unwritable
from anyreg.errors import NotSupportedError, RegistryError

pytestmark = pytest.mark.posix("permissions as bits of a mode")

LETTER = b"my dear friend\n" * 1000
FILES = (
    "anyreg.json", "anyreg.commit", "anyreg.replace", "volatile", "opening.lock", "in-use.lock",
    "SYSTEM", "SYSTEM.LOG1", "NTUSER.DAT.LOG2",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new registry."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    folder = tmp_path / "home"
    anyreg.open(f"{folder}/", "x").close()
    return folder


def write_two(home: Path, number: int) -> None:
    """A transaction over two hives."""
    with anyreg.open(home, "r+") as registry, registry.transaction():
        registry.write(r"HKCU\Software\T", "x", number)
        registry.write(r"HKLM\SOFTWARE\T", "x", number)


def test_folders_above_it_belong_to_the_user_alone(tmp_path: Path) -> None:
    """Whatever the mask says: who may write into one could rename the registry away."""
    before = os.umask(0)
    try:
        anyreg.open(f"{tmp_path}/above/it/home/", "x").close()
    finally:
        os.umask(before)
    for name in ("above", "above/it", "above/it/home"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o700


def test_a_folder_into_which_all_may_write_is_refused(home: Path) -> None:
    """Whether it holds a registry already or not."""
    home.chmod(0o777)
    with pytest.raises(NotSupportedError, match="every user may write"):
        anyreg.open(home)
    empty = home.with_name("empty")
    empty.mkdir()
    empty.chmod(0o1777)
    with pytest.raises(NotSupportedError, match="every user may write"):
        anyreg.open(f"{empty}/", "x")
    assert list(empty.iterdir()) == []
    home.chmod(0o750)
    anyreg.open(home).close()


def test_the_folder_of_another_user_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only root may look after it."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(NotSupportedError, match="another user"):
        anyreg.open(home)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    anyreg.open(home).close()


@pytest.mark.parametrize("kind", ["symbolic link", "hard link", "pipe"])
@pytest.mark.parametrize("name", FILES)
def test_what_has_the_name_of_its_file_is_not_written(home: Path, name: str, kind: str) -> None:
    """It is refused at once, whatever it leads to stays, and without it all is there."""
    write_two(home, 1)
    file = home / name
    letter = home.with_name("letter")
    letter.write_bytes(LETTER)
    kept = home.with_name("kept")
    if file.exists():
        file.rename(kept)
    if kind == "symbolic link":
        file.symlink_to(letter)
    elif kind == "hard link":
        file.hardlink_to(letter)
    else:
        os.mkfifo(file)
    with pytest.raises((RegistryError, ExceptionGroup)):
        write_two(home, 2)
    assert letter.read_bytes() == LETTER
    file.unlink()
    if kept.exists():
        kept.rename(file)
    with anyreg.open(home) as registry:
        assert registry.read(r"HKCU\Software\T", "x") == 1
        assert registry.read(r"HKLM\SOFTWARE\T", "x") == 1
        assert registry.check() == []
    write_two(home, 3)


def test_a_record_that_is_none_is_not_written_over(home: Path) -> None:
    """An empty one, or one of zeros, is what a cut may leave."""
    record = home / "anyreg.commit"
    record.write_bytes(LETTER)
    with pytest.raises(NotSupportedError, match="no record of transactions"):
        write_two(home, 1)
    assert record.read_bytes() == LETTER
    for data in (b"", bytes(3), bytes(4096)):
        record.write_bytes(data)
        write_two(home, 1)


def test_a_registry_by_two_names_is_one(home: Path) -> None:
    """In one process too: what is written by one is there by the other, volatile keys as well."""
    link = home.with_name("link")
    link.symlink_to(home)
    with anyreg.open(home) as one, anyreg.open(link) as two:
        one.create(r"HKCU\Volatile", volatile=True)
        for number in range(5):
            one.write(r"HKCU\A", f"{number}", 1)
            two.write(r"HKCU\A", f"two {number}", 1)
        assert len(one.open(r"HKCU\A").values) == 10
        assert "Volatile" in two.open("HKCU").subkeys
        assert one.about()["folder"] == two.about()["folder"] == str(home.resolve())


# Where nothing can be written


def contents_of(registry: anyreg.Registry) -> list[object]:
    """Every key and value, but for those of the machine that are volatile."""
    found: list[object] = []
    for top in (r"HKLM\SOFTWARE", r"HKLM\SYSTEM", "HKCU", r"HKU\.DEFAULT"):
        for step in registry.open(top).walk():
            found.append((step.key.path, list(step.key.records())))
    return found


def mounted_read_only(folder: Path) -> bool:
    commands = [["mount", "--bind"], ["mount", "-o", "remount,ro,bind"]]
    places = [[str(folder), str(folder)], [str(folder)]]
    return not os.geteuid() and all(
        subprocess.run([*command, *place], capture_output=True, check=False).returncode == 0
        for command, place in zip(commands, places, strict=True)
    )


def run_anyreg(home: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "anyreg", *words]
    place = os.environ | {"ANYREG_HOME": str(home)}
    done = subprocess.run(command, env=place, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_registry_on_a_read_only_file_system_can_be_read(home: Path) -> None:
    """By its path, as one's own, and by commands; it cannot be written."""
    write_two(home, 1)
    with anyreg.open(home) as registry:
        expected = contents_of(registry)
    if not mounted_read_only(home):
        pytest.skip("nothing can be mounted here")
    try:
        with anyreg.open(home, "r") as registry:
            assert contents_of(registry) == expected
            assert registry.check() == []
            assert registry.about()["folder"] == str(home.resolve())
            with pytest.raises(NotSupportedError):
                registry.write("HKCU", "a", 1)
        assert run_anyreg(home, "set", r"HKCU\Software\T", "x", "2") == (2, "")
        assert run_anyreg(home, "get", r"HKCU\Software\T", "x") == (0, "1\n")
        with pytest.raises(RegistryError, match="Read-only"):
            anyreg.open(home, "r+")
    finally:
        subprocess.run(["umount", str(home)], check=True)


def test_what_a_transaction_has_promised_is_there(home: Path) -> None:
    """Its process died behind the record, before any hive had its part; nothing is written."""
    write_two(home, 1)
    before = home.with_name("before")
    with anyreg.open(home) as registry:
        shutil.copytree(home, before)
        with registry.transaction():
            registry.write(r"HKCU\Software\T", "x", 2)
            registry.write(r"HKLM\SOFTWARE\T", "x", 2)
        shutil.copy(home / "anyreg.commit", before / "anyreg.commit")
    files = {path: path.read_bytes() for path in before.rglob("*") if path.is_file()}
    registry = anyreg.Registry(open_unwritable(str(before)))
    assert registry.read(r"HKCU\Software\T", "x") == 2
    assert registry.read(r"HKLM\SOFTWARE\T", "x") == 2
    assert registry.problems == registry.check() == []
    registry.close()
    assert {path: path.read_bytes() for path in before.rglob("*") if path.is_file()} == files


def test_where_there_is_none_none_is_made_up(tmp_path: Path) -> None:
    """A folder without a registry, or with one of a later version."""
    with pytest.raises(RegistryError, match="no such file"):
        open_unwritable(str(tmp_path))
    (tmp_path / "anyreg.json").write_text('{"format": 99, "user": "S-1-5-21-1"}')
    with pytest.raises(NotSupportedError, match="later version"):
        open_unwritable(str(tmp_path))


def test_who_was_killed_while_it_was_made_stops_nobody(home: Path) -> None:
    """Halfway in giving its mark the name that it is to have."""
    home.joinpath("anyreg.json.0123456789ab.new").hardlink_to(home / "anyreg.json")
    with anyreg.open(home, "r+") as registry:
        registry.write(r"HKCU\Software\T", "x", 7)
    with anyreg.open(home) as registry:
        assert registry.read(r"HKCU\Software\T", "x") == 7


def test_a_history_by_two_names_is_one(home: Path) -> None:
    """Of a hive and of a registry: what was done by one name is undone by the other."""
    file, link = home.with_name("a.hiv"), home.with_name("b.hiv")
    anyreg.open(file, "x").close()
    link.symlink_to(file)
    folder = home.with_name("link")
    folder.symlink_to(home)
    for one, two, key in ((file, link, "A"), (home, folder, r"HKCU\A")):
        with (
            anyreg.open(one, "r+", journal=True) as first,
            anyreg.open(two, "r+", journal=True) as second,
        ):
            first.write(key, "x", 1)
            second.write(key, "x", 2)
            assert len(list(first.journal)) == len(list(second.journal)) == 2
            first.journal.undo()
            assert second.read(key, "x") == 1
