"""Which modules are compiled."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src/anyreg"


def compiled() -> set[str]:
    """The modules that setup.py has compiled."""
    for node in ast.parse((ROOT / "setup.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMPILED":
            patterns: tuple[str, ...] = ast.literal_eval(node.value)
            files = [file for pattern in patterns for file in PACKAGE.glob(pattern)]
            return {
                ".".join(file.relative_to(ROOT / "src").with_suffix("").parts) for file in files
            }
    raise AssertionError("setup.py has no COMPILED")


def parsed(module: str) -> ast.Module:
    """The source of a module."""
    return ast.parse((ROOT / "src" / (module.replace(".", "/") + ".py")).read_text("utf-8"))


def open_classes(module: str) -> set[str]:
    """The classes of a module that plain ones may derive from: those that say so, and records."""
    return {
        node.name
        for node in parsed(module).body
        if isinstance(node, ast.ClassDef)
        if "allow_interpreted_subclasses=True" in "".join(map(ast.unparse, node.decorator_list))
        or any(ast.unparse(base) in ("NamedTuple", "Protocol", "TypedDict") for base in node.bases)
    }


def bases(module: str) -> list[tuple[str, str]]:
    """The classes of a module, each with the module of this package that its base comes from."""
    return [(name, origin) for name, origin, _ in derived(module)]


def derived(module: str) -> list[tuple[str, str, str]]:
    """As bases(), with the names of the bases."""
    tree = parsed(module)
    origins = {
        alias.asname or alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    return [
        (f"{module}.{node.name}", origin, ast.unparse(base))
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if (origin := origins.get(ast.unparse(base), "")).startswith("anyreg.")
    ]


def test_what_a_compiled_class_is_made_of_is_compiled() -> None:
    """Else the methods of its first bases refuse it, in the compiled form alone."""
    modules = compiled()
    found = [pair for module in modules for pair in bases(module)]
    assert len(found) > 20
    assert sorted(pair for pair in found if pair[1] not in modules) == []


def test_what_a_plain_class_is_made_of_may_be_so() -> None:
    """A compiled class refuses a plain one that derives from it, unless it says otherwise."""
    modules = compiled()
    files = [file.relative_to(ROOT / "src").with_suffix("") for file in PACKAGE.rglob("*.py")]
    plain = {".".join(file.parts) for file in files if file.name != "__init__"} - modules
    found = [one for module in plain for one in derived(module) if one[1] in modules]
    assert len(found) > 5
    assert sorted(one for one in found if one[2] not in open_classes(one[1])) == []


def test_what_is_not_optimised_is_compiled() -> None:
    """A pattern that names nothing would leave a module out that has got another name."""
    for node in ast.parse((ROOT / "setup.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "UNOPTIMISED":
            rooms: dict[str, str] = ast.literal_eval(node.value)
    for room, names in rooms.items():
        for name in names.split():
            files = list((PACKAGE / room).glob(f"{name}.py"))
            assert files, f"{room}/{name}"
            modules = {".".join(f.relative_to(ROOT / "src").with_suffix("").parts) for f in files}
            assert modules & compiled(), f"{room}/{name}"
