"""`anyreg info`: facts on a hive and a key in it."""

from __future__ import annotations

from anyreg.cli.address_arguments import JsonOption, Place
from anyreg.cli.address_list import AddressesArgument, AddressList, shown_address
from anyreg.cli.ls import show_time
from anyreg.cli.output import emit_json, emit_table, printable, show_path
from anyreg.cli.progress import followed

_TITLES = (
    "Address",
    "Version",
    "State",
    "Last written",
    "Keys",
    "Values",
    "Data bytes",
    "Problems",
)


def info(addresses: AddressesArgument, json: JsonOption = False) -> int:
    """Show facts on the hive, the key, and how much is below it; of several hives a row each."""
    many = AddressList(addresses)
    found = many.each(lambda place: [(place, _facts(place))])
    if json:
        for place, facts in found:
            emit_json(many.tagged(place, dict(facts)))
    elif many.is_many:
        emit_table(_TITLES, [_row(place, facts) for place, facts in found])
    else:
        for _, facts in found:
            _show(facts)
    return many.status


def _row(place: Place, facts: dict[str, dict[str, object]]) -> tuple[str, ...]:
    registry, below = facts["registry"], facts["all"]
    return (
        shown_address(place.address),
        str(registry.get("version", "-")),
        str(registry.get("state", "-")),
        _time(facts["key"]),
        *[f"{below[name]}" for name in ("keys", "values", "data_bytes")],
        str(registry["problems"]),
    )


def _show(facts: dict[str, dict[str, object]]) -> None:
    key = facts["key"]
    key.update(path=show_path(str(key["path"])), last_written=_time(key))
    rows = [
        (f"{part} {label}".replace("_", " "), _shown(fact))
        for part, group in facts.items()
        for label, fact in group.items()
    ]
    emit_table(("Fact", ""), rows)


def _time(key: dict[str, object]) -> str:
    written = key["last_written"]
    assert isinstance(written, int)
    return show_time(written)


def _facts(place: Place) -> dict[str, dict[str, object]]:
    key = place.key.info()
    below = _below(place)  # meets the problems, so it comes before they are counted
    return {
        "registry": {**place.registry.about(), "problems": len(place.registry.problems)},
        "key": {
            "path": key.path,
            "class": key.class_name,
            "last_written": key.filetime,
            "flags": key.flags,
            "subkeys": key.subkeys,
            "values": key.values,
        },
        "all": below,
    }


def _below(place: Place) -> dict[str, object]:
    """Counts of the key and everything below it."""
    keys = values = size = 0
    steps = followed(place.key.walk(), "keys", size=place.size, printed=False, total=place.total())
    for _, _, records in steps:
        keys += 1
        values += len(records)
        size += sum([len(value.raw) for value in records])
    return {"keys": keys, "values": values, "data_bytes": size}


def _shown(fact: object) -> str:
    if isinstance(fact, list):
        return printable("; ".join(map(str, fact))) or "-"
    return printable(str(fact)) or "-"
