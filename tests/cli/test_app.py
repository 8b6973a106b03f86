"""The program as a whole: help, version, errors in one line, and what it does when cut off."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import anyreg
from anyreg.engine import COMPILED
from cli.conftest import EVIL, Run
from conftest import Expected, each_expected
from formats.models import Model

pytestmark = pytest.mark.usefixtures("made")

COMMANDS = ["ls", "tree", "get", "find", "info", "check", "dump", "export", "diff"]
READ = ["ls", "tree", "get", "info", "check", "dump", "export"]


def test_version_says_in_which_form_it_runs(run: Run) -> None:
    form = "compiled" if COMPILED else "plain"
    assert run("--version").out == f"anyreg {version('anyreg')} {form}\n"


def test_python_m_anyreg_is_the_program() -> None:
    command = [sys.executable, "-m", "anyreg", "--version"]
    assert subprocess.run(command, capture_output=True, check=True).stdout.startswith(b"anyreg ")


def test_without_a_command_it_shows_its_help(run: Run) -> None:
    done = run()
    assert done.status == 2
    assert all(command in done.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.status == 0
    assert f"Example: anyreg {command} " in done.out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["ls", "no/such/file"], 2, "no such file: no/such/file"),
        (["ls", "made::Soft"], 1, "no such key: Soft"),
        (["get", "made::Software", "X"], 1, "no value 'X' in the key: Software"),
        (["ls", "::Software"], 2, "an address is FILE or FILE::KEY"),
        (["ls", "docs"], 2, "no hive there: docs"),
        (["ls"], 2, "ADDRESS"),
        (["sl"], 2, "sl"),
        (["ls", "made", "--no-such-option"], 2, "--no-such-option"),
        (["tree", "made", "--depth", "x"], 2, "--depth"),
        (["tree", "made", "--depth", "-1"], 2, "--depth"),
        (["find", "made", "(", "--regex"], 2, "not a regular expression"),
        (["get", "made", "--raw", "--json"], 2, "exclude each other"),
        (["export", "made", "--format", "xml"], 2, "xml"),
        (["export", "made", "--regedit4", "--encoding", "no"], 2, "not a code page"),
        (["export", "made", "-o", "no/such/folder/x.reg"], 2, "no such folder"),
        (["diff", "made", "no/such/file"], 2, "no such file"),
    ],
)
def test_an_error_is_one_line_and_a_status(
    run: Run, arguments: list[str], status: int, message: str
) -> None:
    done = run(*arguments)
    assert done.status == status
    assert done.out == ""
    assert done.err.startswith("anyreg: ")
    assert done.err.count("\n") == 1
    assert message in done.err


def test_hostile_names_in_errors_stay_in_their_line(run: Run) -> None:
    done = run("ls", f"made::{EVIL}")
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err


@pytest.mark.parametrize("command", READ)
def test_damage_is_one_warning_and_no_error(run: Run, command: str) -> None:
    done = run(command, "damaged")
    if command == "check":
        assert (done.status, done.err) == (1, "")
    else:
        assert done.status == 0
        warning = "anyreg: warning: 2 problems in damaged; run anyreg check to see them\n"
        assert done.err == warning


@each_expected(lambda hive: hive.keys is None)
def test_a_hive_that_others_refuse_is_one_line(run: Run, hive: Expected) -> None:
    done = run("ls", hive.file)
    assert done.status in (0, 2)
    assert done.err.count("\n") == 1


@each_expected(lambda hive: hive.keys is not None and not hive.sha256)
def test_every_command_gets_through_a_damaged_hive(run: Run, hive: Expected) -> None:
    for command in (*READ, "find", "diff"):
        more = {"find": ["e"], "diff": [str(hive.file)]}.get(command, [])
        done = run(command, hive.file, *more)
        assert done.status in (0, 1)
        assert done.err.count("\n") <= 1 + (command == "diff")


@pytest.mark.parametrize("name", ["README.md", "INDEX.tsv", "real/win11/config/ELAM.LOG1"])
def test_files_beside_hives_are_none(run: Run, corpus: Path, name: str) -> None:
    if not (corpus / name).exists():
        pytest.skip(f"no {name} in this corpus")
    done = run("ls", corpus / name)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("content", [b"", b"regf", b"PK\x03\x04" + bytes(9000), bytes(4096)])
@pytest.mark.parametrize("command", READ)
def test_other_files_are_no_hives(run: Run, tmp_path: Path, command: str, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    done = run(command, file)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("command", ["ls", "tree", "info", "find", "diff", "export", "check"])
@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_hostile_gets_out(run: Run, command: str, terminal: bool) -> None:
    arguments = {
        "find": ["hostile", "", "--keys", "--values", "--data"],
        "diff": ["hostile", "made", "--times"],
        "tree": ["hostile", "--values"],
        "export": ["hostile", "--format", "csv"],
        "check": ["damaged"],
    }
    if command == "export" and not terminal:
        return  # a file, and exact
    done = run(command, *arguments.get(command, ["hostile"]), terminal=terminal)
    assert done.status in (0, 1)
    assert "<U+001B>[2J" in done.out
    assert "\x1b[2J" not in done.out
    assert not set("\u202e\r\t\0\x9b") & set(done.out)


@pytest.mark.parametrize("command", ["ls", "tree", "find", "info", "diff"])
def test_json_is_ascii_whatever_the_names(run: Run, command: str) -> None:
    more = {"find": [""], "diff": ["made"]}.get(command, [])
    done = run(command, "hostile", *more, "--json")
    assert done.out.isascii()
    assert done.records


@pytest.mark.wine_lacks("a console that shows colours")
@pytest.mark.parametrize("command", ["ls", "tree", "find", "info", "get"])
def test_colours_are_for_terminals(run: Run, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = (command, "made", *(["e"] if command == "find" else []))
    assert "\x1b" not in run(*arguments).out
    coloured = run(*arguments, terminal=True).out
    assert ("\x1b" in coloured) == (command != "get")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run(*arguments, terminal=True).out


@pytest.mark.parametrize("command", ["ls", "tree"])
def test_a_terminal_without_colours_gets_none(
    run: Run, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an old console of Windows, which would show what stands for them."""
    monkeypatch.setattr("anyreg.cli.terminal.has_colours", lambda stream: False)
    done = run(command, "made", terminal=True)
    assert "Software" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("command", ["ls", "tree"])
def test_letters_that_the_output_lacks_are_no_error(
    run: Run, made: dict[str, Model], command: str
) -> None:
    made["greek"] = Model(keys=[Model("Ω")])
    done = run(command, "greek", encoding="ascii")
    assert done.status == 0
    assert "\\u03a9" in done.out


CUT = """
import sys
import anyreg.cli, anyreg.cli.dump
anyreg.cli.dump.dumps.write = lambda key: ("line\\n" for _ in range(1_000_000))
sys.exit(anyreg.cli.main(["dump", sys.argv[1]]))
"""


def test_a_reader_that_goes_away_ends_it_quietly(corpus: Path) -> None:
    command = [sys.executable, "-I", "-c", CUT, str(corpus / "corner/minimal")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(5)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.parametrize("text", ["~", "~name", "*", "$HOME", "%PATH%", "%USERPROFILE%\\bin"])
def test_words_stay_what_they_are(tmp_path: Path, text: str) -> None:
    """Only a shell expands them: Windows' own do not, and so libraries for commands may."""
    hive = tmp_path / "hive"
    anyreg.open(hive, "x").close()
    command = [sys.executable, "-m", "anyreg", "set", str(hive), text, text, "--no-history"]
    subprocess.run(command, cwd=tmp_path, check=True)
    with anyreg.open(hive) as registry:
        assert dict(registry.root.values) == {text: text}


@pytest.mark.posix("devices as files")
def test_a_full_disk_is_one_line(corpus: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    command = [sys.executable, "-m", "anyreg", "ls", str(corpus / "corner/100_sub_keys")]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr == b"anyreg: No space left on device\n"


WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from anyreg.cli import main
sys.exit(main(["--version"]))
"""


@pytest.mark.parametrize("module", ["typer", "rich"])
def test_without_the_extra_it_says_what_to_install(module: str) -> None:
    command = [sys.executable, "-I", "-c", WITHOUT, module]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert 'pip install "anyreg[cli]"' in done.stderr


def test_shells_can_complete_it() -> None:
    command = [sys.executable, "-m", "anyreg"]
    environment = {
        "_ANYREG_COMPLETE": "complete_bash",
        "COMP_WORDS": "anyreg ex",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "export"
