"""Changes as a .reg file."""

from __future__ import annotations

from anyreg.formats.regfile.patch import write_patch

__all__ = ["write_patch"]
