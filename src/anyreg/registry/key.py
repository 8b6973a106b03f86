"""A key: one handle, two mappings (its values, its subkeys), and ways to look through all below.

It is made in four steps, each a class in a module of its own: a handle (`handle`) that has values
(`valued`), is the top of a tree (`whole`) and has subkeys (here).

Plain reads follow the rules of Python: `key.values["x"]` raises where there is none, `.get()` takes
a default.  `children()` and `records()` give what is stored, just as it is stored: order, doubles
and all.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from anyreg.backends.base import AllOrNone
from anyreg.backends.copying import empty
from anyreg.errors import (
    AccessDeniedError,
    AddressError,
    HasSubkeysError,
    KeyExistsError,
    KeyNotFoundError,
)
from anyreg.names import fold
from anyreg.paths import join_path, split_path
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.registry import search, views
from anyreg.registry.steps import Match, WalkStep
from anyreg.registry.timeline import Dated, timeline
from anyreg.registry.walk import walk
from anyreg.registry.whole import WholeKey
from anyreg.values import Node

if TYPE_CHECKING:
    from anyreg.errors import RegistryError

_log: Final = logging.getLogger(__name__)


class Key(WholeKey):
    r"""An opened key.

    Keys come from `Registry.open()`, `key / "sub"`, `key.open(r"a\b")` and `key.subkeys`.  They
    need not be closed; as a context manager a key closes itself at the end of the block.
    """

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
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("opened %r", key.path)
        return key

    def find_child(self, name: str) -> Key | None:
        """The subkey of this name, or None; a name is never split at backslashes.

        Args:
            name: The subkey's name.
        """
        node = self._backend.open(self.node, name)
        if node is None:
            return None
        key = Key(self._backend, node, self)
        # What a link leads to has a name of its own; a root has two, and shows the long one.
        if self._parent is not None and node.name != name and fold(node.name) != fold(name):
            key._known_as = name
        return key

    def leads_elsewhere(self, name: str) -> bool:
        """Whether a subkey of this name stands in another place, or would be made there.

        So it is behind a symbolic link, and with keys that programs of 32 and 64 bits find in two
        places.

        Args:
            name: The subkey's name; there need not be one.
        """
        return self._backend.leads_elsewhere(self.node, name)

    def link_target(self) -> Key | None:
        """The key that this one leads to as a symbolic link; None where it is no link.

        In a single hive no link leads anywhere: its target is a path of a whole registry.

        Raises:
            KeyNotFoundError: There is no such key.
            LimitError: Links lead to each other without end.
        """
        parent = self._parent
        if parent is None or not self._backend.flags(self.node) & KEY_LINK:
            return None
        target = parent.find_child(self.name)
        if target is None:
            raise KeyNotFoundError("a symbolic link leads nowhere", path=self.path)
        return None if self._backend.flags(target.node) & KEY_LINK else target

    def __truediv__(self, path: str) -> Key:
        return self.open(path)

    # Changes: each is a transaction, or a part of the one under way (Registry.transaction)

    def create(
        self, path: str, *, class_name: str = "", exist_ok: bool = True, volatile: bool = False
    ) -> Key:
        r"""The key at a path below this one, made with its parents where it is missing.

        Args:
            path: Names joined by backslashes.
            class_name: Class name of the key itself, if it is made; "" for none.
            exist_ok: False: that it exists is an error.
            volatile: What is made is gone when the computer restarts; in memory, and on a disk
                of Windows, when the registry is closed.

        Raises:
            AddressError: The path is empty.
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
        is_told = _log.isEnabledFor(logging.INFO) and backend.find(self.node, path) is None
        if len(names) == 1 and exist_ok and not is_told:  # a change of its own
            return Key(backend, backend.create(self.node, names[0], class_name, b"", flags), self)
        with AllOrNone(backend):
            key = self
            for index, name in enumerate(names):
                last = index == len(names) - 1
                if last and not exist_ok and key.find_child(name) is not None:
                    raise KeyExistsError(
                        "there is such a key already", path=join_path(key.path, name)
                    )
                node = backend.create(key.node, name, class_name if last else "", b"", flags)
                key = Key(backend, node, key)
        if is_told:
            _log.info("made %r", key.path)
        return key

    def delete(
        self,
        path: str,
        *,
        recursive: bool = False,
        missing_ok: bool = False,
        force: bool = False,
    ) -> None:
        r"""Delete a key below this one, in one transaction.

        Args:
            path: Names joined by backslashes; where a symbolic link stands there, the link goes.
            recursive: Delete all below it too.
            missing_ok: That there is no such key is no error.
            force: Empty a key that belongs to the registry itself: a root such as
                HKEY_CURRENT_USER, or the root key of a hive, also ("") this very one.  It stays,
                and all below it and all its values go, in every hive that is mounted below it.

        Raises:
            AddressError: The path is empty, and this key can be deleted from above alone.
            KeyNotFoundError: There is none.
            HasSubkeysError: It has subkeys, and recursive is False.
            AccessDeniedError: It belongs to the registry itself, and force is False.
            NotSupportedError: The registry is open for reading only.
        """
        backend = self._backend
        node = backend.find(self.node, path, link=True)
        if node is None:
            if not missing_ok:
                raise KeyNotFoundError("no such key", path=self._path_of(path))
            return
        if backend.is_fixed(node):
            self._empty(node, path, recursive, force)
        elif not split_path(path):
            raise AddressError("a path of at least one name is needed", path=path)
        else:
            backend.delete(node, recursive)
        if _log.isEnabledFor(logging.INFO):
            below = " and all below it" if recursive else ""
            _log.info("deleted %r%s", self._path_of(path), below)

    def _empty(self, node: Node, path: str, recursive: bool, force: bool) -> None:
        where = self._path_of(path)
        if not force:
            words = "this key belongs to the registry itself, and is emptied with force alone"
            raise AccessDeniedError(words, path=where)
        if not recursive and self._backend.subkeys(node):
            raise HasSubkeysError("the key has subkeys", path=where)
        empty(self._backend, node)

    def rename(self, path: str, name: str) -> None:
        r"""Give a key below this one another name; open handles of it stay valid.

        Args:
            path: Names joined by backslashes.
            name: Its new name, not a path.

        Raises:
            AddressError: The path is empty.
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
        if _log.isEnabledFor(logging.INFO):
            _log.info("renamed %r to %r", self._path_of(path), name)

    def _path_of(self, path: str) -> str:
        return "\\".join([*split_path(self.path), *split_path(path)])

    # All below

    def walk(
        self,
        top_down: bool = True,
        max_depth: int | None = None,
        on_error: Callable[[RegistryError], None] | None = None,
        follow_links: bool = False,
    ) -> Iterator[WalkStep]:
        """This key and all below, as os.walk does it.

        A key that cannot be read is left out.  That is reported: to on_error, or else by a warning
        in the log.

        Args:
            top_down: A key comes before what is below it; its list of subkeys can then be
                changed to leave some out.  False: after it.
            max_depth: How far down to go; 0 is this key alone.
            on_error: Called for each key that cannot be read; what it raises ends the walk.
            follow_links: Enter what symbolic links lead to, in their place and under their name.
                None is entered that would lead back, or was entered through a link before: such
                a link is given as it is, as all links are otherwise.

        Yields:
            (key, its subkeys, its values), both lists in stored order.

        Raises:
            RegistryError: This key itself cannot be read, and there is no on_error.
            ClosedError: The registry was closed meanwhile.
            HiveChangedError: Another program has changed the file meanwhile.
        """
        return walk(self, top_down, max_depth, on_error, follow_links)

    def glob(self, pattern: str) -> Iterator[Key]:
        r"""The keys below this one whose path matches.

        Args:
            pattern: Names joined by backslashes, with * ? [...] in them; ** stands for any
                number of keys.  Case does not count.

        Examples:
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
            binary: Look at the data as bytes too, for a text in UTF-16 or Latin-1 anywhere in it.
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
            on_error: Called for a key whose subkeys cannot be read; they are left out, as in
                walk().
            on_key: Called with each key, such as for a display of progress.

        Returns:
            (FILETIME, path) of each; those of one time by path.

        Examples:
            >>> for written, path in key.timeline(newer=since):  # doctest: +SKIP
            ...     print(written, path)
        """
        return timeline(self, newer, older, on_error, on_key)

    # Life

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
