"""Every command over whole registries: one's own, and a disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run
from registry.disks import SID, small_disk

VENDOR = r"hkcu\Software\Vendor"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One's own registry, with something in it."""
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    with anyreg.open() as registry:
        registry.write(VENDOR, "Name", "Ada")
        registry.write(VENDOR + r"\Below", "Number", 7)
    return tmp_path / "home"


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return small_disk(tmp_path / "disk")


def mine(path: str, name: str) -> object:
    with anyreg.open() as registry:
        return registry.read(path, name)


@pytest.mark.parametrize("root", ["HKCU", "hkey_current_user", "Hkey_Current_User"])
def test_a_root_in_any_case_means_ones_own(run: Run, root: str) -> None:
    """Long or short."""
    assert run("get", rf"{root}\software\vendor", "name").lines == ["Ada"]


def test_commands_read_a_registry(run: Run) -> None:
    """Each shows what is there."""
    assert run("ls", VENDOR).lines == ["Below\\", "Name    REG_SZ  Ada"]
    assert [line.split()[-1] for line in run("tree", VENDOR).lines][1:] == ["Below"]
    assert "Number" in run("find", VENDOR, "number").out
    assert "own registry" in run("info", VENDOR).out
    assert run("check", "HKLM").lines == ["no problems in your registry"]
    assert '"Number",4,"07000000"' in run("dump", VENDOR).out


def test_commands_change_a_registry(run: Run) -> None:
    """As they change a hive."""
    assert run("set", VENDOR, "Name", "Grace").status == 0
    assert mine(VENDOR, "Name") == "Grace"
    assert run("create", r"HKLM\SOFTWARE\Made\Deep").status == 0
    assert run("cp", VENDOR, r"HKLM\SOFTWARE\Made").status == 0
    assert mine(r"HKLM\SOFTWARE\Made\Below", "Number") == 7
    assert run("mv", r"HKLM\SOFTWARE\Made", "Moved").status == 0
    assert run("rm", "-r", r"HKLM\SOFTWARE\Moved").status == 0
    assert mine(r"HKLM\SOFTWARE\Moved\Below", "Number") is None


def test_a_rehearsal_changes_nothing(run: Run, home: Path) -> None:
    """It shows what would, with the full path."""
    before = (home / "NTUSER.DAT").read_bytes()
    done = run("set", VENDOR, "Name", "Grace", "--dry-run")
    assert done.lines == [r"~ HKEY_CURRENT_USER\Software\Vendor  Name  REG_SZ Ada -> REG_SZ Grace"]
    assert mine(VENDOR, "Name") == "Ada"
    assert (home / "NTUSER.DAT").read_bytes() == before


def test_reg_files_go_out_and_in(run: Run, tmp_path: Path) -> None:
    """With the names that Windows has for the keys."""
    file = tmp_path / "vendor.reg"
    assert run("export", VENDOR, "-o", file).status == 0
    assert r"[HKEY_CURRENT_USER\Software\Vendor\Below]" in file.read_text("utf-16")
    assert run("rm", "-r", VENDOR).status == 0
    assert run("import", "HKCU", file).status == 0
    assert mine(VENDOR + r"\Below", "Number") == 7
    assert run("import", "HKLM", file).status == 2


def test_a_disk_is_read_and_written(run: Run, disk: Path) -> None:
    """By DISK::KEY; copied to one's own registry, and compared with it."""
    there = rf"{disk}::HKLM\SYSTEM\CurrentControlSet\Control"
    assert run("get", there, "Number").lines == ["2"]
    assert run("set", there, "Number", "3", "--dry-run").status == 0
    assert run("set", there, "Number", "3").status == 0
    assert run("get", there, "Number").lines == ["3"]
    (disk / "hiberfil.sys").write_bytes(b"hibr" * 1024)
    assert "hibernated" in run("set", there, "Number", "4").err
    assert run("set", there, "Number", "4", "--force").status == 0
    assert run("get", there, "Number").lines == ["4"]
    assert run("cp", f"{disk}::HKU\\{SID}\\Software", r"HKCU\Copied").status == 0
    assert mine(r"HKCU\Copied", "Of") == "Ada"
    assert run("diff", f"{disk}::HKCU\\Software", r"HKCU\Copied").lines == []
    assert run("diff", f"{disk}::HKCU\\Software", VENDOR).status == 1


def test_a_registry_has_no_file_to_be_made_or_mended(run: Run) -> None:
    """What is for hives says so."""
    for arguments in (["create", "--new", r"HKCU\X"], ["compact", "HKCU"], ["repair", "HKCU", "x"]):
        done = run(*arguments)
        assert done.status == 2
        assert "hive" in done.err


def test_a_key_is_not_copied_into_itself(run: Run) -> None:
    """Whatever its root is called."""
    done = run("cp", VENDOR, r"HKEY_CURRENT_USER\Software\Vendor\Below")
    assert done.status == 2
    assert "into itself" in done.err


def in_a_process(*words: str) -> str:
    """What a command prints in a process of its own."""
    command = [sys.executable, "-m", "anyreg", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_what_a_command_loads_stays_for_the_next(home: Path, tmp_path: Path) -> None:
    """Loaded, read, written and unloaded by four processes."""
    file = tmp_path / "hive"
    with anyreg.open(file, "x") as hive:
        hive.write("Key", "Name", "Ada")
    in_a_process("reg", "load", r"HKLM\Loaded", str(file))
    assert "Ada" in in_a_process("reg", "query", r"HKLM\Loaded\Key")
    in_a_process("set", r"HKLM\Loaded\Key", "Name", "Grace")
    in_a_process("reg", "unload", r"HKLM\Loaded")
    assert "Loaded" not in in_a_process("ls", "HKLM")
    with anyreg.open(file) as hive:
        assert hive.read("Key", "Name") == "Grace"


def test_what_a_command_writes_below_a_volatile_key_stays(home: Path, tmp_path: Path) -> None:
    """Imported, set and read by one process each."""
    key = r"HKEY_LOCAL_MACHINE\HARDWARE\DESCRIPTION\System\CentralProcessor\0"
    file = tmp_path / "a.reg"
    file.write_text(f'Windows Registry Editor Version 5.00\n\n[{key}]\n"~MHz"=dword:8a0\n')
    in_a_process("reg", "import", str(file))
    in_a_process("set", key, "More", "1")
    assert "0x8a0" in in_a_process("reg", "query", key, "/v", "~MHz")
    assert in_a_process("get", key, "More") == "1\n"
