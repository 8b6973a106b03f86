"""Tables, ratios, and the document that they go into."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from conftest import ROOT

sys.path.append(str(ROOT / "benchmarks"))

report = importlib.import_module("report")
Result = importlib.import_module("measure").Result


def test_times_are_compared_with_ours() -> None:
    """Others as a multiple, ourselves without."""
    text = report.times([Result("we", 0.5, 0.6), Result("they", 1.0, 1.25)], "we")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    assert rows[2] == ["we", "500.0 ms", "600.0 ms", ""]
    assert rows[3] == ["they", "1.00 s", "1.25 s", "2.00"]


@pytest.mark.parametrize(
    ("measured", "most", "kept"),
    [(1.5, False, "yes"), (1.4, False, "no"), (1.5, True, "yes"), (1.6, True, "no")],
)
def test_a_promise_is_judged(measured: float, most: bool, kept: str) -> None:
    """At least, or at most, the number that was asked for."""
    assert report.Promise("p", "1.5", measured, "x", 1.5, most).kept == kept


def test_what_was_not_measured_is_not_judged() -> None:
    """And shown as a dash."""
    promise = report.Promise("p", "1.5 x", None, "x", 1.5)
    assert promise.kept == "not measured"
    assert "| - |" in " ".join(report.promises([promise]).split())


def test_the_section_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    """Twice gives the same as once."""
    file = tmp_path / "page.md"
    file.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.write(file, "new")
    report.write(file, "new")
    assert file.read_text() == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n"


def test_a_document_without_marks_is_left_alone() -> None:
    """Whatever stands in it."""
    with pytest.raises(ValueError, match="lacks"):
        report.replaced("text", "new")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(2.5, "2.50 s"), (0.0125, "12.5 ms"), (0.000042, "42 us")]
)
def test_durations_have_the_unit_that_fits(seconds: float, shown: str) -> None:
    """Three are enough."""
    assert report.duration(seconds) == shown
