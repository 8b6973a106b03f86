"""A hive as a database: image, replay, tree, check."""

from __future__ import annotations

from anyreg.regf import COMPILED as COMPILED
