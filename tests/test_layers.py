"""Imports point down only, and each layer keeps to what it is for.

The rows are the layers of docs/design.md, bottom first.  A unit is a module or a package directly
below anyreg; it may import itself, the units of lower rows, and those of its own row that BESIDE
lists.  An import inside a function or under TYPE_CHECKING counts like any other, except in
anyreg/__init__, which may name anything but the programs and the extras on top.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "anyreg"
FACADE = "__init__"
ROWS = (
    {"errors", "facts", "finalizers", "system", "types", "windows"},
    {"file_systems", "fileevents"},
    {"values", "names", "new_keys", "paths", "times", "security"},
    {"problems", "regf"},
    {"engine", "formats", "rpc"},
    {"history"},
    {"backends"},
    {"watching", "enforcing"},
    {"registry"},
    {"winapi"},
    {"fleet"},
    {"windll", "pywin32"},
    {FACADE},
    {"winreg", "interchange"},
    {"install"},
    {"testing"},
    {"cli", "web", "__main__"},
)
BESIDE = {
    "fileevents": {"file_systems"},
    "values": {"names"},
    "new_keys": {"names", "values"},
    "security": {"names"},
    "paths": {"names"},
    "__main__": {"cli"},
}
RANK = {unit: rank for rank, row in enumerate(ROWS) for unit in row}
NOT_IN_FACADE = {"cli", "web", "__main__", "interchange", "testing"}

# What a unit may import from outside the standard library; every unit may have CORE.
CORE = {"librt", "mypy_extensions"}
EXTRAS = {
    "backends": {"keyring", "platformdirs", "smbprotocol"},
    "cli": {"typer", "rich", "shellingham"},
    "registry": {"anyio"},
}
IN_MEMORY = {"io.BytesIO", "io.StringIO"}
FILES = {"asyncio", "io", "mmap", "os", "pathlib", "shutil", "socket", "tempfile"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def unit_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file: Path, package: Path = PACKAGE) -> Iterator[tuple[str, int]]:
    """Every dotted name that a module imports, absolute, with its line."""
    inside = ("anyreg", *file.relative_to(package).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1] if node.level else ()
            source = ".".join((*base, *([node.module] if node.module else [])))
            names = [alias.name for alias in node.names]
            yield from ((f"{source}.{name}", node.lineno) for name in names)


def inner(file: Path) -> Iterator[tuple[str, int]]:
    """The units that a module imports; a name taken from anyreg itself is the facade's."""
    for name, line in imports(file):
        parts = name.split(".")
        if parts[0] == "anyreg":
            yield parts[1] if len(parts) > 1 and parts[1] in RANK else FACADE, line


def may_import(unit: str, other: str) -> bool:
    if unit == FACADE:
        return other not in NOT_IN_FACADE
    return unit == other or RANK[other] < RANK[unit] or other in BESIDE.get(unit, ())


def each(files: list[Path]) -> pytest.MarkDecorator:
    ids = [file.relative_to(PACKAGE).as_posix() for file in files]
    return pytest.mark.parametrize("file", files, ids=ids)


each_module = each(MODULES)


@each_module
def test_every_module_belongs_to_a_layer(file: Path) -> None:
    """A new unit is given its place in ROWS before it is used."""
    assert unit_of(file) in RANK


@each_module
def test_imports_point_down(file: Path) -> None:
    """No module imports from a layer above its own, or from a neighbour unasked."""
    unit = unit_of(file)
    wrong = [f"line {line}: {other}" for other, line in inner(file) if not may_import(unit, other)]
    assert not wrong, f"{unit} may not import {', '.join(wrong)}"


@each_module
def test_imports_from_outside_are_those_of_the_layer(file: Path) -> None:
    """The core needs the standard library and CORE; each extra has one unit that imports it."""
    known = sys.stdlib_module_names | CORE | {"anyreg"} | EXTRAS.get(unit_of(file), set())
    roots = {name.split(".")[0]: line for name, line in imports(file)}
    assert not {root: line for root, line in roots.items() if root not in known}


@each([file for file in MODULES if unit_of(file) not in ("system", "cli")])
def test_only_one_module_asks_for_the_system(file: Path) -> None:
    """Test suites fake sys.platform and os.name, which pathlib.Path() and others ask too."""
    source = file.read_text("utf-8")
    assert not re.search(r"sys\.platform|os\.name\b|(?<![\w.])Path\(", source)
    for module in ("pathlib", "platform", "platformdirs", "tempfile"):
        for found in re.finditer(rf"^( *)(?:import|from) {module}\b", source, re.MULTILINE):
            before = source[: found.start()]
            assert before.endswith(("with real_names():\n", "if TYPE_CHECKING:\n"))


@each_module
def test_no_attribute_becomes_a_word_of_c(file: Path) -> None:
    """mypyc puts one more _ before a name, and gcc has words such as __volatile."""
    words = "alignof|asm|attribute|complex|const|imag|inline|real|restrict|signed|thread|typeof"
    assert not re.search(rf"self\._({words}|volatile)\b", file.read_text("utf-8"))


@each([file for file in MODULES if unit_of(file) in ("regf", "formats", "rpc")])
def test_a_format_touches_no_files(file: Path) -> None:
    """Bytes are turned into records, rows or calls and back: nothing opens a file or a socket.

    Of io the formats take what holds text and bytes in memory.
    """
    found = {name for name, _ in imports(file) if name.split(".")[0] in FILES}
    assert not {name for name in found if name not in IN_MEMORY}


def test_neighbours_form_no_circle() -> None:
    """What BESIDE allows within a row has an order too."""
    assert tuple(TopologicalSorter(BESIDE).static_order())


def test_the_core_of_a_world_knows_no_hive() -> None:
    """Its verbs are for any registry: no type of them is the engine's."""
    assert not {name for name, _ in imports(PACKAGE / "backends" / "base.py") if "engine" in name}


def test_relative_imports_are_resolved(tmp_path: Path) -> None:
    """The check sees through dots, aliases and functions."""
    (tmp_path / "regf").mkdir()
    file = tmp_path / "regf" / "cells.py"
    file.write_text("from . import layout\ndef f():\n    from ..engine.image import Image as I\n")
    assert list(imports(file, tmp_path)) == [
        ("anyreg.regf.layout", 1),
        ("anyreg.engine.image.Image", 3),
    ]


@pytest.mark.parametrize(
    ("unit", "other", "allowed"),
    [
        ("engine", "regf", True),
        ("regf", "engine", False),
        ("engine", "history", False),
        ("names", "values", False),
        ("cli", FACADE, True),
        ("registry", FACADE, False),
        (FACADE, "registry", True),
        (FACADE, "cli", False),
    ],
)
def test_the_rule(unit: str, other: str, allowed: bool) -> None:
    """Down is allowed, up and sideways are not."""
    assert may_import(unit, other) is allowed
