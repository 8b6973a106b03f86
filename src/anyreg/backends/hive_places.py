"""Where hives can be loaded, in a Windows that runs."""

from __future__ import annotations

from typing import Final

from anyreg.errors import LimitError

_PLACES: Final = ("HKEY_LOCAL_MACHINE", "HKEY_USERS")


def require_place(root: str, name: str) -> None:
    """Refuse a key that is no place for a hive, and a name that is none of a key there.

    Args:
        root: The name of the root that was asked for, "" for a key that is none.
        name: The name that the hive gets.

    Raises:
        LimitError: It is another place.
    """
    if root not in _PLACES or not name or "\\" in name or "\0" in name:
        words = "hives are loaded directly below HKEY_LOCAL_MACHINE and HKEY_USERS"
        raise LimitError(words, path=name)
