"""A backup of a tree before a change, to be put back if the change goes wrong, or later."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from anyreg.backends import ask, trees
from anyreg.backends.base import AllOrNone, Lent
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.saved_tree import SavedTree
from anyreg.errors import KeyNotFoundError
from anyreg.paths import split_path
from anyreg.regf.layout import KEY_LINK
from anyreg.registry.path_errors import expect_root

if TYPE_CHECKING:
    from anyreg.backends.base import Backend
    from anyreg.values import Node


class Backup:
    r"""The state of a tree at one moment; as a context manager, put back if its block raises.

    That there was no such key is a state too.

    Examples:
        >>> with registry.backup(r"HKCU\Software\Vendor") as saved:  # doctest: +SKIP
        ...     registry.open(r"HKCU\Software\Vendor").delete("Settings", recursive=True)
        >>> saved.restore()  # doctest: +SKIP
    """

    def __init__(self, backend: Backend, path: str) -> None:
        with Lent(backend, backend.root()) as root:
            expect_root(backend, root, split_path(path))
        self._backend = backend
        self.path = path
        node = self._find()
        self._tree = SavedTree(backend, node)
        if node is not None:
            backend.release(node)

    @property
    def exists(self) -> bool:
        """Whether there was such a key."""
        return bool(self._tree.keys)

    def __repr__(self) -> str:
        return f"<Backup of {self.path!r}{'' if self.exists else ', which was not there'}>"

    def _find(self) -> Node | None:
        """The key; of a symbolic link the link, unless the registry itself makes it."""
        backend = self._backend
        with Lent(backend, backend.root()) as root:
            found = trees.find(backend, root, self.path, link=True)
            if found is not None:
                if not backend.info(found).flags & KEY_LINK or not ask.is_fixed(backend, found):
                    return found
                backend.release(found)
            return trees.find(backend, root, self.path)

    def restore(self) -> None:
        """Put the tree back as it was, in one transaction: keys, values, classes, security, times.

        Raises:
            RegistryError: It cannot be written, and nothing has changed.
        """
        backend = self._backend
        with AllOrNone(backend):
            node = self._find()
            if node is None and self._tree.keys:
                node = self._made()
            if node is None:
                return
            with Lent(backend, node):
                if self._tree.keys:
                    self._tree.put_back(backend, node)
                else:
                    backend.delete(node, True)

    def _made(self) -> Node:
        """The key, made with its parents."""
        backend = self._backend
        names = split_path(self.path)
        with Lent(backend, backend.root()) as root:
            parent, _ = backend.create(root, names[:-1])
            with Lent(backend, parent):
                return self._tree.make_top(backend, parent)

    def save(self, file: str | os.PathLike[str], minor: int = 5) -> None:
        """Write the tree into a new hive file, as `Key.save` does.

        Args:
            file: The file, which must not exist.
            minor: Format version, 3 or 5.

        Raises:
            KeyNotFoundError: There was no such key.
            RegistryError: The system failed to write.
        """
        if not self._tree.keys:
            raise KeyNotFoundError("there was no such key to be saved", path=self.path)
        copy = MemoryBackend(self._tree.keys[0].name or "ROOT")
        self._tree.put_back(copy, copy.root())
        trees.save(copy, copy.root(), os.fspath(file), minor)

    def __enter__(self) -> Backup:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self.restore()
