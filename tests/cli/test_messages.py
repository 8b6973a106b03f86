"""What commands say of a mistake: what is wrong, what was meant, and nothing of our own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from anyreg.regf.layout import KEY_NO_DELETE, NK_FLAGS, NK_NAME
from cli.conftest import Run, contents


@pytest.mark.parametrize(
    "words",
    [
        ["export", "HIVE", "-o", "OUT.reg"],
        ["export", "HIVE", "-o", "OUT.hive"],
        ["export", "HIVE", "-o", "OUT.json"],
        ["diff", "HIVE", "HIVE", "-o", "OUT.reg"],
        ["diff", "HIVE", "HIVE", "-o", "OUT.jsonl"],
        ["merge", "HIVE", "HIVE", "HIVE", "-o", "OUT"],
        ["save", "HIVE", "OUT"],
        ["repair", "HIVE", "OUT"],
        ["compact", "HIVE", "OUT"],
        ["create", "--new", "OUT"],
    ],
)
def test_a_folder_that_is_missing_is_named(run: Run, hive: Path, words: list[str]) -> None:
    """And not a draft, which nobody knows."""
    folder = hive.parent / "missing"
    out = str(folder / "out")
    done = run(*[word.replace("HIVE", str(hive)).replace("OUT", out) for word in words])
    assert (done.status, done.err) == (2, f"anyreg: no such folder: {folder}\n")
    assert sorted(file.name for file in hive.parent.iterdir()) == ["made.dat", *LOGS]


LOGS = ["made.dat.LOG1", "made.dat.LOG2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty, and no hive"),
        ("\ufeffWindows Registry Editor Version 5.00".encode("utf-16-le"), "this is a .reg file"),
        (b"REGEDIT4\r\n", "this is a .reg file"),
        (b"PReg\1\0\0\0", "this is a group policy"),
        (b"CREG\0\0\1\0", "this is a registry of Windows 95, 98 or Me"),
        (b"MZ\x90\0", "not a registry hive"),
    ],
)
@pytest.mark.parametrize("command", [["ls"], ["check"], ["info"], ["recover"], ["set", "a", "b"]])
def test_a_file_that_is_no_hive_is_called_what_it_is(
    run: Run, tmp_path: Path, command: list[str], content: bytes, words: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    done = run(command[0], file, *command[1:])
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert words in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("command", [["ls"], ["recover"], ["set", "a", "b"], ["check"]])
@pytest.mark.parametrize("ending", [".LOG1", ".LOG2", ".log1"])
def test_a_log_is_no_hive(run: Run, sample: Path, command: list[str], ending: str) -> None:
    """To read and to write; the hive to open is named, and nothing is made beside the log."""
    log = sample.with_name(f"{sample.name}{ending}")
    sample.with_name(f"{sample.name}{ending.upper()}").rename(log)
    before = sorted(sample.parent.iterdir())
    done = run(command[0], log, *command[1:])
    assert done.status == 2
    assert done.err.startswith("anyreg: this is a transaction log, which is read with its hive: ")
    assert f"open {sample}: {log}" in done.err
    assert sorted(sample.parent.iterdir()) == before


def test_a_dirty_hive_without_its_logs_can_be_repaired(run: Run, sample: Path) -> None:
    """The message says so, whatever would change it."""
    sample = sample.rename(sample.with_name("alone"))  # its logs keep their names
    for words in (["set", sample, "a", "b"], ["recover", sample], ["rm", sample, "a"]):
        done = run(*words)
        assert done.status == 2
        assert "no log beside it applies" in done.err
        assert "`anyreg repair`" in done.err


@pytest.fixture
def wrong(hive: Path) -> Path:
    """A hive whose header has a wrong checksum, and no other fault; no log is beside it."""
    for log in LOGS:
        hive.with_name(log).unlink()
    data = bytearray(hive.read_bytes())
    data[508] ^= 1
    file = hive.rename(hive.with_name("wrong"))
    file.write_bytes(data)
    return file


WRONG = "wrong checksum"
READING = [["ls"], ["tree"], ["info"], ["find", "deep"], ["get", ""], ["dump"], ["export"]]
WRITING = [["set", "a", "b"], ["rm", "a"], ["recover"], ["import", "in.json"], ["compact"]]


@pytest.mark.parametrize("words", READING)
def test_a_wrong_checksum_is_told_to_who_reads(run: Run, wrong: Path, words: list[str]) -> None:
    """With the file, and what can be done; all is read nevertheless."""
    done = run(words[0], wrong, *words[1:])
    assert (done.status, done.err.count("\n")) == (0, 1)
    assert f"1 problem in {wrong}, {WRONG} of the base block; " in done.err
    assert "anyreg repair" in done.err
    assert done.data


@pytest.mark.parametrize("words", WRITING)
def test_a_wrong_checksum_is_told_to_who_writes(run: Run, wrong: Path, words: list[str]) -> None:
    """Nothing is changed; a repaired hive holds all of it."""
    (wrong.parent / "in.json").write_text('{"format":"anyreg","version":1,"keys":[]}', "utf-8")
    files = contents(wrong.parent)
    more = [str(wrong.parent / word) if word == "in.json" else word for word in words[1:]]
    done = run(words[0], wrong, *more)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert [word for word in (WRONG, str(wrong), "`anyreg repair`") if word not in done.err] == []
    assert contents(wrong.parent) == files
    new = wrong.with_name("new.dat")  # which is checked in the end
    assert run("repair", wrong, new).status == 1
    assert run("diff", wrong, new).out == ""


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("HKCU/Software/Vendor", r"HKCU\Software\Vendor"),
        ("HKCUSoftware", r"HKCU\Software"),
        ("hklm/SOFTWARE", r"hklm\SOFTWARE"),
        ("HKEY_CURRENT_USR/Software", r"HKEY_CURRENT_USER\Software"),
        (r"HKEY_LOCALMACHINE\x", r"HKEY_LOCAL_MACHINE\x"),
    ],
)
def test_an_address_that_is_no_file_is_taken_for_a_key(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, meant: str
) -> None:
    """It is asked whether that was meant; where there is such a file, it is that."""
    monkeypatch.chdir(tmp_path)
    for command in (["ls"], ["set", "n", "1"], ["rm"], ["info"]):
        done = run(command[0], address, *command[1:])
        assert done.status == 2
        assert f"no such file; did you mean {meant}?" in done.err
    assert f"which key? did you mean {meant}?" in run("create", address).err
    hive = tmp_path / address
    hive.parent.mkdir(parents=True, exist_ok=True)
    assert run("create", "--new", address).status == 0
    assert run("ls", address).err == ""


@pytest.mark.parametrize(
    "address",
    [
        r"HKCU\Software\V", r"HKCU\\Software\\V", r"hkcu:\Software\V", r"HKCU:Software\V",
        r"Computer\HKEY_CURRENT_USER\Software\V", r"COMPUTER\HKCU\Software\V",
    ],
)  # fmt: skip
def test_a_key_can_be_written_as_other_programs_do(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    assert run("set", address, "n", "1", "--create").status == 0
    assert run("get", r"HKCU\Software\V", "n").out == "1\n"


def test_why_a_key_cannot_be_deleted_is_said(run: Run, hive: Path) -> None:
    """It is a root, or the hive marks it, as Windows does with some."""
    done = run("rm", hive)
    assert "a root, or the root key of a hive, is emptied" in done.err
    data = bytearray(hive.read_bytes())
    at = data.index(b"System") - NK_NAME  # the name of the key of that name
    assert data[at : at + 2] == b"nk"
    data[at + NK_FLAGS] |= KEY_NO_DELETE
    hive.write_bytes(data)
    done = run("rm", f"{hive}::System")
    assert (done.status, done.err) == (
        2,
        "anyreg: the hive marks this key as one that stays (flags 0x0028)\n",
    )
