"""The hives that a registry is put together from, and what is different with where they are.

A namespace has one of these: of a folder of one's own (anyreg.backends.own_hives), of a Windows
disk (anyreg.backends.disk_hives), of copies that are changed or only read, of dicts.
"""

from __future__ import annotations

from collections.abc import Callable

from anyreg.backends import ask
from anyreg.backends.abilities import About
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.joined_hives import JoinedHives
from anyreg.backends.namespace.mounts import Mount
from anyreg.errors import NotSupportedError
from anyreg.history.recorder import Recorder
from anyreg.problems import Problem, Problems


class HiveSet:
    r"""The hives of a registry.

    Attributes:
        mounts: The hives that are there from the start.
        master: The mount at \Registry, which keeps volatile keys.
        user: The SID of HKEY_CURRENT_USER, "" where there is none.
        open_hive: Opens a further hive by the path of its file.
        units: What transactions are made of.
        is_read_only: Whether every change is refused.
        shows_loaded: Whether other processes see a hive that is loaded: it is a change then.
        noted: What was found that is not as it should be, such as hives that cannot be opened.
    """

    def __init__(
        self,
        mounts: list[Mount],
        master: Mount,
        user: str,
        open_hive: Callable[[str], Mountable],
        *,
        units: JoinedHives | None = None,
        is_read_only: bool = False,
        shows_loaded: bool = False,
    ) -> None:
        self.mounts = mounts
        self.master = master
        self.user = user
        self.open_hive = open_hive
        self.units = units or JoinedHives()
        self.is_read_only = is_read_only
        self.shows_loaded = shows_loaded
        self.noted = Problems()

    def about(self) -> About:
        """What kind of registry they make, and where it is."""
        return {"kind": "registry"}

    def problems(self) -> list[Problem]:
        """What is wrong with them as a whole."""
        return []

    def replace(self, mount: Mount, new: str, old: str) -> None:
        """Plan another file for one of them."""
        raise NotSupportedError("this hive has no file that could be replaced", path=mount.name)

    def keep_history(self, recorder: Recorder) -> None:
        """Let every commit from now on have a record in a history."""
        for mount in self.mounts:
            mount.recorder = recorder
            if mount.opened is not None:
                ask.keep_history(mount.opened, recorder, mount.unit)

    def close(self) -> None:
        """All mounts are closed: give back what is behind them."""
