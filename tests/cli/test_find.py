"""find: the options that narrow it, and what they refuse."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

import anyreg
from anyreg import Raw
from anyreg.cli.time_arguments import parse_moment
from anyreg.times import from_datetime, to_datetime
from cli.conftest import Run
from formats.models import Model

DAY = 864_000_000_000
START = from_datetime(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def dated(made: dict[str, Model]) -> str:
    """Keys of three days."""
    keys = [Model(f"day{n}", [("v", 3, bytes([n]))], written=START + n * DAY) for n in range(3)]
    made["dated"] = Model("top", keys=keys, written=0)
    return "dated"


def test_types_and_sizes(run: Run, hive: Path) -> None:
    assert run("find", hive, "--type", "dword").lines == [
        "Software  Number  REG_DWORD  0x0000002a (42)"
    ]
    found = run("find", hive, "-t", "qword", "-t", "0x200000", "--json").records
    assert [record["value"]["name"] for record in found] == ["Quad", "Odd"]
    assert len(run("find", hive, "--min-size", "100").lines) == 1
    assert run("find", hive, "--min-size", "101").status == 1


def test_times(run: Run, dated: str) -> None:
    assert run("find", dated, "--newer", "2026-01-02", "--keys").lines == ["day1", "day2"]
    between = ("--newer", "2026-01-02T01:00:00+01:00", "--older", "2026-01-03T00:00Z")
    assert run("find", dated, *between, "--keys").lines == ["day1"]
    assert run("find", dated, "--newer", "0s").status == 1
    assert len(run("find", dated, "--newer", "2000w", "--keys").lines) == 3


def test_bytes(run: Run, hive: Path) -> None:
    assert run("find", hive, "--hex", "6162 63").lines[0].startswith("Software  Bytes")
    assert run("find", hive, "--hex", "FF", "--exact").lines == ["Software  Odd  0x200000  ff"]


def test_texts_in_bytes(run: Run, hive: Path) -> None:
    with anyreg.open(hive, "r+") as registry:
        registry.write("System", "blob", b"\1" + "secret".encode("utf-16-le"))
    assert run("find", hive, "Secret").status == 1
    assert run("find", hive, "Secret", "--binary").lines[0].startswith("System  blob  REG_BINARY")


def test_exact_depth_and_limit(run: Run, hive: Path) -> None:
    assert run("find", hive, "deep", "--exact").lines == [
        "Software\\Vendor\\Deep",
        "Software\\Vendor\\Deep  Text  REG_SZ  deep",
    ]
    assert run("find", hive, "deep", "--limit", "1").lines == ["Software\\Vendor\\Deep"]
    assert run("find", hive, "deep", "--max-depth", "2").status == 1


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a TEXT is needed, or an option such as --type or --newer"),
        (["--hex", "xyz"], "'xyz' is no hex, two digits a byte"),
        (["--hex", "00", "--regex"], "a regular expression of bytes is to be compiled first"),
        (["a", "--type", "word"], "'word' is no type"),
        (["a", "--newer", "yesterday"], "'yesterday' is no time"),
        (["a", "--limit", "0"], "--limit"),
        (["(", "--regex"], "not a regular expression"),
    ],
)
def test_bad_input_is_one_line(run: Run, arguments: list[str], message: str) -> None:
    done = run("find", "made", *arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-15", datetime(2026, 1, 15, tzinfo=UTC)),
        ("2026-01-15T09:30", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("2026-01-15 09:30:00.5Z", datetime(2026, 1, 15, 9, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-01-15T09:30:00-05:00", datetime(2026, 1, 15, 14, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_utc_unless_they_say_so(text: str, moment: datetime) -> None:
    assert to_datetime(parse_moment(text)) == moment


@pytest.mark.parametrize(
    ("text", "age"),
    [("90s", 90), ("30m", 1800), ("3h", 10800), ("1.5d", 129_600), ("1w", 604_800)],
)
def test_ages_count_back_from_now(text: str, age: float) -> None:
    before = datetime.now(UTC)
    moment = to_datetime(parse_moment(text))
    assert moment is not None
    then = moment + timedelta(seconds=age)
    assert before - timedelta(milliseconds=1) <= then <= datetime.now(UTC)


@pytest.mark.parametrize("text", ["", "2d3h", "-2d", "2y", "now", "2026", "1600-01-01", "9999999w"])
def test_other_words_are_no_times(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no time"):
        parse_moment(text)


# How it is shown

LONG = (
    '"C:\\Users\\tony\\AppData\\Local\\Microsoft\\OneDrive\\OneDrive.exe" /background -enc SQBFAFgA'
)


@pytest.fixture
def autostart(folder: Path) -> Path:
    path = folder / "run.dat"
    with anyreg.open(path, "x") as registry:
        registry.root.values.update(
            {
                "Run": LONG,
                "List": ["x" * 100, "needle \\in"],
                "Bytes": bytes(100) + b"\xca\xfe",
                "Nul": Raw(1, "good.exe\0C:\\evil.exe\0".encode("utf-16-le")),
                "Device": Raw(0xFFFF0012, "Fast Disk\0".encode("utf-16-le")),
            }
        )
    return path


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["sqbf"], LONG),
        (["le \\IN"], '"needle \\\\in"]'),
        (["ca fe", "--hex"], "00 ca fe"),
        (["cafe"], "00 ca fe"),
        (["evil"], "good.exe<U+0000>C:\\evil.exe"),
        (["fast"], '"Fast Disk"'),
    ],
)
def test_what_was_found_is_in_the_line(
    run: Run, autostart: Path, words: list[str], text: str
) -> None:
    """All of it where no terminal is; on one the part around it, and all of it if asked."""
    line = run("find", autostart, *words).out.rstrip("\n")
    assert line.endswith(text)
    shown = plain(run("find", autostart, *words, terminal=True).out).rstrip("\n")
    assert text[-8:] in shown
    assert len(shown) < 115
    assert plain(run("find", autostart, *words, "--full", terminal=True).out) == line + "\n"


@pytest.mark.wine_lacks("a console that shows colours")
def test_what_was_found_is_marked(run: Run, autostart: Path) -> None:
    """The name, the data or the key, wherever it stands, in any case; nothing else."""
    for words, marks in [
        (["SQBF"], ["SQBF"]),
        (["run"], ["Run"]),
        (["NEEDL[e]", "--regex", "--data"], ["needle"]),
        (["vil", "--data"], ["vil"]),
        (["--type", "binary"], []),
    ]:
        out = run("find", autostart, *words, terminal=True).out
        assert re.findall("\x1b\\[1;31m(.*?)\x1b", out) == marks


def plain(text: str) -> str:
    return re.sub("\x1b\\[[0-9;]*m", "", text)


@pytest.mark.parametrize("command", ["ls", "tree", "diff"])
def test_listings_cut_nothing_but_on_a_terminal(
    run: Run, autostart: Path, folder: Path, command: str
) -> None:
    """So that grep finds it."""
    anyreg.open(folder / "empty.dat", "x").close()
    words = {"ls": [], "tree": ["--values"], "diff": [str(folder / "empty.dat")]}[command]
    for text in (LONG, "ca fe", "evil.exe", '"Fast Disk"'):
        assert text in run(command, autostart, *words).out
    cut = plain(run(command, autostart, *words, terminal=True).out)
    assert LONG not in cut
    assert "..." in cut
    full = plain(run(command, autostart, *words, "--full", terminal=True).out)
    assert LONG in full
    assert "..." not in full


def test_get_shows_what_stands_behind_a_nul(run: Run, autostart: Path) -> None:
    assert run("get", autostart, "Nul").out == "good.exe<U+0000>C:\\evil.exe\n"
