"""Docstrings say what a caller must know: what a function takes and raises, a format's source.

The source is read, not what was imported: so it is the same for the compiled form.  What is public
is what `anyreg`, `anyreg.winapi` and `anyreg.interchange.regfile` list, the methods of these
classes, the registry of the pytest plugin, and what stands in MODULES.

Arguments may be left to another docstring by a sentence with "see", as in "see get_str": the name
must be that of a public function or class.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import inspect
import pydoc
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

import anyreg
import anyreg.errors
import anyreg.testing
import anyreg.winapi
from anyreg.interchange import regfile
from conftest import ROOT

SOURCE = ROOT / "src"
FORMATS = sorted(
    path
    for pattern in ("regf/*.py", "formats/**/*.py", "security/*.py")
    for path in (SOURCE / "anyreg").glob(pattern)
)
# Modules there that know no format: they carry between those that do, or open files.
NO_FORMAT = {
    "regf/__init__.py",
    "regf/reads.py",
    "regf/_plain_reads.py",
    "regf/writes.py",
    "regf/_plain_writes.py",
    "security/__init__.py",
    "security/scanner.py",
    "formats/__init__.py",
    "formats/duplicates.py",
    "formats/instructions.py",
    "formats/kinds.py",
    "formats/plain_data.py",
    "formats/prefix.py",
    "formats/regfile/__init__.py",
    "formats/regfile/lines.py",
    "formats/rows.py",
    "formats/text.py",
}
# Modules whose public functions are all for users.
MODULES = (
    "anyreg.winreg",
    "anyreg.formats.changes",
    "anyreg.formats.csv",
    "anyreg.formats.csv_reader",
    "anyreg.formats.dump",
    "anyreg.formats.instructions",
    "anyreg.formats.json",
    "anyreg.formats.json_reader",
    "anyreg.formats.pol",
    "anyreg.formats.regfile.patch",
    "anyreg.interchange.apply",
    "anyreg.security.access",
    "anyreg.security.check",
    "anyreg.security.claims",
    "anyreg.security.condition_check",
    "anyreg.security.condition_text",
    "anyreg.security.conditions",
    "anyreg.security.descriptor",
    "anyreg.security.entries",
    "anyreg.security.inheritance",
    "anyreg.security.known",
    "anyreg.security.parts",
    "anyreg.security.sddl",
    "anyreg.security.sid",
    "anyreg.security.token",
)
SECTION = r"^{}:\n((?:(?: .*)?\n)*)"
SEE = re.compile(r"\b[Ss]ee (?:`?)([A-Za-z_][\w.]*\w)")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Public(NamedTuple):
    """A public function, method or property, as it is written."""

    name: str
    node: Function


@cache
def tree_of(module: str) -> ast.Module:
    path = SOURCE / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text("utf-8"))


def written(body: list[ast.stmt]) -> Iterator[Function]:
    """The functions of a body, without overloads and setters."""
    for node in body:
        if isinstance(node, Function):
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            if not any(mark == "overload" or mark.endswith(".setter") for mark in marks):
                yield node


def class_of(module: str, name: str) -> ast.ClassDef | None:
    for node in tree_of(module).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
    return None


def of_class(kind: type) -> Iterator[Public]:
    """The public methods that are written in the package, inherited ones where they are written."""
    for base in kind.__mro__:
        if base.__module__.startswith("anyreg") and (
            node := class_of(base.__module__, base.__name__)
        ):
            for function in written(node.body):
                if not function.name.startswith("_"):
                    yield Public(f"{base.__module__}.{base.__name__}.{function.name}", function)


def of_names(listing: ModuleType) -> Iterator[Public]:
    """What a module lists, where it is written."""
    for name in listing.__all__:
        thing = getattr(listing, name)
        if isinstance(thing, type):
            yield from of_class(thing)
        elif callable(thing):
            functions = written(top_level(thing.__module__))
            for function in functions:
                if function.name == thing.__name__:
                    yield Public(f"{thing.__module__}.{function.name}", function)


def of_module(name: str) -> Iterator[Public]:
    """The public functions that are written in a module, and the methods of its classes."""
    for function in written(top_level(name)):
        if not function.name.startswith("_"):
            yield Public(f"{name}.{function.name}", function)
    for node in top_level(name):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from of_class(getattr(importlib.import_module(name), node.name))


def top_level(module: str) -> list[ast.stmt]:
    """The statements of a module, also those that stand below a condition."""
    found: list[ast.stmt] = []
    for node in tree_of(module).body:
        found.extend(node.body if isinstance(node, ast.If) else [node])
    return found


@cache
def public() -> dict[str, Function]:
    """Every public function by its full name."""
    found = [*of_names(anyreg), *of_names(anyreg.winapi), *of_names(regfile)]
    for module in MODULES:
        found.extend(of_module(module))
    found.extend(of_class(anyreg.testing.TestRegistry))
    return dict(found)


@cache
def listed_classes() -> dict[str, ast.ClassDef]:
    """The public classes by their full names."""
    things = [getattr(listing, name) for listing in (anyreg, regfile) for name in listing.__all__]
    found: dict[str, ast.ClassDef] = {}
    for thing in [*things, anyreg.testing.TestRegistry]:
        if isinstance(thing, type) and (node := class_of(thing.__module__, thing.__name__)):
            found[f"{thing.__module__}.{thing.__name__}"] = node
    return found


def text_of(node: Function | ast.ClassDef) -> str:
    return ast.get_docstring(node) or ""


def section(text: str, title: str) -> str:
    """The lines of a section, "" where there is none."""
    found = re.search(SECTION.format(title), text + "\n", re.MULTILINE)
    return found[1] if found else ""


def entries(text: str, title: str) -> set[str]:
    """What a section has entries for."""
    return set(re.findall(r"^    \*{0,2}(\w+):", section(text, title), re.MULTILINE))


def parameters(node: Function) -> list[str]:
    arguments = node.args
    found = [*arguments.posonlyargs, *arguments.args]
    found += [arguments.vararg] if arguments.vararg else []
    found += [*arguments.kwonlyargs, *([arguments.kwarg] if arguments.kwarg else [])]
    return [found.arg for found in found if found.arg not in ("self", "cls")]


def is_told_elsewhere(text: str) -> bool:
    """Whether a sentence sends the reader to a function or class that there is."""
    known = {name.rpartition(".")[2] for name in [*public(), *listed_classes()]}
    return any(found.rpartition(".")[2] in known for found in SEE.findall(text))


def raised(node: Function) -> set[str]:
    """The classes of errors that the body itself raises; "" for what a function makes."""
    found: set[str] = set()
    stack: list[ast.AST] = list(node.body)
    while stack:
        here = stack.pop()
        if isinstance(here, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(here, ast.Raise) and isinstance(here.exc, ast.Call):
            made = here.exc.func
            known = isinstance(made, ast.Name) and error_named(made.id) is not None
            found.add(made.id if known and isinstance(made, ast.Name) else "")
        stack.extend(ast.iter_child_nodes(here))
    return found


def error_named(name: str) -> type[BaseException] | None:
    kind = getattr(anyreg.errors, name, None) or getattr(builtins, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, BaseException) else None


def is_listed(name: str, listed: set[str]) -> bool:
    """Whether an error is among those that are told, or one of which it is a kind."""
    kind = error_named(name)
    others = [other for word in listed if (other := error_named(word))]
    return kind is None or any(issubclass(kind, other) for other in others)


NAMES = sorted(public())
each_function = pytest.mark.parametrize("name", NAMES)
CLASSES = sorted(listed_classes())
each_class = pytest.mark.parametrize("name", CLASSES)


def test_much_is_public() -> None:
    """So that the tests below cannot pass by finding nothing."""
    assert len(NAMES) > 150
    assert "anyreg.registry.key_tree.KeyTree.walk" in NAMES
    assert "anyreg.registry.key_values.KeyValues.get_int" in NAMES
    assert "anyreg.winreg.QueryValueEx" in NAMES
    assert "anyreg.registry.opening.open_registry" in NAMES


@each_function
def test_it_has_a_docstring_with_its_arguments(name: str) -> None:
    """Each of them, or the name of the function that has them."""
    node = public()[name]
    text = text_of(node)
    assert text
    missing = set(parameters(node)) - entries(text, "Args")
    assert not missing or is_told_elsewhere(text), missing


@each_function
def test_it_says_no_argument_that_there_is_not(name: str) -> None:
    """Arguments get other names."""
    node = public()[name]
    assert not entries(text_of(node), "Args") - set(parameters(node))


@pytest.mark.parametrize("name", [*NAMES, *CLASSES])
def test_its_examples_stand_in_a_section(name: str) -> None:
    """Else the site takes them for a quotation, and eats their backslashes."""
    text = text_of(public().get(name) or listed_classes()[name])
    assert ">>>" not in text or "    >>>" in section(text, "Examples")
    assert not re.search(r"^>>>", text, re.MULTILINE)


@each_function
def test_it_is_annotated(name: str) -> None:
    """What it takes and what it gives."""
    arguments = public()[name].args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every.extend(star for star in (arguments.vararg, arguments.kwarg) if star)
    assert not [arg.arg for arg in every if arg.arg not in ("self", "cls") and not arg.annotation]
    assert public()[name].returns is not None


@each_function
def test_it_says_what_it_raises(name: str) -> None:
    """What its own body raises, by class, or by one that this is a kind of."""
    node = public()[name]
    text = text_of(node)
    told = entries(text, "Raises") | set(re.findall(r"(\w+Error)\b", section(text, "Raises")))
    if found := raised(node):
        assert told
        assert not [kind for kind in found if kind and not is_listed(kind, told)]


@each_class
def test_a_class_has_a_docstring(name: str) -> None:
    """One that tells each field of a record."""
    node = listed_classes()[name]
    text = text_of(node)
    assert text
    if any("NamedTuple" in ast.unparse(base) for base in node.bases):
        fields = {
            part.target.id
            for part in node.body
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        }
        assert fields <= entries(text, "Attributes")


def _format_name(path: Path) -> str:
    return path.relative_to(SOURCE / "anyreg").as_posix()


@pytest.mark.parametrize(
    "path",
    [path for path in FORMATS if _format_name(path) not in NO_FORMAT],
    ids=_format_name,
)
def test_a_module_of_a_format_names_its_source(path: Path) -> None:
    """The specification, or the module that names it."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    assert re.search(r"^Sources?( of [\w .]+)?: ", text, re.MULTILINE)


def test_the_list_of_modules_without_a_format_is_true() -> None:
    """A module that is gone is no exception any more."""
    assert {_format_name(path) for path in FORMATS} >= NO_FORMAT


def imported(name: str) -> object:
    """What a full name stands for in the form that is tested: a function, a method, a class."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:  # the name of a class, not of a module
            continue
        return functools.reduce(getattr, parts[end:], module)
    raise AssertionError(name)


each_function_here = pytest.mark.parametrize(
    "name",  # those of a later Python's winreg are not there in an earlier one
    [name for name in NAMES if name.rpartition(".")[2] in dir(imported(name.rpartition(".")[0]))],
)


@each_function_here
def test_help_shows_the_docstring(name: str) -> None:
    """Of the compiled form too, where a compiler would leave it out."""
    assert inspect.getdoc(imported(name)) == text_of(public()[name])


@each_class
def test_help_shows_the_docstring_of_a_class(name: str) -> None:
    """Of the compiled form too."""
    assert inspect.getdoc(imported(name)) == text_of(listed_classes()[name])


@each_function_here
def test_help_shows_the_arguments(name: str) -> None:
    """A property has none; what a decorator made has those of the function that it decorates."""
    thing = imported(name)
    if callable(thing):
        shown = inspect.signature(thing).parameters
        assert [found for found in shown if found not in ("self", "cls")] == parameters(
            public()[name]
        )


def test_help_shows_the_arguments_of_use() -> None:
    """The class that users call as a function; compiled, no docstring of __init__ is there."""
    node = class_of(anyreg.use.__module__, "use")
    assert node
    (made,) = (part for part in written(node.body) if part.name == "__init__")
    arguments = parameters(made)
    assert list(inspect.signature(anyreg.use).parameters) == arguments
    assert set(arguments) <= entries(inspect.getdoc(anyreg.use) or "", "Args")
    shown = pydoc.plain(pydoc.render_doc(anyreg.use))
    assert re.search(rf"class use\(.*\n \|  use\({'.*'.join(arguments)}", shown)
    assert not [name for name in arguments if f"{name}: " not in shown]
