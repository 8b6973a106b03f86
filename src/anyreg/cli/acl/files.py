"""`anyreg acl export` and `import`: permissions of keys as a text that can be edited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from anyreg import Key, RegFileError
from anyreg.backends.output_files import replacing
from anyreg.cli.address_arguments import AddressArgument, Place, file_size, opened
from anyreg.cli.changing_options import changes_asked, changing_as_asked
from anyreg.cli.command_changes import Site
from anyreg.cli.output import complain, emit, emit_bytes, on_terminal, printable
from anyreg.cli.progress import followed
from anyreg.errors import KeyNotFoundError, SecurityError
from anyreg.formats.permissions import OPENING, KeyPermissions, parse, written
from anyreg.names import fold
from anyreg.paths import is_plain, split_path
from anyreg.registry.exporting import expect_other_file
from anyreg.security.descriptor import SACL_AUTO_INHERITED, SACL_PRESENT, SecurityDescriptor
from anyreg.security.parts import with_rights_of_a_key
from anyreg.security.sddl import print_sddl

LEFT_OUT = 1


def export(
    address: AddressArgument,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file; without it, stdout.", show_default=False),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="The keys below, too.")
    ] = False,
    names: Annotated[
        bool, typer.Option("--names", help="Say each entry in words, too, as a comment.")
    ] = False,
) -> int:
    """Write the permissions of a key as SDDL, to be edited and imported; status 1: not all."""
    left_out: list[str] = []
    with opened(address) as place:
        if output is not None:
            expect_other_file(str(output), place.registry.about)
        printed = output is None
        keys = _all_keys(place, printed, left_out) if recursive else iter([place.key])
        pieces = _pieces(place.key, keys, names, left_out)
        if output is not None:
            with replacing(output) as file:
                file.writelines(piece.encode() for piece in pieces)
        else:
            _print(pieces)
    for path in left_out:
        complain(f"warning: left out: {printable(path)}")
    return LEFT_OUT if left_out else 0


def _all_keys(place: Place, printed: bool, left_out: list[str]) -> Iterator[Key]:
    keys = _walk(place.key, left_out)
    return followed(keys, "keys", size=place.size, printed=printed, total=place.total())


def _walk(top: Key, left_out: list[str]) -> Iterator[Key]:
    """A key and all below it that a path tells."""
    for step in top.walk():
        seen: set[str] = set()
        for child in list(step.subkeys):
            if not is_plain(child.name) or fold(child.name) in seen:
                left_out.append(f"{child.path} and all below it: no path tells which key it is")
                step.subkeys.remove(child)
            seen.add(fold(child.name))
        yield step.key


def _pieces(top: Key, keys: Iterator[Key], names: bool, left_out: list[str]) -> Iterator[str]:
    """The file, key by key; a descriptor that cannot be read goes into the list."""
    yield OPENING
    above = len(split_path(top.path))
    for key in keys:
        path = "\\".join(split_path(key.path)[above:])
        try:
            found = key.security
        except SecurityError as error:
            left_out.append(str(error))
            continue
        if found.is_missing:
            left_out.append(f"{key.path}: it has no security descriptor")
        else:
            yield written(path, found.sddl, str(found).splitlines() if names else ())


def _print(pieces: Iterator[str]) -> None:
    for piece in pieces:
        if on_terminal():
            emit("\n".join(map(printable, piece.removesuffix("\n").split("\n"))))
        else:
            emit_bytes(piece.encode())


def import_(
    address: AddressArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` has written.")],
) -> None:
    """Set the permissions that a file says, all or none; each key must be there."""
    wanted = _read(file)
    with changing_as_asked(address) as site:
        size = 0 if changes_asked().dry_run else file_size(file)
        steps = followed(iter(wanted), "keys", size=size, printed=False, total=len(wanted))
        changed = sum(_set(site, step, file) for step in steps)
    if not changes_asked().dry_run:
        emit(f"keys: {changed} changed, {len(wanted) - changed} as they were")


def _read(file: Path) -> list[KeyPermissions]:
    with file.open("rb") as stream:
        try:
            return list(parse(stream))
        except RegFileError as error:
            error.path = str(file)
            raise


def _set(site: Site, wanted: KeyPermissions, file: Path) -> bool:
    """Give a key what the file says; whether it had something else.

    A descriptor that says the same keeps its bytes, which may hold what SDDL does not say.  Generic
    rights, which people write, become those of a key: else they would count for nothing.
    """
    key = _opened(site.key, wanted, file)
    meant = with_rights_of_a_key(wanted.descriptor)
    if key.descriptor and key.security.sddl in (print_sddl(wanted.descriptor), print_sddl(meant)):
        return False
    key.security = _as_far_as_said(key.security.descriptor, meant)
    return True


def _as_far_as_said(before: SecurityDescriptor, wanted: SecurityDescriptor) -> SecurityDescriptor:
    """What a file says; SDDL has no flags of a SACL that is not there, so they stay as they are."""
    if (before.control | wanted.control) & SACL_PRESENT:
        return wanted
    return wanted.with_control(wanted.control | before.control & SACL_AUTO_INHERITED)


def _opened(top: Key, wanted: KeyPermissions, file: Path) -> Key:
    """The key that is meant; of a symbolic link, the link."""
    key = top
    for name in split_path(wanted.path):
        child = key.seen_child(name)
        if child is None:
            words = f"line {wanted.line} of {file}: no such key below {top.path!r}"
            raise KeyNotFoundError(words, path=wanted.path)
        key = child
    return key
