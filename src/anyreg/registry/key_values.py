"""The values of a key: read in several ways, set and deleted.

Plain reads follow the rules of Python: `value()` and the getters raise where there is none, unless
they are given a default.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Self, TypeVar, overload

from anyreg.backends import trees
from anyreg.backends.base import AllOrNone
from anyreg.backends.system_abilities import Batched, Localized
from anyreg.errors import NotSupportedError, RegistryError, ValueNotFoundError, ValueTypeError
from anyreg.names import fold
from anyreg.new_keys import NewKey
from anyreg.paths import join_path
from anyreg.registry.key_handle import KeyHandle
from anyreg.registry.log_messages import tell_read, tell_set
from anyreg.times import to_datetime
from anyreg.values import Data, Value

_log: Final = logging.getLogger(__name__)

T = TypeVar("T")


class _Required:
    """The default of a getter that was given none."""


_REQUIRED: Final = _Required()
_TIME_SIZE: Final = 8  # bytes of a FILETIME


class KeyValues(KeyHandle):
    """The part of a key that has values."""

    def records(self) -> list[Value]:
        """All values in stored order, doubles of a damaged hive included."""
        found = self._backend.values(self.node)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("read %r: all values (%d)", self.told_path(), len(found))
        return found

    def look(self, top: KeyHandle | None) -> tuple[list[Self], list[Value]]:
        """The subkeys and the values at once, as a walk wants them.

        Args:
            top: Where the tree begins that is walked through, see below(); None: as children().
        """
        backend = self._backend
        if top is None or not isinstance(backend, Batched):
            subkeys = self.children() if top is None else self.below(top)
            return subkeys, self.records()
        nodes, values = backend.read_all(self.node, top.node)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("read %r: all values (%d)", self.told_path(), len(values))
        return [self._made(node, self) for node in nodes], values

    def find_value(self, name: str) -> Value | None:
        """The value of this name, or None.

        Args:
            name: The value's name, "" for the default value.
        """
        found = self._backend.read(self.node, name)
        if _log.isEnabledFor(logging.DEBUG):
            tell_read(_log, self.told_path(), name, found)
        return found

    def read_many(
        self, names: Iterable[str], default: Data | None = None
    ) -> dict[str, Data | None]:
        """The data of several values as they were at one moment.

        Args:
            names: The values' names.
            default: What to give where there is no such value.

        Returns:
            A datum for each of the names, in the spelling and order in which they were given.
        """
        names = list(names)
        known: dict[str, Value] = {}
        backend = self._backend
        several: dict[str, Value] | None = None
        if isinstance(backend, Batched):
            several = backend.read_several(self.node, names)
        for value in self.records() if several is None else several.values():
            known.setdefault(fold(value.name), value)
        found: dict[str, Data | None] = {}
        for name in names:
            here = known.get(fold(name))
            found[name] = default if here is None else here.data
        return found

    def value(self, name: str) -> Value:
        """The value of this name, with its type and bytes.

        Args:
            name: The value's name, "" for the default value.

        Raises:
            ValueNotFoundError: The key has none.
        """
        found = self.find_value(name)
        if found is None:
            raise ValueNotFoundError(f"no value {name!r} in the key", path=self.path)
        return found

    @overload
    def get_str(self, name: str) -> str: ...
    @overload
    def get_str(self, name: str, default: T) -> str | T: ...
    def get_str(self, name: str, default: object = _REQUIRED) -> object:
        """The text of a REG_SZ, REG_EXPAND_SZ (not expanded) or REG_LINK value.

        Args:
            name: The value's name.
            default: What to give where there is no such value; without it that is an error.

        Raises:
            ValueNotFoundError: There is no such value, and no default.
            ValueTypeError: The value is no text.
        """
        return self._get(name, default, str, "text")

    @overload
    def get_mui_str(self, name: str) -> str: ...
    @overload
    def get_mui_str(self, name: str, default: T) -> str | T: ...
    def get_mui_str(self, name: str, default: object = _REQUIRED) -> object:
        r"""The text that a value refers to, as RegLoadMUIString gives it; see get_str.

        Such a value says where a text stands: "@tzres.dll,-320", "@%SystemRoot%\x.dll,-1".  Any
        other text is given as it is.

        Raises:
            NotFoundError: There is no such file, or no such text in it.
            NotSupportedError: The text stands in a file of Windows, and this registry is not that
                of the Windows that is running.
        """
        found = self._get(name, default, str, "text")
        if not isinstance(found, str) or not found.startswith("@") or found is default:
            return found
        backend = self._backend
        if not isinstance(backend, Localized):
            raise NotSupportedError(
                f"the text stands in a file of Windows, {found!r}: read the value where that "
                "Windows runs, or what it says as it is by get_str()",
                path=self.path,
            )
        return backend.load_text(self.node, name)

    @overload
    def get_int(self, name: str) -> int: ...
    @overload
    def get_int(self, name: str, default: T) -> int | T: ...
    def get_int(self, name: str, default: object = _REQUIRED) -> object:
        """The number of a REG_DWORD, REG_DWORD_BIG_ENDIAN or REG_QWORD value; see get_str."""
        return self._get(name, default, int, "a number")

    @overload
    def get_bool(self, name: str) -> bool: ...
    @overload
    def get_bool(self, name: str, default: T) -> bool | T: ...
    def get_bool(self, name: str, default: object = _REQUIRED) -> object:
        """Whether the number of a value is another one than 0; see get_int and get_str."""
        found = self.find_value(name)
        if found is None:
            return self._missing(name, default)
        return bool(self._typed(found, int, "a number"))

    @overload
    def get_datetime(self, name: str) -> datetime: ...
    @overload
    def get_datetime(self, name: str, default: T) -> datetime | T: ...
    def get_datetime(self, name: str, default: object = _REQUIRED) -> object:
        """The time of a FILETIME, UTC: 8 bytes, as REG_QWORD, REG_BINARY or anything else.

        A time that datetime cannot hold is none, and so is a text; see get_str.

        Raises:
            ValueTypeError: The value holds no time.
        """
        found = self.find_value(name)
        if found is None:
            return self._missing(name, default)
        is_text = isinstance(found.data, (str, list))
        size = 0 if is_text else len(found.raw)
        moment = to_datetime(int.from_bytes(found.raw, "little")) if size == _TIME_SIZE else None
        if moment is None:
            raise self._of_wrong_type(found, "a time")
        return moment

    @overload
    def get_list(self, name: str) -> list[str]: ...
    @overload
    def get_list(self, name: str, default: T) -> list[str] | T: ...
    def get_list(self, name: str, default: object = _REQUIRED) -> object:
        """The strings of a REG_MULTI_SZ value; see get_str."""
        return self._get(name, default, list, "a list of texts")

    @overload
    def get_bytes(self, name: str) -> bytes: ...
    @overload
    def get_bytes(self, name: str, default: T) -> bytes | T: ...
    def get_bytes(self, name: str, default: object = _REQUIRED) -> object:
        """The stored bytes of a value of any type; see get_str."""
        found = self.find_value(name)
        return self._missing(name, default) if found is None else found.raw

    def _get(self, name: str, default: object, kind: type, words: str) -> object:
        found = self.find_value(name)
        if found is None:
            return self._missing(name, default)
        return self._typed(found, kind, words)

    def _typed(self, found: Value, kind: type, words: str) -> object:
        data = found.data
        if not isinstance(data, kind):
            raise self._of_wrong_type(found, words)
        return data

    def _of_wrong_type(self, found: Value, words: str) -> ValueTypeError:
        return ValueTypeError(
            f"value {found.name!r} is {found.type_name}, not {words}",
            path=self.path,
            expected=words,
            actual=found.type_name,
        )

    def _missing(self, name: str, default: object) -> object:
        if default is _REQUIRED:
            raise ValueNotFoundError(f"no value {name!r} in the key", path=self.path)
        return default

    # Changes: each is a transaction, or a part of the one under way (Registry.transaction)

    def hold(self) -> None:
        """Inside a transaction: from now on to its end nobody else changes the key's hive.

        So what is read behind this is still true when it is written upon.  Without it a hive
        joins a transaction over a whole registry with the first change that is made in it.
        """
        self._backend.write(self.node, [])

    def set_values(self, data: Mapping[str, object]) -> None:
        """Set values, all or none; see `values` for what data can be.

        Raises:
            ValueTypeError: A value is there whose type is for data of another kind.
            TypeError: No registry type stands for a datum.
            ValueError: A number does not fit, or LimitError: a name or the data is too long.
        """
        try:
            trees.assign(self._backend, self.node, data)
        except ValueTypeError as error:
            error.path = self.told_path()
            raise
        if _log.isEnabledFor(logging.INFO):
            tell_set(_log, self.told_path(), self._stored(data))

    def _stored(self, names: Iterable[str]) -> list[Value]:
        """What values have become, for the log alone."""
        try:
            found = [self._backend.read(self.node, name) for name in names]
        except RegistryError:  # the key is gone by now
            return []
        return [value for value in found if value is not None]

    def set_records(self, values: list[Value]) -> None:
        """Set values with the types and bytes that they have, all or none.

        Args:
            values: The values.
        """
        self._backend.write(self.node, values)
        if _log.isEnabledFor(logging.INFO):
            tell_set(_log, self.told_path(), values)

    def bulk_insert(self, keys: list[NewKey]) -> None:
        """Make many subkeys with all that they are to hold, all or none.

        Args:
            keys: What is to be made.

        Raises:
            KeyExistsError: There is a subkey of one of these names.
            LimitError: A name or a value is not allowed, or a key would stand too deep.
            VolatileParentError: This key is volatile.
            NotSupportedError: The registry is open for reading only.
        """
        trees.bulk_insert(self._backend, self.node, keys)
        if _log.isEnabledFor(logging.INFO):
            stack = [(join_path(self.told_path(), key.name), key) for key in reversed(keys)]
            while stack:
                path, key = stack.pop()
                _log.info("made %r", path)
                if key.values:
                    tell_set(_log, path, list(key.values.values()))
                below = reversed(key.subkeys.values())
                stack.extend([(join_path(path, subkey.name), subkey) for subkey in below])

    def delete_value(self, name: str, *, missing_ok: bool = False) -> None:
        """Delete a value.

        Args:
            name: The value's name, "" for the default value.
            missing_ok: That there is no such value is no error.

        Raises:
            ValueNotFoundError: There is none, and missing_ok is False.
        """
        if self._backend.remove(self.node, name):
            if _log.isEnabledFor(logging.INFO):
                _log.info("deleted from %r: %r", self.told_path(), name)
        elif not missing_ok:
            raise ValueNotFoundError(f"no value {name!r} in the key", path=self.path)

    def delete_values(self, names: list[str]) -> None:
        """Delete several values, all or none; missing ones are no error.

        Args:
            names: The values' names.
        """
        with AllOrNone(self._backend):
            for name in names:
                self._backend.remove(self.node, name)
        if _log.isEnabledFor(logging.INFO):
            _log.info("deleted from %r: %r", self.told_path(), names)
