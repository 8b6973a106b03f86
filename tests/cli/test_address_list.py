"""Commands over several hives: files, folders and patterns, and what is no hive among them."""

from __future__ import annotations

import csv
import os
import shutil
from io import StringIO
from pathlib import Path

import pytest

import anyreg
from anyreg.system import WINDOWS
from cli.conftest import Run
from conftest import ROOT

HIVES = [str(Path(name)) for name in ("config/SOFTWARE", "config/SYSTEM", "users/Ada/NTUSER.DAT")]

# Each command that takes many, as it is called for addresses; all of them have a row for each hive.
LINES = {
    "ls": ["ls", ...],
    "ls --long": ["ls", "-l", ...],
    "get": ["get", ..., "Name"],
    "find": ["find", ..., "e"],
    "timeline": ["timeline", ...],
    "info": ["info", ...],
    "check": ["check", ...],
    "export": ["export", "-f", "csv", ...],
}
WITH_JSON = [name for name in LINES if name not in ("export", "check")]
each = pytest.mark.parametrize("name", LINES)


def line(name: str, *addresses: str | Path) -> list[str]:
    """The arguments of a command."""
    words: list[str] = []
    for word in LINES[name]:
        words += map(str, addresses) if word is ... else [str(word)]
    return words


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a collector leaves one: hives, logs, and other files."""
    folder = tmp_path / "case"
    for number, name in enumerate(HIVES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with anyreg.open(folder / name, "x") as registry, registry.transaction():
            registry.root.values["Name"] = name
            registry.create(f"Vendor\\Key{number}").values["Number"] = number
    for log in ("LOG1", "LOG2"):
        shutil.copy(ROOT / "samples" / f"NTUSER.DAT.{log}", folder / "config" / f"SYSTEM.SAV.{log}")
    (folder / "config" / "notes.txt").write_text("regfile")
    (folder / "empty").touch()
    if not WINDOWS:  # where links are for administrators
        (folder / "again").symlink_to(folder)
        os.mkfifo(folder / "pipe")
    monkeypatch.chdir(folder)
    return folder


def told(text: str) -> list[str]:
    """The hives that are named, in order of their first row."""
    places = {name: text.find(name) for name in HIVES}
    return sorted((name for name in HIVES if places[name] >= 0), key=lambda name: places[name])


@each
def test_each_row_says_which_hive_it_is_from(run: Run, collection: Path, name: str) -> None:
    done = run(*line(name, *HIVES))
    assert (done.status, done.err) == (0, "")
    rows = done.lines[1:] if name == "export" else done.lines
    assert all(told(row) for row in rows)
    assert told(done.out) == HIVES


@each
def test_a_folder_stands_for_its_hives_and_nothing_else(
    run: Run, collection: Path, name: str
) -> None:
    done = run(*line(name, "."))
    assert (done.status, done.err) == (0, "")
    assert told(done.out) == HIVES


@each
@pytest.mark.parametrize("pattern", ["**/[NS]*", "*[a-z]*/**"])
def test_a_pattern_stands_for_the_hives_that_it_matches(
    run: Run, collection: Path, name: str, pattern: str
) -> None:
    done = run(*line(name, pattern))
    assert (done.status, done.err) == (0, "")
    assert told(done.out) == HIVES


@each
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("empty", "empty"),
        ("config/SYSTEM.SAV.LOG1", "SYSTEM.SAV.LOG1"),
        ("nothing", "no such file: nothing"),
        ("none*", "no hive there: none*"),
        ("::Key", "the file is missing"),
        ("config/SYSTEM::Nothing", "config/SYSTEM: no such key: Nothing"),
    ],
)
def test_a_bad_one_is_a_line_and_the_status_and_the_others_go_on(
    run: Run, collection: Path, name: str, bad: str, reason: str
) -> None:
    done = run(*line(name, HIVES[0], bad, HIVES[2]))
    assert done.status == (1 if "no such key" in reason else 2)
    assert done.err.count("\n") == 1
    assert done.err.startswith("anyreg: warning: left out: ")
    assert reason in done.err
    assert told(done.out) == [HIVES[0], HIVES[2]]


@each
def test_a_single_bad_one_is_an_error(run: Run, collection: Path, name: str) -> None:
    for bad in ("empty", "nothing", "none*"):
        done = run(*line(name, bad))
        assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
        assert "warning" not in done.err


@each
def test_a_damaged_hive_of_a_usual_name_is_not_passed_over(
    run: Run, collection: Path, name: str
) -> None:
    bad = Path("config/SAM")
    bad.write_bytes(bytes(8192))
    done = run(*line(name, "config"))
    assert done.status == 2
    assert done.err.startswith(f"anyreg: warning: left out: not a registry hive: {bad}")
    assert told(done.out) == HIVES[:2]


@each
def test_a_key_that_some_hives_of_a_folder_have(run: Run, collection: Path, name: str) -> None:
    if name == "get":
        with anyreg.open(HIVES[1], "r+") as registry:
            registry.write(r"Vendor\Key1", "Name", "x")
    done = run(*line(name, r".::Vendor\Key1"))
    assert (done.status, done.err) == (0, "")
    assert told(done.out) == [HIVES[1]]
    done = run(*line(name, ".::Nowhere"))
    assert (done.status, done.out) == (1, "")
    assert done.err == "anyreg: no such key: Nowhere, in any hive of .::Nowhere\n"


@each
def test_a_hive_that_is_named_twice_is_read_once(run: Run, collection: Path, name: str) -> None:
    twice = run(*line(name, HIVES[0], Path(HIVES[0]).resolve(), "config", "config"))
    assert twice.out == run(*line(name, *HIVES[:2])).out


@pytest.mark.parametrize("name", WITH_JSON)
def test_records_name_the_file_and_the_key(run: Run, collection: Path, name: str) -> None:
    if name == "ls --long":
        return
    records = run(*line(name, "."), "--json").records
    assert (
        list(dict.fromkeys(record["target"] for record in records)) == HIVES or name == "timeline"
    )
    assert {record["target"] for record in records} == set(HIVES)
    assert all("path" in record for record in records)
    assert "target" not in run("ls", HIVES[0], "--json").records[0]


def test_problems_name_the_file_too(run: Run, collection: Path) -> None:
    shutil.copy(ROOT / "samples/damaged/NTUSER.DAT", "damaged")
    done = run("check", ".", "--json")
    assert done.status == 1
    assert {record["target"] for record in done.records} == {"damaged"}
    lines = run("check", ".").lines
    assert sum(row.startswith("damaged  0x") for row in lines) == len(done.records)
    assert [row for row in lines if row.startswith("no problems")] == [
        f"no problems in {name}" for name in HIVES
    ]


def test_what_find_shows_can_be_opened(run: Run, collection: Path) -> None:
    rows = run("find", ".", "Key", "--keys").lines
    assert len(rows) == len(HIVES)
    for row in rows:
        assert run("ls", row).out.startswith("Number")


def test_find_stops_at_its_limit_over_all(run: Run, collection: Path) -> None:
    assert len(run("find", ".", "Key", "--limit", "2").lines) == 2
    assert run("find", ".", "nothing at all").status == 1


def test_the_last_of_several_words_is_the_name_or_text(run: Run, collection: Path) -> None:
    with anyreg.open(HIVES[0], "r+") as registry:
        registry.root.values[""] = "default"
    assert run("get", HIVES[0]).out == "default\n"
    assert run("get", HIVES[0], "Name").out == f"{HIVES[0]}\n"
    assert run("get", HIVES[0], HIVES[1], "Name").lines == [f"{name}  {name}" for name in HIVES[:2]]
    done = run("get", *HIVES[:2], "")
    assert (done.status, done.lines) == (1, [f"{HIVES[0]}  default"])
    done = run("find", HIVES[1], HIVES[0])
    assert (done.status, done.out) == (1, "")
    assert done.err.endswith("is a file, but as the last word it was the TEXT\n")
    assert len(run("find", *HIVES[:2], "", "--type", "dword").lines) == 2


def test_one_address_of_bytes(run: Run, collection: Path) -> None:
    done = run("get", *HIVES, "Name", "--raw")
    assert (done.status, done.out) == (2, "")
    assert "one address" in done.err


def test_info_of_a_folder_is_a_row_each(run: Run, collection: Path) -> None:
    done = run("info", ".", terminal=True)
    assert len(done.lines) == 1 + len(HIVES)
    for title in ("Address", "Version", "State", "Last written", "Keys", "Values", "Problems"):
        assert title in done.lines[0]
    assert run("info", ".").lines[0].split()[-4:] == ["3", "2", "36", "0"]


def test_one_table_of_many_hives(run: Run, collection: Path) -> None:
    out = collection / "all.csv"
    done = run("export", ".", "-o", out)
    assert (done.status, done.out, done.err) == (0, "", "")
    rows = list(csv.DictReader(StringIO(out.read_bytes().decode())))
    assert len(rows) == len(HIVES) * 5
    for name in HIVES:
        own = [row for row in rows if row["target"] == name]
        single = run("export", name, "-f", "csv").data.decode()
        assert [{k: v for k, v in row.items() if k != "target"} for row in own] == list(
            csv.DictReader(StringIO(single, newline=""))
        )
    done = run("import", HIVES[0], out)
    assert (done.status, "columns" in done.err) == (2, True)


@pytest.mark.parametrize("format", ["reg", "json", "pol", "hive"])
def test_other_formats_hold_one_hive(run: Run, collection: Path, format: str) -> None:
    done = run("export", ".", "-f", format, "-o", "out")
    assert (done.status, Path("out").exists()) == (2, False)
    assert "in CSV alone" in done.err


def test_no_hive_is_written_over(run: Run, collection: Path) -> None:
    before = Path(HIVES[1]).read_bytes()
    done = run("export", ".", "-f", "csv", "-o", HIVES[1])
    assert (done.status, "the hive itself" in done.err) == (2, True)
    assert Path(HIVES[1]).read_bytes() == before


def test_a_registry_in_a_folder_is_one(run: Run, collection: Path) -> None:
    with anyreg.open(f"{collection}/own/", "x") as registry:
        registry.write(r"HKCU\Software\Vendor", "Name", "own")
    rows = run("find", "own", HIVES[0], "Vendor", "--exact").lines
    assert rows[0] == r"own::HKEY_CURRENT_USER\Software\Vendor"
    assert rows[-1] == f"{HIVES[0]}::Vendor"


def test_what_cannot_be_read_is_said(
    run: Run, collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def refuse(self: Path, *arguments: object, **more: object) -> object:
        if self.name == "notes.txt":
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    done = run("find", "config", "Key")
    assert done.status == 2
    notes = Path("config/notes.txt")
    assert done.err == f"anyreg: warning: left out: Permission denied: {notes}\n"
    assert len(done.lines) == 2
