"""A registry: the whole of one world, opened by what its target is."""

from __future__ import annotations

import os
from typing import Final

from anyreg.backends.base import Backend
from anyreg.backends.hive import HiveBackend
from anyreg.backends.live_hive import LiveHiveBackend
from anyreg.engine.create import create_hive
from anyreg.engine.hive import open_hive
from anyreg.engine.live import LiveHive
from anyreg.engine.problems import Problem
from anyreg.engine.storage import FileDisk
from anyreg.errors import AddressError, NotFoundError, NotSupportedError
from anyreg.paths import parse_address
from anyreg.registry.key import Key
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Data

_MODES: Final = ("r", "r+", "x")
_NEW_MINORS: Final = (3, 5)


class Transaction:
    """A transaction, or a savepoint inside one, as a context manager.

    Changes of the block become visible to others at its end, all at once; an exception undoes
    them.  Other threads and processes that want to write wait; readers do not.
    """

    def __init__(self, backend: Backend, durable: bool) -> None:
        self._backend = backend
        self._durable = durable

    def __enter__(self) -> None:
        self._backend.begin()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._backend.commit(self._durable)
        else:
            self._backend.roll_back()


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

    def create(self, path: str) -> Key:
        """The key at a path from the root, made with its parents where it is missing."""
        return self.root.create(path)

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

    def transaction(self, *, durable: bool = False) -> Transaction:
        """A block of changes that happen all together or not at all.

        Args:
            durable: The end of the block returns only when the changes would survive a power
                cut.  Without it they survive the death of the process, and a power cut after the
                next flush(), at the latest after close().

        >>> with registry.transaction():  # doctest: +SKIP
        ...     registry.write("Software", "One", 1)
        ...     registry.write("Software", "Two", 2)
        """
        return Transaction(self._backend, durable)

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


def open_registry(target: str | os.PathLike[str], mode: str = "r", minor: int = 5) -> Registry:
    """Open a registry.

    Args:
        target: A hive file.
        mode: "r": nothing is ever written; a dirty hive is recovered in memory.  "r+": to read
            and write; a dirty hive is recovered first.  "x": a new hive, which must not be there
            yet, to read and write.
        minor: Format version of a new hive, 3 or 5 ("1.3" or "1.5").

    Returns:
        The registry; its `root` is the hive's root key.

    Raises:
        NotFoundError: There is no such file.
        NotHiveError: The file is no hive.
        HiveVersionError: A hive of a version that is not supported.
        CorruptHiveError: Not even the hive's root key can be read.
        DirtyHiveError: Mode "r+", and the hive is dirty and no log beside it applies.
        NotSupportedError: The target is a folder, or the mode another one.

    >>> with open_registry("samples/NTUSER.DAT") as registry:  # doctest: +SKIP
    ...     print(registry.root.subkeys)
    """
    if mode not in _MODES:
        raise NotSupportedError(f'mode {mode!r} is none of "r", "r+" and "x"', path=str(target))
    path = os.path.expanduser(target)
    if "\0" in path:
        raise AddressError("a path holds no NUL", path=path.replace("\0", "\\0"))
    if os.path.isdir(path):
        raise NotSupportedError("this is a folder; give the path of a hive file", path=path)
    if os.path.exists(path) and not os.path.isfile(path):
        raise NotSupportedError("this is no file", path=path)
    if mode == "r":
        return Registry(HiveBackend(open_hive(path)))
    disk = FileDisk()
    if mode == "x":
        if minor not in _NEW_MINORS:
            raise NotSupportedError(
                f"new hives are of version 1.3 or 1.5, not 1.{minor}", path=path
            )
        create_hive(disk, path, minor, "ROOT", default_descriptor())
    return Registry(LiveHiveBackend(LiveHive(disk, path)))


def open_key(address: str, mode: str = "r") -> Key:
    r"""Open the key at an address, `FILE` or `FILE::KEY`.

    The file is closed with the key: use it in a `with` block.

    Args:
        address: The address.
        mode: "r" or "r+", as in open_registry.

    Raises:
        KeyNotFoundError: There is no such key.
        AddressError: The address has no file in front of `::`.
        RegistryError: As open_registry.

    >>> with open_key(r"NTUSER.DAT::Software\Vendor") as key:  # doctest: +SKIP
    ...     print(key.values["Name"])
    """
    target, path = parse_address(address)
    registry = open_registry(target, mode)
    try:
        key = registry.open(path)
    except BaseException:
        registry.close()
        raise
    return key.owning_backend()
