"""What a file asks for: the one form between all that is read and `apply`.

Every reader gives these, one after the other, in the order of its file.  Instructions on values
mean the key of the last SetKey or SelectKey.  Each knows its place for messages: `line` and
`column` count from 1; in a file that is no text `line` is 0, and `column` the number of the byte.
"""

from __future__ import annotations

from typing import NamedTuple

from anyreg.values import Value


class SetKey(NamedTuple):
    """Create a key, with its parents, if it is not there.

    Attributes:
        path: Its names, joined by backslashes; below the prefix where one was given.
        line: Its place in the file.
        column: The same.
        class_name: Its class name from now on; None: as it is, none for a new key.
    """

    path: str
    line: int
    column: int = 1
    class_name: str | None = None


class SelectKey(NamedTuple):
    """Go to a key and make none: where it is missing, what follows deletes nothing."""

    path: str
    line: int
    column: int = 1


class DeleteKey(NamedTuple):
    """Delete a key with all below it, if it is there; no instructions on values may follow.

    Attributes:
        path: As for SetKey.
        line: Its place in the file.
        column: The same.
    """

    path: str
    line: int
    column: int = 1


class SetValue(Value):
    """Set a value of the last key: itself, so that the many of a file need not be made twice.

    Attributes:
        line: The place where it begins.
        column: The same.
    """

    __slots__ = ("column", "line")

    def __init__(self, name: str, type: int, raw: bytes, line: int, column: int = 1) -> None:
        super().__init__(name, type, raw)
        self.line = line
        self.column = column

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, SetValue)
            and self.name == other.name
            and self.type == other.type
            and self.raw == other.raw
            and self.line == other.line
            and self.column == other.column
        )

    def __hash__(self) -> int:
        return hash((self.name, self.type, self.raw, self.line, self.column))

    def __repr__(self) -> str:
        return f"SetValue({self.name!r}, {self.type}, {self.raw!r}, {self.line}, {self.column})"

    def __reduce__(self) -> tuple[object, ...]:
        return SetValue, (self.name, self.type, self.raw, self.line, self.column)


class SetMissing(NamedTuple):
    """Set a value of the last key, if it has none of that name; fields as in SetValue."""

    name: str
    type: int
    raw: bytes
    line: int
    column: int = 1


class DeleteValue(NamedTuple):
    """Delete a value of the last key, if it is there.

    Attributes:
        name: The value's name.
        line: Its place in the file.
        column: The same.
    """

    name: str
    line: int
    column: int = 1


class DeleteValues(NamedTuple):
    """Delete all values of the last key."""

    line: int
    column: int = 1


Instruction = SetKey | SelectKey | DeleteKey | SetValue | SetMissing | DeleteValue | DeleteValues
