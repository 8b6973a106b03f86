r"""Environment variables, as Windows keeps them: those of a user, and those of the system.

A user's are the values of HKCU\Environment, the system's those of Session Manager\Environment.
Texts are given and taken as they are stored: not expanded, not cut.  A variable that is there
keeps its type; a new one with %VARIABLES% in it is a REG_EXPAND_SZ.  Programs that are running
know what they began with: on a live Windows they are informed of a change, elsewhere nobody is, and
the log says so.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, MutableMapping
from typing import Final

from anyreg.backends.base import Backend
from anyreg.errors import KeyNotFoundError, LimitError, ValueNotFoundError, ValueTypeError
from anyreg.names import decode_utf16, fold
from anyreg.registry.broadcast import announce
from anyreg.registry.key import Key
from anyreg.registry.path_list import PathList
from anyreg.registry.transaction import Transaction
from anyreg.types import REG_EXPAND_SZ, REG_SZ, ExpandString
from anyreg.values import Value, encode

_log: Final = logging.getLogger(__name__)

_USER: Final = "HKEY_CURRENT_USER"
_CONTROL_SET: Final = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet"
_SYSTEM: Final = r"Control\Session Manager\Environment"
_NAME: Final = "Environment"
_VARIABLE: Final = re.compile("%[^%]+%")
_PATH: Final = "PATH"  # which Windows expands whatever its type is
_MOST: Final = 32767  # characters of a variable that a process of Windows can have


class Environment(MutableMapping[str, str]):
    """The variables of a user, or of the system; names are compared without case.

    Values that are no texts are no variables: Windows passes over them.  To read or to set one is
    an error; deleting it is not.

    Attributes:
        announced: Whether running programs were informed of the last change.
    """

    def __init__(self, backend: Backend, user: bool) -> None:
        """See Registry.environment()."""
        self._backend = backend
        self._is_user = user
        self.announced = False

    # Where it is

    @property
    def location(self) -> str:
        """The path of the key that holds the variables; it may be missing.

        Raises:
            KeyNotFoundError: There is not even the user, or a control set.
        """
        above, path = self._place()
        return "\\".join(name for name in (above.path, path) if name)

    def _place(self) -> tuple[Key, str]:
        """A key that must be there, and the path from it to that of the variables."""
        root = self._root()
        if root.find_child("HKEY_LOCAL_MACHINE") is not None:
            return root.open(_USER if self._is_user else _CONTROL_SET), self._path
        if self._is_user:
            return root, _NAME  # a user's hive alone
        return self._current_control_set(), _SYSTEM

    @property
    def _path(self) -> str:
        return _NAME if self._is_user else _SYSTEM

    def _current_control_set(self) -> Key:
        """The control set that a hive SYSTEM names as its current one."""
        root = self._root()
        select = root.find_child("Select")
        data = {} if select is None else select.read_many(("Current", "Default"))
        for number in data.values():
            if isinstance(number, int):
                found = root.find_child(f"ControlSet{number:03}")
                if found is not None:
                    return found
        raise KeyNotFoundError("no control set: this is no hive of a system", path="Select")

    def _key(self) -> Key | None:
        above, path = self._place()
        try:
            return above.open(path)
        except KeyNotFoundError:
            return None

    # Reading

    def value(self, name: str) -> Value:
        """A variable with its type and bytes.

        Args:
            name: The variable.

        Raises:
            ValueNotFoundError: There is none.
            ValueTypeError: The value holds no text.
        """
        key = self._key()
        found = None if key is None or not name else key.find_value(name)
        if found is None:
            raise ValueNotFoundError(f"no variable {name!r}", path=self.location)
        self._expect_text(found)
        return found

    def records(self) -> list[Value]:
        """All variables with their types and bytes, in stored order."""
        key = self._key()
        seen: set[str] = set()
        found: list[Value] = []
        for value in [] if key is None else key.records():
            folded = fold(value.name)
            if folded and folded not in seen and _is_text(value):
                found.append(value)
            seen.add(folded)
        return found

    def _expect_text(self, value: Value) -> None:
        if not _is_text(value):
            raise ValueTypeError(
                f"variable {value.name!r} is {value.type_name}, not text",
                path=self.location,
                expected="REG_SZ or REG_EXPAND_SZ",
                actual=value.type_name,
            )

    def __getitem__(self, name: str) -> str:
        return str(self.value(name).data)

    def __iter__(self) -> Iterator[str]:
        return iter([value.name for value in self.records()])

    def __len__(self) -> int:
        return len(self.records())

    def __contains__(self, name: object) -> bool:
        key = self._key()
        found = None if key is None or not isinstance(name, str) else key.find_value(name)
        return found is not None and name != "" and _is_text(found)

    # Changes

    def __setitem__(self, name: str, text: str) -> None:
        self.set(name, text)

    def set(self, name: str, text: str, *, expand: bool | None = None) -> bool:
        """Set a variable.

        Args:
            name: Its name; that of a variable that is there keeps its spelling.
            text: Its text, which may hold %VARIABLES%.
            expand: Whether Windows shall replace these: True is REG_EXPAND_SZ, as is an
                ExpandString, False REG_SZ.  By default it is the type that is there, and of a new
                variable REG_EXPAND_SZ if there are any.

        Returns:
            Whether anything was changed.

        Raises:
            LimitError: The name is empty or holds "=" or NUL, or the text holds NUL.
            ValueTypeError: There is a value of this name that is no text.
        """
        if isinstance(text, ExpandString):
            expand = True
        return self.edit(name, lambda _: text, expand=expand, is_whole=True)

    def update(self, *others: object, **more: str) -> None:
        """Set many variables, all or none.

        Args:
            others: A mapping of names to texts, or pairs of both.
            more: Names and texts as keywords.
        """
        texts: dict[str, str] = dict(*others, **more)
        with self._transaction():
            for name, text in texts.items():
                self.set(name, text)

    def clear(self) -> None:
        """Delete all variables, all or none."""
        with self._transaction():
            for name in tuple(self):
                del self[name]

    def __delitem__(self, name: str) -> None:
        with self._transaction():
            key = self._key()
            if key is None or not name:
                raise ValueNotFoundError(f"no variable {name!r}", path=self.location)
            key.delete_value(name)
        self._tell()

    def edit(
        self,
        name: str,
        change: Callable[[str], str],
        *,
        expand: bool | None = None,
        is_whole: bool = False,
    ) -> bool:
        """Make a variable's new text of its old one, with nobody else in between.

        Args:
            name: The variable.
            change: Given the text, "" where there is no variable, returns the new one.  The
                same text changes nothing, and so makes no variable.
            expand: As in set().  A new variable is a REG_EXPAND_SZ by default.
            is_whole: The new text stands in the place of the old one whatever that was.

        Returns:
            Whether anything was changed.

        Raises:
            LimitError: As set(), or text stands behind a NUL, which would be lost.
            ValueTypeError: There is a value of this name that is no text.
        """
        _check_name(name)
        with self._transaction():
            key = self._key()
            if key is not None:
                key.hold()
            before = None if key is None else key.find_value(name)
            if before is not None:
                self._expect_text(before)
                if not is_whole:
                    _expect_whole(before)
            old = "" if before is None else str(before.data)
            value = _made(name, change(old), before, _kind(before, expand, is_whole))
            if value == before or (before is None and not is_whole and not value.data):
                return False
            if key is None:
                above, path = self._place()
                key = above.create(path)
            key.set_records([value])
        _warn(value)
        self._tell()
        return True

    def _root(self) -> Key:
        return Key(self._backend, self._backend.root(), None)

    def _transaction(self) -> Transaction:
        return Transaction(self._backend)

    def _tell(self) -> None:
        """Tell running programs, where there are any."""
        is_live = self._backend.is_live
        self.announced = is_live and announce()
        if self.announced:
            _log.info("running programs were informed that the environment has changed")
        elif is_live:
            _log.warning("not all running programs were informed in time of the new environment")
        else:
            _log.info("no WM_SETTINGCHANGE sent: this is not the registry of a running Windows")

    # Lists

    @property
    def path(self) -> PathList:
        """The folders in which programs are looked for: the variable Path as a list."""
        return self.list("Path")

    def list(self, name: str) -> PathList:
        """Any variable as a list of what stands between its semicolons, such as PATHEXT.

        Args:
            name: The variable, which need not exist.
        """
        return PathList(self, name)

    def __repr__(self) -> str:
        return f"<Environment of {'the user' if self._is_user else 'the system'}>"


def _is_text(value: Value) -> bool:
    return value.type in (REG_SZ, REG_EXPAND_SZ)


def _check_name(name: str) -> None:
    if not name or "=" in name or "\0" in name:
        raise LimitError("a variable's name is not empty, and holds neither = nor NUL", path=name)


def _expect_whole(value: Value) -> None:
    """Refuse a text of which reading shows a part only."""
    if decode_utf16(value.raw).partition("\0")[2].strip("\0"):
        raise LimitError(f"variable {value.name!r} holds text behind a NUL, which would be lost")


def _kind(before: Value | None, expand: bool | None, is_whole: bool) -> int:
    """The type of a variable's new text, 0 where the text decides."""
    if expand is not None:
        return REG_EXPAND_SZ if expand else REG_SZ
    if before is not None:
        return before.type
    return 0 if is_whole else REG_EXPAND_SZ


def _made(name: str, text: str, before: Value | None, kind: int) -> Value:
    """The variable with a new text; the very same where nothing is new."""
    if "\0" in text:
        raise LimitError(f"the text of variable {name!r} cannot hold a NUL")
    if before is not None and before.type == kind and before.data == text:
        return before
    kind = kind or (REG_EXPAND_SZ if _VARIABLE.search(text) else REG_SZ)
    return Value(name if before is None else before.name, kind, encode(str(text))[1])


def _warn(value: Value) -> None:
    """Say what Windows will make of a variable that looks otherwise."""
    text = str(value.data)
    is_path = fold(value.name) == _PATH
    if value.type == REG_SZ and not is_path and _VARIABLE.search(text):
        _log.warning("%r is REG_SZ: Windows does not expand what it holds", value.name)
    if len(text) > _MOST:
        _log.warning("%r has %d characters: Windows takes %d", value.name, len(text), _MOST)
