"""acl: whom keys belong to, who may do what, and changes of that."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run

TEXT = "O:BAG:SYD:AI(A;CI;KR;;;BU)(A;CIID;KA;;;SY)"


@pytest.fixture
def hive(folder: Path) -> str:
    """A hive with keys of different permissions."""
    path = folder / "acl.hiv"
    with anyreg.open(path, "x") as registry:
        registry.create(r"Top\Open").security = "O:SYG:SYD:(A;;KA;;;WD)"
        registry.open("Top").security = TEXT
    return f"{path}::Top"


def sddl(hive: str) -> str:
    with anyreg.key(hive) as key:
        return key.security.sddl


def test_entries_are_shown_in_words(run: Run, hive: str) -> None:
    assert [line.split("  ")[0] for line in run("acl", "show", hive).lines] == ["Top"] * 4
    out = run("acl", "show", hive).out
    assert r"BUILTIN\Administrators" in out
    assert "this key and below, inherited" in out
    assert run("acl", "show", hive, "--sddl").lines == [f"Top  {TEXT}"]
    assert len(run("acl", "show", hive, "--sddl", "--recursive").lines) == 2


def test_programs_get_records(run: Run, hive: str) -> None:
    (record,) = run("acl", "show", hive, "--json").records
    assert record["owner"] == {"sid": "S-1-5-32-544", "name": r"BUILTIN\Administrators"}
    assert [entry["mask"] for entry in record["dacl"]] == [0x20019, 0xF003F]
    assert record["sacl"] is None
    assert record["sddl"] == TEXT


def test_changes_are_made_or_rehearsed(run: Run, hive: str) -> None:
    shown = run("acl", "grant", hive, "Guests", "read", "--dry-run")
    assert shown.status == 0
    assert shown.lines == ["~ Top", r"    + allow BUILTIN\Guests: read (this key and below)"]
    assert run("acl", "owner", hive, "SY", "-n").lines[1].startswith("    ~ owner BUILTIN")
    assert sddl(hive) == TEXT
    for words in (
        ("grant", "Guests", "read", "--no-inherit"),
        ("deny", "BG", "set-value"),
        ("owner", "SY"),
        ("revoke", "Users"),
        ("protect", "--drop"),
    ):
        done = run("acl", words[0], hive, *words[1:])
        assert (done.status, done.err) == (0, "")
    assert sddl(hive) == "O:SYG:SYD:PAI(D;CI;DC;;;BG)(A;;KR;;;BG)"
    assert run("acl", "owner", hive).out == "NT AUTHORITY\\SYSTEM\n"
    assert run("acl", "set", hive, TEXT).status == 0
    assert sddl(hive) == TEXT


def test_who_keeps_inherited_rights_is_said(run: Run, hive: str) -> None:
    done = run("acl", "revoke", hive, "SY")
    assert done.status == 0
    assert "still has what the key inherits" in done.err


def test_a_change_can_be_carried_down(run: Run, hive: str) -> None:
    run("acl", "grant", hive, "Guests", "read", "--propagate")
    assert "(A;CIID;KR;;;BG)" in sddl(hive + r"\Open")
    run("acl", "protect", hive + r"\Open", "--reset")
    assert "(A;;KA;;;WD)" not in sddl(hive + r"\Open")


def test_a_decision_is_explained(run: Run, hive: str) -> None:
    done = run(
        "acl", "explain", hive, "--as", "S-1-5-21-1-2-3-1001", "--group", "BU", "--want", "read"
    )
    assert (done.status, done.lines[0]) == (0, "granted")
    assert "entry 1: allow" in done.lines[1]
    refused = run("acl", "explain", hive, "--as", "Guests", "--want", "write", "--json")
    assert refused.status == 1
    assert refused.records[0]["error"] == 5


def test_keys_that_somebody_can_write_are_found(run: Run, hive: str) -> None:
    assert run("acl", "find", hive, "--who", "Everyone", "--can", "write").lines == [r"Top\Open"]
    assert run("acl", "find", hive, "--who", "SY", "--can", "full").lines == ["Top", r"Top\Open"]


def test_bad_words_are_one_line(run: Run, hive: str) -> None:
    for words in (
        ("grant", hive, "Nobody here", "read"),
        ("grant", hive, "BA", "reed"),
        ("set", hive, "O:XX"),
        ("explain", hive, "--as", "BA", "--privilege", "SeNone"),
    ):
        done = run("acl", *words)
        assert (done.status, done.err.count("\n")) == (2, 1), done.err
    assert "here (expected a SID" in run("acl", "grant", hive, "Nobody here", "read").err
