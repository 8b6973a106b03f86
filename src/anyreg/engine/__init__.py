"""A hive as a database: image, replay, tree, check."""

from __future__ import annotations

from typing import Final

COMPILED: Final = not __file__.endswith(".py")
"""Whether this package runs as compiled code; `anyreg --version` says so."""
