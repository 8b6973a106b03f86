"""The program measures all that it promises; how long anything took is never looked at."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.test_read import OURS, tables
from conftest import ROOT

sys.path.append(str(ROOT / "benchmarks"))

PROGRAM = ROOT / "benchmarks/write.py"
SECTIONS = ["What was promised", "Create", "Create", "Delete", "Commits", "Growth", "From"]
PROMISES = 11
OLD = "<!-- measured, writing: begin -->\nold\n<!-- measured, writing: end -->"

pytestmark = pytest.mark.skipif(
    os.name == "nt" or sys.platform == "darwin", reason="measures on Linux"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A document that a quick run wrote its tables into."""
    folder = tmp_path_factory.mktemp("benchmarks")
    file = folder / "page.md"
    file.write_text(f"# Page\n<!-- measured: begin -->\nof reading\n{OLD}\nend\n")
    environment = {k: v for k, v in os.environ.items() if k != "ANYREG_PLAIN_PYTHON"}
    command = [sys.executable, str(PROGRAM), "--quick", "--folder", str(folder)]
    command += ["--sizes", "0.05,0.1", "--write", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return file.read_text("utf-8")


def test_every_job_is_there(page: str) -> None:
    """Each with a table."""
    titles = re.findall(r"^### (\w+(?: was promised)?)", page, re.MULTILINE)
    assert titles == SECTIONS
    assert len(list(tables(page))) == len(titles)


def test_every_promise_has_a_row(page: str) -> None:
    """What needs no peer and no other form is measured."""
    titles, *rows = next(tables(page))
    assert titles == ["promise", "asked", "measured", "kept"]
    assert len(rows) == PROMISES
    unknown = [row[0] for row in rows if row[3] == "not measured"]
    assert all("compiled" in text for text in unknown)


def test_this_project_is_in_every_table_of_times(page: str) -> None:
    """As the installed form, with nothing missing."""
    for _, *rows in list(tables(page))[1:]:
        ours = [row for row in rows if row[0] == OURS]
        assert ours
        assert all(all(row[:3]) for row in ours)


def test_only_its_own_section_is_written(page: str) -> None:
    """What stands around it stays, and the old one goes."""
    assert "\nof reading\n" in page
    assert "\nold\n" not in page
    assert page.endswith("\nend\n")


def test_nothing_names_this_machine(page: str) -> None:
    """No host, no folder."""
    assert os.uname().nodename not in re.findall(r"[\w.-]+", page)
    assert str(Path.home()) + "/" not in page
    assert str(ROOT) not in page


def test_scrambled_numbers_are_each_there_once() -> None:
    """Also where the step divides the count."""
    writers = importlib.import_module("writers")
    for count in (1, 40, 1000, writers.STEP, 2 * writers.STEP):
        assert sorted(writers.scrambled(count)) == list(range(count))


def test_sqlite_does_the_same_work(tmp_path: Path) -> None:
    """In both of its modes."""
    writer = importlib.import_module("writers").Sqlite(tmp_path)
    for job in (writer.durable, writer.lazy):
        assert job("0").counts[0] == 2
