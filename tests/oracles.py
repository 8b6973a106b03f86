"""Other readers of hives, to differ with: each reads a whole hive into one plain shape.

A tree maps the path of every key, in pre-order, to when it was last written (FILETIME) and its
values in stored order as (name, type, bytes); the root is (), a default value is "".  A sibling
with a name that was there before is put under "name\\x00ordinal", as no two keys share a path.

No oracle replays logs: compare hives that are clean, or that no log applies to.  None of them is
right about everything.  What is known of each is written at its reader, and `seen_by_pyregf`
turns a right tree into what libregf would say; bytes that an oracle cannot give are None on both
sides.  REFUSES names the files of the corpus that an oracle gives up on, so that a test can tell
a known refusal from a new one.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Path_ = tuple[str, ...]
Row = tuple[str, int, bytes | None]
Tree = dict[Path_, tuple[int | None, list[Row]]]

# Where Debian puts modules built for its own Python; never on sys.path, it holds old copies of
# what the environment has.
DEBIAN = "/usr/lib/python3/dist-packages"
MODULES = {
    "hivex": "hivex",
    "pyregf": "pyregf",
    "dissect": "dissect.regf.regf",
    "Registry": "Registry.Registry",
    "regipy": "regipy.registry",
}
_WINDOWS_1252 = {
    chr(code): bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
DEEPEST = 512  # the registry's own limit; a deeper tree is a cycle

_HARMED = {
    "corner/TruncatedDirtyHive",
    "corner/TruncatedHive",
    "corner/corrupt_sub_key_list",
    "real/corrupted-system/corrupted_system_hive",
}
_BAD_BASE = {"corner/GarbageHive", "logs/BadBaseBlockHive/BadBaseBlockHive"}  # dissect looks away
REFUSES = {
    "hivex": _HARMED | _BAD_BASE | {"corner/System_Delta", "corner/symlink-not-alone"},
    "pyregf": _HARMED | _BAD_BASE | {"corner/symlink-not-alone"},
    "dissect": _HARMED | {"corner/System_Delta"},
}


class RefusedError(Exception):
    """An oracle gave up on a hive."""


def need(name: str) -> Any:
    """The oracle's module; the test that asks is skipped where it cannot be imported."""
    module, reason = _load(name)
    if module is None:
        pytest.skip(f"no {name}: {reason}")
    return module


@cache
def _load(name: str) -> tuple[ModuleType | None, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, not ours
        try:
            return importlib.import_module(MODULES[name]), ""
        except ImportError as error:
            reason = str(error)
        if name == "hivex" and _from_debian("libhivexmod"):
            return _from_debian("hivex"), ""
    return None, reason


def _from_debian(name: str) -> ModuleType | None:
    """One module of the system's packages, if it was built for this version of Python."""
    spec = PathFinder.find_spec(name, [DEBIAN])
    if spec is None or spec.loader is None:
        return None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tree_with_hivex(path: Path) -> Tree:
    """Everything hivex reads.

    No wrong answer is known for a hive that it opens.  It opens a dirty hive without a word, and
    refuses many damaged ones whole.  The C module is used directly, since the class around it
    fails in its destructor after an open that failed.
    """
    hivex = need("hivex").libhivexmod

    def read() -> Tree:
        handle = hivex.open(str(path), 0)
        try:
            return _grow(
                hivex.root(handle),
                name=lambda node: hivex.node_name(handle, node),
                written=lambda node: hivex.node_timestamp(handle, node),
                rows=lambda node: [
                    (hivex.value_key(handle, value), *hivex.value_value(handle, value))
                    for value in hivex.node_values(handle, node)
                ],
                children=lambda node: hivex.node_children(handle, node),
            )
        finally:
            hivex.close(handle)

    return _or_refused("hivex", read)


def tree_with_pyregf(path: Path) -> Tree:
    """Everything libregf reads.

    Wrong, and undone by `seen_by_pyregf` on the other side of the comparison: data of 1 to 3
    bytes, which are zeroed or shifted (None here); a string is cut behind its first terminator;
    a name is cut at a NUL, and stored Latin-1 is taken for Windows-1252.  Put right here: no
    data is b"", no name is "".
    """
    pyregf = need("pyregf")

    def row(value: Any) -> Row:
        data = value.data or b""
        return value.name or "", value.type, None if 0 < len(data) < 4 else data

    def read() -> Tree:
        file = pyregf.file()
        file.open(str(path))
        try:
            return _grow(
                file.root_key,
                name=lambda key: key.name or "",
                written=lambda key: key.get_last_written_time_as_integer(),
                rows=lambda key: [row(key.get_value(i)) for i in range(key.number_of_values)],
                children=lambda key: [key.get_sub_key(i) for i in range(key.number_of_sub_keys)],
            )
        finally:
            file.close()

    return _or_refused("pyregf", read)


def tree_with_dissect(path: Path) -> Tree:
    """Everything dissect.regf reads.

    It calls the default value "(Default)", like a value that has that very name: the length of
    the stored name tells them apart.  It takes big data for plain cells in a hive of minor
    version 4.  Its look-up in li lists minds the case of names, and its `dirty` says the
    opposite: neither is used.
    """
    regf = need("dissect")

    def read() -> Tree:
        with path.open("rb") as file:
            return _grow(
                regf.RegistryHive(file).root(),
                name=lambda key: key.name,
                written=lambda key: key.cell.LastWriteTime,
                rows=lambda key: [
                    (value.name if value.cell.NameLength else "", value.type, value.data)
                    for value in key.values()
                ],
                children=lambda key: list(key.subkeys()),
            )

    return _or_refused("dissect", read)


def seen_by_pyregf(tree: Tree) -> Tree:
    """A right tree with exactly libregf's known mistakes made in it."""
    seen: Tree = {}
    moved: dict[Path_, Path_] = {}
    for path, (written, right) in tree.items():
        rows = [(_misread(name), type_, _cut(type_, raw)) for name, type_, raw in right]
        if path:
            moved[path] = place(seen, moved[path[:-1]], _misread(path[-1]), written, rows)
        else:
            moved[()], seen[()] = (), (written, rows)
    return seen


def _misread(name: str) -> str:
    name = name.partition("\0")[0]  # an ordinal goes too: place() counts anew
    if max(name, default="") > "\xff":  # stored as UTF-16
        return name
    return "".join(_WINDOWS_1252.get(letter, letter) for letter in name)


def _cut(type_: int, raw: bytes | None) -> bytes | None:
    if raw is None or 0 < len(raw) < 4:
        return None
    if type_ in (1, 2):  # SZ, EXPAND_SZ
        ends = (at + 2 for at in range(0, len(raw) - 1, 2) if raw[at : at + 2] == b"\0\0")
        raw = raw[: next(ends, len(raw))]
        return None if 0 < len(raw) < 4 else raw
    return raw


def place(tree: Tree, parent: Path_, name: str, written: int | None, rows: list[Row]) -> Path_:
    """Put a key into a tree and tell its path there: another one if its name is taken."""
    path, ordinal = (*parent, name), 1
    while path in tree:
        path, ordinal = (*parent, f"{name}\0{ordinal}"), ordinal + 1
    tree[path] = written, rows
    return path


def _grow(
    root: Any,
    *,
    name: Callable[[Any], str],
    written: Callable[[Any], int],
    rows: Callable[[Any], list[Row]],
    children: Callable[[Any], list[Any]],
) -> Tree:
    """Walk from the root without recursion, keys in pre-order."""
    tree: Tree = {(): (written(root), rows(root))}
    todo: list[tuple[Path_, Iterator[Any]]] = [((), iter(children(root)))]
    while todo:
        parent, siblings = todo[-1]
        key = next(siblings, None)
        if key is None:
            todo.pop()
            continue
        if len(todo) > DEEPEST:
            raise RefusedError(f"deeper than {DEEPEST} keys")
        path = place(tree, parent, name(key), written(key), rows(key))
        todo.append((path, iter(children(key))))
    return tree


def _or_refused(oracle: str, read: Callable[[], Tree]) -> Tree:
    """What was read, or RefusedError: the oracles raise whatever lies deepest in them."""
    try:
        return read()
    except RefusedError:
        raise
    except Exception as error:
        raise RefusedError(f"{oracle}: {type(error).__name__}: {error}") from error


TREES: dict[str, Callable[[Path], Tree]] = {
    "hivex": tree_with_hivex,
    "pyregf": tree_with_pyregf,
    "dissect": tree_with_dissect,
}
