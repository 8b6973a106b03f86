r"""A pytest plugin: tests of programs that use winreg, on any system.

    def test_settings(registry):
        registry.fill({r"HKCU\Software\Vendor": {"Retries": 5}})
        program.main()                                        # says `import winreg`
        registry.assert_changes({r"HKCU\Software\Vendor": {"Retries": 6, "Old": None}})

Each test that asks for `registry` gets a new registry in memory, with what a registry of one's own
holds at first.  For as long as the test runs, winreg is anyreg's, and speaks to it.

A program that is imported before any test says `import winreg` before any fixture can help.  With
the line `winreg = true` in pytest's configuration winreg is there for the whole run; where no
fixture is asked for it speaks to one registry in memory, and never to a real one.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import pytest

import anyreg
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.scratch import open_memory
from anyreg.errors import NotFoundError
from anyreg.install import KEEPERS, install_as_winreg
from anyreg.names import fold
from anyreg.paths import ROOTS, SHORT_ROOTS, join_path

if TYPE_CHECKING:
    from anyreg import Change

Contents = Mapping[str, object]
"""Keys by path, each with its values by name; among them, or below them, further keys."""

_MACHINE: Final = "HKEY_LOCAL_MACHINE"
_USERS: Final = "HKEY_USERS"
_USER: Final = "HKEY_CURRENT_USER"
_CLASSES: Final = "_Classes"
_REG_HEADERS: Final = ("Windows Registry Editor", "REGEDIT4")


class TestRegistry(anyreg.Registry):
    """A registry in memory that can be filled, and tells what was changed since."""

    __test__ = False  # pytest: no class of tests

    def __init__(self) -> None:
        """Make a new one."""
        self._world = open_memory()
        super().__init__(self._world)
        self._before = self._copy()

    def fill(self, contents: Contents | str) -> None:
        r"""Put keys and values in; what was there stays.  Changes count from here on.

        Args:
            contents: Keys by their paths, each with its values by name, as in
                {r"HKCU\Software\X": {"Name": "x", "Sub": {"Count": 1}}}: a mapping among the
                values is a subkey.  Data is what Key.values takes.  Or the text of a .reg file.

        Raises:
            RegFileError: A line of the text is none of a .reg file.
        """
        with self.transaction():
            if isinstance(contents, str):
                self._import(contents)
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
        from anyreg.interchange.apply import apply
        from anyreg.interchange.regfile import parse

        if not text.lstrip().startswith(_REG_HEADERS):
            text = f"{_REG_HEADERS[0]} Version 5.00\n\n{text}"
        apply(self, parse(io.BytesIO(text.lstrip().encode())))

    def changes(self) -> list[Change]:
        """What differs from the last fill(), or from the start; see anyreg.diff.

        Every change is told once, under HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER, or HKEY_USERS
        where it is another user's.
        """
        found: list[Change] = []
        for top in (_MACHINE, _USERS):
            before = self._before.open(top)
            for change in anyreg.diff(before, self.open(top)):
                found.append(change._replace(path=self._known(join_path(top, change.path))))
        return found

    def assert_unchanged(self) -> None:
        """Fail if anything was changed."""
        self._refuse(self.changes())

    def assert_changes(self, expected: Contents) -> None:
        r"""Fail if anything else was changed, or less.

        Args:
            expected: The changed keys by their paths, each with its changed values by name: their
                new data, or None where they are gone.  A key that was made or deleted is named
                too, with None if it is gone.
        """
        changes = self.changes()
        actual: dict[str, dict[str, object] | None] = {}
        for change in changes:
            if change.name is None:
                actual[change.path] = None if change.after is None else {}
        for change in changes:
            values = actual.setdefault(change.path, {})
            if change.name is not None and values is not None:
                values[change.name] = getattr(change.after, "data", None)
        spellings = {fold(path): path for path in actual}
        full = [(_full(path), data) for path, data in expected.items()]
        assert actual == {spellings.get(fold(path), path): data for path, data in full}

    def assert_value(self, path: str, name: str, data: object) -> None:
        """Fail if a value is missing, or has other data.

        Args:
            path: The key.
            name: The value's name, "" for the default value.
            data: What it must hold, as Key.values gives it.
        """
        found = self.open(path).find_value(name)
        assert found is not None, f"no value {name!r} in {path}"
        assert found.data == data

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
        assert name is not None, f"there is a key {path}"
        assert key.find_value(name) is None, f"there is a value {name!r} in {path}"

    def _refuse(self, changes: list[Change]) -> None:
        lines = [f"{change.kind} {change.path} {change.name or ''}".rstrip() for change in changes]
        assert not changes, "\n".join(["the registry was changed:", *lines])

    def _copy(self) -> anyreg.Registry:
        """Everything as it is now, to compare with."""
        copy = anyreg.Registry(MemoryBackend())
        for top in (_MACHINE, _USERS):
            self.open(top).copy_to(copy.create(top))
        return copy

    def _known(self, path: str) -> str:
        """The path that a program knows a key of the user by."""
        users, _, rest = path.partition("\\")
        hive, _, below = rest.partition("\\")
        user = self._world.user
        if users != _USERS or hive.removesuffix(_CLASSES) != user:
            return path
        top = _USER if hive == user else rf"{_USER}\Software\Classes"
        return join_path(top, below) if below else top


def _full(path: str) -> str:
    """A path with the long name of its root."""
    root, _, below = path.partition("\\")
    number = SHORT_ROOTS.get(fold(root))
    long = next((name for name, known in ROOTS.items() if known == number), fold(root))
    return join_path(long, below) if below else long


def _install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make winreg anyreg's, until monkeypatch takes it back."""
    from anyreg import winreg

    monkeypatch.setitem(sys.modules, "winreg", winreg)
    for name, kept in KEEPERS.items():
        if name in sys.modules:
            monkeypatch.setattr(sys.modules[name], kept, winreg, raising=False)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestRegistry]:
    """A new registry in memory that winreg speaks to, for this test alone."""
    _install(monkeypatch)
    made = TestRegistry()
    chosen = anyreg.use(made)
    try:
        yield made
    finally:
        anyreg.use(chosen.before)
        made.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The line for pytest's configuration."""
    parser.addini(
        "winreg", "have anyreg's winreg installed for the whole run", type="bool", default=False
    )


def pytest_configure(config: pytest.Config) -> None:
    """Install winreg before any module of the tests is imported."""
    if config.getini("winreg"):
        install_as_winreg()
        anyreg.use(anyreg.open("memory:"))
