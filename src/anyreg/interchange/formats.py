"""The formats by name: which one a file is in, and what the key at a place is called in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import BinaryIO

from anyreg.errors import AddressError, NotSupportedError
from anyreg.interchange import pol
from anyreg.interchange.regfile.syntax import default_prefix
from anyreg.paths import is_rooted, join_path, long_path
from anyreg.system import local_path

Facts = Callable[[], Mapping[str, object]]
"""What tells of a registry as a whole: Registry.about."""

_HEAD = 64
_TABLE = "kind,"  # how a table of ours begins


class Format(StrEnum):
    """The kinds of file."""

    REG = "reg"
    REG4 = "reg4"
    JSON = "json"
    CSV = "csv"
    POL = "pol"
    HIVE = "hive"


_ENDINGS = {f".{kind}": kind for kind in Format if kind is not Format.REG4}
_ENDINGS[".hiv"] = Format.HIVE


def format_named(name: str) -> Format:
    """The format of this name.

    Raises:
        AddressError: There is none.
    """
    try:
        return Format(name)
    except ValueError:
        known = ", ".join(Format)
        raise AddressError(f"no such format: {name!r} is none of {known}") from None


def format_to_write(file: str, name: str = "") -> Format:
    """The format of a file to be: the one that is named, else what its name ends in.

    A name without an ending is one of a .reg file.

    Raises:
        AddressError: It ends in something else, or there is no such format.
    """
    if name:
        return format_named(name)
    ending = local_path(file).suffix.lower()
    if ending and ending not in _ENDINGS:
        words = (
            f"no format ends in {ending}: say one of {', '.join(Format)}, or end the name in one"
        )
        raise AddressError(words, path=file)
    return _ENDINGS.get(ending, Format.REG)


def format_to_read(file: str, stream: BinaryIO, name: str = "") -> Format:
    """The format of a file: the one that is named, else by the end of its name or its begin.

    Args:
        file: Its name.
        stream: The file, at its begin, where it stays.
        name: The format, "" where it is not known.

    Raises:
        NotSupportedError: It is a hive.
    """
    kind = format_named(name) if name else _ENDINGS.get(local_path(file).suffix.lower())
    if kind is None:
        kind = _kind_of(stream.read(_HEAD))
        stream.seek(0)
    if kind is Format.HIVE:
        raise NotSupportedError(
            "a hive is not imported: load, restore or copy it (commands cp, reg load)", path=file
        )
    return kind


def _kind_of(head: bytes) -> Format:
    if head.startswith(pol.HEADER[:4]):
        return Format.POL
    if head.startswith(b"regf"):
        return Format.HIVE
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return Format.JSON
    return Format.CSV if text.startswith(_TABLE.encode()) else Format.REG


# What keys are called


def name_in_reg(facts: Facts, path: str) -> str | None:
    """What a .reg file calls a key, None for the top of a whole registry.

    Args:
        facts: What tells of the registry.
        path: The key's path.
    """
    file = facts().get("file")
    if not isinstance(file, str):
        return long_path(path) if path else None
    root = default_prefix(local_path(file).name)
    return join_path(root, path) if path else root


def without_root(name: str) -> str:
    r"""A name of a .reg file as policies have it.

    >>> without_root(r"HKEY_LOCAL_MACHINE\SOFTWARE\X"), without_root(r"SOFTWARE\X")
    ('SOFTWARE\\X', 'SOFTWARE\\X')
    """
    return name.partition("\\")[2] if is_rooted(name) else name


def prefix_to_write(kind: Format, facts: Facts, prefix: str | None) -> str | None:
    """What a registry's root is called in a file; None in a whole registry, or without a name.

    Raises:
        AddressError: The format has no room for the prefix that was asked for.
    """
    if kind in (Format.JSON, Format.CSV, Format.HIVE):
        if prefix:
            raise AddressError(f"no prefix stands in a file of the format {kind}", path=prefix)
        return None
    name = name_in_reg(facts, "") if prefix is None else long_path(prefix)
    return without_root(name) if name and kind is Format.POL else name


def prefix_to_read(kind: Format, facts: Facts, path: str, prefix: str | None) -> str | None:
    """What a file calls the key at a path; None where its paths begin with a root.

    Raises:
        AddressError: A policy, and a whole registry without a key of it.
    """
    if kind in (Format.JSON, Format.CSV):
        return long_path(path) if prefix is None else prefix
    name = name_in_reg(facts, path) if prefix is None else prefix
    if kind is not Format.POL:
        return name
    if name is None:
        raise AddressError("a policy is imported below HKEY_LOCAL_MACHINE or HKEY_CURRENT_USER")
    return without_root(name)
