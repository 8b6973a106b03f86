"""A key: one handle, two mappings (its values, its subkeys), and ways to look through all below.

It is made in five steps, each a class in a module of its own: a handle (`handle`) that has values
(`key_values`), is the top of a tree (`key_tree`), has permissions (`secured_key`), and is changed
as a part of a tree (here).

Plain reads follow the rules of Python: `key.values["x"]` raises where there is none, `.get()` takes
a default.  `children()` and `records()` give what is stored, just as it is stored: order, doubles
and all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final, Unpack

from anyreg.backends import ask, trees
from anyreg.backends.base import MAXIMUM_ALLOWED, AllOrNone, Lent
from anyreg.errors import (
    AccessDeniedError,
    AddressError,
    HasSubkeysError,
    KeyExistsError,
    KeyNotFoundError,
)
from anyreg.paths import split_path
from anyreg.regf.layout import KEY_VOLATILE
from anyreg.registry import mappings
from anyreg.registry.async_watch import AsyncWatch
from anyreg.registry.path_errors import expect_root
from anyreg.registry.secured_key import SecuredKey
from anyreg.registry.watch import Match, Watch, WatchArguments, WatchOptions
from anyreg.registry.watch_thread import OnChange, OnError, WatchThread
from anyreg.values import Node
from anyreg.watching.changes import ChangeKind
from anyreg.watching.subscription import LIMIT
from anyreg.watching.waker import Stop

_log: Final = logging.getLogger(__name__)


class Key(SecuredKey):
    r"""An opened key.

    Keys come from `Registry.open()`, `key / "sub"`, `key.open(r"a\b")` and `key.subkeys`.  They
    need not be closed; as a context manager a key closes itself at the end of the block.
    """

    # Subkeys

    @property
    def subkeys(self) -> mappings.Subkeys[Key]:
        """The subkeys as a mapping of names to keys; names are compared as Windows does."""
        return mappings.Subkeys(self)

    @property
    def values(self) -> mappings.Values:
        """The values as a mapping of names to Python data; "" is the default value."""
        return mappings.Values(self)

    def _made(self, node: Node, parent: Key | None, way: list[str] | None = None) -> Key:
        return Key(self._backend, node, parent, way)

    def open(self, path: str) -> Key:
        r"""A key below this one.

        Args:
            path: Names joined by backslashes; "" is the key itself, under a new handle.

        Raises:
            KeyNotFoundError: There is no such key.
            AddressError: Nor can there be: it begins with a root that does not exist, or its
                names are joined by slashes.
        """
        key = self.open_names(split_path(path))
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("opened %r", key.path)
        return key

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
            AddressError: The path is empty, or begins with a root that does not exist.
            KeyExistsError: It is there, and exist_ok is False.
            VolatileParentError: A key that stays cannot be made below a volatile one.
            LimitError: A name is not allowed, or it would stand too deep.
            NotSupportedError: The registry is open for reading only.
        """
        names = split_path(path)
        if not names:
            raise AddressError("a path of at least one name is needed", path=path)
        backend = self._backend
        if self._parent is None:
            expect_root(backend, self.node, names)
        flags = KEY_VOLATILE if volatile else 0
        if len(names) == 1 and exist_ok:  # a change of its own
            node, is_new = backend.create(self.node, names, MAXIMUM_ALLOWED, flags, class_name)
            key = Key(backend, node, self, names)
        else:
            with AllOrNone(backend):
                node, is_new = backend.create(self.node, names, MAXIMUM_ALLOWED, flags, class_name)
                key = Key(backend, node, self, names)
                if not (is_new or exist_ok):
                    raise KeyExistsError("there is such a key already", path=key.path)
        if is_new and _log.isEnabledFor(logging.INFO):
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
                HKEY_CURRENT_USER, the root key of a hive, also ("") this very one, or what a link
                of the registry leads to.  It stays, and all below it and all its values go, in
                every hive that is mounted below it.

        Raises:
            AddressError: The path is empty, and this key can be deleted from above alone; or it
                begins with a root that does not exist.
            KeyNotFoundError: There is none.
            HasSubkeysError: It has subkeys, and recursive is False.
            AccessDeniedError: It belongs to the registry itself, as a root and a link such as
                CurrentControlSet do, and force is False.
            NotSupportedError: The registry is open for reading only.
        """
        backend = self._backend
        expect_root(backend, self.node, split_path(path))
        node = trees.find(backend, self.node, path, link=True)
        if node is None:
            if not missing_ok:
                raise KeyNotFoundError("no such key", path=self._path_of(path))
            return
        with Lent(backend, node):
            if ask.is_fixed(backend, node):
                self._empty(path, recursive, force)
            elif not split_path(path):
                raise AddressError("a path of at least one name is needed", path=path)
            else:
                backend.delete(node, recursive)
        if _log.isEnabledFor(logging.INFO):
            below = " and all below it" if recursive else ""
            _log.info("deleted %r%s", self._path_of(path), below)

    def _empty(self, path: str, recursive: bool, force: bool) -> None:
        where = self._path_of(path)
        if not force:
            words = "this key belongs to the registry itself, and is emptied with force alone"
            raise AccessDeniedError(words, path=where)
        with self.open(path) as key:  # what a link leads to
            if not recursive and self._backend.info(key.node).subkeys:
                raise HasSubkeysError("the key has subkeys", path=where)
            trees.empty(self._backend, key.node)

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
        expect_root(self._backend, self.node, split_path(path))
        node = trees.find(self._backend, self.node, path, link=True)
        if node is None:
            raise KeyNotFoundError("no such key", path=self._path_of(path))
        with Lent(self._backend, node):
            self._backend.rename(node, name)
        if _log.isEnabledFor(logging.INFO):
            _log.info("renamed %r to %r", self._path_of(path), name)

    def _path_of(self, path: str) -> str:
        return "\\".join([*split_path(self.path), *split_path(path)])

    # Watching

    def watch(
        self,
        *,
        recursive: bool = True,
        kinds: Iterable[ChangeKind] | None = None,
        match: Match = None,
        debounce: float = 0.0,
        timeout: float | None = None,
        stop: Stop | None = None,
        limit: int = LIMIT,
        poll: float | None = None,
        since: str | None = None,
    ) -> Watch:
        r"""The changes of this key from now on, as an iterator of batches, one a transaction.

        Nothing that is committed after this call is missed, whichever process commits it.  A key
        that is deleted and made again goes on being watched, by its path.

        Args:
            recursive: Watch all keys below it too; else its values, and the names of its subkeys.
            kinds: What to report, of `anyreg.watching.changes.KINDS`; None: everything.
            match: Names of values and keys to report, as patterns such as "*.exe"; with a
                backslash they are compared with the whole path.  None: all.
            debounce: Wait so many seconds after a change, and report all that comes within them
                as one batch.
            timeout: End the iteration when there was nothing for so many seconds.
            stop: End it when this event is set.
            limit: Transactions that wait to be taken before they are joined, so that a slow loop
                does not use more and more memory.
            poll: Look every so many seconds instead of being woken: at the files, for file systems
                that send no events; at the keys themselves, for registries that report no changes.
            since: What `batch.position` or `watch.position` has given: go on exactly there, as far
                as the journal or the logs still know.  Where they do not, the first batch says so:
                it is `resynchronised`, and its `is_known` False.

        Returns:
            The watch: an iterator, and a context manager that ends it.

        Raises:
            NotSupportedError: This registry, or its file system, reports no changes.
            LimitError: `since` is no position, or one in another registry.
        """
        options = WatchOptions(recursive, kinds, match, debounce, limit, poll, since)
        node = self._backend.open(self.node, [])
        assert node is not None
        return Watch(self._backend, node, self.path, options, timeout=timeout, stop=stop)

    def on_change(
        self,
        callback: OnChange,
        *,
        on_error: OnError | None = None,
        **options: Unpack[WatchArguments],
    ) -> WatchThread:
        r"""Have a function called with each batch of changes from now on, in a thread of its own.

        What it raises is logged with its traceback, and ends nothing.  The thread ends with the
        program at the latest.

        Args:
            callback: Takes a Batch; it may call stop() itself.
            on_error: Takes the error that has ended the watch, such as the deletion of the
                registry's folder; None: it is logged.
            options: The arguments of watch(), see Key.watch.

        Returns:
            What ends it: by stop(), or at the end of a `with` block.

        Raises:
            NotSupportedError: This registry, or its file system, reports no changes.

        Examples:
            >>> with key.on_change(print):  # doctest: +SKIP
            ...     key.values["Answer"] = 42
        """
        return WatchThread(self.watch(**options), callback, on_error)

    def awatch(self, **options: Unpack[WatchArguments]) -> AsyncWatch:
        r"""The changes of this key from now on, for a task of an event loop.

        It serves asyncio, and with the extra `async` (anyio) trio too.  A task can be cancelled
        while it waits; the next one to iterate goes on where it was, with nothing lost.

        Args:
            options: The arguments of watch(), see Key.watch; `stop` may also be an event of the
                loop.

        Returns:
            The watch: an asynchronous iterator of batches, and context manager that ends it.

        Raises:
            NotSupportedError: This registry, or its file system, reports no changes; or, when the
                iteration begins, anyio is missing.

        Examples:
            >>> async with key.awatch() as changes:  # doctest: +SKIP
            ...     async for batch in changes:
            ...         print(batch)
        """
        return AsyncWatch(self.watch(**options))

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
