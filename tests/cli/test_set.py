"""set: types, what is kept, and that others read it back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Run, dumped


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["new"], "REG_SZ new"),
        (["42"], "REG_SZ 42"),
        (["", "--type", "sz"], "REG_SZ"),
        (["%A%", "--type", "expand_sz"], "REG_EXPAND_SZ %A%"),
        (["0x2a", "--type", "dword"], "REG_DWORD 0x0000002a (42)"),
        (["42", "--type", "QWORD"], "REG_QWORD 0x000000000000002a (42)"),
        (["42", "--type", "dword_be"], "REG_DWORD_BIG_ENDIAN 0x0000002a (42)"),
        (["cafe", "--type", "binary"], "REG_BINARY ca fe"),
        (["a", "b c", "--type", "multi_sz"], 'REG_MULTI_SZ ["a", "b c"]'),
        (["--type", "multi_sz"], "REG_MULTI_SZ []"),
        (["--type", "none"], "REG_NONE"),
        ([r"\Registry\X", "--type", "link"], r"REG_LINK \Registry\X"),
        (["ff", "-t", "0x200000"], "0x200000 ff"),
        (["--type", "dword", "--", "7"], "REG_DWORD 0x00000007 (7)"),
    ],
)
def test_a_new_value(run: Run, hive: Path, arguments: list[str], shown: str) -> None:
    done = run("set", f"{hive}::System", "New", *arguments)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert " ".join(run("ls", f"{hive}::System").lines[-1].split()) == f"New {shown}".strip()


@pytest.mark.parametrize(
    ("name", "data", "type"),
    [
        ("Text", "x", "REG_SZ"),
        ("Expand", "x", "REG_EXPAND_SZ"),
        ("Number", "7", "REG_DWORD"),
        ("Quad", "7", "REG_QWORD"),
        ("Big endian", "7", "REG_DWORD_BIG_ENDIAN"),
        ("Bytes", "cafe", "REG_BINARY"),
        ("List", "x", "REG_MULTI_SZ"),
        ("Odd", "00", "0x200000"),
    ],
)
def test_a_type_is_kept(run: Run, hive: Path, name: str, data: str, type: str) -> None:
    assert run("set", f"{hive}::Software", name.upper(), data).status == 0
    assert run("get", f"{hive}::Software", name).out == f"{data}\n"
    assert run("get", f"{hive}::Software", name, "--type").out == f"{type}\n"


def test_a_type_that_is_given_counts(run: Run, hive: Path) -> None:
    assert run("set", f"{hive}::Software", "Number", "7", "--type", "sz").status == 0
    assert run("get", f"{hive}::Software", "number", "--json").records == [
        {"name": "Number", "type": "REG_SZ", "data": "7"}
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "stored"),
    [
        ("Text", ["6100 6200", "--hex"], ("61006200", "REG_SZ")),
        ("Number", ["01", "--hex"], ("01", "REG_DWORD")),
        ("New", ["ca", "fe", "--hex"], ("cafe", "REG_BINARY")),
        ("Text", ["00ff", "--hex", "--type", "dword"], ("00ff", "REG_DWORD")),
        ("New", ["--hex", "--type", "0xffff0012"], ("", "0xffff0012")),
    ],
)
def test_bytes_can_be_stored_under_any_type(
    run: Run, hive: Path, name: str, arguments: list[str], stored: tuple[str, str]
) -> None:
    assert run("set", f"{hive}::Software", name, *arguments).status == 0
    raw = run("get", f"{hive}::Software", name, "--raw").data.hex()
    kind = run("get", f"{hive}::Software", name, "--type").out
    assert (raw, kind.rstrip("\n")) == stored


def test_the_default_value(run: Run, hive: Path) -> None:
    assert run("set", hive, "", "new top").status == 0
    assert run("get", hive).out == "new top\n"


@pytest.mark.parametrize("name", ["(default)", "(Default)"])
def test_a_value_that_is_called_as_the_default_one_is_shown(
    run: Run, folder: Path, name: str
) -> None:
    """It is told from that in every listing and message, and can be given as it is shown."""
    hive = folder / "new.dat"
    run("create", "--new", hive)
    run("set", hive, "", "real")
    done = run("set", hive, name, "fake")
    assert done.err == (
        f"anyreg: warning: {name!r} is a name of its own; '' is that of the default value\n"
    )
    shown = f"<U+0028>{name[1:]}"
    assert run("set", hive, name, "other").err == ""
    assert run("ls", hive).lines == ["(default)         REG_SZ  real", f"{shown}  REG_SZ  other"]
    assert run("find", hive, "other").out == f"\\  {shown}  REG_SZ  other\n"
    assert f"{shown}  REG_SZ  other" in run("tree", hive, "--values").out
    assert run("rm", hive, name, "-n").out == f"- \\  {shown}  REG_SZ other\n"
    assert run("get", hive, shown, "--escaped").out == "other\n"
    assert run("get", hive, "").out == "real\n"
    assert run("rm", hive, name).status == 0
    done = run("get", hive, name)
    assert (done.status, done.err) == (
        1,
        f"anyreg: no value {name!r} in the key ('' is the name of the default value)\n",
    )


def test_a_key_is_made_only_if_asked(run: Run, hive: Path) -> None:
    done = run("set", rf"{hive}::a\b", "x", "y")
    assert (done.status, done.err) == (1, "anyreg: no such key, --create makes it: a\n")
    assert run("set", rf"{hive}::a\b", "x", "y", "--create").status == 0
    assert run("get", rf"{hive}::a\b", "x").out == "y\n"


def test_the_same_again_changes_nothing(run: Run, hive: Path) -> None:
    before = dumped(hive)
    assert run("set", f"{hive}::Software", "Number", "42").status == 0
    assert dumped(hive) == before


@pytest.mark.parametrize("minor", ["3", "5"])
def test_large_data(run: Run, folder: Path, minor: str) -> None:
    hive = folder / "new.dat"
    run("create", "--new", hive, "--minor", minor)
    assert run("set", hive, "x", "ab" * 20_000, "--type", "binary").status == 0
    assert run("get", hive, "x").out == "ab" * 20_000 + "\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Text", "--type", "sz"], "takes one datum, not 0"),
        (["Number", "disabled"], "value 'Number' is REG_DWORD, and 'disabled' is no number"),
        (["Number", "4294967296"], "too large"),
        (["Quad", "x"], "is REG_QWORD"),
        (["Big endian", "x"], "is REG_DWORD_BIG_ENDIAN"),
        (["Bytes", "ffeed"], "value 'Bytes' is REG_BINARY, and REG_BINARY takes hex"),
        (["Bytes", "café"], "two digits a byte"),
        (["Bytes"], "0 data need a --type"),
        (["List"], "0 data need a --type"),
        (["Odd", "x"], "is 0x200000"),
        (["Text", "a", "b"], "is REG_SZ"),
        (["Number", "5", "--hex"], "two digits each"),
        (["New"], "0 data need a --type"),
        (["New", "a", "b"], "2 data need a --type"),
        (["New", "x", "--type", "dword"], "no number"),
        (["New", "4294967296", "--type", "dword"], "too large"),
        (["New", "abc", "--type", "binary"], "two digits a byte"),
        (["New", "x", "--type", "text"], "is no type"),
        (["n" * 16384, "x"], "16383"),
    ],
)
def test_what_is_wrong_changes_nothing(
    run: Run, hive: Path, arguments: list[str], message: str
) -> None:
    before = hive.read_bytes(), dumped(hive)
    done = run("set", f"{hive}::Software", *arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert (hive.read_bytes(), dumped(hive)) == before


@pytest.mark.skipif(not shutil.which("hivexsh"), reason="no hivexsh")
@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["text"], '"New"="text"'),
        (["0x2a", "--type", "dword"], '"New"=dword:0000002a'),
        (["cafe", "--type", "binary"], '"New"=hex(3):ca,fe'),
        (["a", "--type", "multi_sz"], '"New"=hex(7):61,00,00,00,00,00'),
        (["1", "--type", "qword"], '"New"=hex(11):01,00,00,00,00,00,00,00'),
    ],
)
def test_hivexsh_reads_it_back(run: Run, sample: Path, arguments: list[str], shown: str) -> None:
    assert run("set", rf"{sample}::Software\Neu", "New", *arguments, "--create").status == 0
    command = ["hivexsh", str(sample)]
    asked = "cd Software\\Neu\nlsval\n"
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    assert shown in done.stdout.splitlines()
