"""Whether a plan to replace a hive's file can still be done."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg.backends.hive_replacement import Plan, carry_out, planned, why_not
from anyreg.engine.file_disk import FileDisk
from anyreg.errors import CorruptHiveError
from hives import sealed


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Of two hives."""
    for name in ("hive", "new"):
        with anyreg.open(tmp_path / name, "x") as hive:
            hive.root.values["large"] = bytes(9000)  # more than a page
    for log in tmp_path.glob("*.LOG*"):  # which could bring back what is lost
        log.unlink()
    return Plan(*(str(tmp_path / name) for name in ("hive", "new", "old")))


def cut_short(file: Path) -> None:
    """Take the last page away; the base block still counts it."""
    file.write_bytes(file.read_bytes()[:-4096])


def files_in(folder: Path) -> dict[str, bytes]:
    """All that is there."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_that_is_cut_short_is_refused_when_asked_for_and_again_later(plan: Plan) -> None:
    """And nothing is changed."""
    folder = Path(plan.file).parent
    assert planned(*plan) == plan
    cut_short(Path(plan.new))
    before = files_in(folder)
    for refused in (lambda: planned(*plan), lambda: carry_out(plan)):
        with pytest.raises(
            CorruptHiveError, match=r"cannot take .*cut short.*expected \d+"
        ) as error:
            refused()
        assert error.value.path == plan.new
        assert files_in(folder) == before


def test_a_dirty_file_whose_logs_are_lost_is_refused(plan: Plan) -> None:
    """It could not be written in its new place."""
    data = Path(plan.new).read_bytes()
    head = sealed(data[:4] + bytes([data[4] + 1]) + data[5:4096])
    Path(plan.new).write_bytes(head + data[4096:])
    with pytest.raises(CorruptHiveError, match="dirty, and no log applies"):
        planned(*plan)


@pytest.mark.parametrize("wrong", ["no hive", "cut short", "a folder", "taken"])
def test_a_plan_that_cannot_be_done_stops_nobody(plan: Plan, wrong: str) -> None:
    """The hive keeps its file."""
    new = Path(plan.new)
    if wrong == "no hive":
        new.write_text("nothing")
    elif wrong == "cut short":
        cut_short(new)
    elif wrong == "a folder":
        new.unlink()
        new.mkdir()
    else:
        Path(plan.old).touch()
    assert plan.new in why_not(plan, FileDisk())
    assert Path(plan.file).exists()
