"""A registry: the whole of one world, opened by what its target is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from mypy_extensions import mypyc_attr

from anyreg.backends.base import Backend
from anyreg.backends.disk import Disk
from anyreg.backends.embedded import Embedded
from anyreg.backends.hive import HiveBackend
from anyreg.backends.home import default_home, is_home
from anyreg.backends.live_hive import open_live
from anyreg.backends.scratch import open_memory
from anyreg.backends.windows_disk import WindowsDisk, find_windows
from anyreg.engine.create import create_hive
from anyreg.engine.hive import open_hive
from anyreg.engine.problems import Problem
from anyreg.engine.storage import FileDisk
from anyreg.errors import AddressError, NotFoundError, NotSupportedError, RegistryError
from anyreg.paths import parse_address, split_path
from anyreg.registry.key import Key
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Data

if TYPE_CHECKING:
    from anyreg.registry.steps import Applied

MEMORY: Final = "memory:"
"""The target that stands for a new registry in memory."""

_SEPARATORS: Final = ("/", os.sep)
_MODES: Final = ("r", "r+", "x")
_NEW_MINORS: Final = (3, 5)


class Transaction:
    """A transaction, or a savepoint inside one, as a context manager.

    Changes of the block become visible to others at its end, all at once; an exception undoes
    them.  It belongs to the context that began it: one thread or task, and what that starts.
    Other threads and processes that want to write wait; readers do not.
    """

    def __init__(self, backend: Backend, durable: bool, timeout: float) -> None:
        self._backend = backend
        self._durable = durable
        self._timeout = timeout

    def __enter__(self) -> None:
        self._backend.begin(self._timeout)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._backend.commit(self._durable)
        else:
            self._backend.roll_back()


@mypyc_attr(allow_interpreted_subclasses=True)
class Registry:
    """An opened registry; a context manager that closes itself."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def root(self) -> Key:
        """The key at the top: of a hive file, the hive's root key."""
        return Key(self._backend, self._backend.root(), None)

    def open(self, path: str) -> Key:
        r"""The key at a path from the root, such as r"Software\\Vendor".

        Raises:
            KeyNotFoundError: There is no such key.
        """
        return self.root.open(path)

    def read(self, path: str, name: str, default: Data | None = None) -> Data | None:
        """A value's data in one call.

        Args:
            path: The key.
            name: The value's name, "" for the default value.
            default: What to give where the key or the value is missing.
        """
        try:
            found = self.open(path).find_value(name)
        except NotFoundError:
            return default
        return default if found is None else found.data

    def create(self, path: str, *, volatile: bool = False) -> Key:
        """The key at a path from the root, made with its parents where it is missing.

        Args:
            path: The key.
            volatile: See Key.create.
        """
        return self.root.create(path, volatile=volatile)

    def write(self, path: str, name: str, data: object) -> None:
        """Set one value in one call; the key is made with its parents where it is missing.

        Args:
            path: The key, "" for the root.
            name: The value's name, "" for the default value.
            data: See Key.values.
        """
        with self.transaction():
            key = self.create(path) if path else self.root
            key.set_values({name: data})

    def load(self, path: str, file: str | os.PathLike[str]) -> Key:
        r"""Mount a hive file in a whole registry, until unload() or the registry's end.

        Everyone who has the registry open sees it.

        Args:
            path: Where: a new name in HKEY_LOCAL_MACHINE or HKEY_USERS.
            file: The hive.

        Returns:
            The hive's root key.

        Raises:
            KeyExistsError: There is a key of that name.
            RegistryError: The file is no hive, or a hive cannot be mounted there.
        """
        above, name = _above(path)
        self._backend.load(self.open(above).node, name, os.fspath(file))
        return self.open(path)

    def unload(self, path: str) -> None:
        """Take a hive away that load() has mounted; its file is brought up to date.

        Raises:
            KeyNotFoundError: There is no such key.
            RegistryError: No hive was loaded there.
        """
        above, name = _above(path)
        self._backend.unload(self.open(above).node, name)

    def import_(
        self,
        file: str | os.PathLike[str],
        format: str | None = None,
        *,
        prefix: str | None = None,
        path: str = "",
        encoding: str | None = None,
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
            durable: See transaction().

        Raises:
            RegFileError: The file is not as its format asks for, with line and column.
        """
        from anyreg.interchange.files import import_file

        options = (format or "", prefix, encoding)
        return import_file(self, os.fspath(file), path, options, durable=durable)

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

        >>> with registry.transaction():  # doctest: +SKIP
        ...     registry.write("Software", "One", 1)
        ...     registry.write("Software", "Two", 2)
        """
        return Transaction(self._backend, durable, -1.0 if timeout is None else timeout)

    def flush(self) -> None:
        """Return when everything that was changed so far would survive a power cut."""
        self._backend.flush()

    def compact(self) -> None:
        """Leave out all free space of the hive, in place and durably; handles stay valid."""
        self._backend.compact()

    @property
    def problems(self) -> list[Problem]:
        """What reading has met so far that is not as it should be; damage never stops it."""
        return self._backend.problems()

    def check(self) -> list[Problem]:
        """Look at every byte that has a meaning, and tell every problem; changes nothing."""
        return self._backend.check()

    def about(self) -> dict[str, str | int | list[str]]:
        """Facts on the registry as a whole: file, version, state, what was replayed."""
        return self._backend.about()

    def close(self) -> None:
        """Close the registry; its keys raise ClosedError from then on."""
        self._backend.close()

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Registry {self._backend!r}>"


def _above(path: str) -> tuple[str, str]:
    """The path of a key's parent, and the key's name."""
    names = split_path(path)
    if not names:
        raise AddressError("a path of at least one name is needed", path=path)
    return "\\".join(names[:-1]), names[-1]


def open_registry(
    target: str | os.PathLike[str] | None = None,
    mode: str | None = None,
    minor: int = 5,
    *,
    user: str = "",
    force: bool = False,
) -> Registry:
    """Open a registry.

    Args:
        target: What to open.  Nothing: your own registry, made on first use where ANYREG_HOME
            says, or below your data folder.  A hive file.  A folder with a Windows disk, or with
            a registry of your own.  "memory:": a new one in memory, gone when it is closed.
        mode: "r": nothing is ever written; a dirty hive is recovered in memory.  "r+": to read
            and write; a dirty hive is recovered first.  "x": new, must not be there yet, to read
            and write; a path that ends with a slash becomes a registry, any other a hive.  By
            default "r+" for your own registry and in memory, "r" for everything else.
        minor: Format version of a new hive, 3 or 5 ("1.3" or "1.5").
        user: Whose HKEY_CURRENT_USER a Windows disk has: a SID, or the name of a profile's
            folder.  It is needed where several people have profiles.
        force: Write a Windows disk also where Windows is hibernated or shut down for a fast
            start, or a transaction of Windows is pending in a hive.

    Returns:
        The registry.  Its `root` is the hive's root key, or holds HKEY_LOCAL_MACHINE and so on.

    Raises:
        NotFoundError: There is no such file.
        NotHiveError: The file is no hive.
        HiveVersionError: A hive of a version that is not supported.
        CorruptHiveError: Not even the hive's root key can be read.
        AccessDeniedError: Mode "r+", and a Windows disk should not be written: see `force`.
        DirtyHiveError: Mode "r+", and the hive is dirty and no log beside it applies.
        NotSupportedError: The target is nothing that can be opened, or the mode another one.

    >>> with open_registry("samples/NTUSER.DAT") as registry:  # doctest: +SKIP
    ...     print(registry.root.subkeys)
    """
    if mode is not None and mode not in _MODES:
        raise NotSupportedError(f'mode {mode!r} is none of "r", "r+" and "x"', path=str(target))
    if target == MEMORY:
        return Registry(open_memory())
    if target is None:
        return Registry(Embedded(default_home(), is_read_only=mode == "r"))
    path = os.path.expanduser(os.fspath(target))
    if "\0" in path:
        raise AddressError("a path holds no NUL", path=path.replace("\0", "\\0"))
    if mode == "x" and path.endswith(_SEPARATORS):
        return Registry(_new_embedded(path))
    if os.path.isdir(path):
        return Registry(_open_folder(path, mode or "", user, force))
    return Registry(_open_file(path, mode or "r", minor))


def _new_embedded(path: str) -> Backend:
    if is_home(path):
        raise RegistryError("there is a registry already", path=path)
    return Embedded(path)


def _open_folder(path: str, mode: str, user: str, force: bool) -> Backend:
    if mode == "x":
        raise NotSupportedError("there is such a folder already", path=path)
    if is_home(path):
        return Embedded(path, must_exist=True, is_read_only=mode == "r")
    windows = find_windows(path)
    if not windows:
        raise NotSupportedError("this folder holds no registry", path=path)
    disk = WindowsDisk(path, windows)
    return Disk(disk, is_read_only=mode != "r+", user=user, force=force)


def _open_file(path: str, mode: str, minor: int) -> Backend:
    if os.path.exists(path) and not os.path.isfile(path):
        raise NotSupportedError("this is no file", path=path)
    if mode == "r":
        return HiveBackend(open_hive(path))
    if mode == "x":
        if minor not in _NEW_MINORS:
            raise NotSupportedError(
                f"new hives are of version 1.3 or 1.5, not 1.{minor}", path=path
            )
        create_hive(FileDisk(), path, minor, "ROOT", default_descriptor())
    return open_live(path)


def open_key(address: str, mode: str | None = None) -> Key:
    r"""Open the key at an address: `TARGET::KEY`, `TARGET`, or `HKCU\KEY` in your own registry.

    The registry is closed with the key: use it in a `with` block.

    Args:
        address: The address.
        mode: As in open_registry.

    Raises:
        KeyNotFoundError: There is no such key.
        AddressError: The address has no file in front of `::`.
        RegistryError: As open_registry.

    >>> with open_key(r"NTUSER.DAT::Software\Vendor") as key:  # doctest: +SKIP
    ...     print(key.values["Name"])
    """
    target, path = parse_address(address)
    registry = open_registry(target or None, mode)
    try:
        key = registry.open(path)
    except BaseException:
        registry.close()
        raise
    return key.owning_backend()
