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


def bases(module: str) -> list[tuple[str, str]]:
    """The classes of a module, each with the module of this package that its base comes from."""
    tree = ast.parse((ROOT / "src" / (module.replace(".", "/") + ".py")).read_text("utf-8"))
    origins = {
        alias.asname or alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    return [
        (f"{module}.{node.name}", origin)
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
