"""A registry of one's own, kept in hive files: the registry where there is no Windows.

The namespace of Windows over the hives of a folder (anyreg.backends.home), which commit together
(anyreg.backends.grouped_hives), and over the hive of volatile keys.  Opening it opens none of them:
the first key that is asked for does.
"""

from __future__ import annotations

from collections.abc import Callable

from anyreg.backends.abilities import About
from anyreg.backends.grouped_hives import GroupedHive, Hives, OrderedHive
from anyreg.backends.hive_replacement import planned
from anyreg.backends.home import Home
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.hive_set import HiveSet
from anyreg.backends.namespace.mounts import Mount, mount_for, place_of
from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.writable_hive import open_looking_on
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.writable import WritableHive
from anyreg.errors import NotFoundError
from anyreg.history.recorder import Recorder
from anyreg.problems import Problem


def open_embedded(
    folder: str, *, must_exist: bool = False, is_read_only: bool = False
) -> Namespace:
    """The registry in a folder, made first where there is none.

    Args:
        folder: See Home.
        must_exist: See Home.
        is_read_only: Refuse every change.

    Raises:
        RegistryError: As Home.
    """
    return Namespace(OwnHives(Home(folder, must_exist), is_read_only))


def open_rehearsal(folder: str, open_copy: Callable[[str], Mountable]) -> Namespace:
    """A registry of one's own as it is now, to be changed in copies of its hives alone.

    Args:
        folder: See Home; there must be a registry.
        open_copy: Opens a copy of a hive, by the path of its file.
    """
    return Namespace(CopiedHives(Home(folder, must_exist=True), open_copy))


class VolatileHive(OrderedHive):
    """The hive of volatile keys: a hive file that goes when the computer restarts."""

    keeps_volatile: bool = True


class OwnHives(HiveSet):
    """The hives of a registry of one's own."""

    def __init__(self, home: Home, is_read_only: bool) -> None:
        self._home = home
        mounts = [mount_for(name, self._opener(name), file) for name, file in home.files.items()]
        self._group = Hives(home.record, {mount.unit: mount.file for mount in mounts})
        super().__init__(
            mounts,
            Mount([], lambda: _open_master(home)),
            home.user,
            open_looking_on,
            units=self._group.units,
            is_read_only=is_read_only,
            shows_loaded=True,
        )

    def _opener(self, name: str) -> Callable[[], Mountable]:
        unit = "\\".join(place_of(name))
        return lambda: GroupedHive(self._group, unit)

    def about(self) -> About:
        """Where it is."""
        return {"kind": "own registry", "folder": self._home.folder}

    def problems(self) -> list[Problem]:
        """Hives that lack a part of a transaction for good, and plans that cannot be done."""
        what = "a part of a transaction is missing: another tool has changed the hive since"
        left = [Problem(-1, what, path=unit) for unit in self._group.left_alone]
        return left + self._home.problems

    def replace(self, mount: Mount, new: str, old: str) -> None:
        """Plan another file for a hive: it takes its place when the registry is opened anew."""
        self._home.plan(planned(self._home.files[mount.name], new, old))

    def keep_history(self, recorder: Recorder) -> None:
        """Let every commit from now on have a record in a history."""
        self._group.keep_history(recorder)
        super().keep_history(recorder)

    def close(self) -> None:
        """Close the hives, and let go of the folder."""
        try:
            self._group.close()
        finally:
            self._home.close()


class CopiedHives(HiveSet):
    """Copies of the hives of a registry of one's own."""

    def __init__(self, home: Home, open_copy: Callable[[str], Mountable]) -> None:
        self._home = home
        mounts = [
            mount_for(name, _opener(open_copy, file), file) for name, file in home.files.items()
        ]
        master = Mount([], lambda: _volatile(open_copy(home.master)))
        super().__init__(mounts, master, home.user, open_copy)

    def close(self) -> None:
        """Let go of the folder."""
        self._home.close()


def _opener(open_copy: Callable[[str], Mountable], file: str) -> Callable[[], Mountable]:
    return lambda: open_copy(file)


def _volatile(hive: Mountable) -> Mountable:
    hive.keeps_volatile = True
    return hive


def _open_master(home: Home) -> Mountable:
    """The hive of volatile keys; made again if something has cleared its folder away."""
    try:
        return VolatileHive(WritableHive(FileDisk(), home.master, looks_on=True))
    except NotFoundError:
        home.find_master()
    return VolatileHive(WritableHive(FileDisk(), home.master, looks_on=True))
