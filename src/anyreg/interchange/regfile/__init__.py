r"""The .reg files of regedit: `syntax` knows the format, `writer` makes them, `reader` reads them.

for text in write(key, r"HKEY_LOCAL_MACHINE\SYSTEM"):
    file.write(VERSION_5.encode(text))

check(file)
for instruction in parse(file):
    match instruction:
        case SetKey(path): ...

Source: Microsoft's documentation of .reg files; see `syntax` and `reader`.
"""

from __future__ import annotations

from anyreg.errors import RegFileError
from anyreg.interchange.instructions import DeleteKey, DeleteValue, Instruction, SetKey, SetValue
from anyreg.interchange.regfile.reader import check, parse
from anyreg.interchange.regfile.syntax import VERSION_5, Dialect, default_prefix, regedit4
from anyreg.interchange.regfile.writer import write

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
