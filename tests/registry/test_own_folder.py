"""The folder of a registry of one's own: nobody else's, and what is in it is what it should be."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

import anyreg
from anyreg.errors import NotSupportedError, RegistryError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions are of another kind there")

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
