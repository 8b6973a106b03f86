"""A private KDC of MIT Kerberos on loopback, and a Samba that takes its tickets.

Debian's packages krb5-kdc and krb5-user must be there, the extra `kerberos`, and what `smbd` needs.
All that the KDC writes, the keys of the service and krb5.conf are in one temporary folder; it
listens on a free port of 127.0.0.1 alone.  The service is cifs/localhost.  Of its users two have an
account at the machine: an administrator, and one who may read and not write.

ANYREG_EXPECT_KDC     set: tests that find no KDC fail, where they would skip

Tickets are without a PAC, as a server that is in no domain refuses those that have one.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from remote.smbd import ORDINARY, PASSWORD, PATH, Smbd, UnavailableError, free_port

REALM = "ANYREG.TEST"
NAME = "localhost"
LOOPBACK = "127.0.0.1"
SERVICE = f"cifs/{NAME}"
ADMINISTRATOR = "administrator"  # the machine knows him as root
LOCKED = "locked"
OUTDATED = "outdated"  # whose password has expired
PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "klist")
PACKAGES = ("smbprotocol", "gssapi", "krb5")
WAIT = 20.0  # seconds

CLIENTS = """\
[libdefaults]
default_realm = {realm}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
[realms]
{realm} = {{
    kdc = 127.0.0.1:{port}
}}
[domain_realm]
localhost = {realm}
"""
OWN = """\
[kdcdefaults]
kdc_listen = ""
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{realm} = {{
    database_name = {folder}/principal
    key_stash_file = {folder}/stash
    disable_pac = true
}}
[logging]
kdc = FILE:{folder}/kdc.log
"""
DATABASE = f"""\
addprinc -pw {PASSWORD} {ADMINISTRATOR}
addprinc -pw {PASSWORD} {ORDINARY}
addprinc -pw {PASSWORD} -allow_tix {LOCKED}
addprinc -pw {PASSWORD} -pwexpire yesterday {OUTDATED}
addprinc -randkey {SERVICE}
ktadd -k {{folder}}/keytab {SERVICE}
"""
SAMBA = """\
realm = {realm}
kerberos method = dedicated keytab
dedicated keytab file = FILE:{folder}/keytab
username map = {folder}/users
"""
USERS = rf"!root = REGTEST\{ADMINISTRATOR}"


class Domain(NamedTuple):
    """A KDC that runs, and a machine.

    Attributes:
        folder: What the KDC keeps.
        port: That of the machine's file service, on the host NAME.
    """

    folder: Path
    port: int

    @property
    def configuration(self) -> Path:
        """The krb5.conf that leads to the KDC."""
        return self.folder / "krb5.conf"

    def leading_to(self, port: int, file: Path) -> Path:
        """A krb5.conf that leads to another port than the KDC's.

        Args:
            port: The port.
            file: Where to write it.
        """
        file.write_text(CLIENTS.format(realm=REALM, port=port))
        return file

    def ticket(self, user: str, file: Path, life: str = "1h") -> Path:
        """Get a ticket, as people do.

        Args:
            user: Whose.
            file: Where to put it.
            life: How long it holds.
        """
        command = ["kinit", "-l", life, "-c", f"FILE:{file}", f"{user}@{REALM}"]
        _done(command, self.folder, f"{PASSWORD}\n")
        return file

    def old_ticket(self, user: str, file: Path) -> Path:
        """A ticket that holds no more; this takes a second.

        Args:
            user: Whose.
            file: Where to put it.
        """
        self.ticket(user, file, "1s")
        end = time.monotonic() + WAIT
        while _run(["klist", "-s", "-c", f"FILE:{file}"], self.folder).returncode == 0:
            assert time.monotonic() < end
            time.sleep(0.1)
        return file


class Kdc:
    """A KDC with a Samba, from start() to stop()."""

    def __init__(self) -> None:
        self._folder = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._smbd: Smbd | None = None

    def start(self) -> Domain:
        """Start both, and wait until they listen.

        Raises:
            UnavailableError: They cannot be started here.
        """
        missing = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
        if missing:
            raise UnavailableError(f"no {missing[0]}: install krb5-kdc and krb5-user")
        self._folder = Path(tempfile.mkdtemp(prefix="anyreg-kdc-"))
        try:
            self._begin(free_port())
            more = SAMBA.format(realm=REALM, folder=self._folder)
            self._smbd = Smbd(more=more, environment=_environment(self._folder))
            return Domain(self._folder, self._smbd.start().port)
        except BaseException:
            self.stop()
            raise

    def _begin(self, port: int) -> None:
        folder = self._folder
        (folder / "krb5.conf").write_text(CLIENTS.format(realm=REALM, port=port))
        (folder / "kdc.conf").write_text(OWN.format(realm=REALM, folder=folder, port=port))
        (folder / "users").write_text(USERS)
        _done(["kdb5_util", "create", "-s", "-P", "master", "-r", REALM], folder)
        _done(["kadmin.local", "-r", REALM], folder, DATABASE.format(folder=folder))
        # Whatever kills the tests: it does not outlive them.
        command = ["setpriv", "--pdeathsig", "TERM", "krb5kdc", "-n", "-r", REALM]
        with (folder / "out").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_environment(folder),
            )
        end = time.monotonic() + WAIT
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 1):
                return
            time.sleep(0.05)
        words = (folder / "out").read_text("utf-8", "replace")
        raise UnavailableError(f"krb5kdc does not listen: {words[-500:]}")

    def stop(self) -> None:
        """End both; the folder is deleted."""
        if self._smbd is not None:
            self._smbd.stop()
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    own = {"KRB5_CONFIG": str(folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(folder / "kdc.conf")}
    return {**os.environ, **own, "PATH": PATH}


def _run(
    command: Iterable[str], folder: Path, entered: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(command),
        input=entered,
        capture_output=True,
        env=_environment(folder),
        timeout=WAIT,
        check=False,
        text=True,
    )


def _done(command: list[str], folder: Path, entered: str = "") -> None:
    done = _run(command, folder, entered)
    if done.returncode:
        raise UnavailableError(f"{command[0]}: {(done.stdout + done.stderr)[-500:]}")


@cache
def _shared() -> Domain | str:
    for name in PACKAGES:
        if not find_spec(name):
            return f"no {name}: anyreg[remote,kerberos]"
    kdc = Kdc()
    try:
        domain = kdc.start()
    except UnavailableError as error:
        return str(error)
    atexit.register(kdc.stop)
    return domain


def domain() -> Domain:
    """That of this process's tests, started with the first that asks, or skip the test."""
    found = _shared()
    if isinstance(found, Domain):
        return found
    if os.environ.get("ANYREG_EXPECT_KDC"):
        pytest.fail(found)
    pytest.skip(found)
