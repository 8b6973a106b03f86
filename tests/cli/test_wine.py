"""`anyreg wine`: prefixes are found where programs keep them, and listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anyreg.cli import main
from backends.wine_prefixes import files, make_prefix

pytestmark = pytest.mark.posix("Wine")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("WINEPREFIX", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    """What is told as JSON."""
    assert main(["wine", "ls", "--json", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_prefixes_of_all_kinds_are_found_once(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default one, and those of Lutris, Bottles and Proton, as Flatpaks too."""
    games = home / ".config/lutris/games"
    games.mkdir(parents=True)
    (games / "a-game-1.yml").write_text(f"game:\n  arch: win64\n  prefix: {home}/Games/a\n")
    (games / "b-2.yml").write_text("game:\n  prefix: '~/Games/b b'\n")
    (games / "c-3.yml").write_text("game:\n  prefix: /not/there\n")
    bottles = home / ".var/app/com.usebottles.bottles/data/bottles"
    steam = home / ".local/share/Steam"
    other = home / "disk"
    wanted = {
        make_prefix(home / ".wine"): ("wine", "default"),
        make_prefix(home / "Games/a"): ("lutris", "a-game-1"),
        make_prefix(home / "Games/b b"): ("lutris", "b-2"),
        make_prefix(bottles / "bottles/Mine"): ("bottles", "Mine"),
        make_prefix(home / "own/Other"): ("bottles", "Other"),
        make_prefix(steam / "steamapps/compatdata/220/pfx"): ("proton", "220"),
        make_prefix(other / "steamapps/compatdata/400/pfx"): ("proton", "400"),
    }
    (bottles / "data.yml").write_text(f"custom_bottles_path: {home}/own\n")
    (steam / "steamapps/libraryfolders.vdf").write_text(
        f'"libraryfolders"\n{{\n  "1"\n  {{\n    "path"\t\t"{other}"\n  }}\n}}\n'
    )
    (home / ".steam").mkdir()
    (home / ".steam/steam").symlink_to(steam)
    found = listed(capsys)
    told = {Path(str(one["folder"])).resolve(): (one["manager"], one["name"]) for one in found}
    assert told == wanted
    assert len(found) == len(wanted)


def test_a_prefix_is_told_with_its_facts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, and in words."""
    prefix = make_prefix(home / "prefix", "win32")
    sizes = {name: len(data) for name, data in files(prefix).items()}
    assert listed(capsys, str(prefix)) == [
        {
            "folder": str(prefix),
            "manager": "",
            "name": "",
            "architecture": "win32",
            "user": "S-1-5-21-0-0-0-1000",
            "sizes": sizes,
            "running": False,
        }
    ]
    assert main(["wine", "ls", str(prefix)]) == 0
    words = capsys.readouterr().out.split()
    assert words[1:] == [
        "-",
        "-",
        "win32",
        "S-1-5-21-0-0-0-1000",
        f"{sum(sizes.values()):,}",
        "stopped",
    ]


def test_what_is_no_prefix_is_an_error(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And where none is found nothing is told."""
    assert main(["wine", "ls", str(home)]) == 2
    assert "no prefix of Wine there" in capsys.readouterr().err
    assert listed(capsys) == []


def test_commands_work_on_a_prefix(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the byte, with undo, and tried out before."""
    monkeypatch.setenv("ANYREG_HISTORY", str(home / "history"))
    prefix = make_prefix(home / "prefix")
    before = files(prefix)
    address = rf"{prefix}::HKCU\Environment"
    assert main(["set", address, "NEW", "1", "--dry-run"]) == 0
    assert files(prefix) == before
    assert main(["set", address, "NEW", "1"]) == 0
    assert main(["get", address, "NEW"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1"
    assert main(["undo", str(prefix)]) == 0
    assert main(["ls", rf"{prefix}::HKLM\Software"]) == 0
    assert main(["check", str(prefix)]) == 0
    out = capsys.readouterr().out
    assert "Wow6432Node" in out
    assert "no problems" in out
    assert files(prefix) == before
