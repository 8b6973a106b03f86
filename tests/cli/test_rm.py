"""rm: values, keys and trees, and the question before a tree goes."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import typer

import anyreg
from cli.conftest import Run, dumped


class Answer(io.StringIO):
    """A person at the keyboard."""

    def isatty(self) -> bool:
        return True


def paths(hive: Path) -> list[str]:
    with anyreg.open(hive) as registry:
        return [key.path for key, _, _ in registry.root.walk()]


def test_a_value(run: Run, hive: Path) -> None:
    done = run("rm", f"{hive}::Software", "TEXT")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert run("get", f"{hive}::Software", "Text").status == 1


def test_the_default_value_is_a_value(run: Run, hive: Path) -> None:
    assert run("rm", hive, "").status == 0
    assert run("get", hive).status == 1
    assert len(paths(hive)) == 5


def test_a_key(run: Run, hive: Path) -> None:
    assert run("rm", rf"{hive}::Software\Vendor\Deep").status == 0
    assert paths(hive) == ["", "Software", r"Software\Vendor", "System"]


def test_a_tree_needs_recursive(run: Run, hive: Path) -> None:
    before = hive.read_bytes(), dumped(hive)
    done = run("rm", f"{hive}::Software")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "--recursive" in done.err
    assert (hive.read_bytes(), dumped(hive)) == before
    assert run("rm", f"{hive}::Software", "--recursive").status == 0
    assert paths(hive) == ["", "System"]


def test_a_tree_of_the_sample(run: Run, sample: Path) -> None:
    assert run("rm", f"{sample}::Software", "-r").status == 0
    assert not [path for path in paths(sample) if path.startswith("Software")]


@pytest.mark.parametrize("more", [["Nothing here"], []])
def test_missing_is_an_error_unless_told(run: Run, hive: Path, more: list[str]) -> None:
    before = hive.read_bytes()
    address = f"{hive}::System" if more else rf"{hive}::System\x"
    assert run("rm", address, *more).status == 1
    done = run("rm", address, *more, "--missing-ok")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert run("rm", f"{hive}::x", "y", "--missing-ok").status == 0
    assert hive.read_bytes() == before


def test_a_file_that_is_missing_is_an_error_always(run: Run) -> None:
    assert run("rm", "no/such/file::x", "--missing-ok").status == 2


@pytest.mark.parametrize("arguments", [["--recursive", "x"], ["--recursive"], []])
def test_what_cannot_be_deleted(run: Run, hive: Path, arguments: list[str]) -> None:
    before = hive.read_bytes(), dumped(hive)
    done = run("rm", hive, *arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert (hive.read_bytes(), dumped(hive)) == before


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 130), ("", 130)])
def test_a_person_is_asked_before_a_tree_goes(
    run: Run, hive: Path, monkeypatch: pytest.MonkeyPatch, answer: str, status: int
) -> None:
    before = paths(hive)
    monkeypatch.setattr(sys, "stdin", Answer(answer))
    done = run("rm", f"{hive}::Software", "-r", terminal=True, error_terminal=True)
    assert done.status == status
    assert "Software and 2 keys below it?" in done.err
    assert paths(hive) == (before if status else ["", "System"])


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("Software", ["--yes"]),
        ("Software", ["--dry-run"]),
        ("System", []),
        ("None", ["--missing-ok"]),
    ],
)
def test_nobody_is_asked_where_there_is_no_need(
    run: Run, hive: Path, monkeypatch: pytest.MonkeyPatch, path: str, more: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Answer(""))
    done = run("rm", f"{hive}::{path}", "-r", *more, error_terminal=True)
    assert (done.status, done.err) == (0, "")


def test_a_root_needs_force(run: Run, hive: Path) -> None:
    """It is emptied then, and stays."""
    before = dumped(hive)
    done = run("rm", hive, "--recursive")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "--force" in done.err
    assert run("rm", hive, "--force").status == 2
    assert dumped(hive) == before
    assert run("rm", hive, "--recursive", "--force", "--dry-run").lines[0].startswith("- ")
    assert run("rm", hive, "--recursive", "--force").status == 0
    assert paths(hive) == [""]


def test_roots_of_a_registry_need_force(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with --yes, which is for trees."""
    monkeypatch.setenv("ANYREG_HOME", str(folder / "home"))
    for root in ("HKCU", "HKLM", r"HKLM\SOFTWARE"):
        assert run("rm", root, "-r", "--yes").status == 2
    assert run("rm", r"HKLM\SOFTWARE", "-r", "--force").status == 0
    assert run("ls", r"HKLM\SOFTWARE").lines == []
    assert run("ls", "HKCU").lines != []


def test_emptying_a_root_is_asked_for_too(
    run: Run, hive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal; no is no."""
    before = dumped(hive)
    monkeypatch.setattr(sys, "stdin", Answer("n\n"))
    done = run("rm", hive, "-r", "--force", error_terminal=True)
    assert done.status == 130
    assert "4 keys below it?" in done.err
    assert dumped(hive) == before


def test_a_root_is_refused_before_anybody_is_asked(
    run: Run, hive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A yes would have been for nothing."""
    monkeypatch.setattr("anyreg.cli.rm._somebody_is_there", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: pytest.fail("asked"))
    done = run("rm", hive, "-r")
    assert (done.status, done.err) == (
        2,
        "anyreg: a root, or the root key of a hive, is emptied with --recursive --force alone: "
        f"{hive}\n",
    )
