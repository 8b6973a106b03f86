r"""A registry for tests of programs that use winreg, on any system.

`TestRegistry` can be filled, and asserts what was changed since.  pytest_anyreg hands out a new one
to each test that asks for its fixture; without pytest it is used by hand.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import anyreg
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.memory_registry import open_memory
from anyreg.errors import NotFoundError, RegFileError
from anyreg.install import installed
from anyreg.names import fold
from anyreg.paths import join_path, long_path, split_path
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

_MACHINE: Final = "HKEY_LOCAL_MACHINE"
_USERS: Final = "HKEY_USERS"
_USER: Final = "HKEY_CURRENT_USER"
_MERGED: Final = "HKEY_CLASSES_ROOT"
_CLASSES: Final = "_Classes"
_ALIAS: Final = rf"{_USERS}\S-1-5-18"  # another name of .DEFAULT
_NT_ROOTS: Final = {"Machine": _MACHINE, "User": _USERS}
_REG_HEADERS: Final = ("Windows Registry Editor", "REGEDIT4")
_HEADER: Final = f"{_REG_HEADERS[0]} Version 5.00\n\n"
_TYPED: Final = {ExpandString: REG_EXPAND_SZ, Link: REG_LINK, QWord: REG_QWORD}
_UNCHANGED: Final = Value("", 0, b"")


class TestRegistry(anyreg.Registry):
    """A registry in memory that can be filled, and tells what was changed since."""

    __test__ = False  # pytest: no class of tests

    def __init__(self) -> None:
        """Make a new one."""
        self._world = open_memory()
        super().__init__(self._world)
        self._before = self._copy()

    def fill(self, contents: Contents | str | os.PathLike[str]) -> None:
        r"""Put keys and values in; what was there stays.  Changes count from here on.

        Args:
            contents: Keys by their paths, each with its values by name, as in
                {r"HKCU\Software\X": {"Name": "x", "Sub": {"Count": 1}}}: a mapping among the
                values is a subkey.  Data is what Key.values takes.  Or the text of a .reg file,
                with or without its first line; or a Path: a file as Registry.import_ takes it.

        Raises:
            RegFileError: A line of the text or file is none of a .reg file.
        """
        with self.transaction():
            if isinstance(contents, str):
                self._import(contents)
            elif isinstance(contents, os.PathLike):
                self.import_(contents)
            else:
                self._fill("", contents)
        self._before = self._copy()

    def _fill(self, path: str, contents: Contents) -> None:
        for name, data in contents.items():
            if isinstance(data, Mapping):
                below = join_path(path, name)
                self.create(below)
                self._fill(below, data)
            else:
                self.write(path, name, data)

    def _import(self, text: str) -> None:
        from anyreg.formats.regfile import parse
        from anyreg.interchange.apply import apply

        begun = text.lstrip()
        added = "" if begun.startswith(_REG_HEADERS) else _HEADER
        try:
            apply(self, parse(io.BytesIO((added + begun).encode())))
        except RegFileError as error:  # its lines are those of the text that was given
            error.line += text[: len(text) - len(begun)].count("\n") - added.count("\n")
            raise

    def changes(self) -> list[Change]:
        """What differs from the last fill(), or from the start; see anyreg.diff.

        Every change is reported once, under HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER, or HKEY_USERS
        where it is another user's.
        """
        found: list[Change] = []
        for top in (_MACHINE, _USERS):
            before = self._before.open(top)
            for change in anyreg.diff(before, self.open(top)):
                path = join_path(top, change.path)
                if not _is_below(path, _ALIAS):
                    found.append(change._replace(path=self._known(path)))
        return found

    def assert_unchanged(self) -> None:
        """Fail if anything was changed."""
        self._refuse(self.changes())

    def assert_changes(self, expected: Contents) -> None:
        r"""Fail if anything else was changed, or less.

        Args:
            expected: The changed keys by their paths, each with its changed values by name: their
                new data, or None where they are gone.  A class such as ExpandString or QWord asks
                for its type too.  A key that was made or deleted is named too, with None if it is
                gone; but not one that was made on the way to a key that is named, or that went
                with the key above it.
        """
        changed = _Changed(self.changes())
        wanted = {self._canonical(path, changed): data for path, data in expected.items()}
        wrong = list(_differences(changed, wanted))
        _expect(not wrong, "\n  ".join(["the registry was changed otherwise:", *wrong]))

    def assert_value(self, path: str, name: str, data: object) -> None:
        """Fail if a value is missing, or has other data.

        Args:
            path: The key.
            name: The value's name, "" for the default value.
            data: What it must hold, as Key.values gives it.  A class such as ExpandString or
                QWord, or Raw, asks for its type too.
        """
        found = self._value(path, name)
        _expect(found is not None, f"no value {name!r} in {path}")
        spelling = f"{name!r} in {path}: expected {_shown(data)}, found {_shown(found)}"
        _expect(_holds(found, data), spelling)

    def _value(self, path: str, name: str) -> Value | None:
        """A value; None where it or its key is missing."""
        try:
            return self.open(path).find_value(name)
        except NotFoundError:
            return None

    def assert_missing(self, path: str, name: str | None = None) -> None:
        """Fail if a key is there; with a name, if the key has that value.

        Args:
            path: The key.
            name: The value's name.
        """
        try:
            key = self.open(path)
        except NotFoundError:
            return
        _expect(name is not None, f"there is a key {path}")
        _expect(key.find_value(name or "") is None, f"there is a value {name!r} in {path}")

    def _refuse(self, changes: list[Change]) -> None:
        lines = [f"{change.kind} {change.path} {change.name or ''}".rstrip() for change in changes]
        _expect(not changes, "\n  ".join(["the registry was changed:", *lines]))

    def _copy(self) -> anyreg.Registry:
        """Everything as it is now, to compare with."""
        copy = anyreg.Registry(MemoryBackend())
        for top in (_MACHINE, _USERS):
            self.open(top).copy_to(copy.create(top))
        return copy

    def _canonical(self, path: str, changed: _Changed) -> str:
        """The path that changes are reported under, of a key that may be gone."""
        names = split_path(long_path(path))
        if names[:1] == [_MERGED]:
            for top in (rf"{_USER}\Software\Classes", rf"{_MACHINE}\SOFTWARE\Classes"):
                one = "\\".join([top, *names[1:]])
                if fold(one) in changed.spelled:
                    return one
        for length in range(len(names), 0, -1):
            try:
                key = self.open("\\".join(names[:length]))
            except NotFoundError:
                continue
            _, _, place, *above = self._world.nt_path(key.node).split("\\")
            top = _NT_ROOTS.get(place, place)
            return self._known("\\".join([top, *above, *names[length:]]))
        return "\\".join(names)

    def _known(self, path: str) -> str:
        """The path that a program knows a key of the user by."""
        users, _, rest = path.partition("\\")
        hive, _, below = rest.partition("\\")
        user = self._world.user
        if users != _USERS or hive.removesuffix(_CLASSES) != user:
            return path
        top = _USER if hive == user else rf"{_USER}\Software\Classes"
        return join_path(top, below) if below else top


def _is_below(path: str, top: str) -> bool:
    """Whether a key is another, or below it; both are spelled alike."""
    return path == top or path.startswith(top + "\\")


def _expect(is_so: bool, message: str) -> None:
    if not is_so:
        raise AssertionError(message)


@contextmanager
def spoken_to(registry: anyreg.Registry) -> Iterator[None]:
    """Let winreg be anyreg's, and speak to a registry in every thread, for the length of a block.

    Args:
        registry: The registry; it stays the caller's to close.
    """
    with installed():
        chosen = anyreg.use(registry)
        try:
            yield
        finally:
            anyreg.use(chosen.before)


# What was changed, and what should have been


class _Changed:
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


def _differences(changed: _Changed, expected: Contents) -> Iterator[str]:
    """What is otherwise than it was expected, a line each."""
    wanted = {fold(path): data for path, data in expected.items()}
    spelling = {fold(path): path for path in expected} | changed.spelled
    gone = {path for path, data in wanted.items() if data is None}
    for path, data in wanted.items():
        if isinstance(data, Mapping):
            yield from _key_differences(changed, path, spelling[path], data)
        elif path not in changed.gone:
            yield f"{spelling[path]}: expected to be deleted"
    for path in changed.gone:
        if not any(_is_below(path, top) for top in gone):
            yield f"{spelling[path]}: deleted"
    for path in changed.made | changed.touched:
        if not any(_is_below(other, path) for other in wanted):
            yield f"{spelling[path]}: {'made' if path in changed.made else 'changed'}"
    for path in changed.values.keys() - wanted.keys() - changed.gone:
        yield from _key_differences(changed, path, spelling[path], {})


def _key_differences(changed: _Changed, path: str, spelling: str, data: Contents) -> Iterator[str]:
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
            yield f"{spelling} {name!r}: expected {_shown(wanted)}, not changed"
        elif not _holds(after, wanted):
            yield f"{spelling} {name!r}: expected {_shown(wanted)}, found {_shown(after)}"
    for name, after in actual.values():
        yield f"{spelling} {name!r}: {_shown(after)}, not expected"


def _holds(value: Value | None, data: object) -> bool:
    """Whether a value is what it must be; None is no value."""
    if value is None or data is None:
        return value is data
    if isinstance(data, Raw):
        return (value.type, value.raw) == data
    kind = next((number for known, number in _TYPED.items() if isinstance(data, known)), value.type)
    return value.type == kind and value.data == data


def _shown(data: object) -> str:
    """A value, or what one must be, in words."""
    if data is None:
        return "no value"
    if isinstance(data, Value):
        return f"{data.type_name} {data.data!r}"
    names = [type_name(number) for known, number in _TYPED.items() if isinstance(data, known)]
    return " ".join([*names, repr(data)])
