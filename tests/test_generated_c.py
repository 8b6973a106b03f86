"""The C that mypyc generates gets the docstrings of its source, and is compiled in a few parts."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from conftest import ROOT

SOURCE = '''"""A module."""

class Native:
    """A class."""
    def get(self, name: str, default: object = MISSING, *, deep=False) -> object:
        """Get "it"."""
    @property
    def size(self) -> int:
        """A number – of bytes."""
    @size.setter
    def size(self, value: int) -> None: ...

class Record(NamedTuple):
    """A record."""

def get() -> None:
    """Get all."""
'''
GENERATED = """
    {"get", (PyCFunction)CPyPy_mod___Native___get, METH_FASTCALL | METH_KEYWORDS, PyDoc_STR(NULL)},
    {"get", (PyCFunction)CPyPy_mod___get, METH_FASTCALL, PyDoc_STR("get()\\n--\\n\\n")},
    {"size",
     (getter)mod___Native_get_size,
     (setter)mod___Native_set_size,
    NULL, NULL},
    .tp_name = "Native",
    .tp_new = mod___Native_new,
    .tp_doc = PyDoc_STR("Native()\\n--\\n\\n"),
    CPyType_mod___Record = (PyTypeObject *)cpy_r_r193;
    NULL, /* docstring */
"""


@pytest.fixture(scope="module")
def generated_c() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        return importlib.import_module("generated_c")


def texts(c_file: str) -> list[str]:
    """The strings of C in it, as they read."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"', c_file)
    return [one.encode().decode("unicode_escape").encode("latin-1").decode() for one in found]


@pytest.fixture
def documented(generated_c: ModuleType, tmp_path: Path) -> list[str]:
    """The strings of GENERATED with the docstrings of SOURCE."""
    (tmp_path / "mod.py").write_text(SOURCE, "utf-8")
    (tmp_path / "mod.c").write_text(GENERATED, "utf-8")
    generated_c.document(tmp_path / "mod.c", tmp_path / "mod.py")
    return texts((tmp_path / "mod.c").read_text("utf-8"))


@pytest.mark.parametrize(
    "text", ["A module.", "A class.", 'Get "it".', "A number – of bytes.", "A record.", "Get all."]
)
def test_each_docstring_stands_in_the_c(documented: list[str], text: str) -> None:
    """Of the module, classes of both kinds, a method, a property, a function."""
    assert documented.count(text) == 1


def test_a_signature_that_mypyc_cannot_tell_is_made(documented: list[str]) -> None:
    """A default that is no constant is shown as dots."""
    assert "get($self, name, default=..., *, deep=False)\n--\n\n" in documented


def test_every_file_is_in_one_part(generated_c: ModuleType, tmp_path: Path) -> None:
    """In the given order, in parts of about the same size."""
    files = [tmp_path / f"{number}.c" for number in range(10)]
    for number, file in enumerate(files):
        file.write_text(" " * (number + 1) * 100, "utf-8")
    written = [Path(part) for part in generated_c.parts(files, tmp_path / "part", 3)]
    assert [part.name for part in written] == ["part0.c", "part1.c", "part2.c"]
    parts = [part.read_text("utf-8") for part in written]
    assert re.findall(r"(\d)\.c", "".join(parts)) == [str(number) for number in range(10)]
    assert [part.count("#include") for part in parts] == [6, 3, 1]


def test_what_the_collector_does_not_know_is_never_put_into_its_list(
    generated_c: ModuleType, tmp_path: Path
) -> None:
    """It has no room for the links: freed deep inside others, it is freed at once."""
    begin = "_dealloc(NodeObject *self)\n{\n"
    body = "    Node_clear((PyObject *)self);\n    Py_TYPE(self)->tp_free((PyObject *)self);\n"
    later = f"    CPy_TRASHCAN_BEGIN(self, Node_dealloc)\n{body}    CPy_TRASHCAN_END(self)\n"
    known = f"Known{begin}    PyObject_GC_UnTrack(self);\n{later}    done: ;\n}}\n"
    c_file = tmp_path / "mod.c"
    c_file.write_text(f"Acyclic{begin}{later}    done: ;\n}}\n{known}")
    generated_c.mend(c_file)
    assert c_file.read_text() == f"Acyclic{begin}{body}    done: ;\n}}\n{known}"
