"""Hive files through handles: save, restore, load, unload, and hives of one program's own.

Off Windows nobody needs a privilege for these, but in a registry that is opened as somebody, or of
another machine: who may read and write the files may do it.  Files of another machine are those
that it has itself.
"""

from __future__ import annotations

import os
from typing import Final

from anyreg.backends import ask, trees
from anyreg.backends.system_abilities import FilesThere
from anyreg.errors import NotFoundError
from anyreg.names import fold
from anyreg.registry.current_registry import backend_of
from anyreg.registry.opening import open_registry
from anyreg.system import local_path
from anyreg.winapi.constants import REG_FORCE_RESTORE
from anyreg.winapi.errors import (
    ACCESS_DENIED,
    ALREADY_EXISTS,
    INVALID_PARAMETER,
    PATH_NOT_FOUND,
    windows_error,
)
from anyreg.winapi.handles import Handle, add, granted, keep_private, open_handles, resolve

_LOW: Final = 0xFFFF_FFFF
_HIVES_GO_BELOW: Final = (0x8000_0002, 0x8000_0003)  # HKEY_LOCAL_MACHINE, HKEY_USERS
# The format versions of RegSaveKeyEx: REG_STANDARD_FORMAT, REG_LATEST_FORMAT, and no compression,
# which keeps the newest one too.
_MINORS: Final = {1: 3, 2: 5, 4: 5}


def save_key(key: int, file: str, format: int = 2) -> None:
    """RegSaveKeyEx: write a key and all below it into a new hive file.

    Args:
        key: A handle.
        file: The file, which must not exist; for a key of another machine one of that machine.
        format: 1 for version 1.3, 2 or 4 for version 1.5.

    Raises:
        FileExistsError: The file exists (183).
        FileNotFoundError: Its folder does not (3).
    """
    handle = resolve(key)
    minor = _MINORS.get(format)
    if minor is None or not file:
        raise windows_error(INVALID_PARAMETER)
    if isinstance(handle.backend, FilesThere):
        handle.backend.save_there(handle.node, file, format)
        return
    if os.path.lexists(file):
        raise windows_error(ALREADY_EXISTS)
    if not local_path(file).parent.is_dir():
        raise windows_error(PATH_NOT_FOUND)
    trees.save(handle.backend, handle.node, file, minor)


def restore_key(key: int, file: str, flags: int = 0) -> None:
    """RegRestoreKey: replace all that a key holds by what a hive file holds.

    Args:
        key: A handle.
        file: The hive; for a key of another machine one of that machine.
        flags: REG_FORCE_RESTORE, or 0.
    """
    handle = resolve(key)
    if flags & ~REG_FORCE_RESTORE:
        raise windows_error(INVALID_PARAMETER)
    if isinstance(handle.backend, FilesThere):
        handle.backend.restore_there(handle.node, file, flags)
        return
    trees.restore(handle.backend, handle.node, file)


def load_key(key: int, sub_key: str, file: str) -> None:
    """RegLoadKey: mount a hive file below HKEY_LOCAL_MACHINE or HKEY_USERS.

    Args:
        key: One of the two, also of another machine.
        sub_key: Name of the new subkey.
        file: The hive, which is made where it is missing; for another machine one of its files.

    Raises:
        OSError: It is another key, or no name (87).
    """
    handle = _place(key, sub_key)
    try:
        ask.load(handle.backend, handle.node, sub_key, file)
    except NotFoundError:
        if isinstance(handle.backend, FilesThere):
            raise
        open_registry(file, "x").close()
        ask.load(handle.backend, handle.node, sub_key, file)


def unload_key(key: int, sub_key: str) -> None:
    """RegUnLoadKey: take away what load_key() has mounted.

    Raises:
        PermissionError: A handle of a key in it is open (5).
    """
    handle = _place(key, sub_key)
    if isinstance(handle.backend, FilesThere):  # which looks at the handles of all
        ask.unload(handle.backend, handle.node, sub_key)
        return
    top = fold(f"{ask.nt_path(handle.backend, handle.node)}\\{sub_key}\\")
    for other in open_handles(handle.backend):
        if fold(ask.nt_path(handle.backend, other.node) + "\\").startswith(top):
            raise windows_error(ACCESS_DENIED)
    ask.unload(handle.backend, handle.node, sub_key)


def replace_key(key: int, sub_key: str, new_file: str, old_file: str) -> None:
    """RegReplaceKey: give a mounted hive another file when it is mounted anew.

    Args:
        key: HKEY_LOCAL_MACHINE or HKEY_USERS.
        sub_key: Where the hive is mounted.
        new_file: A hive; it is moved.
        old_file: The name under which the old file is kept, which must be free.

    Raises:
        OSError: It is another key, or no hive is mounted there (87).
        FileNotFoundError: There is no such key or file (2).
        FileExistsError: The name of the old file is taken (183).
    """
    handle = _place(key, sub_key)
    ask.replace(handle.backend, handle.node, sub_key, new_file, old_file)


def _place(key: int, sub_key: str) -> Handle:
    """A predefined key below which hives go; of another machine its backend looks at that."""
    handle = resolve(key)
    is_place = key & _LOW in _HIVES_GO_BELOW or isinstance(handle.backend, FilesThere)
    if not is_place or not sub_key or "\\" in sub_key:
        raise windows_error(INVALID_PARAMETER)
    return handle


def load_app_key(file: str, access: int) -> int:
    """RegLoadAppKey: open a hive file that stands nowhere in the registry.

    Args:
        file: The hive; it is made where it is missing.
        access: An access mask for the handle.

    Returns:
        A handle of its root key.  The hive is closed with the last handle of a key in it.
    """
    rights = granted(access)
    try:
        registry = open_registry(file, "r+")
    except NotFoundError:
        registry = open_registry(file, "x")
    backend = backend_of(registry)
    keep_private(backend)
    return add(Handle(backend, backend.root(), rights, 0, 0, False))
