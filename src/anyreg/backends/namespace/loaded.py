r"""Hives that are loaded while the registry runs.

Such a hive is written into the master, as a volatile key with KEY_MOUNT_POINT and the file's path
as its default value: so every process that opens the registry finds it there, until it is unloaded
or the master is made anew, as after a restart.  Its file may go, or be damaged, meanwhile: then it
is left out of lists.
"""

from __future__ import annotations

import os
from typing import Final

from anyreg.backends.base import AllOrNone
from anyreg.backends.hive import alone
from anyreg.backends.hive_replacement import Plan, carry_out, planned
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.hive_set import HiveSet
from anyreg.backends.namespace.mounts import Mount
from anyreg.backends.namespace.overlay import VolatileOverlay
from anyreg.engine.key_names import check_key_name
from anyreg.errors import KeyExistsError, KeyNotFoundError, LimitError, RegistryError
from anyreg.regf.layout import KEY_MOUNT_POINT
from anyreg.types import REG_SZ
from anyreg.values import Node, Value, encode

_NEW: Final = "New file"  # what is planned for a loaded hive, in values of its mount point
_OLD: Final = "Old file"
_SHARING_VIOLATION: Final = 32


class LoadedHives:
    """The hives that are loaded, by whichever process; points are the master's keys of them."""

    def __init__(self, hives: HiveSet, overlay: VolatileOverlay) -> None:
        self._hives = hives
        self._overlay = overlay
        self._mounts: dict[str, Mount] = {}

    @property
    def known(self) -> list[Mount]:
        """Those that were asked for, and may be open."""
        return list(self._mounts.values())

    def all(self) -> list[Mount]:
        """Those that are loaded now."""
        self.drop_unloaded()
        found: list[Mount] = []
        for names in (["Machine"], ["User"]):
            for point in self._overlay.children(self._overlay.holder(names)):
                if self.is_point(point):
                    found.append(self.mount_at(point, names))
        return found

    def is_point(self, node: Node) -> bool:
        """Whether a hive is loaded on a key of the master."""
        return self._master.flags(node) & KEY_MOUNT_POINT != 0

    def mount_at(self, point: Node, names: list[str]) -> Mount:
        """The hive that is loaded on a key of the master; it need not be open.

        Args:
            point: The key.
            names: What leads to its parent.
        """
        at = [*names, point.name]
        file = self._file_of(point)
        unit = _unit_of(at, file)
        mount = self._mounts.get(unit)
        if mount is None:
            open_hive = self._hives.open_hive
            mount = Mount(at, lambda: alone(open_hive(file)), file=file)
            mount.unit = unit
            self._mounts[unit] = mount
        return mount

    def drop_unloaded(self) -> None:
        """Close the hives that another process has unloaded."""
        for unit, mount in list(self._mounts.items()):
            point = self._overlay.holder(mount.names)
            if point is None or _unit_of(mount.names, self._file_of(point)) != unit:
                del self._mounts[unit]
                mount.close()

    def note(self, mount: Mount, error: RegistryError) -> None:
        """Keep that a hive cannot be opened."""
        self._hives.noted.note(-1, f"{mount.place} cannot be opened: {error}")

    # Changes

    def load(self, names: list[str], name: str, file: str) -> None:
        """Mount a hive file.

        Args:
            names: What leads to the parent.
            name: A name that no key has there.
            file: The hive.

        Raises:
            LimitError: It is no name that a path can have.
            RegistryError: The file is no hive that could be opened, or is mounted already (32).
        """
        check_key_name(name)
        path = os.path.abspath(os.path.expanduser(file))
        self._require_free(path)
        self._hives.open_hive(path).close()  # a file that is no hive is refused now
        master = self._master
        with AllOrNone(master):
            point = self._overlay.make(names, name, "", b"", KEY_MOUNT_POINT)
            raw = (path + "\0").encode("utf-16-le", "surrogatepass")
            master.write(point, [Value("", REG_SZ, raw)])

    def require_none(self, names: list[str], name: str) -> None:
        """Refuse a name that a key of the master has, even one whose hive cannot be opened.

        Raises:
            KeyExistsError: It has.
        """
        if self._overlay.child(self._overlay.holder(names), name) is not None:
            raise KeyExistsError("there is such a key already", path=name)

    def _require_free(self, file: str) -> None:
        """Refuse a hive that is mounted: under two names it would wait for itself."""
        for mount in [*self._hives.mounts, *self.all()]:
            if mount.file and _are_same(mount.file, file):
                raise RegistryError(
                    f"this hive is mounted already, as {mount.place}",
                    path=file,
                    winerror=_SHARING_VIOLATION,
                )

    def unload(self, names: list[str], name: str) -> None:
        """Take a hive away; its file is brought up to date.

        Args:
            names: What leads to the parent.
            name: The name of its root key.

        Raises:
            KeyNotFoundError: There is no such key.
            LimitError: No hive is mounted there.
        """
        point = self._point(names, name)
        mount = self.mount_at(point, names)
        plan = self._plan_of(point)
        try:
            mount.hive.root()  # what a process that died has left in its logs goes into the file
        except RegistryError as error:
            self.note(mount, error)  # a file that is gone can be unloaded as well
        self._overlay.forget([*names, name])
        del self._mounts[mount.unit]
        mount.close()
        if plan is not None:
            carry_out(plan)

    def replace(self, names: list[str], name: str, new: str, old: str) -> None:
        """Plan another file for a hive: it takes its place at unload().

        Args:
            names: What leads to the parent.
            name: The name of its root key.
            new: The other file.
            old: What the file is called then that the hive has now.

        Raises:
            KeyNotFoundError: There is no such key.
            LimitError: No hive is mounted there.
            RegistryError: See planned(), or there is a plan already.
        """
        point = self._point(names, name)
        if self._plan_of(point) is not None:
            raise RegistryError("this hive is to be replaced already", path=name)
        plan = planned(self._file_of(point), new, old)
        values = [Value(_NEW, *encode(plan.new)), Value(_OLD, *encode(plan.old))]
        self._master.write(point, values)

    # What stands in the master

    @property
    def _master(self) -> Mountable:
        return self._overlay.master.hive

    def _point(self, names: list[str], name: str) -> Node:
        """The key of the master that stands for a loaded hive."""
        point = self._overlay.child(self._overlay.holder(names), name)
        if point is None:
            raise KeyNotFoundError("no such key", path=name)
        if not self.is_point(point):
            raise LimitError("no hive is loaded there", path=name)
        return point

    def _file_of(self, point: Node) -> str:
        """The file of the hive that is loaded on a key."""
        record = self._master.read(point, "")
        return "" if record is None else str(record.data)

    def _plan_of(self, point: Node) -> Plan | None:
        """What is planned for a loaded hive."""
        found = [self._master.read(point, name) for name in ("", _NEW, _OLD)]
        paths = [str(value.data) for value in found if value is not None]
        return Plan(paths[0], paths[1], paths[2]) if len(paths) == len(found) else None


def _unit_of(names: list[str], file: str) -> str:
    """The name by which transactions know a loaded hive: another file is another one."""
    return "\\".join([*names, file])


def _are_same(file: str, other: str) -> bool:
    try:
        return os.path.samefile(file, other)
    except OSError:
        return False  # one of them is not there
