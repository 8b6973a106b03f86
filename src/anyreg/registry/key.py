"""A key: one handle, two mappings (its values, its subkeys), and ways to look through all below.

It is made in five steps, each a class in a module of its own: a handle (`handle`) that has values
(`valued`), is the top of a tree (`whole`), is looked through (`searched`) and has subkeys (here).

Plain reads follow the rules of Python: `key.values["x"]` raises where there is none, `.get()` takes
a default.  `children()` and `records()` give what is stored, just as it is stored: order, doubles
and all.
"""

from __future__ import annotations

import logging
from typing import Final

from anyreg.backends import ask, trees
from anyreg.backends.base import MAXIMUM_ALLOWED, AllOrNone, Lent
from anyreg.errors import (
    AccessDeniedError,
    AddressError,
    HasSubkeysError,
    KeyExistsError,
    KeyNotFoundError,
    RegistryError,
)
from anyreg.names import fold
from anyreg.paths import split_path
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.registry import views
from anyreg.registry.missing import expect_root, missing
from anyreg.registry.secured_key import SecuredKey
from anyreg.values import Node

_log: Final = logging.getLogger(__name__)


class Key(SecuredKey):
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

    def below(self, top: Key) -> list[Key]:
        """The subkeys with which a tree goes on that begins at another key, each key of it once.

        As children(), but that what a registry shows in a second place is there only if its first
        one lies outside of the tree, and then what a link of the registry itself leads to.

        Args:
            top: The key where the tree begins.
        """
        backend = self._backend
        return [Key(backend, node, self) for node in ask.below(backend, self.node, top.node)]

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

    def open_names(self, names: list[str]) -> Key:
        """A key below this one, by names, which are never split at backslashes.

        Args:
            names: The names; without any it is the key itself, under a new handle.

        Raises:
            KeyNotFoundError: There is no such key.
        """
        backend = self._backend
        node = backend.open(self.node, names)
        if node is None:
            raise self._missing_key(names)
        if names:
            return Key(backend, node, self, names)
        key = Key(backend, node, self._parent, self._way)
        key.known_as = self.known_as
        return key

    def _missing_key(self, names: list[str]) -> RegistryError:
        """What to say of names that lead nowhere."""
        key = self
        for at, name in enumerate(names):
            child = key.find_child(name)
            if child is None:
                return missing(key, names[at:])
            key = child
        return KeyNotFoundError("no such key", path=key.path)  # it has come meanwhile

    @property
    def parent(self) -> Key | None:
        """The key above, None for the root."""
        way = self._way
        above = self._parent
        if way is None or above is None or len(way) == 1:
            return above
        names = self._shown_way(way, above)
        parent = above.open_names(names[:-1])
        self._parent = parent
        self._way = names[-1:]
        return parent

    def find_child(self, name: str) -> Key | None:
        """The subkey of this name, or None; a name is never split at backslashes.

        Args:
            name: The subkey's name.
        """
        node = self._backend.open(self.node, [name])
        return None if node is None else self.made_child(node, name)

    def seen_child(self, name: str) -> Key | None:
        """The subkey of this name, or None; of links the registry's own alone are followed.

        Args:
            name: The subkey's name.
        """
        node = ask.seen_child(self._backend, self.node, name)
        return None if node is None else self.made_child(node, name)

    def made_child(self, node: Node, name: str) -> Key:
        """The subkey that was found under a name, or made: its path is that of the way to it.

        What a link leads to has a name of its own; a root has two, and shows the long one.

        Args:
            node: What the backend gave for the name.
            name: The name.
        """
        key = Key(self._backend, node, self)
        is_other = node.name != name and fold(node.name) != fold(name)
        if is_other and not ask.has_roots(self._backend, self.node):
            key.known_as = name
        return key

    def leads_elsewhere(self, name: str) -> bool:
        """Whether a subkey of this name stands in another place, or would be made there.

        So it is behind a symbolic link, and with keys that programs of 32 and 64 bits find in two
        places.

        Args:
            name: The subkey's name; there need not be one.
        """
        return ask.leads_elsewhere(self._backend, self.node, name)

    def link_target(self) -> Key | None:
        """The key that this one leads to as a symbolic link; None where it is no link.

        In a single hive no link leads anywhere: its target is a path of a whole registry.

        Raises:
            KeyNotFoundError: There is no such key.
            LimitError: Links lead to each other without end.
        """
        parent = self._parent
        if parent is None or not self._backend.info(self.node).flags & KEY_LINK:
            return None
        target = parent.find_child(self.name)
        if target is None:
            raise KeyNotFoundError("a symbolic link leads nowhere", path=self.path)
        return None if self._backend.info(target.node).flags & KEY_LINK else target

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
