"""Three-way merging: what two sides made of one base, put together.

Every key (that it is there, its class name, its descriptor) and every value is looked at by itself,
in three states: base, ours, theirs.

    ours and theirs are the same      that is the result
    only theirs differs from base     theirs
    only ours differs from base       ours
    all three differ                  a conflict

A key that one side has deleted is looked at as a whole, with all below it: if the other side left
all of it as it was, it goes; if not, that is one conflict, of the tree.  So no change is lost in a
deletion, and nothing comes back that a side has deleted and the other has not touched.  The same
holds where one side has a symbolic link and the other a key.  What both sides have made
independently is merged like what was there before, with nothing as its base.

The result is reported as changes to ours.  A conflict leaves ours as it is there, unless a side is
preferred; everything else is merged either way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from anyreg.errors import NotSupportedError
from anyreg.formats.rows import Change, KeyState
from anyreg.paths import is_plain, join_path
from anyreg.registry.diff import Pair, between, matched
from anyreg.registry.rows import state_of
from anyreg.values import Value

if TYPE_CHECKING:
    from anyreg.registry.key import Key

T = TypeVar("T")
Prefer = Literal["ours", "theirs"]
Side = Value | KeyState | None


class Conflict(NamedTuple):
    """Something that both sides have changed, each in another way.

    Attributes:
        path: The key, from the merged keys on; "" is these themselves.
        name: The value's name; None where the key is meant.
        base: The value, or the key's own state, at first; None if it was not there.
        ours: The same as ours has it.
        theirs: The same as theirs has it.
        is_tree: Whether it is about the key with all below it: one side has deleted it, or has
            made a link of it or a key of a link, and the other has changed something in it.
    """

    path: str
    name: str | None
    base: Side
    ours: Side
    theirs: Side
    is_tree: bool = False


class Merged(NamedTuple):
    """The result of a merge.

    Attributes:
        changes: What makes the merged state of ours; see anyreg.patch.
        conflicts: What could not be merged.  Where a side was preferred, `changes` settle it.
    """

    changes: list[Change]
    conflicts: list[Conflict]


def merge(
    base: Key,
    ours: Key,
    theirs: Key,
    *,
    prefer: Prefer | None = None,
    security: bool = False,
) -> Merged:
    """Put together what two sides made of one base; nothing is changed by that.

    Args:
        base: What both sides started from.
        ours: The side that the changes are for.
        theirs: The other side.
        prefer: The side that settles conflicts.
        security: Look at security descriptors too.

    Returns:
        The changes for ours, and the conflicts.

    Raises:
        ValueError: `prefer` is none of "ours", "theirs" and None.
        NotSupportedError: Of the two keys that are merged one is a symbolic link.

    Examples:
        >>> merged = merge(base, ours, theirs)  # doctest: +SKIP
        >>> if not merged.conflicts:  # doctest: +SKIP
        ...     patch(ours, merged.changes)
    """
    if prefer not in (None, "ours", "theirs"):
        raise ValueError(f'prefer is "ours", "theirs" or None, not {prefer!r}')
    if _is_link(ours) != _is_link(theirs):
        raise NotSupportedError("a key and a symbolic link cannot be merged", path=ours.path)
    work = _Merge(_Tops(base, ours, theirs), prefer == "theirs", security)
    return Merged(list(work.run()), work.conflicts)


def _is_link(key: Key) -> bool:
    state = state_of(key, False)
    return state is not None and state.is_link


class _Tops(NamedTuple):
    """The keys where the three trees begin."""

    base: Key
    ours: Key
    theirs: Key


class _Place(NamedTuple):
    """The keys of one path, None where a side has none."""

    path: str
    base: Key | None
    ours: Key | None
    theirs: Key | None
    is_odd: bool = False

    def change(self, name: str | None, before: Side, after: Side, is_odd: bool = False) -> Change:
        kind: Literal["added", "removed", "changed"]
        kind = "added" if before is None else "removed" if after is None else "changed"
        return Change(kind, self.path, name, before, after, self.is_odd or is_odd)

    def pair(self, old: Key | None, new: Key | None) -> Pair:
        return Pair(self.path, old, new, self.is_odd)


class _Merge:
    def __init__(self, tops: _Tops, prefers_theirs: bool, security: bool) -> None:
        self._tops = tops
        self._prefers_theirs = prefers_theirs
        self._security = security
        self.conflicts: list[Conflict] = []

    def run(self) -> Iterator[Change]:
        stack = [_Place("", *self._tops)]
        while stack:
            place = stack.pop()
            if place.ours is None and place.theirs is None:
                continue
            if self._is_tree(place):
                yield from self._tree(place)
                continue
            if place.base and self._is_tree(place._replace(theirs=place.base)):
                place = place._replace(base=None)  # both have put another thing there
            yield from self._state(place)
            yield from self._values(place)
            stack.extend(reversed(_below(place, self._tops)))

    # Keys as wholes

    def _is_tree(self, place: _Place) -> bool:
        """Whether the sides do not both have such a key."""
        ours, theirs = self._state_of(place.ours), self._state_of(place.theirs)
        if ours is None or theirs is None:
            return True
        return ours.is_link != theirs.is_link

    def _tree(self, place: _Place) -> Iterator[Change]:
        base, ours, theirs = place.base, place.ours, place.theirs
        tops = self._tops
        if not self._differ(place.pair(base, theirs), (tops.base, tops.theirs)):
            return
        if self._differ(place.pair(base, ours), (tops.base, tops.ours)):
            first, mine, other = [self._state_of(key) for key in (base, ours, theirs)]
            self.conflicts.append(Conflict(place.path, None, first, mine, other, is_tree=True))
            if not self._prefers_theirs:
                return
        pair = place.pair(ours, theirs)
        yield from between([pair], (tops.ours, tops.theirs), security=self._security)

    def _differ(self, pair: Pair, tops: tuple[Key, Key]) -> bool:
        if pair.old is None and pair.new is None:
            return False
        return next(between([pair], tops, security=self._security), None) is not None

    def _state_of(self, key: Key | None) -> KeyState | None:
        return state_of(key, self._security)

    # A key's own state, and its values

    def _state(self, place: _Place) -> Iterator[Change]:
        states = [self._state_of(key) for key in (place.base, place.ours, place.theirs)]
        base, ours, theirs = states
        assert ours is not None
        assert theirs is not None
        class_name, is_class_clear = self._settled(
            base and base.class_name, ours.class_name, theirs.class_name
        )
        descriptor, is_security_clear = self._settled(
            base and base.descriptor, ours.descriptor, theirs.descriptor
        )
        if not (is_class_clear and is_security_clear):
            self.conflicts.append(Conflict(place.path, None, base, ours, theirs))
        after = ours._replace(class_name=class_name, descriptor=descriptor)
        if after != ours:
            yield place.change(None, ours, after)

    def _settled(self, base: T | None, ours: T, theirs: T) -> tuple[T, bool]:
        """What becomes of something, and whether that was clear."""
        if ours == theirs or theirs == base:
            return ours, True
        if ours == base:
            return theirs, True
        return theirs if self._prefers_theirs else ours, False

    def _values(self, place: _Place) -> Iterator[Change]:
        sides = [key.records() if key else [] for key in (place.base, place.ours, place.theirs)]
        if sides[0] == sides[2] or sides[1] == sides[2]:
            return
        for name, (base, ours, theirs), is_double in matched(*sides):
            after, is_clear = self._settled(_content(base), _content(ours), _content(theirs))
            if not is_clear:
                self.conflicts.append(Conflict(place.path, name, base, ours, theirs))
            if after != _content(ours):
                yield place.change(name, ours, theirs, is_double)


def _content(value: Value | None) -> tuple[int, bytes] | None:
    """What counts of a value: not the spelling of its name."""
    return None if value is None else (value.type, value.raw)


def _below(place: _Place, tops: _Tops) -> list[_Place]:
    """The places of the subkeys."""
    keys = place.base, place.ours, place.theirs
    sides = [key.below(top) if key else [] for key, top in zip(keys, tops, strict=True)]
    return [
        _Place(
            join_path(place.path, name),
            base,
            ours,
            theirs,
            place.is_odd or is_double or not is_plain(name),
        )
        for name, (base, ours, theirs), is_double in matched(*sides)
    ]
