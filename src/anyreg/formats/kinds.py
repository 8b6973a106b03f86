"""The kinds of file: their names, how the names of files end, and how their bytes begin."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from anyreg.errors import AddressError
from anyreg.formats import pol

HEAD: Final = 64  # bytes by which kind_of() knows a file
_TABLE: Final = "kind,"  # how a table of ours begins


class Format(StrEnum):
    """The kinds of file."""

    REG = "reg"
    REG4 = "reg4"
    JSON = "json"
    CSV = "csv"
    POL = "pol"
    HIVE = "hive"


ENDINGS = {f".{kind}": kind for kind in Format if kind is not Format.REG4}
ENDINGS[".hiv"] = Format.HIVE


def format_named(name: str) -> Format:
    """The format of this name.

    Args:
        name: The name.

    Raises:
        AddressError: There is none.
    """
    try:
        return Format(name)
    except ValueError:
        known = ", ".join(Format)
        raise AddressError(f"no such format: {name!r} is none of {known}") from None


def kind_of(head: bytes) -> Format:
    """The format of a file, by its first bytes.

    Args:
        head: HEAD of them.
    """
    if head.startswith(pol.HEADER[:4]):
        return Format.POL
    if head.startswith(b"regf"):
        return Format.HIVE
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return Format.JSON
    return Format.CSV if text.startswith(_TABLE.encode()) else Format.REG
