"""The options of commands that change something: all have them, and none outlives its command."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run

OPTIONS = ("--dry-run", "--force", "--no-durable", "--no-history", "--json", "--user", "--escaped")
COMMANDS = [
    *((verb,) for verb in ("create", "set", "mv", "cp")),
    *(("acl", verb) for verb in ("owner", "grant", "deny", "revoke", "protect", "set", "import")),
    *(("env", verb) for verb in ("set", "rm")),
    *(("env", "path", verb) for verb in ("add", "rm", "dedupe")),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_them(run: Run, command: tuple[str, ...]) -> None:
    shown = run(*command, "--help").out
    assert [word for word in OPTIONS if word not in shown] == []


def test_a_rehearsal_is_over_with_its_command(run: Run, folder: Path) -> None:
    """The next command changes something."""
    hive = folder / "x.hiv"
    with anyreg.open(hive, "x") as registry:
        before = registry.root.security.sddl
    words = ("acl", "grant", str(hive), "Guests", "read")
    assert run(*words, "-n").out != ""
    with anyreg.open(hive) as registry:
        assert registry.root.security.sddl == before
    assert run(*words).out == ""
    with anyreg.open(hive) as registry:
        assert registry.root.security.sddl == before + "(A;CI;KR;;;BG)"


def test_what_is_asked_for_is_done(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON of a rehearsal, and no history where none is wanted."""
    monkeypatch.setenv("ANYREG_HISTORY", str(folder / "history"))
    hive = folder / "x.hiv"
    with anyreg.open(hive, "x"):
        pass
    words = ("env", "set", "A", "b", str(hive), "--no-durable")
    with anyreg.open(hive, "r+") as registry:
        registry.create("Environment")
    (record,) = run(*words, "--dry-run", "--json").records
    assert record["name"] == "A"
    assert run(*words, "--no-history").status == 0
    assert run("history", str(hive)).out == ""
    assert run(*words[:3], "c", str(hive)).status == 0
    assert run("history", str(hive)).out != ""
