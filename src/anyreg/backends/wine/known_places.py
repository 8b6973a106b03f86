"""Where prefixes of Wine are: the default one, and those of programs that manage them.

    Wine        $WINEPREFIX, else ~/.wine
    Lutris      what the file of each game says, in ~/.config/lutris/games or its data folder
    Bottles     a folder each in its data folder, or where its settings say
    Proton      steamapps/compatdata/NUMBER/pfx in each library of Steam

Each of the programs may be installed as a Flatpak too, which has folders of its own.

Source: Wine's manual page; Lutris' documentation of installers; Bottles' documentation; the layout
of Steam's libraries, whose list is libraryfolders.vdf.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from anyreg.backends.wine.wine_prefix import find_prefix

_FLATPAK: Final = ".var/app"
_LUTRIS: Final = "net.lutris.Lutris"
_BOTTLES: Final = "com.usebottles.bottles"
_STEAM: Final = "com.valvesoftware.Steam"
_STEAM_FOLDERS: Final = (
    ".steam/steam",
    ".local/share/Steam",
    f"{_FLATPAK}/{_STEAM}/.local/share/Steam",
    f"{_FLATPAK}/{_STEAM}/.steam/steam",
    "Library/Application Support/Steam",
)
_MOST: Final = 1 << 20  # bytes of a file of settings

_game_prefix: Final = re.compile(r"^\s+prefix:\s*(.+?)\s*$", re.MULTILINE)
_own_folder: Final = re.compile(r"^custom_bottles_path:\s*(.+?)\s*$", re.MULTILINE)
_library: Final = re.compile(r'"path"\s+"((?:[^"\\]|\\.)*)"')


class KnownPrefix(NamedTuple):
    """A prefix that was found.

    Attributes:
        folder: Where it is.
        manager: What has it: "wine", "lutris", "bottles" or "proton".
        name: What that calls it: the number of a game, the name of a bottle.
    """

    folder: str
    manager: str
    name: str


def known_prefixes() -> list[KnownPrefix]:
    """All prefixes of this user that can be found, each once."""
    home = os.path.expanduser("~")
    found: dict[str, KnownPrefix] = {}
    for manager, name, folder in _places(home):
        prefix = find_prefix(folder)
        if prefix:
            found.setdefault(os.path.realpath(prefix), KnownPrefix(prefix, manager, name))
    return list(found.values())


def _places(home: str) -> Iterator[tuple[str, str, str]]:
    default = os.environ.get("WINEPREFIX", "") or os.path.join(home, ".wine")
    yield "wine", "default", default
    yield "wine", "default", os.path.join(home, ".wine")
    yield from _of_lutris(home)
    yield from _of_bottles(home)
    yield from _of_proton(home)


def _of_lutris(home: str) -> Iterator[tuple[str, str, str]]:
    sandbox = os.path.join(home, _FLATPAK, _LUTRIS)
    for base in (
        os.path.join(_config(home), "lutris"),
        os.path.join(_data(home), "lutris"),
        os.path.join(sandbox, "config", "lutris"),
        os.path.join(sandbox, "data", "lutris"),
    ):
        games = os.path.join(base, "games")
        for file in _names(games):
            if file.endswith(".yml"):
                for path in _game_prefix.findall(_text(os.path.join(games, file))):
                    yield "lutris", file.removesuffix(".yml"), os.path.expanduser(_unquoted(path))


def _of_bottles(home: str) -> Iterator[tuple[str, str, str]]:
    for base in (
        os.path.join(_data(home), "bottles"),
        os.path.join(home, _FLATPAK, _BOTTLES, "data", "bottles"),
    ):
        folders = [os.path.join(base, "bottles")]
        folders += map(_unquoted, _own_folder.findall(_text(os.path.join(base, "data.yml"))))
        for folder in folders:
            for name in _names(folder):
                yield "bottles", name, os.path.join(folder, name)


def _of_proton(home: str) -> Iterator[tuple[str, str, str]]:
    for base in _STEAM_FOLDERS:
        steam = os.path.join(home, base)
        listed = _text(os.path.join(steam, "steamapps", "libraryfolders.vdf"))
        libraries = [path.replace("\\\\", "\\") for path in _library.findall(listed)]
        for library in [steam, *libraries]:
            games = os.path.join(library, "steamapps", "compatdata")
            for name in _names(games):
                yield "proton", name, os.path.join(games, name)


def _config(home: str) -> str:
    return os.environ.get("XDG_CONFIG_HOME", "") or os.path.join(home, ".config")


def _data(home: str) -> str:
    return os.environ.get("XDG_DATA_HOME", "") or os.path.join(home, ".local", "share")


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_MOST)
    except OSError:
        return ""
