from __future__ import annotations

import pytest

from anyreg.errors import SecurityError
from anyreg.security.known import (
    ACCOUNTS,
    ALIASES,
    Domains,
    account_of,
    capability_sid,
    find_sid,
    package_sid,
    pool_sid,
    require_sid,
    service_sid,
)
from anyreg.security.sid import Sid
from conftest import CORPUS, MISSING

MACHINE = Sid.parse("S-1-5-21-7-8-9")
TABLE = CORPUS.parent / "reference" / "security" / "sids.tsv"


@pytest.mark.parametrize(
    ("who", "sid"),
    [
        ("S-1-5-18", "S-1-5-18"),
        ("ba", "S-1-5-32-544"),
        ("Administrators", "S-1-5-32-544"),
        (r"builtin\administrators", "S-1-5-32-544"),
        (r"NT AUTHORITY\SYSTEM", "S-1-5-18"),
        ("Everyone", "S-1-1-0"),
        (
            r"NT SERVICE\trustedinstaller",
            "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
        ),
    ],
)
def test_an_account_is_found_by_whatever_names_it(who: str, sid: str) -> None:
    assert str(find_sid(who)) == sid


def test_aliases_of_a_machine_need_the_machine() -> None:
    assert find_sid("LA") is None
    assert find_sid("LA", Domains(MACHINE)) == MACHINE.child(500)
    assert Domains(MACHINE).alias_of(MACHINE.child(501)) == "LG"
    assert Domains(None, MACHINE).alias_of(MACHINE.child(512)) == "DA"


def test_an_unknown_name_is_an_error_that_says_what_is_known() -> None:
    with pytest.raises(SecurityError, match="no such account") as caught:
        require_sid("Nobody at all")
    assert caught.value.winerror == 1332


def test_names_lead_to_their_sid_and_back() -> None:
    """Every account of the table, by its full name; aliases are of one SID each."""
    for sid, account in ACCOUNTS.items():
        assert find_sid(str(account)) == sid
    assert len(set(ALIASES.values())) == len(ALIASES)


def test_sids_from_names_are_those_of_real_hives() -> None:
    """Windows computes them from the names."""
    read = "S-1-15-3-1024-1065365936-1281604716-3511738428-1654721687"
    assert str(capability_sid("registryRead")).startswith(read)
    assert service_sid("TrustedInstaller") == service_sid("TRUSTEDINSTALLER")
    assert str(pool_sid("DefaultAppPool")).startswith("S-1-5-82-3006700770-424185619-")
    assert len(package_sid("Microsoft.WindowsCalculator_8wekyb3d8bbwe").numbers) == 8


def test_names_are_hashed_in_the_upper_case_of_windows() -> None:
    """It changes one unit for one, and half a pair of surrogates is a unit as any other."""
    assert service_sid("Straße") == service_sid("STRAßE") != service_sid("STRASSE")
    assert service_sid("a\ud800") == service_sid("A\ud800")


@pytest.mark.skipif(not TABLE.exists(), reason=MISSING)
def test_the_table_agrees_with_one_that_was_made_from_other_sources() -> None:
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:]]
    fixed = [row for row in rows if "<" not in row[0]]
    assert len(fixed) > 90
    for text, alias, domain, name, *_ in fixed:
        account = account_of(Sid.parse(text))
        assert account is not None
        assert account.domain == domain
        assert name.startswith(account.name) or account.name == "Font Driver Host"
        assert not alias or ALIASES[alias] == Sid.parse(text)
