"""Composed hives hold what was put in, as other readers see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from anyreg.engine.check import check_hive
from anyreg.engine.compose import Composer
from anyreg.engine.hive import Hive
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.errors import RegistryError
from anyreg.regf.layout import LF, LH, LI, RI
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Value

TIME = 134_000_000_000_000_000


def composer(minor: int = 5) -> Composer:
    built = Composer(minor, TIME, default_descriptor())
    built.enter("ROOT", TIME)
    return built


def hive_of(built: Composer) -> Hive:
    built.leave()
    hive = Hive(MemoryStorage(built.finish()), "composed", [])
    assert check_hive(hive) == []
    return hive


def with_subkeys(minor: int, names: list[str]) -> Hive:
    built = composer(minor)
    for name in names:
        built.enter(name, TIME)
        built.leave()
    return hive_of(built)


@pytest.mark.parametrize(
    ("minor", "count", "signature"),
    [
        (2, 3, LI),
        (3, 506, LF),
        (3, 507, LI),
        (3, 1013, RI),
        (5, 1012, LH),
        (5, 1013, RI),
        (5, 20_000, RI),
    ],
)
def test_lists_are_of_the_kind_that_windows_makes(minor: int, count: int, signature: int) -> None:
    """The minor version and the number of subkeys choose the list."""
    hive = with_subkeys(minor, [f"Key {number}" for number in range(count)])
    root = hive.tree.root()
    assert len(hive.tree.children(root)) == count
    cell = int.from_bytes(root.data[root.at + 28 : root.at + 32], "little")
    assert hive.tree.subkey_list(cell).signature == signature
    assert hive.tree.child(root, f"key {count - 1}") is not None


@pytest.mark.parametrize("minor", [3, 5])
@pytest.mark.parametrize("size", [0, 1, 4, 5, 16344, 16345, 32688, 100_000])
def test_data_of_every_size_comes_back(minor: int, size: int) -> None:
    """Inline, in a cell, in segments, or in one large cell where there are no segments."""
    built = composer(minor)
    raw = bytes(number * 7 & 0xFF for number in range(size))
    built.value(Value("data", 3, raw))
    hive = hive_of(built)
    assert hive.tree.records(hive.tree.root()) == [Value("data", 3, raw)]


def test_equal_descriptors_share_a_record() -> None:
    """Each record counts the keys that use it."""
    built = composer()
    for number in range(4):
        built.enter(f"Key {number}", TIME, descriptor=b"other" * 5 if number % 2 else b"")
        built.leave()
    hive = hive_of(built)
    keys = hive.tree.children(hive.tree.root())
    assert [hive.tree.descriptor(key) for key in keys[:2]] == [default_descriptor(), b"other" * 5]


def test_two_subkeys_of_one_name_are_refused() -> None:
    """Names that differ in case alone are the same name."""
    built = composer()
    for name in ("Straße", "STRAßE"):
        built.enter(name, TIME)
        built.leave()
    with pytest.raises(RegistryError, match="two subkeys named"):
        built.leave()


def test_class_names_and_times_are_kept() -> None:
    """Also for names that need UTF-16."""
    built = composer()
    built.enter("日本", TIME + 1, "Küche")
    built.leave()
    hive = hive_of(built)
    (key,) = hive.tree.children(hive.tree.root())
    assert (key.name, key.last_written, hive.tree.class_name(key)) == ("日本", TIME + 1, "Küche")


names = st.text(
    st.characters(exclude_characters="\\", exclude_categories=()), min_size=1, max_size=20
)
values = st.builds(Value, names, st.integers(0, 0xFFFFFFFF), st.binary(max_size=40))


@given(st.dictionaries(names, st.lists(values, max_size=3), max_size=8), st.sampled_from([3, 5]))
def test_any_key_and_value_comes_back(tree: dict[str, list[Value]], minor: int) -> None:
    """Whatever its name, type and bytes."""
    built = composer(minor)
    expected: dict[str, list[Value]] = {}
    for name, records in tree.items():
        if name.upper() in (other.upper() for other in expected):
            continue
        expected[name] = list({value.name.upper(): value for value in records}.values())
        built.enter(name, TIME)
        for value in expected[name]:
            built.value(value)
        built.leave()
    built.leave()
    hive = Hive(MemoryStorage(built.finish()), "composed", [])
    keys = hive.tree.children(hive.tree.root())
    assert {key.name: hive.tree.records(key) for key in keys} == expected


def test_hivex_reads_the_same(tmp_path: Path) -> None:
    """A reader that is not ours sees the same keys, times and values."""
    oracles.need("hivex")
    built = composer()
    built.value(Value("", 1, b"x\0\0\0"))
    for number in range(1100):
        built.enter(f"Schlüssel {number:04}", TIME + number)
        built.value(Value("größe", 3, bytes(number % 300)))
        built.leave()
    built.leave()
    file = tmp_path / "composed"
    file.write_bytes(built.finish())
    seen = oracles.tree_with_hivex(file)
    assert len(seen) == 1101
    written, rows = seen["Schlüssel 0299",]
    assert (written, rows) == (TIME + 299, [("größe", 3, bytes(299))])
