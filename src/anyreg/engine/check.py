"""check(): every structural problem of a hive, changing nothing."""

from __future__ import annotations

from anyreg.engine.hive import Hive
from anyreg.engine.problems import Problem


def check_hive(hive: Hive) -> list[Problem]:
    """Every problem of a hive."""
    return list(hive.problems)
