"""The names that programs use of the formats stay where the reference has them."""

from __future__ import annotations

import importlib

import pytest

import anyreg
from anyreg.interchange.apply import apply
from anyreg.interchange.regfile import VERSION_5, parse, write

NAMES = {
    "apply": {"apply"},
    "changes": {"change_record", "read_changes", "side_record"},
    "instructions": {
        "DeleteKey",
        "DeleteValue",
        "DeleteValues",
        "ExactKey",
        "Instruction",
        "KEYS_AND_VALUES",
        "SelectKey",
        "SetKey",
        "SetMissing",
        "SetValue",
        "Wanted",
        "beyond_path",
        "left_out",
    },
    "regfile": {
        "DeleteKey",
        "DeleteValue",
        "Dialect",
        "Instruction",
        "RegFileError",
        "SetKey",
        "SetValue",
        "VERSION_5",
        "check",
        "default_prefix",
        "parse",
        "regedit4",
        "write",
    },
    "regfile.patch": {"write_patch"},
}


@pytest.mark.parametrize("module", NAMES)
def test_the_public_names_are_there(module: str) -> None:
    """Each module has all of its names, and lists no other."""
    found = importlib.import_module(f"anyreg.interchange.{module}")
    assert set(found.__all__) == NAMES[module]
    assert all(hasattr(found, name) for name in NAMES[module])


def test_what_they_write_they_read() -> None:
    """A key as a .reg file, put into another registry."""
    with anyreg.open("memory:") as first, anyreg.open("memory:") as second:
        first.write(r"HKCU\Software\Vendor", "Name", "text")
        pieces = write(first.open(r"HKCU\Software\Vendor"), "")
        apply(second, parse(VERSION_5.mark + b"".join(map(VERSION_5.encode, pieces))))
        assert second.read(r"HKCU\Software\Vendor", "Name") == "text"
