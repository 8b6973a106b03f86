"""Random edits, told to a registry and to a model of it alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import anyreg
from agree.model import Node, Where, folded
from anyreg import Raw
from anyreg.security.sddl import parse_sddl

DEEPEST = 7
MOST_KEYS = 400
KEY_NAMES = (
    *("a", "B", "Software", "{00000000-0000-0000-C000-000000000046}", "with space", "x" * 255),
    *("Ä", "größe", "ÿ", "日本語", "Ключ", "naïve café", "\U0001f511 key", "dot.", "100%", "/"),
)
VALUE_NAMES = (
    *("", "(Default)", "Start", "ImagePath", "start menu", "v" * 300),
    *("Größe", "值", "\U0001f600", "Ÿ", "a\\b"),
)
CLASS_NAMES = ("", "Class", "クラス", "c" * 700)
SIZES = (0, 1, 2, 3, 4, 5, 8, 16, 100, 1000, 4000)
LARGE_SIZES = (16_343, 16_344, 16_345, 32_688, 32_689, 60_000, 130_000)
TEXT = "Ein kleiner Text, 中文, \U0001f600 "
TYPES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 0x20000001, 0xFFFFFFFF)


@dataclass(frozen=True)
class Taste:
    """What the edits draw from.

    Attributes:
        keys: Names of keys; a number is put behind some.
        values: Names of values; the same.
        data: Draws what to set.
        most: Keys beyond which hardly any are made.
    """

    keys: tuple[str, ...] = KEY_NAMES
    values: tuple[str, ...] = VALUE_NAMES
    data: Callable[[random.Random], Raw] | None = None
    most: int = MOST_KEYS


def any_data(rnd: random.Random) -> Raw:
    """A type of any number with bytes that seldom fit it.

    Large ones are no texts: libregf cuts those at a terminator in one form of storing them, and
    not in the other.
    """
    if rnd.random() < 0.3:
        return Raw(rnd.choice((1, 2)), (TEXT * rnd.randrange(9) + "\0").encode("utf-16-le"))
    if rnd.random() < 0.03:
        return Raw(rnd.choice((3, 7, 8)), rnd.randbytes(rnd.choice(LARGE_SIZES)))
    return Raw(rnd.choice(TYPES), rnd.randbytes(rnd.choice(SIZES)))


def descriptor(number: int) -> bytes:
    """One of many valid descriptors."""
    owner = f"S-1-5-21-1-2-3-{1000 + number}"
    return parse_sddl(f"O:{owner}G:SYD:" + f"(A;CI;KA;;;{owner})" * (1 + number % 3)).build()


class Edits:
    """Edits one registry and its model.

    Attributes:
        model: What the registry must hold.
        done: How many edits there were.
    """

    def __init__(self, rnd: random.Random, model: Node, taste: Taste) -> None:
        self.rnd = rnd
        self.model = model
        self.taste = taste
        self.done = 0
        self._verbs = (
            (24, self.create),
            (42, self.set),
            (8, self.set_again),
            (9, self.remove),
            (4, self.delete),
            (3, self.delete_tree),
            (5, self.rename),
            (2, self.copy),
            (2, self.set_class),
            (4, self.set_security),
        )

    def some(self, registry: anyreg.Registry, count: int) -> None:
        """So many random edits."""
        verbs = [verb for _, verb in self._verbs]
        weights = [weight for weight, _ in self._verbs]
        for verb in self.rnd.choices(verbs, weights, k=count):
            self.done += verb(registry)

    def transaction(self, registry: anyreg.Registry) -> None:
        """Some edits as one transaction, savepoints included, perhaps undone at the end."""
        rnd = self.rnd
        undo = rnd.random() < 0.15
        before = self.model.copied() if undo else None
        try:
            with registry.transaction(durable=rnd.random() < 0.1):
                self.some(registry, rnd.choice((1, 2, 5, 25)))
                if rnd.random() < 0.3:
                    self._savepoint(registry)
                if undo:
                    raise UndoError
        except UndoError:
            assert before is not None
            self.model = before

    def _savepoint(self, registry: anyreg.Registry) -> None:
        before = self.model.copied()
        try:
            with registry.transaction():
                self.some(registry, 6)
                if self.rnd.random() < 0.5:
                    raise UndoError
        except UndoError:
            self.model = before
        self.some(registry, 3)

    # Choosing

    def _any(self) -> tuple[Where, Node]:
        return self.rnd.choice(list(self.model.all()))

    def _below(self) -> tuple[Where, Node] | None:
        places = [(where, node) for where, node in self.model.all() if where]
        return self.rnd.choice(places) if places else None

    def _name(self, names: tuple[str, ...]) -> str:
        name = self.rnd.choice(names)
        if len(name) < 250 and name and self.rnd.random() < 0.5:
            name += f" {self.rnd.randrange(60)}"
        return name if self.rnd.random() < 0.9 else name.swapcase().replace("SS", "ß")

    def _data(self) -> Raw:
        return (self.taste.data or any_data)(self.rnd)

    # The edits: each tells whether it did anything

    def create(self, registry: anyreg.Registry) -> bool:
        where, node = self._any()
        name, class_name = self._name(self.taste.keys), self.rnd.choice(CLASS_NAMES)
        crowded = self.model_size() > self.taste.most and self.rnd.random() < 0.9
        if len(where) >= DEEPEST or crowded:
            return False
        key(registry, where).create(name, class_name=class_name)
        node.create(name, class_name)
        return True

    def model_size(self) -> int:
        """How many keys there are."""
        return sum(1 for _ in self.model.all())

    def set(self, registry: anyreg.Registry) -> bool:
        where, node = self._any()
        count = 1 if self.rnd.random() < 0.8 else self.rnd.randrange(2, 12)
        data = {self._name(self.taste.values): self._data() for _ in range(count)}
        if len({folded(name) for name in data}) < len(data):
            return False
        key(registry, where).values.update(data)
        for name, (kind, raw) in data.items():
            node.set(name, kind, raw)
        return True

    def set_again(self, registry: anyreg.Registry) -> bool:
        """A value that is there: other data, or the same."""
        where, node = self._any()
        if not node.values:
            return False
        name, kind, raw = self.rnd.choice(list(node.values.values()))
        data = Raw(kind, raw) if self.rnd.random() < 0.3 else self._data()
        key(registry, where).values[name.upper() if name.isascii() else name] = data
        node.set(name, *data)
        return True

    def remove(self, registry: anyreg.Registry) -> bool:
        where, node = self._any()
        if not node.values:
            return False
        name = self.rnd.choice(list(node.values.values()))[0]
        key(registry, where).delete_value(name)
        node.remove(name)
        return True

    def delete(self, registry: anyreg.Registry) -> bool:
        """A key without subkeys."""
        found = self._below()
        if found is None or found[1].children:
            return False
        (*above, _), node = found
        key(registry, tuple(above)).delete(node.name)
        self.model.at(tuple(above)).delete(node.name)
        return True

    def delete_tree(self, registry: anyreg.Registry) -> bool:
        found = self._below()
        if found is None or (sum(1 for _ in found[1].all()) > 20 and self.rnd.random() < 0.8):
            return False
        (*above, _), node = found
        key(registry, tuple(above)).delete(node.name, recursive=True)
        self.model.at(tuple(above)).delete(node.name)
        return True

    def rename(self, registry: anyreg.Registry) -> bool:
        found = self._below()
        if found is None:
            return False
        (*above, _), node = found
        parent, new = self.model.at(tuple(above)), self._name(self.taste.keys)
        if folded(new) in parent.children and folded(new) != folded(node.name):
            return False
        key(registry, tuple(above)).rename(node.name, new)
        parent.rename(node.name, new)
        return True

    def copy(self, registry: anyreg.Registry) -> bool:
        """A tree into any other key, the ones below it included."""
        (source, top), (target, node) = self._any(), self._any()
        many = self.model_size() + sum(1 for _ in top.all())
        if len(target) + top.height > DEEPEST or many > self.taste.most:
            return False
        key(registry, source).copy_to(key(registry, target))
        node.copy_from(top.copied())
        return True

    def set_class(self, registry: anyreg.Registry) -> bool:
        where, node = self._any()
        node.class_name = self.rnd.choice(CLASS_NAMES)
        node.written = None
        key(registry, where).class_name = node.class_name
        return True

    def set_security(self, registry: anyreg.Registry) -> bool:
        where, node = self._any()
        node.descriptor = descriptor(self.rnd.randrange(8))
        node.written = None
        key(registry, where).descriptor = node.descriptor
        return True


class UndoError(Exception):
    """Ends a transaction that is to be undone."""


def key(registry: anyreg.Registry, where: Where) -> anyreg.Key:
    """The key at a place."""
    found = registry.root
    for name in where:
        below = found.find_child(name)
        assert below is not None, (where, name)
        found = below
    return found
