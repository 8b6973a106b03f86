r"""What the namespace is made of: mounts, and the three kinds of keys that it hands out.

A mount is a hive at a place of the NT namespace, such as \Registry\Machine\SYSTEM.  The master
is the mount at \Registry itself: it holds what is in no hive, all volatile, under its full path.

A Place is a key of a mounted hive.  A Directory is a key that holds mounts.  The third kind, a
key of HKEY_CLASSES_ROOT, stands in classes.py.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Final

from anyreg.backends.base import Backend
from anyreg.backends.namespace.zones import CLASSES, SOFTWARE, Zone
from anyreg.errors import ClosedError
from anyreg.history.recorder import Recorder
from anyreg.values import Node

MACHINE_HIVES: Final = ("SYSTEM", "SOFTWARE", "SAM", "SECURITY")
"""The hives of HKEY_LOCAL_MACHINE, by the names of their mounts and of their files."""


class Mount:
    r"""A hive in the namespace; it is opened when it is first asked for.

    Attributes:
        names: The names below \Registry that lead to it; none for the master.
        zone: The zone of its root.
        unit: The name by which transactions know it.
        file: Its file, "" where that is not known.
        recorder: Keeps the history of the registry, if any is kept.
    """

    def __init__(
        self,
        names: list[str],
        opener: Callable[[], Backend],
        zone: Zone | None = None,
        file: str = "",
    ) -> None:
        self.names = names
        self.zone = zone
        self.file = file
        self.unit = "\\".join(names)
        self.recorder: Recorder | None = None
        self._opener = opener
        self._backend: Backend | None = None
        self._lock = RLock()
        self._closed = False

    @property
    def name(self) -> str:
        """The name of its root key."""
        return self.names[-1] if self.names else "Registry"

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return "\\".join(self.names)

    @property
    def backend(self) -> Backend:
        """The hive, opened.

        Raises:
            ClosedError: The mount is closed.
            RegistryError: The hive cannot be opened.
        """
        backend = self._backend
        return self._open() if backend is None else backend

    def _open(self) -> Backend:
        with self._lock:
            if self._closed:
                raise ClosedError("the hive is not mounted any more", path=self.unit)
            if self._backend is None:
                self._backend = self._opener()
                if self.recorder is not None:
                    self._backend.keep_history(self.recorder, self.unit)
            return self._backend

    @property
    def opened(self) -> Backend | None:
        """The hive if it is open."""
        return self._backend

    def close(self) -> None:
        """Close the hive; further calls do nothing."""
        with self._lock:
            self._closed = True
            backend = self._backend
            if backend is not None:
                backend.close()

    def root(self) -> Place:
        """Its root key."""
        return self.root_as(self.name)

    def root_as(self, alias: str) -> Place:
        """Its root key under another name."""
        inner = self.backend.root()
        return Place(alias, inner.last_written, self, inner, self.zone, alias)


class Place(Node):
    """A key of a mounted hive.

    Attributes:
        mount: The hive.
        inner: The hive's own node.
        zone: What its subkeys' names mean; None for the most.
        alias: The name under which it is known if not by its own, such as HKEY_CURRENT_USER.
    """

    __slots__ = ("alias", "inner", "mount", "zone")

    def __init__(
        self,
        name: str,
        last_written: int,
        mount: Mount,
        inner: Node,
        zone: Zone | None = None,
        alias: str = "",
    ) -> None:
        self.name = name
        self.last_written = last_written
        self.mount = mount
        self.inner = inner
        self.zone = zone
        self.alias = alias


class Directory(Node):
    r"""A key that holds mounts: \Registry\Machine and \Registry\User, and those above them.

    Attributes:
        names: The names below \Registry that lead to it.
        mounts: The mounts in it, by folded name; one may have two names.
        shown: These names as they are spelled.
        inside: Other keys of this kind in it, by folded name.
    """

    __slots__ = ("inside", "mounts", "names", "shown")

    def __init__(self, name: str, names: list[str]) -> None:
        self.name = name
        self.last_written = 0
        self.names = names
        self.mounts: dict[str, Mount] = {}
        self.shown: dict[str, str] = {}
        self.inside: dict[str, Directory] = {}


def place_of(name: str) -> list[str]:
    r"""The names below \Registry that lead to a hive of Windows.

    Args:
        name: SYSTEM, SOFTWARE, SAM or SECURITY, or a name in HKEY_USERS: .DEFAULT, a SID, or one
            with _Classes behind it.
    """
    return ["Machine" if name in MACHINE_HIVES else "User", name]


def mount_for(name: str, opener: Callable[[], Backend], file: str = "") -> Mount:
    """A hive of Windows at its place; see place_of()."""
    zone = SOFTWARE if name == "SOFTWARE" else CLASSES if name.endswith("_Classes") else None
    return Mount(place_of(name), opener, zone, file)
