"""Where the history of a registry is kept: never beside hives that are not one's own."""

from __future__ import annotations

import os
from typing import Final

from anyreg.engine.file_disk import FileDisk
from anyreg.history.digests import blake2b
from anyreg.history.recorder import Recorder
from anyreg.history.store import Store
from anyreg.paths import host_of, same_host
from anyreg.system import import_truly, real_names

VARIABLE: Final = "ANYREG_HISTORY"
"""The environment variable that says where histories are kept, or "off" for commands."""

OFF: Final = ("off", "no", "0")


def history_folder(path: str, is_home: bool) -> str:
    """The folder of a history.

    Args:
        path: The hive's file, the folder of a registry, or a host as an address names it.
        is_home: Whether it is the folder of a registry of one's own.
    """
    given = os.environ.get(VARIABLE, "")
    if is_home and (not given or given.casefold() in OFF):
        return os.path.join(path, "history")
    host = host_of(path)
    place = f"//{same_host(host)}" if host else os.path.realpath(os.path.expanduser(path))
    digest = blake2b(os.fsencode(place), digest_size=16).hexdigest()
    return os.path.join(_base(), digest)


def live_history_folder() -> str:
    """The folder of the history of the live registry, as far as this user has changed it."""
    return os.path.join(_base(), "live")


def _base() -> str:
    given = os.environ.get(VARIABLE, "")
    if given and given.casefold() not in OFF:
        return os.path.expanduser(given)
    dirs = import_truly("platformdirs")
    with real_names():
        return os.path.join(dirs.user_state_dir("anyreg", False), "history")


def open_store(folder: str, most: int, age: int, is_read_only: bool) -> Store:
    """The files of a history; see Store.

    Args:
        folder: Where they are.
        most: Bytes that all of them may have.
        age: How old a record may get, in the ticks of a FILETIME.
        is_read_only: Nothing will be written.
    """
    return Store(FileDisk(), folder, most, age, is_read_only)


def open_recorder(store: Store, label: str, user: str) -> Recorder:
    """What keeps a history; see Recorder.

    Args:
        store: Its files.
        label: What is noted with each record.
        user: Who makes the changes.
    """
    return Recorder(FileDisk(), store, label, user)
