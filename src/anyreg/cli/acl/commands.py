r"""Commands of `anyreg acl`: show, explain and find permissions.

WHO is a SID, an alias of SDDL such as BA, or a name: Administrators, NT SERVICE\x, or a user or
group that the machine of the registry knows.  RIGHTS are read, write, full, single rights, a mask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from anyreg import Key
from anyreg.cli.address_arguments import AddressArgument, JsonOption, Place, opened
from anyreg.cli.address_list import AddressesArgument, AddressList
from anyreg.cli.common_options import ListingCommand, RegistryCommand
from anyreg.cli.output import complain, emit, emit_json, emit_table, printable, show_path
from anyreg.cli.progress import followed
from anyreg.errors import SecurityError
from anyreg.registry.permissions import Entry, Permissions, parsed_descriptor
from anyreg.security.access import describe_mask, parse_mask
from anyreg.security.check import Answer, check_access
from anyreg.security.descriptor import default_descriptor
from anyreg.security.token import PRIVILEGES, Token

app = typer.Typer(
    help="Permissions: whom keys belong to, and who may do what with them.",
    epilog=r"Example: anyreg acl show 'SYSTEM::ControlSet001\Services'",
)
REFUSED = 1

RecursiveOption = Annotated[bool, typer.Option("--recursive", "-r", help="The keys below, too.")]
_COLUMNS = ("Entry", "Who", "Rights", "For")


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

    def keys(place: Place) -> Iterator[tuple[Place, Key, Permissions]]:
        for key in all_keys(place) if recursive else iter([place.key]):
            try:
                yield place, key, key.security
            except SecurityError as error:
                if not recursive:
                    raise
                complain(str(error))
                many.status = 2

    for place, key, found in many.each(keys):
        title = "  ".join((*many.column(place), show_path(key.path)))
        if json:
            emit_json(many.tagged(place, _record(key, found)))
        elif sddl:
            emit(f"{title}  {found.sddl}")
        elif recursive or many.is_many:
            lines = [f"    {printable(line)}" for line in str(found).splitlines()]
            emit("\n".join([title, *lines]))
        else:
            emit_table(_COLUMNS, list(_rows(found)))
    return many.status


def all_keys(place: Place) -> Iterator[Key]:
    """A key and all below it, with a bar of progress.

    Args:
        place: The key.
    """
    keys = (step.key for step in place.key.walk())
    return followed(keys, "keys", size=place.size, total=place.total())


def _rows(found: Permissions) -> Iterator[tuple[str, ...]]:
    if found.is_missing:
        yield "none", "no security descriptor", "", ""
        return
    yield "owner", _who(found.owner), "", ""
    yield "group", _who(found.group), "", ""
    if found.dacl is None:
        yield "allow", "everyone, as there is no list", "full", ""
    for entry in [*(found.dacl or []), *(found.sacl or [])]:
        inherited = ", inherited" if entry.is_inherited else ""
        yield entry.verb, _who(entry.who), printable(entry.rights), entry.scope + inherited


def _who(principal: object) -> str:
    return "nobody" if principal is None else printable(str(principal))


def _record(key: Key, found: Permissions) -> dict[str, object]:
    return {
        "path": key.path,
        "owner": person(found.owner),
        "group": person(found.group),
        "protected": found.is_protected,
        "dacl": _entries(found.dacl),
        "sacl": _entries(found.sacl),
        "sddl": found.sddl,
    }


def person(principal: object) -> object:
    """What JSON says of somebody.

    Args:
        principal: Who; None for nobody.
    """
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
            "who": person(entry.who),
            "mask": entry.ace.mask,
            "rights": entry.rights,
            "flags": entry.ace.flags,
            "inherited": entry.is_inherited,
            "sddl": entry.sddl,
        }
        for entry in entries
    ]


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
    cls=RegistryCommand,
    epilog="Example: anyreg acl explain NTUSER.DAT::Software --as Guests --want write",
)
def explain(
    address: AddressArgument,
    *,
    asking: AsOption,
    want: Annotated[str, typer.Option("--want", metavar="RIGHTS")] = "full",
    group: GroupOption = None,
    privilege: PrivilegeOption = None,
    json: JsonOption = False,
) -> int:
    """Say whether somebody may do something, and which entry decides; exit status 1: he may not."""
    with opened(address) as place:
        key = place.key
        token = _token(key, asking, group or [], privilege or [])
        found = _what_counts(key)
        answer = check_access(found.descriptor, token, parse_mask(want))
        if json:
            emit_json(_answer_record(answer))
        else:
            _show_answer(found, answer)
    return 0 if answer.is_granted else REFUSED


def _what_counts(key: Key) -> Permissions:
    """The permissions of a key; of one without any those of a new hive's keys, as when opened."""
    return Permissions(parsed_descriptor(key, missing=default_descriptor()), key.accounts)


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
    group: GroupOption = None,
    json: JsonOption = False,
) -> int:
    """Find the keys at and below others where somebody may do something."""
    many = AddressList(addresses)
    wanted = parse_mask(can)

    def keys(place: Place) -> Iterator[tuple[Place, Key]]:
        token = _token(place.key, who, group or [], [])
        known: dict[bytes, bool] = {}  # a hive has few descriptors
        for key in all_keys(place):
            data = key.descriptor
            if data not in known:
                try:
                    found = check_access(_what_counts(key).descriptor, token, wanted)
                except SecurityError as error:
                    complain(str(error))
                    many.status = 2
                    continue
                known[data] = found.is_granted
            if known[data]:
                yield place, key

    for place, key in many.each(keys):
        if json:
            emit_json(many.tagged(place, {"path": key.path, "sddl": key.security.sddl}))
        else:
            emit("  ".join((*many.column(place), show_path(key.path))))
    return many.status
