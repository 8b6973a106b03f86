"""Keys and names of values for completion, read without writing anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyreg
from anyreg import Key, Registry
from anyreg.backends.home import default_home, is_home
from anyreg.backends.memory_registry import open_memory
from anyreg.cli.output import printable
from anyreg.names import fold
from anyreg.paths import ROOTS, SHORT_ROOTS, host_of, is_rooted, parse_address, split_address

_PATIENCE = 3.0  # seconds, for another machine
_LONG = "hkey"  # who has typed so much wants long names


def addresses_starting(text: str) -> list[str]:
    r"""Addresses that begin so: of keys behind `::` and behind a root, else roots and files.

    None of a hive's file alone: the shell is better at names of files.
    """
    target, colons, path = split_address(text)
    if colons:
        return _keys_at(target, text.removesuffix(path), path) if target else []
    if "\\" in text:
        return _keys_at("", "", text) if is_rooted(text) else []
    roots = _roots(text)
    if len(roots) == 1:
        roots = _keys_at("", "", f"{roots[0]}\\") or roots
    return [*roots, *_files(text)] if roots else []


def values_starting(address: str, text: str) -> list[str]:
    """Names of values of a key that begin so."""
    target, path = parse_address(address)
    with reading(target) as registry:
        names = [value.name for value in registry.open(path).records()]
    return [name for name in names if _fits(name, text)]


def _roots(text: str) -> list[str]:
    names = ROOTS if fold(text).startswith(fold(_LONG)) else SHORT_ROOTS
    return [name for name in names if fold(name).startswith(fold(text))]


def _files(text: str) -> list[str]:
    """Files and folders that begin so, as a shell lists them."""
    folder, slash, start = text.rpartition("/")
    place = Path(folder + slash).expanduser() if slash else Path()
    found = sorted(place.iterdir())
    names = [path.name + ("/" if path.is_dir() else "") for path in found]
    return [
        folder + slash + name
        for name in names
        if name.startswith(start) and not (name.startswith(".") and not start)
    ]


def _keys_at(target: str, prefix: str, path: str) -> list[str]:
    """Keys whose path begins so; of a single one those below it."""
    above, slash, start = path.rpartition("\\")
    above += slash
    with reading(target) as registry:
        found = _children(registry.open(above), start)
        while len(found) == 1:
            key = found[0]
            below = _children(key, "")
            if not below:
                break
            above += f"{key.name}\\"
            found = below
        return [f"{prefix}{above}{key.name}" for key in found]


def _children(key: Key, start: str) -> list[Key]:
    return [child for child in key.children() if _fits(child.name, start)]


def _fits(name: str, start: str) -> bool:
    """Whether a name begins so and can be typed."""
    return fold(name).startswith(fold(start)) and bool(name) and printable(name) == name


@contextmanager
def reading(target: str) -> Iterator[Registry]:
    """A registry for reading; one's own is not made if it is not there."""
    if host_of(target):
        registry = anyreg.connect(target, connect_timeout=_PATIENCE, timeout=_PATIENCE)
    elif not target and not is_home(default_home()):
        registry = Registry(open_memory())
    else:
        registry = anyreg.open(target or None, "r")
    with registry:
        yield registry
