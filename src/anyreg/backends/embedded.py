"""A registry of one's own, kept in hive files: the registry where there is no Windows.

The namespace of Windows over the hives of a folder (anyreg.backends.home), which commit together
(anyreg.backends.grouped), and over the hive of volatile keys.  Opening it opens none of them: the
first key that is asked for does.
"""

from __future__ import annotations

from collections.abc import Callable

from anyreg.backends.base import Backend
from anyreg.backends.grouped import GroupedHive, Hives, OrderedHive
from anyreg.backends.home import Home
from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.namespace.places import Mount, mount_for, place_of
from anyreg.backends.replacing import planned
from anyreg.backends.writable_hive import open_looking_on
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.problems import Problem
from anyreg.engine.writable import WritableHive
from anyreg.errors import NotFoundError
from anyreg.history.recorder import Recorder
from anyreg.values import Node


class VolatileHive(OrderedHive):
    """The hive of volatile keys: a hive file that goes when the computer restarts."""

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
        self._hives = Hives(home.record, files)
        mounts = [mount_for(name, self._opener(name), file) for name, file in home.files.items()]
        master = Mount([], lambda: _open_master(home))
        super().__init__(
            mounts, master, home.user, open_looking_on, self._hives.units, is_read_only
        )

    def _opener(self, name: str) -> Callable[[], Backend]:
        hives = self._hives
        unit = "\\".join(place_of(name))
        return lambda: GroupedHive(hives, unit)

    def load(self, node: Node, name: str, file: str) -> None:
        """Mount a hive file, for every process: a change, and none for who only reads."""
        if self._is_read_only:
            raise self._refused()
        super().load(node, name, file)

    def unload(self, node: Node, name: str) -> None:
        """Take a hive away that load() has mounted."""
        if self._is_read_only:
            raise self._refused()
        super().unload(node, name)

    def replace_own(self, mount: Mount, new: str, old: str) -> None:
        """Plan another file for a hive: it takes its place when the registry is opened anew."""
        self._home.plan(planned(self._home.files[mount.name], new, old))

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Let every commit from now on have a record in a history."""
        self._hives.keep_history(recorder)
        super().keep_history(recorder, hive)

    def problems(self) -> list[Problem]:
        """What reading has met, and hives that lack a part of a transaction for good."""
        what = "a part of a transaction is missing: another tool has changed the hive since"
        missing = [Problem(-1, what, path=unit) for unit in self._hives.left_alone]
        return super().problems() + missing

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


class Rehearsal(Namespace):
    """A registry of one's own as it is now, to be changed in copies of its hives alone."""

    def __init__(self, folder: str, open_copy: Callable[[str], Backend]) -> None:
        """Put the copies together.

        Args:
            folder: See Home; there must be a registry.
            open_copy: Opens a copy of a hive, by the path of its file.
        """
        home = Home(folder, must_exist=True)
        self._home = home
        mounts = [
            mount_for(name, _opener(open_copy, file), file) for name, file in home.files.items()
        ]
        master = Mount([], lambda: _volatile(open_copy(home.master)))
        super().__init__(mounts, master, home.user, open_copy)

    def close(self) -> None:
        """Close the copies; further calls do nothing."""
        if not self.is_closed:
            super().close()
            self._home.close()


def _opener(open_copy: Callable[[str], Backend], file: str) -> Callable[[], Backend]:
    return lambda: open_copy(file)


def _volatile(hive: Backend) -> Backend:
    hive.keeps_volatile = True
    return hive


def _open_master(home: Home) -> Backend:
    """The hive of volatile keys; made again if something has cleared its folder away."""
    try:
        return VolatileHive(WritableHive(FileDisk(), home.master, looks_on=True))
    except NotFoundError:
        home.find_master()
    return VolatileHive(WritableHive(FileDisk(), home.master, looks_on=True))
