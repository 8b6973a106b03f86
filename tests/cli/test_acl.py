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
    assert run("acl", "show", hive).lines == [
        r"owner  BUILTIN\Administrators",
        r"group  NT AUTHORITY\SYSTEM",
        r"allow  BUILTIN\Users           read  this key and below",
        r"allow  NT AUTHORITY\SYSTEM     full  this key and below, inherited",
    ]
    assert run("acl", "show", hive, "--recursive").lines == [
        "Top",
        r"    owner BUILTIN\Administrators, group NT AUTHORITY\SYSTEM",
        r"    allow BUILTIN\Users: read (this key and below)",
        r"    allow NT AUTHORITY\SYSTEM: full (this key and below, inherited)",
        r"Top\Open",
        r"    owner NT AUTHORITY\SYSTEM, group NT AUTHORITY\SYSTEM",
        "    allow Everyone: full (this key)",
    ]
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


def test_that_nobody_may_do_anything_is_said(run: Run, hive: str) -> None:
    """Also by a rehearsal: nothing is left of a list that was all inherited, or all for one."""
    below = hive + r"\Open"
    for words in (("revoke", below, "WD", "-n"), ("revoke", below, "WD"), ("protect", below)):
        done = run("acl", *words)
        assert (done.status, "nobody but the owner" in done.err) == (0, True)
    assert run("acl", "protect", hive, "--drop").err == ""


def test_a_change_can_be_carried_down(run: Run, hive: str) -> None:
    run("acl", "grant", hive, "Guests", "read", "--propagate")
    assert "(A;CIID;KR;;;BG)" in sddl(hive + r"\Open")
    run("acl", "protect", hive + r"\Open", "--reset")
    assert "(A;;KA;;;WD)" not in sddl(hive + r"\Open")
    assert "(A;CIID;KR;;;BG)" in sddl(hive + r"\Open")


def test_a_tree_is_changed_key_by_key(run: Run, hive: str) -> None:
    """Each key as if it were named; a failure in one leaves all."""
    assert run("acl", "owner", hive, "BA", "-r", "-n").lines == [
        r"~ Top\Open",
        r"    ~ owner NT AUTHORITY\SYSTEM -> BUILTIN\Administrators",
    ]
    assert run("acl", "owner", hive, "AN", "-r").status == 0
    shown = [f"{path}  NT AUTHORITY\\ANONYMOUS LOGON" for path in ("Top", r"Top\Open")]
    assert run("acl", "owner", hive, "-r").lines == shown
    records = run("acl", "owner", hive, "-r", "--json").records
    assert records[1] == {
        "path": r"Top\Open",
        "owner": {"sid": "S-1-5-7", "name": r"NT AUTHORITY\ANONYMOUS LOGON"},
    }
    assert run("acl", "grant", hive, "BG", "read", "-r").status == 0
    assert run("acl", "deny", hive, "AN", "full", "-r", "--no-inherit").status == 0
    wanted = "O:ANG:SYD:(D;;KA;;;AN)(A;;KA;;;WD)(A;CI;KR;;;BG)"
    assert sddl(hive + r"\Open") == wanted
    assert run("acl", "revoke", hive, "BG", "-r").status == 0
    assert run("acl", "protect", hive, "-r").status == 0
    assert sddl(hive + r"\Open") == "O:ANG:SYD:P(D;;KA;;;AN)(A;;KA;;;WD)"
    assert run("acl", "protect", hive, "--reset", "-r").status == 0
    before = sddl(hive + r"\Open")
    assert "(A;;KA;;;WD)" not in before
    assert run("acl", "grant", hive, "BG", "read", "-r", "--propagate").status == 2
    with anyreg.open(hive.partition("::")[0], "r+") as registry:
        registry.create(r"Top\Open\Broken").descriptor = b"no descriptor at all"
    assert run("acl", "owner", hive, "BA", "-r").status == 2
    assert sddl(hive + r"\Open") == before


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
    ada = ("find", hive, "--who", "S-1-5-21-1-2-3-1001", "--can", "query-value")
    assert run("acl", *ada).lines == [r"Top\Open"]
    assert run("acl", *ada, "--group", "Users").lines == ["Top", r"Top\Open"]


def test_what_everyone_may_is_not_what_authenticated_users_may(run: Run, hive: str) -> None:
    """Nor what a group may that Everyone is not in; a user is in both unsaid."""
    assert run("acl", "set", hive, "O:SYG:SYD:(A;;KA;;;AU)").status == 0
    assert run("acl", "find", hive, "--who", "Everyone").lines == [r"Top\Open"]
    assert run("acl", "find", hive, "--who", "S-1-5-21-1-2-3-501").lines == [r"Top\Open"]
    assert run("acl", "find", hive, "--who", "S-1-5-21-1-2-3-1001").lines == ["Top", r"Top\Open"]
    assert run("acl", "find", hive, "--who", "AN").lines == []


def test_a_descriptor_that_cannot_be_read_stops_no_other(run: Run, hive: str) -> None:
    """It is a line of warning, and the status."""
    with anyreg.open(hive.partition("::")[0], "r+") as registry:
        registry.create(r"Top\Broken").descriptor = b"no descriptor at all"
    for words in (("show", hive, "-r"), ("find", hive, "--who", "WD")):
        done = run("acl", *words)
        assert (done.status, done.err.count("Broken")) == (2, 1)
        assert r"Top\Open" in done.lines
    assert run("acl", "show", hive + r"\Broken").status == 2


def test_a_key_without_a_descriptor(run: Run, hive: str) -> None:
    """All commands say the same of it: what counts for it, as when it is opened by somebody."""
    with anyreg.key(hive, mode="r+") as key:
        key.open("Open").descriptor = b""
    key_ = hive + r"\Open"
    assert run("acl", "show", key_).lines == ["none  no security descriptor"]
    assert run("acl", "show", hive, "-r").lines[-1] == "    no security descriptor"
    assert run("acl", "explain", key_, "--as", "WD", "--want", "read").status == 0
    assert run("acl", "explain", key_, "--as", "WD", "--want", "write").status == 1
    assert run("acl", "find", hive, "--who", "WD", "--can", "read").lines == [r"Top\Open"]
    done = run("acl", "grant", key_, "WD", "read")
    assert (done.status, done.err.endswith("Top\\Open\n")) == (2, True)


def test_a_user_of_a_disk_is_said_as_everywhere(run: Run, hive: str) -> None:
    """Every command takes the options that all have."""
    for command in ("show", "owner", "grant", "explain", "find", "export", "import", "diff"):
        shown = run("acl", command, "--help").out
        assert all(word in shown for word in ("--escaped", "--user", "--log"))
    done = run("acl", "owner", hive, "SY", "--user", "ada")
    assert (done.status, "for Windows disks" in done.err) == (2, True)


def test_bad_words_are_one_line(run: Run, hive: str) -> None:
    for words in (
        ("grant", hive, "Nobody here", "read"),
        ("grant", hive, "BA", "reed"),
        ("set", hive, "O:XX"),
        ("set", hive, ""),
        ("explain", hive, "--as", "BA", "--privilege", "SeNone"),
    ):
        done = run("acl", *words)
        assert (done.status, done.err.count("\n")) == (2, 1), done.err
    assert "here (expected a SID" in run("acl", "grant", hive, "Nobody here", "read").err
