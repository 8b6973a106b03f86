"""Hives that commit together: those of a registry of one's own.

A transaction over them is one of the engine's group: all of them commit, or none.  A change of one
hive alone takes that hive's lock only.  It must still see to it that what a process which died in
the middle of its commit has promised comes first; so it looks at the group's record, which costs
one read, and lets the group make up for what is missing.
"""

from __future__ import annotations

import os
from threading import RLock
from typing import Final

from anyreg.backends.namespace.joined_hives import JoinedHives
from anyreg.backends.namespace.mounts import Mount
from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.engine.editor import Editor
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.group import HiveGroup
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.storage import Storage
from anyreg.engine.tree import Tree
from anyreg.errors import ClosedError
from anyreg.history.recorder import Recorder

_BRIEFLY: Final = 1.0  # seconds for what keeps a hive for a moment, whatever time is left
_RECORD_HEAD: Final = 32  # bytes of a record that no other one has: its random number is in them


class Hives:
    """The hives of a registry, opened together when the first of them is asked for.

    Attributes:
        units: The transactions over them.
    """

    def __init__(self, record: str, files: dict[str, str]) -> None:
        """Name the hives.

        Args:
            record: The group's own file.
            files: The file of each hive, by the unit of its mount.
        """
        self.units = JoinedGroup(self)
        self._record_path = record
        self._files = files
        self._lock = RLock()
        self._group: HiveGroup | None = None
        self._record: Storage | None = None
        self._seen = b""
        self._closed = False
        self._recorder: Recorder | None = None

    def keep_history(self, recorder: Recorder) -> None:
        """Let every commit from now on have a record in a history."""
        for unit, file in self._files.items():
            recorder.register(unit, file)
        self._recorder = recorder
        if self._group is not None:
            self._group.observe(recorder)

    def has(self, unit: str) -> bool:
        """Whether a mount is of these."""
        return unit in self._files

    @property
    def group(self) -> HiveGroup:
        """The hives, opened."""
        group = self._group
        return self._open() if group is None else group

    def _open(self) -> HiveGroup:
        with self._lock:
            if self._closed:
                raise ClosedError("the registry is closed", path=self._record_path)
            if self._group is None:
                disk = FileDisk()
                self._group = HiveGroup(disk, self._record_path, self._files, looks_on=True)
                folder = os.path.dirname(self._record_path)  # noqa: PTH120
                self._record = disk.open_own(self._record_path, False, folder)
                self._seen = self._head() if self._group.is_settled else b""
                if self._recorder is not None:
                    self._group.observe(self._recorder)
            return self._group

    @property
    def left_alone(self) -> list[str]:
        """Hives that lack a part of a transaction, because another tool has changed them since."""
        return [] if self._group is None else self._group.left_alone

    def _head(self) -> bytes:
        record = self._record
        return b"" if record is None else record.read(0, _RECORD_HEAD)

    def has_news(self) -> bool:
        """Whether a transaction over several hives was committed since this was last asked."""
        return self._head() != self._seen

    def settle(self) -> None:
        """Make up for what a process that died has promised."""
        turn = self.units.turn
        turn.wait_briefly()
        try:
            head = self._head()
            self.group.begin()
            self.group.commit(False)
            self._seen = head
        finally:
            turn.give_briefly()

    def close(self) -> None:
        """Close all hives; further calls do nothing."""
        with self._lock:
            self._closed = True
            if self._group is not None:
                self._group.close()
            if self._record is not None:
                self._record.close()


class OrderedHive(WritableHiveBackend):
    """A hive that this package alone writes: its lists are in order, so a miss is cheap."""

    def subkey(self, tree: Tree, key: KeyNode, name: str) -> KeyNode | None:
        """The subkey of this name, or None."""
        return tree.child_in_order(key, name)


class GroupedHive(OrderedHive):
    """One of the hives that commit together."""

    def __init__(self, hives: Hives, unit: str) -> None:
        super().__init__(hives.group.hive(unit))
        self._hives = hives

    def refresh(self) -> None:
        """Take over what other processes have committed: in a transaction, all of it.

        The group's lock keeps the transactions of others out, but what they had done before must
        be seen, whatever another thread or an opening is doing with the hive.
        """
        units = self._hives.units
        if units.is_ours:
            self._require_open()
            self.hive.follow_surely(units.patience)
        else:
            super().refresh()

    def edit(self, timeout: float = -1.0) -> Editor:
        """Begin a transaction, or a savepoint in one."""
        editor = super().edit(timeout)
        while not self._hives.units.is_ours and self._hives.has_news():
            super().roll_back()
            self._hives.settle()
            editor = super().edit(timeout)
        return editor

    def close(self) -> None:
        """The hives are closed together."""
        self._closed = True


class JoinedGroup(JoinedHives):
    """A transaction over the hives that commit together, and perhaps others."""

    def __init__(self, hives: Hives) -> None:
        super().__init__()
        self._hives = hives

    @property
    def patience(self) -> float:
        """Seconds that a look at a hive may wait in the transaction under way."""
        left = self._deadline.left
        return left if left < 0 else max(left, _BRIEFLY)

    def begin(self, timeout: float) -> None:
        """Begin a transaction, or a savepoint in it."""
        if self.is_ours:
            self._hives.group.begin()
        super().begin(timeout)

    def begin_outermost(self, timeout: float) -> None:
        """The group is first: it takes the registry's lock."""
        self._hives.group.begin(timeout)

    def join(self, mount: Mount) -> None:
        """Make a hive a part of the transaction, if it is none yet."""
        if self._hives.has(mount.unit):
            self._hives.group.editor(mount.unit)
        else:
            super().join(mount)

    def commit(self, durable: bool) -> None:
        """End the innermost level for good; hives of another kind commit behind the group."""
        gathering = self.gathering()
        try:
            self._commit_all(durable)
        finally:
            if gathering is not None:
                gathering.end()

    def _commit_all(self, durable: bool) -> None:
        group = self._hives.group
        made = list(group.touched)
        try:
            group.commit(durable)
        except BaseException:
            super().roll_back()
            raise
        self._commit_each(durable, made)

    def roll_back(self) -> None:
        """Undo the innermost level."""
        try:
            self._hives.group.roll_back()
        finally:
            super().roll_back()
