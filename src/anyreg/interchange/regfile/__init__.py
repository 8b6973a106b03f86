r"""The .reg files of regedit, written from a key and read as instructions.

for text in write(key, r"HKEY_LOCAL_MACHINE\SYSTEM"):
    file.write(VERSION_5.encode(text))

check(file)
for instruction in parse(file):
    match instruction:
        case SetKey(path): ...
"""

from __future__ import annotations

from anyreg.errors import RegFileError
from anyreg.formats.instructions import DeleteKey, DeleteValue, Instruction, SetKey, SetValue
from anyreg.formats.regfile import VERSION_5, Dialect, check, default_prefix, parse, regedit4
from anyreg.registry.exporting import write_reg as write

__all__ = [
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
]
