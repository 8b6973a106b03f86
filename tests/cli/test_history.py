"""history, undo and redo: what commands have changed, and taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import anyreg
from anyreg.system import WINDOWS
from cli.conftest import Run, dumped
from hives import sealed


@pytest.fixture(autouse=True)
def histories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands keep a history here."""
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path / "histories"))
    return tmp_path / "histories"


def test_what_commands_change_is_listed(run: Run, hive: Path) -> None:
    """The newest first, with the command line that did it."""
    assert run("history", hive).out == ""
    run("set", f"{hive}::Software", "Text", "other")
    run("rm", f"{hive}::Software", "-r")
    lines = run("history", hive).lines
    assert [line.split()[0] for line in lines] == ["2", "1"]
    assert lines[0].endswith(f"anyreg rm {hive}::Software -r")
    assert all(re.search(r"20[0-9]{2}-[0-9-]+ [0-9:]{8}Z ", line) for line in lines)
    records = run("history", hive, "--json").records
    for record, line in zip(records, lines, strict=True):
        assert record["time"].endswith("Z")
        assert f"{record['time'][:19]}Z".replace("T", " ") in line
    assert [record["state"] for record in records] == ["done", "done"]
    assert records[1]["keys"] == records[1]["values"] == 1


def test_a_change_is_shown(run: Run, hive: Path) -> None:
    """As anyreg diff shows it."""
    run("set", f"{hive}::Software", "Text", "other")
    assert run("history", hive, "1").lines == ["~ Software  Text  REG_SZ some text -> REG_SZ other"]
    (record,) = run("history", hive, "1", "--json").records
    assert (record["kind"], record["name"]) == ("changed", "Text")
    assert run("history", hive, "7").status == 2


def test_undo_and_redo(run: Run, hive: Path) -> None:
    """The hive is as it was, to the last byte of its dump."""
    states = [dumped(hive)]
    for words in (
        ["set", f"{hive}::Software", "Text", "other"],
        ["mv", f"{hive}::Software", "Other"],
        ["rm", f"{hive}::Other", "-r"],
        ["create", rf"{hive}::New\Key"],
    ):
        assert run(*words).status == 0
        states.append(dumped(hive))
    done = run("undo", hive)
    place = rf"{hive}::New\Key"
    quoted = place if WINDOWS else f"'{place}'"  # as it is typed again
    assert done.lines == [f"undone 4: anyreg create {quoted} (3 keys, 0 values)"]
    assert dumped(hive) == states[3]
    assert run("undo", "3", hive).status == 0
    assert dumped(hive) == states[0]
    assert run("redo", hive, "2").status == 0
    assert dumped(hive) == states[2]
    assert [r["state"] for r in run("redo", hive, "--json").records] == ["done"]
    assert dumped(hive) == states[3]


def test_a_large_import_and_its_undo_leave_small_logs(run: Run, hive: Path) -> None:
    """Beside the hive, which is as small as before; what was undone stands in the history."""
    before, size = dumped(hive), hive.stat().st_size
    file = hive.with_name("large.reg")
    key = r"HKEY_LOCAL_MACHINE\made.dat\Large"
    lines = [f'[{key}\\{number}]\n"Text"="{"x" * 4000}"' for number in range(500)]
    file.write_text("\n".join(["Windows Registry Editor Version 5.00", *lines]), "utf-8")
    assert run("import", hive, file).status == 0
    assert hive.stat().st_size > 4_000_000
    assert run("undo", hive).status == 0
    assert dumped(hive) == before
    logs = {log.name: log.stat().st_size for log in hive.parent.glob("made.dat.*")}
    assert logs.keys() == {"made.dat.LOG1", "made.dat.LOG2"}
    assert max(logs.values()) <= 256 * 1024
    assert hive.stat().st_size <= size + 4096
    with anyreg.open(hive) as registry:
        assert registry.check() == []


def test_a_dry_run_changes_nothing(run: Run, hive: Path) -> None:
    """It shows what would change."""
    run("set", f"{hive}::Software", "Text", "other")
    before = hive.read_bytes()
    done = run("undo", hive, "--dry-run")
    assert done.lines == ["~ Software  Text  REG_SZ other -> REG_SZ some text"]
    assert hive.read_bytes() == before
    assert run("redo", hive, "-n").status == 1


def test_nothing_to_undo_is_status_1(run: Run, hive: Path) -> None:
    """With a line that says so."""
    done = run("undo", hive)
    assert (done.status, done.out) == (1, "")
    assert done.err == "anyreg: 1 change cannot be undone: none can be\n"


def test_a_conflict_names_the_key(run: Run, hive: Path) -> None:
    """And --force overrides it."""
    run("set", f"{hive}::Software", "Text", "other")
    assert run("set", f"{hive}::Software", "Text", "third", "--no-history").status == 0
    done = run("undo", hive)
    assert (done.status, done.err) == (1, "anyreg: its values have changed since: Software\n")
    assert run("undo", hive, "--force").status == 0
    with anyreg.open(hive) as registry:
        assert registry.read("Software", "Text") == "some text"


def test_without_a_history(
    run: Run, hive: Path, histories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the option, or by ANYREG_HISTORY=off, no file is made."""
    run("set", f"{hive}::Software", "Text", "a", "--no-history")
    monkeypatch.setenv("ANYREG_HISTORY", "off")
    run("set", f"{hive}::Software", "Text", "b")
    monkeypatch.setenv("ANYREG_HISTORY", str(histories))
    assert not histories.exists()
    assert run("history", hive).out == ""


def test_variables_have_a_history_unless_asked_otherwise(run: Run, tmp_path: Path) -> None:
    """One change of four is in it, and is undone past a later one of another variable."""
    hive = tmp_path / "ntuser.dat"
    anyreg.open(hive, "x").close()
    run("env", "set", "ONE", "0", hive, "--no-history")
    run("env", "set", "TWO", "0", hive, "--no-history")
    run("env", "set", "ONE", "1", hive)
    run("env", "set", "TWO", "2", hive, "--no-history")
    assert len(run("history", hive).lines) == 1
    assert run("undo", hive).status == 0
    assert run("env", "get", "ONE", hive).lines == ["0"]
    assert run("env", "get", "TWO", hive).lines == ["2"]


def test_a_new_hive_has_no_history_of_an_old_one(run: Run, tmp_path: Path) -> None:
    """Of the same name."""
    hive = tmp_path / "NEW"
    run("create", rf"{hive}::A", "--new")
    for file in tmp_path.glob("NEW*"):
        file.unlink()
    run("create", rf"{hive}::B", "--new")
    (record,) = run("history", hive, "--json").records
    assert record["label"].endswith("NEW::B --new")


def test_reg_keeps_a_history_too(run: Run, tmp_path: Path) -> None:
    """Of the registry that it changes."""
    home = tmp_path / "home"
    anyreg.open(f"{home}/", "x").close()
    key = rf"{home}::HKCU\Software\Test"
    assert run("reg", "ADD", key, "/v", "x", "/d", "y").status == 0
    assert run("undo", home).status == 0
    assert run("reg", "QUERY", key).status == 1


@pytest.mark.parametrize("words", [["1", "2"], ["a", "b"], ["a", "1", "2"]])
def test_words_that_make_no_sense(run: Run, words: list[str]) -> None:
    """One target and one number at most."""
    done = run("undo", *words)
    assert (done.status, done.err) == (
        2,
        "anyreg: Invalid value: one TARGET and one number N at most\n",
    )


@pytest.mark.parametrize("command", ["history", "undo", "redo"])
@pytest.mark.parametrize("address", ["HKCU", r"hkcu:\Software", "made.dat::Software"])
def test_a_key_has_no_history_of_its_own(run: Run, command: str, address: str) -> None:
    """It is said so, whether the key is in a hive or in one's own registry."""
    done = run(command, address)
    assert (done.status, done.err) == (
        2,
        "anyreg: Invalid value: a history is of a whole TARGET, not of a key in it\n",
    )


@pytest.mark.parametrize(("verb", "done"), [("undo", "undone"), ("redo", "redone")])
def test_what_was_forced_can_be_undone_by_force(run: Run, hive: Path, verb: str, done: str) -> None:
    """And by nothing less, as long as a transaction of Windows is pending; the rehearsal too."""
    data = bytearray(hive.read_bytes())
    data[144] = 1
    hive.write_bytes(sealed(bytes(data)))
    run("set", f"{hive}::Software", "Number", "7", "--force")
    if verb == "redo":
        run("undo", hive, "--force")
    for more in ([], ["-n"]):
        refused = run(verb, hive, *more)
        assert (refused.status, refused.out) == (2, "")
        assert "--force writes all the same" in refused.err
    assert "Number" in run(verb, hive, "--force", "-n").out
    assert run(verb, hive, "--force").out.startswith(f"{done} 1")
