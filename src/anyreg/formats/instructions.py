"""What a file asks for: the one form between all that is read and `apply`.

Every reader gives these, one after the other, in the order of its file.  Instructions on values
mean the key of the last SetKey or SelectKey.  Each knows its place for messages: `line` and
`column` count from 1; in a file that is no text `line` is 0, and `column` the number of the byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from anyreg.errors import RegFileError
from anyreg.paths import split_path
from anyreg.values import Value


class Wanted(NamedTuple):
    """What is asked of a file beyond keys and values.

    Attributes:
        times: Give keys the times of last change that JSON or CSV tells.
        security: Give them the security descriptors that it tells.
        on_error: Called for what is left out: of JSON and CSV a key or a value that stands there a
            second time, a key with all below it, and of a .reg file a line that is wrong.  None:
            that is an error.
    """

    times: bool = False
    security: bool = False
    on_error: Callable[[RegFileError], None] | None = None


KEYS_AND_VALUES: Final = Wanted()


def left_out(error: RegFileError, then: str = "left out") -> RegFileError:
    """An error as a report of what becomes of the thing that is wrong.

    Args:
        error: What is wrong.
        then: What becomes of it.
    """
    return RegFileError(f"{error.message} ({then})", line=error.line, column=error.column)


class ExactKey(NamedTuple):
    """What a file tells of a key beyond a path and a class name.

    Attributes:
        names: What leads to it, below the prefix; a backslash is a part of a name.
        flags: KEY_LINK, KEY_VOLATILE and KEY_PREDEFINED, if it is to be made.
        descriptor: Its security descriptor from now on; b"": as it is.
        last_written: The time of its last change in the end; -1: whatever it becomes.
    """

    names: list[str]
    flags: int = 0
    descriptor: bytes = b""
    last_written: int = -1


def beyond_path(
    path: str, names: list[str] | None, flags: int, descriptor: bytes, last_written: int
) -> ExactKey | None:
    """What a file tells of a key beyond a path, or None where that is nothing.

    Args:
        path: The key's path below the prefix.
        names: Its names, where the path does not tell them.
        flags: See ExactKey.
        descriptor: The same.
        last_written: The same.
    """
    if names is None and not flags and not descriptor and last_written < 0:
        return None
    return ExactKey(split_path(path) if names is None else names, flags, descriptor, last_written)


class SetKey(NamedTuple):
    """Create a key, with its parents, if it is not there.

    Attributes:
        path: Its names, joined by backslashes; below the prefix where one was given.
        line: Its place in the file.
        column: The same.
        class_name: Its class name from now on; None: as it is, none for a new key.
        exact: What else is reported of it, if anything; its names then count, not the path.
    """

    path: str
    line: int
    column: int = 1
    class_name: str | None = None
    exact: ExactKey | None = None


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


@mypyc_attr(acyclic=True)
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
