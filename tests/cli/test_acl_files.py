"""Permissions as files: exported, edited, imported as one transaction; and compared."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg import winapi, winreg
from anyreg.security.sddl import parse_sddl
from anyreg.system import WINDOWS
from cli.conftest import Run
from hives import family

TOP = "O:BAG:SYD:(A;CI;KA;;;BA)(A;CI;KR;;;BU)"
BELOW = "O:SYG:SYD:P(A;CI;KA;;;SY)"


@pytest.fixture
def hive(tmp_path: Path) -> Path:
    with anyreg.open(tmp_path / "rights", "x") as registry:
        registry.create(r"Top\Below\Deep")
        registry.open("Top").security = TOP
        registry.open(r"Top\Below").security = BELOW
        registry.open(r"Top\Below\Deep").security = TOP
    return tmp_path / "rights"


def found(hive: Path) -> list[str]:
    with anyreg.open(hive) as registry:
        assert registry.check() == []
        return [step.key.security.sddl for step in registry.open("Top").walk()]


def test_one_key_or_all_below(run: Run, hive: Path) -> None:
    one = run("acl", "export", f"{hive}::Top")
    assert one.lines == ["; permissions of keys: for `anyreg acl import`", "", "[]", TOP]
    every = run("acl", "export", f"{hive}::Top", "--recursive").lines
    assert every[2:] == ["[]", TOP, "", "[Below]", BELOW, "", r"[Below\Deep]", TOP]


def test_names_are_comments(run: Run, hive: Path) -> None:
    lines = run("acl", "export", f"{hive}::Top", "--names").lines
    assert lines[4:] == [
        r";   owner BUILTIN\Administrators, group NT AUTHORITY\SYSTEM",
        r";   allow BUILTIN\Administrators: full (this key and below)",
        r";   allow BUILTIN\Users: read (this key and below)",
    ]


def test_generic_rights_become_those_of_a_key(run: Run, hive: Path, tmp_path: Path) -> None:
    """Where they count for the key; the second time there is nothing to be changed."""
    file = tmp_path / "rights.txt"
    file.write_text("[]\nO:BAG:SYD:(A;;GA;;;BA)(A;CIIO;GR;;;WD)\n", "utf-8")
    for count in (1, 0):
        shown = run("acl", "import", f"{hive}::Top", file).lines
        assert shown == [f"keys: {count} changed, {1 - count} as they were"]
    assert found(hive)[0] == "O:BAG:SYD:(A;;KA;;;BA)(A;CIIO;GR;;;WD)"


def test_a_key_without_a_descriptor_is_left_out(run: Run, hive: Path) -> None:
    """And the rest can be imported."""
    with anyreg.open(hive, "r+") as registry:
        registry.open(r"Top\Below").descriptor = b""
    done = run("acl", "export", f"{hive}::Top", "-r")
    assert (done.status, done.lines[2:]) == (1, ["[]", TOP, "", r"[Below\Deep]", TOP])
    assert r"left out: Top\Below: it has no security descriptor" in done.err


def test_an_edited_file_is_imported(run: Run, hive: Path, tmp_path: Path) -> None:
    """As a dry run first; the file then belongs to its owner alone."""
    file = tmp_path / "rights.txt"
    assert run("acl", "export", f"{hive}::Top", "-r", "--names", "-o", file).status == 0
    assert WINDOWS or file.stat().st_mode & 0o777 == 0o600
    file.write_text(file.read_text("utf-8").replace(BELOW, TOP), "utf-8")
    shown = run("acl", "import", f"{hive}::Top", file, "--dry-run")
    assert shown.lines[0] == r"~ Top\Below"
    assert r"    ~ owner NT AUTHORITY\SYSTEM -> BUILTIN\Administrators" in shown.lines
    assert found(hive) == [TOP, BELOW, TOP]
    done = run("acl", "import", f"{hive}::Top", file)
    assert done.lines == ["keys: 1 changed, 2 as they were"]
    assert found(hive) == [TOP, TOP, TOP]


def test_it_can_be_imported_elsewhere(run: Run, hive: Path, tmp_path: Path) -> None:
    """Paths begin at the exported key."""
    file = tmp_path / "rights.txt"
    run("acl", "export", rf"{hive}::Top\Below", "-o", file)
    assert run("acl", "import", rf"{hive}::Top\Below\Deep", file).status == 0
    assert found(hive) == [TOP, BELOW, BELOW]


@pytest.mark.parametrize(
    ("last", "status", "words"),
    [
        (f"[Gone]\n{TOP}\n", 1, "line 3 of {}: no such key"),
        ("[Below]\nO:XX\n", 2, "line 4, column 3: expected a known alias"),
    ],
)
def test_all_or_none(run: Run, hive: Path, last: str, status: int, words: str) -> None:
    file = hive.with_name("rights.txt")
    file.write_text(f"[]\n{BELOW}\n{last}", "utf-8")
    done = run("acl", "import", f"{hive}::Top", file)
    assert done.status == status
    assert words.format(file) in done.err
    assert found(hive) == [TOP, BELOW, TOP]


def test_a_descriptor_that_says_the_same_keeps_its_bytes(
    run: Run, hive: Path, tmp_path: Path
) -> None:
    """SDDL does not say what stands behind the last entry."""
    longer = parse_sddl("D:P(A;CI;KA;;;BA)").build()
    longer = longer[:22] + (len(longer) - 20 + 4).to_bytes(2, "little") + longer[24:] + bytes(4)
    with anyreg.open(hive, "r+") as registry:
        registry.open("Top").descriptor = longer
    file = tmp_path / "rights.txt"
    run("acl", "export", f"{hive}::Top", "-o", file)
    assert run("acl", "import", f"{hive}::Top", file).lines == ["keys: 0 changed, 1 as they were"]
    with anyreg.open(hive) as registry:
        assert registry.open("Top").descriptor == longer


def test_what_no_path_tells_is_left_out_with_a_warning(run: Run, tmp_path: Path) -> None:
    """Names that hold a backslash, and the second of two of one name, with all below."""
    maker, _, keys = family()
    maker.give_keys(keys[0], "a\\b", "x", "X")
    file = tmp_path / "odd"
    file.write_bytes(maker.build())
    done = run("acl", "export", file, "--recursive")
    assert done.status == 1
    assert [line for line in done.lines if line.startswith("[")] == [
        "[]",
        "[A]",
        r"[A\x]",
        "[B]",
        "[C]",
    ]
    assert done.err.count("no path tells which key it is") == 2


def test_links_have_permissions_of_their_own(run: Run, tmp_path: Path) -> None:
    with anyreg.open(f"{tmp_path}/own/", "x") as registry:
        registry.create(r"HKCU\Software\Target").security = TOP
        with anyreg.use(registry):
            link, _ = winapi.create_key(winreg.HKEY_CURRENT_USER, r"Software\Link", options=2)
            target = winapi.nt_path(winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Target"))
            raw = target.encode("utf-16-le")
            winapi.set_raw(link, "SymbolicLinkValue", winreg.REG_LINK, raw)
    file = tmp_path / "rights.txt"
    address = rf"{tmp_path}/own/::HKCU\Software"
    run("acl", "export", address, "-r", "-o", file)
    text = file.read_text("utf-8")
    before = text.split("[Link]\n")[1].splitlines()[0]
    file.write_text(text.replace(f"[Link]\n{before}", f"[Link]\n{BELOW}"), "utf-8")
    assert run("acl", "import", address, file).lines[0].startswith("keys: 1 changed")
    with anyreg.open(f"{tmp_path}/own/") as registry:
        assert registry.open(r"HKCU\Software\Link").security.sddl == TOP  # of its target
        (itself,) = [
            key for key in registry.open(r"HKCU\Software").children() if key.name == "Link"
        ]
        assert itself.security.sddl == BELOW


def test_permissions_are_compared(run: Run, hive: Path, tmp_path: Path) -> None:
    """Of keys that both sides have, and nothing else of them."""
    other = tmp_path / "other"
    other.write_bytes(hive.read_bytes())
    with anyreg.open(other, "r+") as registry:
        registry.create(r"Top\New")
        registry.write(r"Top\Below", "value", 1)
        registry.open(r"Top\Below").owner = "BA"
        registry.open(r"Top\Below").class_name = "class"
    assert run("acl", "diff", f"{hive}::Top", f"{other}::Top").status == 0
    done = run("acl", "diff", hive, other, "--recursive")
    assert done.status == 1
    assert done.lines == [
        r"~ Top\Below",
        r"    ~ owner NT AUTHORITY\SYSTEM -> BUILTIN\Administrators",
    ]
    (record,) = run("acl", "diff", hive, other, "-r", "--json").records
    assert [record[side]["sddl"] for side in ("before", "after")] == [
        BELOW,
        BELOW.replace("O:SY", "O:BA"),
    ]


def test_flags_that_no_text_says_stay(run: Run, folder: Path) -> None:
    """That a SACL would inherit, where there is none."""
    file, text = folder / "flags.hiv", folder / "rights.txt"
    with anyreg.open(file, "x") as registry:
        before = parse_sddl("O:BAG:SYD:AI(A;CIID;KA;;;BA)").with_control(0x8C04).build()
        registry.create("Top").descriptor = before
    assert run("acl", "export", f"{file}::Top", "-o", text).status == 0
    assert run("acl", "grant", f"{file}::Top", "BG", "read").status == 0
    assert run("acl", "import", f"{file}::Top", text).status == 0
    with anyreg.open(file) as registry:
        assert registry.open("Top").descriptor == before
