"""A file to import: its format, what it asks for, and below which key.

It is read to its end before anything is changed: a small one is kept meanwhile, of a large one
everything is looked at and forgotten, and it is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from anyreg.backends.base import Backend
from anyreg.errors import AddressError, NotFoundError, RegFileError, RegistryError
from anyreg.formats import csv_reader, json_reader, pol
from anyreg.formats.instructions import KEYS_AND_VALUES, Instruction, Wanted
from anyreg.formats.kinds import Format
from anyreg.formats.limits import within_limits
from anyreg.formats.regfile import parse
from anyreg.registry.apply import Applied, apply_to
from anyreg.registry.file_formats import Facts, format_to_read, prefix_to_read
from anyreg.system import local_path

KEPT = 32 << 20  # bytes of a file whose instructions are all held

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
        if self.wanted.on_error is not None:  # reported once
            again = self._replace(wanted=self.wanted._replace(on_error=_pass_over))
        return follow(again.steps())


def _pass_over(_: RegFileError) -> None:
    pass


Reading = tuple[str, str | None, str | None]
"""Format, prefix and encoding, as Registry.import_ has them."""


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


def import_source(backend: Backend, source: ImportSource, path: str, *, durable: bool) -> Applied:
    """Do what a file asks for; see Registry.import_."""
    try:
        return apply_to(backend, source.checked(), path, durable=durable)
    except RegFileError as error:
        error.path = source.file
        raise
