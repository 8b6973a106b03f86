"""Files on Windows: there as they are; what it is asked for where Wine has it not, on a model."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anyreg.engine.file_disk import FileDisk, FileStorage
from anyreg.errors import AccessDeniedError, NotSupportedError, RegistryError
from anyreg.system import WINDOWS
from anyreg.windows import calls, files
from conftest import REPLACED

on_windows = pytest.mark.skipif(not WINDOWS, reason="needs Windows, where tests/live runs it")
DISK = FileDisk()


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A file of ten bytes."""
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    return str(file)


@on_windows
def test_an_open_file_may_be_renamed_and_removed(path: str, tmp_path: Path) -> None:
    """Its name is free at once, and it can be read and written as long as it is open."""
    storage = DISK.open(path, True)
    other = DISK.open(path, False)
    DISK.rename_new(path, f"{path} moved")
    assert (storage.is_at(path), storage.is_at(f"{path} moved")) == (False, True)
    DISK.remove(f"{path} moved")
    DISK.remove(f"{path} moved")
    assert not DISK.exists(f"{path} moved")
    DISK.create(f"{path} moved").close()
    assert not storage.is_at(f"{path} moved")
    storage.write(10, b"more")
    assert other.read(8, 9) == b"89more"
    storage.close()
    other.close()
    assert os.listdir(tmp_path) == ["file moved"]


@on_windows
def test_a_name_that_is_taken_is_not_given_again(path: str) -> None:
    """Whatever its case; the error is that of POSIX."""
    DISK.create(f"{path} new").close()
    for name in (path, path.upper()):
        with pytest.raises(RegistryError) as caught:
            DISK.rename_new(f"{path} new", name)
        assert caught.value.errno == errno.EEXIST
        with pytest.raises(RegistryError) as caught:
            DISK.create(name)
        assert caught.value.errno == errno.EEXIST


@on_windows
def test_a_file_takes_the_place_of_another(path: str) -> None:
    """Also while it is open itself."""
    new = DISK.create(f"{path} new")
    new.write(0, b"new")
    DISK.rename(f"{path} new", path)
    assert Path(path).read_bytes() == b"new"
    assert new.is_at(path)
    new.close()


@on_windows
@REPLACED
def test_a_file_that_others_read_is_replaced(path: str) -> None:
    """They go on reading what they have opened."""
    reader = DISK.open(path, False)
    new = DISK.create(f"{path} new")
    new.close()
    DISK.rename(f"{path} new", path)
    assert (reader.read(0, 3), reader.is_at(path)) == (b"012", False)
    reader.close()


@on_windows
def test_a_file_that_somebody_does_not_share_is_refused_with_words(path: str) -> None:
    """As one that Windows has loaded is."""
    handle = calls.kernel().CreateFileW(path, calls.GENERIC_READ, 0, None, 3, 0, None)
    with pytest.raises(AccessDeniedError, match="shares it with nobody"):
        DISK.open(path, False)
    with pytest.raises(AccessDeniedError, match="shares it with nobody"):
        DISK.remove(path)
    calls.kernel().CloseHandle(handle)
    DISK.open(path, False).close()


@on_windows
def test_what_others_keep_for_a_moment_is_tried_again(path: str) -> None:
    """As scanners of viruses do with new files."""
    code = "import sys, time; f = open(sys.argv[1]); print(flush=True); time.sleep(0.3)"
    scanner = subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE)
    assert scanner.stdout is not None
    scanner.stdout.readline()
    DISK.remove(path)
    assert not DISK.exists(path)
    scanner.communicate(timeout=60)


@on_windows
@pytest.mark.parametrize("name", ["NUL", "nul", "CON", "COM1"])
def test_a_name_of_a_device_is_no_file(tmp_path: Path, name: str) -> None:
    """Nothing is read there or written, and nothing is waited for."""
    with pytest.raises(RegistryError):
        DISK.open(name, True)
    with pytest.raises(RegistryError):
        DISK.create(name)


@on_windows
def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """In the words that it is refused with elsewhere."""
    for writable in (True, False):
        with pytest.raises(NotSupportedError, match="no file but a folder"):
            DISK.open(str(tmp_path), writable)
        with pytest.raises(NotSupportedError, match="no file but a folder"):
            DISK.open_own(str(tmp_path), writable, "")


@on_windows
def test_paths_are_as_long_as_they_are(tmp_path: Path) -> None:
    """Every verb takes them, under the name that was given."""
    folder = "\\".join([str(tmp_path), *["a" * 100] * 4])
    name = f"{folder}\\file"
    DISK.make_folder(folder)
    file = DISK.create(name)
    file.write(0, b"x")
    assert file.is_at(name)
    assert file.lock(False, False)
    file.close()
    DISK.rename_new(name, f"{name}.LOG1")
    DISK.create(name).close()
    assert DISK.find_logs(name) == [f"{name}.LOG1"]
    DISK.sync_directory(name)
    DISK.rename(f"{name}.LOG1", name)
    assert DISK.names(folder) == ["file"]
    DISK.remove(name)
    assert not DISK.exists(name)
    DISK.remove_folder(folder)
    assert not DISK.exists(folder)


@on_windows
@pytest.mark.parametrize("prefix", ["", "\\\\?\\", "\\\\.\\", "\\\\localhost\\"])
def test_a_file_is_one_whatever_its_path(path: str, prefix: str) -> None:
    """With a drive, with a prefix, as a share, in another case; the lock is one."""
    other = prefix + path.upper()
    if "localhost" in prefix:
        other = prefix + path.replace(":", "$")
        if not os.path.exists(other):
            pytest.skip("Wine: no shares of this machine")
    first, second = DISK.open(path, True), DISK.open(other, True)
    assert first.is_at(other)
    assert first.lock(False, False)
    assert not second.lock(True, False)
    first.close()
    assert second.lock(True, False)
    second.close()


@on_windows
def test_a_path_in_another_case_leads_to_the_same_place(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So logs are looked for beside the one file."""
    name = path.replace("file", "FILE")
    assert DISK.real_path(name) == DISK.real_path(path)
    monkeypatch.chdir(os.path.dirname(path))
    assert DISK.real_path("file") == "file"
    assert DISK.real_path("FILE").endswith("\\file")


@on_windows
def test_threads_read_what_is_there(path: str) -> None:
    """Though a file has one position: none reads where another one has positioned it."""
    from concurrent.futures import ThreadPoolExecutor

    storage = FileStorage(path, "r+")
    storage.write(0, bytes(range(256)) * 256)

    def read(number: int) -> bool:
        return all(storage.read(at, 1)[0] == at % 256 for at in range(number, 65536, 97))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(read, range(8)))
    storage.close()


@on_windows
def test_a_program_that_is_started_has_none_of_the_files(path: str) -> None:
    """A lock goes with its process, whatever that has started."""
    code = f"""
import subprocess, sys
from anyreg.engine.file_disk import FileStorage
file = FileStorage({path!r}, "r+")
file.lock(False, True)
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
print("locked", flush=True)
sys.stdin.readline()
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process: Any = subprocess.Popen([sys.executable, "-c", code], text=True, **pipes)  # type: ignore[call-overload]
    assert process.stdout.readline() == "locked\n"
    file = DISK.open(path, True)
    assert not file.lock(False, False)
    process.kill()
    process.communicate(timeout=60)
    assert file.lock(False, True)
    file.close()


class Recorder:
    """Kernel32 as far as names go: it notes what it is asked for, and refuses some of it."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.asked: list[tuple[Any, ...]] = []

    def CreateFileW(self, path: str, access: int, share: int, *rest: object) -> int:
        assert share == calls.SHARE_ALL
        return 7

    def CloseHandle(self, handle: int) -> int:
        self.asked.append(("close",))
        return 1

    def FlushFileBuffers(self, handle: int) -> int:
        self.asked.append(("flush",))
        return 1

    def SetFileInformationByHandle(self, handle: int, kind: int, told: bytes, size: int) -> int:
        assert (handle, size) == (7, len(told))
        self.asked.append((kind, told))
        return int("information" not in self.refused)

    def MoveFileExW(self, path: str, new: str, how: int) -> int:
        self.asked.append(("move", path, new, how))
        return int("move" not in self.refused)

    def DeleteFileW(self, path: str) -> int:
        self.asked.append(("delete", path))
        return 1


def recorder(monkeypatch: pytest.MonkeyPatch, *refused: str, code: int = 87) -> Recorder:
    """The model, and the code of what it refuses."""
    model = Recorder(*refused)
    monkeypatch.setattr(calls, "kernel", lambda: model)
    monkeypatch.setattr(calls, "last_code", lambda: code)
    monkeypatch.setattr(calls, "error_of", lambda code, path=None: PermissionError(code, path))
    monkeypatch.setattr(files, "long_path", str)
    monkeypatch.setattr(os.path, "abspath", lambda path: "C:\\" + path)
    return model


def test_a_file_is_replaced_in_the_way_of_posix(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its handle (FileRenameInfoEx); then what the system knows of it is written out."""
    model = recorder(monkeypatch)
    files.replace("new", "file")
    (kind, told), *rest = model.asked
    flags, folder, size = struct.unpack_from("IPI", told)
    name = told[struct.calcsize("IPI") :][:size]
    assert (kind, flags, folder, name.decode("utf-16-le")) == (22, 3, 0, "C:\\file")
    assert rest == [("flush",), ("close",)]


def test_where_there_is_no_such_way_it_is_moved_durably(monkeypatch: pytest.MonkeyPatch) -> None:
    """MOVEFILE_REPLACE_EXISTING and MOVEFILE_WRITE_THROUGH; any other error is one."""
    model = recorder(monkeypatch, "information")
    files.replace("new", "file")
    assert model.asked[1:] == [("close",), ("move", "new", "file", 9)]
    model = recorder(monkeypatch, "information", code=112)
    with pytest.raises(PermissionError):
        files.replace("new", "file")
    assert model.asked[1:] == [("close",)]


def test_a_file_is_removed_in_the_way_of_posix(monkeypatch: pytest.MonkeyPatch) -> None:
    """FileDispositionInfoEx; or it gets another name first, so that its own is free."""
    model = recorder(monkeypatch)
    files.remove("file")
    assert model.asked == [(21, bytes([3, 0, 0, 0])), ("close",)]
    model = recorder(monkeypatch, "information")
    files.remove("file")
    (_, _), _, (_, path, gone, how), (_, deleted) = model.asked
    assert (path, how, deleted) == ("file", 0, gone)
    assert gone.startswith("file.")
    assert gone.endswith(".gone")


@pytest.mark.parametrize(
    ("path", "long"),
    [
        ("C:\\short", "C:\\short"),
        ("C:\\" + "x" * 300, "\\\\?\\C:\\" + "x" * 300),
        ("\\\\server\\share\\" + "x" * 300, "\\\\?\\UNC\\server\\share\\" + "x" * 300),
        ("\\\\?\\C:\\" + "x" * 300, "\\\\?\\C:\\" + "x" * 300),
    ],
)
def test_a_long_path_gets_its_prefix(monkeypatch: pytest.MonkeyPatch, path: str, long: str) -> None:
    """Once, and only where it needs one."""
    monkeypatch.setattr(os.path, "abspath", str)
    assert files.long_path(path) == long


@on_windows
@pytest.mark.wine_lacks("reparse points")
def test_a_reparse_point_is_refused(tmp_path: Path, path: str) -> None:
    """Where a file of our own should be; a hive may be reached by one."""
    (tmp_path / "link").symlink_to(path)
    DISK.open(str(tmp_path / "link"), False).close()
    with pytest.raises(NotSupportedError, match="symbolic link"):
        DISK.open_own(str(tmp_path / "link"), False, "")


@on_windows
def test_nothing_asks_wmi(tmp_path: Path) -> None:
    """In Wine that ends the interpreter; on Windows it takes its time."""
    code = """
import builtins, sys
sys.modules["_wmi"] = None
real = __import__
def watched(name, *arguments, **named):
    assert name not in ("_wmi", "platform"), name
    return real(name, *arguments, **named)
builtins.__import__ = watched
import anyreg
with anyreg.open(sys.argv[1], "x") as registry:
    registry.write(r"HKCU\\Software\\T", "x", 1)
    assert registry.read(r"HKCU\\Software\\T", "x") == 1
assert "platform" not in sys.modules
"""
    command = [sys.executable, "-c", code, str(tmp_path / "home") + "\\"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
