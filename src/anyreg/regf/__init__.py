"""The hive file format: bytes in, records out, bytes back.  No files, no state."""

from __future__ import annotations

from typing import Final

COMPILED: Final = not __file__.endswith(".py")
"""Whether this package runs as compiled code; `anyreg --version` says so."""
