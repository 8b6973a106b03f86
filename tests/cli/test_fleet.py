"""`anyreg fleet run`: a command on several addresses of loopback, which one Samba serves."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.cli.inner_command import CHANGING, READING
from cli.conftest import Done, Run
from cli.terminals import ANYREG, on_terminal
from fleet.delays import DelayedHosts, addresses, black_hole
from remote.registries import cleared
from remote.smbd import ADMINISTRATOR, HOST, ORDINARY, PASSWORD, free_port, server

HOSTS = addresses(3)
KEY = r"HKCU\Software\Fleet"
CURSOR = "\x1b[?25l"  # what a bar begins with
Fleet = Callable[..., Done]

# Words of each command, with what must be there behind them.
READ = {
    "get": [KEY, "Name"],
    "ls": [KEY, "--long"],
    "tree": [KEY, "--values"],
    "find": [r"HKCU\Software", "text"],
    "info": [KEY],
    "timeline": [KEY],
    "dump": [KEY],
    "export": [KEY, "-o", "{host}.reg"],
}
WRITTEN = {
    "set": ([KEY, "New", "1"], [KEY, "New"]),
    "create": ([rf"{KEY}\New"], [rf"{KEY}\New"]),
    "rm": ([rf"{KEY}\Sub", "--recursive"], None),
    "cp": ([rf"{KEY}\Sub", rf"{KEY}\Copy"], [rf"{KEY}\Copy", "In"]),
    "import": ([KEY, "new.json"], [KEY, "New"]),
}


@pytest.fixture(scope="module")
def network() -> Iterator[DelayedHosts]:
    with DelayedHosts((HOST, server().port), HOSTS, 0.0) as network:
        yield network


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of its own, keys on the server, and no registry here that could be touched."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path / "history"))
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("NTLM_USER_FILE", raising=False)
    fill()
    yield
    assert not (tmp_path / "own").exists()


def fill() -> None:
    """Values and a key below, anew."""
    with anyreg.Registry(cleared()) as registry:
        registry.write(KEY, "Name", "text")
        registry.write(rf"{KEY}\Sub", "In", 7)


@pytest.fixture
def fleet(run: Run, network: DelayedHosts, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Run a command on hosts, all three without others, as somebody with a password."""

    def fleet(
        *words: str | Path, hosts: list[str] = HOSTS, user: str = ADMINISTRATOR, option: str = ""
    ) -> Done:
        Path("hosts").write_text("\n".join(hosts))
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
        who = ["--user", user, "--password-stdin", "--port", str(network.port)]
        done = run("fleet", "run", "--hosts", "hosts", *who, *filter(None, [option]), *words)
        assert PASSWORD.encode() not in done.data + done.err.encode()
        return done

    return fleet


def alone(run: Run, monkeypatch: pytest.MonkeyPatch, *words: str) -> Done:
    """The same command on the server itself, which the words' first key is put on."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    name, key, *rest = words
    address = f"//{HOST}:{server().port}::{key}"
    return run(name, address, *rest, "--user", ADMINISTRATOR, "--password-stdin")


def test_what_comes_of_a_host_is_a_row_and_so_is_what_goes_wrong(fleet: Fleet) -> None:
    """The status is 1 where anything did; a host's own port counts."""
    refused = f"{HOST}:{free_port()}"
    done = fleet("get", KEY, "Name", hosts=[*HOSTS, refused, "no such host"])
    rows = sorted(done.lines)
    assert rows[1:4] == [f"{host}  text" for host in HOSTS]
    assert rows[0].startswith(f"{refused}  error: connecting failed")
    assert rows[4].startswith("no such host  error: a host is NAME")
    assert (done.status, done.err) == (1, "anyreg: 2 of 5 hosts failed\n")


def test_rows_in_json_have_the_form_of_the_file_of_results(fleet: Fleet) -> None:
    """The command gives JSON too, as far as it can."""
    done = fleet("ls", KEY, option="--json", hosts=[*HOSTS, "no such host"])
    records = {record["target"]: record for record in done.records}
    for host in HOSTS:
        value = records[host]["value"]
        assert [item["name"] for item in value["output"]] == ["Sub", "Name"]
        assert (value["status"], value["messages"]) == (0, [])
        assert records[host]["error"] is None
        assert records[host]["seconds"] > 0
    assert records["no such host"]["error"]["kind"] == "AddressError"
    assert records["no such host"]["value"] is None


def test_all_commands_are_looked_at() -> None:
    assert READ.keys() == set(READING)
    assert WRITTEN.keys() == set(CHANGING)


@pytest.mark.parametrize("command", READING)
def test_a_command_shows_of_each_host_what_it_shows_of_one(
    run: Run, fleet: Fleet, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Line by line; a file has the name of its host."""
    done = fleet(command, *READ[command])
    assert (done.status, done.err) == (0, "")
    if command == "export":
        assert sorted(done.lines) == [f"{host}  done" for host in HOSTS]
        texts = {Path(f"{host}.reg").read_bytes() for host in HOSTS}
        assert len(texts) == 1
        assert '"Name"="text"' in texts.pop().decode("utf-16")
        return
    single = alone(run, monkeypatch, command, *READ[command])
    assert single.status == 0
    assert single.lines
    for host in HOSTS:
        mine = [line.removeprefix(f"{host}  ") for line in done.lines if line.startswith(host)]
        assert [line.replace(host, HOST) for line in mine] == single.lines


@pytest.mark.parametrize("command", CHANGING)
def test_a_machine_is_changed_only_where_that_is_allowed(
    fleet: Fleet, network: DelayedHosts, command: str
) -> None:
    """Not without --write, nor by a dry run; and then as the command does it."""
    if command == "import":
        exported = fleet("export", KEY, "-o", "{host}.json", hosts=HOSTS[:1])
        assert exported.status == 0
        text = Path(f"{HOSTS[0]}.json").read_text().replace('"Name"', '"New"')
        Path("new.json").write_text(text)
    words, behind = WRITTEN[command]
    before = network.count
    refused = fleet(command, *words)
    assert refused.status == 2
    assert "--write" in refused.err
    assert network.count == before
    one = HOSTS[:1]  # all are one server: each change is made once
    dry = fleet(command, *words, "--dry-run", option="--write", hosts=one)
    assert dry.status == 0
    check = ["get", *behind] if behind and len(behind) > 1 else ["ls", *(behind or words[:1])]
    there = 1 if behind else 0
    assert fleet(*check, hosts=one).status == there
    done = fleet(command, *words, option="--write", hosts=one)
    assert (done.status, done.err) == (0, "")
    assert fleet(*check, hosts=one).status == 1 - there


def test_a_user_without_the_right_is_a_row(fleet: Fleet) -> None:
    """Of each host."""
    done = fleet("set", KEY, "Name", "other", option="--write", user=ORDINARY)
    assert done.status == 1
    assert all("error: " in line for line in done.lines)
    assert sorted(fleet("get", KEY, "Name").lines) == [f"{host}  text" for host in HOSTS]


def test_a_second_run_asks_only_those_that_have_failed(fleet: Fleet, network: DelayedHosts) -> None:
    """It shows all rows; other words are refused."""
    words = ("--resume", "rows.jsonl", "get", KEY, "Name")
    first = fleet(*words, hosts=[*HOSTS, f"{HOST}:{free_port()}"])
    assert (first.status, len(first.lines)) == (1, 4)
    before = network.count
    again = fleet(*words)
    assert sorted(again.lines) == [f"{host}  text" for host in HOSTS]
    assert (again.status, network.count) == (0, before)
    other = fleet("--resume", "rows.jsonl", "get", KEY, "Other")
    assert other.status == 1
    assert "another task" in other.err
    records = [json.loads(line) for line in Path("rows.jsonl").read_text().splitlines()]
    assert len(records) == 5


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["diff", KEY, KEY], "no command for many machines"),
        (["nonsense"], "no command for many machines"),
        (["get", KEY, "--nonsense"], "No such option"),
        (["get", KEY, "Name", "--raw"], "bytes are no lines"),
        (["export", KEY], "each machine needs a file"),
        (["export", KEY, "-o", "one.reg"], "each machine needs a file"),
        (["find", KEY, "(", "--regex"], r"missing \)"),
        (["get", "own.dat::Key", "Name"], "no machine is asked"),
    ],
)
def test_words_that_are_wrong_for_all_are_said_once(
    fleet: Fleet, words: list[str], reason: str
) -> None:
    """With the status of bad input."""
    with anyreg.open("own.dat", "x") as hive:
        hive.write("Key", "Name", "here")
    done = fleet(*words)
    assert (done.status, done.out) == (2, "")
    assert re.search(reason, done.err)
    assert len(done.err.splitlines()) == 1


def test_hosts_that_are_none_are_said(run: Run, tmp_path: Path) -> None:
    """A missing file, an empty one, and one input for two."""
    Path("empty").write_text("# nobody\n")
    for words, reason in (
        (["--hosts", "missing"], "missing"),
        (["--hosts", "empty"], "no host in empty"),
        (["--hosts", "-", "--user", "ada", "--password-stdin"], "the standard input"),
    ):
        done = run("fleet", "run", *words, "get", KEY)
        assert (done.status, done.out) == (2, "")
        assert reason in done.err


def test_hosts_come_from_the_standard_input(
    run: Run, network: DelayedHosts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And the password from the file of NTLM."""
    file = tmp_path / "ntlm"
    file.write_text(f"REGTEST:{ADMINISTRATOR}:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(file))
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(HOSTS)))
    user = f"REGTEST\\{ADMINISTRATOR}"
    words = ["--hosts", "-", "--user", user, "--port", str(network.port), "get", KEY, "Name"]
    done = run("fleet", "run", *words)
    assert sorted(done.lines) == [f"{host}  text" for host in HOSTS]


def test_a_limit_ends_a_host_that_is_silent(fleet: Fleet) -> None:
    """The others are done."""
    with black_hole("127.77.9.9") as port:
        hosts = [*HOSTS, f"127.77.9.9:{port}"]
        done = fleet("get", KEY, "Name", "--json", hosts=hosts, option="--limit=8")
    failed = [line for line in done.lines if "error: " in line]
    assert len(failed) == 1
    assert failed[0].startswith(f"127.77.9.9:{port}  error: ")
    assert done.status == 1


@pytest.mark.posix("signals")
def test_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    """Though a machine is silent, and without a word more than needed."""
    with socket.create_server(("127.77.9.9", 0)) as silent:
        silent.settimeout(60)
        Path("hosts").write_text(f"127.77.9.9:{silent.getsockname()[1]}\n")
        words = ["fleet", "run", "--hosts", "hosts", "--user", "x", "--password-stdin", "get", KEY]
        program = subprocess.Popen(
            [*ANYREG, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ,
        )
        assert program.stdin is not None
        program.stdin.write(b"secret\n")
        program.stdin.flush()
        connection, _ = silent.accept()
        with connection:
            program.send_signal(signal.SIGINT)
            begun = time.monotonic()
            out, err = program.communicate(timeout=60)
        assert time.monotonic() - begun < 9  # connecting would take ten seconds
        assert program.returncode == 130
        assert out == b""
        assert b"Traceback" not in err


@pytest.mark.posix("signals")
def test_a_run_that_is_killed_goes_on_where_it_was(fleet: Fleet) -> None:
    """Each row is in the file once; of those that were under way, each is asked once more."""
    hosts, rows = addresses(20), Path("rows.jsonl")
    Path("hosts").write_text("\n".join(hosts))
    with DelayedHosts((HOST, server().port), hosts, 0.02) as slow:
        options = ["--hosts", "hosts", "--workers", "2", "--resume", str(rows)]
        who = ["--user", ADMINISTRATOR, "--password-stdin", "--port", str(slow.port)]
        program = subprocess.Popen(
            [*ANYREG, "fleet", "run", *options, *who, "get", KEY, "Name"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert program.stdin is not None
        program.stdin.write(f"{PASSWORD}\n".encode())
        program.stdin.flush()
        end = time.monotonic() + 60
        while time.monotonic() < end and not (rows.exists() and len(rows.read_bytes()) > 500):
            time.sleep(0.01)
        program.kill()
        program.communicate()
        done = rows.read_bytes().count(b"\n") - 1
        assert 0 < done < 20
        again = fleet(
            "--port", str(slow.port), "--resume", str(rows), "get", KEY, "Name", hosts=hosts
        )
        assert sorted(again.lines) == sorted(f"{host}  text" for host in hosts)
        targets = [json.loads(line)["target"] for line in rows.read_text().splitlines()[1:]]
        assert sorted(targets) == sorted(hosts)
        assert slow.count <= 20 + 2


@pytest.mark.posix("pseudo-terminals")
def test_a_bar_counts_hosts_on_a_terminal_alone(network: DelayedHosts, tmp_path: Path) -> None:
    """Rows go to a file; the bar is gone in the end."""
    Path("hosts").write_text("\n".join(HOSTS))
    file = tmp_path / "ntlm"
    file.write_text(f"REGTEST:{ADMINISTRATOR}:{PASSWORD}\n")
    os.environ["NTLM_USER_FILE"] = str(file)
    try:
        who = ["--user", f"REGTEST\\{ADMINISTRATOR}", "--port", str(network.port)]
        words = ["fleet", "run", "--hosts", "hosts", *who, "get", KEY, "Name"]
        shown = on_terminal(words, tmp_path / "out")
    finally:
        del os.environ["NTLM_USER_FILE"]
    assert sorted(shown.out.decode().splitlines()) == [f"{host}  text" for host in HOSTS]
    assert CURSOR in shown.screen
    assert "hosts" in shown.screen
    assert shown.status == 0
