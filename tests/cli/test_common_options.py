"""What every command takes: numbers below 0, names as they are shown, and whose disk it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import anyreg
from anyreg.cli.common_options import unescaped
from anyreg.cli.output import printable, show_name, show_path
from anyreg.cli.program import COMMANDS
from anyreg.install import installed
from cli.conftest import Run, contents
from conftest import ROOT
from hives import sealed
from registry.disks import SID, small_disk

OTHER = "S-1-5-21-1-2-3-1002"
ODD = "a\0b\x1b[2J\u202e<U+0041>\ud800"
SHOWN = "a<U+0000>b<U+001B>[2J<U+202E><U+003C>U+0041><U+D800>"


# Numbers


@pytest.mark.parametrize("number", ["-5", "-0x5", "-5 apples", "-1.5"])
def test_a_word_that_begins_as_a_number_is_data(run: Run, hive: Path, number: str) -> None:
    assert run("set", hive, "New", number).status == 0
    assert run("get", hive, "New").out == f"{number}\n"
    assert run("set", hive, number, "x", "--type", "sz").status == 0
    assert run("get", hive, number).out == "x\n"
    assert run("find", hive, number, "--exact").status == 0
    assert run("rm", hive, number).status == 0
    assert run("get", hive, number).err == f"anyreg: no value {number!r} in the key\n"


def test_a_number_below_0_is_stored_as_windows_does(run: Run, hive: Path) -> None:
    assert run("set", f"{hive}::Software", "Number", "-5").status == 0
    assert run("get", f"{hive}::Software", "Number").out == f"{2**32 - 5}\n"
    assert run("env", "set", "DELTA", "-5", hive).status == 0
    assert run("env", "get", "DELTA", hive).out == "-5\n"


def test_behind_an_option_it_is_that_option_s(run: Run, hive: Path) -> None:
    """What is wrong with it is said as for any other."""
    done = run("find", hive, "x", "--limit", "-3")
    assert (done.status, done.err.count("-3 is not in the range")) == (2, 1)


def test_any_other_unknown_option_is_still_an_error(run: Run, hive: Path) -> None:
    assert run("set", hive, "New", "--typ", "dword", "5").status == 2
    assert run("set", hive, "New", "-x").status == 2


# Escapes


@given(st.text(st.characters(codec=None), max_size=20) | st.just(ODD) | st.just("<U+110000>"))
def test_what_is_shown_is_read_back(text: str) -> None:
    """Whatever it is, also what looks like an escape."""
    shown = printable(text)
    assert unescaped(shown) == text
    assert printable(shown.replace("<", "")) == shown.replace("<", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_escapes(run: Run, command: str) -> None:
    inner = {"env": "ls", "acl": "show", "wine": "ls", "fleet": "run"}
    words = [command, *([inner[command]] if command in inner else [])]
    assert "--escaped" in run(*words, "--help").out


def test_names_can_be_given_as_they_are_shown(run: Run, folder: Path) -> None:
    """Keys and values, to read and to change; the same without the option is another name."""
    hive = folder / "odd.dat"
    with anyreg.open(hive, "x") as registry:
        registry.create(ODD.replace("\0", "0")).create("x" + ODD).values[ODD] = "here"
    key, value = show_path(ODD.replace("\0", "0") + "\\x" + ODD), show_name(ODD)
    address = f"{hive}::{key}"
    assert value == SHOWN
    assert run("ls", address, "--escaped").out == f"{SHOWN}  REG_SZ  here\n"
    assert run("get", address, value, "--escaped").out == "here\n"
    assert run("get", address, value).status == 1
    assert run("set", address, value, "new<U+000A>line", "--escaped").status == 0
    assert run("get", address, value, "--escaped", "--raw").data == "new\nline\0".encode(
        "utf-16-le"
    )
    assert run("find", hive, SHOWN, "--values", "--escaped").status == 0
    assert run("mv", address, "y<U+0000>", "--escaped").status == 0
    assert run("rm", f"{hive}::{key.rpartition(chr(92))[0]}\\y<U+0000>", "--escaped").status == 0
    with anyreg.open(hive) as registry:
        assert registry.root.children()[0].children() == []


def test_reg_takes_escapes_in_front_of_its_verb(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    words = ["HKCU\\Software\\V", "/v", "a<U+0009>b"]
    assert run("reg", "--escaped", "ADD", *words, "/d", "x").status == 0
    assert run("get", words[0], words[2], "--escaped").out == "x\n"
    assert run("reg", "QUERY", *words).status == 1


# Users


@pytest.fixture
def disk(folder: Path) -> Path:
    return small_disk(folder, {SID: "Ada", OTHER: "Bob"})


READING = {
    "ls": (), "tree": (), "get": ("Of",), "find": ("o",), "timeline": (), "info": (), "dump": (),
    "export": (),
}  # fmt: skip


@pytest.mark.parametrize("command", READING)
def test_commands_that_read_take_a_user(run: Run, disk: Path, command: str) -> None:
    address = rf"{disk}::HKCU\Software"
    done = run(command, address, *READING[command])
    assert done.status == 1
    assert "say whose with --user NAME, or take HKEY_USERS" in done.err
    for user in ("bob", OTHER):
        assert run(command, address, *READING[command], "--user", user).status == 0


def test_commands_that_change_take_a_user(run: Run, disk: Path, tmp_path: Path) -> None:
    """All of them; Ada's hive stays as it is."""
    key = rf"{disk}::HKCU\Software"
    bob = disk / "Users" / "Bob" / "NTUSER.DAT"
    ada = (disk / "Users" / "Ada" / "NTUSER.DAT").read_bytes()
    file, hive, lines = (tmp_path / name for name in ("a.json", "a.hive", "a.jsonl"))
    for words in [
        ["set", key, "Of", "Robert"],
        ["create", rf"{key}\Old"],
        ["mv", rf"{key}\Old", "New"],
        ["cp", rf"{key}\New", rf"{key}\Copy"],
        ["rm", rf"{key}\New"],
        ["export", key, "-o", str(file)],
        ["import", key, str(file)],
        ["save", key, str(hive)],
        ["restore", rf"{key}\Copy", str(hive)],
        ["patch", key, str(lines)],
        ["env", "set", "EDITOR", "vi", str(disk)],
        ["merge", key, key, key],
    ]:
        lines.write_text("")
        done = run(*words, "--user", "Bob")
        assert (done.status, done.err.replace("anyreg: no WM", "")[:8]) in {
            (0, ""),
            (0, "_SETTING"),
        }
    assert (disk / "Users" / "Ada" / "NTUSER.DAT").read_bytes() == ada
    with anyreg.open(bob) as registry:
        assert registry.read(r"Software\Copy", "Of") == "Robert"
        assert registry.environment()["EDITOR"] == "vi"


def test_reg_and_run_take_a_user(run: Run, disk: Path, tmp_path: Path) -> None:
    done = run("reg", "--user", "Bob", "QUERY", rf"{disk}::HKCU\Software", "/v", "Of")
    assert "Bob" in done.out
    script = tmp_path / "script.py"
    script.write_text("import winreg\nprint(winreg.QueryValue(winreg.HKEY_CURRENT_USER, None))")
    with installed(ctypes=True, pywin32=True):  # whatever the program was given goes again
        assert run("run", "--user", "Bob", "--registry", disk, script).status == 0


def test_a_user_is_of_a_disk(run: Run, hive: Path) -> None:
    done = run("ls", hive, "--user", "Ada")
    assert (done.status, done.err) == (
        2, f"anyreg: Invalid value: --user is for Windows disks and other machines: {hive}\n",
    )  # fmt: skip


def test_what_was_said_is_forgotten_by_the_next_command(run: Run, disk: Path) -> None:
    assert run("ls", rf"{disk}::HKCU", "--user", "Bob").status == 0
    assert run("ls", rf"{disk}::HKCU").status == 1


# A rehearsal of what is forced


def lock(file: Path) -> None:
    """Mark a hive as Windows does while a transaction is pending in it."""
    data = bytearray(file.read_bytes())
    data[144] = 1
    file.write_bytes(sealed(bytes(data)))


def test_what_is_forced_can_be_rehearsed(run: Run, disk: Path) -> None:
    """The message names the option, with and without the rehearsal."""
    lock(disk / "Windows" / "System32" / "config" / "SYSTEM")
    words = ["set", rf"{disk}::HKLM\SYSTEM\CurrentControlSet\Control", "Number", "7"]
    for more in ([], ["-n"]):
        done = run(*words, *more)
        assert (done.status, done.out) == (2, "")
        assert "a transaction of Windows is pending in this hive; --force writes all" in done.err
    done = run(*words, "--force", "-n")
    assert (done.status, done.err) == (0, "")
    assert done.out.endswith("REG_DWORD 0x00000002 (2) -> REG_DWORD 0x00000007 (7)\n")
    assert run(*words, "--force").status == 0
    assert run(*words, "--force", "-n").out == ""


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (
            ["set", "HIVE::Software", "Number", "7"],
            "Software  Number  REG_DWORD 0x0000002a (42) ->",
        ),
        (["create", "HIVE::New"], "+ New\n"),
        (["rm", "HIVE::Software", "-r"], "- Software\n"),
        (["mv", "HIVE::System", "Other"], "- System\n"),
        (["cp", "HIVE::System", "HIVE::Other"], "+ Other\n"),
        (["import", "HIVE", "FILE"], "+ New\n"),
    ],
)
def test_what_is_forced_upon_a_file_can_be_rehearsed(
    run: Run, hive: Path, words: list[str], shown: str
) -> None:
    """It shows what the same line without the rehearsal does, and leaves the files alone."""
    file = hive.parent / "new.json"
    file.write_text('{"format":"anyreg","version":1,"keys":[{"path":"New"}]}', "utf-8")
    line = [word.replace("HIVE", str(hive)).replace("FILE", str(file)) for word in words]
    lock(hive)
    before = contents(hive.parent)
    for more in ([], ["--dry-run"]):
        done = run(*line, *more)
        assert (done.status, done.out) == (2, "")
        assert f"--force writes all the same: {hive}" in done.err
    done = run(*line, "--force", "--dry-run")
    assert (done.status, done.err) == (0, "")
    assert shown in done.out
    assert contents(hive.parent) == before
    assert run(*line, "--force").status == 0
    assert contents(hive.parent) != before
    with anyreg.open(hive) as registry:
        assert registry.check() == []


def test_no_message_of_a_command_names_an_argument_of_python() -> None:
    """Whatever the messages of the package name so has an option's name here."""
    from anyreg.cli.app import _OPTIONS

    named = {"force=True", "user="}
    text = "".join(
        path.read_text()
        for folder in ("backends", "engine", "registry")
        for path in (ROOT / "src" / "anyreg" / folder).rglob("*.py")
    )
    assert {argument for argument in named if argument in text} == set(_OPTIONS)
