"""The same cases by `anyreg reg`, in this process, on a registry in memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import anyreg
from anyreg.cli.reg import run
from differential.regexe.cases import TOPS, Case, Seed
from differential.regexe.files import File, keys_of

Outcome = dict[str, Any]


def outcome(case: Case, folder: Path) -> Outcome:
    """What becomes of a case, in the form of the driver.

    Args:
        case: The case.
        folder: An empty one for its files.
    """
    for name, data in case.files.items():
        (folder / name).write_bytes(data)
    with anyreg.open("memory:") as registry, used(registry), chdir(folder):
        fill(registry, case.seed)
        done = [said(list(words)) for words in case.lines]
        kept: dict[str, list[list[object]]] = {}
        for top in TOPS:
            kept |= held(registry, top)
        assert registry.check() == []
    return {
        "status": [status for status, _ in done],
        "said": [text for _, text in done],
        "out": {name: digits(folder / name) for name in case.out},
        "held": kept,
    }


def imported(name: str, file: File, folder: Path) -> Outcome:
    """What becomes of a file by REG IMPORT: the status, and what the registry holds.

    Args:
        name: Its name, which its key has too.
        file: The file.
        folder: Where to put it.
    """
    place = folder / "in.reg"
    place.write_bytes(file.data)
    with anyreg.open("memory:") as registry, used(registry):
        fill(registry, file.seed(name))
        status, _ = said(["import", str(place)])
        kept: dict[str, list[list[object]]] = {}
        for path in keys_of(name):
            kept |= held(registry, path)
        assert registry.check() == []
    return {"status": status, "held": kept}


def fill(registry: anyreg.Registry, seed: Seed) -> None:
    """Make keys and set their values."""
    for path, rows in seed.items():
        key = registry.create(path)
        for name, kind, raw in rows:
            key.values.set(name, anyreg.Raw(kind, raw))


@contextmanager
def used(registry: anyreg.Registry) -> Iterator[None]:
    """A registry as the current one."""
    chosen = anyreg.use(registry)
    try:
        yield
    finally:
        anyreg.use(chosen.before)


def said(words: list[str]) -> tuple[int, str]:
    """Status and output of a line."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run(words)
    return status, out.getvalue()


def held(registry: anyreg.Registry, top: str) -> dict[str, list[list[object]]]:
    """All keys at and below a path, each with its values by name."""
    try:
        key = registry.open(top)
    except anyreg.KeyNotFoundError:
        return {}
    start = len(key.path)
    return {
        top + found.path[start:]: sorted(
            [value.name, int(value.type), value.raw.hex()] for value in values
        )
        for found, _, values in key.walk()
    }


def digits(file: Path) -> str | None:
    """A file in hex; None where it is not there."""
    return file.read_bytes().hex() if file.exists() else None
