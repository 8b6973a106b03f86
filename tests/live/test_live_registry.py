"""The live registry, in Wine: programs of people, and 300 steps as elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import anyreg
from live.steps import STEPS, Run
from live.windows_suite import run_module, run_suite
from live.wine import Wine, windows_path

pytestmark = pytest.mark.live

SPELLED = ("LOCAL_MACHINE\\Software", "LOCAL_MACHINE\\SOFTWARE")  # as Wine has it, and Windows


def test_programs_of_people_work(wine: Wine) -> None:
    """Read, write, walk, delete, watch, back up, PATH and its message, owners, classes."""
    results = run_suite(wine, "tests/backends/live/test_programs.py")
    assert [one for one in results if one.has_failed] == []
    assert sum(one.outcome == "passed" for one in results) >= 28


def steps_of(target: str | None, folder: Path) -> list[object]:
    folder.mkdir()
    with anyreg.open(target) as registry:
        told: list[object] = json.loads(json.dumps(Run(registry, folder).outcomes(), default=repr))
    return told


def test_300_steps_come_out_the_same(
    wine: Wine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory, on a registry of one's own here and in Wine, and on the live one of Wine.

    The one difference: Wine spells HKLM\\Software so, where Windows has SOFTWARE.
    """
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    expected = steps_of("memory:", tmp_path / "memory")
    assert len(expected) == STEPS
    assert steps_of(None, tmp_path / "own") == expected
    for name, variables in (
        ("live", {}),
        ("own in Wine", {"ANYREG_HOME": windows_path(tmp_path / "home in Wine")}),
    ):
        folder = tmp_path / name
        folder.mkdir()
        run_module(wine, folder, "live.steps", windows_path(folder / "told"), **variables)
        text = (folder / "told").read_text("utf-8")
        escaped = [spelled.replace("\\", "\\\\") for spelled in SPELLED]
        again = [spelled.replace("\\", "\\\\") for spelled in escaped]  # within a repr
        for old, new in (escaped, again):
            text = text.replace(old, new)
        assert json.loads(text) == expected
