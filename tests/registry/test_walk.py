"""Walking."""

from __future__ import annotations

import pytest

from anyreg import Key, Registry, RegistryError
from anyreg.backends.base import Backend
from anyreg.errors import AccessDeniedError
from anyreg.values import Node, Value
from registry.sample import sample

TOP_DOWN = ["Alpha", "Uninstall", "One", "Two", "beta", "Uninstall", "Three"]
BOTTOM_UP = ["One", "Two", "Uninstall", "Alpha", "Three", "Uninstall", "beta"]


@pytest.fixture(scope="module")
def software() -> Key:
    return sample().open("Software")


def test_a_walk_shows_every_key_with_its_subkeys_and_values(software: Key) -> None:
    """The key itself first."""
    steps = list(software.walk())
    assert [key.name for key, _, _ in steps] == ["Software", *TOP_DOWN]
    assert [key.name for key in steps[0].subkeys] == ["Alpha", "beta"]
    assert len(steps[1].values) == 9


def test_a_walk_can_come_from_below(software: Key) -> None:
    """A key after all that is in it."""
    found = [step.key.name for step in software.walk(top_down=False)]
    assert found == [*BOTTOM_UP, "Software"]


def test_subkeys_can_be_left_out(software: Key) -> None:
    """By taking them from the list, or changing its order."""
    found = []
    for key, subkeys, _ in software.walk():
        found.append(key.name)
        subkeys[:] = [subkey for subkey in reversed(subkeys) if subkey.name != "Uninstall"]
    assert found == ["Software", "beta", "Alpha"]


@pytest.mark.parametrize(("depth", "count"), [(0, 1), (1, 3), (2, 5), (3, 8), (99, 8)])
def test_a_walk_can_stop_at_a_depth(software: Key, depth: int, count: int) -> None:
    """0 is the key alone, in both directions."""
    assert len(list(software.walk(max_depth=depth))) == count
    assert len(list(software.walk(top_down=False, max_depth=depth))) == count


def test_paths_are_those_from_the_root(software: Key) -> None:
    """Wherever the walk began."""
    assert [step.key.path for step in software.walk()][3] == r"Software\Alpha\Uninstall\One"


class Locked(Backend):
    """A world of three keys, one of which may not be read."""

    def root(self) -> Node:
        return Node("root", 0)

    def subkeys(self, node: Node) -> list[Node]:
        return [Node(name, 0) for name in ("a", "locked", "z")] if node.name == "root" else []

    def values(self, node: Node) -> list[Value]:
        if node.name == "locked":
            raise AccessDeniedError("may not be read", path=node.name)
        return []


def test_an_error_ends_a_walk() -> None:
    """Unless somebody takes it."""
    with pytest.raises(AccessDeniedError):
        list(Registry(Locked()).root.walk())


@pytest.mark.parametrize("top_down", [True, False])
def test_on_error_lets_the_walk_go_on(top_down: bool) -> None:
    """The key that cannot be read is left out."""
    errors: list[RegistryError] = []
    walk = Registry(Locked()).root.walk(top_down=top_down, on_error=errors.append)
    assert {step.key.name for step in walk} == {"root", "a", "z"}
    assert [error.path for error in errors] == ["locked"]
