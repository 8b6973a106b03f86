"""Small hives that claim to be huge: reading them takes time and memory of their own size."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import wraps

import pytest

from anyreg import Registry
from anyreg.problems import MOST
from anyreg.regf.logs import build_entry
from fuzz.explore import alarm, peak_of, registry_of, registry_size
from hives import (
    NK_SECURITY,
    NK_VALUE_LIST,
    NK_VALUES,
    NONE,
    VK_DATA,
    VK_SIZE,
    Maker,
    base_block,
    family,
)

pytestmark = pytest.mark.fuzz
SECONDS = 5.0


def in_time(test: Callable[[], None]) -> Callable[[], None]:
    """Every bomb is defused in seconds, where it would take minutes to go off."""

    @wraps(test)
    def bounded() -> None:
        with alarm(SECONDS):
            test()

    return bounded


def over(maker: Maker) -> Registry:
    return registry_of(maker.build())


def lists(maker: Maker, keys: list[int]) -> int:
    """An index over lists of 1,000 keys."""
    return maker.index(
        *(maker.leaf(b"li", *keys[at : at + 1000]) for at in range(0, len(keys), 1000))
    )


@in_time
def test_one_value_named_very_often() -> None:
    """A list of 300,000 times the same value is one value."""
    maker = Maker()
    root = maker.key("root")
    maker.give_values(root, *[maker.value("v")] * 300_000)
    registry = over(maker)
    assert len(registry.root.records()) == 1
    assert registry.problems


@in_time
def test_one_subkey_named_very_often() -> None:
    """And so is a list of the same key."""
    maker = Maker()
    root = maker.key("root")
    key = maker.key("k", root)
    maker.give_values(key, *(maker.value(f"v{number}") for number in range(100)))
    maker.give_list(root, maker.leaf(b"li", *[key] * 60_000), 60_000)
    registry = over(maker)
    assert len(registry.root.children()) == 1
    assert registry.check()


@in_time
def test_keys_that_share_a_list_of_keys() -> None:
    """1,500 keys that all claim each other."""
    maker = Maker()
    root = maker.key("root")
    keys = [maker.key(f"k{number:05}", root) for number in range(1500)]
    listed = lists(maker, keys)
    for key in (root, *keys):
        maker.give_list(key, listed, len(keys))
    registry = over(maker)
    assert sum(1 for _ in registry.root.walk()) == 1501
    assert registry.check()


@in_time
def test_keys_that_share_a_list_of_values() -> None:
    """1,000 keys with the same 3,000 values."""
    maker = Maker()
    root = maker.key("root")
    listed = maker.give_values(root, *(maker.value("v") for _ in range(3000)))
    for key in maker.give_keys(root, *(f"k{number}" for number in range(1000))):
        maker.put(key, NK_VALUES, 3000)
        maker.put(key, NK_VALUE_LIST, listed)
    assert over(maker).check()


@in_time
def test_keys_that_all_name_another_parent() -> None:
    """Which has as many subkeys itself."""
    maker = Maker()
    root = maker.key("root")
    here, there = maker.give_keys(root, "here", "there")
    for key in (here, there):
        keys = [maker.key(f"{key}-{number:05}", there) for number in range(8000)]
        maker.give_list(key, lists(maker, keys), len(keys))
    assert len(over(maker).open("here").children()) == 8000


@in_time
def test_values_that_share_their_data() -> None:
    """3,000 values of a claimed gigabyte each, in 400 KB."""
    maker = Maker()
    root = maker.key("root")
    segment = maker.cell(b"x" * 16344)
    listed = maker.cell(struct.pack("<65535I", *[segment] * 65_535))
    record = maker.cell(struct.pack("<2sHI", b"db", 65_535, listed))
    values = [maker.value(f"v{number}") for number in range(3000)]
    for value in values:
        maker.put(value, VK_SIZE, 1_071_104_040)
        maker.put(value, VK_DATA, record)
    maker.give_values(root, *values)
    registry = over(maker)
    assert peak_of(registry.root.records) < 20 << 20
    assert peak_of(registry.check) < 20 << 20


@in_time
def test_a_log_that_claims_two_gigabytes() -> None:
    """One page at their end: what neither file nor log holds is not there."""
    end = 0x7FFFE000
    log = base_block(4096, numbers=(2, 2), kind=6, size=512)
    log += build_entry(512, 2, 0, end, [(end - 4096, bytes(4096))])
    registry = registry_of(family()[0].build(numbers=(3, 2)), {"LOG1": log})
    assert registry_size(registry) <= 8192
    assert peak_of(registry.check) < 20 << 20


@in_time
def test_a_very_deep_tree() -> None:
    """20,000 levels: no recursion, and no long paths for each of them."""
    maker = Maker()
    key = maker.key("root")
    for _ in range(20_000):
        (key,) = maker.give_keys(key, "k")
    registry = over(maker)
    assert sum(1 for _ in registry.root.walk()) == 20_001
    assert sum(1 for _ in registry.root.glob("**\\k")) == 20_000


@in_time
def test_a_deep_tree_of_long_names_with_problems() -> None:
    """Each problem names its key, and the paths together stay small."""
    maker = Maker()
    key = maker.key("root")
    for _ in range(3000):
        maker.put(key, NK_SECURITY, NONE)
        (key,) = maker.give_keys(key, "k" * 250)
    registry = over(maker)
    assert peak_of(registry.check) < 100 << 20


@in_time
def test_lists_that_overlap() -> None:
    """20,000 lists in the room of one, for each of 30 keys."""
    maker = Maker()
    entry = struct.pack("<iI", -0x40000, 0x1000696C)
    root = maker.key("root")
    first = maker.cell(bytes(4) + entry * 40_000) + 8
    index = maker.index(*range(first, first + 160_000, 8))
    for key in maker.give_keys(root, *(f"k{number}" for number in range(30))):
        maker.give_list(key, index, 100)
    assert sum(1 for _ in over(maker).root.walk()) == 31


@in_time
def test_hundreds_of_thousands_of_problems() -> None:
    """They are counted, not kept."""
    maker = Maker()
    root = maker.key("root")
    maker.give_values(root, *(maker.cell(b"bad!") for _ in range(100_000)))
    registry = over(maker)
    assert registry.root.records() == []
    assert len(registry.problems) == MOST + 1  # the last one says that there are more


@in_time
def test_all_values_of_a_large_key() -> None:
    """5,000 values by name, without a search through all for each."""
    maker = Maker()
    root = maker.key("root")
    maker.give_values(root, *(maker.value(f"v{number}") for number in range(5000)))
    assert len(dict(over(maker).root.values)) == 5000
