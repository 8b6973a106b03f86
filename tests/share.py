"""How much of the long tests runs: all of it, or a share that is another one for each seed.

ANYREG_SHARE  a fraction, 1 by default
ANYREG_SEED   any text; a landing check gives the commit, so that all is met over time

A test that is long for its many examples asks here how many to take; of a test with many parameters
conftest.py takes some by itself.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

SHARE = float(os.environ.get("ANYREG_SHARE", "1"))
SEED = os.environ.get("ANYREG_SEED", "")
WHOLE = SHARE >= 1


def times(count: int) -> int:
    """How many of so many rounds to do; at least one."""
    return count if WHOLE else max(1, round(count * SHARE))


def some(examples: Sequence[T], what: str = "") -> list[T]:
    """A share of the examples in their order; at least one.

    Args:
        examples: All there are.
        what: What they are for, so that not all tests take the same places of their lists.
    """
    if WHOLE:
        return list(examples)
    chosen = random.Random(f"{SEED} {what}").sample(range(len(examples)), times(len(examples)))
    return [examples[at] for at in sorted(chosen)]


def stride() -> tuple[int, int]:
    """Where to begin, and how far to go each time, with examples that are numbered from 0 on."""
    step = 1 if WHOLE else max(1, round(1 / SHARE))
    return random.Random(SEED).randrange(step), step


def first(number: int) -> int:
    """Where numbered examples begin that have no end: at this number, or at one of this seed."""
    return number if WHOLE else number + random.Random(f"{SEED} {number}").randrange(900_000)
