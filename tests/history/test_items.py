"""What a commit changed, as bytes and back."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis.strategies as st
import pytest
from hypothesis import given

from anyreg.errors import RegistryError
from anyreg.facts import Facts
from anyreg.history.items import (
    ChangedKey,
    HiveName,
    Hunk,
    Item,
    TreeKey,
    TreeTop,
)
from anyreg.history.packing import pack_item
from anyreg.history.unpacking import read_items
from anyreg.values import Value
from history.given import Given

texts = st.text(st.characters(), max_size=8)
u32 = st.integers(0, 2**32 - 1)
facts = st.builds(Facts, texts, st.binary(max_size=9), u32, st.integers(0, 2**64 - 1))
values = st.lists(st.builds(Value, texts, u32, st.binary(max_size=9)), max_size=3)
paths = st.lists(texts, max_size=3)
hunks = st.lists(st.builds(Hunk, u32, u32, values, values), max_size=2)
items: st.SearchStrategy[Item] = st.one_of(
    st.builds(ChangedKey, paths, paths, facts, facts, u32, u32, hunks),
    st.builds(TreeTop, st.booleans(), paths, paths),
    st.builds(TreeKey, u32, texts, facts, values),
    st.builds(HiveName, texts),
)


def read(data: bytes) -> Iterator[Item]:
    return read_items(Given(data))


@given(st.lists(items, max_size=4))
def test_items_come_back_as_they_went(some: list[Item]) -> None:
    """Packed again they are the same bytes."""
    data = b"".join(map(pack_item, some))
    assert b"".join(map(pack_item, read(data))) == data
    assert [type(item) for item in read(data)] == [type(item) for item in some]


@given(items)
def test_two_mirrors_change_nothing(item: Item) -> None:
    """And one of them swaps the sides."""
    assert pack_item(item.mirrored().mirrored()) == pack_item(item)
    if isinstance(item, TreeTop):
        assert pack_item(item.mirrored()) != pack_item(item)


def test_bytes_that_are_cut_short_are_told() -> None:
    """Or of a kind that nobody knows."""
    data = pack_item(HiveName("hive"))
    with pytest.raises(RegistryError, match="cut short"):
        list(read(data[:-1]))
    with pytest.raises(RegistryError, match="later version"):
        list(read(b"\x63" + data[1:]))
