"""Keys that are to be made: collected below those that are there, and what is not allowed of them.

Of a wide key that many subkeys are asked of, the names are put together once: a name that is not
among them needs no look.
"""

from __future__ import annotations

from collections.abc import Iterable

from anyreg.errors import LimitError, RegFileError
from anyreg.formats.instructions import SetValue
from anyreg.names import fold
from anyreg.new_keys import NewKey
from anyreg.registry.key import Key
from anyreg.values import Value

_ASKED = 64  # questions for subkeys of one key, after which its names may be put together
_WORTH = 8  # if it has so many times more at most,
_WIDE = 256  # and that many; narrow keys hold the other names of roots and control sets
_MOST_KNOWN = 1 << 21  # names that are put together


class TrailKey:
    """A key on the way to the last one: one that is there, or one that is to be made.

    Attributes:
        name: Its name, as the file spells it.
        key: The key, if it is there.
        new: What it is to be, if it is not.
        grown: Subkeys of a key that is there which are to be made, by name in upper case.
        known: The names of all subkeys of a key that is there, once it was asked for many.
    """

    def __init__(self, name: str, key: Key | None, new: NewKey | None) -> None:
        self.name = name
        self.key = key
        self.new = new
        self.grown: dict[str, NewKey] = {}
        self.known: set[str] | None = None
        self._asked = 0

    def new_child(self, name: str) -> NewKey | None:
        """The subkey of this name that is to be made."""
        return self.grown.get(fold(name)) if self.new is None else self.new.subkey(name)

    def child(self, name: str, is_elsewhere: bool) -> TrailKey | None:
        """The level of a subkey, None where there is none and none is to be made."""
        new = self.new_child(name)
        found = None if new is not None else self._find_child(name, is_elsewhere)
        return None if new is None and found is None else TrailKey(name, found, new)

    def _find_child(self, name: str, is_elsewhere: bool) -> Key | None:
        key = self.key
        if key is None:
            return None
        if self.known is not None and not is_elsewhere and fold(name) not in self.known:
            return None
        self._asked += 1
        if self.known is None and self._asked % _ASKED == 0:
            count = key.info().subkeys
            if _WIDE <= count <= min(self._asked * _WORTH, _MOST_KNOWN):
                self.known = {fold(child.name) for child in key.children()}
        return key.find_child(name)

    def grow(self, name: str, place: tuple[int, int]) -> TrailKey:
        """The level of a subkey that is to be made."""
        new = NewKey(name, place)
        if self.new is not None:
            self.new.add_subkey(new)
        else:
            self.grown[fold(name)] = new
        return TrailKey(name, None, new)


def find_bad_key(parent: Key, keys: list[NewKey]) -> None:
    """Make keys one by one, to find the place of what is not allowed.

    Raises:
        RegFileError: With the place.
    """
    stack = [(parent, new) for new in reversed(keys)]
    while stack:
        parent, new = stack.pop()
        try:
            key = parent.create(new.name, class_name=new.class_name)
        except LimitError as error:
            raise at_place(error, *new.place) from error
        find_bad_value(key, new.values.values())
        stack.extend([(key, subkey) for subkey in reversed(new.subkeys.values())])


def find_bad_value(key: Key, values: Iterable[Value]) -> None:
    """Set values one by one, to find the place of what is not allowed.

    Raises:
        RegFileError: With the place.
    """
    for value in values:
        try:
            key.set_records([value])
        except LimitError as error:
            if isinstance(value, SetValue):
                raise at_place(error, value.line, value.column) from error


def at_place(error: LimitError, line: int, column: int) -> RegFileError:
    """What the registry does not allow, with its place in the file."""
    return RegFileError(str(error), line=line, column=column)
