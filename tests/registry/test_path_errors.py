"""Paths that can lead nowhere are errors, and no default hides them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import AddressError, KeyNotFoundError, NotSupportedError, Registry
from registry.disks import small_disk

Verb = Callable[[Registry, str], object]
READING: list[Verb] = [
    lambda registry, path: registry.read(path, "v", "default"),
    lambda registry, path: registry.read_many(path, ["v"], "default"),
    lambda registry, path: registry.open(path),
    lambda registry, path: registry.root.open(path),
    lambda registry, path: registry.root / path,
    lambda registry, path: registry.backup(path),
]
CHANGING: list[Verb] = [
    lambda registry, path: registry.create(path),
    lambda registry, path: registry.write(path, "v", 1),
    lambda registry, path: registry.delete(path, missing_ok=True, recursive=True),
    lambda registry, path: registry.root.rename(path, "x"),
]


@pytest.fixture(params=["own", "memory", "disk"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    """A registry of each kind."""
    if request.param == "memory":
        found = anyreg.open("memory:")
    elif request.param == "own":
        found = anyreg.open(f"{tmp_path / 'home'}/", "x")
    else:
        found = anyreg.open(small_disk(tmp_path / "disk"), "r+")
    with found:
        yield found


@pytest.mark.parametrize("verb", READING + CHANGING)
@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (r"HKEY_CURRENT_USR\X", "did you mean HKEY_CURRENT_USER"),
        ("HKEY_LOCALMACHINE", "did you mean HKEY_LOCAL_MACHINE"),
        (r"HKLN\X", "did you mean HKLM"),
        (r"Software\X", "expected one of HKEY_CLASSES_ROOT"),
        ("HKCU/X", r"did you mean HKCU\\X"),
        ("HKCU/X/Y", r"did you mean HKCU\\X\\Y"),
    ],
)
def test_a_root_that_does_not_exist(registry: Registry, verb: Verb, path: str, hint: str) -> None:
    """It is said what was meant, and nothing is made."""
    with pytest.raises(AddressError, match=hint):
        verb(registry, path)


def test_a_root_that_exists(registry: Registry) -> None:
    """What is missing below it is missing, with a default; a look at the names is no path."""
    assert registry.read(r"HKCU\None\X", "v", 1) == 1
    with pytest.raises(KeyNotFoundError):
        registry.open(r"HKCU\None\X")
    registry.delete(r"HKCU\None\X", missing_ok=True)
    assert "HKEY_CURRENT_USR" not in registry.root.subkeys
    assert registry.root.subkeys.get("HKEY_CURRENT_USR") is None
    assert registry.root.find_child("HKCU/X") is None


def test_a_root_that_a_registry_lacks_is_missing(tmp_path: Path) -> None:
    """A disk without SYSTEM has no HKEY_CURRENT_CONFIG."""
    disk = small_disk(tmp_path / "disk")
    for file in (disk / "Windows/System32/config").glob("SYSTEM*"):
        file.unlink()
    with anyreg.open(disk) as registry:
        assert registry.read(r"HKCC\Software", "v", 1) == 1
        with pytest.raises(KeyNotFoundError):
            registry.open("HKCC")


def test_slashes_below_a_root(registry: Registry) -> None:
    """Where what is before one is a key; else it is a character of a name."""
    registry.create(r"HKCU\Software\Vendor")
    with pytest.raises(AddressError, match=r"did you mean HKEY_CURRENT_USER\\Software\\Vendor"):
        registry.read(r"HKCU\Software/Vendor", "v", 1)
    assert registry.read(r"HKCR\MIME\Content Type\text/plain", "Extension", 1) == 1
    registry.create(r"HKCU\Software/Vendor").values["v"] = 2
    assert registry.read(r"HKCU\Software/Vendor", "v") == 2


def test_slashes_in_a_hive(tmp_path: Path) -> None:
    """A path without any backslash; a key of such a name is found."""
    with anyreg.open(tmp_path / "hive", "x") as hive:
        hive.create(r"Software\Vendor")
        hive.create("a/b")
        for path in ("Software/Vendor", "None/X", r"Software/Vendor\Product"):
            with pytest.raises(AddressError, match="backslashes"):
                hive.read(path, "v", 1)
        assert hive.open("a/b").path == "a/b"
        assert hive.read(r"Software\text/plain", "v", 1) == 1
        assert hive.read(r"None\X", "v", 1) == 1


def test_a_hive_has_no_roots(tmp_path: Path) -> None:
    """A path that begins with one is a mistake there, unless there is such a key."""
    with anyreg.open(tmp_path / "hive", "x") as hive:
        with pytest.raises(AddressError, match="no roots"):
            hive.read(r"HKCU\Software", "v", 1)
        hive.create(r"HKCU\Software")
        assert hive.read(r"HKCU\Software", "v", 1) == 1


@pytest.mark.parametrize("verb", CHANGING)
def test_memory_that_is_read_only(verb: Verb) -> None:
    """Mode "r" is never written, whatever the registry is."""
    with anyreg.open("memory:", "r") as registry:
        assert registry.read(r"HKLM\SYSTEM\Select", "Current") == 1
        with pytest.raises(NotSupportedError):
            verb(registry, r"HKCU\Software")
        with pytest.raises(NotSupportedError):
            registry.create(r"HKCU\Gone", volatile=True)
        with pytest.raises(NotSupportedError), registry.transaction():
            pass
    for mode in (None, "r+"):
        with anyreg.open("memory:", mode) as registry:
            registry.write(r"HKCU\Software", "v", 1)
