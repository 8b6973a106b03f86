"""Doing what a file asks for: all of it in one transaction, or nothing.

Handles of the last key and of those above it are kept, since a file mostly goes on beside or below
its last key.  The values of a key are set together; where a deletion comes between them, what
stands before it is set first.

Keys that are not there yet are only collected, with their values, and made all at one go when the
file leaves the key that they stand below: a backend may have a faster way for many.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from anyreg.backends.base import Backend
from anyreg.backends.control_sets import is_current
from anyreg.errors import LimitError, NotFoundError
from anyreg.formats.instructions import (
    DeleteKey,
    DeleteValue,
    ExactKey,
    Instruction,
    SelectKey,
    SetKey,
    SetMissing,
    SetValue,
)
from anyreg.names import fold
from anyreg.new_keys import NewKey
from anyreg.paths import join_path, split_path
from anyreg.registry.exact_keys import (
    ExactKeys,
    found_exactly,
    is_own_link,
    made_exactly,
    of_parents,
)
from anyreg.registry.key import Key
from anyreg.registry.pending import TrailKey, at_place, find_bad_key, find_bad_value
from anyreg.registry.transaction import Transaction
from anyreg.values import Value

_MOST_COLLECTED = 1 << 18  # keys and values that are held before they are made
_MOST_FOLDED = 1 << 14  # names of values whose upper case is remembered


class Applied(NamedTuple):
    """What an import did.

    Attributes:
        keys_made: Keys that were not there before, parents included.
        keys_deleted: Keys that were deleted, those below them not counted.
        values_set: Values that were set, also to what they were before.
        values_deleted: Values that were deleted.
    """

    keys_made: int
    keys_deleted: int
    values_set: int
    values_deleted: int


def apply_to(
    backend: Backend, instructions: Iterable[Instruction], path: str = "", *, durable: bool = False
) -> Applied:
    """Do what the instructions say; an error undoes it all.

    Args:
        backend: The registry.
        instructions: What a reader gives; also an error that it raises undoes all.
        path: The key that the paths of the instructions start from; "" for the root.
        durable: As for Registry.transaction().

    Raises:
        RegFileError: A name, a value or a depth that the registry does not allow, with its place.
        RegistryError: The registry is read-only, or the system failed to write.
    """
    with Transaction(backend, durable):
        work = _Application(Key(backend, backend.root(), None), path)
        for instruction in instructions:
            work.step(instruction)
        work.finish()
        work.set_times()
        return work.counts()


class _Application:
    def __init__(self, root: Key, path: str) -> None:
        self._root = root
        self._top = split_path(path)
        self._trail = [TrailKey("", root, None)]  # the last key, and those above it
        self._pending: list[Value] = []  # values of the last key, if it is there
        self._new: NewKey | None = None  # the last key, if it is to be made
        self._is_missing = False  # the last key is, and was not to be made
        self._is_left_out = False  # the last key is a link that a registry makes itself
        self._exact = ExactKeys()
        self._folded: dict[str, str] = {}
        self._collected = 0  # keys and values that are to be made
        self._keys_made = self._keys_deleted = 0
        self._values_set = self._values_deleted = 0

    def step(self, instruction: Instruction) -> None:
        if isinstance(instruction, SetValue):
            if self._is_left_out:
                return
            if self._new is None:
                self._pending.append(instruction)
            else:
                self._add_value(self._new, instruction)
            return
        self._is_left_out = False
        if self._pending:
            self._set_pending()
        if isinstance(instruction, SetKey):
            self._go_to(instruction)
        elif isinstance(instruction, DeleteKey):
            self._delete_key(instruction)
        elif isinstance(instruction, SelectKey):
            self._select(instruction)
        elif isinstance(instruction, SetMissing):
            self._set_missing(instruction)
        elif isinstance(instruction, DeleteValue):
            self._delete_value(instruction.name)
        elif not self._is_missing:
            self._delete_values()

    def counts(self) -> Applied:
        return Applied(self._keys_made, self._keys_deleted, self._values_set, self._values_deleted)

    def finish(self) -> None:
        """Do what was only collected so far."""
        self._set_pending()
        self._cut(1)
        self._make_grown(self._trail[0])
        self._new = None
        self._collected = 0

    def set_times(self) -> None:
        """Give keys the times that the file tells; nothing else may follow."""
        self._exact.set_times()

    # Going to keys

    @property
    def _key(self) -> Key:
        key = self._trail[-1].key
        assert key is not None
        return key

    def _go_to(self, instruction: SetKey) -> None:
        self._is_missing = False
        if self._collected > _MOST_COLLECTED:
            self.finish()
        try:
            if instruction.exact is not None:
                self._go_exactly(instruction.exact)
            else:
                place = instruction.line, instruction.column
                for name in self._unknown_names(split_path(instruction.path)):
                    self._enter(name, place)
            level = self._trail[-1]
            self._new = level.new
            wanted = instruction.class_name
            if wanted is None or self._is_left_out:
                return
            if level.new is not None:
                level.new.class_name = wanted
            elif self._key.class_name != wanted:
                self._key.class_name = wanted
        except LimitError as error:
            raise at_place(error, instruction.line, instruction.column) from error

    def _go_exactly(self, exact: ExactKey) -> None:
        """Go to a key that is more than a path and a class: no such key is collected."""
        if self._collected:
            self.finish()
        names = self._unknown_names(exact.names)
        for at, name in enumerate(names):
            is_last = at == len(names) - 1
            if is_last and is_own_link(self._key, name, exact):
                self._is_left_out = True
                return
            self._enter_exactly(name, exact if is_last else of_parents(exact))
        self._exact.reached(self._key, exact)

    def _enter_exactly(self, name: str, exact: ExactKey) -> None:
        found = found_exactly(self._key, name, exact)
        if found is None:
            found = made_exactly(self._key, name, exact)
            self._trail[-1].known = None
            self._keys_made += 1
        self._trail.append(TrailKey(name, found, None))

    def _unknown_names(self, names: list[str]) -> list[str]:
        """Cut the trail to what it shares with a path; the names of the path behind that."""
        if self._top:
            names = self._top + names
        same = 0
        while same < len(names) and same + 1 < len(self._trail):
            if self._trail[same + 1].name != names[same]:
                break
            same += 1
        self._cut(same + 1)
        return names[same:]

    def _cut(self, length: int) -> None:
        """Leave the keys behind so many; what was to be made below them is made."""
        while len(self._trail) > length:
            self._make_grown(self._trail.pop())

    def _enter(self, name: str, place: tuple[int, int]) -> None:
        """Go to a key below the last one, which is to be made where it is missing."""
        top = self._trail[-1]
        is_elsewhere = self._leads_elsewhere(name)
        level = top.child(name, is_elsewhere)
        if level is None:
            self._keys_made += 1
            if is_elsewhere and top.key is not None:
                level = TrailKey(name, top.key.create(name), None)
            else:
                level = top.grow(name, place)
                self._collected += 1
        self._trail.append(level)

    def _leads_elsewhere(self, name: str) -> bool:
        """Whether a subkey stands in another place, where all that was collected is made then."""
        key = self._trail[-1].key
        if key is None:
            return False
        if len(self._trail) == 1 and is_current(name):
            self._make_grown(self._trail[0])  # perhaps Select is among them
        if not key.leads_elsewhere(name):
            return False
        for level in self._trail:  # what it leads to may be among these
            self._make_grown(level)
            level.known = None
        return True

    def _select(self, instruction: SelectKey) -> None:
        self._new = None
        for name in self._unknown_names(split_path(instruction.path)):
            is_elsewhere = self._leads_elsewhere(name)
            level = self._trail[-1].child(name, is_elsewhere)
            self._is_missing = level is None
            if level is None:
                return
            self._trail.append(level)
        self._is_missing = False
        self._new = self._trail[-1].new

    # Changing them

    def _add_value(self, new: NewKey, value: SetValue) -> None:
        self._values_set += 1
        self._collected += 1
        folded = self._fold(value.name)
        before = new.values.get(folded)
        if before is not None:  # the last one counts, in the first one's spelling and place
            value = SetValue(before.name, value.type, value.raw, value.line, value.column)
        new.values[folded] = value

    def _fold(self, name: str) -> str:
        """As fold(); the values of a file have few names, and each is the same for many keys."""
        folded = self._folded.get(name)
        if folded is None:
            if len(self._folded) >= _MOST_FOLDED:
                self._folded.clear()
            folded = self._folded[name] = fold(name)
        return folded

    def _delete_key(self, instruction: DeleteKey) -> None:
        self.finish()  # perhaps it is among the keys of the trail
        path = join_path("\\".join(self._top), instruction.path).strip("\\")
        try:
            self._root.delete(path, recursive=True)
            self._keys_deleted += 1
        except NotFoundError:
            pass  # there is no such key, as is asked for
        except LimitError as error:
            raise at_place(error, instruction.line, instruction.column) from error

    def _delete_value(self, name: str) -> None:
        if self._is_missing:
            return
        if self._new is not None:
            self._values_deleted += self._new.values.pop(fold(name), None) is not None
            return
        try:
            self._key.delete_value(name)
            self._values_deleted += 1
        except NotFoundError:
            pass

    def _delete_values(self) -> None:
        held = self._key.records() if self._new is None else list(self._new.values.values())
        for value in held:
            self._delete_value(value.name)

    def _set_missing(self, step: SetMissing) -> None:
        value = SetValue(step.name, step.type, step.raw, step.line, step.column)
        if self._new is not None:
            if fold(step.name) not in self._new.values:
                self._add_value(self._new, value)
        elif self._key.find_value(step.name) is None:
            self._pending.append(value)
            self._set_pending()

    def _set_pending(self) -> None:
        """Set the values that were collected for the last key, which is there."""
        pending = self._pending
        if not pending:
            return
        try:
            self._key.set_records(pending)
        except LimitError:
            find_bad_value(self._key, pending)
            raise
        self._values_set += len(pending)
        self._pending = []

    def _make_grown(self, level: TrailKey) -> None:
        """Make the subkeys that were collected for a key which is there."""
        key = level.key
        if key is None or not level.grown:
            return
        keys = list(level.grown.values())
        if level.known is not None:
            level.known.update(level.grown)
        level.grown = {}
        try:
            key.bulk_insert(keys)
        except LimitError:
            find_bad_key(key, keys)
            raise
