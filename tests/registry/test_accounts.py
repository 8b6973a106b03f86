"""Names of one machine's accounts, from keys that are laid out as SAM and the others are."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import anyreg
from anyreg import Raw, Registry
from anyreg.errors import SecurityError
from anyreg.registry.accounts import Accounts
from anyreg.security.known import service_sid
from anyreg.security.sid import Sid

MACHINE = Sid.parse("S-1-5-21-11-22-33")
DOMAINS = r"HKEY_LOCAL_MACHINE\SAM\SAM\Domains"
PROFILES = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
CONTROL = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet"


def numbered(registry: Registry, path: str, name: str, rid: int) -> None:
    """An account as SAM has it: the type of an empty value is its number."""
    registry.create(f"{path}\\Names\\{name}").values[""] = Raw(rid, b"")


@pytest.fixture
def registry() -> Registry:
    made = anyreg.open("memory:")
    account = made.create(f"{DOMAINS}\\Account")
    account.values["V"] = bytes(40) + struct.pack("<3I", 11, 22, 33)
    numbered(made, f"{DOMAINS}\\Account\\Users", "Ada", 1001)
    numbered(made, f"{DOMAINS}\\Account\\Groups", "None", 513)
    numbered(made, f"{DOMAINS}\\Account\\Aliases", "Makers", 1005)
    numbered(made, f"{DOMAINS}\\Builtin\\Aliases", "Administratoren", 544)
    name = made.create(f"{CONTROL}\\Control\\ComputerName\\ComputerName")
    name.values["ComputerName"] = "ENGINE"
    made.create(f"{CONTROL}\\Services\\Spooler")
    profile = made.create(f"{PROFILES}\\S-1-5-21-7-7-7-1200")
    profile.values["ProfileImagePath"] = r"C:\Users\grace"
    return made


@pytest.mark.parametrize(
    ("sid", "text"),
    [
        ("S-1-5-18", r"NT AUTHORITY\SYSTEM"),
        ("S-1-5-32-544", r"BUILTIN\Administrators"),
        ("S-1-5-21-11-22-33-1001", r"ENGINE\Ada"),
        ("S-1-5-21-11-22-33-1005", r"ENGINE\Makers"),
        ("S-1-5-21-7-7-7-1200", "grace"),
        (str(service_sid("Spooler")), r"NT SERVICE\Spooler"),
        ("S-1-5-21-9-9-9-1", "S-1-5-21-9-9-9-1"),
        ("S-1-5-80-1-2-3-4-5", "S-1-5-80-1-2-3-4-5"),
    ],
)
def test_whoever_is_known_here_has_a_name(registry: Registry, sid: str, text: str) -> None:
    """The others stay numbers; no domain is guessed."""
    assert str(Accounts(registry.root).principal(Sid.parse(sid))) == text


@pytest.mark.parametrize(
    ("who", "sid"),
    [
        ("ada", "S-1-5-21-11-22-33-1001"),
        (r"engine\ADA", "S-1-5-21-11-22-33-1001"),
        ("LA", "S-1-5-21-11-22-33-500"),
        ("Administratoren", "S-1-5-32-544"),
        ("grace", "S-1-5-21-7-7-7-1200"),
        (r"NT SERVICE\Spooler", str(service_sid("spooler"))),
    ],
)
def test_a_name_leads_to_its_sid(registry: Registry, who: str, sid: str) -> None:
    """Also a localised one, as the machine itself has it."""
    assert str(Accounts(registry.root).require_sid(who)) == sid


def test_nobody_is_guessed(registry: Registry) -> None:
    accounts = Accounts(registry.root)
    with pytest.raises(SecurityError, match="no such account here"):
        accounts.require_sid("Bob")
    assert accounts.require_sid(accounts.principal(MACHINE)) == MACHINE


def test_a_hive_alone_knows_what_is_the_same_everywhere(tmp_path: Path) -> None:
    with anyreg.open(tmp_path / "alone.hiv", "x") as hive:
        accounts = Accounts(hive.root)
        assert accounts.domains.machine is None
        assert accounts.machine_name == ""
        assert str(accounts.principal(Sid.parse("S-1-1-0"))) == "Everyone"
        assert accounts.find_account(Sid.parse("S-1-5-21-1-2-3-500")) is None


def test_odd_keys_of_a_damaged_machine_name_nobody(registry: Registry) -> None:
    """Neither a profile without a folder, nor a service whose name is half a character."""
    for sid, folder in (("S-1-5-21-7-7-7-1", ""), ("S-1-5-21-7-7-7-2", "C:\\Users\\ida\\")):
        registry.create(f"{PROFILES}\\{sid}").values["ProfileImagePath"] = folder
    registry.create(f"{CONTROL}\\Services\\a\ud800")
    accounts = Accounts(registry.root)
    assert str(accounts.principal(Sid.parse("S-1-5-21-7-7-7-1"))) == "S-1-5-21-7-7-7-1"
    assert str(accounts.principal(Sid.parse("S-1-5-21-7-7-7-2"))) == "ida"
    assert str(accounts.principal(service_sid("Spooler"))) == r"NT SERVICE\Spooler"
    with pytest.raises(SecurityError, match="no such account here"):
        accounts.require_sid("")
