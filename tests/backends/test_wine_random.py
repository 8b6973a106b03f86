"""Random changes of a prefix, beside a registry in memory: what is written, and read again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import anyreg
import share
from anyreg.backends.memory_registry import open_memory
from anyreg.backends.wine.prefix_files import FILES
from anyreg.errors import RegistryError
from anyreg.formats.wine.reader import parse_wine
from anyreg.formats.wine.sections import WineKeyState, new_section
from anyreg.registry.registry import Registry
from backends.wine_prefixes import make_prefix, opened
from live.prefix_steps import NAMES, edits

pytestmark = pytest.mark.posix("Wine")
TOPS = (r"HKCU\Top", r"HKLM\SOFTWARE\Top", r"HKLM\SYSTEM\Top", r"HKU\.DEFAULT\Top")
Told = dict[str, tuple[str, int, list[tuple[str, int, bytes]]]]
"""Class, time and values of keys by their paths; no time of those without a section."""


def told(registry: Registry, *, with_times: bool = True) -> Told:
    """All below the tops."""
    found: Told = {}
    for top in TOPS:
        stack = [registry.create(top)]
        while stack:
            key = stack.pop()
            values = [(value.name, value.type, value.raw) for value in key.records()]
            children = key.children()
            class_name = key.info().class_name
            is_told = with_times and bool(values or class_name or not children)
            time = key.last_written if is_told else 0
            found[key.path] = (class_name, time, sorted(values))
            stack += children
    return found


def change(registry: Registry, rnd: random.Random, seed: int) -> None:
    """A random change; one that is refused is refused in every registry."""
    top = rnd.choice(TOPS)
    ((what, path, name, kind, raw),) = edits(seed, 1)
    where = "\\".join([top, *path])
    new = rnd.choice(NAMES)
    if rnd.random() < 0.15:
        what = "rename"
    try:
        if what == "set":
            registry.create(where).values[name] = anyreg.Raw(kind, raw)
        elif what == "unset":
            registry.create(where).values.pop(name, None)
        elif what == "delete":
            registry.delete(where, recursive=True, missing_ok=True)
        elif what == "rename":
            registry.open("\\".join([top, *path[:-1]])).rename(path[-1], new)
        elif what == "class":
            backend = registry._backend
            above = [*top.split("\\"), *path[:-1], f"of {path[-1]}"]
            backend.release(backend.create(backend.root(), above, class_name=name)[0])
        else:
            registry.create(where)
    except RegistryError:
        pass


def check_files(prefix: Path) -> None:
    """Each file is, to the byte, what Wine's server would write of the same keys."""
    for name in FILES:
        data = (prefix / name).read_bytes()
        text = parse_wine(data)
        assert text.problems == []
        anew = [
            new_section(
                WineKeyState(
                    one.names, one.time, one.class_name, one.is_link, one.values()[::-1], False
                )
            )
            for one in text.sections
        ]
        assert [one.text() for one in anew] == [one.text() for one in text.sections]
        places = [one.place for one in text.sections]
        assert places == sorted(set(places))
        names = {tuple(map(str.upper, one.names)) for one in text.sections}
        for one in text.sections:
            own = one.values() or one.class_name or one.is_link
            below = [key for key in names if len(key) > len(one.names)]
            upper = tuple(map(str.upper, one.names))
            assert own or not any(key[: len(upper)] == upper for key in below)


FIRST = share.first(0)
FEW = 3
SEEDS = [
    *range(FIRST, FIRST + FEW),
    *[pytest.param(FIRST + FEW + n, marks=pytest.mark.long) for n in range(share.times(40))],
]


@pytest.mark.parametrize("seed", SEEDS)
def test_random_changes_are_written_as_wine_would(tmp_path: Path, seed: int) -> None:
    """In transactions, alone, and taken back; read again, all is as in a registry in memory."""
    rnd = random.Random(seed)
    prefix = make_prefix(tmp_path / "prefix")
    for name in FILES:  # without keys, as links are on one line there, which Wine breaks
        head = (prefix / name).read_bytes().split(b"\n\n")[:2]
        (prefix / name).write_bytes(b"\n\n".join(head) + b"\n")
    model = Registry(open_memory())
    with Registry(opened(prefix)) as registry:
        told(model)  # which makes the tops
        told(registry)
        for step in range(12):
            seeds = [rnd.randrange(1 << 30) for _ in range(rnd.choice([1, 1, 5, 30]))]
            is_kept = rnd.random() < 0.8
            for other in (model, registry):
                again = random.Random(seeds[0])
                if len(seeds) == 1 and is_kept:
                    change(other, again, seeds[0])
                    continue
                backend = other._backend
                backend.begin()
                for one in seeds:
                    change(other, again, one)
                if is_kept:
                    backend.commit(False)
                else:
                    backend.roll_back()
            now = told(registry)
            with Registry(opened(prefix)) as found:
                assert told(found) == now, step
            check_files(prefix)
            assert told(registry, with_times=False) == told(model, with_times=False)
    assert len(told(model)) > len(TOPS)
    model.close()
