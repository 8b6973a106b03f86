"""A registry: the whole of one world, opened by what its target is."""

from __future__ import annotations

import os

from anyreg.backends.base import Backend
from anyreg.backends.hive import HiveBackend
from anyreg.engine.hive import open_hive
from anyreg.engine.problems import Problem
from anyreg.errors import AddressError, NotFoundError, NotSupportedError
from anyreg.paths import parse_address
from anyreg.registry.key import Key
from anyreg.values import Data


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


def open_registry(target: str | os.PathLike[str], mode: str = "r") -> Registry:
    """Open a registry.

    Args:
        target: A hive file.
        mode: "r": nothing is ever written; a dirty hive is recovered in memory.

    Returns:
        The registry; its `root` is the hive's root key.

    Raises:
        NotFoundError: There is no such file.
        NotHiveError: The file is no hive.
        HiveVersionError: A hive of a version that is not supported.
        CorruptHiveError: Not even the hive's root key can be read.
        NotSupportedError: The target is a folder, or the mode another one.

    >>> with open_registry("samples/NTUSER.DAT") as registry:  # doctest: +SKIP
    ...     print(registry.root.subkeys)
    """
    if mode != "r":
        raise NotSupportedError(f'mode {mode!r} is not supported, only "r"', path=str(target))
    path = os.path.expanduser(target)
    if "\0" in path:
        raise AddressError("a path holds no NUL", path=path.replace("\0", "\\0"))
    if os.path.isdir(path):
        raise NotSupportedError("this is a folder; give the path of a hive file", path=path)
    return Registry(HiveBackend(open_hive(path)))


def open_key(address: str) -> Key:
    r"""Open the key at an address, `FILE` or `FILE::KEY`.

    The file is closed with the key: use it in a `with` block.

    Raises:
        KeyNotFoundError: There is no such key.
        AddressError: The address has no file in front of `::`.
        RegistryError: As open_registry.

    >>> with open_key(r"NTUSER.DAT::Software\Vendor") as key:  # doctest: +SKIP
    ...     print(key.values["Name"])
    """
    target, path = parse_address(address)
    registry = open_registry(target)
    try:
        key = registry.open(path)
    except BaseException:
        registry.close()
        raise
    return key.owning_backend()
