"""Commands on the registry of another machine, a real Samba: who asks, and what cannot be done."""

from __future__ import annotations

import io
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.backends.trees import make
from anyreg.cli.completion.candidates import candidates
from cli.conftest import Done, Run
from cli.terminals import ANYREG, terminal
from remote.registries import cleared
from remote.smbd import ADMINISTRATOR, HOST, ORDINARY, PASSWORD, free_port, server

KEY = r"HKCU\Software\Machines"
FULL = r"HKEY_CURRENT_USER\Software\Machines"
MACHINE_KEY = r"HKLM\SOFTWARE\Machines"
Ask = Callable[..., Done]


def target() -> str:
    return f"//{HOST}:{server().port}"


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path / "history"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("NTLM_USER_FILE", raising=False)
    backend = cleared()
    make(backend, backend.root(), KEY)
    backend.close()
    yield
    cleared().close()


@pytest.fixture
def ask(run: Run, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run a command as somebody, whose password the standard input begins with."""

    def ask(*words: str, user: str = ADMINISTRATOR, typed: str = f"{PASSWORD}\n") -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        done = run(*words, "--user", user, "--password-stdin")
        assert PASSWORD.encode() not in done.data + done.err.encode()
        return done

    return ask


def fine(done: Done) -> Done:
    assert (done.status, done.err) == (0, "")
    return done


def test_keys_and_values_are_made_shown_and_deleted(ask: Ask) -> None:
    """By the commands that do it with files."""
    there = f"{target()}::{KEY}"
    fine(ask("create", rf"{there}\a\b"))
    fine(ask("set", there, "Name", "text"))
    fine(ask("set", there, "Number", "7", "--type", "dword"))
    assert fine(ask("get", there, "Name")).out == "text\n"
    assert "a\\" in fine(ask("ls", there)).lines
    assert "REG_DWORD" in fine(ask("tree", there, "--values")).out
    assert FULL in fine(ask("find", f"{target()}::HKCU\\Software", "Number")).out
    exported = fine(ask("export", there)).data.decode("utf-16")
    assert f"[{FULL}]" in exported
    assert '"Number"=dword:00000007' in exported
    assert fine(ask("dump", there)).records
    assert "BUILTIN" in fine(ask("acl", "show", there)).out
    fine(ask("acl", "owner", there, ORDINARY))
    assert rf"REGHOST\{ORDINARY}" in fine(ask("acl", "show", there)).out
    assert "remote registry" in fine(ask("info", there)).out
    fine(ask("rm", there, "Name"))
    fine(ask("rm", there, "--recursive"))
    assert ask("get", there, "Name").status == 1
    assert "HKEY_USERS\\" in fine(ask("ls", target())).lines


def test_a_key_is_copied_between_machines_and_files(ask: Ask, tmp_path: Path) -> None:
    """And compared, saved and restored; a copy into itself has no end, by whatever name."""
    there, hive = f"{target()}::{KEY}", tmp_path / "saved.hive"
    fine(ask("create", rf"{there}\a"))
    fine(ask("set", rf"{there}\a", "Name", "text"))
    fine(ask("save", there, str(hive)))
    with anyreg.open(hive) as saved:
        assert saved.read("a", "Name") == "text"
        assert saved.check() == []
    fine(ask("restore", f"{there}2", str(hive)))
    assert fine(ask("diff", there, f"{there}2")).out == ""
    other = rf"\\{HOST}:{server().port}::{KEY}3"
    fine(ask("cp", there, other))
    assert fine(ask("get", rf"{other}\a", "Name")).out == "text\n"
    within = ask("cp", there, rf"\\{HOST}:{server().port}::{KEY}\within")
    assert within.status == 2
    assert "into itself" in within.err


def test_a_dry_run_changes_nothing(ask: Ask) -> None:
    """It shows what would change."""
    there = f"{target()}::{KEY}"
    fine(ask("set", there, "Name", "text"))
    assert "text -> REG_SZ other" in fine(ask("set", there, "Name", "other", "--dry-run")).out
    assert fine(ask("get", there, "Name")).out == "text\n"
    assert "Name" in fine(ask("cp", there, f"{there}2", "--dry-run")).out
    assert ask("ls", f"{there}2").status != 0


def test_what_was_changed_is_undone(ask: Ask) -> None:
    """Its history is kept here, without a password; a change of somebody else is in the way."""
    there = f"{target()}::{KEY}"
    fine(ask("set", there, "Name", "first"))
    fine(ask("set", there, "Name", "second"))
    fine(ask("create", rf"{there}\a\b\c"))
    assert fine(ask("undo", target(), "2", "--dry-run")).lines == [
        rf"~ {FULL}  Name  REG_SZ second -> REG_SZ first",
        rf"- {FULL}\a",
        rf"- {FULL}\a\b",
        rf"- {FULL}\a\b\c",
    ]
    fine(ask("undo", target(), "2"))
    assert fine(ask("get", there, "Name")).out == "first\n"
    assert "second" in fine(ask("redo", target(), "2", "-n")).out
    assert fine(ask("get", there, "Name")).out == "first\n"
    assert fine(ask("ls", there)).lines == ["Name  REG_SZ  first"]
    fine(ask("redo", rf"\\{HOST}:{server().port}"))
    assert fine(ask("get", there, "Name")).out == "second\n"
    fine(ask("set", "--no-history", there, "Name", "theirs"))
    assert "undone" in fine(ask("history", target())).out
    refused = ask("undo", target())
    assert refused.status != 0
    assert fine(ask("get", there, "Name")).out == "theirs\n"
    for file in Path(os.environ["ANYREG_HISTORY"]).rglob("*"):
        if file.is_file():
            assert PASSWORD.encode() not in file.read_bytes()


def test_an_ordinary_user_reads_and_does_not_write(ask: Ask) -> None:
    there = f"{target()}::{KEY}"
    fine(ask("set", there, "Name", "text"))
    assert fine(ask("get", there, "Name", user=ORDINARY)).out == "text\n"
    denied = ask("set", there, "Name", "other", user=ORDINARY)
    assert denied.status == 2
    assert "denied" in denied.err.lower()
    assert fine(ask("get", there, "Name")).out == "text\n"


def test_reg_reaches_other_machines(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With names as reg.exe has them, of its two roots."""

    def reg(*words: str) -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
        return run("reg", "--user", ADMINISTRATOR, "--password-stdin", *words)

    there = rf"\\{HOST}:{server().port}\{MACHINE_KEY}"
    assert reg("add", there, "/v", "Name", "/d", "text", "/f").status == 0
    shown = reg("query", there, "/s")
    assert shown.out == "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Machines\n    Name    REG_SZ    text\n\n"
    assert reg("copy", there, rf"{there}\Copy", "/f").status == 0
    assert reg("compare", there, rf"{there}\Copy").status == 0
    assert reg("delete", there, "/f").status == 0
    assert reg("query", there).status == 1
    user = reg("query", rf"\\{HOST}:{server().port}\{KEY}")
    assert user.err.startswith("ERROR: Invalid key name.")
    nobody = reg("query", rf"\\{HOST}:{free_port()}\HKLM")
    assert nobody.err == "ERROR: The network path was not found.\n"


def test_what_cannot_be_done_names_what_can(ask: Ask, tmp_path: Path) -> None:
    """And nothing has changed."""
    there = f"{target()}::{KEY}"
    fine(ask("set", there, "Name", "text"))
    renamed = ask("mv", there, "other")
    assert renamed.status == 2
    assert "copy it" in renamed.err
    watched = ask("watch", there, "--timeout", "1")
    assert watched.status == 2
    assert "poll" in watched.err
    assert fine(ask("get", there, "Name")).out == "text\n"


@pytest.mark.parametrize("words", [["recover"], ["compact"], ["repair", "new.hive"]])
def test_what_is_for_files_says_so(run: Run, words: list[str]) -> None:
    command, *rest = words
    done = run(command, target(), *rest)
    assert done.status == 2
    assert "anyreg save" in done.err


def test_changes_are_watched_by_looking(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every so often."""
    there = f"{target()}::{KEY}"
    fine(ask("set", there, "Name", "text"))
    environment = {**os.environ, "ANYREG_HISTORY": "off"}
    words = ["watch", there, "--poll", "0.1", "--limit", "1", "--timeout", "60"]
    with subprocess.Popen(
        [*ANYREG, *words, "--user", ADMINISTRATOR, "--password-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    ) as watching:
        assert watching.stdin is not None
        watching.stdin.write(f"{PASSWORD}\n")
        watching.stdin.close()
        end, number = time.monotonic() + 60, 0
        while watching.poll() is None and time.monotonic() < end:
            number += 1
            fine(ask("set", there, "Name", f"text {number}"))
        assert watching.stdout is not None
        assert "Name" in watching.stdout.read()


def test_who_asks_must_be_said_as_a_whole(run: Run, ask: Ask, tmp_path: Path) -> None:
    """Each mistake has its message, and no machine is asked."""
    for words, meant in (
        (["--password-stdin"], "needs --user"),
        (["--user", "somebody"], "give --password-stdin"),
        (["--port", "65536"], "up to 65535"),
        (["--kerberos"], "Kerberos"),
        (["--log", "x"], "hive files"),
    ):
        done = run("ls", target(), *words)
        assert done.status == 2
        assert meant in done.err
    assert "no password" in ask("ls", target(), typed="\n").err
    assert "password is wrong" in ask("ls", target(), typed="Wr0ng\n").err
    for word in ("--kerberos", "--encrypt", "--password-stdin"):
        assert "other machines" in run("ls", str(tmp_path / "x.hive"), word).err
    meant = run("ls", rf"\\{HOST}\HKLM\SOFTWARE").err
    assert rf"\\{HOST}::HKLM\SOFTWARE" in meant


def test_a_port_and_encryption_are_asked_for(ask: Ask) -> None:
    done = ask("ls", f"//{HOST}", "--port", str(server().port), "--encrypt")
    assert "HKEY_USERS\\" in fine(done).lines


@pytest.mark.posix("a terminal of the system's own")
def test_a_person_is_asked_for_the_password() -> None:
    """At the terminal, once for two machines; neither that nor the list of processes shows it."""
    ours, theirs = terminal()
    command = [*ANYREG, "diff", f"{target()}::HKCU\\Software", f"{target()}::HKCU\\Software"]
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    with subprocess.Popen(
        [*command, "--user", ADMINISTRATOR],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=environment,
    ) as asking:
        os.close(theirs)
        shown, end, has_typed = "", time.monotonic() + 60, False
        while time.monotonic() < end:
            if not select.select([ours], [], [], 0.1)[0]:
                continue
            try:
                shown += os.read(ours, 4096).decode()
            except OSError:
                break
            if "Password of root: " in shown and not has_typed:
                assert PASSWORD not in Path(f"/proc/{asking.pid}/cmdline").read_text()
                os.write(ours, f"{PASSWORD}\n".encode())
                has_typed = True
        assert asking.wait(60) == 0
    os.close(ours)
    assert shown.split() == ["Password", "of", "root:"]


def test_keys_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    """As whoever the environment knows."""
    fine(ask("create", f"{target()}::{KEY}\\Sub"))
    file = tmp_path / "users"
    file.write_text(f"REGTEST:{ADMINISTRATOR}:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(file))
    assert candidates(["ls"], f"{target()}::{KEY}\\S") == [f"{target()}::{KEY}\\Sub"]
