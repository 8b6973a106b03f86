"""Opening a registry, or a key of one, by what its target is."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from anyreg import system
from anyreg.backends.base import Backend
from anyreg.backends.disk_hives import open_disk
from anyreg.backends.hive import alone, open_read_only
from anyreg.backends.home import HOME_VARIABLE, default_home, is_home
from anyreg.backends.memory_registry import open_memory
from anyreg.backends.own_hives import open_embedded
from anyreg.backends.unwritable_hives import is_on_read_only, open_unwritable
from anyreg.backends.windows_disk import WindowsDisk, find_windows, require_settled
from anyreg.backends.wine.prefix_hives import open_prefix
from anyreg.backends.wine.wine_prefix import find_prefix, read_prefix
from anyreg.backends.writable_hive import create_writable, open_writable
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.errors import (
    AccessDeniedError,
    AddressError,
    NotFoundError,
    NotSupportedError,
    RegistryError,
)
from anyreg.paths import host_of, meant_as, parse_address
from anyreg.registry.key import Key
from anyreg.registry.registry import Registry
from anyreg.security.token import Token

if TYPE_CHECKING:
    from anyreg.registry.journal import JournalSettings

_log: Final = logging.getLogger(__name__)

MEMORY: Final = "memory:"
"""The target that stands for a new registry in memory."""

_SEPARATORS: Final = ("/", os.sep)
_MODES: Final = ("r", "r+", "x")
_NEW_MINORS: Final = (3, 5)


def open_registry(
    target: str | os.PathLike[str] | None = None,
    mode: str | None = None,
    minor: int = 5,
    *,
    user: str = "",
    force: bool = False,
    journal: bool | JournalSettings = False,
    logs: Sequence[str | os.PathLike[str]] = (),
    token: Token | None = None,
) -> Registry:
    r"""Open a registry.

    Args:
        target: What to open.  Nothing: on Windows the registry of the Windows that is running,
            elsewhere, or where ANYREG_HOME names its folder, your own registry, made on first use
            there or below your data folder.  A hive file.  A folder with a Windows disk, with a
            prefix of Wine, or with a registry of your own.  r"\\HOST" or "//HOST": the registry of
            another machine, as whoever the system says that you are; connect() takes a user.
            "memory:": a new one in memory, gone when it is closed.
        mode: "r": nothing is ever written; a dirty hive is recovered in memory.  "r+": to read
            and write; a dirty hive is recovered first.  "x": new, must not be there yet, to read
            and write; a path that ends with a slash becomes a registry, any other a hive.  By
            default "r+" for the running Windows and for your own registry, "r" where nothing of
            it can be written, "r+" in memory, "r" for everything else.
        minor: Format version of a new hive, 3 or 5 ("1.3" or "1.5").
        user: Whose HKEY_CURRENT_USER a Windows disk has: a SID, or the name of a profile's
            folder.  It is needed where several people have profiles.
        force: Write a Windows disk also where Windows is hibernated or shut down for a fast
            start, and a hive in which a transaction of Windows is pending.
        journal: Keep what each commit changes, so that it can be undone: see Registry.journal.
            A registry in memory keeps none.
        logs: The logs of a hive file, where they are not those of its name beside it.  They are
            applied in memory, mode "r"; see recover() for the file itself.
        token: Who opens it: every key is asked what he may do with it.  None: nobody in
            particular, who may do everything.

    Returns:
        The registry.  Its `root` is the hive's root key, or holds HKEY_LOCAL_MACHINE and so on.

    Raises:
        NotFoundError: There is no such file.
        NotHiveError: The file is no hive.
        HiveVersionError: A hive of a version that is not supported.
        CorruptHiveError: Not even the hive's root key can be read.
        AccessDeniedError: Mode "r+", and a Windows disk or a hive should not be written: see
            `force`; or Wine runs for a prefix.  Or a journal is to be kept, and the token may not
            save and restore.
        DirtyHiveError: Mode "r+", and the hive is dirty and no log beside it applies.
        NotSupportedError: The target is nothing that can be opened, or the mode another one; or
            the extra `remote` is missing, which other machines need.
        RemoteError: The other machine cannot be reached, or offers no registry.

    Examples:
        >>> with open_registry("samples/NTUSER.DAT") as registry:  # doctest: +SKIP
        ...     print(registry.root.subkeys)
    """
    if mode is not None and mode not in _MODES:
        raise NotSupportedError(f'mode {mode!r} is none of "r", "r+" and "x"', path=str(target))
    backend = _with_logs(target, mode, logs) if logs else _opened(target, mode, minor, user, force)
    registry = Registry(backend if token is None else enforced(backend, token))
    if journal:
        try:
            keep_journal(registry, target, mode, journal)
        except BaseException:
            registry.close()
            raise
    _log.debug("opened the registry %r, mode %r", target, mode)
    return registry


def has_journal(registry: Registry) -> bool:
    """Whether the commits of a registry are kept in a journal."""
    return registry._journal is not None


def keep_journal(
    registry: Registry,
    target: str | os.PathLike[str] | None,
    mode: str | None,
    journal: bool | JournalSettings,
) -> None:
    """Keep a journal of a registry from now on.

    Args:
        registry: The registry.
        target: What it was opened by.
        mode: The mode in which it was opened.
        journal: How the journal is kept.

    Raises:
        NotSupportedError: It is in memory.
    """
    from anyreg.registry.journal import JournalSettings, open_journal

    if target == MEMORY:
        raise NotSupportedError("a registry in memory keeps no journal", path=MEMORY)
    path = default_home() if target is None else os.path.expanduser(os.fspath(target))
    home = not host_of(path) and is_home(path)
    is_read_only = mode == "r" or (mode is None and not home and not registry.is_live)
    settings = JournalSettings() if isinstance(journal, bool) else journal
    made = open_journal(registry._backend, path, home, settings, is_read_only)
    if mode == "x":  # what was there before under this name is no history of it
        made.clear()
    registry._journal = made


def _opened(
    target: str | os.PathLike[str] | None, mode: str | None, minor: int, user: str, force: bool
) -> Backend:
    if target == MEMORY:
        return open_memory(is_read_only=mode == "r")
    if target is None:
        return _open_live(mode) if is_live_default() else _open_own(default_home(), mode or "")
    path = os.path.expanduser(os.fspath(target))
    if "\0" in path:
        raise AddressError("a path holds no NUL", path=path.replace("\0", "\\0"))
    host = host_of(path)
    if host:
        return _open_host(host, mode, user)
    if mode == "x" and path.endswith(_SEPARATORS):
        return _new_embedded(path)
    if os.path.isdir(path):
        return _open_folder(path, mode or "", user, force)
    try:
        return _open_file(path, mode or "r", minor, force)
    except NotFoundError:
        meant = meant_as(path)
        if not meant or mode == "x":
            raise
        words = f"no such file; did you mean {meant}? A key stands in quotes, with backslashes"
        if meant == path:
            words = (
                "no such file; this is a key: what is below it stands behind a backslash and not "
                "behind ::, and in Python anyreg.key() opens it"
            )
        raise AddressError(words, path=path) from None


def is_live_default() -> bool:
    """Whether the default registry is that of the running Windows: on it, without ANYREG_HOME."""
    return system.WINDOWS and not os.environ.get(HOME_VARIABLE)


def _open_live(mode: str | None) -> Backend:
    from anyreg.backends.live.opening import open_live  # its functions are there on Windows alone

    if mode == "x":
        raise NotSupportedError("the registry of the running Windows is there already")
    return open_live(is_read_only=mode == "r")


def _open_host(host: str, mode: str | None, user: str) -> Backend:
    from anyreg.backends.remote.opening import open_remote  # what needs an extra is imported late

    if mode == "x":
        raise NotSupportedError("the registry of another machine is there already", path=host)
    if user:
        raise NotSupportedError("`user` is for Windows disks; connect() takes one", path=host)
    return open_remote(host, is_read_only=mode != "r+")


def _open_own(folder: str, mode: str, *, must_exist: bool = False) -> Backend:
    """A registry of one's own; where not even its locks can be written, copies of it to be read."""
    if mode != "r+" and is_on_read_only(folder):
        return open_unwritable(folder)
    try:
        return open_embedded(folder, must_exist=must_exist, is_read_only=mode == "r")
    except AccessDeniedError:
        if mode == "r+" or not is_home(folder):
            raise
        return open_unwritable(folder)


def _with_logs(
    target: str | os.PathLike[str] | None,
    mode: str | None,
    logs: Sequence[str | os.PathLike[str]],
) -> Backend:
    path = "" if target is None else os.path.expanduser(os.fspath(target))
    if mode not in (None, "r") or not os.path.isfile(path):
        words = "logs are given of a hive file that is only read; recover() is for the file itself"
        raise NotSupportedError(words, path=path)
    return open_read_only(path, [os.path.expanduser(os.fspath(log)) for log in logs])


def _new_embedded(path: str) -> Backend:
    if is_home(path):
        raise RegistryError("there is a registry already", path=path)
    return open_embedded(path)


def _open_folder(path: str, mode: str, user: str, force: bool) -> Backend:
    if mode == "x":
        raise NotSupportedError("there is such a folder already", path=path)
    if is_home(path):
        return _open_own(path, mode, must_exist=True)
    prefix = find_prefix(path)
    if prefix:
        return open_prefix(read_prefix(prefix), is_read_only=mode != "r+")
    windows = find_windows(path)
    if not windows:
        raise NotSupportedError("this folder holds no registry", path=path)
    disk = WindowsDisk(path, windows)
    return open_disk(disk, is_read_only=mode != "r+", user=user, force=force)


def _open_file(path: str, mode: str, minor: int, force: bool) -> Backend:
    if os.path.exists(path) and not os.path.isfile(path):
        raise NotSupportedError("this is no file", path=path)
    if mode == "r":
        return alone(open_read_only(path))
    if mode == "x":
        if minor not in _NEW_MINORS:
            raise NotSupportedError(
                f"new hives are of version 1.3 or 1.5, not 1.{minor}", path=path
            )
        return alone(create_writable(path, minor))
    if not force:
        require_settled(path)
    return alone(open_writable(path))


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

    Examples:
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


def app_hive(file: str | os.PathLike[str]) -> Key:
    """A hive of a program's own, as RegLoadAppKey opens it: mounted nowhere, made if missing.

    Nobody needs a privilege for it, and no registry shows it.

    Args:
        file: The hive.

    Returns:
        Its root key.  The hive is closed with it: use it in a `with` block.

    Raises:
        RegistryError: As open_registry, mode "r+".

    Examples:
        >>> with app_hive("settings.dat") as settings:  # doctest: +SKIP
        ...     settings.create("Window").values["Width"] = 800
    """
    path = os.path.expanduser(os.fspath(file))
    if path.endswith(_SEPARATORS) or os.path.isdir(path):
        raise NotSupportedError("this is no file", path=path)
    if not os.path.lexists(path):
        try:
            return open_registry(path, "x").root.owning_backend()
        except RegistryError:  # somebody else has just made it, or the next line says what is wrong
            pass
    return open_registry(path, "r+").root.owning_backend()
