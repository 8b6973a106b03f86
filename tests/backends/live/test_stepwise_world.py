"""What worlds that change step by step have in common: how values become others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anyreg.backends.live.stepwise_world import value_steps
from anyreg.names import fold
from anyreg.values import Value

NAMES = st.sampled_from(["", "a", "A", "b", "c", "d"])
LISTS = st.lists(
    st.builds(Value, NAMES, st.integers(1, 2), st.binary(max_size=1)),
    max_size=5,
    unique_by=lambda value: fold(value.name),
)


def set_in(values: list[Value], new: Value) -> None:
    """As a key does it: a value keeps its place and its spelling, a new one is the last."""
    for at, old in enumerate(values):
        if fold(old.name) == fold(new.name):
            values[at] = Value(old.name, new.type, new.raw)
            return
    values.append(new)


@given(LISTS, LISTS)
def test_values_become_others_in_their_order(before: list[Value], after: list[Value]) -> None:
    """Step by step, with no name set that is not wanted in between."""
    found = list(before)
    for step in value_steps(list(before), after):
        if isinstance(step, str):
            [old] = [value for value in found if value.name == step]
            found.remove(old)
        else:
            set_in(found, step)
    assert found == after


@given(LISTS)
def test_what_is_right_is_not_touched(values: list[Value]) -> None:
    """There is nothing to be done then; and of a value behind the others only that is set."""
    assert list(value_steps(values, values)) == []
    assert list(value_steps(values[:-1], values)) == values[-1:]
