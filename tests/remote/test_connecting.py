"""Opening the registry of another machine by its name, and who asks, against a real Samba."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import anyreg
from anyreg import AccessDeniedError, AddressError, NotSupportedError, Registry
from anyreg.backends.remote.credentials import known_login
from remote.registries import cleared
from remote.smbd import ADMINISTRATOR, HOST, ORDINARY, PASSWORD, server

KEY = r"HKCU\Software\Connecting"
SLOW = 120.0  # seconds: machines are shared


def opened(user: str = ADMINISTRATOR, **options: Any) -> Registry:
    """Connect to the server of the tests."""
    options = {"protocol": "ntlm", "password": PASSWORD, **options}
    return anyreg.connect(HOST, user=user, port=server().port, connect_timeout=SLOW, **options)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NTLM_USER_FILE", "KRB5CCNAME"):
        monkeypatch.delenv(name, raising=False)
    cleared().close()


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the password of the administrator, as pyspnego reads it."""
    file = tmp_path / "users"
    file.write_text(f"REGTEST:{ADMINISTRATOR}:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(file))
    return file


def test_what_was_written_is_read_by_an_address(user_file: Path) -> None:
    """By each spelling of it, with whoever the system knows."""
    with opened(mode="r+") as registry:
        registry.write(KEY, "name", "text")
    for target in (rf"\\{HOST}:{server().port}", f"//{HOST}:{server().port}"):
        with anyreg.open(target) as registry:
            assert registry.read(KEY, "name") == "text"
        with anyreg.key(f"{target}::{KEY}") as key:
            assert key.values["name"] == "text"
            with pytest.raises(NotSupportedError, match="read"):
                key.values["name"] = "other"
        with anyreg.key(f"{target}::{KEY}", "r+") as key:
            key.values["name"] = "text"


def test_it_is_read_only_unless_asked_otherwise() -> None:
    """And "x" makes no sense, nor does a user of a disk."""
    with opened() as registry, pytest.raises(NotSupportedError):
        registry.create(KEY)
    with pytest.raises(NotSupportedError, match="neither"):
        opened(mode="x")
    with pytest.raises(NotSupportedError, match="there already"):
        anyreg.open(f"//{HOST}", "x")
    with pytest.raises(NotSupportedError, match="connect"):
        anyreg.open(f"//{HOST}", user="somebody")


def test_an_ordinary_user_reads() -> None:
    """What the server refuses is winerror 5."""
    with opened(mode="r+") as registry:
        registry.write(KEY, "name", "text")
    with opened(ORDINARY, mode="r+") as registry:
        assert registry.read(KEY, "name") == "text"
        for attempt in (
            lambda: registry.write(KEY, "name", "other"),
            lambda: registry.create(rf"{KEY}\new"),
            lambda: registry.delete(KEY),
        ):
            with pytest.raises(AccessDeniedError) as caught:
                attempt()
            assert caught.value.winerror == 5
        assert registry.read(KEY, "name") == "text"


@pytest.mark.parametrize("host", ["", "a b", r"\\a\b", "a::b", "a:99999", "a:b", "//"])
def test_what_is_no_host_is_refused(host: str) -> None:
    """Before anything is asked for."""
    with pytest.raises(AddressError):
        anyreg.connect(host)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the package itself, and for Kerberos."""
    monkeypatch.setitem(sys.modules, "smbprotocol.connection", None)
    with pytest.raises(NotSupportedError, match=r"anyreg\[remote\]"):
        anyreg.connect(HOST, user="u", password=PASSWORD)


def test_kerberos_without_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or there is no ticket."""
    monkeypatch.setenv("KRB5CCNAME", "/nowhere")
    with pytest.raises((NotSupportedError, AccessDeniedError), match="Kerberos"):
        opened(password="", protocol="kerberos")


@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
def test_nobody_is_known(protocol: str) -> None:
    """The message says what could be given."""
    for user in ("", ADMINISTRATOR):
        with pytest.raises(AccessDeniedError, match="NTLM_USER_FILE"):
            opened(user, password="", protocol=protocol)


def test_a_user_is_not_in_the_file(user_file: Path) -> None:
    """A user without a domain is none of those with one."""
    with pytest.raises(AccessDeniedError, match="NTLM_USER_FILE"):
        opened(ORDINARY, password="")
    with opened("", password="") as registry:
        assert "HKEY_USERS" in registry.root.subkeys
    with opened(ADMINISTRATOR, domain="REGTEST", password="") as registry:
        assert "HKEY_USERS" in registry.root.subkeys


@pytest.mark.parametrize(
    "options",
    [{"password": PASSWORD}, {"domain": "D"}, {"protocol": "basic"}, {"protocol": ""}],
)
def test_what_makes_no_login_is_refused(options: dict[str, Any]) -> None:
    """The message has no password in it."""
    with pytest.raises(NotSupportedError) as caught:
        known_login(HOST, **options)
    assert PASSWORD not in str(caught.value)


def test_a_domain_stands_with_the_user(user_file: Path) -> None:
    """As each protocol has it."""
    assert known_login(HOST, "u", "p", "D").user == r"D\u"
    assert known_login(HOST, "u", "p", "D.EXAMPLE", "kerberos").user == "u@D.EXAMPLE"


def test_the_keyring_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the service //HOST; not where a password is given, and its errors are none."""
    keyring = pytest.importorskip("keyring")
    backend = pytest.importorskip("keyring.backend")

    class Ring(backend.KeyringBackend):  # type: ignore[misc, name-defined]
        """Two passwords."""

        priority = 1
        is_locked = False

        def get_password(self, service: str, username: str) -> str | None:
            if self.is_locked:
                raise keyring.errors.KeyringLocked(PASSWORD)
            known = {(f"//{HOST}", ADMINISTRATOR): PASSWORD, ("//else", ORDINARY): "no"}
            return known.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            raise AssertionError("nobody sets a password")

        def get_credential(self, service: str, username: str | None) -> object:
            credentials = pytest.importorskip("keyring.credentials")
            found = self.get_password(service, username or ADMINISTRATOR)
            return found and credentials.SimpleCredential(username or ADMINISTRATOR, found)

    before, ring = keyring.get_keyring(), Ring()
    monkeypatch.setattr(ring, "is_locked", False)
    keyring.set_keyring(ring)
    try:
        for user in ("", ADMINISTRATOR):
            with opened(user, password="") as registry:
                assert "HKEY_USERS" in registry.root.subkeys
        assert known_login(HOST, ORDINARY).password == ""
        assert known_login(HOST, ADMINISTRATOR, "given").password == "given"
        monkeypatch.setattr(ring, "is_locked", True)
        assert known_login(HOST, ADMINISTRATOR).password == ""
    finally:
        keyring.set_keyring(before)


def said(action: Callable[[], object]) -> str:
    """Everything that is logged by anything while something is done, and its error."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    top = logging.getLogger()
    level = top.level
    top.addHandler(handler)
    top.setLevel(1)
    try:
        action()
    except anyreg.RegistryError as error:
        text.write(f"{error} {error!r} {error.args} {error.__cause__!r}")
    finally:
        top.removeHandler(handler)
        top.setLevel(level)
    return text.getvalue()


def test_no_secret_is_said() -> None:
    """Not by the log of anything at its lowest level, nor in errors and reprs."""

    def use() -> None:
        with opened(mode="r+") as registry:
            registry.write(KEY, "name", 1)
            logging.getLogger("test").error("%s %r %s", registry, registry, registry.about())

    wrong = "Wr0ng-Passw0rd"
    told = said(use) + said(lambda: opened(password=wrong)) + said(lambda: opened(user="nobody"))
    assert "smbprotocol" in told or "SMB" in told
    for secret in (PASSWORD, wrong):
        assert secret not in told
        assert secret.encode("utf-16-le").hex() not in told.replace(" ", "").lower()


def test_a_journal_is_kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was changed there is undone there, and refused where somebody has changed it since."""
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path))
    with opened(mode="r+", journal=True) as registry:
        registry.write(KEY, "name", "first")
        registry.write(KEY, "name", "second")
        registry.create(rf"{KEY}\a\b").values["c"] = 1
        assert [entry.keys for entry in registry.journal] == [1, 2, 1, 2]
        folder = registry.journal.folder
    with opened(mode="r+", journal=True) as registry:
        assert registry.journal.folder == folder
        assert len(registry.journal.undo(2)) == 2
        assert list(registry.open(KEY).subkeys) == []
        registry.journal.undo()
        assert registry.read(KEY, "name") == "first"
        registry.journal.redo()
        assert registry.read(KEY, "name") == "second"
    with opened(mode="r+") as registry:
        registry.write(KEY, "name", "theirs")
    with opened(mode="r+", journal=True) as registry:
        with pytest.raises(anyreg.ConflictError):
            registry.journal.undo()
        assert registry.read(KEY, "name") == "theirs"
