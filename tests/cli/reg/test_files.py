"""REG SAVE, RESTORE, LOAD, UNLOAD, EXPORT, IMPORT and COMPARE."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.reg.conftest import DONE, FULL, KEY, MISSING, Reg

NO_FILE = "ERROR: The system cannot find the file specified.\n"


def test_saving_and_restoring(reg: Reg, registry: anyreg.Registry, tmp_path: Path) -> None:
    """A hive holds all of a key; restoring takes away what came later."""
    file = str(tmp_path / "saved.hive")
    assert reg("save", KEY, file).out == DONE
    registry.write(KEY, "Later", 1)
    registry.open(KEY).delete_value("Name")
    assert reg("restore", KEY, file).out == DONE
    assert registry.read(KEY, "Name") == "Ada"
    assert registry.read(KEY, "Later") is None


def test_saving_asks_before_it_replaces(reg: Reg, tmp_path: Path) -> None:
    """/y says yes."""
    file = tmp_path / "saved.hive"
    file.write_bytes(b"mine")
    question = f"File {file} already exists. Overwrite (Yes/No)? "
    assert reg("save", KEY, str(file), answers="n\n").out.startswith(question)
    assert file.read_bytes() == b"mine"
    assert reg("save", KEY, str(file), "/y").out == DONE
    assert file.read_bytes()[:4] == b"regf"


def test_loading_and_unloading(reg: Reg, registry: anyreg.Registry, tmp_path: Path) -> None:
    """Below HKLM and HKU."""
    file = str(tmp_path / "saved.hive")
    reg("save", KEY, file)
    assert reg("load", r"HKU\Loaded", file).out == DONE
    assert registry.read(r"HKU\Loaded", "Name") == "Ada"
    assert reg("unload", r"HKU\Loaded").out == DONE
    assert "Loaded" not in registry.open("HKU").subkeys
    assert reg("load", r"HKLM\a\b", file).status == 1
    assert reg("unload", r"HKLM\None").status == 1


@pytest.mark.parametrize("verb", ["load", "restore"])
def test_a_file_that_is_missing(reg: Reg, verb: str) -> None:
    """Or no hive."""
    assert reg(verb, r"HKLM\Loaded", "none.hive").err == NO_FILE
    done = reg(verb, KEY if verb == "restore" else r"HKLM\Loaded", __file__)
    assert done.status == 1
    assert "not in a registry file format" in done.err


def test_exporting_and_importing(reg: Reg, registry: anyreg.Registry, tmp_path: Path) -> None:
    """A .reg file of version 5; that it was imported is said on stderr."""
    file = tmp_path / "saved.reg"
    assert reg("export", KEY, str(file)).out == DONE
    assert file.read_bytes().decode("utf-16").startswith("Windows Registry Editor Version 5.00")
    before = list(anyreg.diff(registry.create(KEY + "Copy"), registry.open(KEY)))
    registry.open(r"HKCU\Software").delete("Vendor", recursive=True)
    done = reg("import", str(file))
    assert (done.status, done.out, done.err) == (0, "", DONE)
    after = list(anyreg.diff(registry.create(KEY + "Copy"), registry.open(KEY)))
    assert [change[:3] for change in after] == [change[:3] for change in before]


def test_importing_what_is_wrong(reg: Reg, registry: anyreg.Registry, tmp_path: Path) -> None:
    """Nothing is changed."""
    file = tmp_path / "wrong.reg"
    file.write_text(f'REGEDIT4\n\n[{FULL}]\n"Name"="x"\nnonsense\n')
    done = reg("import", str(file))
    assert done.status == 1
    assert done.err.startswith("ERROR: line 5")
    assert registry.read(KEY, "Name") == "Ada"
    assert "Error opening the file" in reg("import", "none.reg").err


def test_comparing(reg: Reg, registry: anyreg.Registry) -> None:
    """2 where they differ; what is shown can be chosen."""
    other = r"HKCU\Software\Other"
    registry.open(KEY).copy_to(registry.create(other))
    same = "Results Compared: Identical\n\n" + DONE
    assert (reg("compare", KEY, other, "/s").status, reg("compare", KEY, other).out) == (0, same)
    registry.write(other, "Count", 5)
    registry.create(other + r"\More")
    done = reg("compare", KEY, other, "/s")
    assert done.status == 2
    assert done.lines[:3] == [
        f"< Value: {FULL}  Count  REG_DWORD  0x1f",
        r"> Value: HKEY_CURRENT_USER\Software\Other  Count  REG_DWORD  0x5",
        r"> Key: HKEY_CURRENT_USER\Software\Other\More",
    ]
    assert reg("compare", KEY, other, "/on").lines[0] == "Results Compared: Different"
    assert len(reg("compare", KEY, other, "/os").lines) == 5 + 3
    assert len(reg("compare", KEY, other, "/oa").lines) == 7 + 3
    assert reg("compare", KEY, other, "/v", "Name").status == 0
    assert reg("compare", KEY, other, "/v", "None").err == MISSING
    assert reg("compare", KEY, r"HKCU\None").err == MISSING


def test_other_registries(reg: Reg, tmp_path: Path) -> None:
    """A target in front of the name, in every verb; a machine's name if it is this one."""
    home = f"{tmp_path / 'home'}/"
    anyreg.open(home, "x").close()
    assert reg("copy", KEY, f"{home}::HKCU\\Software\\Vendor", "/s", "/f").out == DONE
    with anyreg.open(home) as other:
        assert other.read(KEY, "Name") == "Ada"
    assert reg("compare", KEY, f"{home}::HKCU\\Software\\Vendor", "/s").status == 0
    assert reg("query", rf"\\localhost\{KEY}").status == 0
    assert "network path" in reg("query", r"\\elsewhere.invalid\HKLM").err


def test_help(reg: Reg) -> None:
    """Of all verbs, and of one; none is no verb."""
    assert [line.split()[1] for line in reg("/?").lines][:2] == ["QUERY", "ADD"]
    assert reg("add", "/?").lines[0].startswith("REG ADD KEY")
    for words in ([], ["nonsense"]):
        assert reg(*words).err == 'ERROR: Invalid syntax.\nType "REG /?" for usage.\n'
