"""`anyreg diff`: what differs between two keys, of one hive or of two; also as a patch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from anyreg import Change, KeyState, Value
from anyreg import diff as differences
from anyreg.backends.output_files import replacing
from anyreg.cli.address_arguments import JsonOption, Place, opened
from anyreg.cli.ls import show_time
from anyreg.cli.output import (
    complain,
    emit_json,
    emit_parts,
    json_line,
    printable,
    show_data,
    show_name,
    show_path,
)
from anyreg.cli.progress import followed
from anyreg.errors import NotSupportedError, SecurityError
from anyreg.formats.changes import Side, change_record
from anyreg.formats.regfile import VERSION_5
from anyreg.formats.regfile.patch import write_patch
from anyreg.formats.security_text import sddl_of
from anyreg.paths import join_path, long_path
from anyreg.registry.accounts import Accounts
from anyreg.registry.exporting import expect_other_file, expect_place_for
from anyreg.registry.file_formats import name_in_reg
from anyreg.registry.permission_changes import PermissionChange, permission_changes
from anyreg.security.descriptor import SecurityDescriptor

_STYLES = {"+": "green", "-": "red", "~": "yellow"}
_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_REG, _LINES = ".reg", ".jsonl"
SecurityOption = Annotated[
    bool, typer.Option("--security", help="Compare security descriptors too.")
]


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="An ADDRESS.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another ADDRESS.")],
    *,
    times: Annotated[bool, typer.Option("--times", help="Compare last-written times too.")] = False,
    security: SecurityOption = False,
    patch: Annotated[
        Path | None,
        typer.Option(
            "--patch",
            "-o",
            metavar="FILE",
            help="Write a patch that makes B of A: a .reg file, for `anyreg import` and regedit, "
            "or lines of JSON (.jsonl), for `anyreg patch`.",
            show_default=False,
        ),
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option(
            help="What A's root is called in a .reg patch; without it, as for `anyreg export`.",
            show_default=False,
        ),
    ] = None,
    lenient: Annotated[
        bool,
        typer.Option("--lenient", help="Leave out what a .reg file cannot hold, and say how much."),
    ] = False,
    json: JsonOption = False,
) -> int:
    """List what is added (+), removed (-) and changed (~) from A to B; status 1 if anything is."""
    if patch and patch.suffix.lower() not in (_REG, _LINES):
        raise typer.BadParameter(f"a patch is a file that ends in {_REG} or {_LINES}: {patch}")
    if prefix is not None and (not patch or patch.suffix.lower() != _REG):
        raise typer.BadParameter(f"--prefix is for a patch that ends in {_REG}: {prefix}")
    count = 0
    with opened(first) as old, opened(second) as new:
        changes = differences(old.key, new.key, times=times, security=security)
        size = max(old.size, new.size)
        counted = _Counted(followed(changes, "changes", size=size, printed=patch is None))
        if patch:
            for place in (old, new):
                expect_other_file(str(patch), place.registry.about)
            _write(counted, patch, _name(old, prefix), lenient)
        else:
            for change in counted:
                if json:
                    emit_json(change_record(change))
                else:
                    show_change(change, times, new.key.accounts)
        count = counted.count
    return 1 if count else 0


class _Counted:
    """Changes as they come, and how many there were."""

    def __init__(self, changes: Iterator[Change]) -> None:
        self._changes = changes
        self.count = 0

    def __iter__(self) -> Iterator[Change]:
        for change in self._changes:
            self.count += 1
            yield change


def _name(old: Place, prefix: str | None) -> str | None:
    """What a .reg file calls the key that is compared; None where it has no name for it."""
    if prefix is None:
        return name_in_reg(old.registry.about, old.key.path)
    expect_place_for(prefix, old.key)
    return join_path(long_path(prefix), old.key.path) if old.key.path else long_path(prefix)


def _write(changes: _Counted, patch: Path, prefix: str | None, lenient: bool) -> None:
    left_out: list[NotSupportedError] = []
    with replacing(patch) as file:
        if patch.suffix.lower() == _LINES:
            file.writelines(json_line(change_record(change)).encode() for change in changes)
        else:
            file.write(VERSION_5.mark)
            if prefix is None:
                raise typer.BadParameter(
                    f"a .reg file has no name for all of a registry: name a key, or write {_LINES}"
                )
            on_error = left_out.append if lenient else None
            pieces = write_patch(changes, prefix, on_error=on_error)
            file.writelines(map(VERSION_5.encode, pieces))
    if left_out:
        complain(f"warning: left out {len(left_out)} that a .reg file cannot hold: {left_out[0]}")


def show_change(change: Change, times: bool, accounts: Accounts | None = None) -> None:
    """Print one change as a line; what became of permissions stands below, entry by entry."""
    sign, style = _SIGNS[change.kind]
    line = f"{sign} {show_path(change.path)}"
    if change.name is not None:
        line += f"  {show_name(change.name)}"
    before, after, details = _without_permissions(change.before, change.after, accounts)
    sides = [show_side(side, times) for side in (before, after) if side is not None]
    if details and sides[0] == sides[1]:
        sides = []
    facts = " -> ".join(sides)
    emit_parts((line, style), (f"  {facts}" if facts else "", ""))
    for detail in details:
        emit_parts((f"    {detail.sign} {printable(detail.text)}", _STYLES[detail.sign]))


def _without_permissions(
    before: Side, after: Side, accounts: Accounts | None
) -> tuple[Side, Side, list[PermissionChange]]:
    """The sides without their descriptors, and what differs in these; as they were if nothing."""
    if isinstance(before, KeyState) and isinstance(after, KeyState):
        stored = before.descriptor, after.descriptor
        read = [_read(descriptor) for descriptor in stored if descriptor is not None]
        if len(read) == len(stored) and read[0] and read[1]:
            found = permission_changes(read[0], read[1], accounts)
            return before._replace(descriptor=None), after._replace(descriptor=None), found
    return before, after, []


def _read(descriptor: bytes) -> SecurityDescriptor | None:
    try:
        return SecurityDescriptor.from_bytes(descriptor)
    except SecurityError:
        return None


def descriptor_text(descriptor: bytes) -> str:
    """A descriptor as SDDL; bytes that are none in hexadecimal."""
    return sddl_of(descriptor) or descriptor.hex()


def show_side(side: Value | KeyState, times: bool) -> str:
    """One side of a change in words; "" for a key of which there is nothing to say."""
    if isinstance(side, Value):
        return f"{side.type_name} {show_data(side)}".rstrip()
    facts = [f"class {printable(side.class_name)!r}"] if side.class_name else []
    if side.is_link:
        facts.append("symbolic link")
    if side.descriptor is not None:
        facts.append(f"security {descriptor_text(side.descriptor)}")
    if times:
        facts.append(show_time(side.last_written))
    return ", ".join(facts)
