"""Commands, and what stands behind links that a registry makes itself, or is CurrentControlSet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run
from registry.disks import small_disk

LINE = "anyreg: CurrentControlSet means ControlSet002 in {}, as its Select says\n"
HEAD = "Windows Registry Editor Version 5.00\n\n"
BAR = r"HKEY_CURRENT_USER\Software\Classes\.bar"


@pytest.fixture(autouse=True)
def _no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYREG_HISTORY", "off")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return small_disk(tmp_path / "disk")


@pytest.fixture
def system(disk: Path) -> Iterator[Path]:
    """Its SYSTEM; at the end sound, and without a key of that name."""
    file = disk / "Windows/System32/config/SYSTEM"
    yield file
    with anyreg.open(file) as hive:
        names = [child.name for child in hive.root.children()]
        assert names == ["ControlSet001", "ControlSet002", "Select"]
        assert hive.check() == []


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    with anyreg.open() as registry:
        registry.write(BAR, "", "barfile")
    return tmp_path / "home"


def test_every_command_that_changes_means_the_control_set(
    run: Run, system: Path, tmp_path: Path
) -> None:
    """And says so in one line on stderr, a dry run too."""
    reg = tmp_path / "a.reg"
    key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Spooler"
    reg.write_text(f'{HEAD}[{key}]\n"Start"=dword:00000004\n', "utf-16")
    below = f"{system}::CurrentControlSet\\Services"
    here = f"{below}\\Spooler"
    line = LINE.format(system)
    for words, real in (
        (["import", system, reg], 4),
        (["import", system, reg, "--dry-run"], 4),
        (["set", here, "Start", "3", "-t", "dword"], 3),
        (["set", "--create", f"{below}\\Other", "Start", "3"], 3),
        (["create", f"{below}\\New"], 3),
        (["cp", here, f"{below}\\Copy"], 3),
        (["mv", f"{below}\\Copy", "Moved"], 3),
        (["rm", f"{below}\\Moved", "-r", "--yes"], 3),
    ):
        done = run(*words)
        assert (done.status, done.err) == (0, line), words
        with anyreg.open(system) as hive:
            assert hive.read(r"ControlSet002\Services\Spooler", "Start") == real
    with anyreg.open(system) as hive:
        services = hive.open(r"ControlSet002\Services")
        assert list(services.subkeys) == ["New", "Other", "Spooler"]


def test_every_command_that_reads_means_the_control_set(
    run: Run, system: Path, tmp_path: Path
) -> None:
    """With the path that was given."""
    here = f"{system}::currentcontrolset\\Control"
    line = LINE.format(system)
    assert run("get", here, "Number").out == "2\n"
    for words in (
        ["get", here, "Number"],
        ["ls", here],
        ["tree", here],
        ["find", here, "Number"],
        ["export", here],
        ["dump", here],
        ["timeline", here],
        ["diff", here, f"{system}::ControlSet001\\Control"],
        ["save", here, tmp_path / "saved"],
        ["reg", "query", f"{system}::CurrentControlSet\\Control"],
    ):
        done = run(*words)
        assert done.status in (0, 1), words
        assert done.err == line, words
    shown = run("find", here, "Number", "--json").records
    assert [match["path"] for match in shown] == [r"currentcontrolset\Control"]


def test_the_disk_and_its_hive_agree(run: Run, disk: Path, system: Path) -> None:
    """What is set in the one is seen in the other, and the disk has one CurrentControlSet."""
    assert run("set", f"{system}::CurrentControlSet\\Control", "New", "x").status == 0
    done = run("get", f"{disk}::HKLM\\SYSTEM\\CurrentControlSet\\Control", "New")
    assert (done.out, done.err) == ("x\n", "")
    assert run("ls", f"{disk}::HKLM\\SYSTEM").out.split() == [
        "ControlSet001\\",
        "ControlSet002\\",
        "CurrentControlSet\\",
        "Select\\",
    ]


def test_a_disk_shows_each_key_once(run: Run, disk: Path) -> None:
    """In a timeline and a search, but for those who ask."""
    rows = [row["path"] for row in run("timeline", disk, "--json").records]
    assert len(set(rows)) == len(rows)
    assert not [path for path in rows if "HARDWARE" in path or "HKEY_CLASSES_ROOT" in path]
    more = [row["path"] for row in run("timeline", disk, "--json", "--volatile").records]
    assert r"HKEY_LOCAL_MACHINE\HARDWARE" in more
    hits = [match["path"] for match in run("find", disk, "Ada", "--json").records]
    assert len(hits) == len(set(hits)) == 2  # the profile's folder, and the value of HKCU
    more = [m["path"] for m in run("find", disk, "Ada", "--json", "--aliases").records]
    assert set(hits) < set(more)


def test_what_people_see_goes_through_classes(run: Run, home: Path, tmp_path: Path) -> None:
    """Each command that looks at all below HKCU."""
    assert BAR in run("find", "HKCU", "barfile").out
    assert ".bar" in run("tree", "HKCU").out
    assert BAR in run("export", "HKCU", "--format", "reg").data.decode("utf-16")
    assert BAR.replace("\\", "\\\\") in run("dump", "HKCU").out
    assert BAR in [row["path"] for row in run("timeline", "HKCU", "--json").records]
    assert run("cp", "HKCU", f"{tmp_path / 'copy'}", "--dry-run").status == 2  # no such hive yet
    anyreg.open(tmp_path / "copy", "x").close()
    assert run("cp", "HKCU", tmp_path / "copy").status == 0
    with anyreg.open(tmp_path / "copy") as copy:
        assert copy.read(r"Software\Classes\.bar", "") == "barfile"
    assert run("diff", "HKCU", tmp_path / "copy").status == 0
    shown = run("set", BAR, "", "other", "--dry-run").out
    assert shown.startswith(f"~ {BAR}")


def test_a_root_that_does_not_exist_is_bad_input(run: Run, disk: Path) -> None:
    """Status 2, and what was meant."""
    done = run("get", f"{disk}::HKEY_CURRENT_USR\\X", "v")
    assert done.status == 2
    assert "did you mean HKEY_CURRENT_USER" in done.err
