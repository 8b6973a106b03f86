"""A private Samba on loopback, whose registry can be read and written: a real server for clients.

    python tests/remote/smbd.py      run one until Ctrl-C; it prints where it is

Debian's packages samba and samba-common-bin must be there, and whoever runs it must be root.  All
that the server writes is in one temporary folder.  It listens on a free port of 127.0.0.1 alone,
and has two users: an administrator, and one who may read and not write.

ANYREG_EXPECT_SMBD     set: tests that find no Samba fail, where they would skip

smbd kills its whole process group when it ends, so it gets a session of its own.  What it starts
for the registry outlives it by half a minute, and is ended by its own pid.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

T = TypeVar("T")
HOST = "127.0.0.1"
ADMINISTRATOR = "root"
ORDINARY = "daemon"  # who is in every Debian, and has no rights
PASSWORD = "Passw0rd!"
PROGRAMS = ("smbd", "smbpasswd", "setpriv")
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
WAIT = 20.0  # seconds

CONFIGURATION = """\
[global]
workgroup = REGTEST
netbios name = REGHOST
server role = standalone server
interfaces = 127.0.0.1/8
bind interfaces only = yes
smb ports = {port}
disable netbios = yes
server smb encrypt = {encrypt}
private dir = {folder}/private
state directory = {folder}/state
cache directory = {folder}/cache
lock directory = {folder}/lock
pid directory = {folder}/pid
ncalrpc dir = {folder}/ncalrpc
log file = {folder}/log/log.%m
passdb backend = tdbsam:{folder}/private/passdb.tdb
map to guest = never
load printers = no
printing = bsd
printcap name = /dev/null
disable spoolss = yes
"""
_held: list[socket.socket] = []
OWN = """\
rpc start on demand helpers = no
[ADMIN$]
path = {folder}/windows
read only = no
valid users = {administrator}
"""


class UnavailableError(Exception):
    """There is no Samba here that could be started; the message says what to do."""


class Server(NamedTuple):
    """A server that runs.

    Attributes:
        port: Its port on HOST.
        configuration: Its smb.conf, for Samba's own programs.
        folder: What it keeps: in it `ncalrpc`, and `windows` if it offers that.
    """

    port: int
    configuration: Path
    folder: Path


class Smbd:
    """A server, from start() to stop()."""

    def __init__(
        self,
        encrypt: str = "default",
        has_registry: bool = True,
        more: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Begin with none.

        Args:
            encrypt: What smb.conf says of encryption; "required" refuses clients without.
            has_registry: Whether it serves its own registry; if not, it is a front for another
                one (see `pipe_server`), with the share ADMIN$ for the administrator.
            more: Further lines of smb.conf, of its section [global].
            environment: What else its environment has.
        """
        self._encrypt = encrypt
        self._has_registry = has_registry
        self._more = more
        self._environment = {**os.environ, **(environment or {}), "PATH": PATH}
        self._folder = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start it, and wait until it listens.

        Raises:
            UnavailableError: It cannot be started here.
        """
        missing = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
        if missing:
            raise UnavailableError(
                f"no {missing[0]}: install samba, samba-common-bin and util-linux"
            )
        if os.geteuid():
            raise UnavailableError("smbd can be started by root alone")
        memory = Path("/dev/shm")  # where a sync, which each change waits for, costs nothing
        place = memory if memory.is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="anyreg-smbd-", dir=place))
        self._folder.chmod(0o755)  # what serves an ordinary user opens files as that user
        for name in ("private", "state", "cache", "lock", "pid", "ncalrpc", "log"):
            (self._folder / name).mkdir()
        for name in ("System32", "Temp"):
            (self._folder / "windows" / name).mkdir(parents=True)
        port = free_port()
        file = self._folder / "smb.conf"
        text = CONFIGURATION.format(port=port, folder=self._folder, encrypt=self._encrypt)
        text += self._more
        if not self._has_registry:
            text += OWN.format(folder=self._folder, administrator=ADMINISTRATOR)
        file.write_text(text)
        for user in (ADMINISTRATOR, ORDINARY):
            self._add(file, user)
        # Whatever kills the tests: it does not outlive them.
        command = [
            "setpriv",
            "--pdeathsig",
            "TERM",
            "smbd",
            "-F",
            "--no-process-group",
            "-s",
            str(file),
        ]
        with (self._folder / "log" / "smbd.out").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=self._environment,
            )
        self._wait(port)
        return Server(port, file, self._folder)

    def _add(self, file: Path, user: str) -> None:
        done = subprocess.run(
            ["smbpasswd", "-c", str(file), "-s", "-a", user],
            input=f"{PASSWORD}\n{PASSWORD}\n".encode(),
            capture_output=True,
            env=self._environment,
            timeout=WAIT,
            check=False,
        )
        if done.returncode:
            raise UnavailableError(f"smbpasswd: {(done.stdout + done.stderr).decode()}")

    def _wait(self, port: int) -> None:
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
                return
            if self._process is not None and self._process.poll() is not None:
                break
            time.sleep(0.05)
        words = (self._folder / "log" / "smbd.out").read_text("utf-8", "replace")
        self.stop()
        raise UnavailableError(f"smbd does not listen: {words[-500:]}")

    def stop(self) -> None:
        """End it and what it has started; its folder is deleted."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._end("samba-dcerpcd")
            shutil.rmtree(self._folder, ignore_errors=True)

    def end_all(self, number: int) -> None:
        """Send a signal to the server and to all that serve its clients, as in a crash.

        Args:
            number: The signal.
        """
        if self._process is not None:
            os.killpg(self._process.pid, number)
            self._process.wait(WAIT)

    def _end(self, name: str) -> None:
        file = self._folder / "pid" / f"{name}.pid"
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(file.read_text()), signal.SIGTERM)


def free_port() -> int:
    """A port of HOST that nothing listens on, and that no other program is given meanwhile.

    It is held until the process ends; a server that asks for this very port gets it all the same.
    """
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind((HOST, 0))
    _held.append(found)
    port: int = found.getsockname()[1]
    return port


@cache
def _shared(encrypt: str) -> Server | str:
    smbd = Smbd(encrypt)
    try:
        server = smbd.start()
    except UnavailableError as error:
        return str(error)
    atexit.register(smbd.stop)
    return server


def server(encrypt: str = "default") -> Server:
    """The server of this process's tests, started with the first that asks, or skip the test.

    Args:
        encrypt: As for Smbd.
    """
    return there(_shared, encrypt)


def there(shared: Callable[[str], T | str], encrypt: str) -> T:
    """A server, or the test fails or is skipped for what is missing.

    Args:
        shared: Starts it, or says what is missing.
        encrypt: As for Smbd.
    """
    found = shared(encrypt) if find_spec("smbprotocol") else "no smbprotocol: anyreg[remote]"
    if not isinstance(found, str):
        return found
    if os.environ.get("ANYREG_EXPECT_SMBD"):
        pytest.fail(found)
    pytest.skip(found)


def main() -> None:
    """Run one until it is stopped."""
    smbd = Smbd()
    found = smbd.start()
    sys.stdout.write(
        f"{HOST}:{found.port}, users {ADMINISTRATOR} and {ORDINARY}, password {PASSWORD}\n"
    )
    sys.stdout.flush()
    try:
        signal.pause()
    except KeyboardInterrupt:
        smbd.stop()


if __name__ == "__main__":
    main()
