"""A watched key as plain dicts: a snapshot by walking, and what batches make of it.

It is simpler than what it judges, and strict: a change that does not fit what is there is an error.
Of the package it takes nothing but the folding of names.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field

from agree.model import folded
from anyreg import Key
from anyreg.values import Value
from anyreg.watching.changes import KeyChange

COMPRESSED = 0x20  # a name in Latin-1: how it is stored
Path = tuple[str, ...]
Record = tuple[str, int, bytes]


@dataclass
class Entry:
    """A key: its name as it is spelled, and what it holds; values by folded name."""

    name: str
    class_name: str = ""
    descriptor: bytes = b""
    flags: int = 0
    values: dict[str, Record] = field(default_factory=dict)


def snapshot(top: Key) -> Mirror:
    """What a key holds, and all below it; links are not followed."""
    found: dict[Path, Entry] = {}
    todo = [(split(top.path), top)]
    while todo:
        path, key = todo.pop()
        backend, node = key._backend, key.node
        values = {folded(value.name): record(value) for value in backend.values(node)}
        flags = backend.info(node).flags & ~COMPRESSED
        entry = Entry(key.name, key.class_name, key.descriptor, flags, values)
        assert path not in found, path
        found[path] = entry
        todo += [((*path, folded(child.name)), child) for child in key.children()]
    return Mirror(found, split(top.path))


class Mirror:
    """Keys by their folded paths.

    Attributes:
        keys: The keys.
        top: The path of the watched one, which follows when it is renamed.
    """

    def __init__(self, keys: dict[Path, Entry], top: Path) -> None:
        self.keys = keys
        self.top = top

    def copied(self) -> Mirror:
        """Another one that holds the same."""
        return Mirror(deepcopy(self.keys), self.top)

    def apply(self, batch: Iterable[KeyChange]) -> None:
        """Do what a batch says, change by change."""
        for change in batch:
            getattr(self, change.kind.replace(" ", "_"))(change, split(change.path))

    def key_created(self, change: KeyChange, path: Path) -> None:
        assert path not in self.keys, f"there is {change.path} already"
        assert path == self.top or path[:-1] in self.keys, f"nothing holds {change.path}"
        assert isinstance(change.after, bytes)
        self.keys[path] = Entry(change.path.rpartition("\\")[2], descriptor=change.after)

    def key_deleted(self, change: KeyChange, path: Path) -> None:
        entry = self.keys.pop(path)
        assert not entry.values, f"{change.path} holds {list(entry.values)}"
        below = [other for other in self.keys if other[: len(path)] == path]
        assert not below, f"below {change.path} is {below[0]}"
        assert change.before == entry.descriptor

    def key_renamed(self, change: KeyChange, path: Path) -> None:
        assert isinstance(change.before, str)
        old = (*path[:-1], folded(change.before))
        assert self.keys[old].name == change.before
        assert old == path or path not in self.keys, f"there is {change.path} already"
        self.keys[old].name = change.path.rpartition("\\")[2]
        assert change.after == self.keys[old].name
        moved = {key: self.keys.pop(key) for key in list(self.keys) if key[: len(old)] == old}
        self.keys.update({path + key[len(old) :]: entry for key, entry in moved.items()})
        if old == self.top:
            self.top = path

    def value_set(self, change: KeyChange, path: Path) -> None:
        assert change.name is not None
        values = self.keys[path].values
        before = values.get(folded(change.name))
        assert before == (None if change.before is None else record(change.before)), change
        after = record(change.after)
        assert after != before, f"nothing has changed in {change.path} {change.name}"
        assert after[0] == change.name
        values[folded(change.name)] = after

    def value_deleted(self, change: KeyChange, path: Path) -> None:
        assert change.name is not None
        before = self.keys[path].values.pop(folded(change.name))
        assert record(change.before) == before

    def class_changed(self, change: KeyChange, path: Path) -> None:
        entry = self.keys[path]
        assert (entry.class_name, True) == (change.before, change.before != change.after)
        assert isinstance(change.after, str)
        entry.class_name = change.after

    def security_changed(self, change: KeyChange, path: Path) -> None:
        entry = self.keys[path]
        assert (entry.descriptor, True) == (change.before, change.before != change.after)
        assert isinstance(change.after, bytes)
        entry.descriptor = change.after

    def flags_changed(self, change: KeyChange, path: Path) -> None:
        entry = self.keys[path]
        assert (entry.flags, True) == (change.before, change.before != change.after)
        assert isinstance(change.after, int)
        entry.flags = change.after

    def expect(self, last: Mirror) -> None:
        """Key by key, all is as another snapshot has it."""
        missing, more = last.keys.keys() - self.keys.keys(), self.keys.keys() - last.keys.keys()
        assert (sorted(missing)[:5], sorted(more)[:5]) == ([], [])
        for path, entry in last.keys.items():
            assert (path, self.keys[path]) == (path, entry)


def split(path: str) -> Path:
    """The folded names of a path."""
    return tuple(folded(name) for name in path.split("\\")) if path else ()


def record(value: object) -> Record:
    """A value of the package as a tuple."""
    assert isinstance(value, Value)
    return value.name, value.type, value.raw
