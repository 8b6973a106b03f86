"""Which part of a list has changed: as found by looking at every entry."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from anyreg.history.value_lists import changed_part

cells = st.lists(st.sampled_from([0, 1, 8, 0x0801, 0x01000000, 0x08010801, 24, 32]), max_size=12)


@given(cells, cells, cells, st.sets(st.sampled_from([8, 24, 0x0801]), max_size=3), st.booleans())
def test_what_stands_before_and_behind_is_the_same(
    start: list[int], old_end: list[int], new_end: list[int], rewritten: set[int], many: bool
) -> None:
    """And names no value that was rewritten; nothing could be left out besides."""
    old, new = start + old_end + start, start + new_end + start
    asked = rewritten | (set(range(100_000, 100_020)) if many else set())
    found = changed_part(packed(old), packed(new), asked)
    first, end, stop = (number // 4 for number in found)
    assert all(number % 4 == 0 for number in found)
    assert old[:first] == new[:first]
    assert old[end:] == new[stop:]
    assert not rewritten.intersection([*old[:first], *old[end:]])
    if first < min(end, stop):
        assert old[first] != new[first] or old[first] in rewritten
        assert old[end - 1] != new[stop - 1] or old[end - 1] in rewritten


def test_long_lists_are_compared_in_steps() -> None:
    """With a change in every place of a list longer than a step."""
    old = list(range(0, 8 * 2500, 8))
    for at in range(0, 2500, 97):
        new = old[:at] + old[at + 1 :]
        assert changed_part(packed(old), packed(new), ()) == (4 * at, 4 * at + 4, 4 * at)
        assert changed_part(packed(old), packed(old), {old[at]}) == (4 * at, 4 * at + 4, 4 * at + 4)
    assert changed_part(packed(old), packed(old), ()) == (10_000, 10_000, 10_000)


def packed(entries: list[int]) -> bytes:
    return struct.pack(f"<{len(entries)}I", *entries)
