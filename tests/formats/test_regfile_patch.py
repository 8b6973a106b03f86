"""Patches as .reg files: imported into the first, they give the second, by other importers too."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given

import anyreg
from agree.edits import Edits
from agree.model import model_of
from agree.samba import SIMPLE
from anyreg import Change, KeyState, NotSupportedError, Registry, Value, diff
from anyreg.backends.memory import MemoryBackend
from anyreg.formats.regfile import VERSION_5, parse, regedit4
from anyreg.formats.regfile.patch import write_patch
from anyreg.interchange.apply import apply
from anyreg.regf.layout import KEY_LINK
from formats import reg_parser
from formats.models import Model, opened
from oracles import Tree, tree_with_hivex
from registry.trees import TREES, fill

TOP = "HKEY_LOCAL_MACHINE\\X"


def patch_of(a: Model, b: Model, **options: object) -> str:
    changes = diff(opened(a).root, opened(b).root)
    return "".join(write_patch(changes, TOP, **options))  # type: ignore[arg-type]


def encoded(text: str) -> bytes:
    return VERSION_5.mark + VERSION_5.encode(text)


def without_classes(top: Model) -> Model:
    for _, key in top.walk():
        key.class_name = ""
    return top


@given(TREES.map(without_classes), TREES.map(without_classes))
def test_the_first_becomes_the_second(a: Model, b: Model) -> None:
    """For any names, types and bytes."""
    with Registry(MemoryBackend()) as registry:
        fill(registry.root, a)
        apply(registry, parse(encoded(patch_of(a, b)), prefix=TOP))
        assert list(diff(registry.root, opened(b).root)) == []


@given(TREES, TREES)
def test_all_but_what_is_left_out_becomes_so(a: Model, b: Model) -> None:
    """Of these trees that is class names alone."""
    left_out: list[NotSupportedError] = []
    with Registry(MemoryBackend()) as registry:
        fill(registry.root, a)
        text = patch_of(a, b, on_error=left_out.append)
        apply(registry, parse(encoded(text), prefix=TOP))
        rest = list(diff(registry.root, opened(b).root))
    assert {change.name for change in rest} <= {None}
    assert {change.kind for change in rest} <= {"changed"}
    assert len(rest) == len(left_out)


def test_it_reads_as_one_would_write_it() -> None:
    """Deletions before or beside what is set, the default value, a key of its own for each."""
    a = Model(
        values=[("", 1, b""), ("old", 3, b""), ("n", 4, b"\1\0\0\0"), ("same", 3, b"1")],
        keys=[Model("Gone", [("v", 3, b"")], [Model("Deep")]), Model("Kept", [("v", 3, b"")])],
    )
    b = Model(
        values=[("n", 4, b"\2\0\0\0"), ("same", 3, b"1")],
        keys=[Model("Kept"), Model("New", [('a"b', 1, b"x\0\0\0")], [Model("Deep")])],
    )
    assert patch_of(a, b).split("\r\n") == [
        "Windows Registry Editor Version 5.00",
        "",
        rf"[{TOP}]",
        "@=-",
        '"n"=dword:00000002',
        '"old"=-',
        "",
        rf"[-{TOP}\Gone]",
        "",
        rf"[{TOP}\Kept]",
        '"v"=-',
        "",
        rf"[{TOP}\New]",
        r'"a\"b"="x"',
        "",
        rf"[{TOP}\New\Deep]",
        "",
        "",
    ]


def test_no_changes_are_a_file_with_nothing_in_it() -> None:
    """Which can be imported."""
    assert reg_parser.parse(encoded(patch_of(Model(), Model()))) == []


def test_the_old_kind_is_in_a_code_page() -> None:
    """And refuses letters that it lacks, in the name of what goes too."""
    a, b = Model(values=[("ä", 3, b"")]), Model()
    assert '"ä"=-' in patch_of(a, b, dialect=regedit4())
    for name in ("日", "k日"):
        a = Model(values=[(name, 3, b"")]) if name == "日" else Model(keys=[Model(name)])
        with pytest.raises(NotSupportedError):
            patch_of(a, b, dialect=regedit4())


LINK = KeyState("", 0, KEY_LINK)
PLAIN = KeyState("", 0)
BAD = {
    "class name of a key": [Change("added", "k", None, None, KeyState("c", 0))],
    "hold the class name": [Change("changed", "", None, PLAIN, KeyState("c", 0))],
    "security descriptor": [Change("changed", "k", None, PLAIN, KeyState("", 0, 0, b"\1"))],
    "make a symbolic link": [
        Change("added", "k", None, None, LINK),
        Change("added", "k", "SymbolicLinkValue", None, Value("SymbolicLinkValue", 6, b"")),
    ],
    "hold this name of a key": [
        Change("added", "a\nb", None, None, PLAIN),
        Change("added", "a\nb\\c", None, None, PLAIN),
        Change("added", "a\nb\\c", "v", None, Value("v", 3, b"")),
    ],
    "tell which is meant": [
        Change("removed", "a\\b", None, PLAIN, None, is_odd=True),
        Change("removed", "a\\b\\c", None, PLAIN, None, is_odd=True),
    ],
}


@pytest.mark.parametrize(("message", "changes"), BAD.items())
def test_what_the_format_cannot_hold_is_an_error(message: str, changes: list[Change]) -> None:
    """Or left out, with all below it, and told once."""
    with pytest.raises(NotSupportedError, match=message):
        list(write_patch(changes, TOP))
    good = Change("added", "z", "v", None, Value("v", 3, b""))
    left_out: list[NotSupportedError] = []
    text = "".join(write_patch([*changes, good], TOP, on_error=left_out.append))
    assert len(left_out) == 1
    assert left_out[0].path == changes[0].path
    kept: reg_parser.Keys = [(rf"{TOP}\k", [])] if message.startswith("class name") else []
    assert reg_parser.parse(encoded(text)) == [*kept, (rf"{TOP}\z", [("v", 3, b"")])]


def test_a_link_that_becomes_a_key_is_deleted_first() -> None:
    """Both stand under one name."""
    changes = [
        Change("removed", "k", None, LINK, None),
        Change("removed", "k", "SymbolicLinkValue", Value("SymbolicLinkValue", 6, b""), None),
        Change("added", "k", None, None, PLAIN),
        Change("added", "k", "v", None, Value("v", 3, b"")),
    ]
    assert "".join(write_patch(changes, TOP)).split("\r\n")[2:] == [
        rf"[-{TOP}\k]", "", rf"[{TOP}\k]", '"v"=hex:', "", "",
    ]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "\\", "a\nb"])
def test_a_prefix_is_needed(prefix: str) -> None:
    """Paths of a .reg file begin somewhere."""
    with pytest.raises(ValueError, match="not a name"):
        list(write_patch([], prefix))


# Other importers


@pytest.mark.skipif(not shutil.which("hivexregedit"), reason="no hivexregedit")
@pytest.mark.parametrize("seed", range(6))
def test_hivexregedit_makes_the_second_of_the_first(seed: int, tmp_path: Path) -> None:
    """Of a hive that was edited at random; it reads UTF-8."""
    ours, theirs, file = tmp_path / "a.dat", tmp_path / "b.dat", tmp_path / "p.reg"
    rnd = random.Random(seed)
    with anyreg.open(ours, "x") as registry:
        Edits(rnd, model_of(registry.root), SIMPLE).some(registry, 150)
        registry.create(r"Gone\Deep").values["v"] = 1
        registry.create("Stays").values["Gone"] = 1
    shutil.copy(ours, theirs)
    left_out: list[NotSupportedError] = []
    with anyreg.open(ours) as old, anyreg.open(theirs, "r+") as new:
        Edits(rnd, model_of(new.root), SIMPLE).some(new, 80)
        new.root.delete("Gone", recursive=True, missing_ok=True)
        new.root.create("Stays").delete_value("Gone", missing_ok=True)
        changes = list(diff(old.root, new.root))
        text = "".join(write_patch(changes, TOP, on_error=left_out.append))
        assert "=-" in text
        assert "[-" in text
    file.write_text(text, "utf-8", newline="")
    command = ["hivexregedit", "--merge", "--prefix", TOP, str(ours), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    assert rows(tree_with_hivex(ours)) == rows(tree_with_hivex(theirs))


def rows(tree: Tree) -> dict[object, object]:
    """A tree without times; values in the order of their names."""
    return {path: sorted(values, key=repr) for path, (_, values) in sorted(tree.items())}
