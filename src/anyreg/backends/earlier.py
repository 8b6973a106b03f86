"""What was there before some changes, worked out from the notes of them, the newest first.

A note of a key's state says what that key was then; one of a key that has gone, what its tree was;
of one that came, that nothing was there.  A renamed key was, with all below it, under its old name:
what it was then is what it is now, but for the notes that are newer, which have been gone through.
"""

from __future__ import annotations

from collections.abc import Callable

from anyreg.history.items import TreeKey
from anyreg.history.look_step import Look
from anyreg.history.notes import CAME, CHANGED, GONE, Note, folded
from anyreg.names import fold

_Path = tuple[str, ...]


class EarlierKey:
    """A key as it was, and those below it."""

    __slots__ = ("below", "key")

    def __init__(self, key: TreeKey) -> None:
        self.key = key
        self.below: dict[str, EarlierKey] = {}


class EarlierTop:
    """What was at a path.

    Attributes:
        names: The names that lead there.
        branch: The key, None where there was none.
        is_deep: Whether all below it counts, not the key alone.
    """

    def __init__(self, names: list[str], branch: EarlierKey | None, is_deep: bool) -> None:
        self.names = names
        self.branch = branch
        self.is_deep = is_deep

    def look(self) -> Look:
        """The same in pre-order."""
        found: Look = []
        stack: list[tuple[int, EarlierKey]] = [] if self.branch is None else [(0, self.branch)]
        while stack:
            depth, branch = stack.pop()
            key = branch.key
            found.append(TreeKey(depth, key.name, key.facts, key.values))
            stack.extend([(depth + 1, one) for one in reversed(list(branch.below.values()))])
        return found


class Earlier:
    """What was there before all of some changes."""

    def __init__(self, entries: list[Note], now: Callable[[list[str]], Look]) -> None:
        """Work it out.

        Args:
            entries: The notes, the oldest first.
            now: Gives what is now at a key and all below it.
        """
        self._now = now
        self._tops: dict[_Path, EarlierTop] = {}
        for entry in reversed(entries):
            path = folded(entry.names)
            if entry.kind == CHANGED:
                self._put_key(path, entry)
            elif entry.kind == CAME:
                self._put(path, entry.names, None)
            elif entry.kind == GONE:
                self._put(path, entry.names, grown(entry.look))
            else:
                branch = self._taken(folded(entry.other), entry.other)
                if branch is not None:
                    key = branch.key
                    branch.key = TreeKey(0, entry.names[-1], key.facts, key.values)
                    self._put(path, entry.names, branch)

    def tops(self) -> list[EarlierTop]:
        """What was at each path that counts; none lies in another one that is deep."""
        return list(self._tops.values())

    def _above(self, path: _Path) -> tuple[EarlierKey | None, str, bool]:
        """In a tree that is known: the key above a path, and its last name; whether there is one.

        It is None where the tree is the path's own, or has no such key.
        """
        for length in range(len(path), 0, -1):
            top = self._tops.get(path[:length])
            if top is not None and top.is_deep:
                branch = top.branch
                for name in path[length:-1]:
                    branch = None if branch is None else branch.below.get(name)
                return (None if length == len(path) else branch), path[-1], length < len(path)
        return None, path[-1], False

    def _put_key(self, path: _Path, entry: Note) -> None:
        """What a key alone was."""
        known = self._tops.get(path)
        above, name, is_inside = self._above(path)
        branch = above.below.get(name) if above is not None else None
        if not is_inside:
            if known is None or not known.is_deep:
                self._tops[path] = EarlierTop(entry.names, EarlierKey(entry.look[0]), False)
                return
            branch = known.branch
        if branch is not None:
            branch.key = entry.look[0]

    def _put(self, path: _Path, names: list[str], branch: EarlierKey | None) -> None:
        """What a key was with all below it, None for nothing."""
        above, name, is_inside = self._above(path)
        if is_inside:
            if above is not None and branch is None:
                above.below.pop(name, None)
            elif above is not None and branch is not None:
                above.below[name] = branch
            return
        for other in [other for other in self._tops if other[: len(path)] == path]:
            del self._tops[other]
        self._tops[path] = EarlierTop(names, branch, True)

    def _taken(self, path: _Path, names: list[str]) -> EarlierKey | None:
        """What a key was with all below it; from then on nothing was there."""
        above, name, is_inside = self._above(path)
        known = self._tops.get(path)
        if is_inside:
            return None if above is None else above.below.pop(name, None)
        if known is not None and known.is_deep:
            branch = known.branch
        else:
            branch = grown(self._now(names))
            self._lay_over(path, branch)
        self._put(path, names, None)
        return branch

    def _lay_over(self, path: _Path, branch: EarlierKey | None) -> None:
        """Let a tree that is now be what it was, as far as that is known."""
        for other, top in self._tops.items():
            if branch is None or other[: len(path)] != path:
                continue
            if other == path:
                if top.branch is not None:
                    branch.key = top.branch.key
                continue
            at: EarlierKey | None = branch
            for name in other[len(path) : -1]:
                at = None if at is None else at.below.get(name)
            if at is None:
                continue
            if top.branch is None:
                at.below.pop(other[-1], None)
            elif top.is_deep or other[-1] not in at.below:
                at.below[other[-1]] = top.branch
            else:
                at.below[other[-1]].key = top.branch.key


def grown(look: Look) -> EarlierKey | None:
    """A look as a tree; None where there was no key.

    Args:
        look: The look.
    """
    way: list[EarlierKey] = []
    for key in look:
        branch = EarlierKey(key)
        del way[key.depth :]
        if way:
            way[-1].below[fold(key.name)] = branch
        way.append(branch)
    return way[0] if way else None
