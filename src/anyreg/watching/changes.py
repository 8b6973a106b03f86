"""The changes of a watched key, out of what a step of a hive has changed.

Of one transaction the keys that have gone come first, what stood deepest before what stood above;
then the renamed keys, from above; then the keys that have come, with their values; then what has
changed in keys that stay.  Applied in this order to the state before, they give the state after:
all of it but times, and the order of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import uuid4

from anyreg.backends.places import Place
from anyreg.facts import Facts
from anyreg.history.items import ChangedKey, Item, TreeKey, TreeTop
from anyreg.names import fold
from anyreg.regf.layout import KEY_MOUNT_POINT, KEY_VOLATILE
from anyreg.times import to_datetime
from anyreg.values import Value

ChangeKind = Literal[
    "key created",
    "key deleted",
    "key renamed",
    "value set",
    "value deleted",
    "class changed",
    "security changed",
    "flags changed",
]

KINDS: Final[tuple[ChangeKind, ...]] = (
    "key created",
    "key deleted",
    "key renamed",
    "value set",
    "value deleted",
    "class changed",
    "security changed",
    "flags changed",
)


class KeyChange(NamedTuple):
    r"""One change of a watched key, or of one below it.

    Attributes:
        kind: What has happened.
        path: The key; of a renamed key its new path, of a deleted one where it was.
        name: The value's name, "" for the default value; None where the key itself is meant.
        before: The Value before, None if there was none; the name, the class name, the security
            descriptor (bytes) or the flags of the key before; of a deleted key its descriptor.
        after: The same after; of a created key its descriptor.
        when: The time of the key's last change, UTC; None of a deleted key, and where the number
            is no time.
    """

    kind: ChangeKind
    path: str
    name: str | None = None
    before: Value | str | bytes | int | None = None
    after: Value | str | bytes | int | None = None
    when: datetime | None = None


class Reporter:
    """Gives the changes of one watched key out of the items of one step.

    Attributes:
        gone: Values and keys that have gone, what stood deepest first.
        renamed: Keys that have another name.
        come: Keys that have come, and what they hold.
        changed: What has changed in keys that stay.
        shown: The path of the watched key, for people; the new one if it was renamed.
        arrived: Whether another key was renamed so that it is the watched one now.
    """

    def __init__(self, place: Place, subtree: bool, shown: str) -> None:
        """Begin.

        Args:
            place: Where the items come from; its names follow when the watched key is renamed.
            subtree: Whether keys below it count, and not the names of its subkeys alone.
            shown: The path of the watched key, for people.
        """
        self._place = place
        self._subtree = subtree
        self._shown_before = shown
        self.shown = shown
        self._names = place.names  # of the watched key before
        self.gone: list[KeyChange] = []
        self.renamed: list[KeyChange] = []
        self.come: list[KeyChange] = []
        self.changed: list[KeyChange] = []
        self.arrived = False

    def read(self, items: Iterable[Item]) -> None:
        """Sort the changes that the items of a step are."""
        given = list(items)
        self._follow([one for one in given if isinstance(one, ChangedKey) and one.is_renamed])
        names: list[str] = []
        top = 0
        is_gone = False
        tree: list[tuple[list[str], TreeKey]] = []
        for item in given:
            if isinstance(item, TreeKey):
                del names[top + item.depth :]
                names.append(item.name)
                tree.append((list(names), item))
                continue
            self._tree(tree, is_gone)
            tree = []
            if isinstance(item, TreeTop):
                is_gone = item.is_gone
                names = list(item.parent_before if is_gone else item.parent_after)
                top = len(names)
            elif isinstance(item, ChangedKey):
                self._key(item)
        self._tree(tree, is_gone)

    # Trees that have gone or come

    def _tree(self, tree: list[tuple[list[str], TreeKey]], is_gone: bool) -> None:
        if not is_gone and self.arrived:
            return  # it is reported whole
        for names, key in reversed(tree) if is_gone else tree:
            below = self._below(names, self._names if is_gone else self._place.names)
            if below is None or (len(below) > 1 and not self._subtree) or self._is_place(key.facts):
                continue
            values = key.values if self._subtree or not below else []
            if is_gone:
                path = _joined(self._shown_before, below)
                self.gone += [_unset(path, value) for value in values]
                descriptor = key.facts.descriptor
                self.gone.append(KeyChange("key deleted", path, None, descriptor, None))
            else:
                self._come(_joined(self.shown, below), key.facts, values)

    def _come(self, path: str, facts: Facts, values: list[Value]) -> None:
        come = self.come
        when = to_datetime(facts.last_written)
        come.append(KeyChange("key created", path, None, None, facts.descriptor, when))
        if facts.class_name:
            come.append(KeyChange("class changed", path, None, "", facts.class_name, when))
        if facts.flags:
            come.append(KeyChange("flags changed", path, None, 0, facts.flags, when))
        come += [_set(path, None, value, when) for value in values]

    # Keys that stay

    def _key(self, item: ChangedKey) -> None:
        below = self._below(item.path_after, self._place.names)
        if below is None or self.arrived or self._is_place(item.after):
            return
        path = _joined(self.shown, below)
        when = to_datetime(item.after.last_written)
        if item.is_renamed and (self._subtree or len(below) <= 1):
            names = item.path_before[-1], item.path_after[-1]
            self.renamed.append(KeyChange("key renamed", path, None, *names, when))
        if below and not self._subtree:
            return
        self._facts(path, item.before, item.after, when)
        before = {fold(value.name): value for hunk in item.hunks for value in hunk.before}
        after = {fold(value.name): value for hunk in item.hunks for value in hunk.after}
        self.changed += [_unset(path, value) for name, value in before.items() if name not in after]
        for name, value in after.items():
            old = before.get(name)
            if old is None or (old.name, old.type, old.raw) != (value.name, value.type, value.raw):
                self.changed.append(_set(path, old, value, when))

    def _facts(self, path: str, before: Facts, after: Facts, when: datetime | None) -> None:
        changed = self.changed
        if before.class_name != after.class_name:
            names = before.class_name, after.class_name
            changed.append(KeyChange("class changed", path, None, *names, when))
        if before.descriptor != after.descriptor:
            both = before.descriptor, after.descriptor
            changed.append(KeyChange("security changed", path, None, *both, when))
        if before.flags != after.flags:
            changed.append(KeyChange("flags changed", path, None, before.flags, after.flags, when))

    # Renames of the watched key, and of those above it

    def _follow(self, renamed: list[ChangedKey]) -> None:
        """Go along with the watched key, from above; or see that another one has come there."""
        others: list[ChangedKey] = []
        for item in sorted(renamed, key=_depth):
            rest = _rest(self._names, item.path_before)
            if rest is None:
                others.append(item)
                continue
            self._place.names = [*item.path_after, *rest]
            parts = self.shown.split("\\")
            at = len(parts) - 1 - len(rest)
            if at >= 0 and fold(parts[at]) == fold(item.path_before[-1]):
                parts[at] = item.path_after[-1]
                self.shown = "\\".join(parts)
        names = self._place.names
        self.arrived = any(_rest(names, item.path_after) is not None for item in others)

    # Where they are

    def _is_place(self, facts: Facts) -> bool:
        """Whether a key only holds the place of others, or of a hive that is loaded there."""
        flags = facts.flags
        return self._place.only_volatile and (
            not flags & KEY_VOLATILE or flags & KEY_MOUNT_POINT != 0
        )

    def _below(self, names: list[str], base: list[str]) -> list[str] | None:
        """The names that lead from the watched key to another; None if it is not below."""
        rest = _rest(names, base)
        return None if rest is None else [*self._place.above, *rest]


def in_order(reporters: list[Reporter]) -> list[KeyChange]:
    """The changes of one transaction, as they can be done one after the other."""
    gone = [change for one in reporters for change in one.gone]
    renamed = [change for one in reporters for change in one.renamed]
    come = [change for one in reporters for change in one.come]
    if len(reporters) > 1:  # what one hive holds can stand below what another one does
        gone.sort(key=_level, reverse=True)
        come.sort(key=_level)
    return [*gone, *_one_by_one(renamed), *come, *(c for one in reporters for c in one.changed)]


def _one_by_one(renamed: list[KeyChange]) -> list[KeyChange]:
    """Renames from above, and such that no key takes a name which another one still has."""
    parents: dict[str, dict[str, KeyChange]] = {}
    for change in sorted(renamed, key=_level):
        siblings = parents.setdefault(fold(change.path.rpartition("\\")[0]), {})
        siblings[fold(str(change.before))] = change
    return [change for siblings in parents.values() for change in _of_siblings(siblings)]


def _of_siblings(waiting: dict[str, KeyChange]) -> Iterator[KeyChange]:
    """Renames of keys of one parent, by their folded names before, in order.

    Keys that have exchanged their names need one more: which one it was nobody knows.
    """
    while waiting:
        name, change = waiting.popitem()
        chain = [change]
        while (after := fold(str(chain[-1].after))) in waiting:
            chain.append(waiting.pop(after))
        if after != name or len(chain) == 1:
            yield from reversed(chain)
            continue
        spare = f"~{uuid4()}"
        path = "\\".join([*change.path.split("\\")[:-1], spare])
        yield change._replace(path=path, after=spare)
        yield from reversed(chain[1:])
        yield change._replace(before=spare)


def _level(change: KeyChange) -> int:
    return change.path.count("\\")


def _depth(item: ChangedKey) -> int:
    return len(item.path_before)


def _joined(path: str, below: list[str]) -> str:
    return "\\".join([path, *below] if path else below)


def _rest(names: list[str], base: list[str]) -> list[str] | None:
    """What follows in names behind others; None if they do not begin so."""
    if len(names) < len(base):
        return None
    for one, other in zip(names, base, strict=False):
        if one != other and fold(one) != fold(other):
            return None
    return names[len(base) :]


def _set(path: str, before: Value | None, after: Value, when: datetime | None) -> KeyChange:
    return KeyChange("value set", path, after.name, before, after, when)


def _unset(path: str, value: Value) -> KeyChange:
    return KeyChange("value deleted", path, value.name, value, None)
