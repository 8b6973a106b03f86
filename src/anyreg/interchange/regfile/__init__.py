r"""The .reg files of regedit: `syntax` knows the format, `writer` makes them.

for text in write(key, r"HKEY_LOCAL_MACHINE\SYSTEM"):
    file.write(VERSION_5.encode(text))
"""

from __future__ import annotations

from anyreg.interchange.regfile.syntax import VERSION_5, Dialect, default_prefix, regedit4
from anyreg.interchange.regfile.writer import write

__all__ = ["Dialect", "VERSION_5", "default_prefix", "regedit4", "write"]
