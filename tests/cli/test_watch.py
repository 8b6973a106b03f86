"""anyreg watch: a stream of changes, and what a program changes."""

from __future__ import annotations

import _thread
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

import anyreg
from agree.edits import Edits, Taste
from agree.model import model_of
from anyreg.cli.dry_run import rehearsed
from anyreg.cli.watch_stream import Stream
from anyreg.fileevents.inotify import has_inotify
from anyreg.formats.changes import read_changes
from anyreg.system import WINDOWS
from anyreg.watching.positions import Position, parse_position
from cli.conftest import Run
from cli.conftest import Stream as StandIn
from conftest import ROOT

SOON = 60.0
QUIET = "5" if WINDOWS else "0.3"  # Wine takes its time
Work = Callable[[], object]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The registry of one's own."""
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANYREG_HISTORY", "off")
    with anyreg.open() as registry:
        registry.create(r"HKCU\Software\Vendor")
    return tmp_path / "home"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A hive file."""
    with anyreg.open(tmp_path / "HIVE", "x") as hive:
        hive.write("Software", "n", 0)
    return tmp_path / "HIVE"


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], None]:
    """Has work done in another thread as soon as a command watches."""

    real = Stream.batches

    def begin(work: Work) -> None:
        def batches(self: Stream, *options: Any) -> Iterator[Any]:
            thread = threading.Thread(target=work)
            thread.start()
            yield from real(self, *options)
            thread.join()

        monkeypatch.setattr(Stream, "batches", batches)

    return begin


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], None]:
    """Has work done when a command watches and has not looked yet: all is there then at once."""

    real = Stream.batches

    def begin(work: Work) -> None:
        def batches(self: Stream, *options: Any) -> Iterator[Any]:
            work()
            for source in self._sources:
                source.watch._subscription.follow()  # the word of the system may take its time
            yield from real(self, *options)

        monkeypatch.setattr(Stream, "batches", batches)

    return begin


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, *data: object, target: Path | None = None) -> None:
    """Set a value several times, each in a transaction of its own."""
    journal = os.environ.get("ANYREG_HISTORY", "off") != "off"
    with anyreg.open(target, "r+", journal=journal) as registry:
        for each in data:
            registry.write(path, "n", each)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# The stream


@pytest.mark.usefixtures("home")
def test_programs_get_an_object_a_change(run: Run, working: Callable[[Work], None]) -> None:
    """With the number of the transaction, and both sides."""
    working(lambda: write(r"HKCU\Software\Vendor\A", 1, 2))
    done = run("watch", r"HKCU\Software", "--limit", "3")
    assert (done.status, done.err) == (0, "")
    for record in done.records:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", record.pop("time"))
    path = r"HKEY_CURRENT_USER\Software\Vendor\A"
    one, two = ({"name": "n", "type": "REG_DWORD", "data": number} for number in (1, 2))
    value = {"kind": "value set", "path": path, "name": "n"}
    made = {"kind": "key created", "path": path, "name": None, "before": None, "after": ANY}
    assert bytes.fromhex(done.records[0]["after"]["descriptor"])[0] == 1
    assert done.records[0]["after"]["sddl"].startswith("O:")
    found = [{key: part for key, part in one.items() if key != "time"} for one in done.records]
    assert found == [
        {"batch": 1, **made},
        {"batch": 1, **value, "before": None, "after": one},
        {"batch": 2, **value, "before": one, "after": two},
    ]


@pytest.mark.wine_lacks("a console that shows colours")
@pytest.mark.usefixtures("home")
def test_people_get_a_line_a_change(run: Run, working: Callable[[Work], None]) -> None:
    """In colours, with the type where that is new, and what was there before."""

    def work() -> None:
        with anyreg.open() as registry:
            registry.write(r"HKCU\Software\Vendor", "n", 1)
            registry.write(r"HKCU\Software\Vendor", "n", 2)
            registry.root.rename(r"HKCU\Software\Vendor", "Seller")
            registry.delete(r"HKCU\Software\Seller")

    working(work)
    done = run("watch", r"HKCU\Software", "--limit", "5", terminal=True)
    assert "\x1b[33m" in done.out
    lines = [re.sub(r"^\d\d:\d\d:\d\dZ  ", "", plain(line)) for line in done.lines]
    software = r"HKEY_CURRENT_USER\Software"
    assert lines == [
        rf"value set      {software}\Vendor  n  REG_DWORD 0x00000001 (1)",
        rf"value set      {software}\Vendor  n  0x00000001 (1) -> 0x00000002 (2)",
        rf"key renamed    {software}\Seller  'Vendor' -> 'Seller'",
        rf"value deleted  {software}\Seller  n  REG_DWORD 0x00000002 (2)",
        rf"key deleted    {software}\Seller",
    ]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("columns", [30, 60, 90])
def test_a_line_is_no_wider_than_the_terminal(
    run: Run, working: Callable[[Work], None], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """Wide characters count twice; the end of a path and the beginning of data are kept."""
    from rich.cells import cell_len

    def work() -> None:
        with anyreg.open() as registry:
            registry.write("HKCU\\Software\\" + "p" * 100 + "\\End", "名" * 50, "データ" * 50)
            registry.write("HKCU\\Software\\" + "p" * 100 + "\\End", "名" * 50, "x" * 50)

    working(work)
    monkeypatch.setenv("COLUMNS", str(columns))
    done = run("watch", "HKCU", "--limit", "4", terminal=True)
    lines = [plain(line) for line in done.lines]
    assert [line for line in lines if cell_len(line) > columns] == []
    assert lines[1].endswith("End" if columns > 30 else "d")
    assert len(lines) == 4


@pytest.mark.usefixtures("home")
def test_full_cuts_nothing(
    run: Run, working: Callable[[Work], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with other commands."""
    working(lambda: write(r"HKCU\Software\Vendor", "x" * 200))
    monkeypatch.setenv("COLUMNS", "40")
    done = run("watch", "HKCU", "--limit", "1", "--full", terminal=True)
    assert "x" * 200 in done.out


@pytest.mark.usefixtures("home")
def test_names_and_data_do_not_write_to_the_terminal(
    run: Run, working: Callable[[Work], None]
) -> None:
    """Whatever a program has put there."""

    def work() -> None:
        with anyreg.open() as registry:
            key = registry.create("HKCU\\Software\\Vendor\\\x1b[2J")
            key.values["\x1b]0;x\x07"] = "\x1b[31m\u202e"
            key.class_name = "\x9b"

    working(work)
    done = run("watch", "HKCU", "--limit", "3", terminal=True)
    text = plain(done.out)
    assert "<U+001B>[2J" in text
    assert "class changed" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ([], ["key created", "value set", "key created", "value set", "value deleted"]),
        (["--kinds", "key created"], ["key created", "key created"]),
        (["--kinds", "value set, value deleted"], ["value set", "value set", "value deleted"]),
        (["--match", "a*"], ["key created", "value set", "value deleted"]),
        (["--match", "b", "--match", r"*\b"], ["key created", "value set"]),
        (["--no-recursive"], ["key created"]),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_is_shown_can_be_chosen(
    run: Run, worked: Callable[[Work], None], options: list[str], kinds: list[str]
) -> None:
    """By kind, by name, and by depth."""

    def work() -> None:
        with anyreg.open() as registry:
            vendor = registry.open(r"HKCU\Software\Vendor")
            vendor.create("a").values["a"] = 1
            vendor.create(r"a\b").values["b"] = 1
            del vendor.open("a").values["a"]

    worked(work)
    done = run("watch", r"HKCU\Software\Vendor", "--timeout", QUIET, *options)
    assert [record["kind"] for record in done.records] == kinds
    assert done.status == 0


@pytest.mark.usefixtures("home")
def test_several_registries_are_one_stream(
    run: Run, working: Callable[[Work], None], file: Path
) -> None:
    """Each change says which it is of."""

    def work() -> None:
        write(r"HKLM\Software\V", 1)
        write("Software", 1, target=file)
        write(r"HKCU\Software\Vendor", 1)

    working(work)
    done = run("watch", "HKCU", "HKLM", file, "--kinds", "value set", "--limit", "3")
    found = {(record["target"], record["path"]) for record in done.records}
    assert found == {
        ("", r"HKEY_LOCAL_MACHINE\SOFTWARE\V"),
        (str(file), "Software"),
        ("", r"HKEY_CURRENT_USER\Software\Vendor"),
    }
    assert [record["batch"] for record in done.records] == [1, 2, 3]
    assert "HIVE is read anew after each change" in done.err


def keeping(file: Path) -> str:
    """A command for any shell that adds what it is given to a file."""
    program = file.with_name("keeping.py")
    program.write_text(
        "import sys\nopen(sys.argv[1], 'ab').write(sys.stdin.buffer.read())", "utf-8"
    )
    return f'"{sys.executable}" "{program}" "{file}"'


@pytest.mark.usefixtures("home")
def test_a_command_gets_each_transaction(
    run: Run, working: Callable[[Work], None], tmp_path: Path
) -> None:
    """Whole, as JSON on its standard input; nothing else is printed."""
    working(lambda: write(r"HKCU\Software\Vendor", 1, 2))
    command = keeping(tmp_path / "seen")
    done = run("watch", "HKCU", "--limit", "2", "--exec", command)
    assert (done.status, done.out, done.err) == (0, "", "")
    first, second = map(json.loads, (tmp_path / "seen").read_text("utf-8").splitlines())
    assert (first["batch"], second["batch"]) == (1, 2)
    assert {key: first[key] for key in ("transactions", "resynchronised", "known")} == {
        "transactions": 1,
        "resynchronised": False,
        "known": True,
    }
    assert second["changes"][0]["after"]["data"] == 2


@pytest.mark.usefixtures("home")
def test_changes_within_a_time_come_together(
    run: Run, working: Callable[[Work], None], tmp_path: Path
) -> None:
    """As one batch."""
    working(lambda: write(r"HKCU\Software\Vendor", 1, 2, 3))
    command = keeping(tmp_path / "seen")
    run("watch", "HKCU", "--limit", "3", "--debounce", "2", "--exec", command)
    (batch,) = map(json.loads, (tmp_path / "seen").read_text("utf-8").splitlines())
    assert batch["transactions"] == 3
    assert [change["after"]["data"] for change in batch["changes"]] == [1, 2, 3]


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch, home: Path, folder: Path) -> None:
    """Changes are kept, to be undone."""
    monkeypatch.setenv("ANYREG_HISTORY", str(folder / "history"))
    for path in (r"HKCU\Software\Vendor", r"HKLM\Software\Vendor"):
        write(path, 0)


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("addresses", [["HKCU"], ["HKCU", "HKLM"]])
def test_a_watch_goes_on_where_another_has_ended(
    run: Run, working: Callable[[Work], None], folder: Path, addresses: list[str]
) -> None:
    """By a file, which the first one makes."""
    options = ["--since", "kept.json", "--timeout", QUIET]
    assert run("watch", *addresses, *options).status == 1
    write(r"HKCU\Software\Vendor", 1, 2)
    working(lambda: write(r"HKCU\Software\Vendor", 3))
    done = run("watch", *addresses, "--since", "kept.json", "--limit", "3")
    assert [record["after"]["data"] for record in done.records] == [1, 2, 3]
    working(lambda: None)
    write(r"HKCU\Software\Vendor", 4)
    done = run("watch", *addresses, *options)
    assert [record["after"]["data"] for record in done.records] == [4]
    assert run("watch", *addresses, *options).status == 1
    assert set(json.loads((folder / "kept.json").read_bytes())) == set(addresses)


@pytest.mark.usefixtures("journal")
def test_watches_of_one_file_go_on(run: Run, file: Path) -> None:
    """Each by itself."""
    addresses = [f"{file}::Software", f"{file}::Other"]
    with anyreg.open(file, "r+", journal=True) as hive:
        hive.create("Other")
    options = ["--since", "kept.json", "--timeout", QUIET]
    assert run("watch", *addresses, *options).status == 1
    write("Software", 1, 2, target=file)
    write("Other", 3, target=file)
    done = run("watch", *addresses, *options)
    assert sorted(record["after"]["data"] for record in done.records) == [1, 2, 3]
    assert done.err == ""


@pytest.mark.usefixtures("journal")
def test_a_watch_goes_on_at_a_position(
    run: Run, working: Callable[[Work], None], folder: Path
) -> None:
    """As a command has got it."""
    working(lambda: write(r"HKCU\Software\Vendor", 1))
    run("watch", "HKCU", "--limit", "1", "--exec", keeping(folder / "seen"))
    position = json.loads((folder / "seen").read_text("utf-8"))["position"]
    write(r"HKCU\Software\Vendor", 2)
    working(lambda: None)
    done = run("watch", "HKCU", "--since", position, "--limit", "1")
    assert [record["after"]["data"] for record in done.records] == [2]
    done = run("watch", "HKCU", "HKLM", "--since", position)
    assert (done.status, "a position is for one address" in done.err) == (2, True)


@pytest.mark.usefixtures("journal")
def test_what_cannot_be_known_any_more_is_said(
    run: Run, working: Callable[[Work], None], folder: Path
) -> None:
    """A position of another time of the registry."""
    run("watch", "HKCU", "--since", "kept.json", "--timeout", "0.01")
    kept = json.loads((folder / "kept.json").read_bytes())
    position = parse_position(kept["HKCU"])
    moments = {unit: moment._replace(hash=1) for unit, moment in position.hives.items()}
    kept["HKCU"] = str(Position(position.registry, moments))
    (folder / "kept.json").write_text(json.dumps(kept), "utf-8")
    done = run("watch", "HKCU", "--since", "kept.json", "--timeout", "0.3")
    assert "warning: not all that has changed in your registry can be known" in done.err


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("text", ["", "[1]", '{"HKCU": 1}', '{"HKCU": "x"}', "\x00"])
def test_a_file_without_positions_is_left_alone(run: Run, folder: Path, text: str) -> None:
    """Another file was named by mistake."""
    (folder / "kept.json").write_text(text, "utf-8")
    done = run("watch", "HKCU", "--since", "kept.json", "--timeout", "0.01")
    assert done.status == 2
    assert "position" in done.err
    assert (folder / "kept.json").read_text("utf-8") == text


@pytest.mark.parametrize("command", ["exit 3", "no-such-program-at-all"])
@pytest.mark.usefixtures("home")
def test_a_command_that_fails_is_a_warning_and_the_status(
    run: Run, working: Callable[[Work], None], command: str
) -> None:
    """The stream goes on."""
    working(lambda: write(r"HKCU\Software\Vendor", 1, 2))
    done = run("watch", "HKCU", "--limit", "2", "--exec", command)
    assert done.status == 1
    assert done.err.count("warning: the command has ended with status") == 2


@pytest.mark.usefixtures("home")
def test_files_can_be_looked_at_instead(
    run: Run, working: Callable[[Work], None], file: Path
) -> None:
    """Where the system reports nothing."""
    working(lambda: write("Software", 1, target=file))
    done = run("watch", file, "--limit", "1", "--poll", "0.05")
    assert [record["after"]["data"] for record in done.records] == [1]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["HKCU", "--timeout", "0.01"], 1, ""),
        ([r"HKCU\Nothing"], 1, "no such key"),
        (["HKCU", "--kinds", "value sat"], 2, "no kind of change is called 'value sat'"),
        (["nothing.dat"], 2, "no such file"),
        (["HKCU", "nothing.dat", "--timeout", "0.01"], 2, "warning: left out: no such file"),
        ([r"HKCU\Nothing", r"HKCU\Nowhere"], 1, "warning: left out: "),
        (["HKCU", "-o", "x.reg"], 2, "--out is for a program behind --"),
        (["HKCU", "--"], 2, "a program is expected behind --"),
        (["HKCU", "--limit", "1", "--", "true"], 2, "with a program behind --"),
        (["HKCU", "--no-recursive", "--", "true"], 2, "with a program behind --"),
        (["HKCU", "-o", "x.txt", "--", "true"], 2, "ends in .reg or .jsonl"),
        (["HKCU", "-o", "nowhere/x.reg", "--", "touch", "ran"], 2, "no such folder"),
        (["--", "true"], 2, "Missing"),
    ],
)
def test_what_cannot_be_is_said(
    run: Run, words: list[str], status: int, text: str, folder: Path
) -> None:
    """In one line, before any program runs."""
    done = run("watch", *words)
    assert (done.status, done.out) == (status, "")
    assert text in done.err
    assert not (folder / "ran").exists()


def ctrl_c() -> None:
    """What a console does; Windows has no other way to the program's own handler."""
    if WINDOWS:
        _thread.interrupt_main()
    else:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.usefixtures("home")
def test_ctrl_c_ends_it_at_any_time(run: Run, working: Callable[[Work], None]) -> None:
    """After what has come; also while it waits, which no event of a lock ends on Windows."""

    def work() -> None:
        write(r"HKCU\Software\Vendor", 1)
        assert isinstance(sys.stdout, StandIn)
        until = time.monotonic() + SOON
        while not sys.stdout.taken() and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.5)
        ctrl_c()

    working(work)
    done = run("watch", "HKCU", "--timeout", str(SOON))
    assert (done.status, done.err) == (130, "")
    assert [record["after"]["data"] for record in done.records] == [1]


# As a process


@contextmanager
def watching(*words: str, out: Any = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """A process that watches already."""
    command = [sys.executable, "-m", "anyreg", "watch", *words]
    process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True)
    descriptors = Path(f"/proc/{process.pid}/fd")
    until = time.monotonic() + SOON
    while process.poll() is None and time.monotonic() < until:
        links = [str(link.readlink()) for link in descriptors.iterdir() if link.exists()]
        if any("inotify" in link for link in links):
            time.sleep(0.5)  # from there to the first wait
            break
        time.sleep(0.02)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SOON)


needs_proc = pytest.mark.skipif(not has_inotify(), reason="looks into Linux' /proc")


@needs_proc
@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_it(number: int, status: int) -> None:
    """Without a word, and with all that was seen before."""
    with watching("HKCU") as process:
        write(r"HKCU\Software\Vendor", 1, 2, 3)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(number)
        out, err = process.communicate(timeout=SOON)
    assert [json.loads(line)["after"]["data"] for line in lines] == [1, 2, 3]
    assert (process.returncode, out, err) == (status, "", "")


@needs_proc
@pytest.mark.usefixtures("journal")
def test_what_a_command_has_not_finished_comes_again(run: Run, folder: Path) -> None:
    """Ctrl-C ends a command and the watch; with --since the next watch gives it once more."""
    command = f"touch {folder}/begun; sleep 60"
    options = ("HKCU", "--since", f"{folder}/kept.json")
    process = subprocess.Popen(
        [sys.executable, "-m", "anyreg", "watch", *options, "--exec", command],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + SOON
    while not (folder / "kept.json").exists() and time.monotonic() < until:
        time.sleep(0.02)
    write(r"HKCU\Software\Vendor", 1)
    while not (folder / "begun").exists() and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(SOON) == 130
    done = run("watch", *options, "--timeout", "0.3")
    assert [record["after"]["data"] for record in done.records] == [1]


@needs_proc
@pytest.mark.usefixtures("home")
def test_it_ends_with_its_reader() -> None:
    """At the next change."""
    with watching("HKCU") as process:
        assert process.stdout is not None
        process.stdout.close()
        write(r"HKCU\Software\Vendor", 1)
        assert process.wait(SOON) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


# A program


def script(tmp_path: Path, text: str) -> list[str]:
    """A program in Python."""
    place = tmp_path / "program.py"
    place.write_text(text, "utf-8")
    return [sys.executable, str(place)]


CHANGES = r"""
import anyreg, sys
with anyreg.open() as registry:
    registry.write(r"HKCU\Software\Vendor", "n", 1)
    registry.write(r"HKCU\Software\Vendor", "n", 2)
    registry.write(r"HKCU\Software\Gone", "n", 2)
    registry.delete(r"HKCU\Software\Gone")
    registry.root.rename(r"HKCU\Software\Old", "New")
    registry.write(r"HKLM\Software\V", "x", [])
    registry.write(r"HKU\.DEFAULT", "not watched", 1)
print("installed")
sys.exit(3)
"""


@pytest.fixture
def old(home: Path) -> Path:
    """A registry with keys that a program changes."""
    with anyreg.open() as registry:
        registry.write(r"HKCU\Software\Old\Sub", "v", "text")
    return home


@pytest.mark.usefixtures("old")
def test_what_a_program_changes_becomes_a_reg_file(
    run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its net change, and its status."""
    done = run("watch", "HKCU", "HKLM", "-o", tmp_path / "c.reg", "--", *script(tmp_path, CHANGES))
    assert (done.status, done.out, done.err) == (3, "", "")
    assert capfd.readouterr().out.splitlines() == ["installed"]
    text = (tmp_path / "c.reg").read_bytes().decode("utf-16")
    assert (
        text.replace("\r\n", "\n")
        == r"""Windows Registry Editor Version 5.00

[HKEY_CURRENT_USER\Software\New]

[HKEY_CURRENT_USER\Software\New\Sub]
"v"="text"

[-HKEY_CURRENT_USER\Software\Old]

[HKEY_CURRENT_USER\Software\Vendor]
"n"=dword:00000002

[HKEY_LOCAL_MACHINE\SOFTWARE\V]
"x"=hex(7):00,00

"""
    )


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("ending", ["reg", "jsonl"])
@pytest.mark.parametrize("addresses", [["HKCU"], ["HKCU", "HKLM"]])
def test_the_patch_makes_the_after_of_the_before(
    run: Run, tmp_path: Path, ending: str, addresses: list[str]
) -> None:
    """In a copy of what was there."""
    patch = tmp_path / f"c.{ending}"
    with rehearsed("") as before:
        tops = [before.open(address) for address in addresses]
        assert [key.subkeys for key in tops for key in key.children()]
        run("watch", *addresses, "-o", patch, "--", *script(tmp_path, CHANGES))
        with anyreg.open() as after:
            differences = [
                change
                for top, address in zip(tops, addresses, strict=True)
                for change in anyreg.diff(top, after.open(address))
            ]
            assert differences
            if ending == "reg":
                before.import_(patch)
            else:
                changes = list(read_changes(patch.read_bytes().splitlines()))
                anyreg.patch(tops[0] if len(addresses) == 1 else before.root, changes)
            for top, address in zip(tops, addresses, strict=True):
                assert list(anyreg.diff(top, after.open(address))) == []


EDITS = """
import random, sys
sys.path.insert(0, sys.argv[1])
import anyreg
from agree.edits import Edits, Taste
from agree.model import model_of
with anyreg.open(sys.argv[2], "r+") as hive:
    edits = Edits(random.Random(int(sys.argv[3])), model_of(hive.root), Taste())
    for _ in range(30):
        edits.transaction(hive)
"""


@pytest.mark.parametrize("seed", range(3))
def test_the_patch_of_a_random_program_is_the_difference(
    run: Run, tmp_path: Path, seed: int
) -> None:
    """Applied to a copy of before it gives after, to the last value."""
    hive, patch = tmp_path / "HIVE", tmp_path / "c.jsonl"
    with anyreg.open(hive, "x") as registry:
        edits = Edits(random.Random(seed), model_of(registry.root), Taste())
        edits.some(registry, 100)
    program = [*script(tmp_path, EDITS), str(ROOT / "tests"), str(hive), str(100 + seed)]
    with rehearsed(str(hive)) as before:
        assert before.root.children()
        done = run("watch", hive, "-o", patch, "--", *program)
        assert (done.status, done.err) == (0, "")
        changes = list(read_changes(patch.read_bytes().splitlines()))
        with anyreg.open(hive) as after:
            assert changes == list(anyreg.diff(before.root, after.root))
            anyreg.patch(before.root, changes)
            assert list(anyreg.diff(before.root, after.root)) == []
            assert after.check() == before.check() == []


def test_without_a_file_the_changes_are_shown(run: Run, file: Path, tmp_path: Path) -> None:
    """As `anyreg diff` shows them, with whole paths."""
    text = f"import anyreg\nanyreg.open({str(file)!r}, 'r+').write('Software', 'n', 9)"
    program = script(tmp_path, text)
    done = run("watch", f"{file}::Software", "--", *program, terminal=True)
    assert plain(done.out) == (
        "~ Software  n  REG_DWORD 0x00000000 (0) -> REG_DWORD 0x00000009 (9)\n"
    )
    text = text.removesuffix("9)") + "10)"
    (record,) = run("watch", file, "--", *script(tmp_path, text)).records
    assert (record["kind"], record["path"], record["after"]["data"]) == ("changed", "Software", 10)


def test_a_watched_key_that_goes_is_a_change_too(run: Run, file: Path, tmp_path: Path) -> None:
    """Its neighbours are none."""
    program = script(
        tmp_path,
        f"import anyreg\nwith anyreg.open({str(file)!r}, 'r+') as hive:\n"
        "    hive.delete('Software')\n    hive.create('Other')\n",
    )
    records = run("watch", f"{file}::Software", "--", *program).records
    assert {record["path"] for record in records} == {"Software"}
    assert [record["kind"] for record in records] == ["removed", "removed"]


def test_a_key_below_another_counts_once(run: Run, file: Path, tmp_path: Path) -> None:
    """With the one above it."""
    text = f"import anyreg\nanyreg.open({str(file)!r}, 'r+').write('Software', 'n', 9)"
    done = run("watch", f"{file}::Software", file, f"{file}::", file, "--", *script(tmp_path, text))
    assert len(done.records) == 1


@pytest.mark.parametrize(
    ("program", "status", "text"),
    [
        ([sys.executable, "-c", "pass"], 0, ""),
        ([sys.executable, "-c", "raise SystemExit(7)"], 7, ""),
        pytest.param(["sh", "-c", "kill -9 $$"], 137, "", marks=pytest.mark.posix("signals")),
        (["no-such-program"], 127, "" if WINDOWS else "No such file"),
        pytest.param(["/"], 126, "denied", marks=pytest.mark.posix("words of the system")),
        ([sys.executable, "-c", "import sys; sys.exit(len(sys.argv))", "--", "-x"], 3, ""),
    ],
)
def test_the_status_is_the_programs(
    run: Run, file: Path, program: list[str], status: int, text: str
) -> None:
    """Or that of a shell which cannot run it; its words are its own."""
    done = run("watch", file, "--", *program)
    assert (done.status, done.out) == (status, "")
    assert text in done.err


@pytest.mark.parametrize("words", [["HKCU", "FILE", "-o", "c.jsonl"], ["FILE", "-o", "FILE.reg"]])
@pytest.mark.usefixtures("home")
def test_a_patch_that_cannot_be_is_refused(
    run: Run, file: Path, words: list[str], folder: Path
) -> None:
    """Lines of JSON of two registries; the hive itself as the place for it."""
    named = file.rename(file.with_suffix(".reg"))
    replaced = [word.replace("FILE.reg", str(named)).replace("FILE", str(named)) for word in words]
    before = named.read_bytes()
    done = run("watch", *replaced, "--", "touch", "ran")
    assert done.status == 2
    assert "for one registry" in done.err or "the hive itself" in done.err
    assert named.read_bytes() == before
    assert not (folder / "ran").exists()


@needs_proc
def test_a_program_gets_the_signal_and_its_changes_are_kept(file: Path, tmp_path: Path) -> None:
    """SIGTERM is passed on."""
    text = (
        f"import anyreg, time\nwith anyreg.open({str(file)!r}, 'r+') as hive:\n"
        "    hive.write('Software', 'n', 9)\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    command = [sys.executable, "-m", "anyreg", "watch", str(file), "-o", str(tmp_path / "c.jsonl")]
    with subprocess.Popen(
        [*command, "--", *script(tmp_path, text)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(SOON) == 143
    (change,) = read_changes((tmp_path / "c.jsonl").read_bytes().splitlines())
    assert change.path == "Software"
