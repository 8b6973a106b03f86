"""Paths of opened keys: as stored, through links by the way, and after renames."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import KeyExistsError, Registry
from anyreg.backends import ask
from anyreg.backends.trees import make

TOPS = ["", r"HKLM\SOFTWARE", r"HKCU\Software"]
SHOWN = ["", "HKEY_LOCAL_MACHINE\\SOFTWARE\\", "HKEY_CURRENT_USER\\Software\\"]


@pytest.fixture(params=range(3), ids=["hive", "machine", "user"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Registry, str]]:
    """A registry, and what paths of it begin with."""
    at: int = request.param
    target = tmp_path / "hive" if at == 0 else "memory:"
    with anyreg.open(target, "x" if at == 0 else None) as registry:
        top = registry.open(TOPS[at])
        top.create(r"One\Two\Three")
        yield registry, SHOWN[at]


def test_a_path_is_spelled_as_it_is_stored(place: tuple[Registry, str]) -> None:
    """However it was asked for."""
    registry, top = place
    assert registry.open((top + r"ONE\\two\THREE").lower()).path == top + r"One\Two\Three"
    assert registry.create(top + r"one\TWO\new").path == top + r"One\Two\new"


def test_a_renamed_key_changes_the_paths_below_it(place: tuple[Registry, str]) -> None:
    """Whether they have been told before or not, and however often it happens."""
    registry, top = place
    known, new = (registry.open(top + r"one\two\three") for _ in range(2))
    assert known.path == top + r"One\Two\Three"
    registry.root.rename(top + r"One\Two", "Second")
    for key in (known, new):
        assert key.path == top + r"One\Second\Three"
    registry.root.rename(top + "One", "First")
    registry.root.rename(top + r"First\Second\Three", "Third")
    for key in (known, new):
        assert key.path == top + r"First\Second\Third"
        assert key.name == "Third"
        assert key.parent is not None
        assert key.parent.path == top + r"First\Second"
        assert key.parent is key.parent


def test_another_key_of_the_old_name_is_not_taken_for_it(place: tuple[Registry, str]) -> None:
    """A path tells where the key is, not where one of its names leads now."""
    registry, top = place
    old = registry.open(top + r"One\Two\Three")
    registry.root.rename(top + r"One\Two", "Second")
    new = registry.create(top + r"One\Two\Three")
    assert old.path == top + r"One\Second\Three"
    assert new.path == top + r"One\Two\Three"


def test_a_rename_that_is_undone_leaves_no_trace(place: tuple[Registry, str]) -> None:
    """Inside the transaction the path is another one."""
    registry, top = place
    key = registry.open(top + r"One\Two\Three")
    with contextlib.suppress(KeyExistsError), registry.transaction():
        registry.root.rename(top + "One", "First")
        assert key.path == top + r"First\Two\Three"
        raise KeyExistsError("none of this shall be")
    assert key.path == top + r"One\Two\Three"


def test_a_deleted_key_keeps_the_path_that_it_had(place: tuple[Registry, str]) -> None:
    """So an error can name it."""
    registry, top = place
    key = registry.open(top + r"One\Two\Three")
    assert key.path == top + r"One\Two\Three"
    registry.root.delete(top + "One", recursive=True)
    assert key.path == top + r"One\Two\Three"


def test_a_path_goes_through_a_link(tmp_path: Path) -> None:
    """By the link's name; and what is renamed behind it shows its new name."""
    with anyreg.open("memory:") as registry:
        real = registry.create(r"HKLM\SOFTWARE\Real\Below\Key")
        top = registry.open(r"HKCU\Software")
        link, _ = make(top._backend, top.node, "Link", link=True)
        target = ask.nt_path(top._backend, registry.open(r"HKLM\SOFTWARE\Real").node)
        raw = target.encode("utf-16-le")
        top._backend.write(link, [anyreg.Value("SymbolicLinkValue", 6, raw)])
        key = registry.open(r"hkcu\software\LINK\below\KEY")
        assert key.path == r"HKEY_CURRENT_USER\Software\LINK\Below\Key"
        registry.root.rename(r"HKLM\SOFTWARE\Real\Below", "Under")
        assert key.path == r"HKEY_CURRENT_USER\Software\LINK\Under\Key"
        assert real.path == r"HKEY_LOCAL_MACHINE\SOFTWARE\Real\Under\Key"
