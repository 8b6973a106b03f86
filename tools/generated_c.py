"""What becomes of the C that mypyc generates: docstrings go into it, and it is compiled in parts.

mypyc gives a compiled function its signature and no docstring, so `help()` would show nothing.
`document` puts the docstrings of a module's source into its C file, where mypyc left the place for
them.

One C file of the whole package takes minutes and more than a gigabyte; a file for each of its
modules reads the same headers a hundred times, and calls between modules are never inlined.
`parts` takes the way between: a handful of C files, each of which includes its share of the
generated ones, to be compiled in parallel.
"""

from __future__ import annotations

import ast
import copy
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

STRING = r"\"(?:[^\"\\]|\\.)*\""
# (PyCFunction)CPyPy_opening___open, METH_FASTCALL | METH_KEYWORDS, PyDoc_STR("open(target)...")
FUNCTION = re.compile(
    rf"(\(PyCFunction\)CPyPy_(\w+),\s*METH_[A-Z_| ]+,\s*)(?:PyDoc_STR\(({STRING}|NULL)\)|NULL)"
)
# .tp_name = "Key", ... .tp_doc = PyDoc_STR("Key(backend, node)...")
CLASS = re.compile(
    r"(\.tp_name = \"(\w+)\",(?:\n    \.\w+ = [^\n]*,)*?\n    \.tp_doc = )"
    rf"PyDoc_STR\(({STRING})\)"
)
# {"subkeys", (getter)key___Key_get_subkeys, NULL, NULL, NULL}
PROPERTY = re.compile(r"(\(getter\)(\w+),\s*(?:NULL|\(setter\)\w+),\s*)NULL")
# CPyType_handle___KeyInfo = (PyTypeObject *)cpy_r_r193;
MADE = re.compile(r"    (CPyType_\w+) = \(PyTypeObject \*\)cpy_r_\w+;\n")
MODULE = re.compile(r"NULL, /\* docstring \*/")
# static void values___Value_dealloc(...) { CPy_TRASHCAN_BEGIN(...) ... CPy_TRASHCAN_END(self)
DEALLOC = re.compile(
    r"(_dealloc\([^)]*\)\n\{\n)    CPy_TRASHCAN_BEGIN\([^\n]*\n"
    r"([^}]*?)    CPy_TRASHCAN_END\(self\)\n"
)


def mend(c_file: Path) -> None:
    """Let objects that the garbage collector does not know be freed at any depth.

    mypyc puts what is freed deep inside other objects into a list of the collector, to go on later.
    An object of a class that is acyclic has no place for that list's links: they would be written
    over what lies in front of it.

    Args:
        c_file: The C file of a module.
    """
    text = c_file.read_text("utf-8")
    c_file.write_text(DEALLOC.sub(r"\1\2", text), "utf-8")


def document(c_file: Path, source: Path) -> None:
    """Put the docstrings of a module into the C that was generated of it.

    Args:
        c_file: The C file of this module alone.
        source: The Python source of the module.
    """
    known = _Documented.of(ast.parse(source.read_text("utf-8")))
    text = c_file.read_text("utf-8")
    text = MODULE.sub(lambda _: f"{_literal(known.module)}, /* docstring */", text)
    text = FUNCTION.sub(known.function, text)
    text = CLASS.sub(known.native_class, text)
    text = PROPERTY.sub(known.property, text)
    text = MADE.sub(known.made_class, text)
    c_file.write_text(text, "utf-8")


@dataclass
class _Documented:
    """What a module has docstrings for; methods by names as C has them, `Key___open`."""

    module: str
    classes: dict[str, str]
    functions: dict[str, ast.FunctionDef]

    @classmethod
    def of(cls, tree: ast.Module) -> _Documented:
        found = cls(ast.get_docstring(tree) or "", {}, {})
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.classes[node.name] = ast.get_docstring(node) or ""
                found._note(f"{node.name}___", node.body)
        found._note("", tree.body)
        return found

    def _note(self, owner: str, body: list[ast.stmt]) -> None:
        for node in body:
            # Overloads and setters have the name of what they belong to, and no docstring.
            if isinstance(node, ast.FunctionDef) and (
                ast.get_docstring(node) or owner + node.name not in self.functions
            ):
                self.functions[owner + node.name] = node

    def function(self, found: re.Match[str]) -> str:
        node = self.functions.get(_longest(found[2], self.functions))
        docstring = node and ast.get_docstring(node)
        if node is None or not docstring:
            return found[0]
        signature = found[3] if found[3] not in (None, "NULL") else _literal(_signature(node))
        return f"{found[1]}PyDoc_STR({signature} {_literal(docstring)})"

    def native_class(self, found: re.Match[str]) -> str:
        return f"{found[1]}PyDoc_STR({found[3]} {_literal(self.classes.pop(found[2], ''))})"

    def property(self, found: re.Match[str]) -> str:
        """Attributes have getters too, and no docstring."""
        owner, _, name = found[2].rpartition("_get_")
        node = self.functions.get(f"{_longest(owner, self._owners())}___{name}")
        docstring = node and ast.get_docstring(node)
        return f"{found[1]}{_literal(docstring)}" if docstring else found[0]

    def _owners(self) -> set[str]:
        return {name.partition("___")[0] for name in self.functions if "___" in name}

    def made_class(self, found: re.Match[str]) -> str:
        """A class that is made while the module is imported: a named tuple, an enumeration."""
        docstring = self.classes.get(_longest(found[1], self.classes))
        return found[0] + SET_DOC.format(found[1], _literal(docstring)) if docstring else found[0]


def _longest(c_name: str, names: Iterable[str]) -> str:
    """The name that a name of C ends with, behind some of the module's own."""
    fitting = [name for name in names if c_name.endswith(f"___{name}")]
    return max(fitting, key=len, default="")


def _signature(node: ast.FunctionDef) -> str:
    """A text signature, with dots for the defaults that none can tell."""
    arguments = copy.deepcopy(node.args)
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    for defaults in (arguments.defaults, arguments.kw_defaults):
        for at, default in enumerate(defaults):
            if default is not None and not isinstance(default, ast.Constant):
                defaults[at] = ast.Constant(...)
    shown = re.sub(r"^self\b", "$self", ast.unparse(arguments))
    return f"{node.name}({shown})\n--\n\n"


PLAIN = {*(string.ascii_letters + string.digits + " ,.:;-_()[]{}<>=/+*#!&|@~'`$").encode()}
SET_DOC = """    {{
        PyObject *doc = PyUnicode_FromString({1});
        if (doc == NULL || PyObject_SetAttrString((PyObject *){0}, "__doc__", doc) < 0)
            PyErr_Clear();
        Py_XDECREF(doc);
    }}
"""


def _literal(text: str) -> str:
    """A C string: what is not plain, or means something there, by octal numbers."""
    return '"' + "".join(chr(c) if c in PLAIN else f"\\{c:03o}" for c in text.encode()) + '"'


def name_of(package: Path, group: str, source: Path) -> str:
    """The name of the C file that mypyc makes of a module in a group."""
    module = source.relative_to(package).with_suffix("").parts
    names = (f"__native_{group}", *(part for part in module if part != "__init__"))
    return "___".join(names) + ".c"


def parts(c_files: list[Path], path: Path, count: int) -> list[str]:
    """Write C files that include the given ones, of about the same size.

    Args:
        c_files: What is to be compiled, neighbours where calls between them should be inlined.
        path: What the new files are called, without a number and the suffix.
        count: How many.

    Returns:
        The paths of the new files.
    """
    share = sum(file.stat().st_size for file in c_files) / count
    filled = 0.0
    shares: list[list[Path]] = [[] for _ in range(count)]
    for file in c_files:
        shares[min(int(filled / share), count - 1)].append(file)
        filled += file.stat().st_size
    written = []
    for number, files in enumerate(shares):
        written.append(path.with_name(f"{path.name}{number}.c"))
        written[-1].write_text(
            "".join(f'#include "{file.resolve().as_posix()}"\n' for file in files)
        )
    return [str(part) for part in written]
