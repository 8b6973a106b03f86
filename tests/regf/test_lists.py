"""Lists of cell offsets as bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import CorruptHiveError
from anyreg.names import lf_hint, lh_hash
from anyreg.regf.layout import LF, LH, LI, NK, RI
from anyreg.regf.lists import (
    build_array,
    build_entry,
    build_index,
    build_leaf,
    build_list,
    entries_between,
    entry_at,
    entry_size,
    leaf_parts,
    list_size,
    with_leaves,
    without_hints,
)
from hives import simple_hash

OFFSETS = st.lists(st.integers(0, 0xFFFFFFFF), max_size=50)


def test_an_lh_leaf_holds_hashes() -> None:
    """Offset and hash of each name."""
    leaf = build_leaf(LH, [("ab", 32), ("C", 64)])
    assert leaf == struct.pack("<2sH4I", b"lh", 2, 32, simple_hash("ab"), 64, simple_hash("C"))


def test_an_lf_leaf_holds_the_first_letters() -> None:
    """Four of them in their own case; zeros if one does not fit a byte."""
    leaf = build_leaf(LF, [("abcde", 32), ("Ωmega", 64), ("x", 96)])
    expected = struct.pack("<I4sI4sI4s", 32, b"abcd", 64, bytes(4), 96, b"x\0\0\0")
    assert leaf == b"lf\3\0" + expected


def test_an_li_leaf_holds_offsets_alone() -> None:
    """Four bytes for each key."""
    assert build_leaf(LI, [("a", 32), ("b", 64)]) == struct.pack("<2sH2I", b"li", 2, 32, 64)


def test_an_index_holds_leaves() -> None:
    """The offsets of the lists below it."""
    assert build_index([32, 64]) == struct.pack("<2sH2I", b"ri", 2, 32, 64)


@pytest.mark.parametrize(("signature", "size"), [(LH, 8), (LF, 8), (LI, 4), (RI, 4), (NK, 0)])
def test_the_size_of_an_entry_depends_on_the_list(signature: int, size: int) -> None:
    """What is no list has no entries."""
    assert entry_size(signature) == size


@given(OFFSETS)
def test_any_array_comes_back(offsets: list[int]) -> None:
    """A plain array is nothing but its numbers."""
    assert list(struct.unpack(f"<{len(offsets)}I", build_array(offsets))) == offsets
    assert build_index(offsets)[4:] == build_array(offsets)


def extra(signature: int, name: str) -> bytes:
    """What stands behind an offset."""
    if signature == LH:
        return struct.pack("<I", lh_hash(name))
    return lf_hint(name) if signature == LF else b""


@given(st.sampled_from([LH, LF, LI]), st.lists(st.tuples(st.text(max_size=9), st.integers(0, 99))))
def test_any_leaf_comes_back(signature: int, keys: list[tuple[str, int]]) -> None:
    """Count, offsets and what goes with them stand in order."""
    leaf = build_leaf(signature, keys)
    step = entry_size(signature)
    assert struct.unpack_from("<HH", leaf) == (signature, len(keys))
    entries = [leaf[at : at + step] for at in range(4, len(leaf), step)]
    assert [struct.unpack_from("<I", entry)[0] for entry in entries] == [at for _, at in keys]
    assert [entry[4:] for entry in entries] == [extra(signature, name) for name, _ in keys]


@given(
    st.sampled_from([LH, LF, LI]),
    st.lists(st.tuples(st.text(max_size=9), st.integers(0, 99)), max_size=20),
    st.integers(0, 20),
)
def test_a_leaf_put_together_is_the_leaf(
    signature: int, keys: list[tuple[str, int]], cut: int
) -> None:
    """Of single entries, and of stretches of the entries of another."""
    leaf = build_leaf(signature, keys)
    entries = b"".join([build_entry(signature, cell, name) for name, cell in keys])
    assert build_list(signature, len(keys), entries) == leaf
    assert len(leaf) == list_size(signature, len(keys))
    cut = min(cut, len(keys))
    assert entries_between(leaf, 0, cut) + entries_between(leaf, cut, len(keys)) == entries


@given(st.lists(st.integers(0, 99), min_size=1, max_size=9), OFFSETS, st.integers(0, 8), OFFSETS)
def test_leaves_come_in_the_place_of_one(
    leaves: list[int], made: list[int], number: int, room: list[int]
) -> None:
    """Any number of them; the room behind the entries is left out."""
    number %= len(leaves)
    expected = leaves[:number] + made + leaves[number + 1 :]
    assert with_leaves(build_index(leaves) + build_array(room), number, made) == build_index(
        expected
    )


@given(st.lists(st.tuples(st.text(max_size=9), st.integers(0, 99)), max_size=20))
def test_a_leaf_without_its_hints_is_the_simple_one(keys: list[tuple[str, int]]) -> None:
    """An lf that grows too long becomes an li."""
    assert without_hints(build_leaf(LF, keys)) == build_leaf(LI, keys)


@pytest.mark.parametrize(
    ("count", "parts"),
    [(0, [(0, 0)]), (1012, [(0, 1012)]), (1013, [(0, 506), (506, 1012), (1012, 1013)])],
)
def test_too_many_keys_for_a_leaf_make_several(count: int, parts: list[tuple[int, int]]) -> None:
    """Each half full."""
    assert leaf_parts(count) == parts


def test_an_entry_that_a_list_has_not_is_an_error() -> None:
    """Lists of damaged hives count more than they hold."""
    leaf = build_leaf(LI, [("a", 32), ("b", 64)])
    assert [entry_at(leaf, index, 4) for index in (0, 1)] == [32, 64]
    for index in (-1, 2):
        with pytest.raises(CorruptHiveError, match="has not"):
            entry_at(leaf, index, 4)
