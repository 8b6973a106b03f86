"""The values of keys that have many, by name.

Names are put together at the second question about a key, and kept through the commits of this
process: a transaction takes over what is known, and what it knows at its end is true of the state
that it leaves.  What a tree knows is never changed, as other threads may be reading it: a
transaction lays its changes over it, and joins both when they have become many.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

_MOST_KEYS: Final = 16  # whose values are known by name, or that were asked about lately
_MOST_LAID: Final = 256  # changes that are copied by the next transaction, and more for many values
_GONE: Final = -1


class ValueNames:
    """The cells of one key's values by their folded names; of two of one name the first.

    Attributes:
        is_sound: Whether each name is there once, and stands in a sound record.
    """

    def __init__(self, cells: dict[str, int], is_sound: bool) -> None:
        self._cells = cells
        self._laid: dict[str, int] = {}  # changes over them
        self.is_sound = is_sound

    def cell(self, folded: str) -> int:
        """The cell of the value of this name, -1 if there is none."""
        found = self._laid.get(folded)
        return self._cells.get(folded, _GONE) if found is None else found

    def changing(self) -> ValueNames:
        """The same, to be changed."""
        if len(self._laid) <= max(_MOST_LAID, len(self._cells) // 64):
            other = ValueNames(self._cells, self.is_sound)
            other._laid = self._laid.copy()
            return other
        joined = self._cells | self._laid
        return ValueNames({name: at for name, at in joined.items() if at != _GONE}, self.is_sound)

    def add(self, folded: str, cell: int) -> None:
        """There is a value of this name now."""
        self._laid[folded] = cell

    def remove(self, folded: str) -> None:
        """There is no value of this name any more."""
        self._laid[folded] = _GONE


class KnownNames:
    """What a tree knows of its values by name, by the cells of their keys."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._names: dict[int, ValueNames] = {}
        self._asked: dict[int, bool] = {}
        self._is_changing = False  # whether a transaction uses it
        self._own: set[int] = set()  # keys whose names are true of the transaction alone

    def names(self, key: i64) -> ValueNames | None:
        """The names of a key's values, if they are known."""
        return self._names.get(key)

    def is_asked_again(self, key: i64) -> bool:
        """Note a question about a key; whether there was one lately."""
        if key in self._asked:
            return True
        self._asked[key] = True
        if len(self._asked) > _MOST_KEYS:
            oldest, *_ = self._asked
            self._asked.pop(oldest, None)
        return False

    def know(self, key: i64, names: ValueNames) -> None:
        """The names of a key's values were put together."""
        self._names[key] = names
        if self._is_changing:
            self._own.add(key)
        if len(self._names) > _MOST_KEYS:
            oldest, *_ = self._names  # at one go, as other threads may come between
            self._names.pop(oldest, None)

    def forget(self, key: i64) -> None:
        """Another key stands in this cell, or its values have changed altogether."""
        if self._names:
            self._names.pop(key, None)

    # For a transaction

    def restart(self, base: KnownNames) -> None:
        """A transaction begins over a state of which this is known."""
        self._names = base._names.copy()
        self._asked = base._asked.copy()
        self._is_changing = True
        self._own.clear()

    def changing(self, key: i64) -> ValueNames | None:
        """The names of a key's values, if they are known, to be changed with its list."""
        names = self._names.get(key)
        if names is not None and key not in self._own:
            names = self._names[key] = names.changing()
            self._own.add(key)
        return names

    def undo(self) -> None:
        """A part of the transaction was undone: what was true of it alone may be no more."""
        for key in self._own:
            self._names.pop(key, None)
        self._own.clear()

    def committed(self) -> KnownNames:
        """The transaction was committed: what is known of the new state."""
        after = KnownNames()
        after._names = self._names
        after._asked = self._asked
        return after
