"""Wine's reg.exe and regedit, and ours: the same lines and files, the same registry and status.

Where they differ, `differences` says what we do, and why.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from differential.regexe import differences
from differential.regexe.cases import Case
from differential.regexe.conftest import Theirs, file_name
from differential.regexe.differences import Read, as_windows_says, difference_of
from differential.regexe.files import FILES, SEED, File, key_of, keys_of
from differential.regexe.lines import LINES
from differential.regexe.ours import imported, outcome

pytestmark = pytest.mark.live


def plain(found: Any) -> Any:
    """What JSON makes of it, as of the other side's."""
    return json.loads(json.dumps(found))


def parts(name: str, case: Case, found: dict[str, Any]) -> dict[str, Any]:
    """What is compared: output only of queries that succeed, as all else has Wine's words."""
    kept = {part: found[part] for part in ("status", "held", "out")}
    if name.startswith("query") and found["status"] == [0]:
        kept["said"] = found["said"]
    return kept


@pytest.mark.parametrize("name", LINES)
def test_a_line_does_what_it_does_on_windows(name: str, on_windows: Theirs, tmp_path: Path) -> None:
    """Exit status, what the registry holds, files, and the output of queries."""
    case = LINES[name]
    ours = parts(name, case, plain(outcome(case, tmp_path)))
    theirs = parts(name, case, as_windows_says(case, on_windows["lines"][name]))
    known = differences.LINES.get(name)
    if known is None:
        assert ours == theirs
        return
    assert shown(ours[known.part]) == known.ours
    assert ours != theirs


def shown(part: Any) -> Any:
    """A part as the list of differences has it: of files the text of the only one."""
    if not isinstance(part, dict):
        return part
    (digits,) = part.values()
    return bytes.fromhex(digits).decode("utf-16")


@pytest.mark.parametrize("name", FILES)
def test_a_file_does_what_it_does_on_windows(name: str, on_windows: Theirs, tmp_path: Path) -> None:
    """By reg.exe, with its status, and by regedit, which has none."""
    file = FILES[name]
    ours = plain(imported(name, file, tmp_path))
    theirs = on_windows["files"]
    status = theirs["status"][file_name(name)]
    by_program = {program: below(name, theirs[program]) for program in ("reg", "regedit")}
    known = difference_of(name)
    if known is not None:
        assert (ours["status"], ours["held"]) == (0, plain(expected(name, file, known)))
    for program, held in by_program.items():
        is_known = known is not None and program in known.programs
        same = ours["held"] == held and (program != "reg" or ours["status"] == status)
        assert same != is_known, (program, held, status, ours)


def below(name: str, held: dict[str, Any]) -> dict[str, Any]:
    """What of all that is held belongs to a file."""
    return {
        path: rows
        for path, rows in held.items()
        if any(path == key or path.startswith(f"{key}\\") for key in keys_of(name))
    }


def expected(name: str, file: File, known: Read) -> dict[str, list[list[object]]]:
    """What a file's keys hold with what is known to be different."""
    values = {value: (kind, raw.hex()) for value, kind, raw in SEED}
    key = key_of(name)
    after = {
        path: [[value, *rest] for value, rest in sorted({**values, **more}.items())]
        for path, more in ((key, known.ours), (rf"{key}\Sub", {}))
    }
    return after if file.rows else {}


@pytest.mark.parametrize("name", differences.LINES)
def test_a_difference_of_a_line_has_a_reason(name: str) -> None:
    assert name in LINES
    assert len(differences.LINES[name].why) > 40


@pytest.mark.parametrize("title", differences.FILES)
def test_a_difference_of_a_file_has_a_reason(title: str) -> None:
    known = differences.FILES[title]
    assert known in [difference_of(name) for name in FILES]
    assert len(known.why) > 40


def test_there_are_enough_cases() -> None:
    assert len(LINES) >= 300
    assert len(FILES) >= 300


def test_both_sides_ran_every_case(on_windows: Theirs) -> None:
    assert on_windows["lines"].keys() == LINES.keys()
    assert list(on_windows["files"]["status"]) == [file_name(name) for name in FILES]
