r"""A variable as a list, as PATH is one: entries between semicolons, edited in place.

An edit touches the entries that it is about and no other character: order, spelling, %VARIABLES%,
quotes, empty entries and semicolons at the end stay as they are, and so does the type.  Nothing
is cut or expanded.  An entry with a semicolon in it stands in quotes.

Two entries are the same where they differ in case, in quotes, in slashes for backslashes, or in a
backslash at the end.  `C:` and `C:\` are not: the one is where that drive is just now.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, overload

from anyreg.errors import LimitError, RegistryError
from anyreg.names import fold


class Variables(Protocol):
    """What a list asks of the environment that it is a variable of."""

    def get(self, name: str, default: str, /) -> str:
        """A variable's text, or the default where there is none."""

    def edit(self, name: str, change: Callable[[str], str], /) -> bool:
        """Make a variable's new text of its old one; whether anything was changed."""


class PathList(Sequence[str]):
    r"""The entries of a variable, read and changed where they are stored.

    Each change is a transaction of its own, or a part of the one under way: who else edits the
    variable meanwhile comes before it or after it.  As a sequence it gives the entries that are
    not empty, without their quotes and not expanded.

    Examples:
        >>> registry.environment().path.add(r"%USERPROFILE%\bin")  # doctest: +SKIP
        True
    """

    def __init__(self, environment: Variables, name: str) -> None:
        """See Environment.list()."""
        self._environment = environment
        self._name = name

    @property
    def name(self) -> str:
        """The variable."""
        return self._name

    @property
    def text(self) -> str:
        """The variable's text as it is stored, "" where there is none."""
        return self._environment.get(self._name, "")

    def _entries(self) -> list[str]:
        return [bare(part) for part in split_entries(self.text) if bare(part)]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._entries()[index]

    def __len__(self) -> int:
        return len(self._entries())

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries())

    def __contains__(self, entry: object) -> bool:
        if not isinstance(entry, (str, os.PathLike)):
            return False
        wanted = sameness(str(os.fspath(entry)))
        return any(sameness(part) == wanted for part in self._entries())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (list, tuple, PathList)):
            return NotImplemented
        return self._entries() == list(other)

    __hash__ = None  # type: ignore[assignment]

    # Changes

    def add(self, entry: str | os.PathLike[str]) -> bool:
        """Put an entry behind the others, unless it is in the list.

        Args:
            entry: A folder; not a list of them: a semicolon is taken as a part of its name.

        Returns:
            Whether the variable was changed.

        Raises:
            LimitError: The entry is empty or cannot be stored, or a quote in the variable has no
                end, so that what comes behind it would not count.
            ValueTypeError: The variable holds no text.
        """
        return self._environment.edit(self._name, lambda text: added(text, entry))

    def prepend(self, entry: str | os.PathLike[str]) -> bool:
        """Put an entry in front of the others; one that is in the list moves there as it is.

        Args:
            entry: A folder, as for add().

        Returns:
            Whether the variable was changed.

        Raises:
            LimitError: The entry is empty or cannot be stored.
            ValueTypeError: The variable holds no text.
        """
        return self._environment.edit(self._name, lambda text: prepended(text, entry))

    def remove(self, entry: str | os.PathLike[str]) -> bool:
        """Take an entry out, each time that it is in the list.

        Args:
            entry: A folder, however it is written.

        Returns:
            Whether the variable was changed: False where there is no such entry.

        Raises:
            ValueTypeError: The variable holds no text.
        """
        return self._environment.edit(self._name, lambda text: removed(text, entry))

    def dedupe(self) -> bool:
        """Leave out every entry that stands further in front too; empty ones stay.

        Returns:
            Whether the variable was changed.
        """
        return self._environment.edit(self._name, deduped)

    def __repr__(self) -> str:
        try:
            return f"<PathList {self._name} {self._entries()!r}>"
        except RegistryError as error:  # such as that it is closed
            return f"<PathList {self._name}: {error}>"


# The text of such a variable


def split_entries(text: str) -> list[str]:
    """The entries as they are stored, empty ones too: joined by semicolons they are the text.

    Examples:
        >>> split_entries('a;"b;c";')
        ['a', '"b;c"', '']
    """
    entries: list[str] = []
    start = 0
    is_quoted = False
    for at, character in enumerate(text):
        if character == '"':
            is_quoted = not is_quoted
        elif character == ";" and not is_quoted:
            entries.append(text[start:at])
            start = at + 1
    return [*entries, text[start:]] if text else []


def bare(entry: str) -> str:
    """An entry without its quotes."""
    return entry.replace('"', "")


def sameness(entry: str) -> str:
    """What is equal for entries that name the same folder."""
    folded = fold(bare(entry)).replace("/", "\\")
    short = folded.rstrip("\\")
    return folded if not short or short.endswith(":") else short


def stored(entry: str | os.PathLike[str]) -> str:
    """An entry as it is written into a list.

    Raises:
        LimitError: It is empty, or holds what no list can hold.
    """
    text = str(os.fspath(entry))
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not text.strip():
        raise LimitError("an entry of a list cannot be empty")
    if '"' in text or "\0" in text:
        raise LimitError("an entry of a list holds neither quotes nor NUL", path=repr(text))
    return f'"{text}"' if ";" in text else text


def _place(entries: list[str], entry: str) -> int:
    """Where an entry is first, -1 where it is not."""
    wanted = sameness(entry)
    for index, other in enumerate(entries):
        if sameness(other) == wanted:
            return index
    return -1


def added(text: str, entry: str | os.PathLike[str]) -> str:
    """A text with an entry behind the others, in front of what semicolons end it."""
    new = stored(entry)
    entries = split_entries(text)
    if _place(entries, new) >= 0:
        return text
    if text.count('"') % 2:
        raise LimitError("a quote in the variable has no end: nothing can be put behind it")
    end = len(entries)
    while end and not entries[end - 1]:
        end -= 1
    return ";".join([*entries[:end], new, *entries[end:]])


def prepended(text: str, entry: str | os.PathLike[str]) -> str:
    """A text with an entry in front of the others."""
    new = stored(entry)
    entries = split_entries(text)
    place = _place(entries, new)
    if place >= 0:
        new = entries.pop(place)
        if new.count('"') % 2:
            raise LimitError("a quote in the entry has no end: it cannot be moved", path=repr(new))
    return ";".join([new, *entries])


def removed(text: str, entry: str | os.PathLike[str]) -> str:
    """A text without an entry."""
    wanted = sameness(str(os.fspath(entry)))
    if not wanted:
        return text
    return ";".join([part for part in split_entries(text) if sameness(part) != wanted])


def deduped(text: str) -> str:
    """A text in which no entry stands twice."""
    seen: set[str] = set()
    kept: list[str] = []
    for part in split_entries(text):
        same = sameness(part)
        if not same or same not in seen:
            kept.append(part)
        seen.add(same)
    return ";".join(kept)
