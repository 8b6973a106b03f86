"""What can be counted of the shape of the package, so that it stays as it is meant to be.

The layers are in test_layers.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from test_layers import FACADE, MODULES, PACKAGE, imports, unit_of

MOST_LINES = 400
MOST_VERBS = 22

OF_TUPLES = {"_asdict", "_fields", "_make", "_replace"}  # public, in spite of their names
# What ctypes' own objects have: what they are of, what they keep, what byref() was given.
OF_TUPLES |= {"_type_", "_fields_", "_objects", "_obj"}
# What changes files and folders, and who may: the disk of the system, and what it is made of.
CHANGING = {"link", "mkdir", "open", "remove", "rename", "replace", "rmdir", "symlink", "unlink"}
OF_THE_DISK = {"engine/file_opening.py", "engine/direct_file.py", "engine/file_disk.py"}
OF_THE_DISK |= {"engine/file_names.py"}
# What opens files only to look at them, and how the system says that more is meant.
OF_LOOKS = {"fileevents/polling.py", "fileevents/kqueue.py"}
TO_WRITE = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)")
# hashlib would load OpenSSL, a tenth of a command's start; history/digests.py says more.
# smbprotocol gives its socket no other name, and its sends no limit.
FROM_ELSEWHERE = {"_blake2", "_sock"}


def name_of(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


BELOW_CLI = [file for file in MODULES if unit_of(file) not in ("cli", "__main__", "web")]


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_file_can_be_read_at_one_go(file: Path) -> None:
    """What has become longer is two things."""
    assert len(file.read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("file", BELOW_CLI, ids=name_of)
def test_files_are_changed_through_a_disk_alone(file: Path) -> None:
    """So power cuts and faults can be put there; output for people is pathlib's."""
    calls = {
        f"line {node.lineno}: os.{node.attr}"
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id == "os" and node.attr in CHANGING
    }
    if name_of(file) in OF_LOOKS and not TO_WRITE.search(file.read_text("utf-8")):
        calls = {call for call in calls if not call.endswith("os.open")}
    assert not calls or name_of(file) in OF_THE_DISK


def verbs_of(name: str) -> set[str]:
    """The public methods of a class of backends, those of its bases too."""
    classes = {
        node.name: node
        for file in MODULES
        if unit_of(file) == "backends"
        for node in tree_of(file).body
        if isinstance(node, ast.ClassDef)
    }
    if name not in classes:
        return set()
    found = {node.name for node in classes[name].body if isinstance(node, ast.FunctionDef)}
    inherited = [verbs_of(base.id) for base in classes[name].bases if isinstance(base, ast.Name)]
    return {verb for verb in found.union(*inherited) if not verb.startswith("_")}


def test_the_core_of_a_backend_is_small() -> None:
    """A new world has to give no more verbs; what only some can do is asked of other protocols."""
    verbs = verbs_of("Backend")
    assert {"subkeys", "values", "commit"} <= verbs
    assert len(verbs) <= MOST_VERBS


@pytest.mark.parametrize("file", [f for f in MODULES if unit_of(f) == "registry"], ids=name_of)
def test_the_registry_knows_no_engine(file: Path) -> None:
    """It stands on backends alone, which may have no hives."""
    found = [name for name, _ in imports(file) if name.startswith("anyreg.engine")]
    assert not found


def test_no_two_classes_have_one_name() -> None:
    """Below the command line: who reads a name there need not ask which one is meant."""
    where = defaultdict(list)
    for file in BELOW_CLI:
        for node in tree_of(file).body:
            if isinstance(node, ast.ClassDef):
                where[node.name].append(name_of(file))
    assert not {name: files for name, files in where.items() if len(files) > 1}


# Private names


@cache
def own_names(unit: str) -> set[str]:
    """The private names that the modules of a unit give to anything."""
    names: set[str] = set()
    for file in MODULES:
        if unit_of(file) == unit:
            names.update(_given(tree_of(file)))
    return names


def _given(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def taken(file: Path) -> Iterator[str]:
    """The private names that a module takes from another unit, or from another package."""
    own = own_names(unit_of(file)) | OF_TUPLES
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Attribute) and node.attr not in own and is_private(node.attr):
            yield node.attr
    for name, _ in imports(file):
        _, *inner = name.split(".")
        is_own = name.startswith(f"anyreg.{unit_of(file)}.")
        if not is_own and any(is_private(part) for part in (name.split(".")[0], *inner)):
            yield name.split(".")[0] if not name.startswith("anyreg") else name


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_no_private_name_is_taken_from_another_package(file: Path) -> None:
    """Neither from a neighbour in the house nor from the standard library."""
    found = {f"{name_of(file)}: {name}" for name in taken(file) if name not in FROM_ELSEWHERE}
    assert not found


# Circles


def module_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def needs() -> dict[str, set[str]]:
    """Which modules each one imports, also inside functions and for its types alone."""
    known = {module_of(file) for file in MODULES}
    found: dict[str, set[str]] = {}
    for file in MODULES:
        if unit_of(file) != FACADE:
            names = {
                name if name in known else name.rpartition(".")[0] for name, _ in imports(file)
            }
            found[module_of(file)] = names & known - {"anyreg", module_of(file)}
    return found


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The sets of modules each of which needs, at last, each other."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for name in graph.get(todo.pop(), ()):
                if name not in seen:
                    seen.add(name)
                    todo.append(name)
        reached[start] = seen
    found: list[set[str]] = []
    for start, seen in reached.items():
        circle = {name for name in seen if start in reached.get(name, ())}
        if circle and circle not in found:
            found.append(circle)
    return found


def test_a_circle_is_found() -> None:
    """However long it is, and none where there is none."""
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [{"a", "b", "c"}]
    assert circles({"a": {"b"}, "b": set()}) == []


def test_no_modules_need_each_other() -> None:
    """Also where an import waits in a function, or is for the type checker alone."""
    graph = needs()
    for circle in circles(graph):
        ways = [f"{name} -> {', '.join(sorted(graph[name] & circle))}" for name in sorted(circle)]
        pytest.fail("\n".join(["modules that need each other:", *ways]))


# The namespace


def test_nodes_of_the_namespace_know_what_they_are() -> None:
    """Nobody asks a node for its class, to do one thing or another."""
    files = [file for file in MODULES if name_of(file).startswith("backends/namespace/")]
    kinds = {"Node"}
    for _ in files:  # until also those are found that are derived from the last ones
        for file in files:
            for node in tree_of(file).body:
                if isinstance(node, ast.ClassDef) and any(
                    isinstance(base, ast.Name) and base.id in kinds for base in node.bases
                ):
                    kinds.add(node.name)
    assert len(kinds) > 1
    asked = [
        f"{name_of(file)}: line {node.lineno}"
        for file in files
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "isinstance"
        and kinds & {name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name)}
    ]
    assert not asked
