"""A key: one handle, two mappings (its values, its subkeys), and ways to look through all below.

Plain reads follow the rules of Python: `key.values["x"]` raises where there is none, `.get()`
takes a default.  `children()` and `records()` give what is stored, just as it is stored: order,
doubles and all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, overload

from anyreg.backends.base import Backend
from anyreg.errors import (
    AddressError,
    ClosedError,
    KeyExistsError,
    KeyNotFoundError,
    ValueNotFoundError,
    ValueTypeError,
)
from anyreg.paths import join_path, split_path
from anyreg.regf.layout import KEY_VOLATILE
from anyreg.registry import search, views
from anyreg.registry.steps import Match, WalkStep
from anyreg.registry.timeline import Dated, timeline
from anyreg.registry.walk import walk
from anyreg.times import to_datetime
from anyreg.values import Node, Value

if TYPE_CHECKING:
    from anyreg.errors import RegistryError

T = TypeVar("T")


class _Required:
    """The default of a getter that was given none."""


_REQUIRED: Final = _Required()


class KeyInfo(NamedTuple):
    """What a key says of itself.

    Attributes:
        path: Its path from the registry's root.
        subkeys: Number of subkeys.
        values: Number of values.
        class_name: Its class name, "" where it has none.
        last_written: Time of its last change, UTC; None where the number is no time.
        filetime: The same as stored: 100 ns ticks since 1601.
        flags: The flags of its key node (anyreg.regf.layout, KEY_...).
    """

    path: str
    subkeys: int
    values: int
    class_name: str
    last_written: datetime | None
    filetime: int
    flags: int


class Key:
    r"""An opened key.

    Keys come from `Registry.open()`, `key / "sub"`, `key.open(r"a\b")` and `key.subkeys`.  They
    need not be closed; as a context manager a key closes itself at the end of the block.
    """

    def __init__(self, backend: Backend, node: Node, parent: Key | None) -> None:
        self._backend = backend
        self._opened: Node | None = node
        self._parent = parent
        self._owns_backend = False

    @property
    def node(self) -> Node:
        """The backend's own handle of the key."""
        node = self._opened
        if node is None:
            raise ClosedError("the key is closed")
        return node

    @property
    def name(self) -> str:
        """The key's name as stored."""
        return self._backend.fresh(self.node).name

    @property
    def last_written(self) -> int:
        """The FILETIME of the key's last change: 100 ns ticks since 1601."""
        return self._backend.fresh(self.node).last_written

    @property
    def path(self) -> str:
        r"""The path from the registry's root, such as "Software\\Vendor"; "" for the root."""
        names: list[str] = []
        key = self
        parent = key._parent
        while parent is not None:
            names.append(key.name)
            key = parent
            parent = key._parent
        names.reverse()
        return "\\".join(names)

    @property
    def parent(self) -> Key | None:
        """The key above, None for the root."""
        return self._parent

    # Subkeys

    @property
    def subkeys(self) -> views.Subkeys:
        """The subkeys as a mapping of names to keys; names are compared as Windows does."""
        return views.Subkeys(self)

    def children(self) -> list[Key]:
        """All subkeys in stored order, doubles of a damaged hive included."""
        backend = self._backend
        return [Key(backend, node, self) for node in backend.subkeys(self.node)]

    def open(self, path: str) -> Key:
        r"""A key below this one.

        Args:
            path: Names joined by backslashes; "" is the key itself, under a new handle.

        Raises:
            KeyNotFoundError: There is no such key.
        """
        key = Key(self._backend, self.node, self._parent)
        for name in split_path(path):
            child = key.find_child(name)
            if child is None:
                raise KeyNotFoundError("no such key", path=join_path(key.path, name))
            key = child
        return key

    def find_child(self, name: str) -> Key | None:
        """The subkey of this name, or None; a name is never split at backslashes."""
        node = self._backend.open(self.node, name)
        return None if node is None else Key(self._backend, node, self)

    def __truediv__(self, path: str) -> Key:
        return self.open(path)

    # Values

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

    def create(
        self, path: str, *, class_name: str = "", exist_ok: bool = True, volatile: bool = False
    ) -> Key:
        r"""The key at a path below this one, made with its parents where it is missing.

        Args:
            path: Names joined by backslashes.
            class_name: Class name of the key itself, if it is made; "" for none.
            exist_ok: False: that it exists is an error.
            volatile: What is made is gone when the registry is closed by all who have it open.

        Raises:
            KeyExistsError: It is there, and exist_ok is False.
            VolatileParentError: A key that stays cannot be made below a volatile one.
            LimitError: A name is not allowed, or it would stand too deep.
            NotSupportedError: The registry is open for reading only.
        """
        names = split_path(path)
        if not names:
            raise AddressError("a path of at least one name is needed", path=path)
        backend = self._backend
        flags = KEY_VOLATILE if volatile else 0
        backend.begin()
        try:
            key = self
            for index, name in enumerate(names):
                last = index == len(names) - 1
                if last and not exist_ok and key.find_child(name) is not None:
                    raise KeyExistsError(
                        "there is such a key already", path=join_path(key.path, name)
                    )
                node = backend.create(key.node, name, class_name if last else "", b"", flags)
                key = Key(backend, node, key)
        except BaseException:
            backend.roll_back()
            raise
        backend.commit(False)
        return key

    def delete(self, path: str, *, recursive: bool = False, missing_ok: bool = False) -> None:
        r"""Delete a key below this one.

        Args:
            path: Names joined by backslashes; where a symbolic link stands there, the link goes.
            recursive: Delete all below it too.
            missing_ok: That there is no such key is no error.

        Raises:
            KeyNotFoundError: There is none.
            HasSubkeysError: It has subkeys, and recursive is False.
            NotSupportedError: The registry is open for reading only.
        """
        if not split_path(path):
            raise AddressError("a path of at least one name is needed", path=path)
        node = self._backend.find(self.node, path, link=True)
        if node is not None:
            self._backend.delete(node, recursive)
        elif not missing_ok:
            raise KeyNotFoundError("no such key", path=self._path_of(path))

    def rename(self, path: str, name: str) -> None:
        r"""Give a key below this one another name; open handles of it stay valid.

        Args:
            path: Names joined by backslashes.
            name: Its new name, not a path.

        Raises:
            KeyNotFoundError: There is no such key.
            KeyExistsError: A sibling has that name.
            LimitError: The name is not allowed.
        """
        if not split_path(path):
            raise AddressError("a path of at least one name is needed", path=path)
        node = self._backend.find(self.node, path, link=True)
        if node is None:
            raise KeyNotFoundError("no such key", path=self._path_of(path))
        self._backend.rename(node, name)

    def _path_of(self, path: str) -> str:
        return "\\".join([*split_path(self.path), *split_path(path)])

    def copy_to(self, target: Key) -> None:
        """Copy all that this key holds, and all below it, into another key, perhaps elsewhere.

        What the target has besides stays; values of the same name are replaced.
        """
        target._backend.copy(self._backend, self.node, target.node)

    def save(self, file: str | os.PathLike[str], *, minor: int = 5) -> None:
        """Write this key and all below it into a new hive file, as its root.

        Volatile keys are left out; symbolic links stay links.

        Args:
            file: The new file, which must not exist.
            minor: Format version, 3 or 5 ("1.3" or "1.5").
        """
        self._backend.save(self.node, os.fspath(file), minor)

    def restore(self, file: str | os.PathLike[str]) -> None:
        """Replace all that this key holds, and all below it, by what a hive file holds."""
        self._backend.restore(self.node, os.fspath(file))

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

    # The whole

    def info(self) -> KeyInfo:
        """Counts, times and class name."""
        facts = self._backend.info(self.node)
        node = self._backend.fresh(self.node)
        return KeyInfo(
            self.path,
            facts.subkeys,
            facts.values,
            facts.class_name,
            to_datetime(node.last_written),
            node.last_written,
            facts.flags,
        )

    @property
    def class_name(self) -> str:
        """The key's class name, "" where it has none; it can be set."""
        return self._backend.info(self.node).class_name

    @class_name.setter
    def class_name(self, class_name: str) -> None:
        self._backend.set_class(self.node, class_name)

    @property
    def descriptor(self) -> bytes:
        """The key's self-relative security descriptor, b"" where it has none; it can be set."""
        return self._backend.get_security(self.node)

    @descriptor.setter
    def descriptor(self, descriptor: bytes) -> None:
        self._backend.set_security(self.node, descriptor)

    def walk(
        self,
        top_down: bool = True,
        max_depth: int | None = None,
        on_error: Callable[[RegistryError], None] | None = None,
    ) -> Iterator[WalkStep]:
        """This key and all below, as os.walk does it.

        Args:
            top_down: A key comes before what is below it; its list of subkeys can then be
                changed to leave some out.  False: after it.
            max_depth: How far down to go; 0 is this key alone.
            on_error: Called for a key that cannot be read, which is then left out; without it
                the error is raised.

        Yields:
            (key, its subkeys, its values), both lists in stored order.
        """
        return walk(self, top_down, max_depth, on_error)

    def glob(self, pattern: str) -> Iterator[Key]:
        r"""The keys below this one whose path matches.

        Args:
            pattern: Names joined by backslashes, with * ? [...] in them; ** stands for any
                number of keys.  Case does not count.

        >>> for key in root.glob(r"Software\**\Uninstall\*"):  # doctest: +SKIP
        ...     print(key.path)
        """
        return search.glob(self, pattern)

    def find(
        self,
        text: str | bytes | re.Pattern[str] | re.Pattern[bytes] | None = None,
        *,
        regex: bool = False,
        exact: bool = False,
        keys: bool = True,
        values: bool = True,
        data: bool = True,
        binary: bool = False,
        types: search.Types | None = None,
        min_size: int | None = None,
        max_size: int | None = None,
        newer: datetime | int | None = None,
        older: datetime | int | None = None,
        max_depth: int | None = None,
        on_error: Callable[[RegistryError], None] | None = None,
        on_key: Callable[[Key], object] | None = None,
    ) -> Iterator[Match]:
        """Every place at or below this key where a text stands, or bytes.

        Args:
            text: What to look for, anywhere in a name or text; case does not count.  Bytes are
                looked for in the stored data alone.  A compiled regular expression is taken as it
                is, case included; one of bytes looks at the stored data.  None: everything that
                the other arguments leave.
            regex: Take the text as a regular expression, without case.
            exact: The whole name or text, not a part of it; of a list one of its texts.
            keys: Look at key names.
            values: Look at value names.
            data: Look at the data: texts, numbers in decimal, bytes in hex.
            binary: Look at the data as bytes too, for a text that stands somewhere in them, in
                UTF-16 or Latin-1.
            types: Only values of these types, by number or name ("REG_SZ", "sz"); one or several.
            min_size: Only values with at least so many bytes of data.
            max_size: Only values with at most so many.
            newer: Only in keys that were last written at this time or later: an aware datetime,
                or a FILETIME.
            older: Only in keys that were last written before this time.
            max_depth: How far down to go; 0 is this key alone.
            on_error: As in walk().
            on_key: Called with each key that is come to, such as for a display of progress.

        Yields:
            Each place; of a value only the first that fits, its name or its data.

        Raises:
            ValueError: The regular expression is not one, or there is no such type.
        """
        return search.find(
            self,
            search.matcher_of(text, regex=regex, exact=exact),
            search.Filters(newer, older, types, min_size, max_size),
            keys=keys,
            values=values,
            data=data,
            binary=binary,
            max_depth=max_depth,
            on_error=on_error,
            on_key=on_key,
        )

    def timeline(
        self,
        *,
        newer: datetime | int | None = None,
        older: datetime | int | None = None,
        on_error: Callable[[RegistryError], None] | None = None,
        on_key: Callable[[Key], object] | None = None,
    ) -> list[Dated]:
        """This key and all below by the time of their last change, the oldest first.

        Args:
            newer: Only keys that were last written at this time or later: an aware datetime, or
                a FILETIME.
            older: Only keys that were last written before this time.
            on_error: Called for a key whose subkeys cannot be read, which are then left out;
                without it the error is raised.
            on_key: Called with each key, such as for a display of progress.

        Returns:
            (FILETIME, path) of each; those of one time by path.

        >>> for written, path in key.timeline(newer=since):  # doctest: +SKIP
        ...     print(written, path)
        """
        return timeline(self, newer, older, on_error, on_key)

    # Life

    def close(self) -> None:
        """Close the handle; further calls do nothing, any other use raises ClosedError."""
        self._opened = None
        if self._owns_backend:
            self._backend.close()

    def owning_backend(self) -> Key:
        """This key, which from now on closes its registry when it is closed itself."""
        self._owns_backend = True
        return self

    def __enter__(self) -> Key:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Key closed>" if self._opened is None else f"<Key {self.path!r}>"
