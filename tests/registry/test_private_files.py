"""Another user of the system opens none of the files that hold a registry, whatever the umask.

A child process becomes that user and tries: files of hives, logs, records of history, locks,
exports, saved hives and backups, while the registry is open and after it.  Folders that anyreg made
are closed to it; where its owner opens them, each file is closed by itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg

NOBODY = 65534
pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)
SECRETS = r"HKLM\SAM\SAM\Domains\Account"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everyone can enter, and a umask that hides nothing."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    before = os.umask(0)
    try:
        yield made
    finally:
        os.umask(before)
        shutil.rmtree(made)


def read_by_another(folder: Path) -> list[str]:
    """The files below a folder that another user can open, by their names."""
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            for path in files:
                for flags in (os.O_RDONLY, os.O_WRONLY):
                    try:
                        os.close(os.open(path, flags))
                    except PermissionError:
                        continue
                    os.write(writer, f"{path.relative_to(folder)}\n".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        found = told.read().decode().splitlines()
    os.waitpid(child, 0)
    return sorted(set(found))


def open_folders(folder: Path) -> None:
    """Let everyone into all folders, so that each file must be closed by itself."""
    for path in folder.rglob("*"):
        if path.is_dir():
            assert path.stat().st_mode & 0o7777 == 0o700, path
            path.chmod(0o755)


def test_the_other_user_can_open_what_is_open(folder: Path) -> None:
    """Else the tests below would say nothing."""
    (folder / "open").touch(0o666)
    (folder / "closed").touch(0o600)
    assert read_by_another(folder) == ["open"]


def test_a_registry_of_ones_own(folder: Path) -> None:
    """Its hives, logs, locks and history, while it is open and when it is closed."""
    with anyreg.open(f"{folder}/own/", "x") as registry:
        with registry.transaction(durable=True):
            registry.write(SECRETS, "V", b"secret")
            registry.write(r"HKLM\SECURITY\Policy", "Secret", b"secret")
        with registry.transaction():
            registry.write(r"HKCU\Software", "x", 1)
            assert read_by_another(folder) == []
        registry.flush()
        files = [path.name.upper() for path in folder.rglob("*") if path.is_file()]
        assert {"SAM", "SECURITY", "SAM.LOG1", "SECURITY.LOG1"} <= set(files)
        assert read_by_another(folder) == []
        open_folders(folder)
        assert read_by_another(folder) == []
        assert registry.check() == []
    assert read_by_another(folder) == []


@pytest.mark.parametrize("minor", [3, 5])
def test_a_hive_alone(folder: Path, minor: int) -> None:
    """In a folder that is somebody else's matter, with what is kept beside it."""
    with anyreg.open(folder / "SAM", "x", minor=minor) as hive:
        hive.write("SAM", "V", b"secret")
        assert read_by_another(folder) == []
        hive.root.save(folder / "saved")
        hive.root.save(folder / "old", minor=3)
        for suffix in ("reg", "json", "csv", "hive"):
            hive.root.export(folder / f"exported.{suffix}", suffix)
        hive.backup("SAM").save(folder / "backup")
        hive.delete("SAM", recursive=True)
        hive.flush()
        assert read_by_another(folder) == []
        assert hive.check() == []
    with anyreg.open(folder / "SAM", "r+") as hive:
        hive.compact()
    assert len(list(folder.iterdir())) > 9
    assert read_by_another(folder) == []


@pytest.mark.parametrize(
    "command",
    [
        ("export", "SAM", "-o", "out.reg"),
        ("export", "--security", "SAM", "-o", "out.json"),
        ("save", "SAM", "out.hiv"),
        ("diff", "--patch", "out.jsonl", "SAM", "other"),
        ("set", "--history", "SAM::SAM", "V", "x"),
        ("repair", "SAM", "out.hiv"),
        ("recover", "SAM"),
        ("compact", "SAM"),
        ("rm", "SAM::SAM", "V"),
    ],
    ids=lambda command: command[0],
)
def test_what_commands_leave(folder: Path, command: tuple[str, ...]) -> None:
    """Whatever they make."""
    for name in ("SAM", "other"):
        with anyreg.open(folder / name, "x") as hive:
            hive.write("SAM", "V", name)
    command_line = [sys.executable, "-m", "anyreg", *command]
    done = subprocess.run(command_line, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    open_folders(folder)
    assert read_by_another(folder) == []
