"""What a file asks for."""

from __future__ import annotations

from anyreg.formats.instructions import (
    KEYS_AND_VALUES,
    DeleteKey,
    DeleteValue,
    DeleteValues,
    ExactKey,
    Instruction,
    SelectKey,
    SetKey,
    SetMissing,
    SetValue,
    Wanted,
    beyond_path,
    left_out,
)

__all__ = [
    "KEYS_AND_VALUES",
    "DeleteKey",
    "DeleteValue",
    "DeleteValues",
    "ExactKey",
    "Instruction",
    "SelectKey",
    "SetKey",
    "SetMissing",
    "SetValue",
    "Wanted",
    "beyond_path",
    "left_out",
]
