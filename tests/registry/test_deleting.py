"""Deleting: keys, whole trees, and what belongs to the registry itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import anyreg
from anyreg import (
    AccessDeniedError,
    AddressError,
    HasSubkeysError,
    KeyNotFoundError,
    NotSupportedError,
    Registry,
)
from anyreg.backends.trees import assign, make

DEEPEST = 512
ROOTS = ["HKLM", "HKU", "HKCU", "HKCR", "HKCC", r"HKLM\SYSTEM", r"HKU\.DEFAULT", ""]


@pytest.fixture(params=["memory:", "hive", "own"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    """A registry of each kind; afterwards it must be sound."""
    targets = {"hive": str(tmp_path / "a.dat"), "own": f"{tmp_path}/own/"}
    target = targets.get(request.param, request.param)
    with anyreg.open(target, None if request.param == "memory:" else "x") as opened:
        yield opened
        assert opened.check() == []


@pytest.fixture(params=["memory:", "own"])
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    """A whole registry."""
    target, mode = ("memory:", None) if request.param == "memory:" else (f"{tmp_path}/own/", "x")
    with anyreg.open(target, mode) as opened:
        yield opened
        assert opened.check() == []


def place(registry: Registry) -> str:
    """Where keys can be made."""
    return r"HKLM\SOFTWARE" + "\\" if "HKLM" in registry.root.subkeys else ""


def counts(registry: Registry, path: str) -> tuple[int, int]:
    info = registry.open(path).info()
    return info.subkeys, info.values


def test_the_deepest_tree_goes_at_once(registry: Registry) -> None:
    """Without recursion, and as one transaction."""
    above = place(registry)
    levels = DEEPEST - len(registry.root.open(above)._backend.names(registry.open(above).node)) - 3
    key = registry.create(above + "Top")
    for _ in range(levels):
        key = key.create("d")
        key.values["x"] = 1
    with pytest.raises(HasSubkeysError):
        registry.delete(above + "Top")
    with suppress(ZeroDivisionError), registry.transaction():
        registry.delete(above + "Top", recursive=True)
        raise ZeroDivisionError
    assert sum(1 for _ in registry.open(above + "Top").walk()) == levels + 1
    registry.delete(above + "Top", recursive=True)
    assert "Top" not in registry.open(above).subkeys


def test_many_keys_go_at_once(registry: Registry) -> None:
    """Broad, with values; what stands beside them stays."""
    above = place(registry)
    with registry.transaction():
        for number in range(2000):
            registry.create(rf"{above}Top\{number % 7}\{number}").values["n"] = number
        registry.create(above + "Beside").values["x"] = 1
    registry.delete(above + "Top", recursive=True)
    assert registry.read(above + "Beside", "x") == 1
    assert not [name for name in registry.open(above).subkeys if name == "Top"]


def test_missing_is_an_error_unless_told(registry: Registry) -> None:
    """With the path of what is missing."""
    with pytest.raises(KeyNotFoundError) as caught:
        registry.delete(place(registry) + r"No\Such")
    assert caught.value.path.endswith(r"No\Such")
    registry.delete(place(registry) + r"No\Such", missing_ok=True, recursive=True, force=True)


def test_a_key_does_not_delete_itself(registry: Registry) -> None:
    """Its handle is what would be left."""
    key = registry.create(place(registry) + "Top")
    for force in (False, True):
        with pytest.raises(AddressError):
            key.delete("", recursive=True, force=force)
    assert "Top" in registry.open(place(registry)).subkeys


@pytest.mark.parametrize("path", ROOTS)
def test_what_belongs_to_the_registry_is_refused(whole: Registry, path: str) -> None:
    """Each root and each mount, whatever else is allowed."""
    before = sum(1 for _ in whole.root.walk())
    with pytest.raises(AccessDeniedError, match="force"):
        whole.delete(path, recursive=True, missing_ok=True)
    with pytest.raises(HasSubkeysError):
        whole.delete(path, force=True)
    assert sum(1 for _ in whole.root.walk()) == before


@pytest.mark.parametrize("path", [r"HKLM\SOFTWARE", "HKCU", r"HKU\.DEFAULT", "HKCR"])
def test_force_empties_and_keeps(whole: Registry, path: str) -> None:
    """The key itself is there, and can be filled again."""
    key = whole.open(path)
    key.values["x"] = 1
    whole.delete(path, recursive=True, force=True)
    assert counts(whole, path) == (0, 0)
    assert counts(whole, r"HKLM\SYSTEM\Select")[1] > 0
    key.create("New").values["x"] = 2
    assert whole.read(rf"{path}\New", "x") == 2


def test_force_empties_every_hive_below(whole: Registry) -> None:
    """Of HKEY_LOCAL_MACHINE each, and the others not at all; an error in the block undoes it."""
    with suppress(ZeroDivisionError), whole.transaction():
        whole.delete("HKLM", recursive=True, force=True)
        assert counts(whole, r"HKLM\SOFTWARE") == (0, 0)
        raise ZeroDivisionError
    assert counts(whole, r"HKLM\SOFTWARE") != (0, 0)
    whole.delete("HKLM", recursive=True, force=True)
    left = {"SAM": [], "SECURITY": [], "SOFTWARE": [], "SYSTEM": ["CurrentControlSet"]}
    hives = whole.open("HKLM").subkeys
    assert {name: list(hive.subkeys) for name, hive in hives.items()} == left  # and its own link
    assert {len(hive.values) for hive in hives.values()} == {0}
    assert counts(whole, r"HKCU\Software") != (0, 0)


def test_force_empties_a_hive(tmp_path: Path) -> None:
    """Its root key stays."""
    with anyreg.open(tmp_path / "a.dat", "x") as hive:
        hive.create(r"A\B").values["x"] = 1
        hive.root.values["y"] = 1
        with pytest.raises(AccessDeniedError):
            hive.delete("", recursive=True)
        hive.delete("", recursive=True, force=True)
        assert counts(hive, "") == (0, 0)
        assert hive.check() == []
    with anyreg.open(tmp_path / "a.dat") as hive, pytest.raises(NotSupportedError):
        hive.delete("", recursive=True, force=True)


def test_links_go_and_what_they_lead_to_stays(whole: Registry) -> None:
    """Also where they stand in a tree that goes."""
    target = whole.create(r"HKLM\SOFTWARE\Target\Below")
    backend = whole._backend
    link, _ = make(backend, whole.create(r"HKLM\SOFTWARE\Top\In").node, "Link", link=True)
    leads_to = anyreg.Link(r"\Registry\Machine\SOFTWARE\Target")
    assign(backend, link, {"SymbolicLinkValue": leads_to})
    assert "Below" in whole.open(r"HKLM\SOFTWARE\Top\In\Link").subkeys
    whole.delete(r"HKLM\SOFTWARE\Top", recursive=True)
    assert target.path.endswith("Below")
    assert "Below" in whole.open(r"HKLM\SOFTWARE\Target").subkeys
