"""Completion, as real shells do it on a terminal: what stands on the line after Tab, and is run."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from cli.terminals import ANYREG, Typist

SHELLS = ("bash", "zsh", "fish")
START = {
    "bash": ["bash", "--noprofile", "-i"],
    "zsh": ["zsh", "-i"],
    "fish": ["fish", "-i"],
}
PROMPT = "READY> "
PATIENCE = 60  # seconds
VENDOR = r"HIVE::Software\Vendor Name"
DEEP = VENDOR + r"\It's\Deep $HOME `x`"
HIVE = "HIVE::"
OWN = r"HKCU\Software\Vendor"
HKCU = "HKEY_CURRENT_USER\\"

# What is typed behind `anyreg `, and the words that the program gets then.  Each line ends in a
# single candidate, behind which a shell closes its quotes.
TYPED = {
    "a command": ("timel\tx", ["timeline", "x"]),
    "an option": ("find x --rege\ty", ["find", "x", "--regex", "y"]),
    "a choice": ("export x --format js\ty", ["export", "x", "--format", "json", "y"]),
    "a choice behind =": ("export x --format=js\ty", ["export", "x", "--format=json", "y"]),
    "a type": ("set x y 1 -t qw\t", ["set", "x", "y", "1", "-t", "qword"]),
    "a type with REG": ("find x --type REG_QW\t", ["find", "x", "--type", "REG_QWORD"]),
    "commands of env": ("env pa\tdedu\t", ["env", "path", "dedupe"]),
    "a file": ("info HIV\t", ["info", "HIVE"]),
    "a key": ("ls HIVE::Sel\t", ["ls", "HIVE::Select"]),
    "a key in any case": ("ls HIVE::sel\t", ["ls", "HIVE::Select"]),
    "a key in quotes": ("ls 'HIVE::Sel\t", ["ls", "HIVE::Select"]),
    "a key in double quotes": ('ls "HIVE::Sel\t', ["ls", "HIVE::Select"]),
    "behind other addresses": ("ls x 'y z' HIVE::Sel\t", ["ls", "x", "y z", "HIVE::Select"]),
    "as a second address": ("cp x HIVE::Sel\t", ["cp", "x", "HIVE::Select"]),
    "spaces": ("ls HIVE::So\tV\tO\t", ["ls", VENDOR + r"\Other"]),
    "spaces in quotes": ("ls 'HIVE::So\tV\tO\t", ["ls", VENDOR + r"\Other"]),
    "spaces in double quotes": ('ls "HIVE::So\tV\tO\t', ["ls", VENDOR + r"\Other"]),
    "quotes and more": ("ls HIVE::So\tV\tI\t", ["ls", DEEP]),
    "quotes and more in quotes": ("ls 'HIVE::So\tV\tI\t", ["ls", DEEP]),
    "quotes and more in double quotes": ('ls "HIVE::So\tV\tI\t', ["ls", DEEP]),
    "backslashes for the shell": (r"ls HIVE::Software\\Gr" + "\t", ["ls", r"HIVE::Software\Größe"]),
    "a name beyond ASCII": (r"ls 'HIVE::Software\Grö" + "\t", ["ls", r"HIVE::Software\Größe"]),
    "parentheses": ("ls 'HIVE::Pro\t(\t", ["ls", r"HIVE::Program\x(86)\One"]),
    "different from there": ("ls 'HIVE::Pro\t \t", ["ls", r"HIVE::Program\x y\Two"]),
    "one way down": ("ls HIVE::Col\t", ["ls", r"HIVE::Colon\a:b=c\End"]),
    "word breaks of bash": (r"ls HIVE::Colon\\a:b=" + "\t", ["ls", r"HIVE::Colon\a:b=c\End"]),
    "one's own registry": (r"ls HKCU\\Sof" + "\tVen\t", ["ls", r"HKCU\Software\Vendor"]),
    "a root in any case": (r"ls hkcu\\env" + "\t", ["ls", r"hkcu\Environment"]),
    "a long root": (
        r"ls 'HKEY_CU" + "\b\b\tCURRENT_U\tEnv\t",
        ["ls", r"HKEY_CURRENT_USER\Environment"],
    ),
    "a value": (f"get '{VENDOR}' A\t", ["get", VENDOR, "A value"]),
    "a value in quotes": (f"rm '{VENDOR}' 'A\t", ["rm", VENDOR, "A value"]),
    "a value in one's own": (
        r"set 'HKCU\Software\Vendor' Re" + "\t5",
        ["set", r"HKCU\Software\Vendor", "Retries", "5"],
    ),
    "a verb of reg": ("reg que\tx", ["reg", "query", "x"]),
    "a verb of reg in capitals": ("reg QUE\tx", ["reg", "QUERY", "x"]),
    "a key of reg": (r"reg query HKCU\\Env" + "\t/s", ["reg", "query", r"HKCU\Environment", "/s"]),
    "a hive of reg": ("reg query HIVE::Sel\t", ["reg", "query", "HIVE::Select"]),
    "a value of reg": (
        r"reg query 'HKCU\Software\Vendor' /v Re" + "\t",
        ["reg", "query", r"HKCU\Software\Vendor", "/v", "Retries"],
    ),
    "a type of reg": ("reg add x /t REG_QW\t", ["reg", "add", "x", "/t", "REG_QWORD"]),
    "an option of reg": ("reg compare x y /reg:6\t", ["reg", "compare", "x", "y", "/reg:64"]),
}

# What the other two shells do by other ways than bash.
ELSEWHERE = (
    *("a command", "a choice behind =", "a file", "a key in any case", "behind other addresses"),
    *("spaces in quotes", "quotes and more", "quotes and more in quotes", "one way down"),
    *("quotes and more in double quotes", "backslashes for the shell", "a value", "a key of reg"),
)

WRAPPER = """\
#!/bin/sh
[ -n "$_ANYREG_COMPLETE" ] && exec {program} "$@"
printf '%s\\n' "$@" > said.new && mv said.new "$SAID"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a hive, a registry of one's own, and the program, which keeps what it is told."""
    folder = tmp_path_factory.mktemp("shells")
    (folder / "bin").mkdir()
    program = folder / "bin" / "anyreg"
    program.write_text(WRAPPER.format(program=" ".join(ANYREG)))
    program.chmod(0o755)
    (folder / "work").mkdir()
    with anyreg.open(folder / "work/HIVE", "x") as registry, registry.transaction():
        for path in (DEEP, VENDOR + r"\Other", r"HIVE::Software\Größe", "HIVE::Select"):
            registry.create(path.removeprefix(HIVE))
        for path in (r"Program\x(86)\One", r"Program\x y\Two", r"Colon\a:b=c\End"):
            registry.create(path)
        vendor = registry.open(VENDOR.removeprefix(HIVE))
        vendor.set_values({"A value": 1, "Other": 2})
    with anyreg.open(f"{folder}/registry/", "x") as registry:
        registry.write(r"HKCU\Software\Vendor", "Retries", 5)
    return folder


def surroundings(place: Path) -> dict[str, str]:
    """The environment of a shell there."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return kept | {
        "PATH": f"{place / 'bin'}:{kept['PATH']}",
        "HOME": str(place),
        "ANYREG_HOME": str(place / "registry"),
        "SAID": str(place / "said"),
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
        "PS1": PROMPT,
    }


@pytest.fixture(scope="module")
def shell(request: pytest.FixtureRequest, place: Path) -> Iterator[Typist]:
    """A shell that has learnt to complete."""
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} here")
    environment = surroundings(place)
    subprocess.run([*ANYREG, "--install-completion", request.param], env=environment, check=True)
    if request.param == "fish":
        functions = place / ".config/fish/functions"
        functions.mkdir(parents=True, exist_ok=True)
        (functions / "fish_prompt.fish").write_text(f"function fish_prompt; echo '{PROMPT}'; end\n")
    elif request.param == "bash":
        with (place / ".bashrc").open("a") as file:
            file.write(f"PS1='{PROMPT}'\n")
    typist = Typist(START[request.param], place / "work", environment)
    typist.wait_for(PROMPT)
    yield typist
    typist.close()


@pytest.mark.posix("shells on pseudo-terminals")
@pytest.mark.parametrize(
    ("shell", "name"),
    [(shell, name) for shell in SHELLS for name in (TYPED if shell == "bash" else ELSEWHERE)],
    indirect=["shell"],
)
def test_what_tab_makes_of_a_line_is_what_the_program_gets(
    shell: Typist, place: Path, name: str
) -> None:
    keys, expected = TYPED[name]
    said = place / "said"
    said.unlink(missing_ok=True)
    shell.type(f"anyreg {keys}\r")
    end = time.monotonic() + PATIENCE
    while not said.exists() and time.monotonic() < end:
        time.sleep(0.02)
    seen = shell.wait_for(PROMPT) if said.exists() else shell.reset()
    assert said.exists(), seen
    assert said.read_text("utf-8").splitlines() == expected, seen


def asked(place: Path, line: str, **more: str) -> list[str]:
    """What bash is told of a line."""
    environment = {"_ANYREG_COMPLETE": "bash", "_ANYREG_LINE": line, **more}
    done = subprocess.run(
        ANYREG,
        env=surroundings(place) | environment,
        cwd=place / "work",
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_roots_stand_beside_files(place: Path) -> None:
    assert asked(place, "anyreg ls H")[:6] == ["HKCR", "HKCU", "HKLM", "HKU", "HKCC", "HIVE"]
    assert asked(place, "anyreg ls 'HKEY_U") == asked(place, "anyreg ls 'HKEY_USERS\\")
    assert asked(place, "anyreg ls HI") == []  # bash is better at files


def test_a_lone_backslash_is_understood(place: Path) -> None:
    assert asked(place, r"anyreg ls HIVE::Software\Gr") == [r"'Software\Größe'"]
    assert asked(place, r"anyreg ls HKCU\Envir") == [r"'HKCU\Environment'"]


def test_many_machines_take_commands_of_their_own(place: Path) -> None:
    """Options are those of either; what is on the machines is not asked."""
    assert asked(place, "anyreg fleet ") == ["run"]
    assert asked(place, "anyreg fleet run --hosts hosts.txt ge") == ["get"]
    assert asked(place, "anyreg fleet run --hosts HI") == []
    assert asked(place, "anyreg fleet run --res") == ["--resume"]
    assert asked(place, "anyreg fleet run --hosts x get HKCU --ty") == ["--type"]
    assert asked(place, "anyreg fleet run --hosts x get HK") == []


def test_a_line_has_other_commands_in_front(place: Path) -> None:
    for front in ("cd /tmp; ", "X=1 ", "true && ", "sudo "):
        assert asked(place, f"{front}anyreg ls HIVE::Sel") == ["Select"]


def test_what_is_there_is_left_alone(place: Path) -> None:
    def state() -> dict[str, tuple[int, int]]:
        files = [path for folder in ("work", "registry") for path in (place / folder).rglob("*")]
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}

    before = state()
    assert asked(place, r"anyreg ls 'HKCU\Software\Ven") == ["HKCU\\Software\\Vendor"]
    assert asked(place, f"anyreg get '{OWN}' ") == ["Retries"]
    assert asked(place, "anyreg get HIVE::Sel") == ["Select"]
    assert state() == before


def test_no_registry_is_made(place: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = {"ANYREG_HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    assert asked(place, r"anyreg ls 'HKCU\Env", **made) == [r"HKCU\Environment"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        *(
            "anyreg ls nothing::",
            "anyreg ls HIVE::Nothing\\\\x",
            "anyreg ls ::",
            "anyreg ls work::",
        ),
        *(
            "anyreg none ",
            "anyreg env none ",
            "anyreg reg none ",
            "anyreg run x ",
            "anyreg get x y",
        ),
        *(
            "anyreg ls '",
            "anyreg set HIVE ",
            "anyreg",
            "",
            "anyreg reg import ",
            "anyreg ls HIVE\\",
        ),
        *("anyreg ls -- -", "anyreg find HIVE --type=", "anyreg set HIVE x 1 2 3", 'anyreg ls "$('),
    ],
)
def test_what_cannot_be_known_is_no_error(place: Path, line: str) -> None:
    asked(place, line)


def test_names_that_cannot_be_typed_are_left_out(place: Path, tmp_path: Path) -> None:
    with anyreg.open(tmp_path / "odd", "x") as registry:
        registry.create("A\x1b[2J")
        registry.create("A b")
    assert asked(place, f"anyreg ls '{tmp_path}/odd::A") == [f"{tmp_path}/odd::A b"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_shown_and_installed_once(tmp_path: Path, shell: str) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    for _ in range(2):
        for option in ("--show-completion", "--install-completion"):
            done = subprocess.run(
                [*ANYREG, option, shell], env=environment, capture_output=True, check=True
            )
            if option.startswith("--show"):
                script = done.stdout
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert [path for path in files if path.read_bytes() == script]
    for path in files:
        assert b"\r" not in path.read_bytes()
        assert path.read_text("utf-8").count("_anyreg anyreg") <= 1
        assert path.read_text("utf-8").count("source ") <= 1


def test_every_argument_is_known_to_be_completed_or_not() -> None:
    """A new name of an argument must be put where it belongs."""
    import typer.main

    from anyreg.cli.completion.candidates import ADDRESSES, TYPES, VALUES, WORDS
    from anyreg.cli.program import COMMANDS, program

    files = {"file", "folders", "out", "output", "patch", "program"}
    free = {"data", "new", "name", "value", "entry", "version", "number", "text"}
    free |= {"who", "rights", "sddl"}
    known = ADDRESSES | TYPES | {VALUES, WORDS} | files | free
    for name in COMMANDS:
        command = typer.main.get_command(program([name])).commands[name]  # type: ignore[attr-defined]
        inner = list(getattr(command, "commands", {}).values()) or [command]
        for one in inner:
            arguments = [p.name for p in one.params if p.param_type_name == "argument"]
            assert set(arguments) <= known, name
