"""Applying .reg files: what changes, in which order, and that it is all or nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given

from anyreg import Applied, Key, Registry
from anyreg.interchange.apply import apply
from anyreg.interchange.regfile import (
    VERSION_5,
    Instruction,
    RegFileError,
    SetKey,
    SetValue,
    parse,
    write,
)
from formats.hives import expected, new_registry, stored
from formats.models import Model, models, opened

ROOT = "HKEY_LOCAL_MACHINE\\X"
DEEP = "\\".join("x" * 513)


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A registry in memory, which must be sound at the end."""
    with new_registry() as made:
        yield made
        assert made.check() == []


def applied(registry: Registry, *lines: str, path: str = "") -> Applied:
    text = "\n".join(["REGEDIT4", "", *lines, ""])
    return apply(registry, parse(text.encode(), prefix=ROOT), path)


def outline(key: Key) -> dict[str, object]:
    """What a key holds, as plain data."""
    below = {child.name: outline(child) for child in key.children()}
    return {**dict(key.values), **below}


def test_keys_come_with_their_parents_and_values(registry: Registry) -> None:
    counts = applied(registry, rf"[{ROOT}\a\b]", '"x"="y"', "@=dword:7", rf"[{ROOT}\a\c]")
    assert outline(registry.root) == {"a": {"b": {"x": "y", "": 7}, "c": {}}}
    assert counts == Applied(keys_made=3, keys_deleted=0, values_set=2, values_deleted=0)


def test_what_is_there_stays(registry: Registry) -> None:
    registry.write("A", "Own", 1)
    registry.write("A", "Name", "old")
    counts = applied(registry, rf"[{ROOT}\a]", '"NAME"="new"')
    assert outline(registry.root) == {"A": {"Own": 1, "Name": "new"}}
    assert counts.keys_made == 0


def test_deletions(registry: Registry) -> None:
    registry.write(r"a\b", "x", 1)
    registry.write("a", "y", 1)
    counts = applied(
        registry, rf"[{ROOT}\a]", '"y"=-', '"none"=-', rf"[-{ROOT}\a\B]", rf"[-{ROOT}\none\x]"
    )
    assert outline(registry.root) == {"a": {}}
    assert counts == Applied(keys_made=0, keys_deleted=1, values_set=0, values_deleted=1)


def test_the_order_of_the_file_counts(registry: Registry) -> None:
    applied(registry, rf"[{ROOT}\a]", '"x"="1"', '"X"="2"', '"x"=-', '"x"="3"', '"y"="4"', '"y"=-')
    assert outline(registry.root) == {"a": {"x": "3"}}


def test_a_key_that_was_deleted_is_made_again(registry: Registry) -> None:
    applied(
        registry,
        rf"[{ROOT}\a\b]",
        '"x"="1"',
        rf"[-{ROOT}\a]",
        rf"[{ROOT}\a\b]",
        '"y"="2"',
    )
    assert outline(registry.root) == {"a": {"b": {"y": "2"}}}


def test_up_down_and_beside(registry: Registry) -> None:
    places = ["a\\b\\c", "a", "a\\b\\d", "", "A\\B", "e"]
    for number, place in enumerate(places):
        applied(registry, f"[{ROOT}\\{place}]", f'"{number}"="x"')
    apart = outline(registry.root)
    lines = [
        line for n, place in enumerate(places) for line in (f"[{ROOT}\\{place}]", f'"{n}"="x"')
    ]
    with new_registry() as other:
        applied(other, *lines)
        assert outline(other.root) == apart
    assert apart["e"] == {"5": "x"}


def test_paths_can_start_from_a_key(registry: Registry) -> None:
    registry.write(r"top\gone", "x", 1)
    applied(registry, f"[{ROOT}]", '"x"="y"', rf"[{ROOT}\a]", rf"[-{ROOT}\gone]", path="top\\in")
    applied(registry, rf"[-{ROOT}\gone]", path="top")
    assert outline(registry.root) == {"top": {"in": {"x": "y", "a": {}}}}


def test_deletions_make_no_keys(registry: Registry) -> None:
    applied(registry, rf"[-{ROOT}\a]", path="top")
    assert outline(registry.root) == {}


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([rf"[{ROOT}\b]", '"x"="y"', '"z"=nothing'], (5, 5)),
        ([rf"[{ROOT}\b]", '"x"="y"', "[HKEY_USERS\\x]"], (5, 2)),
        ([rf"[{ROOT}\b]", rf"[{ROOT}\{'x' * 257}]"], (4, 1)),
        ([rf"[{ROOT}\b]", '"x"="y"', f'"{"x" * 16384}"="y"', '"z"="y"'], (5, 1)),
        ([rf"[{ROOT}\{DEEP}]"], (3, 1)),
    ],
)
def test_a_bad_line_undoes_all(
    registry: Registry, lines: list[str], place: tuple[int, int]
) -> None:
    applied(registry, rf"[{ROOT}\a]", '"x"="y"')
    with pytest.raises(RegFileError) as caught:
        applied(registry, *lines)
    assert (caught.value.line, caught.value.column) == place
    assert outline(registry.root) == {"a": {"x": "y"}}


def test_inside_a_transaction_the_rest_of_it_stays(registry: Registry) -> None:
    with registry.transaction():
        registry.create("mine")
        with pytest.raises(RegFileError):
            applied(registry, rf"[{ROOT}\b]", "nonsense")
    assert outline(registry.root) == {"mine": {}}


def test_instructions_need_no_file(registry: Registry) -> None:
    instructions: list[Instruction] = [SetKey("a", 0), SetValue("x", 0x200000, b"\xff", 0)]
    assert apply(registry, instructions).values_set == 1
    assert registry.open("a").value("x").raw == b"\xff"


def test_many_values_of_one_key(registry: Registry) -> None:
    lines = [f'"{number}"=dword:{number:x}' for number in range(3000)]
    assert applied(registry, f"[{ROOT}]", *lines).values_set == 3000
    values = registry.root.records()
    assert [value.data for value in values] == list(range(3000))
    assert all(int(a.name) < int(b.name) for a, b in pairwise(values))


@given(models())
def test_what_was_written_is_stored_again(model: Model) -> None:
    data = VERSION_5.mark + b"".join([VERSION_5.encode(p) for p in write(opened(model).root, ROOT)])
    with new_registry() as registry:
        apply(registry, parse(data, prefix=ROOT))
        assert stored(registry.root) == expected(model)
        assert registry.check() == []


def test_a_file_may_have_more_names_than_are_remembered(registry: Registry) -> None:
    """Each is the same as with other letters, wherever in the file it comes again."""
    lines = [f'"Name {number}"=dword:1' for number in range(40_000)]
    again = [f'"NAME {number}"=dword:2' for number in range(0, 40_000, 1000)]
    counts = applied(registry, rf"[{ROOT}\Many]", *lines, *again)
    assert counts.values_set == 40_040
    values = registry.open("Many").records()
    assert [value.name for value in values] == [f"Name {number}" for number in range(40_000)]
    twos = [number for number, value in enumerate(values) if value.data == 2]
    assert twos == list(range(0, 40_000, 1000))


def wide_steps(rnd: random.Random, count: int) -> list[str]:
    """Lines about the subkeys of one key: new ones, old ones, deleted ones, and keys below them."""
    lines: list[str] = []
    for number in range(count):
        name = f"Key {rnd.randrange(2 * count):04}"
        kind = rnd.randrange(40)
        if kind == 0:
            lines.append(rf"[-{ROOT}\Wide\{name}]")
        elif kind == 1:
            lines += [rf"[{ROOT}\Beside\{name}]", rf"[{ROOT}\Wide\{name.upper()}\Below]"]
        else:
            lines += [rf"[{ROOT}\Wide\{name}]", f'"v"=dword:{number:08x}']
    return lines


@pytest.mark.parametrize("seed", range(2))
def test_many_keys_into_a_wide_key_are_as_one_by_one(seed: int, registry: Registry) -> None:
    """The names of a wide key are put together once; keys that come and go meanwhile count."""
    rnd = random.Random(seed)
    lines = wide_steps(rnd, 900) + wide_steps(rnd, 900)
    with new_registry() as model:
        for made in (registry, model):
            with made.transaction():
                for number in range(0, 600, 2):
                    made.write(rf"Wide\Key {number:04}", "old", number)
        with model.transaction():
            where = ""
            for line in lines:
                where = line if line.startswith("[") else where
                applied(model, where, *([line] if line != where else []))
        applied(registry, *lines)
        assert outline(registry.root) == outline(model.root)
        assert registry.open("Wide").info().subkeys > 600


@pytest.mark.long
def test_more_than_is_collected_into_a_key_that_has_many(registry: Registry) -> None:
    """Keys and values are made now and then meanwhile; none is lost, and none comes twice."""
    numbers = range(140_000)
    with registry.transaction():
        wide = registry.create("Wide")
        for number in numbers[::28]:
            wide.create(f"Key {number}").values["old"] = number

    def steps() -> Iterator[Instruction]:
        for number in numbers:
            yield SetKey(rf"Wide\KEY {number}", 0)
            yield SetValue("new", 4, number.to_bytes(4, "little"), 0)

    assert apply(registry, steps()) == Applied(135_000, 0, 140_000, 0)  # 270,000 items are new
    found = {
        key.name: [(value.name, value.data) for value in values]
        for key, _, values in registry.open("Wide").walk()
    }
    assert found.pop("Wide") == []
    for number in numbers:
        if number % 28:
            assert found.pop(f"KEY {number}") == [("new", number)]
        else:
            assert found.pop(f"Key {number}") == [("old", number), ("new", number)]
    assert found == {}
