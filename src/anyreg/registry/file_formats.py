"""Which format a file is in, by its name and what it holds, and what keys are called in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import BinaryIO

from anyreg.errors import AddressError, NotSupportedError
from anyreg.formats.kinds import ENDINGS, HEAD, Format, format_named, kind_of
from anyreg.formats.regfile.syntax import default_prefix
from anyreg.paths import is_rooted, join_path, long_path
from anyreg.system import local_path

Facts = Callable[[], Mapping[str, object]]
"""What tells of a registry as a whole: Registry.about."""


def format_to_write(file: str, name: str = "") -> Format:
    """The format of a file to be: the one that is named, else what its name ends in.

    A name without an ending is one of a .reg file.

    Raises:
        AddressError: It ends in something else, or there is no such format.
    """
    if name:
        return format_named(name)
    ending = local_path(file).suffix.lower()
    if ending and ending not in ENDINGS:
        words = (
            f"no format ends in {ending}: say one of {', '.join(Format)}, or end the name in one"
        )
        raise AddressError(words, path=file)
    return ENDINGS.get(ending, Format.REG)


def format_to_read(file: str, stream: BinaryIO, name: str = "") -> Format:
    """The format of a file: the one that is named, else by the end of its name or its begin.

    Args:
        file: Its name.
        stream: The file, at its begin, where it stays.
        name: The format, "" where it is not known.

    Raises:
        NotSupportedError: It is a hive.
    """
    kind = format_named(name) if name else ENDINGS.get(local_path(file).suffix.lower())
    if kind is None:
        kind = kind_of(stream.read(HEAD))
        stream.seek(0)
    if kind is Format.HIVE:
        raise NotSupportedError(
            "a hive is not imported: load, restore or copy it (commands cp, reg load)", path=file
        )
    return kind


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
