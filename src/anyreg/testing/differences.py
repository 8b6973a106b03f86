"""What was changed in a registry, and what should have been: each difference as a line of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from anyreg.names import fold
from anyreg.types import (
    REG_EXPAND_SZ,
    REG_LINK,
    REG_QWORD,
    ExpandString,
    Link,
    QWord,
    Raw,
    type_name,
)
from anyreg.values import Value

if TYPE_CHECKING:
    from anyreg import Change

Contents = Mapping[str, object]
"""Keys by path, each with its values by name; among them, or below them, further keys."""

_TYPED: Final = {ExpandString: REG_EXPAND_SZ, Link: REG_LINK, QWord: REG_QWORD}
_UNCHANGED: Final = Value("", 0, b"")


def is_below(path: str, top: str) -> bool:
    """Whether a key is another, or below it; both are spelled alike."""
    return path == top or path.startswith(top + "\\")


class Changed:
    """Changes by folded paths and names.

    Attributes:
        spelled: Paths as they are reported.
        made: Keys that were made.
        gone: Keys that were deleted.
        touched: Keys that are otherwise than they were, their values apart.
        values: What changed values came to, by key: their spellings, and None where they are gone.
    """

    def __init__(self, changes: list[Change]) -> None:
        self.spelled: dict[str, str] = {}
        self.made: set[str] = set()
        self.gone: set[str] = set()
        self.touched: set[str] = set()
        self.values: dict[str, dict[str, tuple[str, Value | None]]] = {}
        for change in changes:
            path = fold(change.path)
            self.spelled[path] = change.path
            if change.name is None:
                kinds = {"added": self.made, "removed": self.gone, "changed": self.touched}
                kinds[change.kind].add(path)
            else:
                after: Value | None = change.after  # type: ignore[assignment]
                self.values.setdefault(path, {})[fold(change.name)] = (change.name, after)
        self.gone -= self.made  # another key of the name


def differences(changed: Changed, expected: Contents) -> Iterator[str]:
    """What is otherwise than it was expected, a line each."""
    wanted = {fold(path): data for path, data in expected.items()}
    spelling = {fold(path): path for path in expected} | changed.spelled
    gone = {path for path, data in wanted.items() if data is None}
    for path, data in wanted.items():
        if isinstance(data, Mapping):
            yield from _keydifferences(changed, path, spelling[path], data)
        elif path not in changed.gone:
            yield f"{spelling[path]}: expected to be deleted"
    for path in changed.gone:
        if not any(is_below(path, top) for top in gone):
            yield f"{spelling[path]}: deleted"
    for path in changed.made | changed.touched:
        if not any(is_below(other, path) for other in wanted):
            yield f"{spelling[path]}: {'made' if path in changed.made else 'changed'}"
    for path in changed.values.keys() - wanted.keys() - changed.gone:
        yield from _keydifferences(changed, path, spelling[path], {})


def _keydifferences(changed: Changed, path: str, spelling: str, data: Contents) -> Iterator[str]:
    """The same of the values of one key that is there."""
    actual = dict(changed.values.get(path, {}))
    if path in changed.gone:
        yield f"{spelling}: deleted"
        return
    if not data and not actual and path not in changed.made | changed.touched:
        yield f"{spelling}: expected to be made or changed"
    for name, wanted in data.items():
        _, after = actual.pop(fold(name), (name, _UNCHANGED))
        if after is _UNCHANGED:
            yield f"{spelling} {name!r}: expected {shown(wanted)}, not changed"
        elif not holds(after, wanted):
            yield f"{spelling} {name!r}: expected {shown(wanted)}, found {shown(after)}"
    for name, after in actual.values():
        yield f"{spelling} {name!r}: {shown(after)}, not expected"


def holds(value: Value | None, data: object) -> bool:
    """Whether a value is what it must be; None is no value."""
    if value is None or data is None:
        return value is data
    if isinstance(data, Raw):
        return (value.type, value.raw) == data
    kind = next((number for known, number in _TYPED.items() if isinstance(data, known)), value.type)
    return value.type == kind and value.data == data


def shown(data: object) -> str:
    """A value, or what one must be, in words."""
    if data is None:
        return "no value"
    if isinstance(data, Value):
        return f"{data.type_name} {data.data!r}"
    names = [type_name(number) for known, number in _TYPED.items() if isinstance(data, known)]
    return " ".join([*names, repr(data)])
