"""Names of users and groups of another machine: its own ones, that no table here has."""

from __future__ import annotations

import re
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import Registry
from anyreg.backends.remote.hives import RemoteRegistry
from anyreg.backends.remote.opening import open_remote
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.errors import SecurityError
from anyreg.rpc.pdu_reading import read_pdu
from anyreg.rpc.pdus import BindAckPdu, Syntax, Verdict
from anyreg.security.sid import Sid
from anyreg.security.token import Token
from remote.account_methods import MACHINE as THEIRS
from remote.account_methods import SID, USER
from remote.registries import administrator, cleared, ordinary
from remote.smb_server import CREATE, Malice, Outgoing, SmbServer, serving
from remote.smbd import ADMINISTRATOR, HOST, ORDINARY, PASSWORD, server
from remote.test_malicious_server import LOGIN
from remote.test_malicious_server import PASSWORD as OTHER_PASSWORD

MACHINE = "REGHOST"
PATH = r"HKEY_CURRENT_USER\Software\Accounts"


def opened(user: str = ADMINISTRATOR) -> Registry:
    return anyreg.connect(
        HOST,
        user=user,
        password=PASSWORD,
        protocol="ntlm",
        port=server().port,
        connect_timeout=120,
        mode="r+",
    )


@pytest.fixture
def registry() -> Iterator[Registry]:
    cleared().close()
    with opened() as found:
        yield found
    cleared().close()


@pytest.fixture
def malicious(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmbServer]:
    with serving(tmp_path, monkeypatch, OTHER_PASSWORD) as made:
        yield made


def sids_by_samba() -> dict[str, str]:
    """The users that Samba's own program lists, with their SIDs."""
    told = subprocess.run(
        ["pdbedit", "-s", str(server().configuration), "-L", "-v"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = re.findall(r"^Unix username: +(\S+)", told, re.MULTILINE)
    return dict(zip(names, re.findall(r"^User SID: +(\S+)", told, re.MULTILINE), strict=True))


@pytest.mark.parametrize("who", [administrator, ordinary])
def test_users_are_those_that_samba_lists(who: Callable[[], RemoteRegistry]) -> None:
    """By name and by SID, for whoever asks."""
    known = sids_by_samba()
    assert set(known) == {ADMINISTRATOR, ORDINARY}
    backend = who()
    for name, text in known.items():
        sid = Sid.parse(text).build()
        for spelled in (name, name.upper(), rf"{MACHINE}\{name}"):
            assert backend.sid_of(spelled) == sid
        assert backend.account(sid) == (MACHINE, name, 1)
    backend.close()


@pytest.mark.parametrize("name", ["nobody of this name", "", "a\0b", "\ud800", "x" * 5000, "\\"])
def test_an_unknown_name_is_nobodys(name: str) -> None:
    """However it is spelled; what is asked next is answered."""
    backend = administrator()
    assert backend.sid_of(name) is None
    assert backend.sid_of(ORDINARY)
    assert backend.account(Sid.parse("S-1-5-21-1-2-3-1000").build()) is None
    backend.close()


def test_an_owner_is_told_and_set_by_his_name(registry: Registry) -> None:
    r"""As DOMAIN\name; rights too."""
    key = registry.create(PATH)
    key.owner = ORDINARY
    assert str(key.owner) == rf"{MACHINE}\{ORDINARY}"
    key.grant(rf"{MACHINE}\{ORDINARY}", "set-value")
    assert rf"allow {MACHINE}\{ORDINARY}: set value" in str(key.security)
    assert sids_by_samba()[ORDINARY] in key.security.sddl
    with pytest.raises(SecurityError, match="no such account"):
        key.grant("nobody of this name", "read")


def test_a_name_is_asked_for_once(registry: Registry) -> None:
    """However many keys somebody owns."""
    for name in "ABCD":
        registry.create(rf"{PATH}\{name}").owner = ORDINARY
    keys = [registry.open(rf"{PATH}\{name}") for name in "ABCD"]
    assert [str(key.owner) for key in keys[:1]] == [rf"{MACHINE}\{ORDINARY}"]
    assert all(key.descriptor for key in keys)
    before = registry.round_trips
    for key in keys:
        assert str(key.owner) == rf"{MACHINE}\{ORDINARY}"
    assert registry.round_trips - before == len(keys)  # their descriptors


def test_a_name_is_known_after_a_new_connection() -> None:
    """The pipe is opened again."""
    backend = administrator()
    sid = backend.sid_of(ORDINARY)
    assert sid
    backend.calls.channel._service.cut()
    assert backend.account(sid) == (MACHINE, ORDINARY, 1)
    assert backend.calls.channel.epoch == 2
    backend.close()


def test_the_machine_has_a_sid(registry: Registry) -> None:
    """Aliases of its users are relative to it; its own SAM is closed to us."""
    name = registry.create(
        r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName"
    )
    name.values["ComputerName"] = MACHINE
    machine = Sid.parse(sids_by_samba()[ADMINISTRATOR].rpartition("-")[0])
    found = opened()
    assert found.root.accounts.domains.machine == machine
    assert str(found.root.accounts.principal(machine)) == MACHINE
    assert found.root.accounts.kind_of(machine) == "domain"
    found.close()
    registry.delete(name.path)


def test_whoever_it_is_opened_as_is_told_names(registry: Registry) -> None:
    """A token takes no names away."""
    registry.create(PATH).owner = ORDINARY
    with Registry(enforced(administrator(), Token.administrator())) as found:
        assert str(found.open(PATH).owner) == rf"{MACHINE}\{ORDINARY}"


class Without(Malice):
    """The second pipe that is opened is refused with a status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self._status = struct.pack("<I", status)
        self._opened = 0

    def smb(self, message: Outgoing) -> list[bytes]:
        """With another status, once."""
        self._opened += message.command == CREATE
        if message.command == CREATE and self._opened == 2:
            return [message.data[:8] + self._status + message.data[12:]]
        return [message.data]


class Refusing(Malice):
    """The second bind is refused."""

    def __init__(self) -> None:
        super().__init__()
        self._binds = 0

    def pdus(self, messages: list[bytes]) -> list[bytes]:
        """The answer that no such interface is offered."""
        pdu = read_pdu(messages[0])
        self._binds += isinstance(pdu, BindAckPdu)
        if not isinstance(pdu, BindAckPdu) or self._binds != 2:
            return messages
        none = Verdict(2, 1, Syntax(bytes(16), 0))
        return [pdu._replace(verdicts=[none]).encode()]


MALICE: dict[str, Callable[[], Malice]] = {
    "no such pipe": lambda: Without(0xC0000034),
    "not for this user": lambda: Without(0xC0000022),
    "not available": lambda: Without(0xC00000AC),
    "another interface": Refusing,
}


@pytest.mark.parametrize("reason", MALICE)
def test_a_machine_that_tells_no_names_is_read_all_the_same(
    malicious: SmbServer, reason: str
) -> None:
    """SIDs stay what they are, and the connection stands."""
    malicious.malice = MALICE[reason]()
    world = open_remote(HOST, LOGIN, malicious.port, connect_timeout=20, timeout=20)
    assert world.account(SID) is None
    assert world.sid_of(USER) is None
    assert world.subkeys(world.root())
    assert world.calls.channel.epoch == 1
    world.close()


def test_names_are_asked_of_a_server_that_has_them(malicious: SmbServer) -> None:
    """With a domain, or none."""
    world = open_remote(HOST, LOGIN, malicious.port, connect_timeout=20, timeout=20)
    assert world.account(SID) == (THEIRS, USER, 1)
    assert world.sid_of(USER) == SID
    assert world.sid_of("Grace") is None
    assert world.account(SID[:-4] + b"1234") is None
    world.close()
