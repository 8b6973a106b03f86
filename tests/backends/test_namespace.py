"""The shape of the namespace: kinds of keys answer for themselves, and worlds have what differs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import anyreg
from anyreg.backends import ask
from anyreg.backends.memory_registry import open_memory
from anyreg.backends.namespace.classes_node import ClassesNode
from anyreg.backends.namespace.directory_node import DirectoryNode, UsersNode
from anyreg.backends.namespace.hive_node import HiveNode, RootNode
from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.namespace.nodes import NamespaceNode
from anyreg.backends.namespace.top_node import TopNode
from anyreg.backends.trees import find, make
from anyreg.regf.layout import KEY_LINK
from anyreg.values import Node

BACKENDS = Path(__file__).resolve().parents[2] / "src" / "anyreg" / "backends"
KINDS = {
    "": TopNode,
    "HKLM": DirectoryNode,
    "HKU": UsersNode,
    r"HKLM\SOFTWARE": RootNode,
    "HKCU": RootNode,
    r"HKLM\SOFTWARE\Microsoft": HiveNode,
    r"HKCR\.txt": ClassesNode,
}


def found(world: Namespace, path: str) -> Node:
    node = find(world, world.root(), path)
    assert node is not None
    return node


def test_a_namespace_has_what_differs_between_registries() -> None:
    """A folder, a disk and copies are hives that it is given; nothing derives from it."""
    for file in BACKENDS.rglob("*.py"):
        classes = [
            each for each in ast.walk(ast.parse(file.read_text())) if type(each) is ast.ClassDef
        ]
        assert "Namespace" not in [ast.unparse(base) for each in classes for base in each.bases]


@pytest.mark.parametrize("path", KINDS)
def test_each_kind_of_key_has_a_class(path: str) -> None:
    """What is found at a path is a node of the kind that stands there."""
    world = open_memory()
    node = found(world, path)
    assert isinstance(node, NamespaceNode)
    assert type(node) is KINDS[path]
    world.close()


@pytest.mark.parametrize("path", KINDS)
def test_every_kind_gives_its_subkeys_as_they_are_opened(path: str) -> None:
    """A subkey that is listed has the trail of the one that is found by its name."""
    world = open_memory()
    node = found(world, path)
    for child in world.subkeys(node):
        again = world.open(node, [child.name], link=True)
        assert again is not None
        assert ask.nt_path(world, again) == ask.nt_path(world, child)
    world.close()


def test_a_volatile_link_beside_the_hives_is_followed(tmp_path: Path) -> None:
    """Like any other, on the way and at its end."""
    with anyreg.open(f"{tmp_path}/home/", "x") as registry:
        world = registry._backend
        machine = ask.predefined(world, 0x80000002)
        link, _ = make(world, machine, "Short", volatile=True, link=True)
        raw = r"\Registry\Machine\SOFTWARE\Microsoft".encode("utf-16-le")
        world.write(link, [anyreg.Value("SymbolicLinkValue", 6, raw)])
        for path in ("Short", r"Short\Windows"):
            node = find(world, machine, path)
            assert node is not None
            real = path.replace("Short", r"SOFTWARE\Microsoft")
            assert ask.nt_path(world, node) == rf"\Registry\Machine\{real}"
        own = find(world, machine, "Short", link=True)
        assert own is not None
        assert ask.nt_path(world, own) == r"\Registry\Machine\Short"


def test_a_link_that_is_made_in_hkcr_is_one() -> None:
    """It is the machine's, like any key that is new there."""
    world = open_memory()
    made, _ = world.create(found(world, "HKCR"), ["AnyLink"], flags=KEY_LINK)
    assert world.nt_path(made) == r"\Registry\Machine\SOFTWARE\Classes\AnyLink"
    assert world.info(made).flags & KEY_LINK
    world.close()
