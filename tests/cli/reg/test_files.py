"""REG SAVE, RESTORE, LOAD, UNLOAD, EXPORT, IMPORT and COMPARE."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import anyreg
from anyreg.cli.reg import VERBS
from anyreg.cli.reg.help import HELP
from cli.conftest import Run
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
    """A line is left out with a warning, all others are done; without a header nothing is."""
    file = tmp_path / "wrong.reg"
    file.write_text(f'REGEDIT4\n\n[{FULL}]\n"Name"="x"\nnonsense\n"Later"="y"#z\n"Last"="z"\n')
    done = reg("import", str(file))
    assert (done.status, done.out) == (0, "")
    *warnings, last = done.err.splitlines(keepends=True)
    assert last == DONE
    assert [line.partition(", column")[0] for line in warnings] == [
        "anyreg: warning: line 5",
        "anyreg: warning: line 6",
    ]
    assert [registry.read(KEY, name) for name in ("Name", "Later", "Last")] == ["x", None, "z"]
    file.write_text(f'REGEDIT 4\n\n[{FULL}]\n"Name"="y"\n')
    done = reg("import", str(file))
    assert (done.status, done.err.count("\n")) == (0, 2)
    assert "all of the file is left out" in done.err
    file.write_text(f'regedit4\n\n[{FULL}]\n"Name"="y"\n')
    done = reg("import", str(file))
    assert done.status == 1
    assert done.err.startswith("ERROR: line 1")
    assert registry.read(KEY, "Name") == "x"
    assert "Error opening the file" in reg("import", "none.reg").err


def test_a_number_sign_behind_data_is_no_comment(
    reg: Reg, registry: anyreg.Registry, tmp_path: Path
) -> None:
    """As regedit has it: such a value is left out, with a warning; a line of its own is one."""
    file = tmp_path / "hash.reg"
    lines = [
        "#comment",
        '"a"="1"#comment',
        '"b"=dword:5 #x',
        '"c"=hex:01#c',
        '"d"="2";c',
        '"e"="#"',
    ]
    file.write_text("\n".join(["REGEDIT4", "", rf"[{FULL}\H]", *lines, ""]))
    done = reg("import", str(file))
    assert (done.status, done.out) == (0, "")
    *warnings, last = done.err.splitlines(keepends=True)
    assert last == DONE
    places = [line.partition(", column")[0] for line in warnings]
    assert places == [f"anyreg: warning: line {number}" for number in (5, 6, 7)]
    assert all("left out" in line for line in warnings)
    assert dict(registry.open(rf"{KEY}\H").values) == {"d": "2", "e": "#"}


def test_texts_in_hex_get_their_nul(reg: Reg, registry: anyreg.Registry, tmp_path: Path) -> None:
    """As Windows stores them; `anyreg import` keeps the bytes as they are."""
    file = tmp_path / "open.reg"
    lines = "".join(f'"{kind}"=hex({kind}):61,00,62,00\n' for kind in (1, 2, 3, 7))
    file.write_text(f"Windows Registry Editor Version 5.00\n\n[{FULL}]\n{lines}")
    assert reg("import", str(file)).err == DONE
    raws = [registry.open(KEY).value(kind).raw for kind in "1237"]
    assert raws == [b"a\0b\0\0\0", b"a\0b\0\0\0", b"a\0b\0", b"a\0b\0\0\0"]
    registry.import_(file)
    assert {registry.open(KEY).value(kind).raw for kind in "1237"} == {b"a\0b\0"}


def test_a_text_is_exported_up_to_its_nul(
    reg: Reg, registry: anyreg.Registry, tmp_path: Path
) -> None:
    """As reg.exe does it; what is lost by that is reported, and `anyreg export` loses nothing."""
    key = registry.create(r"HKCU\Software\Cut")
    key.values["a"] = anyreg.Raw(1, "ab\0cd\0".encode("utf-16-le"))
    key.values["b"] = anyreg.Raw(1, "ab".encode("utf-16-le"))
    key.values["c"] = anyreg.Raw(1, b"")
    key.values["d"] = anyreg.Raw(1, bytes(8))
    key.values["e"] = anyreg.Raw(2, "ab\0cd\0".encode("utf-16-le"))
    file = tmp_path / "cut.reg"
    done = reg("export", r"HKCU\Software\Cut", str(file))
    assert (done.status, done.out, done.err.count("\n")) == (0, DONE, 1)
    assert "the text of value 'a' is cut at its first NUL" in done.err
    lines = file.read_text("utf-16").splitlines()
    assert lines[3:7] == ['"a"="ab"', '"b"="ab"', '"c"=""', '"d"=""']
    assert lines[7] == '"e"=hex(2):61,00,62,00,00,00,63,00,64,00,00,00'


def test_importing_as_32_bit_programs_see_it(
    reg: Reg, registry: anyreg.Registry, tmp_path: Path
) -> None:
    """What they find elsewhere is made, set and deleted there; all else where it is named."""
    file = tmp_path / "view.reg"
    registry.create(r"HKLM\SOFTWARE\Wow6432Node\Gone\x")
    registry.create(r"HKLM\SOFTWARE\Gone")
    registry.create(r"HKLM\SOFTWARE\OnlyWide")
    text = r"""REGEDIT4

[HKEY_LOCAL_MACHINE\Software\Vendor]
"a"="32"
[HKEY_LOCAL_MACHINE\Software\Microsoft\Windows NT\CurrentVersion\Fonts]
"a"="shared"
[HKEY_CURRENT_USER\Software\Vendor]
"a"="user"
[HKEY_LOCAL_MACHINE\Software\Classes\CLSID\Vendor]
"a"="class"
[HKEY_LOCAL_MACHINE]
[-HKEY_LOCAL_MACHINE\Software\Gone]
[-HKEY_LOCAL_MACHINE\Software\OnlyWide]
"""
    file.write_text(text)
    assert reg("import", str(file), "/reg:32").err == DONE
    assert registry.read(r"HKLM\SOFTWARE\Wow6432Node\Vendor", "a") == "32"
    assert (
        registry.read(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Fonts", "a") == "shared"
    )
    assert registry.read(r"HKCU\Software\Vendor", "a") == "user"
    assert registry.read(r"HKLM\SOFTWARE\Classes\Wow6432Node\CLSID\Vendor", "a") == "class"
    software = registry.open(r"HKLM\SOFTWARE")
    assert "Gone" not in software.open("Wow6432Node").subkeys
    assert {"Gone", "OnlyWide"} <= set(software.subkeys)
    assert "Vendor" not in software.subkeys
    assert reg("import", str(file), "/reg:64").err == DONE
    assert registry.read(r"HKLM\SOFTWARE\Vendor", "a") == "32"
    assert "Gone" not in software.subkeys


@pytest.mark.parametrize("verb", ["export", "save"])
def test_a_folder_that_is_missing(reg: Reg, tmp_path: Path, verb: str) -> None:
    """It is no place for a file, and no draft is left."""
    done = reg(verb, KEY, str(tmp_path / "none" / "x"), "/y")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("ERROR: Unable to write to the file.")
    assert list(tmp_path.iterdir()) == []


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


def test_a_machine_that_is_not_there(reg: Reg) -> None:
    pytest.importorskip("smbprotocol", reason="no smbprotocol: anyreg[remote]")
    assert "network path" in reg("query", r"\\elsewhere.invalid\HKLM").err


def test_hive_files(reg: Reg, registry: anyreg.Registry, tmp_path: Path) -> None:
    """They have no roots: a path in them stands behind the colons, in every verb."""
    file = str(tmp_path / "vendor.hive")
    registry.open(KEY).save(file)
    done = reg("query", f"{file}::")
    assert done.lines[1] == f"{file}::"
    assert done.lines[-2:] == [f"{file}::Empty", f"{file}::Sub"]
    out = f"\n{file}::Sub\n    Name    REG_SZ    Bob\n\n"
    assert reg("query", f"{file}::Sub", "/v", "name").out == out
    assert reg("query", f"{file}::None").err == MISSING
    assert reg("add", f"{file}::Sub\\New", "/v", "a", "/d", "b").out == DONE
    assert reg("copy", f"{file}::Sub", f"{file}::Copy", "/s").out == DONE
    assert reg("delete", f"{file}::Empty", "/f").out == DONE
    assert reg("compare", f"{file}::Sub", f"{file}::Copy", "/s").status == 0
    assert reg("delete", f"{file}::", "/f").status == 1
    with anyreg.open(file) as hive:
        assert hive.read(r"Copy\New", "a") == "b"
        assert list(hive.root.subkeys) == ["Copy", "Sub"]
        assert hive.check() == []


def test_a_key_of_a_hive_file_is_exported_under_the_name_of_its_place(
    reg: Reg, registry: anyreg.Registry, tmp_path: Path
) -> None:
    """As `anyreg export` does it."""
    file = str(tmp_path / "NTUSER.DAT")
    registry.open(KEY).save(file)
    out = tmp_path / "out.reg"
    assert reg("export", f"{file}::Sub", str(out)).out == DONE
    assert r"[HKEY_CURRENT_USER\Sub]" in out.read_text("utf-16")


def test_help_of_all(reg: Reg) -> None:
    """One line each; none is no verb."""
    for word in ("/?", "-?", "/h", "-H"):
        lines = reg(word).lines
        assert [line.split()[1] for line in lines[:-2]] == list(VERBS)
    for words in ([], ["nonsense"]):
        assert reg(*words).err == 'ERROR: Invalid syntax.\nType "REG /?" for usage.\n'


@pytest.mark.parametrize("name", VERBS)
def test_help_of_a_verb(reg: Reg, name: str) -> None:
    """What it does, each word that it takes with what that is, an example, and its status."""
    done = reg(name, "/?")
    assert done.status == 0
    assert reg(name.lower(), "-H").out == done.out
    first, rest = done.out.split("\n", 1)
    assert first == f"REG {name} {VERBS[name].syntax}"
    said = {line.split()[0] for line in rest.splitlines() if line.startswith("  ")}
    wanted = re.findall(r"/[a-z]+|[A-Z]+[0-9]?(?= |$)", VERBS[name].syntax.partition(" [/reg")[0])
    assert {word for word in wanted if word.startswith("/") or word in HELP[name].words} <= said
    assert f"REG {name} " in rest
    assert "Exit status: 0: " in rest


@pytest.mark.parametrize("name", VERBS)
def test_help_is_asked_for_alone(reg: Reg, name: str) -> None:
    """With anything behind it, or behind a key, it is invalid syntax."""
    for words in (["/?", "x"], [KEY, "/?"], ["/?", "x", "y"], ["/h", "x"], []):
        done = reg(name, *words)
        assert (done.status, done.out) == (1, "")
        assert done.err == f'ERROR: Invalid syntax.\nType "REG {name} /?" for usage.\n'


@pytest.mark.parametrize("way", ["option", "environment"])
def test_lines_end_in_cr_lf_where_that_is_asked_for(
    run: Run, registry: anyreg.Registry, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Programs written for reg.exe split its output there; errors too."""
    if way == "environment":
        monkeypatch.setenv("ANYREG_CRLF", "1")
    option = ["--crlf"] if way == "option" else []
    done = run("reg", *option, "query", KEY, "/v", "Name")
    assert done.data.decode() == f"\r\n{FULL}\r\n    Name    REG_SZ    Ada\r\n\r\n"
    assert run("reg", *option, "query", "HKCU\\None").err == MISSING.replace("\n", "\r\n")
    assert registry.read(KEY, "Name") == "Ada"
