"""Doing what a .reg file asks for: all of it in one transaction, or nothing.

The values of a key are set together, which is much faster than one by one; where a deletion
comes between them, what stands before it is set first.  Handles of the last key and of those
above it are kept, since a file mostly goes on beside or below its last key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from anyreg.errors import LimitError, NotFoundError, RegFileError
from anyreg.interchange.regfile.reader import DeleteKey, DeleteValue, Instruction, SetKey, SetValue
from anyreg.paths import join_path, split_path
from anyreg.registry.key import Key
from anyreg.registry.registry import Registry
from anyreg.values import Value


class Applied(NamedTuple):
    """What was done.

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
        instructions: What parse() gives; also an error that it raises undoes all.
        path: The key that the paths of the instructions start from; "" for the root.
        durable: As for Registry.transaction().

    Raises:
        RegFileError: A name, a value or a depth that the registry does not allow, with its line.
        RegistryError: The registry is read-only, or the system failed to write.
    """
    with registry.transaction(durable=durable):
        work = _Work(registry.root, path)
        for instruction in instructions:
            work.step(instruction)
        work.set_pending()
        return work.counts()


class _Work:
    def __init__(self, root: Key, path: str) -> None:
        self._root = root
        self._top = split_path(path)
        self._trail: list[tuple[str, Key]] = []  # the last key, and those above it
        self._pending: list[SetValue] = []  # values of the last key
        self._keys_made = self._keys_deleted = 0
        self._values_set = self._values_deleted = 0

    def step(self, instruction: Instruction) -> None:
        if isinstance(instruction, SetValue):
            self._pending.append(instruction)
            return
        self.set_pending()
        if isinstance(instruction, SetKey):
            self._go_to(instruction)
        elif isinstance(instruction, DeleteKey):
            self._delete_key(instruction)
        else:
            self._delete_value(instruction)

    def counts(self) -> Applied:
        return Applied(self._keys_made, self._keys_deleted, self._values_set, self._values_deleted)

    @property
    def _key(self) -> Key:
        return self._trail[-1][1] if self._trail else self._root

    def _go_to(self, instruction: SetKey) -> None:
        names = [*self._top, *split_path(instruction.path)]
        same = 0
        for (known, _), name in zip(self._trail, names, strict=False):
            if known != name:
                break
            same += 1
        del self._trail[same:]
        with _at_line(instruction.line):
            for name in names[same:]:
                self._trail.append((name, self._made(name)))

    def _made(self, name: str) -> Key:
        key = self._key
        found = key.find_child(name)
        if found is None:
            found = key.create(name)
            self._keys_made += 1
        return found

    def _delete_key(self, instruction: DeleteKey) -> None:
        self._trail.clear()  # perhaps it is among them
        path = join_path("\\".join(self._top), instruction.path).strip("\\")
        with _at_line(instruction.line):
            try:
                self._root.delete(path, recursive=True)
                self._keys_deleted += 1
            except NotFoundError:
                pass  # there is no such key, as is asked for

    def _delete_value(self, instruction: DeleteValue) -> None:
        try:
            self._key.delete_value(instruction.name)
            self._values_deleted += 1
        except NotFoundError:
            pass

    def set_pending(self) -> None:
        """Set the values that were collected for the last key."""
        pending = self._pending
        if not pending:
            return
        try:
            self._key.set_records([_value(step) for step in pending])
        except LimitError:
            for step in pending:  # which one was it?
                with _at_line(step.line):
                    self._key.set_records([_value(step)])
            raise
        self._values_set += len(pending)
        self._pending = []


def _value(instruction: SetValue) -> Value:
    return Value(instruction.name, instruction.type, instruction.raw)


@contextmanager
def _at_line(line: int) -> Iterator[None]:
    """Whatever the registry does not allow in the block is told with its line."""
    try:
        yield
    except LimitError as error:
        raise RegFileError(str(error), line=line, column=1) from error
