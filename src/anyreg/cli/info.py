"""`anyreg info`: facts on a hive and a key in it."""

from __future__ import annotations

from anyreg.cli.ls import show_time
from anyreg.cli.output import emit_json, emit_table, printable, show_path
from anyreg.cli.places import AddressArgument, JsonOption, Place, opened
from anyreg.cli.progress import followed


def info(address: AddressArgument, json: JsonOption = False) -> None:
    """Show facts on the hive, the key, and how much is below it."""
    with opened(address) as place:
        facts = _facts(place)
        if json:
            emit_json(facts)
            return
        key = facts["key"]
        key["path"] = show_path(str(key["path"]))
        key["last_written"] = show_time(place.key.last_written)
        rows = [
            (f"{part} {label}".replace("_", " "), _shown(fact))
            for part, group in facts.items()
            for label, fact in group.items()
        ]
        emit_table(("Fact", ""), rows)


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
    steps = followed(place.key.walk(), "keys", size=place.size, printed=False)
    for _, _, records in steps:
        keys += 1
        values += len(records)
        size += sum([len(value.raw) for value in records])
    return {"keys": keys, "values": values, "data_bytes": size}


def _shown(fact: object) -> str:
    if isinstance(fact, list):
        return printable("; ".join(map(str, fact))) or "-"
    return printable(str(fact)) or "-"
