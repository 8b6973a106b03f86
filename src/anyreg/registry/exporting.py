"""A key with all below it as a file: in which format, under which names, in what place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple, TypeVar

from anyreg.backends import ask
from anyreg.backends.base import Lent
from anyreg.backends.output_files import replacing, save_over
from anyreg.errors import AddressError, NotSupportedError, fail
from anyreg.formats import csv, json, pol
from anyreg.formats.kinds import Format
from anyreg.formats.regfile import VERSION_5, Dialect, regedit4
from anyreg.formats.regfile.writer import root_name
from anyreg.formats.regfile.writer import write as write_rows
from anyreg.formats.rows import OnError
from anyreg.formats.text import ANSI
from anyreg.paths import is_rooted
from anyreg.registry.file_formats import Facts, format_to_write, prefix_to_write
from anyreg.registry.key_values import KeyValues
from anyreg.registry.results import WalkStep
from anyreg.registry.rows import rows_by_name, rows_of
from anyreg.registry.walk import walk
from anyreg.system import local_path

K = TypeVar("K", bound=KeyValues)


class Export(NamedTuple):
    """How to write a key as a file; see Key.export.

    Attributes:
        format: A name of Format, "" to go by the file's name.
        prefix: What the registry's root is called.
        encoding: The code page of REGEDIT4.
        on_error: Called for what the format cannot hold.
        security: Tell security descriptors in JSON and CSV.
    """

    format: str = ""
    prefix: str | None = None
    encoding: str = ""
    on_error: Callable[[NotSupportedError], None] | None = None
    security: bool = False


# Writing


def export_key(key: KeyValues, facts: Facts, file: str, options: Export) -> None:
    """See Key.export."""
    expect_other_file(file, facts)
    kind = format_to_write(file, options.format)
    if kind is Format.HIVE:
        prefix_to_write(kind, facts, options.prefix)
        save_key_over(key, file)
        return
    pieces = written(key, kind, facts, options)
    with replacing(local_path(file)) as stream:
        stream.writelines(pieces)


def expect_other_file(file: str, facts: Facts) -> None:
    """The hive must never be overwritten by what is read from it.

    Raises:
        AddressError: It would be.
    """
    own, path = facts().get("file"), local_path(file)
    if isinstance(own, str) and path.exists() and local_path(own).exists() and path.samefile(own):
        raise AddressError("this is the hive itself", path=file)


def expect_place_for(prefix: str | None, key: KeyValues) -> None:
    """A name in front of the roots of a whole registry would lead to keys that Windows has not.

    Raises:
        AddressError: There is a prefix, and paths like the key's begin with a root.
    """
    if not prefix:
        return
    with Lent(key._backend, key._backend.root()) as top:
        is_whole = ask.has_roots(key._backend, top)
    if is_whole:
        words = "a prefix is what a hive's root is called; paths of a registry have their roots"
        raise AddressError(words, path=prefix)


def save_key_over(key: KeyValues, file: str) -> None:
    """Save a key as a hive, in the place of a file that may be there; see export_key."""
    save_over(key._backend, key.node, local_path(file))


def written(key: KeyValues, kind: Format, facts: Facts, options: Export) -> Iterator[bytes]:
    """The file of a key and all below it, in pieces, one for each key.

    Raises:
        AddressError: The prefix or the code page is none, or the format has no room for security
            descriptors; at once.
        NotSupportedError: The format cannot hold something; on the way.
    """
    prefix = prefix_to_write(kind, facts, options.prefix)
    expect_place_for(options.prefix, key)
    if kind is Format.HIVE:
        raise AddressError("a hive is written into a file of its own")
    if kind is Format.JSON:
        return _encoded(json.write(rows_of(key, security=options.security)), "ascii")
    if kind is Format.CSV:
        return _table(key, options.security)
    if options.security:
        raise AddressError(f"a file of the format {kind} has no room for security descriptors")
    if kind is Format.POL:
        if prefix is None and not key.path:
            raise AddressError("a policy is of a key below HKEY_LOCAL_MACHINE or another root")
        return pol.write(rows_by_name(walk(key, on_error=fail)), prefix, options.on_error)
    try:
        dialect = regedit4(options.encoding or ANSI) if kind is Format.REG4 else VERSION_5
        texts = write_reg(key, prefix or "", dialect, options.on_error)
        header = next(texts)
    except ValueError as error:
        raise AddressError(str(error)) from error
    return chain([dialect.mark, dialect.encode(header)], map(dialect.encode, texts))


def write_reg(
    top: K,
    prefix: str,
    dialect: Dialect = VERSION_5,
    on_error: OnError | None = None,
    *,
    on_cut: OnError | None = None,
    steps: Iterable[WalkStep[K]] | None = None,
) -> Iterator[str]:
    r"""The .reg file of a key and all below.

    Args:
        top: Where to start.
        prefix: What the registry's root is called in the file, such as
            r"HKEY_LOCAL_MACHINE\SYSTEM" for a SYSTEM hive; "" for a key below one of the roots
            of a whole registry.
        dialect: VERSION_5, or regedit4() with a code page.
        on_error: Called for what a .reg file cannot hold, which is then left out, a key with all
            below it; without it the error is raised.
        on_cut: Write each REG_SZ as reg.exe does: in quotes, up to its first NUL or its end.  It is
            called for each of which something is lost so; without it no byte is.
        steps: The keys, where they are not those of top.walk().

    Returns:
        The header, then the text of one key and its values; dialect.encode() makes bytes of it,
        and the file starts with dialect.mark.

    Raises:
        NotSupportedError: Something that a .reg file cannot hold; on the way.
        ValueError: The prefix is empty, or cannot stand in the file.
    """
    if prefix or not is_rooted(top.path):
        prefix = root_name(prefix, dialect)
    rows = rows_by_name(walk(top, on_error=fail) if steps is None else steps)
    return write_rows(rows, prefix, dialect, on_error, on_cut=on_cut)


def rows_of_many(key: KeyValues, target: str, security: bool) -> Iterator[bytes]:
    """A table of CSV that says in each row where it is from: the header, then one key each.

    Args:
        key: The key at the top.
        target: Where it is from.
        security: Tell security descriptors.
    """
    return _table(key, security, target)


def _table(key: KeyValues, security: bool, target: str | None = None) -> Iterator[bytes]:
    return _encoded(csv.write(rows_of(key, security=security), security, target), "utf-8")


def _encoded(texts: Iterable[str], encoding: str) -> Iterator[bytes]:
    for text in texts:
        yield text.encode(encoding, "surrogatepass")
