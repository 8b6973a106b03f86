"""A registry: the whole of one world, opened by what its target is."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from mypy_extensions import mypyc_attr

from anyreg.backends import ask
from anyreg.backends.abilities import Distant
from anyreg.backends.base import Backend
from anyreg.errors import (
    AccessDeniedError,
    KeyDeletedError,
    NotFoundError,
    NotSupportedError,
)
from anyreg.formats.instructions import Wanted
from anyreg.problems import Problem
from anyreg.registry import mounting
from anyreg.registry.apply import Applied
from anyreg.registry.backup import Backup
from anyreg.registry.description import described
from anyreg.registry.environment import Environment
from anyreg.registry.importing import import_source, source_of
from anyreg.registry.key import Key
from anyreg.registry.transaction import Transaction
from anyreg.values import Data, Value
from anyreg.watching.open_subscriptions import end_watches

if TYPE_CHECKING:
    from anyreg.errors import RegFileError
    from anyreg.registry.journal import Journal

_log: Final = logging.getLogger(__name__)


@mypyc_attr(allow_interpreted_subclasses=True)
class Registry:
    """An opened registry; a context manager that closes itself."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._journal: Journal | None = None

    @property
    def root(self) -> Key:
        """The key at the top: of a hive file, the hive's root key."""
        return Key(self._backend, self._backend.root(), None)

    def open(self, path: str) -> Key:
        r"""The key at a path from the root, such as r"Software\\Vendor".

        Args:
            path: Names joined by backslashes; "" is the root.

        Raises:
            KeyNotFoundError: There is no such key.
        """
        return self.root.open(path)

    def read(
        self, path: str, name: str, default: Data | None = None, *, denied_ok: bool = False
    ) -> Data | None:
        """A value's data in one call.

        Args:
            path: The key.
            name: The value's name, "" for the default value.
            default: What to give where the key or the value is missing.
            denied_ok: Give it also where the key or the value may not be read.

        Raises:
            AccessDeniedError: It may not be read, and denied_ok is False.
        """
        try:
            found = self.open(path).find_value(name)
        except (NotFoundError, KeyDeletedError):
            return default
        except AccessDeniedError:
            if not denied_ok:
                raise
            return default
        return default if found is None else found.data

    def read_many(
        self,
        path: str,
        names: Iterable[str],
        default: Data | None = None,
        *,
        denied_ok: bool = False,
    ) -> dict[str, Data | None]:
        """The data of several values of a key as they were at one moment.

        Args:
            path: The key.
            names: The values' names.
            default: What to give for each that is missing; for all where the key is.
            denied_ok: Give it also where the key may not be read.

        Returns:
            A datum for each of the names.

        Raises:
            AccessDeniedError: The key may not be read, and denied_ok is False.
        """
        wanted = list(names)
        try:
            return self.open(path).read_many(wanted, default)
        except (NotFoundError, KeyDeletedError):
            pass
        except AccessDeniedError:
            if not denied_ok:
                raise
        return dict.fromkeys(wanted, default)

    def create(self, path: str, *, volatile: bool = False) -> Key:
        """The key at a path from the root, made with its parents where it is missing.

        Args:
            path: The key.
            volatile: See Key.create.
        """
        return self.root.create(path, volatile=volatile)

    def write(
        self, path: str, name: str, data: object, type: int | str | None = None
    ) -> Value | None:
        """Set one value in one call; the key is made with its parents where it is missing.

        Args:
            path: The key, "" for the root.
            name: The value's name, "" for the default value.
            data: See Key.values.
            type: The type to store it under, by number or name ("REG_QWORD", "qword").  Without
                it a value that is there keeps its type.

        Returns:
            The value that was there before; None where there was none.

        Raises:
            ValueTypeError: The type that is there, or that is given, is for data of another kind.
            ValueError: There is no such type, or a number does not fit.
        """
        with self.transaction():
            key = self.create(path) if path else self.root
            key.hold()
            before = key.find_value(name)
            key.values.set(name, data, type)
        return before

    def delete(
        self,
        path: str,
        *,
        recursive: bool = False,
        missing_ok: bool = False,
        force: bool = False,
    ) -> None:
        r"""Delete the key at a path from the root, such as r"HKCU\Software\Vendor".

        Args:
            path: The key.
            recursive: Delete all below it too.
            missing_ok: That there is no such key is no error.
            force: Empty a root, or the root key of a hive; see Key.delete.

        Raises:
            RegistryError: As Key.delete.
        """
        self.root.delete(path, recursive=recursive, missing_ok=missing_ok, force=force)

    def load(self, path: str, file: str | os.PathLike[str]) -> Key:
        r"""Mount a hive file in a whole registry, until unload().

        In a registry of one's own every process sees it, also those that come later, until it is
        unloaded or the computer restarts; in memory, and on a disk, until close().  For another
        machine the file is one of that machine, by a path as it has it.

        Args:
            path: Where: a new name in HKEY_LOCAL_MACHINE or HKEY_USERS.
            file: The hive.

        Returns:
            The hive's root key.

        Raises:
            KeyExistsError: There is a key of that name.
            RegistryError: The file is no hive, is mounted already, or cannot be mounted there.
        """
        return mounting.load(self._backend, path, os.fspath(file))

    def unload(self, path: str) -> None:
        """Take a hive away that load() has mounted; its file is brought up to date.

        Args:
            path: Where it is mounted.

        Raises:
            KeyNotFoundError: There is no such key.
            RegistryError: No hive was loaded there.
        """
        mounting.unload(self._backend, path)

    def loaded(self, path: str, file: str | os.PathLike[str]) -> mounting.Loaded:
        r"""A hive file that is mounted for the length of a block; see load().

        Examples:
            >>> with registry.loaded(r"HKU\Offline", "NTUSER.DAT") as key:  # doctest: +SKIP
            ...     print(key.subkeys)
        """
        return mounting.Loaded(self._backend, path, os.fspath(file))

    def replace(self, path: str, new: str | os.PathLike[str], old: str | os.PathLike[str]) -> None:
        """Give a mounted hive another file, as RegReplaceKey does: later, not now.

        A hive that load() has mounted has the new file after unload(); one of a disk after
        close(); one of your own registry when it is opened by the first process again, which ends
        what is volatile, as a restart does.  The new file is moved there, and the old one is kept
        under the name that is given.

        Args:
            path: Where the hive is mounted.
            new: A hive, on the same file system.
            old: A name that is free, on the same file system.

        Raises:
            KeyNotFoundError: There is no such key.
            NotHiveError: The new file is no hive.
            RegistryError: No hive is mounted there, it is to be replaced already, or the files
                cannot be renamed so.
        """
        mounting.replace(self._backend, path, os.fspath(new), os.fspath(old))

    def environment(self, user: bool = True) -> Environment:
        r"""The environment variables as a mapping of names to texts; `.path` is PATH as a list.

        A hive alone has them too: NTUSER.DAT those of its user, SYSTEM those of the system.

        Args:
            user: Those of the user; False: those of the system.

        Examples:
            >>> registry.environment().path.add(r"C:\Tools")  # doctest: +SKIP
            True
        """
        return Environment(self._backend, user)

    @property
    def is_live(self) -> bool:
        """Whether it is the registry of the Windows that is running."""
        return self._backend.is_live

    @property
    def round_trips(self) -> int:
        """How often the way to another machine and back was waited for so far.

        Raises:
            NotSupportedError: The registry is not that of another machine.
        """
        if not isinstance(self._backend, Distant):
            words = "round trips are made to other machines only: see connect()"
            raise NotSupportedError(words)
        return self._backend.waits()

    def import_(
        self,
        file: str | os.PathLike[str],
        format: str | None = None,
        *,
        prefix: str | None = None,
        path: str = "",
        encoding: str | None = None,
        times: bool = False,
        security: bool = False,
        on_error: Callable[[RegFileError], None] | None = None,
        durable: bool = False,
    ) -> Applied:
        r"""Do all that a file asks for: create, set and delete; an error undoes everything.

        Args:
            file: What to import: what Key.export() has written, or regedit, or a group policy.
            format: "reg", "json", "csv" or "pol"; without it what the file's name ends in, else
                what it begins with.
            prefix: What the file calls the key at `path`; without it what Key.export() calls it.
                A key of the file that is not at or below it is an error.
            path: The key that all of the file goes below; "" for the root.
            encoding: The code page of a .reg file without a byte order mark.
            times: Give keys the times of last change that a JSON or CSV file tells.
            security: Give them the security descriptors that Key.export(security=True) tells.
            on_error: Called for what is left out, where without it that is an error: a line of a
                .reg file that is wrong, and a key or value of JSON and CSV that stands there
                twice, as damaged hives have it, a key with all below it.
            durable: See transaction().

        Raises:
            RegFileError: The file is not as its format asks for, with line and column.
            AddressError: Times or security descriptors are asked for, and the format has none.
        """
        options = (format or "", prefix, encoding)
        wanted = Wanted(times, security, on_error)
        source = source_of(self.about, os.fspath(file), path, options, wanted)
        return import_source(self._backend, source, path, durable=durable)

    def transaction(self, *, durable: bool = False, timeout: float | None = None) -> Transaction:
        """A block of changes that happen all together or not at all.

        Args:
            durable: The end of the block returns only when the changes would survive a power
                cut.  Without it they survive the death of the process, and a power cut after the
                next flush(), at the latest after close().
            timeout: Seconds to wait at most for others that write; None: as long as it takes.

        Raises:
            TransactionError: Others still write after that time, or another task of this thread
                has a transaction under way; or an earlier write has failed.

        Examples:
            >>> with registry.transaction():  # doctest: +SKIP
            ...     registry.write("Software", "One", 1)
            ...     registry.write("Software", "Two", 2)
        """
        return Transaction(self._backend, durable, -1.0 if timeout is None else timeout)

    @property
    def journal(self) -> Journal:
        """The changes so far, to be undone and redone: see anyreg.open(..., journal=True).

        Raises:
            NotSupportedError: The registry was opened without.
        """
        if self._journal is None:
            raise NotSupportedError("the registry keeps no journal: open it with journal=True")
        return self._journal

    def backup(self, path: str) -> Backup:
        """The state of a tree now; in a `with` statement it is put back if the block raises.

        Args:
            path: Its key; that there is none is a state too.
        """
        return Backup(self._backend, path)

    def flush(self) -> None:
        """Return when everything that was changed so far would survive a power cut."""
        self._backend.flush()

    def compact(self, on_key: Callable[[], None] | None = None) -> None:
        """Leave out all free space of the hive, in place and durably; handles stay valid.

        Args:
            on_key: Called for each key, to show progress.
        """
        ask.compact(self._backend, on_key)

    @property
    def problems(self) -> list[Problem]:
        """What reading has met so far that is not as it should be; damage never stops it."""
        return ask.problems(self._backend)

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """Look at every byte that has a meaning, and tell every problem; changes nothing.

        Args:
            on_key: Called for each key, to show progress.

        Returns:
            The problems.
        """
        return ask.check(self._backend, on_key)

    def about(self) -> dict[str, str | int | list[str]]:
        """Facts on the registry as a whole: file, version, state, what was replayed."""
        return ask.about(self._backend)

    def close(self) -> None:
        """Close the registry; its keys raise ClosedError from then on, and so do its watches."""
        end_watches(self._backend)
        self._backend.close()
        if self._journal is not None:
            self._journal.close()
        _log.debug("closed a registry")

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {described(self._backend)}>"
