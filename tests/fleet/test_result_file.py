"""The file of results: rows come back, what a killed run leaves, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import (
    AccessDeniedError,
    ConflictError,
    EarlierError,
    NotSupportedError,
    RegistryError,
    RemoteError,
)
from anyreg.fleet.result_file import ResultFile
from anyreg.fleet.rows import FleetRow, as_json, row_line, row_of

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def filled(file: Path, *rows: FleetRow[object], task: str = "") -> None:
    results = ResultFile(str(file), task)
    for row in rows:
        results.append(row)
    results.close()


def found(file: Path, target: str, failed: bool = True, task: str = "") -> FleetRow[object] | None:
    results = ResultFile(str(file), task)
    row = results.find(target, failed)
    results.close()
    return row


@given(st.text(), json_values, st.floats(0, 1e9))
def test_a_row_is_its_line(target: str, value: object, seconds: float) -> None:
    """Whatever text and value."""
    row = row_of(row_line(FleetRow(target, as_json(value), None, seconds)))
    assert row[:3] == (target, value, None)
    assert row.is_kept
    assert abs(row.seconds - seconds) <= max(1e-6, seconds * 1e-9)


def test_an_error_keeps_its_kind_and_its_code() -> None:
    """However often it is read and written."""
    row: FleetRow[object] = FleetRow("a", None, RemoteError("gone", path="a"), 1.0)
    for _ in range(3):
        row = row_of(row_line(row))
        assert isinstance(row.error, EarlierError)
        assert (row.error.kind, row.error.winerror, str(row.error)) == (
            "RemoteError",
            1722,
            "gone: a",
        )


def test_the_last_row_of_a_registry_holds(tmp_path: Path) -> None:
    """A failure that was mended is none."""
    file = tmp_path / "rows"
    filled(file, FleetRow("a", None, OSError("x"), 1), FleetRow("b", 1, None, 1))
    assert found(file, "a", failed=False) is None
    assert found(file, "a") is not None
    filled(file, FleetRow("a", 2, None, 1))
    row = found(file, "a", failed=False)
    assert row is not None
    assert row.value == 2


def test_a_run_that_is_killed_at_any_byte_loses_the_last_row_alone(tmp_path: Path) -> None:
    """The file is cut to what is whole, and goes on there."""
    file = tmp_path / "rows"
    filled(file, FleetRow("a", "1", None, 1), FleetRow("b", "2", None, 1), task="t")
    whole = file.read_bytes()
    first = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        has_first = size >= first
        assert (found(file, "a", task="t") is not None) == has_first
        assert found(file, "b", task="t") is None
        filled(file, FleetRow("b", "2", None, 1), task="t")
        lines = file.read_bytes().splitlines()
        assert [json.loads(line)["target"] for line in lines[1:]] == ["a", "b"][not has_first :]


@pytest.mark.parametrize(
    "text", [b"x", b"host1\nhost2\n", b"{}\n", b"[1]\n", bytes(2 << 20), b'{"anyreg fleet": 2}\n']
)
def test_another_file_is_refused_and_left_alone(tmp_path: Path, text: bytes) -> None:
    """Nobody wants results in a list of hosts."""
    file = tmp_path / "rows"
    file.write_bytes(text)
    with pytest.raises(NotSupportedError, match="no file of results"):
        ResultFile(str(file))
    assert file.read_bytes() == text


@pytest.mark.parametrize("line", [b"{}", b"[]", b"nonsense", b'{"target":1}', b"\xff"])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: bytes) -> None:
    """With its number; nothing is changed."""
    file = tmp_path / "rows"
    filled(file, FleetRow("a", 1, None, 1))
    text = file.read_bytes() + line + b"\n"
    file.write_bytes(text)
    with pytest.raises(NotSupportedError, match="line 3"):
        ResultFile(str(file))
    assert file.read_bytes() == text


def test_a_file_of_another_task_is_refused(tmp_path: Path) -> None:
    """Both are named."""
    file = tmp_path / "rows"
    filled(file, task="get A")
    with pytest.raises(ConflictError, match="expected 'get A', found 'get B'"):
        ResultFile(str(file), "get B")


def test_one_run_at_a_time_has_the_file(tmp_path: Path) -> None:
    """The other one is told."""
    file = str(tmp_path / "rows")
    first = ResultFile(file)
    with pytest.raises(AccessDeniedError, match="another run"):
        ResultFile(file)
    first.close()
    first.close()
    first.append(FleetRow("late", 1, None, 1))
    assert found(Path(file), "late") is None


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """And neither is one in a folder that is missing."""
    for place in (tmp_path, tmp_path / "missing" / "rows"):
        with pytest.raises(RegistryError):
            ResultFile(str(place))


def test_long_lines_are_read(tmp_path: Path) -> None:
    """Of several blocks."""
    file = tmp_path / "rows"
    filled(file, FleetRow("a", "x" * 3_000_000, None, 1), FleetRow("b", "y" * 2_000_000, None, 1))
    row = found(file, "b")
    assert row is not None
    assert row.value == "y" * 2_000_000
