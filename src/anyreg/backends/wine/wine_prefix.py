"""A folder with a prefix of Wine: how it is told apart, and what it says of itself."""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple

from anyreg.engine.file_disk import FileDisk
from anyreg.errors import NotFoundError, RegistryError
from anyreg.formats.wine.reader import ARCHITECTURES, OPENING

USER: Final = "S-1-5-21-0-0-0-1000"
"""The SID of the user of every prefix, as Wine's server has it."""

_SYSTEM: Final = "system.reg"
_USER_FILE: Final = "user.reg"
_OF_PROTON: Final = "pfx"
_HEAD: Final = 4096  # bytes that hold the lines before the first key
_user: Final = re.compile(rb"REGISTRY\\\\User\\\\(S(?:-[0-9]+)+)", re.IGNORECASE)
_arch: Final = re.compile(rb"^#arch=(win32|win64)\r?$", re.MULTILINE)


class WinePrefix(NamedTuple):
    """A prefix.

    Attributes:
        folder: Where it is.
        arch: "win32" or "win64": what its Windows is.
        user: The SID of its user.
    """

    folder: str
    arch: str
    user: str


def find_prefix(folder: str) -> str:
    """The folder of the prefix in a folder, "" if there is none.

    Proton has one in the folder `pfx` of each game's.

    Args:
        folder: The folder.
    """
    for place in (folder, os.path.join(folder, _OF_PROTON)):
        if _head(place, _SYSTEM).startswith(OPENING.encode()):
            return place
    return ""


def read_prefix(folder: str) -> WinePrefix:
    """What a prefix says of itself.

    Args:
        folder: From find_prefix().
    """
    arch = _arch.search(_head(folder, _SYSTEM))
    user = _user.search(_head(folder, _USER_FILE))
    return WinePrefix(
        folder,
        ARCHITECTURES[0] if arch is None else arch[1].decode(),
        USER if user is None else user[1].decode(),
    )


def _head(folder: str, name: str) -> bytes:
    try:
        file = FileDisk().open(os.path.join(folder, name), False)
    except (NotFoundError, RegistryError):
        return b""
    try:
        return file.read(0, _HEAD)
    except RegistryError:
        return b""
    finally:
        file.close()
