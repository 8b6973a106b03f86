"""Files in and out: which format, which prefix, from what file into what key.

A file that is read is read to its end before anything is changed: a small one is kept meanwhile, of
a large one everything is looked at and forgotten, and it is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from anyreg.backends.output_files import replacing, save_over
from anyreg.errors import (
    AddressError,
    NotFoundError,
    NotSupportedError,
    RegFileError,
    RegistryError,
    fail,
)
from anyreg.formats import csv, csv_reader, json, json_reader, pol
from anyreg.formats.instructions import KEYS_AND_VALUES, Instruction, Wanted
from anyreg.formats.kinds import Format
from anyreg.formats.limits import within_limits
from anyreg.formats.regfile import VERSION_5, Dialect, parse, regedit4
from anyreg.formats.regfile.writer import root_name
from anyreg.formats.regfile.writer import write as write_rows
from anyreg.formats.rows import OnError
from anyreg.formats.text import ANSI
from anyreg.paths import is_rooted
from anyreg.registry.apply import apply
from anyreg.registry.file_formats import (
    Facts,
    format_to_read,
    format_to_write,
    prefix_to_read,
    prefix_to_write,
)
from anyreg.registry.rows import rows_by_name, rows_of
from anyreg.system import local_path

if TYPE_CHECKING:
    from anyreg.registry.key import Key
    from anyreg.registry.registry import Registry
    from anyreg.registry.steps import Applied, WalkStep

KEPT = 32 << 20  # bytes of a file whose instructions are all held


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


def export_key(key: Key, facts: Facts, file: str, options: Export) -> None:
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


def save_key_over(key: Key, file: str) -> None:
    """Save a key as a hive, in the place of a file that may be there; see export_key."""
    save_over(key._backend, key.node, local_path(file))


def written(key: Key, kind: Format, facts: Facts, options: Export) -> Iterator[bytes]:
    """The file of a key and all below it, in pieces, one for each key.

    Raises:
        AddressError: The prefix or the code page is none, or the format has no room for security
            descriptors; at once.
        NotSupportedError: The format cannot hold something; on the way.
    """
    prefix = prefix_to_write(kind, facts, options.prefix)
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
        return pol.write(rows_by_name(key.walk(on_error=fail)), prefix, options.on_error)
    try:
        dialect = regedit4(options.encoding or ANSI) if kind is Format.REG4 else VERSION_5
        texts = write_reg(key, prefix or "", dialect, options.on_error)
        header = next(texts)
    except ValueError as error:
        raise AddressError(str(error)) from error
    return chain([dialect.mark, dialect.encode(header)], map(dialect.encode, texts))


def write_reg(
    top: Key,
    prefix: str,
    dialect: Dialect = VERSION_5,
    on_error: OnError | None = None,
    *,
    on_cut: OnError | None = None,
    steps: Iterable[WalkStep] | None = None,
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
    rows = rows_by_name(top.walk(on_error=fail) if steps is None else steps)
    return write_rows(rows, prefix, dialect, on_error, on_cut=on_cut)


def rows_of_many(key: Key, target: str, security: bool) -> Iterator[bytes]:
    """A table of CSV that says in each row where it is from: the header, then one key each.

    Args:
        key: The key at the top.
        target: Where it is from.
        security: Tell security descriptors.
    """
    return _table(key, security, target)


def _table(key: Key, security: bool, target: str | None = None) -> Iterator[bytes]:
    return _encoded(csv.write(rows_of(key, security=security), security, target), "utf-8")


def _encoded(texts: Iterable[str], encoding: str) -> Iterator[bytes]:
    for text in texts:
        yield text.encode(encoding, "surrogatepass")


# Reading

Follow = Callable[[Iterator[Instruction]], Iterable[Instruction]]


class ImportSource(NamedTuple):
    """A file to import.

    Attributes:
        file: Its path.
        format: Its format.
        prefix: What it calls the key that everything goes below; see Prefix.
        encoding: The code page of a .reg file without a byte order mark.
        wanted: What is wanted beyond keys and values.
    """

    file: str
    format: Format
    prefix: str | None
    encoding: str | None = None
    wanted: Wanted = KEYS_AND_VALUES

    def steps(self) -> Iterator[Instruction]:
        """What it asks for, read while it is asked for.

        Raises:
            RegFileError: It is not as its format asks for.
            AddressError: There is no such code page.
        """
        with self._opened() as steps:
            yield from steps

    @contextmanager
    def _opened(self) -> Iterator[Iterator[Instruction]]:
        """The same for a block, without a step between the reader and who asks."""
        try:
            with local_path(self.file).open("rb") as stream:
                yield self._parsed(stream)
        except RegFileError as error:
            error.path = self.file
            raise

    def _parsed(self, stream: BinaryIO) -> Iterator[Instruction]:
        on_error = self.wanted.on_error
        if self.format is Format.JSON:
            return json_reader.parse(stream, prefix=self.prefix, wanted=self.wanted)
        if self.format is Format.CSV:
            return csv_reader.parse(stream, prefix=self.prefix, wanted=self.wanted)
        if self.format is Format.POL:
            return pol.parse(stream, prefix=self.prefix)
        try:
            steps = parse(stream, prefix=self.prefix, encoding=self.encoding, on_error=on_error)
        except ValueError as error:  # of the code page
            raise AddressError(str(error)) from error
        return steps if on_error is None else within_limits(steps, on_error)

    def checked(
        self, follow: Callable[[Iterator[Instruction]], Iterable[Instruction]] = iter
    ) -> Iterable[Instruction]:
        """What it asks for, when all of it was read once: a bad line must cost no transaction.

        Args:
            follow: Wrapped around each reading, to count.

        Raises:
            RegFileError: It is not as its format asks for.
        """
        if local_path(self.file).stat().st_size <= KEPT:
            with self._opened() as steps:
                return list(follow(steps))
        for _ in follow(self.steps()):
            pass
        again = self
        if self.wanted.on_error is not None:  # told of once
            again = self._replace(wanted=self.wanted._replace(on_error=_pass_over))
        return follow(again.steps())


def _pass_over(_: RegFileError) -> None:
    pass


Reading = tuple[str, str | None, str | None]
"""Format, prefix and encoding, as Registry.import_ has them."""

Asked = tuple[bool, bool, Callable[[RegFileError], None] | None]
"""Times, security and on_error, as Registry.import_ has them."""


def source_of(
    facts: Facts, file: str, path: str, options: Reading, wanted: Wanted = KEYS_AND_VALUES
) -> ImportSource:
    """A file to import below a key of a registry.

    Raises:
        NotFoundError: There is no such file.
        AddressError: Its format, its prefix or what is wanted of it makes no sense here.
    """
    name, prefix, encoding = options
    try:
        with local_path(file).open("rb") as stream:
            kind = format_to_read(file, stream, name)
    except FileNotFoundError as error:
        raise NotFoundError("no such file", path=file) from error
    except OSError as error:
        if isinstance(error, RegistryError):
            raise
        raise RegistryError(error.strerror or str(error), path=file) from error
    if (wanted.times or wanted.security) and kind not in (Format.JSON, Format.CSV):
        what = "times" if wanted.times else "security descriptors"
        raise AddressError(f"a file of the format {kind} tells no {what}", path=file)
    if wanted.on_error is not None:
        wanted = wanted._replace(on_error=_naming(file, wanted.on_error))
    return ImportSource(file, kind, prefix_to_read(kind, facts, path, prefix), encoding, wanted)


def _naming(file: str, on_error: Callable[[RegFileError], None]) -> Callable[[RegFileError], None]:
    """Called for what is left out of a file, which its message then names."""

    def call(error: RegFileError) -> None:
        error.path = file
        on_error(error)

    return call


def import_file(
    registry: Registry, file: str, path: str, options: Reading, asked: Asked, *, durable: bool
) -> Applied:
    """See Registry.import_."""
    source = source_of(registry.about, file, path, options, Wanted(*asked))
    try:
        return apply(registry, source.checked(), path, durable=durable)
    except RegFileError as error:
        error.path = file
        raise
