r"""Commands of `anyreg acl`: show, change, explain and find permissions.

WHO is a SID, an alias of SDDL such as BA, or a name: Administrators, NT SERVICE\x, or a user or
group that the machine of the registry knows.  RIGHTS are read, write, full, or single rights.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from anyreg import Key
from anyreg.cli.address_arguments import AddressArgument, JsonOption, Place, opened
from anyreg.cli.address_list import AddressesArgument, AddressList
from anyreg.cli.command_changes import (
    DryRunOption,
    DurableOption,
    ForceOption,
    JsonDryRunOption,
    Site,
    changing,
)
from anyreg.cli.common_options import ListingCommand
from anyreg.cli.journal_options import HistoryOption
from anyreg.cli.output import complain, emit, emit_json, emit_table, printable, show_path
from anyreg.cli.progress import followed
from anyreg.errors import SecurityError
from anyreg.registry.permissions import Entry, Permissions
from anyreg.security.access import describe_mask, parse_mask
from anyreg.security.check import Answer, check_access
from anyreg.security.token import PRIVILEGES, Token

app = typer.Typer(
    help="Permissions: whom keys belong to, and who may do what with them.",
    epilog=r"Example: anyreg acl show 'SYSTEM::ControlSet001\Services'",
)
REFUSED = 1

WhoArgument = Annotated[
    str, typer.Argument(metavar="WHO", help="A SID, an alias such as BA, or a name.")
]
RightsArgument = Annotated[
    str, typer.Argument(metavar="RIGHTS", help="read, write, full, or rights such as set-value.")
]
RecursiveOption = Annotated[bool, typer.Option("--recursive", "-r", help="The keys below, too.")]
InheritOption = Annotated[
    bool, typer.Option("--inherit/--no-inherit", help="Whether new keys below inherit it.")
]
PropagateOption = Annotated[
    bool,
    typer.Option("--propagate", help="Carry what is inherited through all keys below at once."),
]
_COLUMNS = ("Key", "Entry", "Who", "Rights", "For")


@app.command("show", cls=ListingCommand, epilog="Example: anyreg acl show NTUSER.DAT::Software")
def show(
    addresses: AddressesArgument,
    *,
    recursive: RecursiveOption = False,
    sddl: Annotated[bool, typer.Option("--sddl", help="One line of SDDL a key.")] = False,
    json: JsonOption = False,
) -> int:
    """Show the owner, the group and the entries of keys."""
    many = AddressList(addresses)

    def keys(place: Place) -> Iterator[tuple[Place, Key]]:
        found = _all_keys(place) if recursive else iter([place.key])
        for key in found:
            yield place, key

    if json:
        for place, key in many.each(keys):
            emit_json(many.tagged(place, _record(key)))
    elif sddl:
        for place, key in many.each(keys):
            emit("  ".join((*many.column(place), show_path(key.path), key.security.sddl)))
    else:
        rows = [(*many.column(place), *row) for place, key in many.each(keys) for row in _rows(key)]
        emit_table((*many.title, *_COLUMNS), rows)
    return many.status


def _all_keys(place: Place) -> Iterator[Key]:
    keys = (step.key for step in place.key.walk())
    return followed(keys, "keys", size=place.size, total=place.total())


def _rows(key: Key) -> Iterator[tuple[str, ...]]:
    found = key.security
    path = show_path(key.path)
    yield path, "owner", _who(found.owner), "", ""
    yield path, "group", _who(found.group), "", ""
    if found.dacl is None:
        yield path, "allow", "everyone, as there is no list", "full", ""
    for entry in [*(found.dacl or []), *(found.sacl or [])]:
        inherited = ", inherited" if entry.is_inherited else ""
        yield path, entry.kind, _who(entry.who), entry.rights, entry.scope + inherited


def _who(principal: object) -> str:
    return "nobody" if principal is None else printable(str(principal))


def _record(key: Key) -> dict[str, object]:
    found = key.security
    return {
        "path": key.path,
        "owner": _person(found.owner),
        "group": _person(found.group),
        "protected": found.is_protected,
        "dacl": _entries(found.dacl),
        "sacl": _entries(found.sacl),
        "sddl": found.sddl,
    }


def _person(principal: object) -> object:
    from anyreg.registry.accounts import Principal

    if not isinstance(principal, Principal):
        return None
    return {"sid": str(principal.sid), "name": str(principal.account or "") or None}


def _entries(entries: list[Entry] | None) -> object:
    if entries is None:
        return None
    return [
        {
            "kind": entry.kind,
            "who": _person(entry.who),
            "mask": entry.ace.mask,
            "rights": entry.rights,
            "flags": entry.ace.flags,
            "inherited": entry.is_inherited,
            "sddl": entry.sddl,
        }
        for entry in entries
    ]


@app.command("owner", epilog="Example: anyreg acl owner NTUSER.DAT::Software BA")
def owner(
    address: AddressArgument,
    who: Annotated[
        str, typer.Argument(metavar="[WHO]", help="The new owner; without it the owner is shown.")
    ] = "",
    *,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Show or change the owner of a key."""
    if not who:
        with opened(address) as place:
            emit(_who(place.key.owner))
        return
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        site.key.owner = who


@app.command("grant", epilog="Example: anyreg acl grant NTUSER.DAT::Software Users read")
def grant(
    address: AddressArgument,
    who: WhoArgument,
    rights: RightsArgument,
    *,
    inherit: InheritOption = True,
    propagate: PropagateOption = False,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Allow somebody something."""
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        site.key.grant(who, rights, inherit=inherit, propagate=propagate)


@app.command("deny", epilog="Example: anyreg acl deny NTUSER.DAT::Software Guests write")
def deny(
    address: AddressArgument,
    who: WhoArgument,
    rights: RightsArgument,
    *,
    inherit: InheritOption = True,
    propagate: PropagateOption = False,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Deny somebody something, whatever else allows it."""
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        site.key.deny(who, rights, inherit=inherit, propagate=propagate)


@app.command("revoke", epilog="Example: anyreg acl revoke NTUSER.DAT::Software Users")
def revoke(
    address: AddressArgument,
    who: WhoArgument,
    *,
    propagate: PropagateOption = False,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Take away the entries of the key itself for somebody; what it inherits stays."""
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        site.key.revoke(who, propagate=propagate)
        _tell_what_stays(site, who)


def _tell_what_stays(site: Site, who: str) -> None:
    sid = site.key.accounts.require_sid(who)
    if any(entry.ace.sid == sid for entry in site.key.security.dacl or []):
        complain(f"{who} still has what the key inherits: see `anyreg acl protect`")


@app.command("protect", epilog="Example: anyreg acl protect NTUSER.DAT::Software --drop")
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
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Let a key inherit nothing from above any more; or, with --reset, nothing but that."""
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        if reset:
            site.key.reset_inheritance(propagate=propagate)
        else:
            site.key.protect(keep=keep, propagate=propagate)


@app.command(
    "set", epilog="Example: anyreg acl set NTUSER.DAT::Software 'O:BAG:BAD:(A;CI;KA;;;BA)'"
)
def set_(
    address: AddressArgument,
    sddl: Annotated[str, typer.Argument(metavar="SDDL", help="The whole descriptor.")],
    *,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Give a key another descriptor."""
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        site.key.security = sddl


AsOption = Annotated[str, typer.Option("--as", metavar="WHO", help="The user who asks.")]
GroupOption = Annotated[
    list[str] | None, typer.Option("--group", metavar="WHO", help="A group of that user.")
]
PrivilegeOption = Annotated[
    list[str] | None,
    typer.Option("--privilege", metavar="NAME", help="A privilege, such as SeSecurityPrivilege."),
]


@app.command(
    "explain",
    epilog="Example: anyreg acl explain NTUSER.DAT::Software --as Guests --want write",
)
def explain(
    address: AddressArgument,
    *,
    user: AsOption,
    want: Annotated[str, typer.Option("--want", metavar="RIGHTS")] = "full",
    group: GroupOption = None,
    privilege: PrivilegeOption = None,
    json: JsonOption = False,
) -> int:
    """Say whether somebody may do something, and which entry decides; exit status 1: he may not."""
    with opened(address) as place:
        key = place.key
        token = _token(key, user, group or [], privilege or [])
        answer = check_access(key.security.descriptor, token, parse_mask(want))
        if json:
            emit_json(_answer_record(answer))
        else:
            _show_answer(key.security, answer)
    return 0 if answer.is_granted else REFUSED


def _token(key: Key, user: str, groups: list[str], privileges: list[str]) -> Token:
    unknown = [name for name in privileges if name not in PRIVILEGES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]}: expected one of {', '.join(sorted(PRIVILEGES))}")
    accounts = key.accounts
    sids = [accounts.require_sid(name) for name in groups]
    return Token.of(accounts.require_sid(user), *sids, privileges=privileges)


def _show_answer(found: Permissions, answer: Answer) -> None:
    emit("granted" if answer.is_granted else f"refused, with error {answer.error}")
    entries = found.dacl or []
    for reason in answer.reasons:
        word = "allowed" if reason.is_granted else "denied"
        why = (
            reason.why if reason.entry < 0 else f"entry {reason.entry + 1}: {entries[reason.entry]}"
        )
        emit(printable(f"  {describe_mask(reason.rights)}: {word}, {why}"))


def _answer_record(answer: Answer) -> dict[str, object]:
    return {
        "granted": answer.granted,
        "error": answer.error,
        "reasons": [reason._asdict() for reason in answer.reasons],
    }


@app.command(
    "find",
    cls=ListingCommand,
    epilog=r"Example: anyreg acl find 'SYSTEM::ControlSet001\Services' --who Everyone --can write",
)
def find(
    addresses: AddressesArgument,
    *,
    who: Annotated[str, typer.Option("--who", metavar="WHO", help="Who may.")],
    can: Annotated[str, typer.Option("--can", metavar="RIGHTS", help="What he may do.")] = "write",
    json: JsonOption = False,
) -> int:
    """Find the keys at and below others where somebody may do something."""
    many = AddressList(addresses)
    wanted = parse_mask(can)

    def keys(place: Place) -> Iterator[tuple[Place, Key]]:
        token = Token.of(place.key.accounts.require_sid(who))
        for key in _all_keys(place):
            try:
                found = check_access(key.security.descriptor, token, wanted)
            except SecurityError as error:
                complain(str(error))
                continue
            if found.is_granted:
                yield place, key

    for place, key in many.each(keys):
        if json:
            emit_json(many.tagged(place, {"path": key.path, "sddl": key.security.sddl}))
        else:
            emit("  ".join((*many.column(place), show_path(key.path))))
    return many.status
