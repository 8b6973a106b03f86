"""What differs between two keys and all below them.

Keys and values are matched by name, as Windows compares names; where a damaged hive holds a name
twice, first with first and second with second.  Changes come in pre-order, the values of a key
before its subkeys, siblings sorted as Windows sorts names: so diff(b, a) is diff(a, b) with the
two sides swapped.  What is below a key that only one side has is told in full, key by key and
value by value: applied to a copy of the first key, the changes make the second of it.

The spelling of a name, and the order in which things are stored, are no differences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from anyreg.names import order_key
from anyreg.paths import join_path
from anyreg.values import Value

if TYPE_CHECKING:
    from anyreg.registry.key import Key

    Named = TypeVar("Named", Key, Value)

Kind = Literal["added", "removed", "changed"]


class KeyState(NamedTuple):
    """What a key holds of its own, besides values and subkeys.

    Attributes:
        class_name: Its class name, "" where it has none.
        last_written: FILETIME of its last change.
    """

    class_name: str
    last_written: int


class Change(NamedTuple):
    """One difference.

    Attributes:
        kind: "added" (the second side alone has it), "removed" (the first alone) or "changed".
        path: The key, from the compared keys on; "" is these themselves.
        name: The value's name; None where the key itself is meant.
        before: The value, or the key's own state, on the first side; None if it is not there.
        after: The same on the second side.
    """

    kind: Kind
    path: str
    name: str | None
    before: Value | KeyState | None
    after: Value | KeyState | None


def diff(before: Key, after: Key, *, times: bool = False) -> Iterator[Change]:
    """Every difference between two keys and all below them.

    Args:
        before: The first key.
        after: The second; it may be of another registry.
        times: Look at the times of last change too.

    Yields:
        The changes that make the second of the first.

    >>> for change in diff(old, new):  # doctest: +SKIP
    ...     print(change.kind, change.path, change.name)
    """
    stack: list[tuple[str, Key | None, Key | None]] = [("", before, after)]
    while stack:
        path, old, new = stack.pop()
        yield from _key_changes(path, old, new, times)
        yield from _value_changes(path, old, new)
        children = _matched(old.children() if old else [], new.children() if new else [])
        stack.extend(
            [(join_path(path, _name(ours, theirs)), ours, theirs) for ours, theirs in children]
        )


def _key_changes(path: str, old: Key | None, new: Key | None, times: bool) -> Iterator[Change]:
    before = None if old is None else KeyState(old.class_name, old.last_written)
    after = None if new is None else KeyState(new.class_name, new.last_written)
    if before is not None and after is not None:
        same_class = before.class_name == after.class_name
        if same_class and (not times or before.last_written == after.last_written):
            return
    yield Change(_kind(before, after), path, None, before, after)


def _value_changes(path: str, old: Key | None, new: Key | None) -> Iterator[Change]:
    before = old.records() if old else []
    after = new.records() if new else []
    if before == after:
        return
    for ours, theirs in reversed(_matched(before, after)):
        if ours and theirs and ours.type == theirs.type and ours.raw == theirs.raw:
            continue
        yield Change(_kind(ours, theirs), path, _name(ours, theirs), ours, theirs)


def _kind(before: object, after: object) -> Kind:
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def _name(ours: Named | None, theirs: Named | None) -> str:
    """The name that a pair goes by: the second side's spelling if there is one."""
    if theirs is not None:
        return theirs.name
    return "" if ours is None else ours.name


def _matched(
    ours: Sequence[Named], theirs: Sequence[Named]
) -> list[tuple[Named | None, Named | None]]:
    """Both sides in pairs of one name, sorted backwards, the way a stack wants them."""
    left = _placed(ours)
    right = _placed(theirs)
    places = sorted(left.keys() | right.keys(), reverse=True)
    return [(left.get(place), right.get(place)) for place in places]


def _placed(things: Sequence[Named]) -> dict[tuple[bytes, int], Named]:
    """Each thing under its name and how many of that name came before it."""
    placed: dict[tuple[bytes, int], Named] = {}
    seen: dict[bytes, int] = {}
    for thing in things:
        order = order_key(thing.name)
        ordinal = seen.get(order, 0)
        seen[order] = ordinal + 1
        placed[order, ordinal] = thing
    return placed
