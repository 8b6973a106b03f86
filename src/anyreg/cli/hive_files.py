"""Which files are hives: of a folder, or of a pattern of file names.

A hive is known by its first bytes, and so is a log, which is none.  A file that Windows gives the
name of a hive counts as one whatever it holds, so that a damaged one is not lost in silence.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from anyreg.backends.home import is_home
from anyreg.backends.windows_disk import find_windows
from anyreg.backends.wine.wine_prefix import find_prefix
from anyreg.regf.layout import BASE_SIGNATURE, BASE_TYPE, TYPE_NEW_LOG, TYPE_NT_LOG, TYPE_OLD_LOG

OnError = Callable[[OSError], None]

_LOGS = (TYPE_OLD_LOG, TYPE_NT_LOG, TYPE_NEW_LOG)
_HEAD = BASE_TYPE + 4
_USUAL = frozenset(
    (
        *("sam", "security", "software", "system", "default", "components", "drivers", "elam"),
        *("bcd", "bbi", "ntuser.dat", "usrclass.dat", "amcache.hve", "syscache.hve"),
    )
)


def hives_for(place: str, on_error: OnError) -> list[str] | None:
    """The hives that a folder or a pattern stands for, in the order of their names.

    Args:
        place: A path.
        on_error: Called for a folder that cannot be listed and a file that cannot be read.

    Returns:
        None if the path stands for itself: a file, a disk, a registry, or nothing that is there.
    """
    if Path(place).is_dir():
        return None if _is_registry(place) else list(_below(place, on_error))
    if glob.has_magic(place) and not Path(place).exists():
        return list(_matches(place, on_error))
    return None


def _is_registry(folder: str) -> bool:
    return is_home(folder) or bool(find_prefix(folder) or find_windows(folder))


def _matches(pattern: str, on_error: OnError) -> Iterator[str]:
    for path in sorted(glob.iglob(pattern, recursive=True)):  # noqa: PTH207 - of any root
        if not Path(path).is_dir():
            if _is_hive(Path(path), on_error):
                yield path
        elif _is_registry(path):
            yield path
        else:
            yield from _below(path, on_error)


def _below(folder: str, on_error: OnError) -> Iterator[str]:
    for place, folders, files in os.walk(folder, onerror=on_error):
        folders.sort()
        for name in sorted(files):
            path = Path(place, name)
            if _is_hive(path, on_error):
                yield str(path)


def _is_hive(path: Path, on_error: OnError) -> bool:
    try:
        if not path.is_file():  # a pipe would wait for a writer
            return False
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        on_error(error)
        return False
    if head.startswith(BASE_SIGNATURE) and len(head) == _HEAD:
        return int.from_bytes(head[BASE_TYPE:], "little") not in _LOGS
    return path.name.casefold() in _USUAL
