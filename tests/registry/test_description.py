"""What is printed of the objects of a registry says what they are, also when they are closed."""

from __future__ import annotations

from pathlib import Path

import anyreg
from registry.disks import SID, small_disk


def test_a_registry_says_where_it_is(tmp_path: Path) -> None:
    """And what; as its transactions and its journal do."""
    file = str(tmp_path / "a.dat")
    with anyreg.open(file, "x", journal=True) as hive:
        assert repr(hive) == f"<Registry {file!r} (hive)>"
        assert repr(hive.transaction()) == f"<Transaction of {file!r} (hive)>"
        assert repr(hive.transaction(durable=True)).startswith("<durable Transaction of")
        assert repr(hive.journal).startswith(f"<Journal of {file!r} (hive) in ")
    assert repr(hive) == "<Registry closed>"
    with anyreg.open("memory:") as scratch:
        assert repr(scratch) == "<Registry in memory>"
        assert repr(scratch.backup(r"HKCU\Environment")) == "<Backup of 'HKCU\\\\Environment'>"
        assert repr(scratch.backup(r"HKCU\None")).endswith(", which was not there>")
    own = f"{tmp_path / 'own'}"
    with anyreg.open(f"{own}/", "x") as registry:
        assert repr(registry) == f"<Registry {own!r} (own registry)>"
    disk = small_disk(tmp_path / "disk", {SID: "Ada"})
    with anyreg.open(disk) as registry:
        assert repr(registry) == f"<Registry {str(disk)!r} (Windows disk)>"


def test_what_is_closed_is_printed_too() -> None:
    """A debugger asks whenever it likes."""
    registry = anyreg.open("memory:")
    key = registry.open(r"HKCU\Environment")
    values, subkeys, path = key.values, key.subkeys, registry.environment().path
    assert repr(values).startswith("<Values {'Path'")
    assert repr(subkeys) == "<Subkeys []>"
    assert repr(path).startswith("<PathList Path ['%USERPROFILE%")
    registry.close()
    assert repr(values) == "<Values: the registry is closed>"
    assert repr(subkeys) == "<Subkeys: the registry is closed>"
    assert repr(path) == "<PathList Path: the registry is closed>"
    assert repr(key)
    key.close()
    assert repr(key) == "<Key closed>"
