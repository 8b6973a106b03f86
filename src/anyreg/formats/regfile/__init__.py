"""The .reg files of regedit: `syntax` knows the format, `writer` and `reader` go by it."""

from __future__ import annotations

from anyreg.formats.regfile.reader import check, parse
from anyreg.formats.regfile.syntax import VERSION_5, Dialect, default_prefix, regedit4

__all__ = ["VERSION_5", "Dialect", "check", "default_prefix", "parse", "regedit4"]
