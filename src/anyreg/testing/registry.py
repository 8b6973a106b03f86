r"""A registry for tests of programs that use winreg, on any system.

`TestRegistry` can be filled, asserts what was changed since, and denies what it is told to deny.
pytest_anyreg hands out a new one to each test that asks for its fixture; without pytest it is used
by hand.

The registry is a world in memory.  What it is filled with and what is asserted goes to that world
itself; all else, also of the test, goes through whoever is asked from the first deny() on.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import anyreg
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.memory_registry import open_memory
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.errors import NotFoundError, RegFileError
from anyreg.names import fold
from anyreg.paths import PLACES, join_path, long_path, split_path
from anyreg.security.token import Token
from anyreg.testing.denials import EVERYBODY, Denial, UserRegistry
from anyreg.testing.differences import Changed, Contents, differences, holds, is_below, shown
from anyreg.values import Value

if TYPE_CHECKING:
    from anyreg import Change

_MACHINE: Final = "HKEY_LOCAL_MACHINE"
_USERS: Final = "HKEY_USERS"
_USER: Final = "HKEY_CURRENT_USER"
_MERGED: Final = "HKEY_CLASSES_ROOT"
_CLASSES: Final = "_Classes"
_ALIAS: Final = rf"{_USERS}\S-1-5-18"  # another name of .DEFAULT
_REG_HEADERS: Final = ("Windows Registry Editor", "REGEDIT4")
_HEADER: Final = f"{_REG_HEADERS[0]} Version 5.00\n\n"


class TestRegistry(anyreg.Registry):
    """A registry in memory that can be filled, and tells what was changed since."""

    __test__ = False  # pytest: no class of tests

    def __init__(self) -> None:
        """Make a new one."""
        self._world = open_memory()
        super().__init__(self._world)
        self._whole = anyreg.Registry(self._world)
        self._before = self._copy()
        self._denials: list[Denial] = []

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
        with self._whole.transaction():
            if isinstance(contents, str):
                self._import(contents)
            elif isinstance(contents, os.PathLike):
                self._whole.import_(contents)
            else:
                self._fill("", contents)
        self._before = self._copy()

    def _fill(self, path: str, contents: Contents) -> None:
        for name, data in contents.items():
            if isinstance(data, Mapping):
                below = join_path(path, name)
                self._whole.create(below)
                self._fill(below, data)
            else:
                self._whole.write(path, name, data)

    def _import(self, text: str) -> None:
        from anyreg.formats.regfile import parse
        from anyreg.interchange.apply import apply

        begun = text.lstrip()
        added = "" if begun.startswith(_REG_HEADERS) else _HEADER
        try:
            apply(self._whole, parse(io.BytesIO((added + begun).encode())))
        except RegFileError as error:  # its lines are those of the text that was given
            error.line += text[: len(text) - len(begun)].count("\n") - added.count("\n")
            raise

    def deny(self, path: str, rights: str | int = "full", *, inherit: bool = True) -> Denial:
        r"""Let a key refuse something, to the program and to the test, from now on.

        What is refused is a PermissionError with the winerror 5, as on Windows.  It is an entry of
        the key's security descriptor, so keys that are open already stay open for what they were
        opened for.  It ends with the test.

        Args:
            path: The key.
            rights: "read", "write", "delete", "full", names of rights as Key.deny() takes them, or
                an access mask.
            inherit: Whether it holds for all keys below, too.

        Returns:
            A context manager: at the end of its block all is allowed again.

        Raises:
            KeyNotFoundError: There is no such key.
            SecurityError: There is no such right.

        Examples:
            >>> registry.deny(r"HKCU\Software\Vendor", "write")  # doctest: +SKIP
            >>> with registry.deny(r"HKLM\SOFTWARE", "read"):  # doctest: +SKIP
            ...     assert program.main() == "no access"
        """
        denial = Denial(self._whole.open(path), rights, inherit, self._denials)
        if self._backend is self._world:
            self._backend = enforced(self._world, EVERYBODY)
        return denial

    def as_user(self, user: str = "", *groups: str, privileges: Iterable[str] = ()) -> UserRegistry:
        """The registry as somebody without special rights may use it.

        Args:
            user: A SID, an alias or a name that is the same everywhere; "": whose
                HKEY_CURRENT_USER it has.
            groups: Its groups, as the user; none: Users.
            privileges: The privileges that are enabled, by name.

        Returns:
            A registry; winreg speaks to it within its block.

        Raises:
            SecurityError: There is no such name.

        Examples:
            >>> with registry.as_user():  # doctest: +SKIP
            ...     program.main()  # may not write HKEY_LOCAL_MACHINE
        """
        token = Token.of(user or self._world.user, *groups or ("Users",), privileges=privileges)
        return UserRegistry(self._world, token)

    def changes(self) -> list[Change]:
        """What differs from the last fill(), or from the start; see anyreg.diff.

        Every change is reported once, under HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER, or HKEY_USERS
        where it is another user's.
        """
        found: list[Change] = []
        for top in (_MACHINE, _USERS):
            before = self._before.open(top)
            for change in anyreg.diff(before, self._whole.open(top)):
                path = join_path(top, change.path)
                if not is_below(path, _ALIAS):
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
        changed = Changed(self.changes())
        wanted = {self._canonical(path, changed): data for path, data in expected.items()}
        wrong = list(differences(changed, wanted))
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
        spelling = f"{name!r} in {path}: expected {shown(data)}, found {shown(found)}"
        _expect(holds(found, data), spelling)

    def _value(self, path: str, name: str) -> Value | None:
        """A value; None where it or its key is missing."""
        try:
            return self._whole.open(path).find_value(name)
        except NotFoundError:
            return None

    def assert_missing(self, path: str, name: str | None = None) -> None:
        """Fail if a key is there; with a name, if the key has that value.

        Args:
            path: The key.
            name: The value's name.
        """
        try:
            key = self._whole.open(path)
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
            self._whole.open(top).copy_to(copy.create(top))
        return copy

    def _canonical(self, path: str, changed: Changed) -> str:
        """The path that changes are reported under, of a key that may be gone."""
        names = split_path(long_path(path))
        if names[:1] == [_MERGED]:
            for top in (rf"{_USER}\Software\Classes", rf"{_MACHINE}\SOFTWARE\Classes"):
                one = "\\".join([top, *names[1:]])
                if fold(one) in changed.spelled:
                    return one
        for length in range(len(names), 0, -1):
            try:
                key = self._whole.open("\\".join(names[:length]))
            except NotFoundError:
                continue
            _, _, place, *above = self._world.nt_path(key.node).split("\\")
            top = PLACES.get(place, place)
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


def _expect(is_so: bool, message: str) -> None:
    if not is_so:
        raise AssertionError(message)
