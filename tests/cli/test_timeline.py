"""timeline: its forms, several registries in one, and names that could do harm."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

from cli.conftest import EVIL, Run
from formats.models import Model

START = 134116992000000000  # 2026-01-01
HOUR = 36_000_000_000


@pytest.fixture(autouse=True)
def dated(made: dict[str, Model]) -> None:
    """Two registries whose keys were written in turn."""
    made["one"] = Model(
        "top", written=0, keys=[Model("b", written=START + HOUR), Model("a|c", written=START)]
    )
    made["two"] = Model("top", written=START + HOUR, keys=[Model("x", written=(1 << 64) - 1)])


def test_the_oldest_comes_first(run: Run) -> None:
    assert run("timeline", "one").lines == [
        "1601-01-01 00:00:00Z  \\",
        "2026-01-01 00:00:00Z  a|c",
        "2026-01-01 01:00:00Z  b",
    ]


def test_several_are_put_together(run: Run) -> None:
    assert run("timeline", "one", "two", "--newer", "2026-01-01", "--reverse").lines == [
        "18446744073709551615  two  x",
        "2026-01-01 01:00:00Z  two  \\",
        "2026-01-01 01:00:00Z  one  b",
        "2026-01-01 00:00:00Z  one  a|c",
    ]


def test_limit_and_times(run: Run) -> None:
    assert run("timeline", "one", "-r", "--limit", "1").lines == ["2026-01-01 01:00:00Z  b"]
    done = run("timeline", "one", "--newer", "2026-01-01", "--older", "2026-01-01T01:00")
    assert done.lines == ["2026-01-01 00:00:00Z  a|c"]
    assert run("timeline", "one", "--newer", "2027-01-01").status == 1


def test_json(run: Run) -> None:
    assert run("timeline", "one", "two", "--json").records[-2:] == [
        {
            "last_written": START + HOUR,
            "time": "2026-01-01T01:00:00Z",
            "target": "two",
            "path": "",
        },
        {"last_written": (1 << 64) - 1, "time": None, "target": "two", "path": "x"},
    ]


def test_csv(run: Run) -> None:
    assert run("timeline", "one", "--csv", "--limit", "2").lines == [
        "last_written,time,target,path",
        "0,1601-01-01T00:00:00Z,one,",
        f"{START},2026-01-01T00:00:00Z,one,a|c",
    ]


def test_a_body_file_has_eleven_columns(run: Run) -> None:
    lines = run("timeline", "one", "two", "--bodyfile").lines
    assert lines[1] == "0|one::a<U+007C>c|0|0|0|0|0|0|1767225600|0|0"
    assert {len(line.split("|")) for line in lines} == {11}
    assert lines[0].split("|")[8] == "0"


def test_one_form_at_a_time(run: Run) -> None:
    done = run("timeline", "one", "--csv", "--json")
    assert (done.status, done.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("form", [None, "--json", "--csv", "--bodyfile"])
def test_no_name_can_write_to_a_terminal(run: Run, form: str | None) -> None:
    done = run("timeline", "hostile", *([form] if form else []), terminal=True)
    assert done.status == 0
    plain = done.out.replace("\x1b[36m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
    assert "\x1b" not in plain
    assert "\u202e" not in plain


def test_csv_and_json_keep_every_name(run: Run) -> None:
    rows = list(csv.reader(StringIO(run("timeline", "hostile", "--csv").out, newline="")))
    kept = EVIL.replace("\ud800", "\\ud800")
    assert [row[3] for row in rows[1:]] == ["", kept, f"{kept}\\{kept}"]
    lines = run("timeline", "hostile", "--json").lines
    assert json.loads(lines[1])["path"] == EVIL
