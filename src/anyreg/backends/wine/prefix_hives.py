r"""A prefix of Wine as a registry, with the names that Windows has.

    system.reg      \Registry\Machine, each key at its top a hive: SOFTWARE, SYSTEM, and others
    user.reg        \Registry\User\SID, which is HKEY_CURRENT_USER
    userdef.reg     \Registry\User\.DEFAULT

What is volatile is made up, and kept in memory, as on a disk whose Windows does not run.  Keys that
programs of 32 bits share with others are links in the text; for Classes the rules of Windows hold.

A transaction holds the lock of Wine's server from its beginning to its end.  At its beginning the
files are read again if they are others now, and at its end those that have changed are written.
"""

from __future__ import annotations

import os
import re
from threading import RLock
from typing import Final

from anyreg.backends.abilities import About
from anyreg.backends.initial_keys import new_master, volatile_keys
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.hive_set import HiveSet
from anyreg.backends.namespace.mounts import Mount
from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.namespace.wow64 import SOFTWARE_OF_WINE
from anyreg.backends.wine.prefix_files import FILES, RECORD, PrefixFiles
from anyreg.backends.wine.server import TEMPORARY, WineServer
from anyreg.backends.wine.wine_hive import Replaced, WineHive
from anyreg.backends.wine.wine_prefix import WinePrefix
from anyreg.backends.wine.wine_units import WineUnits
from anyreg.backends.writable_hive import open_writable
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.observer import Commit
from anyreg.engine.storage import Disk
from anyreg.formats.wine.reader import WineText, head_of, new_text, parse_wine, top_names
from anyreg.formats.wine.sections import WineSection
from anyreg.history.item_commit import ItemCommit
from anyreg.history.recorder import Recorder
from anyreg.names import fold
from anyreg.problems import Problem
from anyreg.times import now

_MACHINE: Final = "Machine"
_SYSTEM: Final = "system.reg"
_USER: Final = "user.reg"
_DEFAULT: Final = "userdef.reg"
_ALWAYS: Final = ("Software", "System")
_AS_WINDOWS: Final = {"SOFTWARE": "SOFTWARE", "SYSTEM": "SYSTEM"}
_time: Final = re.compile(rb"^#time=([0-9a-fA-F]{1,16})", re.MULTILINE)
_WIN64: Final = "win64"
Stamp = tuple[int, int, int]
"""What changes when a file is written: its number, time and size."""


def open_prefix(
    prefix: WinePrefix, *, is_read_only: bool = True, temporary: str = TEMPORARY
) -> Namespace:
    """The registry of a prefix.

    Args:
        prefix: From read_prefix().
        is_read_only: Refuse every change; Wine may run meanwhile.
        temporary: The folder that the folders of Wine's servers are in.

    Raises:
        AccessDeniedError: It is to be written, and Wine runs for it.
        RegFileError: A file is none of Wine's.
    """
    units = PrefixUnits(FileDisk(), prefix, temporary)
    units.open_files(is_read_only)
    return Namespace(PrefixHives(units, is_read_only))


class PrefixHives(HiveSet):
    """The hives of a prefix."""

    def __init__(self, units: PrefixUnits, is_read_only: bool) -> None:
        """Mount the hives.

        Args:
            units: The transactions of the prefix, which has its files open.
            is_read_only: Refuse every change.
        """
        self._units = units
        mounts = [_mount(units, hive, names) for hive, names in units.places()]
        kept = volatile_keys([mount.name for mount in mounts], 0)
        master = Mount([], lambda: new_master(kept, units.first_time()))
        super().__init__(
            mounts,
            master,
            units.prefix.user,
            open_writable,
            units=units,
            is_read_only=is_read_only,
        )

    def about(self) -> About:
        """Where it is, whose, and of which architecture."""
        prefix = self._units.prefix
        return {"kind": "Wine prefix", "folder": prefix.folder, "architecture": prefix.arch}

    def problems(self) -> list[Problem]:
        """Lines that nobody understands, and transactions that Wine has cut in two."""
        return self._units.problems()

    def keep_history(self, recorder: Recorder) -> None:
        """Let every commit from now on have a record in a history."""
        self._units.keep_history(recorder)


class PrefixUnits(WineUnits):
    """The transactions of a prefix, with its files.

    Attributes:
        prefix: The prefix.
        server: Wine's server for it.
    """

    def __init__(self, disk: Disk, prefix: WinePrefix, temporary: str) -> None:
        """Nothing is read yet.

        Args:
            disk: Where the files are.
            prefix: The prefix.
            temporary: The folder that the folders of Wine's servers are in.
        """
        super().__init__()
        self.prefix = prefix
        self.server = WineServer(prefix.folder, temporary)
        self._files = PrefixFiles(disk, prefix.folder)
        self._parsing = RLock()
        self._raw: dict[str, bytes] = {}
        self._texts: dict[str, WineText] = {}
        self._stamps: dict[str, Stamp] = {}
        self._hives: list[WineHive] = []
        self._recorder: Recorder | None = None

    def keep_history(self, recorder: Recorder) -> None:
        """Let every commit from now on have a record in a history."""
        self._recorder = recorder
        for hive in self._hives:
            recorder.register(hive.unit, self._files.path(hive.file))

    # Reading

    def open_files(self, is_read_only: bool) -> None:
        """Read the files, and make their hives.

        Args:
            is_read_only: Whether nothing will be written; else it is looked whether Wine runs.
        """
        self.is_writable = not is_read_only
        if self.is_writable:
            self.hold(-1.0)
            try:
                self._files.recover()
                self._files.sweep()
            finally:
                self.let_go()
        self._read()
        tops = {fold(name): name for name in _ALWAYS}
        for name in top_names(self._raw[_SYSTEM]):
            tops.setdefault(fold(name), name)
        above = [(_SYSTEM, [name]) for name in tops.values()]
        for file, names in [*above, (_USER, []), (_DEFAULT, [])]:
            self._hives.append(WineHive(self, file, names))

    def opened(self, hive: WineHive) -> WineHive:
        """A hive with what its file says; that is looked at when it is first asked for.

        Args:
            hive: It.
        """
        with self._parsing:
            hive.take_over(self._text(hive.file))
        return hive

    def first_time(self) -> int:
        """The first time that is told in system.reg."""
        found = _time.search(self._raw[_SYSTEM])
        return 0 if found is None else int(found[1], 16)

    def places(self) -> list[tuple[WineHive, list[str]]]:
        r"""The hives, and the names below \Registry that lead to each."""
        return [(hive, self._place(hive)) for hive in self._hives]

    def _place(self, hive: WineHive) -> list[str]:
        if hive.file == _SYSTEM:
            top = hive.above[0]
            return [_MACHINE, _AS_WINDOWS.get(fold(top), top)]
        return ["User", ".DEFAULT" if hive.file == _DEFAULT else self.prefix.user]

    def watched(self, file: str) -> list[str]:
        """What others write when they change a file: it, also where a link leads to it."""
        names = [os.path.join(self.prefix.folder, file), self._files.path(file)]
        return list(dict.fromkeys(names))

    def _read(self) -> list[str]:
        """Read the files; the names of those that hold something else now."""
        stamps = self.stamps_now()
        found = self._files.read()
        changed: list[str] = []
        for name in FILES:
            data = found.get(name)
            if data is None:
                data = self._raw.get(name) or self._empty(name).to_bytes()
            if data != self._raw.get(name):
                parse_wine(head_of(data), os.path.join(self.prefix.folder, name))
                self._raw[name] = data
                self._texts.pop(name, None)
                changed.append(name)
        self._stamps = stamps
        return changed

    def _text(self, name: str) -> WineText:
        """What a file holds, looked at when it is first asked for."""
        text = self._texts.get(name)
        if text is None:
            text = parse_wine(self._raw[name], os.path.join(self.prefix.folder, name))
            if text.arch != self.prefix.arch:
                words = f"Wine refuses this file: it is of {text.arch}, and the prefix is not"
                text.problems.append((0, words))
            self._texts[name] = text
        return text

    def _empty(self, name: str) -> WineText:
        names = FILES[name] + [self.prefix.user] * (name == _USER)
        return new_text("\\".join(names), self.prefix.arch)

    def stamps_now(self) -> dict[str, Stamp]:
        """What changes when others write the files."""
        found: dict[str, Stamp] = {}
        for name in [*FILES, RECORD]:
            try:
                status = os.stat(os.path.join(self.prefix.folder, name))
            except OSError:
                continue
            found[name] = (status.st_ino, status.st_mtime_ns, status.st_size)
        return found

    def follow(self) -> None:
        """Take over what others have written, now or when a transaction here has ended."""
        if self.is_ours or self.stamps_now() == self._stamps:
            return
        if not self.turn.take_briefly():
            self.turn.when_free = self.follow
            return
        try:
            self._take_over()
        finally:
            self.turn.give_briefly()

    def _take_over(self) -> None:
        with self._parsing:
            changed = self._read()
            for hive in self._hives:
                if hive.is_read and hive.file in changed:
                    hive.take_over(self._text(hive.file))

    def problems(self) -> list[Problem]:
        """Lines that nobody understands, and files that lack a part of a transaction."""
        return [problem for name in list(self._texts) for problem in self._problems_in(name)]

    def problems_of(self, hive: Mountable) -> list[Problem]:
        """What is wrong with a file, if this is the first hive of it."""
        for file in FILES:
            if hive is next(other for other in self._hives if other.file == file):
                return self._problems_in(file)
        return []

    def _problems_in(self, name: str) -> list[Problem]:
        found: list[Problem] = []
        for line, words in self._text(name).problems:
            place = f"{name}, line {line}" if line else name
            found.append(Problem(-1, f"{place}: {words}"))
        if name in self._files.left_alone:
            words = "Wine wrote this file before a transaction had ended: it lacks a part of that"
            found.append(Problem(-1, f"{name}: {words}"))
        return found

    # Transactions

    def hold(self, timeout: float) -> None:
        """Keep Wine's server from starting.

        Args:
            timeout: Seconds to wait at most for others that write; negative: for ever.
        """
        self.server.hold(timeout)

    def let_go(self) -> None:
        """Let it start again."""
        self.server.release()

    def begin_outermost(self, timeout: float) -> None:
        """Keep Wine's server from starting, and take over what it has written."""
        self.hold(timeout)
        try:
            self._files.recover()
            if self.stamps_now() != self._stamps:
                self._take_over()
        except BaseException:
            self.let_go()
            raise

    def commit(self, durable: bool) -> None:
        """End the innermost level for good; at the outermost one the files are written."""
        if self.depth == 1:
            try:
                self._store(self._edited())
            except BaseException:
                self.roll_back()
                raise
        super().commit(durable)

    def _edited(self) -> dict[str, WineText]:
        """The texts as the transaction makes them, of the files that it changes."""
        found: dict[str, WineText] = {}
        for file, text in self._texts.items():
            replaced: Replaced = {}
            added: list[WineSection] = []
            for hive in self._hives:
                if hive.file == file:
                    hive.edit(replaced, added)
            if replaced or added:
                found[file] = text.edited(replaced, added)
        return found

    def _store(self, texts: dict[str, WineText]) -> None:
        written = {file: text.to_bytes() for file, text in texts.items()}
        changed = {file: data for file, data in written.items() if data != self._raw[file]}
        if changed:
            recorder = self._recorder
            if recorder is None:
                self._files.store(changed)
            else:
                self._store_recorded(changed, recorder)
            self._stamps = self.stamps_now()
        self._raw.update(changed)
        self._texts.update(texts)
        for hive in self._hives:
            if hive.edited is not None:
                hive.sections = hive.edited

    def _store_recorded(self, changed: dict[str, bytes], recorder: Recorder) -> None:
        """Write files behind the record of what becomes of each hive."""
        number = now()
        commits: list[Commit] = [
            ItemCommit(hive.unit, number, changed[hive.file], hive.step())
            for hive in self._hives
            if hive.edited is not None and hive.file in changed
        ]
        recorder.begin(commits, True)
        try:
            self._files.store(changed)
        except BaseException:
            recorder.failed()
            raise
        recorder.finish({commit.hive: number for commit in commits})

    def _leave(self) -> None:
        if self.depth == 1:
            self.let_go()
        super()._leave()


def _mount(units: PrefixUnits, hive: WineHive, names: list[str]) -> Mount:
    is_software = names == [_MACHINE, "SOFTWARE"] and units.prefix.arch == _WIN64
    mount = Mount(names, lambda: units.opened(hive), SOFTWARE_OF_WINE if is_software else None)
    hive.mounted(mount)
    return mount
