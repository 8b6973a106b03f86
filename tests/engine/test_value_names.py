"""Values of keys that have many: found, set and deleted by name as those of few, at a small cost.

A model says what a key holds: dicts of names, one for each level of the transaction.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from anyreg.engine.tree import Tree
from anyreg.engine.value_names import ValueNames
from anyreg.engine.writable import WritableHive
from anyreg.names import fold
from anyreg.values import Value
from crash.made import Made, UndoneError, child

NAMES = [f"Name {number}" for number in range(24)] + ["", "größe"]
START = 18  # more than are looked through one by one

Model = dict[str, tuple[str, bytes]]

steps = st.lists(
    st.tuples(
        st.sampled_from(["set", "set", "many", "remove", "undo", "commit", "other", "renew"]),
        st.integers(0, len(NAMES) - 1),
    ),
    max_size=12,
)


class UnderTest:
    """A hive in two hands, and what its key is to hold."""

    def __init__(self) -> None:
        made = Made()
        self.hive, self.other = made.hive(), made.hive()
        self.number = 0
        self.model: Model = {}
        with self.hive.transaction() as editor:
            self.fill(editor.create(editor.tree.root().cell, "K"), self.hive)

    def key(self, hive: WritableHive) -> int:
        return child(hive.reading, "K").cell

    def fill(self, cell: int, hive: WritableHive) -> None:
        self.model = {}
        for name in NAMES[:START]:
            self.put(cell, hive, name)

    def put(self, cell: int, hive: WritableHive, name: str) -> None:
        self.number += 1
        raw = b"%08d" % self.number
        hive.current.editing.set_value(cell, Value(name, 3, raw))
        spelling = self.model.get(fold(name), (name, b""))[0]
        self.model[fold(name)] = spelling, raw

    def step(self, verb: str, which: int, hive: WritableHive) -> None:
        """One change, in the transaction under way."""
        cell = self.key(hive)
        name = NAMES[which]
        if verb == "set":
            self.put(cell, hive, name.upper() if which % 2 else name)
        elif verb == "many":
            raw = b"%07d" % self.number
            rows = [Value(NAMES[(which + more) % len(NAMES)], 3, raw) for more in range(3)]
            hive.current.editing.set_values(cell, rows)
            for row in rows:
                kept = self.model.get(fold(row.name), (row.name, b""))[0]
                self.model[fold(row.name)] = kept, raw
        elif verb == "remove":
            assert hive.current.editing.remove_value(cell, name) == (fold(name) in self.model)
            self.model.pop(fold(name), None)
        elif verb == "renew":
            hive.current.editing.delete(cell, True)
            self.fill(hive.current.editing.create(hive.root_cell, "K"), hive)

    def expect(self, tree: Tree) -> None:
        """By name as in the list, and in their order; asked twice, since then it is remembered."""
        node = child(tree, "K")
        rows = [(fold(row.name), (row.name, row.raw)) for row in tree.records(node)]
        assert rows == list(self.model.items())
        for name in NAMES * 2:
            found = tree.value(node, name.lower())
            assert (found and (found.name, found.raw)) == self.model.get(fold(name)), name


@settings(deadline=None)
@given(st.lists(steps, max_size=6))
def test_names_are_those_of_the_moment(transactions: list[list[tuple[str, int]]]) -> None:
    """Through commits, undone parts, changes of others, and a new key in the cell of an old one."""
    all_ = UnderTest()
    for each in transactions:
        hive = all_.other if any(verb == "other" for verb, _ in each) else all_.hive
        hive.follow()
        with hive.transaction():
            part(all_, list(each), hive)
        all_.expect(hive.tree)
        all_.hive.follow()
        all_.expect(all_.hive.tree)


def part(all_: UnderTest, left: list[tuple[str, int]], hive: WritableHive) -> None:
    """Steps of one level; "undo" and "commit" begin one inside that ends so, with all of them."""
    while left:
        verb, which = left.pop(0)
        if verb == "commit":
            with hive.transaction():
                part(all_, left, hive)
        elif verb == "undo":
            before = dict(all_.model)
            try:
                with hive.transaction():
                    part(all_, left, hive)
                    raise UndoneError
            except UndoneError:
                all_.model = before
        else:
            all_.step(verb, which, hive)
        all_.expect(hive.reading)


def test_changes_of_many_commits_are_joined() -> None:
    """What is copied for a change stays small, and what others read is never changed."""
    names = ValueNames({"A": 8, "B": 16}, True)
    for number in range(2000):
        after = names.changing()
        after.add(f"N{number}", number)
        after.remove(f"N{number - 500}")
        assert names.cell(f"N{number}") == -1
        names = after
        assert len(names._laid) <= 300
    found = {f"N{number}": names.cell(f"N{number}") for number in range(2000)}
    assert found == {f"N{number}": number if number >= 1500 else -1 for number in range(2000)}
    assert (names.cell("A"), names.cell("B")) == (8, 16)
