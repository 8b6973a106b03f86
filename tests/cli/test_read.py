"""ls, tree, get, find, info and check: what they print."""

from __future__ import annotations

from pathlib import Path

import pytest

from anyreg.cli import progress
from cli.conftest import EVIL, Run
from engine.test_damaged_logs import HUGE, MOST, huge_log
from formats.models import Model
from fuzz.explore import peak_of

pytestmark = pytest.mark.usefixtures("made")


def test_ls_lists_subkeys_then_values(run: Run) -> None:
    assert run("ls", r"made::SOFTWARE").lines == [
        "Vendor\\",
        "Text     REG_SZ        some text",
        'List     REG_MULTI_SZ  ["a", "b c"]',
        "Number   REG_DWORD     0x0000002a (42)",
        f"Bytes    REG_BINARY    {bytes(range(100)).hex(' ')}",
        "Odd      0x200000      ff",
    ]


def test_ls_long_tells_times_owners_counts_and_sizes(run: Run) -> None:
    """A key whose descriptor cannot be read has no owner to be told."""
    lines = run("ls", "made", "--long").lines
    assert " ".join(lines[0].split()) == "Software\\ 1970-01-01 00:00:00Z 1 keys, 5 values"
    assert lines[2].split() == ["(default)", "REG_SZ", "8", "bytes", "top"]


def test_ls_json_has_an_object_for_each(run: Run) -> None:
    records = run("ls", "made", "--json").records
    assert records[0] == {
        "kind": "key",
        "name": "Software",
        "path": "Software",
        "last_written": 116444736000000000,
        "class": "",
        "subkeys": 1,
        "values": 5,
    }
    assert records[2] == {"kind": "value", "name": "", "type": "REG_SZ", "data": "top"}


def test_ls_of_an_empty_key_prints_nothing(run: Run) -> None:
    assert run("ls", "made::System").out == ""


def test_a_table_on_a_terminal_has_titles(run: Run) -> None:
    assert "Type" in run("ls", "made", terminal=True).lines[0]


def test_tree_draws_keys_and_values(run: Run) -> None:
    assert run("tree", "made", "--values").lines[:4] == [
        "ROOT",
        "├── (default)  REG_SZ  top",
        "├── Software",
        "│   ├── Text  REG_SZ  some text",
    ]
    assert run("tree", "made").lines == [
        "ROOT",
        "├── Software",
        "│   └── Vendor",
        "│       └── Deep",
        "└── System",
    ]


def test_tree_stops_at_a_depth(run: Run) -> None:
    assert run("tree", "made", "--depth", "0").lines == ["ROOT"]
    assert run("tree", "made::Software", "--depth", "1").lines == ["Software", "└── Vendor"]


def test_tree_draws_with_what_the_output_has(run: Run) -> None:
    assert run("tree", "made", "--depth", "1", encoding="ascii").lines[1:] == [
        "|-- Software",
        "`-- System",
    ]


def test_tree_json_is_flat(run: Run) -> None:
    records = run("tree", "made", "--json", "--values", "--depth", "1").records
    assert [record["path"] for record in records] == ["", "", *["Software"] * 6, "System"]


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["made"], "top\n"),
        (["made::Software", "text"], "some text\n"),
        (["made::Software", "List"], "a\nb c\n"),
        (["made::Software", "Number"], "42\n"),
        (["made::Software", "Number", "--type"], "REG_DWORD\n"),
        (["made::Software", "Number", "--raw"], "*\0\0\0"),
        (["made::Software", "Odd"], "ff\n"),
        (["made::Software", "Odd", "--json"], '{"name":"Odd","type":2097152,"hex":"ff"}\n'),
    ],
)
def test_get(run: Run, arguments: list[str], out: str) -> None:
    assert run("get", *arguments).out == out


def test_find_looks_everywhere_unless_told(run: Run) -> None:
    assert run("find", "made", "TEM").lines == ["System"]
    assert run("find", "made", "te", "--keys").lines == ["System"]
    assert run("find", "made", "text").lines == ["Software  Text  REG_SZ  some text"]
    assert run("find", "made", "^b", "--regex", "--values").lines[0].startswith("Software  Bytes")


def test_find_json_says_where(run: Run) -> None:
    assert run("find", "made", "text", "--data", "--json").records == [
        {
            "where": "data",
            "path": "Software",
            "value": {"name": "Text", "type": "REG_SZ", "data": "some text"},
        }
    ]


def test_find_of_nothing_has_status_1(run: Run) -> None:
    done = run("find", "made", "nowhere")
    assert (done.status, done.out, done.err) == (1, "", "")


def test_info_counts_what_is_below(run: Run) -> None:
    lines = run("info", "made::Software").lines
    assert ["key", "subkeys", "1"] in [line.split() for line in lines]
    assert ["all", "keys", "3"] in [line.split() for line in lines]
    (record,) = run("info", "made", "--json").records
    assert record["all"] == {"keys": 5, "values": 6, "data_bytes": 147}
    assert record["registry"]["kind"] == "model"


def test_check_lists_problems(run: Run) -> None:
    done = run("check", "damaged")
    assert done.status == 1
    assert done.lines[1] == "0x00002000  bad: expected this, found that"
    assert [record["offset"] for record in run("check", "damaged", "--json").records] == [
        4096,
        8192,
    ]
    assert run("check", "damaged", "--json").records[0]["path"] == EVIL


def test_check_of_a_sound_hive(run: Run) -> None:
    done = run("check", "made")
    assert (done.status, done.out) == (0, "no problems in made\n")
    assert run("check", "made", "--json").out == ""


@pytest.mark.parametrize("command", ["find", "dump", "info", "check", "diff"])
def test_a_bar_is_shown_for_big_hives_on_a_terminal_only(
    run: Run, made: dict[str, Model], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    more = {"find": ["Deep"], "diff": ["made"]}.get(command, [])
    made["large"] = Model(keys=[Model(f"Deep{number}") for number in range(600)])
    assert run(command, "large", *more, error_terminal=True).err == ""
    monkeypatch.setattr(progress, "BIG", 0)
    assert run(command, "large", *more).err == ""
    assert "\x1b" in run(command, "large", *more, error_terminal=True).err


@pytest.mark.parametrize("kind", HUGE)
def test_info_of_a_hive_whose_log_claims_gigabytes(run: Run, tmp_path: Path, kind: str) -> None:
    """It is told what is there, in little memory."""
    data, log = huge_log(kind)
    hive = tmp_path / "h"
    hive.write_bytes(data)
    assert run("info", hive).status == 0  # what the command needs is imported
    hive.with_name("h.LOG1").write_bytes(log)

    def info() -> None:
        done = run("info", hive, "--json")
        (record,) = done.records
        state = record["registry"]
        assert (done.status, state["state"], state["replayed"]) == (0, "dirty", [])
        assert record["all"]["keys"] == 4

    assert peak_of(info) < 8 * MOST
    assert sorted(file.name for file in tmp_path.iterdir()) == ["h", "h.LOG1"]
