r"""The keys above the hives, and the hives that are loaded into them while the registry runs.

What is mounted from the start stands in the directories.  A hive that is loaded later is written
into the master, as a volatile key with KEY_MOUNT_POINT and the file's path as its default value:
so every process that has the registry open finds it there, and it is gone with the last of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from anyreg.backends.base import AllOrNone, Backend
from anyreg.backends.namespace.overlay import Overlay
from anyreg.backends.namespace.places import Directory, Mount, Place
from anyreg.backends.replacing import Plan, carry_out, planned
from anyreg.engine.key_names import check_key_name
from anyreg.engine.problems import Problems
from anyreg.errors import (
    AccessDeniedError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
    RegistryError,
)
from anyreg.names import fold, order_key
from anyreg.regf.layout import KEY_MOUNT_POINT
from anyreg.types import ValueType
from anyreg.values import Node, Value, encode

_LOCAL_SYSTEM: Final = "S-1-5-18"  # its profile is that of the default user
_NEW: Final = "New file"  # what is planned for a loaded hive, in values of its mount point
_OLD: Final = "Old file"
_TEXT: Final = int(ValueType.REG_SZ)


class Directories:
    r"""The mounts by their places.

    Attributes:
        machine: HKEY_LOCAL_MACHINE.
        users: HKEY_USERS.
        top: The key that holds both, as \Registry.
        problems: Hives that could not be opened.
    """

    def __init__(
        self, mounts: list[Mount], overlay: Overlay, open_hive: Callable[[str], Backend]
    ) -> None:
        self.machine = Directory("HKEY_LOCAL_MACHINE", ["Machine"])
        self.users = Directory("HKEY_USERS", ["User"])
        self.top = Directory("Registry", [])
        self.top.inside = {"MACHINE": self.machine, "USER": self.users}
        self.problems = Problems()
        self._overlay = overlay
        self._open_hive = open_hive
        self._loaded: dict[str, Mount] = {}
        for mount in mounts:
            self.add(mount, mount.name)
            if mount.name == ".DEFAULT":
                self.add(mount, _LOCAL_SYSTEM)

    def add(self, mount: Mount, name: str) -> None:
        """Show a mount under a name in the directory that its path leads to."""
        directory = self.top.inside[fold(mount.names[0])]
        directory.mounts[fold(name)] = mount
        directory.shown[fold(name)] = name

    def all_mounts(self) -> list[Mount]:
        """Every mount once, the loaded ones too."""
        found: dict[str, Mount] = {}
        for directory in (self.machine, self.users):
            for mount in directory.mounts.values():
                found[mount.unit] = mount
        return [*found.values(), *self._loaded.values()]

    # Looking

    def holder(self, directory: Directory) -> Place | None:
        """The key of the master that holds what a directory has of its own."""
        node = self._overlay.holder(directory.names)
        return None if node is None else self._overlay.placed(node)

    def child(self, directory: Directory, name: str) -> Node | None:
        """The key of this name in a directory."""
        folded = fold(name)
        mount = directory.mounts.get(folded)
        if mount is not None:
            return mount.root_as(directory.shown[folded])
        inside = directory.inside.get(folded)
        if inside is not None:
            return inside
        self._drop_unloaded()
        found = self._overlay.child_at(self._overlay.holder(directory.names), name)
        return None if found is None else self._through(found, directory.names)

    def _drop_unloaded(self) -> None:
        """Close the hives that another process has unloaded."""
        for unit, mount in list(self._loaded.items()):
            if self._overlay.holder(mount.names) is None:
                del self._loaded[unit]
                mount.close()

    def _through(self, place: Place, names: list[str]) -> Node | None:
        """A key of the master; where a hive is mounted on it, the hive's root."""
        backend = place.mount.backend
        if not backend.flags(place.inner) & KEY_MOUNT_POINT:
            return place
        record = backend.read(place.inner, "")
        file = "" if record is None else str(record.data)
        unit = "\\".join([*names, place.name, file])
        mount = self._loaded.get(unit)
        if mount is None:
            mount = Mount([*names, place.name], lambda: self._open_hive(file))
            mount.unit = unit
            self._loaded[unit] = mount
        return mount.root()

    def children(self, directory: Directory) -> list[Node]:
        """All keys in a directory; a hive that cannot be opened is left out and noted."""
        self._drop_unloaded()
        found: dict[str, Node] = dict(directory.inside)
        for folded, mount in directory.mounts.items():
            try:
                found[folded] = mount.root_as(directory.shown[folded])
            except RegistryError as error:
                self.problems.note(-1, f"{mount.unit} cannot be opened: {error}")
        holder = self._overlay.holder(directory.names)
        for place in self._overlay.children_at(holder):
            seen = self._through(place, directory.names)
            if seen is not None:
                found.setdefault(fold(place.name), seen)
        return [found[folded] for folded in sorted(found, key=order_key)]

    # Loading

    def load(self, directory: Directory, name: str, file: str) -> None:
        """Mount a hive file.

        Raises:
            KeyExistsError: There is a key of that name.
            LimitError: It is no name that a path can have.
            RegistryError: The file is no hive that could be opened.
        """
        self._require_loadable(directory)
        if self.child(directory, name) is not None:
            raise KeyExistsError("there is such a key already", path=name)
        check_key_name(name)
        path = os.path.abspath(os.path.expanduser(file))
        self._open_hive(path).close()  # a file that is no hive is refused now
        master = self._overlay.master.backend
        with AllOrNone(master):
            place = self._overlay.make(directory.names, name, "", b"", KEY_MOUNT_POINT)
            raw = (path + "\0").encode("utf-16-le", "surrogatepass")
            master.write(place.inner, [Value("", _TEXT, raw)])

    def unload(self, directory: Directory, name: str) -> None:
        """Take a hive away; its file is brought up to date.

        Raises:
            KeyNotFoundError: There is no such key.
            LimitError: No hive is mounted there.
            AccessDeniedError: It belongs to the registry itself.
        """
        self._require_loadable(directory)
        if fold(name) in directory.mounts:
            raise AccessDeniedError("this hive belongs to the registry", path=name)
        place = self._mount_point(directory, name)
        mounted = self._through(place, directory.names)
        assert isinstance(mounted, Place)
        mount = mounted.mount
        plan = _plan_of(place)
        self._overlay.forget([*directory.names, name])
        del self._loaded[mount.unit]
        mount.close()
        if plan is not None:
            carry_out(plan)

    def _mount_point(self, directory: Directory, name: str) -> Place:
        """The key of the master that stands for a loaded hive."""
        place = self._overlay.child_at(self._overlay.holder(directory.names), name)
        if place is None:
            raise KeyNotFoundError("no such key", path=name)
        if not place.mount.backend.flags(place.inner) & KEY_MOUNT_POINT:
            raise LimitError("no hive is loaded there", path=name)
        return place

    def replace(self, directory: Directory, name: str, new: str, old: str) -> None:
        """Plan another file for a hive that was loaded: it takes its place at unload().

        Raises:
            KeyNotFoundError: There is no such key.
            LimitError: No hive is mounted there.
            RegistryError: See planned(), or there is a plan already.
        """
        self._require_loadable(directory)
        place = self._mount_point(directory, name)
        if _plan_of(place) is not None:
            raise RegistryError("this hive is to be replaced already", path=name)
        backend = place.mount.backend
        file = backend.read(place.inner, "")
        plan = planned("" if file is None else str(file.data), new, old)
        values = [Value(_NEW, *encode(plan.new)), Value(_OLD, *encode(plan.old))]
        backend.write(place.inner, values)

    def _require_loadable(self, directory: Directory) -> None:
        if not directory.names:
            raise AccessDeniedError("hives are loaded into HKEY_LOCAL_MACHINE and HKEY_USERS only")


def _plan_of(place: Place) -> Plan | None:
    """What is planned for a loaded hive, by its mount point."""
    backend = place.mount.backend
    found = [backend.read(place.inner, name) for name in ("", _NEW, _OLD)]
    paths = [str(value.data) for value in found if value is not None]
    return Plan(paths[0], paths[1], paths[2]) if len(paths) == len(found) else None
