"""How outcomes are written, and cases named."""

from __future__ import annotations

import pytest

from differential import cases
from differential.cases import CASES, case, kinds, outcome, steps, tried


def fail(error: Exception) -> None:
    raise error


@pytest.fixture
def no_cases(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A table of cases that is empty for this test."""
    empty: dict[str, object] = {}
    monkeypatch.setattr(cases, "CASES", empty)
    return empty


def test_results_are_written_with_their_types() -> None:
    assert outcome((1, "a", [b"x", None], True)) == "(1, 'a', [b'x', None], True)"


def test_text_beyond_ascii_is_escaped() -> None:
    assert outcome("\xe4\ud800") == r"'\xe4\ud800'"


def test_outcomes_inside_outcomes_stay_as_they_are() -> None:
    assert outcome([tried(int, "1"), 2]) == "[1, 2]"


def test_an_error_of_windows_is_its_class_and_codes() -> None:
    assert tried(fail, OSError(22, "words")) == "OSError: winerror None, errno 22"


def test_another_error_is_its_class_and_words() -> None:
    assert steps((int, "x1")) == ["ValueError: invalid literal for int() with base 10: 'x1'"]


def test_a_class_of_ours_counts_as_the_builtin_that_it_is() -> None:
    class MissingError(FileNotFoundError):
        pass

    assert tried(fail, MissingError(2, "words")).startswith("FileNotFoundError: ")


def test_kinds_leave_the_words_out() -> None:
    assert kinds((int, "x"), (int, "2")) == ["ValueError", "2"]


def test_rows_are_cases_of_their_own(no_cases: dict[str, object]) -> None:
    cases.cases(one=1, two=(2, 3))(lambda key, *given: given)
    assert list(no_cases) == ["test_cases.<lambda>[one]", "test_cases.<lambda>[two]"]


def test_a_name_is_entered_once(no_cases: dict[str, object]) -> None:
    case(fail)
    with pytest.raises(ValueError, match=r"two cases named test_cases\.fail"):
        case(fail)


def test_every_case_is_named_by_its_file() -> None:
    assert all("." in name for name in CASES)
