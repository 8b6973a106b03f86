r"""Mounts: hives at places of the NT namespace, such as \Registry\Machine\SYSTEM.

The master is the mount at \Registry itself: it holds what is in no hive, all volatile, under its
full path.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Final

from anyreg.backends import ask
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.wow64 import CLASSES, SOFTWARE, Zone
from anyreg.errors import ClosedError
from anyreg.history.recorder import Recorder

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
        opener: Callable[[], Mountable],
        zone: Zone | None = None,
        file: str = "",
    ) -> None:
        self.names = names
        self.zone = zone
        self.file = file
        self.unit = "\\".join(names)
        self.recorder: Recorder | None = None
        self._opener = opener
        self._hive: Mountable | None = None
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
    def hive(self) -> Mountable:
        """The hive, opened.

        Raises:
            ClosedError: The mount is closed.
            RegistryError: The hive cannot be opened.
        """
        hive = self._hive
        return self._open() if hive is None else hive

    def _open(self) -> Mountable:
        with self._lock:
            if self._closed:
                raise ClosedError("the hive is not mounted any more", path=self.unit)
            if self._hive is None:
                self._hive = self._opener()
                if self.recorder is not None:
                    ask.keep_history(self._hive, self.recorder, self.unit)
            return self._hive

    @property
    def opened(self) -> Mountable | None:
        """The hive if it is open."""
        return self._hive

    def close(self) -> None:
        """Close the hive; further calls do nothing."""
        with self._lock:
            self._closed = True
            hive = self._hive
            if hive is not None:
                hive.close()


def place_of(name: str) -> list[str]:
    r"""The names below \Registry that lead to a hive of Windows.

    Args:
        name: SYSTEM, SOFTWARE, SAM or SECURITY, or a name in HKEY_USERS: .DEFAULT, a SID, or one
            with _Classes behind it.
    """
    return ["Machine" if name in MACHINE_HIVES else "User", name]


def mount_for(name: str, opener: Callable[[], Mountable], file: str = "") -> Mount:
    """A hive of Windows at its place; see place_of()."""
    zone = SOFTWARE if name == "SOFTWARE" else CLASSES if name.endswith("_Classes") else None
    return Mount(place_of(name), opener, zone, file)
