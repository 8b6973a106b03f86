"""diff: what it prints, and its status."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run
from formats.models import Model

pytestmark = pytest.mark.usefixtures("made")


def test_the_same_is_status_0_and_silence(run: Run) -> None:
    done = run("diff", "made", "made")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_a_line_for_each_difference(run: Run, made: dict[str, Model]) -> None:
    made["old"] = Model(keys=[Model("Gone", [("v", 4, b"\1\0\0\0")])], values=[("x", 3, b"\1")])
    made["new"] = Model(keys=[Model("New")], values=[("X", 0, b"")], class_name="c")
    done = run("diff", "old", "new")
    assert done.status == 1
    assert done.lines == [
        "~ \\   -> class 'c'",
        "~ \\  X  REG_BINARY 01 -> REG_NONE",
        "- Gone",
        "- Gone  v  REG_DWORD 0x00000001 (1)",
        "+ New",
    ]


def test_times_only_if_asked(run: Run, made: dict[str, Model]) -> None:
    made["old"], made["new"] = Model(written=0), Model(written=10_000_000)
    assert run("diff", "old", "new").status == 0
    assert run("diff", "old", "new", "--times").lines == [
        "~ \\  1601-01-01 00:00:00Z -> 1601-01-01 00:00:01Z"
    ]


def test_keys_of_one_hive_can_be_compared(run: Run) -> None:
    assert run("diff", "made::System", r"made::Software\Vendor\Deep").status == 0


def test_json_has_both_sides(run: Run) -> None:
    records = run("diff", "made::System", r"made::Software\Vendor", "--json").records
    assert records[0] == {
        "kind": "changed",
        "path": "",
        "name": None,
        "before": {"class": "", "last_written": 116444736000000000},
        "after": {"class": "cls", "last_written": 116444736000000000},
    }
    assert (records[1]["kind"], records[1]["path"], records[1]["before"]) == ("added", "Deep", None)


def test_a_patch_can_call_the_root_as_asked(run: Run, hive: Path, folder: Path) -> None:
    """A short root gets its long name, as in an export; a patch of lines has no root."""
    anyreg.open(folder / "empty.dat", "x").close()
    other = f"{folder / 'empty.dat'}"
    for prefix, first in [("HKCU", "HKEY_CURRENT_USER"), (r"hklm\A", r"HKEY_LOCAL_MACHINE\A")]:
        patch = folder / "a.reg"
        assert run("diff", other, hive, "-o", patch, "--prefix", prefix, "--lenient").status == 1
        assert f"[{first}\\Software]" in patch.read_bytes().decode("utf-16")
        run(
            "diff",
            f"{hive}::System",
            f"{hive}::Software",
            "-o",
            patch,
            "--prefix",
            prefix,
            "--lenient",
        )
        assert f"[{first}\\System]" in patch.read_bytes().decode("utf-16")
    assert run("import", other, patch, "--prefix", r"HKLM\A", "-n").status == 0
    for words in (["-o", str(folder / "a.jsonl")], []):
        done = run("diff", other, hive, *words, "--prefix", "HKCU")
        assert (done.status, done.err) == (
            2, "anyreg: Invalid value: --prefix is for a patch that ends in .reg: HKCU\n"
        )  # fmt: skip
