"""Who asks is proved by Kerberos: tickets of a real KDC, for a real Samba.

Whatever a test needs of the user is in its environment: krb5.conf, the file of tickets, and nobody
who could be asked for by another protocol unless a test says so.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import anyreg
from anyreg import AccessDeniedError, NotSupportedError, Registry, RemoteError
from anyreg.backends.remote.credentials import known_login
from anyreg.backends.remote.login import Login
from anyreg.backends.remote.opening import open_remote
from anyreg.cli import main
from remote.kdc import ADMINISTRATOR, LOCKED, LOOPBACK, NAME, OUTDATED, REALM, Domain, domain
from remote.smbd import ADMINISTRATOR as ROOT
from remote.smbd import ORDINARY, PASSWORD

KEY = r"HKCU\Software\Kerberos"
PRINCIPAL = f"{ADMINISTRATOR}@{REALM}"
SLOW = 120.0  # seconds: machines are shared


@pytest.fixture(name="realm")
def _realm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Domain:
    """The domain, and somebody who has no ticket yet."""
    found = domain()
    monkeypatch.delenv("NTLM_USER_FILE", raising=False)
    monkeypatch.setenv("KRB5_CONFIG", str(found.configuration))
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / 'tickets'}")
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path / "history"))
    return found


@pytest.fixture(name="tickets")
def _tickets(tmp_path: Path) -> Path:
    """The file that tickets are looked for in."""
    return tmp_path / "tickets"


@pytest.fixture(name="silent")
def _silent() -> Iterator[int]:
    """A port where somebody listens who never says a word."""
    with socket.socket() as listening:
        listening.bind((LOOPBACK, 0))
        listening.listen()
        yield listening.getsockname()[1]


def opened(realm: Domain, host: str = NAME, **options: Any) -> Registry:
    """Connect to the machine."""
    options = {"protocol": "kerberos", "connect_timeout": SLOW, **options}
    return anyreg.connect(host, port=realm.port, **options)


def refused(realm: Domain, **options: Any) -> AccessDeniedError:
    """The error that who asks gets."""
    with pytest.raises(AccessDeniedError) as caught:
        opened(realm, **options)
    assert PASSWORD not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "options",
    [{}, {"user": PRINCIPAL}, {"encrypt": True}, {"protocol": "negotiate"}],
    ids=["kerberos", "user", "encrypt", "negotiate"],
)
def test_a_ticket_is_enough(realm: Domain, tickets: Path, options: dict[str, Any]) -> None:
    """To read and to write; no password is given anywhere."""
    realm.ticket(ADMINISTRATOR, tickets)
    with opened(realm, mode="r+", **options) as registry:
        registry.write(KEY, "name", str(options))
    with opened(realm, **options) as registry:
        assert registry.read(KEY, "name") == str(options)


def test_the_command_line_takes_a_ticket(
    realm: Domain, tickets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what to do where there is none."""

    def run(command: str, *words: str) -> int:
        target = rf"//{NAME}:{realm.port}::{KEY}"
        return main([command, "--kerberos", target, *words])

    assert run("get", "name") != 0
    assert "kinit" in capsys.readouterr().err
    realm.ticket(ADMINISTRATOR, tickets)
    assert run("set", "name", "by command", "--create") == 0
    assert run("get", "name") == 0
    assert capsys.readouterr().out.endswith("by command\n")


def test_who_has_no_ticket_is_told_to_get_one(realm: Domain) -> None:
    """Soon, and what the system knows for another protocol is not used in silence."""
    begin = time.monotonic()
    error = refused(realm, connect_timeout=10)
    assert time.monotonic() - begin < 10
    assert error.winerror == 1326
    assert "No Kerberos credentials" in str(error)
    assert "kinit" in str(error)


def test_nothing_is_proved_by_another_protocol(
    realm: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password that NTLM would find is not used, unless both may be used."""
    file = tmp_path / "users"
    file.write_text(f"REGTEST:{ROOT}:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(file))
    with opened(realm, protocol="negotiate") as registry:
        assert "HKEY_USERS" in registry.root.subkeys
    for user in ("", ROOT):
        assert "kinit" in str(refused(realm, user=user))


@pytest.mark.parametrize("user", ["", PRINCIPAL])
def test_a_ticket_that_has_expired_is_none(realm: Domain, tickets: Path, user: str) -> None:
    """The message says so, and what to do."""
    realm.old_ticket(ADMINISTRATOR, tickets)
    error = refused(realm, user=user, connect_timeout=10)
    assert "expired" in str(error)
    assert "kinit" in str(error)


def test_the_ticket_of_somebody_else_is_none(realm: Domain, tickets: Path) -> None:
    """Where it is said who asks."""
    realm.ticket(ORDINARY, tickets)
    error = refused(realm, user=PRINCIPAL)
    assert PRINCIPAL in str(error)
    assert "kinit" in str(error)


@pytest.mark.parametrize(
    "who",
    [
        {"user": PRINCIPAL},
        {"user": ADMINISTRATOR},
        {"user": rf"{REALM}\{ADMINISTRATOR}"},
        {"user": ADMINISTRATOR, "domain": REALM},
    ],
    ids=["principal", "name", "backslash", "domain"],
)
def test_a_password_gets_a_ticket(realm: Domain, tickets: Path, who: dict[str, str]) -> None:
    """For this connection alone: none is kept."""
    with opened(realm, password=PASSWORD, mode="r+", **who) as registry:
        registry.write(KEY, "name", "by password")
        assert registry.read(KEY, "name") == "by password"
    assert not tickets.exists()


@pytest.mark.parametrize(
    ("user", "password", "winerror", "words"),
    [
        (ADMINISTRATOR, "Wr0ng", 1326, "password is wrong"),
        ("nobody", PASSWORD, 1326, "name of the user"),
        (LOCKED, PASSWORD, 1331, "disabled or locked"),
        (OUTDATED, PASSWORD, 1330, "password has expired"),
    ],
    ids=["wrong", "unknown", "locked", "expired"],
)
def test_who_gets_no_ticket_is_denied(
    realm: Domain, user: str, password: str, winerror: int, words: str
) -> None:
    """With Windows' code for each reason."""
    error = refused(realm, user=user, password=password)
    assert error.winerror == winerror
    assert words in str(error)
    assert "Wr0ng" not in str(error)


def test_an_ordinary_user_reads(realm: Domain, tickets: Path) -> None:
    """What the server refuses is winerror 5."""
    with opened(realm, user=PRINCIPAL, password=PASSWORD, mode="r+") as registry:
        registry.write(KEY, "name", "text")
    realm.ticket(ORDINARY, tickets)
    with opened(realm, mode="r+") as registry:
        assert registry.read(KEY, "name") == "text"
        with pytest.raises(AccessDeniedError) as caught:
            registry.write(KEY, "name", "other")
        assert caught.value.winerror == 5
        assert registry.read(KEY, "name") == "text"


def test_a_lost_connection_is_made_anew_by_the_ticket(realm: Domain, tickets: Path) -> None:
    """Where there is none any more, the error says so."""
    realm.ticket(ADMINISTRATOR, tickets)
    who = Login(protocol="kerberos")
    world = open_remote(NAME, who, realm.port, connect_timeout=SLOW, is_read_only=True)
    for epoch in (1, 2):
        assert world.calls.channel.ready() == epoch
        world.calls.channel._service.interrupt()
    tickets.unlink()
    with pytest.raises(AccessDeniedError, match="kinit"):
        world.calls.channel.ready()
    world.close()


def test_a_machine_is_known_by_its_name(realm: Domain, tickets: Path) -> None:
    """The KDC has no service by an address, and the message says so."""
    realm.ticket(ADMINISTRATOR, tickets)
    error = refused(realm, host=LOOPBACK)
    assert "name" in str(error)
    assert "address" in str(error)


@pytest.mark.parametrize("user", ["", PRINCIPAL])
def test_a_silent_kdc_is_not_waited_for(
    realm: Domain, tickets: Path, silent: int, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    """libkrb5 would wait for it much longer than is allowed, and nothing ends that."""
    realm.ticket(ADMINISTRATOR, tickets)
    other = realm.leading_to(silent, tickets.with_name("silent.conf"))
    monkeypatch.setenv("KRB5_CONFIG", str(other))
    begin = time.monotonic()
    with pytest.raises(RemoteError, match="KDC"):
        opened(realm, user=user, password=user and PASSWORD, connect_timeout=3)
    assert time.monotonic() - begin < 15


@pytest.mark.parametrize("user", [PRINCIPAL, "somebody@ELSEWHERE.TEST"])
def test_where_no_kdc_is_that_is_said(
    realm: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    """Nobody listens, or the realm is unknown: that is no matter of rights."""
    other = realm.leading_to(1, tmp_path / "none.conf")
    monkeypatch.setenv("KRB5_CONFIG", str(other))
    with pytest.raises(RemoteError, match=r"KDC.*krb5\.conf"):
        opened(realm, user=user, password=PASSWORD)


def test_a_missing_extra_is_named(realm: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyspnego has found no GSSAPI."""
    monkeypatch.setattr("spnego._gss.HAS_GSSAPI", False)
    with pytest.raises(NotSupportedError, match=r"anyreg\[kerberos\]"):
        opened(realm)


def test_a_backslash_is_none_of_a_principal() -> None:
    """It would quote what follows."""
    assert known_login(NAME, r"CORP\u", "p", protocol="kerberos").user == "u@CORP"
