"""The registry's corner of pywin32, off Windows: win32api, win32security, win32con, pywintypes.

A finder behind all others offers these modules, so a pywin32 that is there is found first, and who
imports none pays nothing.  They hold what is for registry keys and their permissions; any other
name raises an AttributeError that says so.  Arguments, results and errors are those of pywin32 312,
as a genuine one on Wine gives them; names of accounts come from the registry that is spoken to.
"""

from __future__ import annotations

from anyreg.pywin32.finder import FINDER, NAMES

__all__ = ["FINDER", "NAMES"]
