"""What all commands that change something have in common."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

import anyreg
from anyreg import Registry
from anyreg.cli import progress
from anyreg.engine.file_disk import FileStorage
from anyreg.registry.transaction import Transaction
from anyreg.system import WINDOWS
from cli.conftest import Run, contents, dumped

REG = 'REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\made.dat\\New]\n"a"="b"\n[-HKLM\\made.dat\\System]\n'
CHANGES: list[tuple[list[str], list[str]]] = [
    (["create", "{}::Software\\a\\b"], ["+ Software\\a", "+ Software\\a\\b"]),
    (
        ["set", "{}::Software", "number", "7"],
        ["~ Software  Number  REG_DWORD 0x0000002a (42) -> REG_DWORD 0x00000007 (7)"],
    ),
    (["set", "{}::New", "x", "y", "--create"], ["+ New", "+ New  x  REG_SZ y"]),
    (["rm", "{}::Software", "NUMBER"], ["- Software  Number  REG_DWORD 0x0000002a (42)"]),
    (
        ["rm", "{}::Software\\Vendor", "--recursive"],
        [
            "- Software\\Vendor  class 'cls'",
            "- Software\\Vendor\\Deep",
            "- Software\\Vendor\\Deep  Text  REG_SZ deep",
        ],
    ),
    (["mv", "{}::System", "Mine"], ["+ Mine", "- System"]),
    (
        ["cp", "{0}::Software\\Vendor", "{0}::System"],
        ["+ System\\Deep", "+ System\\Deep  Text  REG_SZ deep"],
    ),
    (["import", "{}", "{}.reg"], ["+ New", "+ New  a  REG_SZ b", "- System"]),
]
each_change = pytest.mark.parametrize(
    ("arguments", "lines"), CHANGES, ids=[change[0][0] for change in CHANGES]
)


def named(arguments: list[str], hive: Path) -> list[str]:
    return [argument.format(hive) for argument in arguments]


@pytest.fixture(autouse=True)
def file(hive: Path) -> None:
    hive.with_name("made.dat.reg").write_text(REG)


@each_change
def test_a_dry_run_shows_the_difference_and_makes_none(
    run: Run, hive: Path, arguments: list[str], lines: list[str]
) -> None:
    before = contents(hive.parent)
    done = run(*named(arguments, hive), "--dry-run")
    assert (done.status, done.lines, done.err) == (0, lines, "")
    assert contents(hive.parent) == before


@each_change
def test_what_a_dry_run_shows_is_what_happens(
    run: Run, hive: Path, arguments: list[str], lines: list[str]
) -> None:
    old = hive.with_name("old.dat")
    old.write_bytes(hive.read_bytes())
    done = run(*named(arguments, hive))
    assert (done.status, done.err) == (0, "")
    assert run("diff", old, hive).lines == lines


@each_change
def test_a_dry_run_needs_no_logs_and_makes_none(
    run: Run, hive: Path, arguments: list[str], lines: list[str]
) -> None:
    for log in hive.parent.glob("*.LOG?"):
        log.unlink()
    before = contents(hive.parent)
    assert run(*named(arguments, hive), "--dry-run").lines == lines
    assert contents(hive.parent) == before


@each_change
def test_a_dry_run_as_json(run: Run, hive: Path, arguments: list[str], lines: list[str]) -> None:
    records = run(*named(arguments, hive), "--dry-run", "--json").records
    signs = {"added": "+", "removed": "-", "changed": "~"}
    starts = [f"{signs[record['kind']]} {record['path']}" for record in records]
    assert [line.split("  ")[0] for line in lines] == starts


@pytest.mark.parametrize("more", [[], ["--no-durable"], ["--durable"]])
def test_the_file_alone_holds_the_change(run: Run, hive: Path, more: list[str]) -> None:
    assert run("set", hive, "x", "y", *more).status == 0
    for log in hive.parent.glob("*.LOG?"):
        log.unlink()
    assert run("get", hive, "x").out == "y\n"
    with anyreg.open(hive) as registry:
        assert registry.about()["state"] == "clean"


def fill_disk(patch: pytest.MonkeyPatch, mark: bytes) -> None:
    """Writing fails where the bytes are of a kind: log entries, or bins."""

    def expect_room(data: bytes | memoryview) -> None:
        data = bytes(data[:1024])
        if data.startswith(mark) or data.startswith(mark, 512):  # an entry behind a new header
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if WINDOWS:
        write_once: Any = vars(FileStorage)["_write_once"]

        def fail_once(self: FileStorage, at: int, data: bytes) -> object:
            expect_room(data)
            return write_once(self, at, data)

        patch.setattr(FileStorage, "_write_once", fail_once)
    else:
        pwrite = os.pwrite

        def fail(number: int, data: bytes, at: int) -> int:
            expect_room(data)
            return pwrite(number, data, at)

        patch.setattr(os, "pwrite", fail)


@each_change
def test_a_disk_that_fails_is_one_line_and_changes_nothing(
    run: Run,
    hive: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    lines: list[str],
) -> None:
    before = hive.read_bytes(), dumped(hive)
    with monkeypatch.context() as patch:
        fill_disk(patch, b"HvLE")
        done = run(*named(arguments, hive))
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"anyreg: No space left on device: {hive}.LOG")
    assert done.err.count("\n") == 1
    assert (hive.read_bytes(), dumped(hive)) == before


@pytest.mark.parametrize(("more", "durable"), [([], True), (["--no-durable"], False)])
def test_a_change_is_durable_unless_told(
    run: Run, hive: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], durable: bool
) -> None:
    asked = []
    transaction = Registry.transaction

    def note(registry: Registry, *, durable: bool = False) -> Transaction:
        asked.append(durable)
        return transaction(registry, durable=durable)

    monkeypatch.setattr(Registry, "transaction", note)
    assert run("set", hive, "x", "y", *more).status == 0
    assert asked[0] == durable


def test_a_checkpoint_that_fails_says_that_the_change_is_made(
    run: Run, hive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fill_disk(patch, b"hbin")
        done = run("set", hive, "x", "y")
    assert done.status == 2
    assert done.err.startswith("anyreg: the change is made, and stands in the log")
    assert run("get", hive, "x").out == "y\n"
    assert run("recover", hive).status == 0


def test_a_dirty_hive_is_recovered_first(run: Run, sample: Path) -> None:
    before = dumped(sample)
    assert run("set", sample, "x", "y", "--dry-run").lines == ["+ \\  x  REG_SZ y"]
    assert dumped(sample) == before
    assert run("set", sample, "x", "y").status == 0
    after = dumped(sample).splitlines()
    assert '["v","x",1,"79000000"]' in after
    assert len(after) == len(before.splitlines()) + 1


def test_a_damaged_hive_is_refused_and_stays(run: Run, folder: Path) -> None:
    damaged = folder / "NTUSER.damaged"
    data = (Path(__file__).parents[2] / "samples/damaged/NTUSER.DAT").read_bytes()
    damaged.write_bytes(data)
    for more in ([], ["--dry-run"]):
        done = run("set", damaged, "x", "y", *more)
        assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
        assert "`anyreg repair`" in done.err
        assert damaged.read_bytes() == data


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["set", "no/such/file", "x", "y"], 2, "no such file: no/such/file"),
        (["set", "{}::Soft", "x", "y"], 1, "no such key, --create makes it: Soft"),
        (["set", "{}"], 2, "Missing argument"),
        (["rm", "{}::Soft"], 1, "no such key: Soft"),
        (["mv", "{}::Soft", "x"], 1, "no such key: Soft"),
        (["cp", "{}::Soft", "{}::System"], 1, "no such key: Soft"),
        (["cp", "no/such/file", "{}::System"], 2, "no such file"),
        (["cp", "{}", "no/such/file"], 2, "no such file"),
        (["import", "{}", "no/such/file"], 2, "no such file"),
        (["create", "::x"], 2, "an address is FILE or FILE::KEY"),
        (["create", "."], 2, "which key?"),
        (["create", ".::x"], 2, "this folder holds no registry"),
    ],
)
def test_an_error_is_one_line_and_changes_nothing(
    run: Run, hive: Path, arguments: list[str], status: int, message: str
) -> None:
    before = hive.read_bytes(), dumped(hive)
    for more in ([], ["--dry-run"]):
        done = run(*named(arguments, hive), *more)
        assert (done.status, done.out, done.err.count("\n")) == (status, "", 1)
        assert message in done.err
    assert (hive.read_bytes(), dumped(hive)) == before


def test_a_bar_is_shown_on_a_terminal_only(
    run: Run, hive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "BIG", 0)
    assert run("import", hive, f"{hive}.reg").err == ""
    assert "\x1b" in run("import", hive, f"{hive}.reg", error_terminal=True).err
    out = hive.with_name("out.dat")
    assert "\x1b" in run("repair", hive, out, error_terminal=True).err
    assert "\x1b" in run("compact", hive, error_terminal=True).err


@pytest.mark.parametrize(
    "command",
    ["create", "set", "rm", "mv", "cp", "import", "recover", "repair", "compact"],
)
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.status == 0
    assert f"Example: anyreg {command} " in done.out


def test_a_dry_run_tells_of_permissions_that_change(run: Run, hive: Path) -> None:
    """Those of keys that are there, entry by entry; of a new key where it does not inherit them."""
    with anyreg.open(hive, "r+") as registry:
        registry.root.security = "O:BAG:SYD:(A;CI;KA;;;BA)"
        registry.open("Software").security = "O:BAG:SYD:(A;CI;KA;;;BA)"
        registry.open("System").security = "O:SYG:SYD:P(A;CI;KA;;;SY)"
    made = hive.with_name("document.json")
    keys = (
        '{"path":"Software","sddl":"O:BAG:SYD:(A;CI;KR;;;BA)"},'
        '{"path":"Software\\\\New"},'
        '{"path":"Software\\\\Own","sddl":"O:SYG:SYD:(A;;KR;;;WD)"}'
    )
    made.write_text(f'{{"format":"anyreg","version":1,"keys":[{keys}]}}', "utf-8")
    before = hive.read_bytes()
    done = run("import", hive, made, "--security", "--dry-run")
    assert done.lines == [
        "~ Software",
        r"    ~ allow BUILTIN\Administrators: full -> read (this key and below)",
        r"+ Software\New",
        r"+ Software\Own  security O:SYG:SYD:(A;;KR;;;WD)",
    ]
    records = run("import", hive, made, "--security", "--dry-run", "--json").records
    assert ["sddl" in record["after"] for record in records] == [True, False, True]
    assert run("rm", f"{hive}::System", "--recursive", "--dry-run").lines == ["- System"]
    assert hive.read_bytes() == before


def test_a_dry_run_of_undo_tells_of_permissions(
    run: Run, hive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path / "histories"))
    assert run("acl", "owner", f"{hive}::System", "AN").status == 0
    done = run("undo", hive, "--dry-run")
    assert done.lines[0] == "~ System"
    assert done.lines[1].startswith(r"    ~ owner NT AUTHORITY\ANONYMOUS LOGON -> ")
