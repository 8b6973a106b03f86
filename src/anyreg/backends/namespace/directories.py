r"""The keys above the hives, and the hives that are loaded into them while the registry runs.

What is mounted from the start stands in the directories.  A hive that is loaded later is written
into the master, as a volatile key with KEY_MOUNT_POINT and the file's path as its default value:
so every process that opens the registry finds it there, until it is unloaded or the master is made
anew, as after a restart.  Its file may go, or be damaged, meanwhile: then it is left out of lists.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from anyreg.backends.base import AllOrNone, Backend
from anyreg.backends.hive import alone
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
_SHARING_VIOLATION: Final = 32
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

    def own_mounts(self) -> list[Mount]:
        """Every mount that is there from the start, once."""
        found: dict[str, Mount] = {}
        for directory in (self.machine, self.users):
            for mount in directory.mounts.values():
                found[mount.unit] = mount
        return list(found.values())

    def known_mounts(self) -> list[Mount]:
        """All that may be open: those from the start, and loaded ones that were asked for."""
        return [*self.own_mounts(), *self._loaded.values()]

    def loaded_mounts(self) -> list[Mount]:
        """The hives that are loaded now, by whichever process."""
        self._drop_unloaded()
        found: list[Mount] = []
        for directory in (self.machine, self.users):
            for place in self._overlay.children_at(self._overlay.holder(directory.names)):
                if _is_mount_point(place):
                    found.append(self._mount_on(place, directory.names))
        return found

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
            holder = self._overlay.holder(mount.names)
            if holder is None or _unit_of(mount.names, self._overlay.placed(holder)) != unit:
                del self._loaded[unit]
                mount.close()

    def _through(self, place: Place, names: list[str]) -> Node | None:
        """A key of the master; where a hive is mounted on it, the hive's root."""
        return self._mount_on(place, names).root() if _is_mount_point(place) else place

    def _mount_on(self, place: Place, names: list[str]) -> Mount:
        """The hive that is loaded on a key of the master; it need not be open.

        Args:
            place: The key.
            names: What leads to its parent.
        """
        at = [*names, place.name]
        unit = _unit_of(at, place)
        mount = self._loaded.get(unit)
        if mount is None:
            file = _file_of(place)
            mount = Mount(at, lambda: alone(self._open_hive(file)), file=file)
            mount.unit = unit
            self._loaded[unit] = mount
        return mount

    def children(self, directory: Directory) -> list[Node]:
        """All keys in a directory; a hive that cannot be opened is left out and noted."""
        self._drop_unloaded()
        found: dict[str, Node] = dict(directory.inside)
        for folded, mount in directory.mounts.items():
            try:
                found[folded] = mount.root_as(directory.shown[folded])
            except RegistryError as error:
                self._note(mount, error)
        holder = self._overlay.holder(directory.names)
        for place in self._overlay.children_at(holder):
            try:
                seen = self._through(place, directory.names)
            except RegistryError as error:
                self._note(self._mount_on(place, directory.names), error)
                continue
            if seen is not None:
                found.setdefault(fold(place.name), seen)
        return [found[folded] for folded in sorted(found, key=order_key)]

    def _note(self, mount: Mount, error: RegistryError) -> None:
        self.problems.note(-1, f"{mount.place} cannot be opened: {error}")

    # Loading

    def load(self, directory: Directory, name: str, file: str) -> None:
        """Mount a hive file.

        Raises:
            KeyExistsError: There is a key of that name.
            LimitError: It is no name that a path can have.
            RegistryError: The file is no hive that could be opened, or is mounted already (32).
        """
        self._require_loadable(directory)
        if self._is_taken(directory, name):
            raise KeyExistsError("there is such a key already", path=name)
        check_key_name(name)
        path = os.path.abspath(os.path.expanduser(file))
        self._require_free(path)
        self._open_hive(path).close()  # a file that is no hive is refused now
        master = self._overlay.master.backend
        with AllOrNone(master):
            place = self._overlay.make(directory.names, name, "", b"", KEY_MOUNT_POINT)
            raw = (path + "\0").encode("utf-16-le", "surrogatepass")
            master.write(place.inner, [Value("", _TEXT, raw)])

    def _is_taken(self, directory: Directory, name: str) -> bool:
        """Whether there is a key of this name, even one whose hive cannot be opened."""
        if fold(name) in directory.mounts or fold(name) in directory.inside:
            return True
        return self._overlay.child_at(self._overlay.holder(directory.names), name) is not None

    def _require_free(self, file: str) -> None:
        """Refuse a hive that is mounted: under two names it would wait for itself."""
        for mount in [*self.own_mounts(), *self.loaded_mounts()]:
            if mount.file and _are_same(mount.file, file):
                raise RegistryError(
                    f"this hive is mounted already, as {mount.place}",
                    path=file,
                    winerror=_SHARING_VIOLATION,
                )

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
        mount = self._mount_on(place, directory.names)
        plan = _plan_of(place)
        try:
            mount.root()  # what a process that died has left in its logs goes into the file
        except RegistryError as error:
            self._note(mount, error)  # a file that is gone can be unloaded as well
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
        if not _is_mount_point(place):
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
        plan = planned(_file_of(place), new, old)
        values = [Value(_NEW, *encode(plan.new)), Value(_OLD, *encode(plan.old))]
        place.mount.backend.write(place.inner, values)

    def _require_loadable(self, directory: Directory) -> None:
        if not directory.names:
            raise AccessDeniedError("hives are loaded into HKEY_LOCAL_MACHINE and HKEY_USERS only")


def _is_mount_point(place: Place) -> bool:
    """Whether a hive is loaded on a key of the master."""
    return place.mount.backend.flags(place.inner) & KEY_MOUNT_POINT != 0


def _file_of(place: Place) -> str:
    """The file of the hive that is loaded on a key of the master."""
    record = place.mount.backend.read(place.inner, "")
    return "" if record is None else str(record.data)


def _unit_of(names: list[str], place: Place) -> str:
    """The name by which transactions know a loaded hive: another file is another one."""
    return "\\".join([*names, _file_of(place)])


def _are_same(file: str, other: str) -> bool:
    try:
        return os.path.samefile(file, other)
    except OSError:
        return False  # one of them is not there


def _plan_of(place: Place) -> Plan | None:
    """What is planned for a loaded hive, by its mount point."""
    backend = place.mount.backend
    found = [backend.read(place.inner, name) for name in ("", _NEW, _OLD)]
    paths = [str(value.data) for value in found if value is not None]
    return Plan(paths[0], paths[1], paths[2]) if len(paths) == len(found) else None
