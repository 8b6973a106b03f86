"""A registry of one's own, kept in hive files: the registry where there is no Windows.

The namespace of Windows over the hives of a folder (anyreg.backends.home), which commit together
(anyreg.backends.grouped), and over the hive of volatile keys.  Opening it opens none of them: the
first key that is asked for does.
"""

from __future__ import annotations

from collections.abc import Callable

from anyreg.backends.base import Backend
from anyreg.backends.grouped import GroupedHive, Hives, SharedHive
from anyreg.backends.home import Home
from anyreg.backends.live_hive import open_live
from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.namespace.places import Mount, mount_for, place_of
from anyreg.backends.signals import Signals
from anyreg.engine.live import LiveHive
from anyreg.engine.storage import FileDisk
from anyreg.errors import NotFoundError


class VolatileHive(SharedHive):
    """The hive of volatile keys: a hive file that is gone with the last who has it open."""

    keeps_volatile: bool = True


class Embedded(Namespace):
    """A registry in a folder."""

    def __init__(
        self, folder: str, *, must_exist: bool = False, is_read_only: bool = False
    ) -> None:
        """Open it, and make it first where there is none.

        Args:
            folder: See Home.
            must_exist: See Home.
            is_read_only: Refuse every change.

        Raises:
            RegistryError: As Home.
        """
        home = Home(folder, must_exist)
        files = {"\\".join(place_of(name)): file for name, file in home.files.items()}
        self._home = home
        signals = Signals(home.signals)
        self._hives = Hives(home.record, files, signals)
        mounts = [mount_for(name, self._opener(name)) for name in home.files]
        master = Mount([], lambda: _open_master(home, signals))
        super().__init__(mounts, master, home.user, open_live, self._hives.units, is_read_only)

    def _opener(self, name: str) -> Callable[[], Backend]:
        hives = self._hives
        unit = "\\".join(place_of(name))
        return lambda: GroupedHive(hives, unit)

    def about(self) -> dict[str, str | int | list[str]]:
        """Where it is, which hives it is made of, and whose it is."""
        return super().about() | {"kind": "own registry", "folder": self._home.folder}

    def close(self) -> None:
        """Close every hive, and let go of the folder; further calls do nothing."""
        if self.is_closed:
            return
        super().close()
        try:
            self._hives.close()
        finally:
            self._home.close()


def _open_master(home: Home, signals: Signals) -> Backend:
    """The hive of volatile keys; made again if something has cleared its folder away."""
    try:
        hive = LiveHive(FileDisk(), home.master)
    except NotFoundError:
        home.lay_master()
        hive = LiveHive(FileDisk(), home.master)
    return VolatileHive(hive, signals, 0)
