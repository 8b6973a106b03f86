"""The values of a key: read in several ways, set and deleted.

Plain reads follow the rules of Python: `value()` and the getters raise where there is none, unless
they are given a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar, overload

from anyreg.errors import ValueNotFoundError, ValueTypeError
from anyreg.registry import views
from anyreg.registry.handle import KeyHandle
from anyreg.values import Value

T = TypeVar("T")


class _Required:
    """The default of a getter that was given none."""


_REQUIRED: Final = _Required()


class ValuedKey(KeyHandle):
    """The part of a key that has values."""

    @property
    def values(self) -> views.Values:
        """The values as a mapping of names to Python data; "" is the default value."""
        return views.Values(self)

    def records(self) -> list[Value]:
        """All values in stored order, doubles of a damaged hive included."""
        return self._backend.values(self.node)

    def find_value(self, name: str) -> Value | None:
        """The value of this name, or None."""
        return self._backend.read(self.node, name)

    def value(self, name: str) -> Value:
        """The value of this name, with its type and bytes.

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
    def get_int(self, name: str) -> int: ...
    @overload
    def get_int(self, name: str, default: T) -> int | T: ...
    def get_int(self, name: str, default: object = _REQUIRED) -> object:
        """The number of a REG_DWORD, REG_DWORD_BIG_ENDIAN or REG_QWORD value; see get_str."""
        return self._get(name, default, int, "a number")

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
        data = found.data
        if not isinstance(data, kind):
            raise ValueTypeError(
                f"value {name!r} is {found.type_name}, not {words}",
                path=self.path,
                expected=words,
                actual=found.type_name,
            )
        return data

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
            TypeError: No registry type stands for a datum.
            ValueError: A number does not fit, or LimitError: a name or the data is too long.
        """
        self._backend.assign(self.node, data)

    def set_records(self, values: list[Value]) -> None:
        """Set values with the types and bytes that they have, all or none."""
        self._backend.write(self.node, values)

    def delete_value(self, name: str, *, missing_ok: bool = False) -> None:
        """Delete a value.

        Raises:
            ValueNotFoundError: There is none, and missing_ok is False.
        """
        if not self._backend.remove(self.node, name) and not missing_ok:
            raise ValueNotFoundError(f"no value {name!r} in the key", path=self.path)

    def delete_values(self, names: list[str]) -> None:
        """Delete several values, all or none; missing ones are no error."""
        backend = self._backend
        backend.begin()
        try:
            for name in names:
                backend.remove(self.node, name)
        except BaseException:
            backend.roll_back()
            raise
        backend.commit(False)
