"""A tree of keys that follows a watch: names, classes and values, in plain dicts."""

from __future__ import annotations

from collections.abc import Iterable

from anyreg import Key
from anyreg.names import fold
from anyreg.values import Value
from anyreg.watching.changes import KeyChange

State = dict[str, tuple[str, str, dict[str, Value]]]
"""By folded path: the name, the class, and the values by folded name."""


class Replica:
    """What a watched key held at first, and what the batches have made of it since."""

    def __init__(self, top: Key) -> None:
        self.keys = state_of(top)

    def apply(self, changes: Iterable[KeyChange]) -> None:
        """Do what they say, one by one."""
        for change in changes:
            path = fold(change.path)
            name = change.path.rpartition("\\")[2]
            if change.kind == "key created":
                assert path not in self.keys, change
                self.keys[path] = (name, "", {})
            elif change.kind == "key deleted":
                below = [other for other in self.keys if other.startswith(path + "\\")]
                assert (below, self.keys.pop(path)[2]) == ([], {}), change
            elif change.kind == "key renamed":
                self._rename(path, name, str(change.before))
            elif change.kind == "class changed":
                kept = self.keys[path]
                assert kept[1] == change.before, change
                self.keys[path] = (kept[0], str(change.after), kept[2])
            elif change.name is not None:
                self._value(self.keys[path][2], change)

    def _rename(self, path: str, name: str, old: str) -> None:
        before = "\\".join([*path.split("\\")[:-1], fold(old)])
        for other in [key for key in self.keys if key == before or key.startswith(before + "\\")]:
            kept = self.keys.pop(other)
            here = name if other == before else kept[0]
            self.keys[path + other[len(before) :]] = (here, kept[1], kept[2])

    def _value(self, values: dict[str, Value], change: KeyChange) -> None:
        assert change.name is not None
        assert values.get(fold(change.name)) == change.before, change
        if change.kind == "value deleted":
            del values[fold(change.name)]
        else:
            assert isinstance(change.after, Value)
            values[fold(change.name)] = change.after


def state_of(top: Key) -> State:
    """A key and all below it, by paths as a watch shows them."""
    found: State = {}
    stack = [top]
    while stack:
        key = stack.pop()
        values = {fold(value.name): value for value in key.records()}
        name = key.path.rpartition("\\")[2]
        found[fold(key.path)] = (name, key.class_name, values)
        stack += key.children()
    return found
