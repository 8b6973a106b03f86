"""import: .reg files of both versions, all or nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run, contents, dumped

TOP = r"HKEY_LOCAL_MACHINE\made.dat"
V5 = "Windows Registry Editor Version 5.00"


def reg(folder: Path, *lines: str, encoding: str = "utf-8", header: str = V5) -> Path:
    file = folder / "in.reg"
    file.write_bytes("\r\n".join([header, "", *lines, ""]).encode(encoding))
    return file


def untimed(dump: str) -> list[str]:
    """A dump without times and class names, which no .reg file holds."""
    lines = dump.splitlines()
    return [line.rsplit(",", 2)[0] if line.startswith('["k"') else line for line in lines]


def test_a_file_and_what_it_did(run: Run, hive: Path) -> None:
    file = reg(
        hive.parent,
        rf"[{TOP}\New\Key]",
        '"a"="b"',
        "@=hex(b):01,00,00,00,00,00,00,00",
        r"[HKLM\made.dat\Software]",
        '"Text"=-',
        rf"[-{TOP}\System]",
    )
    done = run("import", hive, file)
    assert (done.status, done.err) == (0, "")
    assert done.out == "keys: 2 made, 1 deleted; values: 2 set, 1 deleted\n"
    assert run("get", rf"{hive}::New\Key").out == "1\n"
    assert run("get", f"{hive}::Software", "Text").status == 1
    assert run("ls", f"{hive}::System").status == 1


def test_counts_as_json(run: Run, hive: Path) -> None:
    done = run("import", hive, reg(hive.parent, rf"[{TOP}\New]"), "--json")
    counts = {"keys_made": 1, "keys_deleted": 0, "values_set": 0, "values_deleted": 0}
    assert done.records == [counts]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
def test_encodings(run: Run, hive: Path, encoding: str) -> None:
    file = reg(hive.parent, rf"[{TOP}\Größe]", '"日本"="Ω"', encoding=encoding)
    assert run("import", hive, file).status == 0
    assert run("get", f"{hive}::Größe", "日本").out == "Ω\n"


def test_regedit4_in_a_code_page(run: Run, hive: Path) -> None:
    lines = rf"[{TOP}\x]", '"a"="ё"', '"b"=hex(2):b8,00'
    file = reg(hive.parent, *lines, header="REGEDIT4", encoding="cp1251")
    assert run("import", hive, file, "--encoding", "cp1251").status == 0
    assert run("get", f"{hive}::x", "a").out == "ё\n"
    assert run("get", f"{hive}::x", "b").out == "ё\n"


@pytest.mark.parametrize("more", [[], ["--regedit4"]])
def test_what_export_wrote_is_the_same_again(run: Run, sample: Path, more: list[str]) -> None:
    file = sample.with_name("out.reg")
    arguments = [*more, "--lenient"] if more else more
    run("export", sample, "-o", file, *arguments)
    before = dumped(sample)
    done = run("import", sample, file)
    assert (done.status, done.err) == (0, "")
    assert dumped(sample) == before  # to the last time: nothing was changed


def test_what_export_wrote_in_a_new_hive(run: Run, sample: Path) -> None:
    file, new = sample.with_name("out.reg"), sample.with_name("new.dat")
    run("export", sample, "-o", file, "--prefix", r"HKEY_USERS\me")
    run("create", "--new", new)
    assert run("import", new, file, "--prefix", r"HKU\ME").status == 0
    assert untimed(dumped(new)) == untimed(dumped(sample))


def test_a_key_goes_by_the_name_that_export_gives_it(run: Run, hive: Path) -> None:
    file = hive.with_name("out.reg")
    run("export", rf"{hive}::Software\Vendor", "-o", file)
    run("rm", rf"{hive}::Software\Vendor\Deep")
    assert run("import", rf"{hive}::Software\Vendor", file).status == 0
    assert run("get", rf"{hive}::Software\Vendor\Deep", "Text").out == "deep\n"


def test_a_prefix_moves_it_elsewhere(run: Run, hive: Path) -> None:
    file = hive.with_name("out.reg")
    run("export", rf"{hive}::Software", "-o", file)
    assert run("import", rf"{hive}::a\b", file, "--prefix", rf"{TOP}\Software").status == 0
    lines = run("diff", f"{hive}::Software", rf"{hive}::a\b").lines
    assert lines == ["~ Vendor  class 'cls' -> "]


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([rf"[{TOP}\a]", '"x"="y"', '"z"=dword:xyz'], "line 5, column 11"),
        ([rf"[{TOP}\a]", "nonsense"], "line 4, column 1"),
        ([rf"[{TOP}\a]", r"[HKEY_USERS\a]"], "line 4, column 2"),
        ([f"[-{TOP}]"], "line 3"),
        ([rf"[{TOP}\a]", rf"[{TOP}\{'x' * 257}]"], "line 4"),
    ],
)
def test_a_bad_line_names_its_place_and_changes_nothing(
    run: Run, hive: Path, lines: list[str], place: str, more: list[str]
) -> None:
    file = reg(hive.parent, *lines)
    before = hive.read_bytes(), dumped(hive)
    done = run("import", hive, file, *more)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert place in done.err
    assert str(file) in done.err
    assert (hive.read_bytes(), dumped(hive)) == before


@pytest.mark.parametrize(
    ("data", "more", "message"),
    [
        (b"", [], "header"),
        (b"MZ\x90\0", [], "line 1"),
        (b"REGEDIT4\n", ["--encoding", "none"], "not a code page"),
        (b"REGEDIT4\n", ["--prefix", "X"], ""),
    ],
)
def test_what_is_no_reg_file(
    run: Run, hive: Path, data: bytes, more: list[str], message: str
) -> None:
    file = hive.with_name("in.reg")
    file.write_bytes(data)
    before = contents(hive.parent)
    done = run("import", hive, file, *more)
    assert (done.status, done.err.count("\n")) == ((2, 1) if message else (0, 0))
    assert message in done.err
    assert contents(hive.parent) == before


@pytest.mark.skipif(not shutil.which("hivexregedit"), reason="no hivexregedit")
def test_hivexregedit_reads_it_back(run: Run, hive: Path) -> None:
    file, new, other = (hive.with_name(name) for name in ("out.reg", "new.dat", "other.dat"))
    run("export", f"{hive}::Software", "-o", file)
    run("create", "--new", new)
    run("create", "--new", other)
    assert run("import", new, file, "--prefix", TOP).status == 0
    command = ["hivexregedit", "--export", "--prefix", TOP, str(new), r"\Software"]
    file.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    assert run("import", other, file, "--prefix", TOP).status == 0
    assert run("diff", new, other).out == ""
    assert len(run("ls", f"{other}::Software").lines) == 10


def test_a_bar_for_large_files_only(run: Run, hive: Path) -> None:
    file = reg(hive.parent, rf"[{TOP}\a]")
    assert run("import", hive, file, error_terminal=True).err == ""
    with anyreg.open(hive) as registry:
        assert registry.open("a").info().values == 0


@pytest.mark.parametrize("kind", ["reg", "reg4", "json", "csv", "pol"])
@pytest.mark.parametrize("told", [True, False])
def test_each_format_of_export(run: Run, hive: Path, kind: str, told: bool) -> None:
    """Told, or known by how it begins."""
    file, new = hive.with_name("out"), hive.with_name("new.dat")
    assert run("export", f"{hive}::Software", "-f", kind, "-o", file).status == 0
    run("create", "--new", new)
    prefix = {"pol": "made.dat", "json": "", "csv": ""}.get(kind, TOP)
    format_ = "reg" if kind == "reg4" else kind
    more = ["--format", format_] if told else []
    done = run("import", new, file, "--prefix", prefix, *more)
    assert (done.status, done.err) == (0, "")
    assert done.out == "keys: 3 made, 0 deleted; values: 10 set, 0 deleted\n"
    lines = run("diff", f"{hive}::Software", f"{new}::Software").lines
    assert lines == ([] if kind in ("json", "csv") else ["~ Vendor  class 'cls' -> "])


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
@pytest.mark.parametrize(
    ("bad", "place"),
    [
        (
            ("in.json", b'{"format":"anyreg","version":1,"keys":[{"path":"A"},\n5]}'),
            "line 2, column 1",
        ),
        (("in.csv", b"kind,path,name,type\nkey,A,A,\nkey,B,A,\n"), "line 3, column 7"),
        (("in.pol", b"PReg\1\0\0\0[\0A\0\0\0.\0"), "byte 15"),
    ],
)
def test_a_bad_file_of_another_format_changes_nothing(
    run: Run, hive: Path, bad: tuple[str, bytes], place: str, more: list[str]
) -> None:
    file = hive.with_name(bad[0])
    file.write_bytes(bad[1])
    before = contents(hive.parent)
    done = run("import", hive, file, *more)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert place in done.err
    assert str(file) in done.err
    assert contents(hive.parent) == before


def test_a_dry_run_of_a_document(run: Run, hive: Path) -> None:
    file = hive.with_name("in.json")
    file.write_text('{"format":"anyreg","version":1,"keys":[{"path":"New"}]}', "utf-8")
    assert run("import", hive, file, "--dry-run").out == "+ New\n"
    assert run("ls", f"{hive}::New").status == 1


def test_a_hive_is_no_file_to_import(run: Run, hive: Path) -> None:
    done = run("import", hive, hive)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "a hive is not imported" in done.err


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_hive_comes_back_with_times_and_rights(run: Run, sample: Path, kind: str) -> None:
    """If that is asked for; without, the times are those of the import."""
    file, new = sample.with_name(f"out.{kind}"), sample.with_name("new.dat")
    assert run("export", sample, "-o", file, "--security").status == 0
    assert run("create", "--new", new).status == 0
    assert run("import", new, file).status == 0
    assert run("diff", "--times", sample, new).status == 1
    assert run("import", new, file, "--times", "--security").status == 0
    done = run("diff", "--times", "--security", sample, new)
    assert (done.status, done.out) == (0, "")
    assert run("check", new).status == 0


def test_what_no_reg_file_tells_cannot_be_asked_for(run: Run, hive: Path) -> None:
    file = reg(hive.parent, rf"[{TOP}\New]")
    for option in ("--times", "--security"):
        done = run("import", hive, file, option)
        assert (done.status, done.err.count("\n")) == (2, 1)
        assert "a file of the format reg tells no" in done.err
    done = run("export", hive, "-o", hive.with_name("out.reg"), "--security")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert not hive.with_name("out.reg").exists()


def test_doubles_are_an_error_or_left_out(run: Run, hive: Path) -> None:
    file = hive.with_name("in.csv")
    head = "kind,path,name,type,data,hex"
    file.write_text(f"{head}\nkey,a,a,,,\nvalue,a,v,REG_SZ,1,\nkey,A,A,,,\nvalue,A,v,REG_SZ,2,\n")
    done = run("import", hive, file)
    assert (done.status, done.out) == (2, "")
    assert "line 4, column 5: expected each key once" in done.err
    done = run("import", hive, file, "--lenient")
    assert (done.status, done.err.count("\n")) == (0, 1)
    assert "warning: line 4, column 5: expected each key once" in done.err
    assert "(left out)" in done.err
    assert run("get", f"{hive}::a", "v").out == "1\n"


def test_lines_that_are_wrong_are_left_out_where_that_is_asked_for(run: Run, hive: Path) -> None:
    """Each with a warning; all others are done, and without --lenient none."""
    file = reg(
        hive.parent,
        rf"[{TOP}\a] ; with a comment",
        '"x"="y" # another',
        "# a third",
        '"path"="C:\\0"',
        "nonsense",
        '"h"=hex:01,\\',
        '"z"=dword:7',
        r"[HKEY_USERS\b]",
        '"lost"=dword:1',
        rf"[{TOP}\{'n' * 257}]",
        '"lost"=dword:1',
        rf"[{TOP}\c]",
    )
    done = run("import", hive, file)
    assert (done.status, done.out) == (2, "")
    assert run("ls", f"{hive}::a").status == 1
    done = run("import", hive, file, "--lenient")
    assert (done.status, done.out) == (0, "keys: 2 made, 0 deleted; values: 2 set, 0 deleted\n")
    warnings = done.err.splitlines()
    places = [line.split(", ")[0].removeprefix("anyreg: warning: ") for line in warnings]
    assert places == [f"line {number}" for number in (6, 7, 9, 10, 11, 12, 13)]
    assert warnings.pop(2).endswith(f"(the value of line 8 is left out): {file}")
    assert all(line.endswith(f"(left out): {file}") for line in warnings)
    assert run("get", f"{hive}::a", "x").out == "y\n"
    assert run("get", f"{hive}::a", "z").out == "7\n"


COMMENTED = [
    rf"[{TOP}\a]# behind a key",
    "#at the beginning",
    '  # "hidden"="x"',
    '"text"="1"#behind a text',
    '"number"=dword:5 #x',
    '"bytes"=hex:01,02#c',
    '"lines"=hex:01,\\#c',
    "  # between",
    "  02 # c",
    '"gone"=- #d',
    '@="# stays # as it is" # and this does not',
]


@pytest.mark.parametrize("more", [[], ["--lenient"]])
@pytest.mark.parametrize("header", [V5, "REGEDIT4"])
def test_a_number_sign_begins_a_comment(run: Run, hive: Path, header: str, more: list[str]) -> None:
    """At the beginning of a line and behind data, in either manner, and not inside a text."""
    assert run("set", f"{hive}::a", "gone", "x", "--create").status == 0
    done = run("import", hive, reg(hive.parent, *COMMENTED, header=header), *more)
    assert (done.status, done.err) == (0, "")
    assert done.out == "keys: 0 made, 0 deleted; values: 5 set, 1 deleted\n"
    with anyreg.open(hive) as registry:
        assert dict(registry.open("a").values) == {
            "text": "1", "number": 5, "bytes": b"\1\2", "lines": b"\1\2",
            "": "# stays # as it is",
        }  # fmt: skip


def test_a_file_in_no_unicode_is_read_in_a_code_page_where_that_is_asked_for(
    run: Run, hive: Path
) -> None:
    """It is reported; without --lenient the code page has to be named."""
    file = reg(hive.parent, rf"[{TOP}\Größe]", '"ä"="\x81"', encoding="latin-1")
    assert run("import", hive, file).status == 2
    done = run("import", hive, file, "--lenient")
    assert (done.status, done.err.count("\n")) == (0, 1)
    assert "expected text in utf-8 (the file is read in cp1252)" in done.err
    assert run("get", f"{hive}::Größe", "ä").out == "<U+0081>\n"
