"""The list of what is wrong."""

from __future__ import annotations

from anyreg.errors import CorruptHiveError
from anyreg.problems import MOST, Problem, Problems


def test_a_problem_reads_as_one_line() -> None:
    """Offset, what it is, the facts, the key."""
    problem = Problem(4128, "bad cell", "8", "7", "A\\B")
    assert str(problem) == "0x00001020  bad cell: expected 8, found 7 (key A\\B)"
    assert str(Problem(0, "file cut short")) == "0x00000000  file cut short"


def test_the_same_problem_is_kept_once() -> None:
    """Reading a place twice does not make it worse."""
    problems = Problems()
    for _ in range(3):
        problems.note(32, "bad cell", "8", "7")
    problems.note(32, "bad value")
    assert [problem.what for problem in problems.found] == ["bad cell", "bad value"]


def test_an_error_becomes_a_problem() -> None:
    """With its offset and its facts."""
    problems = Problems()
    problems.note_error(CorruptHiveError("bad nk", offset=40, expected="nk", actual="kn"))
    assert problems.found == [Problem(40, "bad nk", "nk", "kn")]


def test_millions_of_problems_fill_no_memory() -> None:
    """Those beyond the limit are counted, not kept, and one line says so."""
    problems = Problems()
    for number in range(MOST + 5):
        problems.note(number, "bad cell")
    assert len(problems.found) == MOST + 1
    assert "more than" in problems.found[-1].what
    assert problems.dropped == 5
