"""Commands of `anyreg acl` that change permissions, of one key or of a tree, all or nothing.

With --recursive each key below is changed as the key itself is; with --propagate they inherit what
the key has now.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from anyreg import Key
from anyreg.cli.acl.commands import RecursiveOption, all_keys, app, person
from anyreg.cli.address_arguments import AddressArgument, Place, opened
from anyreg.cli.changing_options import ChangingCommand, changes_asked, changing_as_asked
from anyreg.cli.command_changes import Site
from anyreg.cli.output import complain, emit, emit_json, printable, show_path
from anyreg.cli.progress import followed

WhoArgument = Annotated[
    str, typer.Argument(metavar="WHO", help="A SID, an alias such as BA, or a name.")
]
RightsArgument = Annotated[
    str, typer.Argument(metavar="RIGHTS", help="read, write, full, or rights such as set-value.")
]
InheritOption = Annotated[
    bool, typer.Option("--inherit/--no-inherit", help="Whether new keys below inherit it.")
]
PropagateOption = Annotated[
    bool,
    typer.Option("--propagate", help="Carry what is inherited through all keys below at once."),
]


def _keys(site: Site, recursive: bool, propagate: bool = False) -> Iterator[Key]:
    """The key that is changed, or it and all below."""
    if not recursive:
        return iter([site.key])
    if propagate:
        words = "--recursive changes each key below, --propagate lets them inherit: one of both"
        raise typer.BadParameter(words)
    place = Place(site.address, site.registry, site.key)
    keys = (step.key for step in place.key.walk())
    return followed(keys, "keys", size=place.size, printed=False, total=place.total())


@app.command(
    "owner",
    cls=ChangingCommand,
    epilog="Example: anyreg acl owner NTUSER.DAT::Software BA --recursive",
)
def owner(
    address: AddressArgument,
    who: Annotated[
        str, typer.Argument(metavar="[WHO]", help="The new owner; without it the owner is shown.")
    ] = "",
    *,
    recursive: RecursiveOption = False,
) -> None:
    """Show or change the owner of a key."""
    if not who:
        _show_owner(address, recursive)
        return
    with changing_as_asked(address) as site:
        for key in _keys(site, recursive):
            key.owner = who


def _show_owner(address: str, recursive: bool) -> None:
    with opened(address) as place:
        for key in all_keys(place) if recursive else [place.key]:
            if changes_asked().json:
                emit_json({"path": key.path, "owner": person(key.owner)})
                continue
            name = printable(str(key.owner or "nobody"))
            emit(f"{show_path(key.path)}  {name}" if recursive else name)


@app.command(
    "grant", cls=ChangingCommand, epilog="Example: anyreg acl grant NTUSER.DAT::Software Users read"
)
def grant(
    address: AddressArgument,
    who: WhoArgument,
    rights: RightsArgument,
    *,
    inherit: InheritOption = True,
    propagate: PropagateOption = False,
    recursive: RecursiveOption = False,
) -> None:
    """Allow somebody something."""
    with changing_as_asked(address) as site:
        for key in _keys(site, recursive, propagate):
            key.grant(who, rights, inherit=inherit, propagate=propagate)


@app.command(
    "deny", cls=ChangingCommand, epilog="Example: anyreg acl deny NTUSER.DAT::Software Guests write"
)
def deny(
    address: AddressArgument,
    who: WhoArgument,
    rights: RightsArgument,
    *,
    inherit: InheritOption = True,
    propagate: PropagateOption = False,
    recursive: RecursiveOption = False,
) -> None:
    """Deny somebody something, whatever else allows it."""
    with changing_as_asked(address) as site:
        for key in _keys(site, recursive, propagate):
            key.deny(who, rights, inherit=inherit, propagate=propagate)


@app.command(
    "revoke", cls=ChangingCommand, epilog="Example: anyreg acl revoke NTUSER.DAT::Software Users"
)
def revoke(
    address: AddressArgument,
    who: WhoArgument,
    *,
    propagate: PropagateOption = False,
    recursive: RecursiveOption = False,
) -> None:
    """Take away the entries of the key itself for somebody; what it inherits stays."""
    with changing_as_asked(address) as site:
        for key in _keys(site, recursive, propagate):
            key.revoke(who, propagate=propagate)
        _tell_what_stays(site, who)
        _tell_if_closed(site)


def _tell_what_stays(site: Site, who: str) -> None:
    sid = site.key.accounts.require_sid(who)
    if any(entry.ace.sid == sid for entry in site.key.security.dacl or []):
        complain(f"{who} still has what the key inherits: see `anyreg acl protect`")


def _tell_if_closed(site: Site) -> None:
    if site.key.security.dacl == []:
        complain("no entry is left: nobody but the owner may do anything with the key")


@app.command(
    "protect", cls=ChangingCommand, epilog="Example: anyreg acl protect NTUSER.DAT::Software --drop"
)
def protect(
    address: AddressArgument,
    *,
    keep: Annotated[
        bool, typer.Option("--keep/--drop", help="What was inherited stays as its own, or goes.")
    ] = True,
    reset: Annotated[
        bool, typer.Option("--reset", help="Inherit again, and drop all entries of its own.")
    ] = False,
    propagate: PropagateOption = False,
    recursive: RecursiveOption = False,
) -> None:
    """Let a key inherit nothing from above any more; or, with --reset, nothing but that."""
    with changing_as_asked(address) as site:
        for key in _keys(site, recursive, propagate):
            if reset:
                key.reset_inheritance(propagate=propagate)
            else:
                key.protect(keep=keep, propagate=propagate)
        _tell_if_closed(site)


@app.command(
    "set",
    cls=ChangingCommand,
    epilog="Example: anyreg acl set NTUSER.DAT::Software 'O:BAG:BAD:(A;CI;KA;;;BA)'",
)
def set_(
    address: AddressArgument,
    sddl: Annotated[str, typer.Argument(metavar="SDDL", help="All of it: owner, group and list.")],
) -> None:
    """Give a key another descriptor."""
    with changing_as_asked(address) as site:
        site.key.security = sddl
