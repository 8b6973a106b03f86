"""Where a registry of one's own keeps what is volatile: until the computer restarts.

It stands in a hive of its own, the master, in the user's runtime folder:

    RUNTIME/anyreg/NAME/VOLATILE        the master, and its logs
    RUNTIME/anyreg/NAME/registry.json   whose it is, and since which start of the computer; written
                                        last, so a folder without it was never finished
    REGISTRY/volatile                   where that folder is, for processes with another environment

NAME is made of the numbers of the registry's folder and of its user's SID: a copy of a registry is
another one, and finds nothing of the first.  Where there is no runtime folder, or one that others
could write, the master is in a temporary folder of a name that nobody can foresee.

Everything here happens under the registry's opening.lock.  Who is not the first to have the
registry open takes the master as it stands, as locks do not outlive a restart.  The first takes it
over if it is of this start of the computer, and makes it anew if not, or if the system does not
tell.  The last takes it away if nobody has put anything into it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from typing import Final, NamedTuple

from anyreg.engine.storage import LOG_SUFFIXES, Disk, write_new
from anyreg.errors import NotFoundError, RegistryError
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import SECTOR
from anyreg.system import WINDOWS, import_truly, real_names

_POINTER: Final = "volatile"
_MASTER: Final = "VOLATILE"
_RECORD: Final = "registry.json"
_PREFIX: Final = "anyreg-"
_OTHERS: Final = 0o077
_OTHERS_WRITE: Final = 0o022
_MOST: Final = 65536  # bytes of the small files


class _Record(NamedTuple):
    """What registry.json says.

    Attributes:
        boot: See boot_id().
        name: NAME of its registry.
        folder: Where that was when it was last opened.
        number: The master's sequence number when it was new.
    """

    boot: str
    name: str
    folder: str
    number: int


class VolatileFolder:
    """The folder of a registry's volatile keys.

    Attributes:
        file: The master, once it was found or made.
    """

    def __init__(self, disk: Disk, folder: str, user: str, boot: str) -> None:
        """Look for nothing yet.

        Args:
            disk: Where folders are.
            folder: The registry's folder.
            user: The SID of its user.
            boot: See boot_id().
        """
        self.file = ""
        self._registry = folder
        self._name = _name_of(folder, user)
        self._pointer = os.path.join(folder, _POINTER)
        self._disk = disk
        self._boot = boot

    def find(self, is_first: bool) -> bool:
        """Whether there is a master that counts.

        Args:
            is_first: Nobody else has the registry open.
        """
        folder = self._pointed()
        record = self._record(folder)
        if record is None or record.name != self._name:
            return False
        if is_first and not (self._boot and record.boot == self._boot):
            return False
        file = os.path.join(folder, _MASTER)
        if not self._disk.exists(file):
            return False
        if record.folder != self._registry:
            self._write_record(folder, record._replace(folder=self._registry))
        self.file = file
        return True

    def make(self, lay: Callable[[str], None]) -> None:
        """Make the master anew.

        Args:
            lay: Writes the new hive, by the path of its file.

        Raises:
            RegistryError: The system failed to write.
        """
        self.clear()
        folder = self._new_folder()
        file = os.path.join(folder, _MASTER)
        lay(file)
        self._write_record(
            folder, _Record(self._boot, self._name, self._registry, self._number(file))
        )
        write_new(self._disk, self._pointer, os.fsencode(folder), over=True)
        self.file = file

    def leave(self) -> None:
        """The last one closes the registry: what nobody has changed need not be kept."""
        record = self._record(os.path.dirname(self.file)) if self.file else None
        if record is None:
            return
        if not self._boot or record.number == self._number(self.file):
            self.clear()

    def clear(self) -> None:
        """Take the master away, and nothing of another registry."""
        folder = self._pointed()
        record = self._record(folder)
        if record is not None and record.name == self._name:
            self._empty(folder)
            self._disk.remove_folder(folder)
        self._disk.remove(self._pointer)

    # The folder

    def _pointed(self) -> str:
        """The folder that was made last, if it is private; else ""."""
        try:
            folder = os.fsdecode(_read(self._disk, self._pointer))
        except (NotFoundError, UnicodeDecodeError):  # Windows takes no bytes but those of a text
            return ""
        return folder if _is_private(folder) else ""

    def _new_folder(self) -> str:
        """A private folder with nothing in it: in the user's runtime folder, or a temporary one."""
        base = _runtime_folder()
        if base and _is_safe(os.path.dirname(base)) and self._make_private(base):
            folder = os.path.join(base, self._name)
            self._sweep(base)
            if self._make_private(folder):
                self._empty(folder)
                return folder
        with real_names():
            import tempfile

            return tempfile.mkdtemp("", _PREFIX)

    def _make_private(self, folder: str) -> bool:
        """Make a folder if it is missing; whether it is private then."""
        try:
            self._disk.make_folder(folder)
        except RegistryError:
            return False
        return _is_private(folder)

    def _sweep(self, base: str) -> None:
        """Take away what registries have left that are gone, or another start of the computer."""
        for name in self._disk.names(base):
            folder = os.path.join(base, name)
            record = self._record(folder) if _is_private(folder) else None
            if record is None or record.name != name:
                continue  # it is being made just now, or is not ours
            if record.boot != self._boot or not _is_at(record):
                self._empty(folder)
                self._disk.remove_folder(folder)

    def _empty(self, folder: str) -> None:
        names = [_RECORD, _MASTER, *[_MASTER + suffix.upper() for suffix in LOG_SUFFIXES]]
        for name in names:
            self._disk.remove(os.path.join(folder, name))

    # What stands in it

    def _record(self, folder: str) -> _Record | None:
        if not folder:
            return None
        try:
            found = json.loads(_read(self._disk, os.path.join(folder, _RECORD)))
            return _Record(
                str(found["boot"]),
                str(found["name"]),
                os.fsdecode(bytes.fromhex(found["folder"])),
                int(found["number"]),
            )
        except (RegistryError, ValueError, KeyError, TypeError):
            return None

    def _write_record(self, folder: str, record: _Record) -> None:
        # A path is bytes, and need not be text.
        fields = record._asdict() | {"folder": os.fsencode(record.folder).hex()}
        write_new(self._disk, os.path.join(folder, _RECORD), json.dumps(fields).encode(), over=True)

    def _number(self, file: str) -> int:
        """The sequence number of a hive, which rises with each commit."""
        storage = self._disk.open(file, False)
        try:
            return BaseBlock(storage.read(0, SECTOR)).primary_number
        finally:
            storage.close()


def _name_of(folder: str, user: str) -> str:
    """What tells this registry from all others: the same folder, and made at the same time."""
    seen = os.stat(folder)
    return f"{seen.st_dev:x}-{seen.st_ino:x}-{user}"


def _is_at(record: _Record) -> bool:
    """Whether a registry still is where it was when it was last opened."""
    try:
        seen = os.stat(record.folder)
    except (OSError, ValueError):
        return False
    return record.name.startswith(f"{seen.st_dev:x}-{seen.st_ino:x}-")


def _runtime_folder() -> str:
    """Where programs of this user keep what is to go with the session, "" for nowhere."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which folder it takes makes no difference here
        dirs = import_truly("platformdirs")
        with real_names():
            try:
                return str(dirs.user_runtime_dir("anyreg", False))
            except OSError:  # somebody else has taken its place
                return ""


def _is_private(folder: str) -> bool:
    """Whether this is a folder, and no link to one, that nobody else can look into."""
    try:
        seen = os.lstat(folder)
    except (OSError, ValueError):
        return False
    if not stat.S_ISDIR(seen.st_mode):
        return False
    return WINDOWS or (seen.st_uid == os.geteuid() and not seen.st_mode & _OTHERS)


def _is_safe(folder: str) -> bool:
    """Whether nobody else can take away or rename what this user makes in a folder."""
    try:
        seen = os.stat(folder)
    except OSError:
        return False
    if WINDOWS:
        return True
    if seen.st_uid not in (0, os.geteuid()):
        return False
    return not seen.st_mode & _OTHERS_WRITE or seen.st_mode & stat.S_ISVTX != 0


def _read(disk: Disk, path: str) -> bytes:
    file = disk.open_own(path, False, os.path.dirname(path))
    try:
        return file.read(0, _MOST)
    finally:
        file.close()
