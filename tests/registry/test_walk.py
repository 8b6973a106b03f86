"""Walking."""

from __future__ import annotations

import logging

import pytest

import anyreg
from anyreg import (
    AccessDeniedError,
    ClosedError,
    HiveChangedError,
    Key,
    KeyNotFoundError,
    Registry,
    RegistryError,
)
from anyreg.backends.base import Backend
from anyreg.backends.trees import assign, make
from anyreg.errors import fail
from anyreg.regf.layout import KEY_LINK
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


def test_a_key_that_cannot_be_read_is_left_out_and_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """By a warning, where nobody asked for the error."""
    names = [step.key.name for step in Registry(Locked()).root.walk()]
    assert names == ["root", "a", "z"]
    (record,) = caplog.records
    assert (record.levelno, record.name) == (logging.WARNING, "anyreg.registry.walk")
    assert "'locked'" in record.getMessage()
    assert "may not be read" in record.getMessage()


def test_where_the_walk_begins_must_be_readable() -> None:
    """Nothing at all is no answer."""
    locked = Registry(Locked()).root.children()[1]
    with pytest.raises(AccessDeniedError):
        list(locked.walk())
    errors: list[RegistryError] = []
    assert list(locked.walk(on_error=errors.append)) == []
    assert len(errors) == 1


def test_on_error_may_end_the_walk() -> None:
    """By raising."""
    with pytest.raises(AccessDeniedError):
        list(Registry(Locked()).root.walk(on_error=fail))


@pytest.mark.parametrize("error", [ClosedError, HiveChangedError])
def test_some_errors_end_every_walk(error: type[RegistryError]) -> None:
    """What was not walked would be all that is left."""

    class Gone(Locked):
        def values(self, node: Node) -> list[Value]:
            if node.name == "z":
                raise error("gone")
            return []

    with pytest.raises(error):
        list(Registry(Gone()).root.walk(on_error=lambda _: None))


@pytest.mark.parametrize("top_down", [True, False])
def test_on_error_lets_the_walk_go_on(top_down: bool) -> None:
    """The key that cannot be read is left out."""
    errors: list[RegistryError] = []
    walk = Registry(Locked()).root.walk(top_down=top_down, on_error=errors.append)
    assert {step.key.name for step in walk} == {"root", "a", "z"}
    assert [error.path for error in errors] == ["locked"]


# Links


@pytest.fixture
def linked() -> Key:
    r"""A key with a tree, and links: into it, back up, to each other, and to nowhere."""
    registry = anyreg.open("memory:")
    top = registry.create(r"HKLM\SOFTWARE\Links")
    top.create(r"Tree\Inner\Leaf").values["Here"] = 1
    place = r"\Registry\Machine\SOFTWARE\Links"
    for name, target in (
        ("First", rf"{place}\Tree"),
        ("Second", rf"{place}\Tree"),
        (r"Tree\Inner\Up", place),
        (r"Tree\Inner\Nowhere", rf"{place}\Nothing"),
        ("One", rf"{place}\Two"),
        ("Two", rf"{place}\One"),
        ("Away", r"\Registry\Machine\SYSTEM\Select"),
    ):
        backend = registry._backend
        node, _ = make(backend, top.node, name, link=True)
        assign(backend, node, {"SymbolicLinkValue": anyreg.Link(target)})
    return registry.open(r"HKLM\SOFTWARE\Links")


def below(top: Key, **options: bool) -> list[str]:
    prefix = len(top.path) + 1
    return [step.key.path[prefix:] for step in top.walk(**options)]  # type: ignore[arg-type]


def test_links_are_not_followed(linked: Key) -> None:
    """They are keys that hold where they lead."""
    assert below(linked) == [
        "",
        "Away",
        "First",
        "One",
        "Second",
        "Tree",
        r"Tree\Inner",
        r"Tree\Inner\Leaf",
        r"Tree\Inner\Nowhere",
        r"Tree\Inner\Up",
        "Two",
    ]


@pytest.mark.parametrize("top_down", [True, False])
def test_links_are_followed_when_asked(linked: Key, top_down: bool) -> None:
    """Under their own names; the second way into a tree, and every way back, stay links."""
    found = below(linked, follow_links=True, top_down=top_down)
    assert found.count(r"First\Inner\Leaf") == 1
    assert found.count(r"Tree\Inner\Leaf") == 1
    assert "Second" in found
    assert not [path for path in found if path.startswith(("Second\\", "One\\", "Two\\"))]
    assert len(found) == 15
    steps = {step.key.path: step for step in linked.walk(follow_links=True)}
    away = steps[rf"{linked.path}\Away"]
    assert {value.name for value in away.values} >= {"Current", "Default"}


def test_what_was_found_through_a_link_is_opened_by_its_path(linked: Key) -> None:
    """The name of the link is a part of it."""
    registry = Registry(linked._backend)
    for step in linked.walk(follow_links=True):
        if not step.key.info().flags & KEY_LINK:
            assert registry.open(step.key.path).info()[1:3] == step.key.info()[1:3]


def test_a_link_tells_where_it_leads(linked: Key) -> None:
    """A key that is none leads nowhere else, and one that leads nowhere says so."""
    links = {key.name: key for key in linked.children()}
    target = links["Away"].link_target()
    assert target is not None
    assert (target.name, target.path) == ("Select", rf"{linked.path}\Away")
    assert links["Tree"].link_target() is None
    inner = {key.name: key for key in links["Tree"].open("Inner").children()}
    with pytest.raises(KeyNotFoundError, match="leads nowhere"):
        inner["Nowhere"].link_target()


def test_links_can_be_left_out_before_they_are_followed(linked: Key) -> None:
    """A top-down walk goes where its list says."""
    found = []
    for key, subkeys, _ in linked.walk(follow_links=True):
        found.append(key.path)
        subkeys[:] = [subkey for subkey in subkeys if "First" not in subkey.path]
    assert not [path for path in found if "First" in path]
