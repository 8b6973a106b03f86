"""A Windows disk as a registry: its hives where Windows would mount them.

Nothing runs on a disk, so what is volatile there is made up: CurrentControlSet leads to the
control set that was current last, and other volatile keys are this registry's own, in memory.  Its
hives commit one after the other.
"""

from __future__ import annotations

from collections.abc import Callable

from anyreg.backends.abilities import About
from anyreg.backends.control_sets import CURRENT, current_control_set
from anyreg.backends.hive import open_read_only
from anyreg.backends.hive_replacement import Plan, carry_out, planned
from anyreg.backends.initial_keys import new_master, volatile_keys
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.hive_set import HiveSet
from anyreg.backends.namespace.mounts import Mount, mount_for
from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.windows_disk import WindowsDisk
from anyreg.backends.writable_hive import open_writable, open_writable_for_old_windows
from anyreg.errors import RegistryError
from anyreg.regf.layout import KEY_LINK


def open_disk(
    disk: WindowsDisk,
    *,
    is_read_only: bool = True,
    user: str = "",
    force: bool = False,
    open_copy: Callable[[str], Mountable] | None = None,
) -> Namespace:
    """The registry of a disk; its hives are opened when they are asked for.

    Args:
        disk: The disk.
        is_read_only: Write nothing at all: a dirty hive is recovered in memory.
        user: Whose is HKEY_CURRENT_USER: a SID, or the name of a profile's folder.
        force: Write also where Windows is hibernated, or a transaction of it is pending.
        open_copy: Opens a copy of a hive: changes are made in copies alone then.

    Raises:
        AccessDeniedError: It is to be written, and should not be.
        RegistryError: There is no such user.
    """
    if not is_read_only and not force:
        disk.require_writable()
    open_one = open_copy or open_read_only
    if open_copy is None and not is_read_only:
        open_one = open_writable_for_old_windows if disk.has_old_logs() else open_writable
    return Namespace(
        DiskHives(disk, open_one, user, is_read_only=is_read_only, is_copy=open_copy is not None)
    )


class DiskHives(HiveSet):
    """The hives of a Windows disk."""

    def __init__(
        self,
        disk: WindowsDisk,
        open_one: Callable[[str], Mountable],
        user: str,
        *,
        is_read_only: bool,
        is_copy: bool,
    ) -> None:
        mounts = [mount_for(name, self._opener(name), file) for name, file in disk.files.items()]
        master = Mount([], lambda: _master(mounts))
        super().__init__(mounts, master, disk.user(user), open_one, is_read_only=is_read_only)
        self._disk = disk
        self._is_copy = is_copy
        self._plans: dict[str, Plan] = {}
        for complaint in disk.complaints:
            self.noted.note(-1, complaint)

    def _opener(self, name: str) -> Callable[[], Mountable]:
        return lambda: self._opened(name)

    def _opened(self, name: str) -> Mountable:
        """A hive; it is noted if it hides the link that would be made over it."""
        hive = self.open_hive(self._disk.files[name])
        hidden = hive.open(hive.root(), [CURRENT], link=True) if name == "SYSTEM" else None
        if hidden is not None and not hive.flags(hidden) & KEY_LINK:
            words = f"SYSTEM holds a key {CURRENT}, which Windows never reads, and which hides the "
            words += "control set here: delete it in the hive's file"
            self.noted.note(-1, words)
        return hive

    def about(self) -> About:
        """Where it is, and whose profiles it has."""
        profiles = [f"{sid}: {folder}" for sid, folder in self._disk.profiles.items()]
        return {"kind": "Windows disk", "folder": self._disk.folder, "profiles": profiles}

    def replace(self, mount: Mount, new: str, old: str) -> None:
        """Plan another file for a hive: it takes its place when the disk is closed."""
        if self._is_copy:
            super().replace(mount, new, old)
        if mount.name in self._plans:
            raise RegistryError("this hive is to be replaced already", path=mount.name)
        self._plans[mount.name] = planned(self._disk.files[mount.name], new, old)

    def close(self) -> None:
        """Replace the files of which that was asked."""
        while self._plans:
            carry_out(self._plans.popitem()[1])


def _master(mounts: list[Mount]) -> Mountable:
    """What is volatile on a disk: as old as the root key of SYSTEM, or else of another hive.

    Nothing of it has a time of its own, and that of the look at the disk would be a lie.
    """
    control_set = 0
    written = 0
    for mount in sorted(mounts, key=lambda mount: mount.name != "SYSTEM"):
        try:
            if mount.name == "SYSTEM":
                control_set = current_control_set(mount.hive)
            if not written:
                written = mount.hive.root().last_written
        except RegistryError:
            pass  # whoever asks for the hive itself gets the error
    return new_master(volatile_keys([mount.name for mount in mounts], control_set), written)
