"""Every node that was given out is given back once: in a world of real handles nothing leaks."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import Registry, winapi, winreg
from anyreg.backends.memory import MemoryBackend
from anyreg.new_keys import NewKey
from anyreg.winapi import handles
from anyreg.winapi.constants import KEY_ALL_ACCESS, KEY_READ, KEY_WOW64_32KEY
from anyreg.winapi.hkey import PyHKEY, make_hkey
from conformance.counted import CountedWorld, ExactWorld

Use = Callable[[Registry, Path], object]
Call = Callable[[PyHKEY], object]


@pytest.fixture
def world() -> Iterator[CountedWorld]:
    """A hive with a few keys; behind the test no node of it is out."""
    world = ExactWorld(MemoryBackend())
    registry = Registry(world)
    for path in (r"A\B\C", r"A\D", "E", "F"):
        registry.write(path, "Name", path)
    yield world
    gc.collect()
    assert world.wrong == []
    assert [node.name for node in world.given] == []


def close(registry: Registry) -> None:
    key = registry.open(r"A\B")
    key.close()
    key.close()


def hold(registry: Registry) -> None:
    with registry.open("A") as key, key.open("B") as below:
        assert below.parent is not None


def restore(registry: Registry) -> None:
    saved = registry.backup("A")
    registry.write(r"A\New\Key", "x", 1)
    registry.delete(r"A\B", recursive=True)
    saved.restore()
    assert [key.name for key in registry.open("A").children()] == ["B", "D"]


def bulk_insert(registry: Registry) -> None:
    new = NewKey("New")
    new.add_subkey(NewKey("Below"))
    registry.open("E").bulk_insert([new, NewKey("Other")])


def patch(registry: Registry) -> None:
    other = Registry(MemoryBackend())
    registry.root.copy_to(other.root)
    other.delete("E")
    other.write(r"A\New", "x", 1)
    changes = list(anyreg.diff(registry.root, other.root, security=True))
    anyreg.patch(registry.root, changes)


def export(registry: Registry, folder: Path) -> None:
    registry.open("A").export(folder / "a.reg", prefix=r"HKEY_USERS\A")
    registry.open("A").export(folder / "a.json", security=True)
    registry.open("A").export(folder / "a.csv")


USES: dict[str, Use] = {
    "close": lambda registry, _: close(registry),
    "with": lambda registry, _: hold(registry),
    "dropped": lambda registry, _: [registry.open("A").open("B").path for _ in range(3)],
    "a path from a parent": lambda registry, _: registry.open(r"A\B\C").parent.path,  # type: ignore[union-attr]
    "missing": lambda registry, _: "x" in registry.open("A").subkeys or registry.read("x", ""),
    "subkeys": lambda registry, _: [key.info() for key in registry.root.subkeys.values()],
    "values": lambda registry, _: registry.open("A").values.update({"a": 1, "b": "2"}),
    "create": lambda registry, _: (registry.create(r"G\H"), registry.root.create("A")),
    "rename": lambda registry, _: registry.root.rename(r"A\B", "Other"),
    "delete": lambda registry, _: registry.delete("A", recursive=True),
    "empty": lambda registry, _: registry.root.delete("", recursive=True, force=True),
    "walk": lambda registry, _: [step.key.path for step in registry.root.walk()],
    "upwards": lambda registry, _: [step.key.path for step in registry.root.walk(top_down=False)],
    "a walk that ends early": lambda registry, _: next(registry.root.walk()),
    "find": lambda registry, _: list(registry.root.find("a")),
    "glob": lambda registry, _: list(registry.root.glob(r"**\C")),
    "timeline": lambda registry, _: registry.root.timeline(),
    "diff": lambda registry, _: list(anyreg.diff(registry.open("A"), registry.open("E"))),
    "patch": lambda registry, _: patch(registry),
    "graft": lambda registry, _: bulk_insert(registry),
    "copy": lambda registry, _: registry.open("A").copy_to(registry.create("Copy")),
    "copy inside": lambda registry, _: registry.open("A").copy_to(registry.open(r"A\D")),
    "backup": lambda registry, _: restore(registry),
    "save": lambda registry, folder: registry.open("A").save(folder / "saved"),
    "export": export,
    "hive": lambda registry, folder: registry.open("A").export(folder / "a.dat", "hive"),
}


@pytest.mark.parametrize("use", USES)
def test_keys_give_their_nodes_back(world: CountedWorld, use: str, tmp_path: Path) -> None:
    """When they are closed, at the end of a block, and when nobody has them any more."""
    USES[use](Registry(world), tmp_path)


def test_what_is_restored_and_imported_is_given_back(world: CountedWorld, tmp_path: Path) -> None:
    """A hive in the place of a key, and the keys of a file."""
    registry = Registry(world)
    registry.open("A").save(tmp_path / "hive")
    registry.open("E").restore(tmp_path / "hive")
    registry.open("A").export(tmp_path / "a.json")
    registry.delete("A", recursive=True)
    registry.import_(tmp_path / "a.json", times=True)
    paths = [step.key.path for step in registry.root.walk()]
    assert r"A\B\C" in paths
    assert r"E\B\C" in paths


def test_a_closed_registry_gets_its_nodes_back_too(world: CountedWorld) -> None:
    """Nothing is wrong with a key that outlives it."""
    registry = Registry(world)
    key = registry.open("A")
    registry.close()
    key.close()


# Handles


def refused(call: Callable[[], object]) -> None:
    """This world reports no changes."""
    with pytest.raises(OSError, match="WinError 50"):
        call()


CALLS: dict[str, Call] = {
    "open": lambda key: winreg.OpenKey(key, r"A\B").Close(),
    "dropped": lambda key: [winreg.OpenKey(key, "A") for _ in range(3)],
    "the same key": lambda key: winreg.OpenKey(key, None),
    "create": lambda key: winapi.create_key(key, r"A\New"),
    "delete": lambda key: winreg.DeleteKey(key, "F"),
    "delete tree": lambda key: (winapi.delete_tree(key, "A"), winapi.delete_tree(key, None)),
    "rename": lambda key: winapi.rename_key(key, "A", "Other"),
    "copy": lambda key: winapi.copy_tree(key, "A", winreg.CreateKey(key, "E")),
    "query": lambda key: (winapi.query_info(key), winreg.QueryValue(key, "A")),
    "list": lambda key: (
        winreg.EnumKey(key, 0),
        winreg.DeleteKey(key, "F"),
        winreg.EnumKey(key, 1),
    ),
    "values": lambda key: (
        winapi.set_key_value(key, r"E\Deep", "v", 1, "x"),
        winapi.delete_key_value(key, r"E\Deep", "v"),
        winapi.get_value(key, "E", "Name"),
    ),
    "wait": lambda key: refused(lambda: winapi.wait_for_change(key, True)),
}


@pytest.mark.parametrize("call", CALLS)
def test_handles_give_their_nodes_back(world: CountedWorld, call: str) -> None:
    """Those of the functions at once, those of programs when they are closed or die."""
    with make_hkey(
        handles.add(handles.Handle(world, world.root(), KEY_ALL_ACCESS, 0, 0, False))
    ) as key:
        CALLS[call](key)


def test_the_access_that_is_asked_for_reaches_the_world(world: CountedWorld) -> None:
    """With the view, which goes on from handle to handle; a key has all that is allowed."""
    Registry(world).open("A").close()
    root = handles.Handle(world, world.root(), KEY_ALL_ACCESS, 0, 0, False)
    with make_hkey(handles.add(root)) as key:
        world.accesses.clear()
        with winreg.OpenKey(key, "A", 0, KEY_READ | KEY_WOW64_32KEY) as first:
            winreg.OpenKey(first, "B", 0, KEY_READ).Close()
            winapi.create_key(first, "New", KEY_ALL_ACCESS)[0].Close()
    read = KEY_READ | KEY_WOW64_32KEY
    assert world.accesses == [read, read, KEY_ALL_ACCESS | KEY_WOW64_32KEY]
