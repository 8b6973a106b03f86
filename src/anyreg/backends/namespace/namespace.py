"""The Windows registry over hives: the verbs of a backend, for every key of the namespace.

It is made in four steps, each a class in a module of its own: keys are found (`finding`), read
(`reading`) and changed (`changing`); here is what is done to whole hives, and to all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy_extensions import mypyc_attr

from anyreg.backends.base import Backend
from anyreg.backends.namespace.changing import Changing
from anyreg.backends.namespace.places import Directory, Mount
from anyreg.engine.problems import Problem
from anyreg.errors import LimitError, NotSupportedError, RegistryError, TransactionError
from anyreg.names import fold
from anyreg.values import Node


@mypyc_attr(allow_interpreted_subclasses=True)
class Namespace(Changing):
    """A whole registry."""

    makes_volatile: bool = True

    # Whole hives

    def load(self, node: Node, name: str, file: str) -> None:
        """Mount a hive file as a subkey of HKEY_LOCAL_MACHINE or HKEY_USERS."""
        self.directories.load(self._loadable(node), name, file)

    def unload(self, node: Node, name: str) -> None:
        """Take a hive away that load() has mounted."""
        self.directories.unload(self._loadable(node), name)

    def replace(self, node: Node, name: str, new: str, old: str) -> None:
        """Plan another file for a hive that is mounted in HKEY_LOCAL_MACHINE or HKEY_USERS."""
        directory = self._loadable(node)
        if self._is_read_only:
            raise self._refused()
        mount = directory.mounts.get(fold(name))
        if mount is None:
            self.directories.replace(directory, name, new, old)
        else:
            self.replace_own(mount, new, old)

    def replace_own(self, mount: Mount, new: str, old: str) -> None:
        """Plan another file for one of the registry's own hives."""
        raise NotSupportedError("this hive has no file that could be replaced", path=mount.name)

    def _loadable(self, node: Node) -> Directory:
        self.require_open()
        if not isinstance(node, Directory) or not node.names:
            raise LimitError("hives are loaded into HKEY_LOCAL_MACHINE and HKEY_USERS only")
        return node

    def flush(self) -> None:
        """Make every commit so far durable."""
        self.require_open()
        for backend in self._opened():
            backend.flush()

    def compact(self, on_key: Callable[[], None] | None = None) -> None:
        """Leave out all free space of every hive, in place."""
        self.require_open()
        for mount in self._all_mounts():
            mount.backend.compact(on_key)

    def _all_mounts(self) -> list[Mount]:
        """Every hive, those that any process has loaded too."""
        return [*self.directories.own_mounts(), *self.directories.loaded_mounts()]

    def _opened(self) -> list[Backend]:
        """The hives that have been opened so far."""
        found: list[Backend] = []
        for mount in [*self.directories.known_mounts(), self.master]:
            if mount.opened is not None:
                found.append(mount.opened)
        return found

    # The whole

    def about(self) -> dict[str, str | int | list[str]]:
        """Which hives it is made of, and whose HKEY_CURRENT_USER is."""
        self.require_open()
        mounts = [mount.place for mount in self._all_mounts()]
        return {"kind": "registry", "user": self.user, "hives": mounts}

    def problems(self) -> list[Problem]:
        """What reading has met so far, in all hives."""
        found = list(self.directories.problems.found)
        for backend in self._opened():
            found.extend(backend.problems())
        return found

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """Every problem of every hive."""
        self.require_open()
        found: list[Problem] = []
        for mount in [*self.directories.own_mounts(), self.master]:
            found.extend(_checked(mount, mount.backend, on_key))
        for mount in self.directories.loaded_mounts():
            try:
                backend = mount.backend
            except RegistryError as error:  # its file may have gone since
                found.append(Problem(-1, f"cannot be opened: {error}", path=mount.place))
            else:
                found.extend(_checked(mount, backend, on_key))
        return found

    def close(self) -> None:
        """Close every hive; further calls do nothing."""
        if self._units.is_ours:
            raise TransactionError("a transaction is under way")
        self.is_closed = True
        for mount in [*self.directories.known_mounts(), self.master]:
            mount.close()


def _checked(mount: Mount, backend: Backend, on_key: Callable[[], None] | None) -> list[Problem]:
    """The problems of a hive, each with its place."""
    found = backend.check(on_key)
    return [problem._replace(path=problem.path or mount.place) for problem in found]
