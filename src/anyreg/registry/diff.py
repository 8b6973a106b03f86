"""What differs between two keys and all below them.

Keys and values are matched by name, as Windows compares names; where a damaged hive holds a name
twice, first with first and second with second.  Changes come in pre-order, the values of a key
before its subkeys, siblings sorted as Windows sorts names: so diff(b, a) is diff(a, b) with the
two sides swapped.  What is below a key that only one side has is reported in full, key by key and
value by value: applied to a copy of the first key (anyreg.patch), the changes make the second.

A symbolic link and a key of its name are two different things: the one is reported as removed, all
below it too, and then the other as added.  A link that a registry itself makes is neither: what
stands behind it is compared, if that is not of the tree anyway (see Key.below).

Security descriptors are looked at only if asked for, since copies of one tree seldom have the same.
No differences are: the spelling of a name, the order in which things are stored, and whether a key
is volatile, which says how long it stays and not what it holds; of an added key it is reported, as
that is made with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from anyreg.formats.rows import Change, KeyState, Kind
from anyreg.names import order_key
from anyreg.paths import is_plain, join_path
from anyreg.regf.layout import KEY_LINK
from anyreg.registry.rows import state_of
from anyreg.values import Value

if TYPE_CHECKING:
    from anyreg.registry.key import Key

    Named = TypeVar("Named", Key, Value)


class Pair(NamedTuple):
    """A key of one side and that of the other, either of which may be missing.

    Attributes:
        path: Their path, from the compared keys on.
        old: The first side's.
        new: The second side's.
        is_odd: See Change.
    """

    path: str
    old: Key | None
    new: Key | None
    is_odd: bool = False


def diff(
    before: Key, after: Key, *, times: bool = False, security: bool = False
) -> Iterator[Change]:
    """Every difference between two keys and all below them.

    Args:
        before: The first key.
        after: The second; it may be of another registry.
        times: Look at the times of last change too.
        security: Look at security descriptors too.

    Yields:
        The changes that make the second of the first.

    Examples:
        >>> for change in diff(old, new):  # doctest: +SKIP
        ...     print(change.kind, change.path, change.name)
    """
    yield from between([Pair("", before, after)], (before, after), times, security)


def between(
    pairs: Iterable[Pair],
    tops: tuple[Key, Key],
    times: bool = False,
    security: bool = False,
) -> Iterator[Change]:
    """The differences of several pairs of keys, one pair after the other; see diff().

    Args:
        pairs: The pairs, all of them in two trees.
        tops: Where these begin.
        times: See diff().
        security: See diff().
    """
    stack = list(pairs)
    stack.reverse()
    while stack:
        pair = stack.pop()
        path, old, new, is_odd = pair
        ours, theirs = _looked(old, tops[0]), _looked(new, tops[1])
        if times or not (old and new and _looks_same(old, new, security)):
            before, after = state_of(old, security), state_of(new, security)
            if before and after and before.is_link != after.is_link and path:
                stack.append(pair._replace(old=None))
                stack.append(pair._replace(new=None))
                continue
            if not _is_same(before, after, times):
                yield Change(_kind(before, after), path, None, before, after, is_odd)
        yield from _value_changes(pair, ours[1], theirs[1])
        stack.extend(reversed(_below(pair, ours[0], theirs[0])))


def _looks_same(old: Key, new: Key, security: bool) -> bool:
    """Whether there is nothing to tell of two keys, their times apart."""
    before = old._backend.info(old.node)
    after = new._backend.info(new.node)
    if before.class_name != after.class_name or (before.flags ^ after.flags) & KEY_LINK:
        return False
    return not security or old.descriptor == new.descriptor


def _is_same(before: KeyState | None, after: KeyState | None, times: bool) -> bool:
    return (
        before is not None
        and after is not None
        and before.class_name == after.class_name
        and before.descriptor == after.descriptor
        and before.is_link == after.is_link
        and not (times and before.last_written != after.last_written)
    )


def _looked(key: Key | None, top: Key) -> tuple[list[Key], list[Value]]:
    return ([], []) if key is None else key.look(top)


def _value_changes(pair: Pair, before: list[Value], after: list[Value]) -> Iterator[Change]:
    path, _, _, is_odd = pair
    if before == after:
        return
    for name, (old, new), is_double in matched(before, after):
        if old and new and old.type == new.type and old.raw == new.raw:
            continue
        yield Change(_kind(old, new), path, name, old, new, is_odd or is_double)


def _below(pair: Pair, ours: list[Key], theirs: list[Key]) -> list[Pair]:
    """The pairs of subkeys of a pair."""
    path, _, _, is_odd = pair
    return [
        Pair(join_path(path, name), old, new, is_odd or is_double or not is_plain(name))
        for name, (old, new), is_double in matched(ours, theirs)
    ]


def _kind(before: object, after: object) -> Kind:
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def matched(*sides: Sequence[Named]) -> list[tuple[str, tuple[Named | None, ...], bool]]:
    """What sides have under one name, sorted as Windows sorts names.

    Returns:
        The last side's spelling of the name, what each side has, None where it has nothing, and
        whether one has the name more than once.
    """
    if not any(sides):
        return []  # as of most keys
    doubles: set[bytes] = set()
    placed = [_placed(side, doubles) for side in sides]
    rows = []
    for place in sorted(set().union(*placed)):
        found = tuple([side.get(place) for side in placed])
        name = ""
        for thing in found:
            if thing is not None:
                name = thing.name
        rows.append((name, found, place[0] in doubles))
    return rows


def _placed(things: Sequence[Named], doubles: set[bytes]) -> dict[tuple[bytes, int], Named]:
    """Each thing under its name and how many of that name came before it."""
    placed: dict[tuple[bytes, int], Named] = {}
    seen: dict[bytes, int] = {}
    for thing in things:
        order = order_key(thing.name)
        ordinal = seen.get(order, 0)
        seen[order] = ordinal + 1
        placed[order, ordinal] = thing
        if ordinal:
            doubles.add(order)
    return placed
