"""The folder of a registry of one's own: what is in it, how it is made, who has it open.

    anyreg.json     what it is, and whose; written last, so a folder without it was never finished
    SYSTEM ...      the hives, with their logs
    anyreg.commit   transactions over several hives
    opening.lock    held by whoever opens or closes the registry, for that moment
    in-use.lock     shared by all who have it open: who can hold it alone is the first, or the last
    anyreg.replace  hives whose files are to be replaced by the first of the next processes
    volatile        where the hive of volatile keys is, see anyreg.backends.volatile_folder

Many processes can open it at once, also for the first time: one of them makes it, and the others
wait for the lock.  A process that dies leaves its locks to the system.
"""

from __future__ import annotations

import json
import os
import re
import stat
from datetime import UTC, datetime
from typing import Final

from anyreg.backends.control_sets import current_control_set
from anyreg.backends.hive import HiveBackend
from anyreg.backends.hive_replacement import Plan, carry_out, is_begun, why_not
from anyreg.backends.home_locks import HomeLocks
from anyreg.backends.initial_keys import (
    contents,
    first_hives,
    new_master,
    new_sid,
    volatile_keys,
)
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.namespace.mounts import place_of
from anyreg.backends.trees import save
from anyreg.backends.volatile_folder import VolatileFolder
from anyreg.engine.boot import boot_id
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.group import HiveGroup
from anyreg.engine.hive import attempts, open_hive
from anyreg.engine.storage import LOG_SUFFIXES, Disk, write_new
from anyreg.errors import (
    ClosedError,
    HiveChangedError,
    NotFoundError,
    NotSupportedError,
    RegistryError,
)
from anyreg.problems import Problem
from anyreg.system import WINDOWS, import_truly, real_names
from anyreg.times import from_datetime

HOME_VARIABLE: Final = "ANYREG_HOME"  # says where a user's own registry is
_MARK: Final = "anyreg.json"
_RECORD: Final = "anyreg.commit"
_OPENING: Final = "opening.lock"
_IN_USE: Final = "in-use.lock"
_PLANS: Final = "anyreg.replace"
_FORMAT: Final = 1
_FILES: Final = {".DEFAULT": "DEFAULT"}
# What a power cut may leave of a registry that was being made: the lock, and what has no name yet.
_DRAFT: Final = re.compile(r"[A-Za-z.]+\.[0-9a-f]{12}\.new")
_MOST: Final = 65536  # bytes of the small files


def default_home() -> str:
    """Where a user's own registry is: ANYREG_HOME, or below the user's data folder."""
    given = os.environ.get(HOME_VARIABLE)
    if given:
        return os.path.expanduser(given)
    dirs = import_truly("platformdirs")
    with real_names():
        return os.path.join(dirs.user_data_dir("anyreg", False), "registry")


def is_home(folder: str) -> bool:
    """Whether a folder holds a registry of one's own, finished or not."""
    return any(os.path.exists(os.path.join(folder, name)) for name in (_MARK, _OPENING))


def _is_left(name: str) -> bool:
    """Whether a file is what a power cut may leave of a registry that was being made."""
    return name == _IN_USE or _DRAFT.fullmatch(name) is not None


class Home:
    """A folder that is open as a registry, until close().

    Attributes:
        folder: Where it is.
        user: The SID of its user.
        problems: What is planned, and cannot be done.
    """

    def __init__(self, folder: str, must_exist: bool = False) -> None:
        """Open a folder, and make the registry in it where there is none yet.

        Args:
            folder: Where it is; made if it is missing.
            must_exist: Do not make one.

        Raises:
            NotFoundError: There is none, and none shall be made.
            NotSupportedError: The folder holds other things, or a registry of a later version; or
                others could change what is in it.
        """
        self.folder = os.path.realpath(folder)
        self.user = ""
        self.problems: list[Problem] = []
        self._disk = FileDisk()
        self._process = os.getpid()
        if must_exist and not self._disk.exists(self.path(_MARK)):
            raise NotFoundError("no registry in this folder", path=self.folder)
        if self._disk.exists(self.path(_MARK)) and not self._disk.exists(self.path(_OPENING)):
            read_mark(self._disk, self.folder)  # a copy that is refused gets no locks
        self._make_folder()
        self._locks = HomeLocks(self._disk, self.path(_OPENING), self.path(_IN_USE))
        self._opening, self._in_use = self._locks.opening, self._locks.in_use
        try:
            is_first = self._in_use.lock(False, False)
            if not self._disk.exists(self.path(_MARK)):
                self._locks.secure(self.folder)
                self._make()
            self.user = read_mark(self._disk, self.folder)
            self._runtime = VolatileFolder(self._disk, self.folder, self.user, boot_id())
            # Hives have other files then, as after a restart.
            restarts = is_first and self._carry_out_plans()
            self._settle_master(is_first, restarts)
            self._in_use.lock(True, True)
            self._opening.unlock()
        except BaseException:
            self._locks.close()
            raise

    def path(self, name: str) -> str:
        """The path of a file in the folder."""
        return os.path.join(self.folder, name)

    def _make_folder(self) -> None:
        self._disk.make_folder(self.folder)
        _require_own(self.folder)
        others = self._disk.names(self.folder)
        if not is_home(self.folder) and not all(_is_left(name) for name in others):
            raise NotSupportedError("the folder holds other things", path=self.folder)

    # The registry

    @property
    def record(self) -> str:
        """The file of transactions over several hives."""
        return record_file(self.folder)

    @property
    def files(self) -> dict[str, str]:
        """The file of each hive, by the last name of its mount."""
        return hive_files(self.folder, self.user)

    def _make(self) -> None:
        """Make the registry; the mark comes last.  What an attempt that died has left goes."""
        for name in self._disk.names(self.folder):
            if _DRAFT.fullmatch(name):
                self._disk.remove(self.path(name))
        self.user = new_sid()
        files = self.files
        for name, hive in first_hives(self.user).items():
            file = files[name]
            self._remove_hive(file)
            save(hive, hive.root(), file, 5)
        mark = {"format": _FORMAT, "user": self.user}
        write_new(self._disk, self.path(_MARK), json.dumps(mark).encode())

    def _remove_hive(self, file: str) -> None:
        for suffix in ("", *LOG_SUFFIXES):
            self._disk.remove(file + suffix.upper())

    # Files of hives that are to be replaced

    def plan(self, plan: Plan) -> None:
        """Have a hive's file replaced by the next process that opens the registry first.

        Raises:
            RegistryError: That is planned already.
        """
        self._opening.lock(False, True)
        try:
            plans = _read_plans(self._plans_text(), self.path(_PLANS))
            if any(plan.file == other.file for other in plans):
                raise RegistryError("this hive is to be replaced already", path=plan.file)
            self._write_plans([*plans, plan])
        finally:
            self._opening.unlock()

    def _write_plans(self, plans: list[Plan]) -> None:
        file = self.path(_PLANS)
        if not plans:
            self._disk.remove(file)
            self._disk.sync_directory(file)
            return
        write_new(self._disk, file, json.dumps(plans).encode(), over=True)

    def _plans_text(self) -> bytes:
        """What is planned, as it is kept; what has the name of its file and is none is refused."""
        file = self.path(_PLANS)
        return _read(self._disk, file) if self._disk.exists(file) else b"[]"

    def _carry_out_plans(self) -> bool:
        """Replace files while nobody has the registry open; see anyreg.backends.hive_replacement.

        What cannot be done is reported, and stays planned.

        Returns:
            Whether any was replaced.
        """
        text = self._plans_text()
        try:
            plans = _read_plans(text, self.path(_PLANS))
        except RegistryError as error:
            self.problems.append(Problem(-1, str(error)))
            return False
        ready = [plan for plan in plans if self._is_ready(plan)]
        if not ready:
            return False
        if not any(is_begun(plan, self._disk) for plan in ready):
            # What a transaction over several hives has promised to the old file comes first.
            files = {"\\".join(place_of(name)): file for name, file in self.files.items()}
            group = HiveGroup(self._disk, self.record, files)
            try:
                group.forget()
            finally:
                group.close()
        for plan in ready:
            carry_out(plan, self._disk)
        self._write_plans([plan for plan in plans if plan not in ready])
        return True

    def _is_ready(self, plan: Plan) -> bool:
        why = why_not(plan, self._disk)
        if why:
            self.problems.append(Problem(-1, why))
        return not why

    # What is volatile

    @property
    def master(self) -> str:
        """The hive of volatile keys."""
        return self._runtime.file

    def find_master(self) -> None:
        """Have a hive of volatile keys again, where something has cleared its folder away.

        Raises:
            ClosedError: The registry was opened before a fork.
            RegistryError: The system failed to write.
        """
        if self._process != os.getpid():
            raise ClosedError("the registry was opened before a fork", path=self.folder)
        self._opening.lock(False, True)
        try:
            self._settle_master(False)
        finally:
            self._opening.unlock()

    def _settle_master(self, is_first: bool, anew: bool = False) -> None:
        if anew or not self._runtime.find(is_first):
            master = first_master(self.folder, self.user, self._control_set())
            self._runtime.make(
                lambda file: save(master, master.root(), file, 5, keep_volatile=True)
            )

    def _control_set(self) -> int:
        for _ in attempts():
            system = HiveBackend(open_hive(self.path("SYSTEM")))
            try:
                return current_control_set(system)
            except HiveChangedError as error:  # others have the registry open, and write
                last = error
            finally:
                system.close()
        raise last

    # The end

    def close(self) -> None:
        """Let go of the folder."""
        if self._process != os.getpid():  # of a fork: the locks are its parent's
            self._locks.close()
            return
        try:
            self._opening.lock(False, True)
            if self._in_use.lock(False, False):
                self._runtime.leave()
        finally:
            self._locks.close()


def record_file(folder: str) -> str:
    """The file of a registry's transactions over several hives."""
    return os.path.join(folder, _RECORD)


def hive_files(folder: str, user: str) -> dict[str, str]:
    """The file of each hive of a registry, by the last name of its mount.

    Args:
        folder: The registry's.
        user: The SID of its user.
    """
    return {name: os.path.join(folder, _file_of(name, user)) for name in contents(user)}


def _file_of(name: str, user: str) -> str:
    if name.endswith("_Classes"):
        return "UsrClass.dat"
    return "NTUSER.DAT" if name == user else _FILES.get(name, name)


def read_mark(disk: Disk, folder: str) -> str:
    """The SID of a registry's user.

    Raises:
        NotFoundError: There is no registry.
        NotSupportedError: It is one of a later version.
        RegistryError: What says so cannot be read.
    """
    path = os.path.join(folder, _MARK)
    try:
        mark = json.loads(_read(disk, path))
        if mark["format"] == _FORMAT:
            return str(mark["user"])
    except RegistryError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise RegistryError("this file cannot be read", path=path) from error
    raise NotSupportedError("a registry of a later version", path=folder)


def first_master(folder: str, user: str, control_set: int) -> MemoryBackend:
    """The volatile keys that a registry has at first; their time is that of the registry itself.

    Args:
        folder: The registry's.
        user: The SID of its user.
        control_set: The number of the current control set.
    """
    made = datetime.fromtimestamp(os.stat(os.path.join(folder, _MARK)).st_mtime, UTC)
    return new_master(volatile_keys(list(contents(user)), control_set), from_datetime(made))


def _require_own(folder: str) -> None:
    """Refuse a folder in which others can put another file in the place of one of these.

    The administrator may look after the registries of others.

    Raises:
        NotSupportedError: It is such a folder.
    """
    if WINDOWS:
        return
    seen = os.stat(folder)
    if os.geteuid() and seen.st_uid != os.geteuid():
        raise NotSupportedError("this folder belongs to another user", path=folder)
    if seen.st_mode & stat.S_IWOTH:
        raise NotSupportedError("every user may write into this folder; chmod o-w it", path=folder)


def _read_plans(text: bytes, file: str) -> list[Plan]:
    try:
        return [Plan(*map(str, plan)) for plan in json.loads(text)]
    except (ValueError, TypeError) as error:
        raise RegistryError("cannot be read: remove the file to forget it", path=file) from error


def _read(disk: Disk, path: str) -> bytes:
    file = disk.open_own(path, False, os.path.dirname(path))
    try:
        return file.read(0, _MOST)
    finally:
        file.close()
