"""Fuzzing that coverage guides: `python guided.py FOLDER_OF_SEEDS [options of libFuzzer]`.

It needs atheris and the plain package, and is no part of the suite.  Half of its mutants are
those of mutations.py, half libFuzzer's own; what it finds becomes a test of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

with atheris.instrument_imports(include=["anyreg"]):
    from fuzz.explore import alarm, explore

from fuzz.mutations import mutate
from hives import sealed


def one_input(data: bytes) -> None:
    """Explore what libFuzzer came up with."""
    if len(data) >= 512:
        with alarm(5):
            explore(sealed(data))


def mutator(data: bytes, max_size: int, seed: int) -> bytes:
    """A mutant of one that was worth keeping."""
    if seed % 2 or len(data) < 512:
        return bytes(atheris.Mutate(data, len(data)))
    return mutate(bytes(data), Random(seed))[:max_size]


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input, custom_mutator=mutator)
    atheris.Fuzz()
