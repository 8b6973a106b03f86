"""Export: the formats, and that no error loses anything."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from anyreg import AddressError, RegistryError
from anyreg.formats.regfile import writer
from cli.conftest import HOSTILE, TOP, Run
from conftest import LINKS
from formats.models import Model, opened
from formats.reg_parser import parse

pytestmark = pytest.mark.usefixtures("made")


def paths(data: bytes) -> list[str]:
    return [path for path, _ in parse(data)]


def test_without_a_file_it_goes_to_stdout_as_reg(run: Run) -> None:
    assert paths(run("export", "made::Software").data) == [
        r"HKEY_LOCAL_MACHINE\made\Software",
        r"HKEY_LOCAL_MACHINE\made\Software\Vendor",
        r"HKEY_LOCAL_MACHINE\made\Software\Vendor\Deep",
    ]


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.reg", b"\xff\xfeW\0"), ("a.JSON", b'{"format"'), ("a.csv", b"kind,"), ("a", b"\xff\xfe")],
)
def test_the_name_of_the_file_tells_the_format(
    run: Run, tmp_path: Path, name: str, start: bytes
) -> None:
    done = run("export", "made", "-o", tmp_path / name)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_format_given_counts_more_than_the_name(run: Run, tmp_path: Path) -> None:
    run("export", "made", "-o", tmp_path / "a.reg", "--format", "json")
    assert len(json.loads((tmp_path / "a.reg").read_text())["keys"]) == 5


@pytest.mark.parametrize("name", ["a.xlsx", "a.txt", "a.reg.gz", "b.c/a.db"])
def test_a_name_of_no_known_format_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    """All that are known are named; nothing is written, and --format goes over it."""
    (tmp_path / "b.c").mkdir()
    done = run("export", "made", "-o", tmp_path / name)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert f"no format ends in {Path(name).suffix}: say one of " in done.err
    assert all(kind in done.err for kind in ("reg", "reg4", "json", "csv", "pol", "hive"))
    assert not (tmp_path / name).exists()
    assert run("export", "made", "-o", tmp_path / name, "-f", "csv").status == 0
    with opened(TOP).root as key, pytest.raises(AddressError, match="no format ends in"):
        key.export(tmp_path / "other.xlsx")


@pytest.mark.parametrize(("prefix", "name"), [("HKCU", "HKEY_CURRENT_USER"), ("hklm\\X", "X")])
def test_a_prefix_with_a_short_root_gets_the_long_name(run: Run, prefix: str, name: str) -> None:
    """As Windows writes it."""
    found = paths(run("export", "made", "--prefix", prefix).data)[0]
    assert found.startswith("HKEY_")
    assert found.endswith(name)


def test_the_prefix_can_be_given(run: Run) -> None:
    data = run("export", "made", "--prefix", r"HKEY_USERS\me").data
    assert paths(data)[:2] == [r"HKEY_USERS\me", r"HKEY_USERS\me\Software"]
    done = run("export", "made", "--prefix", "a\nb")
    assert (done.status, done.data, done.err.count("\n")) == (2, b"", 1)


def test_regedit4(run: Run) -> None:
    assert run("export", "made", "--regedit4").data.startswith(b"REGEDIT4\r\n\r\n[HKEY_")


def test_what_the_format_lacks_is_an_error_or_left_out(
    run: Run, made: dict[str, Model], tmp_path: Path
) -> None:
    made["greek"] = Model(values=[("Ω", 3, b""), ("a", 3, b"")])
    file = tmp_path / "a.reg"
    file.write_bytes(b"before")
    done = run("export", "greek", "--regedit4", "-o", file)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert file.read_bytes() == b"before"
    done = run("export", "greek", "--regedit4", "--lenient", "-o", file)
    assert done.status == 0
    assert done.err.startswith("anyreg: warning: left out 1 ")
    assert parse(file.read_bytes())[0][1] == [("a", 3, b"")]


@pytest.mark.parametrize("format", ["json", "csv"])
def test_hostile_names_are_kept(run: Run, tmp_path: Path, format: str) -> None:
    done = run("export", "hostile", "-f", format, "-o", tmp_path / "out")
    assert (done.status, done.err) == (0, "")
    text = (tmp_path / "out").read_bytes().decode("utf-8", "surrogatepass")
    name = HOSTILE.keys[0].name
    assert (json.dumps(name) if format == "json" else name) in text


def test_an_error_half_way_leaves_the_old_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.reg"
    file.write_bytes(b"before")

    def fail(*_: object) -> str:
        raise RegistryError("gone")

    monkeypatch.setattr(writer, "value_line", fail)
    done = run("export", "made", "-o", file)
    assert (done.status, done.err) == (2, "anyreg: gone\n")
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


@LINKS
def test_the_hive_itself_is_never_overwritten(run: Run, corpus: Path, tmp_path: Path) -> None:
    hive = tmp_path / "hive"
    data = (corpus / "corner/minimal").read_bytes()
    hive.write_bytes(data)
    (tmp_path / "link").symlink_to(hive)
    for output in (hive, tmp_path / "link"):
        done = run("export", hive, "-o", output)
        assert (done.status, done.err.count("\n")) == (2, 1)
    assert hive.read_bytes() == data


@pytest.mark.posix("permissions as bits of a mode")
def test_a_link_stays_a_link_and_a_mode_a_mode(run: Run, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"")
    target.chmod(0o640)
    link.symlink_to(target)
    assert run("export", "made", "-o", link).status == 0
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.read_bytes()


def test_a_device_is_written_to_as_it_is(run: Run) -> None:
    assert run("export", "made", "-o", os.devnull).status == 0
    assert Path(os.devnull).is_char_device()


def test_on_a_terminal_it_is_text(run: Run) -> None:
    lines = run("export", "made", terminal=True).lines
    assert lines[0] == "Windows Registry Editor Version 5.00"
    assert '"Number"=dword:0000002a' in lines


def test_a_hive_is_written_into_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "out.hive"
    file.write_bytes(b"before")
    assert run("export", "made::Software", "-o", file).status == 0
    assert run("ls", f"{file}::Vendor").lines == ["Deep\\"]
    done = run("export", "made", "--format", "hive")
    assert (done.status, done.data) == (2, b"")


@pytest.mark.parametrize("format", ["json", "csv"])
def test_a_prefix_without_a_place_for_it_is_refused(run: Run, format: str) -> None:
    done = run("export", "made", "--format", format, "--prefix", "X")
    assert (done.status, done.data, done.err.count("\n")) == (2, b"", 1)


def test_a_policy_has_bytes_also_for_a_terminal(run: Run) -> None:
    """What is no text is not shown as text."""
    data = run("export", "made::Software", "--format", "pol", terminal=True).data
    assert data.startswith(b"PReg\1\0\0\0[\0m\0a\0d\0e\0\\\0S\0")


@pytest.mark.posix("permissions as bits of a mode")
@pytest.mark.parametrize("kind", ["reg", "reg4", "json", "csv", "hive", "pol"])
def test_a_new_file_belongs_to_its_owner_alone(run: Run, tmp_path: Path, kind: str) -> None:
    """Values hold passwords: whatever the mask says; one that is there keeps its mode."""
    file = tmp_path / "out"
    prefix = [] if kind in ("json", "csv", "hive") else ["--prefix", r"HKLM\Software\Vendor"]
    arguments = ["export", r"made::Software\Vendor", "--format", kind, "-o", str(file), *prefix]
    before = os.umask(0)
    try:
        assert run(*arguments).status == 0
        assert file.stat().st_mode & 0o7777 == 0o600
        file.chmod(0o644)
        assert run(*arguments).status == 0
        assert file.stat().st_mode & 0o7777 == 0o644
    finally:
        os.umask(before)
