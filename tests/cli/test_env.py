"""env: variables and lists, of hives, disks and one's own registry."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run, contents
from registry.disks import SID, small_disk

UNTOLD = "anyreg: no WM_SETTINGCHANGE was sent"


@pytest.fixture
def user(folder: Path) -> Path:
    """The hive of a user with variables."""
    path = folder / "ntuser.dat"
    with anyreg.open(path, "x") as registry:
        registry.environment().update({"Path": r"%USERPROFILE%\bin;C:\Tools", "EDITOR": "vi"})
    return path


def text_of(hive: Path, name: str) -> str:
    with anyreg.open(hive) as registry:
        return registry.environment()[name]


def test_listing(run: Run, user: Path) -> None:
    """For people and for programs."""
    assert run("env", "ls", user).lines == [
        r"Path    REG_EXPAND_SZ  %USERPROFILE%\bin;C:\Tools",
        "EDITOR  REG_SZ         vi",
    ]
    assert run("env", "ls", user, "--json").records[1] == {
        "name": "EDITOR",
        "type": "REG_SZ",
        "data": "vi",
    }


def test_getting(run: Run, user: Path) -> None:
    """A missing variable is status 1."""
    assert run("env", "get", "path", user).out == "%USERPROFILE%\\bin;C:\\Tools\n"
    assert run("env", "get", "path", user, "--json").records[0]["name"] == "Path"
    done = run("env", "get", "None", user)
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)


def test_setting(run: Run, user: Path) -> None:
    """Nothing is said: nobody expects that a file's change is told to running programs."""
    for _ in range(2):
        done = run("env", "set", "NEW", "%A%", user)
        assert (done.status, done.out, done.err) == (0, "", "")
    run("env", "set", "NEW", "%A%", user, "--no-expand")
    with anyreg.open(user) as registry:
        assert registry.environment().value("NEW").type_name == "REG_SZ"
    assert run("env", "set", "A=B", "x", user).status == 2


def test_deleting(run: Run, user: Path) -> None:
    """A missing one is status 1, unless that is fine."""
    assert run("env", "rm", "editor", user).status == 0
    assert run("env", "get", "EDITOR", user).status == 1
    assert run("env", "rm", "editor", user).status == 1
    assert run("env", "rm", "editor", user, "--missing-ok").status == 0


def test_a_list(run: Run, user: Path) -> None:
    """Entries come and go one by one."""
    assert run("env", "path", "add", "c:/tools/", user).err == ""
    assert run("env", "path", "add", r"D:\x", user).err == ""
    assert run("env", "path", "add", r"E:\y", user, "--first").status == 0
    assert run("env", "path", "ls", user).lines == [
        r"E:\y",
        r"%USERPROFILE%\bin",
        r"C:\Tools",
        r"D:\x",
    ]
    assert run("env", "path", "rm", "d:/X", user).status == 0
    assert run("env", "path", "rm", "d:/X", user).status == 1
    assert run("env", "path", "rm", "d:/X", user, "--missing-ok").status == 0
    assert text_of(user, "Path") == r"E:\y;%USERPROFILE%\bin;C:\Tools"


def test_another_list(run: Run, user: Path) -> None:
    """Any variable; doubles go when asked."""
    run("env", "set", "LIST", "a;b;A", user)
    assert run("env", "path", "dedupe", user, "--variable", "LIST").status == 0
    assert run("env", "path", "ls", user, "--variable", "list", "--json").records == [
        {"entry": "a"},
        {"entry": "b"},
    ]


def test_a_dry_run_shows_and_keeps(run: Run, user: Path) -> None:
    """Every file stays as it is."""
    before = contents(user.parent)
    for command, kind in (
        (["path", "add", "x"], "changed"),
        (["path", "rm", r"C:\Tools"], "changed"),
        (["set", "NEW", "1"], "added"),
        (["rm", "EDITOR"], "removed"),
    ):
        done = run("env", *command, user, "--dry-run", "--json")
        assert [record["kind"] for record in done.records] == [kind]
        assert (done.status, done.err) == (0, "")
    assert contents(user.parent) == before


def test_ones_own_registry(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's and the system's."""
    monkeypatch.setenv("ANYREG_HOME", str(folder / "home"))
    assert run("env", "path", "add", r"C:\a").status == 0
    assert run("env", "path", "ls").lines[-1] == r"C:\a"
    assert run("env", "path", "add", r"C:\b", "--system").status == 0
    assert run("env", "path", "ls", "-s").lines[-1] == r"C:\b"
    assert run("env", "set", "A", "b", "--dry-run").lines == [
        r"+ HKEY_CURRENT_USER\Environment  A  REG_SZ b"
    ]


def test_a_disk_with_several_users(run: Run, tmp_path: Path) -> None:
    """Whose it is must be said."""
    disk = small_disk(tmp_path / "disk", {SID: "Ada", SID + "2": "Bob"})
    assert run("env", "set", "A", "1", disk).status != 0
    assert run("env", "set", "A", "1", disk, "--user", "Bob", "-n").lines[0].startswith("+")
    assert run("env", "set", "A", "1", disk, "--user", "Bob").status == 0
    assert run("env", "get", "A", disk, "--user", "bob").out == "1\n"
    assert run("env", "get", "A", disk, "--user", "Ada").status == 1
    assert run("env", "set", "B", "2", disk, "--system").status == 0
    assert run("env", "get", "B", disk, "--system").out == "2\n"


def test_a_key_is_no_target(run: Run, user: Path) -> None:
    """The commands know where variables are."""
    assert run("env", "ls", f"{user}::Environment").status == 2


def test_on_a_windows_it_is_said_that_one_s_own_registry_is_not_its(
    run: Run, user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There people may take it for that; of a file nobody does, and nowhere else."""
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("anyreg.cli.env.WINDOWS", False)
    assert run("env", "set", "A", "b").err == ""
    monkeypatch.setattr("anyreg.cli.env.WINDOWS", True)
    assert run("env", "set", "A", "c").err.startswith(UNTOLD)
    assert run("env", "set", "A", "c").err == ""
    assert run("env", "set", "A", "d", "-n").err == ""
    assert run("env", "set", "A", "c", user).err == ""
