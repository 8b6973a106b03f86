"""The program measures all that it promises; how long anything took is never looked at."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg.engine import COMPILED
from conftest import ROOT

PROGRAM = ROOT / "benchmarks/read.py"
OURS = "anyreg, compiled" if COMPILED else "anyreg, plain"
SECTIONS = {"What was promised", "Walk", "Open", "Find", "Export", "Import", "Growth"}
PROMISES = 8

pytestmark = pytest.mark.skipif(
    os.name == "nt" or sys.platform == "darwin", reason="measures on Linux"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A document that a quick run wrote its tables into."""
    pytest.importorskip("typer")  # the export that is measured is the program's
    file = tmp_path_factory.mktemp("benchmarks") / "page.md"
    file.write_text("# Page\n<!-- measured: begin -->\n<!-- measured: end -->\nend\n")
    environment = {k: v for k, v in os.environ.items() if k != "ANYREG_PLAIN_PYTHON"}
    command = [sys.executable, str(PROGRAM), "--quick", "--sizes", "0.05,0.1", "--write", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return file.read_text("utf-8")


def tables(page: str) -> Iterator[list[list[str]]]:
    """The cells of each table, titles first."""
    for text in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        rows = [[cell.strip() for cell in line[1:-1].split(" | ")] for line in text.splitlines()]
        yield [rows[0], *rows[2:]]


def test_every_job_is_there(page: str) -> None:
    """Each with a table."""
    titles = re.findall(r"^### (.*)$", page, re.MULTILINE)
    assert {re.split(r"[,:]| `| as ", title)[0] for title in titles} == SECTIONS
    assert len(list(tables(page))) == len(titles)


def test_every_promise_has_a_row(page: str) -> None:
    """Asked, measured, kept; without a peer it is not measured."""
    titles, *rows = next(tables(page))
    assert titles == ["promise", "asked", "measured", "kept"]
    assert len(rows) == PROMISES
    for _, asked, measured, kept in rows:
        assert asked
        assert (measured == "-") == (kept == "not measured")
        assert kept in ("yes", "no", "not measured")


def test_this_project_is_in_every_table_of_times(page: str) -> None:
    """As the installed form, with nothing missing."""
    for titles, *rows in list(tables(page))[1:]:
        assert titles[0] == "reader"
        ours = [row for row in rows if row[0] == OURS]
        assert ours
        assert all(all(row[:3]) for row in rows)


def test_growth_has_a_row_for_each_size(page: str) -> None:
    """Of this project at least."""
    *_, (_, *rows) = tables(page)
    assert len([row for row in rows if row[0] == OURS]) == 2


def test_nothing_names_this_machine(page: str) -> None:
    """No host, no folder."""
    assert os.uname().nodename not in re.findall(r"[\w.-]+", page)
    assert str(Path.home()) + "/" not in page
    assert str(ROOT) not in page
    assert page.endswith("\nend\n")


def test_a_page_without_a_peer_says_which(page: str) -> None:
    """A reader is in the first table of walks, or named as missing."""
    for reader in ("hivex", "libregf", "python-registry", "dissect.regf"):
        assert (
            re.search(rf"^\| {reader} +\|", page, re.MULTILINE) or f"Not measured: {reader}" in page
        )
