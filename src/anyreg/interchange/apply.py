"""Doing what a file asks for: all of it in one transaction, or nothing.

The values of a key are set together, which is much faster than one by one; where a deletion
comes between them, what stands before it is set first.  Handles of the last key and of those
above it are kept, since a file mostly goes on beside or below its last key.
"""

from __future__ import annotations

from collections.abc import Iterable

from anyreg.errors import LimitError, NotFoundError, RegFileError
from anyreg.interchange.exact_keys import ExactKeys, found_exactly, made_exactly, of_parents
from anyreg.interchange.instructions import (
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
from anyreg.paths import join_path, split_path
from anyreg.registry.key import Key
from anyreg.registry.registry import Registry
from anyreg.registry.steps import Applied
from anyreg.values import Value


def apply(
    registry: Registry,
    instructions: Iterable[Instruction],
    path: str = "",
    *,
    durable: bool = False,
) -> Applied:
    """Do what the instructions say; an error undoes it all.

    Args:
        registry: Where.
        instructions: What a reader gives; also an error that it raises undoes all.
        path: The key that the paths of the instructions start from; "" for the root.
        durable: As for Registry.transaction().

    Raises:
        RegFileError: A name, a value or a depth that the registry does not allow, with its place.
        RegistryError: The registry is read-only, or the system failed to write.
    """
    with registry.transaction(durable=durable):
        work = _Work(registry.root, path)
        for instruction in instructions:
            work.step(instruction)
        work.finish()
        return work.counts()


class _Work:
    def __init__(self, root: Key, path: str) -> None:
        self._root = root
        self._top = split_path(path)
        self._trail: list[tuple[str, Key]] = []  # the last key, and those above it
        self._made_in: list[set[str] | None] = []  # beside it: names in a key that is new itself
        self._pending: list[Value] = []  # values of the last key, each a SetValue
        self._is_missing = False  # the last key is, and was not to be made
        self._exact = ExactKeys()
        self._keys_made = self._keys_deleted = 0
        self._values_set = self._values_deleted = 0

    def step(self, instruction: Instruction) -> None:
        if isinstance(instruction, SetValue):
            self._pending.append(instruction)
            return
        if self._pending:
            self.set_pending()
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
            for value in self._key.records():
                self._delete_value(value.name)

    def finish(self) -> None:
        self.set_pending()
        self._exact.set_times()

    def counts(self) -> Applied:
        return Applied(self._keys_made, self._keys_deleted, self._values_set, self._values_deleted)

    @property
    def _key(self) -> Key:
        return self._trail[-1][1] if self._trail else self._root

    def _go_to(self, instruction: SetKey) -> None:
        self._is_missing = False
        try:
            if instruction.exact is not None:
                self._go_exactly(instruction.exact)
            else:
                for name in self._unknown_names(split_path(instruction.path)):
                    self._enter(name)
            wanted = instruction.class_name
            if wanted is not None and self._key.class_name != wanted:
                self._key.class_name = wanted
        except LimitError as error:
            raise _at(error, instruction.line, instruction.column) from error

    def _go_exactly(self, exact: ExactKey) -> None:
        names = self._unknown_names(exact.names)
        for name in names[:-1]:
            self._enter(name, of_parents(exact))
        for name in names[-1:]:
            self._enter(name, exact)
        self._exact.reached(self._key, exact)

    def _unknown_names(self, names: list[str]) -> list[str]:
        """Cut the trail to what it shares with a path; the names of the path behind that."""
        if self._top:
            names = self._top + names
        same = 0
        for (known, _), name in zip(self._trail, names, strict=False):
            if known != name:
                break
            same += 1
        del self._trail[same:]
        del self._made_in[same:]
        return names[same:]

    def _enter(self, name: str, exact: ExactKey | None = None) -> None:
        """Go to a key below the last one, which is made where it is missing."""
        key = self._key
        made_in = self._made_in[-1] if self._made_in else None
        found: Key | None = None
        folded = fold(name)
        if made_in is None or folded in made_in:  # else a look would tell no more
            found = key.find_child(name) if exact is None else found_exactly(key, name, exact)
        if made_in is not None:
            made_in.add(folded)
        is_new = found is None
        if found is None:
            found = key.create(name) if exact is None else made_exactly(key, name, exact)
            self._keys_made += 1
        self._trail.append((name, found))
        self._made_in.append(set() if is_new else None)

    def _select(self, instruction: SelectKey) -> None:
        for name in self._unknown_names(split_path(instruction.path)):
            found = self._key.find_child(name)
            self._is_missing = found is None
            if found is None:
                return
            self._trail.append((name, found))
            self._made_in.append(None)
        self._is_missing = False

    def _delete_key(self, instruction: DeleteKey) -> None:
        self._trail.clear()  # perhaps it is among them
        self._made_in.clear()
        path = join_path("\\".join(self._top), instruction.path).strip("\\")
        try:
            self._root.delete(path, recursive=True)
            self._keys_deleted += 1
        except NotFoundError:
            pass  # there is no such key, as is asked for
        except LimitError as error:
            raise _at(error, instruction.line, instruction.column) from error

    def _delete_value(self, name: str) -> None:
        if self._is_missing:
            return
        try:
            self._key.delete_value(name)
            self._values_deleted += 1
        except NotFoundError:
            pass

    def _set_missing(self, step: SetMissing) -> None:
        if self._key.find_value(step.name) is None:
            self._pending.append(SetValue(step.name, step.type, step.raw, step.line, step.column))
            self.set_pending()

    def set_pending(self) -> None:
        """Set the values that were collected for the last key."""
        pending = self._pending
        if not pending:
            return
        try:
            self._key.set_records(pending)
        except LimitError:
            for step in pending:  # which one was it?
                try:
                    self._key.set_records([step])
                except LimitError as error:
                    if isinstance(step, SetValue):
                        raise _at(error, step.line, step.column) from error
            raise
        self._values_set += len(pending)
        self._pending = []


def _at(error: LimitError, line: int, column: int) -> RegFileError:
    """What the registry does not allow, with its place in the file."""
    return RegFileError(str(error), line=line, column=column)
