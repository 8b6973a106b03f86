"""Changes as they come: a line for people, an object of JSON for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from shutil import get_terminal_size
from typing import Final

from anyreg import Batch, KeyChange, Value
from anyreg.cli.address_arguments import Place
from anyreg.cli.address_list import AddressList, shown_address
from anyreg.cli.common_options import asked
from anyreg.cli.diff import descriptor_text
from anyreg.cli.output import (
    Part,
    emit_parts,
    on_terminal,
    printable,
    show_data,
    show_name,
    show_path,
)
from anyreg.formats.json import value_record
from anyreg.formats.security_text import SDDL, sddl_of
from anyreg.paths import Address
from anyreg.times import from_datetime, iso_of

_STYLES: Final = {
    "key created": "green",
    "key deleted": "red",
    "key renamed": "magenta",
    "value set": "yellow",
    "value deleted": "red",
}
_OTHER_STYLE: Final = "blue"
_WIDEST_KIND: Final = 13  # but one, which is seldom
_NARROW: Final = 72  # columns of a terminal that has no room for the time
_GAP: Final = "  "
_ARROW: Final = " -> "


def show_key_change(change: KeyChange, place: Place, many: AddressList) -> None:
    """Print one change as a line, on a terminal no wider than that.

    Args:
        change: The change.
        place: Where it is from.
        many: Whether that is to be shown.
    """
    when = change.when or datetime.now(UTC)
    address = Address(place.address.target, change.path)
    path = shown_address(address) if many.is_many else show_path(change.path)
    name = "" if change.name is None else show_name(change.name)
    texts = [path, name, *_sides(change)]
    style = _STYLES.get(change.kind, _OTHER_STYLE)
    time = f"{when:%H:%M:%S}Z"
    head: list[Part] = [(time + _GAP, "dim"), (change.kind.ljust(_WIDEST_KIND), style)]
    if on_terminal() and not asked.full:
        from anyreg.cli.terminal import fitted

        columns = get_terminal_size().columns
        if columns < _NARROW:
            head = [(change.kind, style)]
        texts = fitted(texts, columns - sum([len(text) for text, _ in head]) - _gaps(texts))
    path, name, before, after = texts
    arrow = _ARROW if before and after else ""
    data = f"{_GAP}{before}{arrow}{after}" if before or after else ""
    emit_parts(*head, (_GAP + path, "cyan"), (_GAP + name if name else "", ""), (data, ""))


def _gaps(texts: list[str]) -> int:
    """Columns between the parts of a line."""
    _, name, before, after = texts
    gaps = len(_GAP) * (1 + bool(name) + bool(before or after))
    return gaps + (len(_ARROW) if before and after else 0)


def _sides(change: KeyChange) -> tuple[str, str]:
    """What was there before, and what is there now, in words."""
    before, after = change.before, change.after
    if change.kind in {"key created", "key deleted"}:
        return "", ""  # each has a descriptor
    if isinstance(before, Value) and isinstance(after, Value) and before.type == after.type:
        return show_data(before), show_data(after)
    return _side(before), _side(after)


def _side(side: Value | str | bytes | int | None) -> str:
    if side is None:
        return ""
    if isinstance(side, Value):
        return f"{side.type_name} {show_data(side)}".rstrip()
    if isinstance(side, bytes):
        return descriptor_text(side)
    return repr(printable(side)) if isinstance(side, str) else f"0x{side:x}"


def key_change_record(change: KeyChange) -> dict[str, object]:
    """One change as an object of JSON.

    Args:
        change: The change.
    """
    return {
        "kind": change.kind,
        "path": change.path,
        "name": change.name,
        "before": _side_record(change.before),
        "after": _side_record(change.after),
        "time": None if change.when is None else iso_of(from_datetime(change.when)),
    }


def _side_record(side: Value | str | bytes | int | None) -> object:
    if isinstance(side, Value):
        return value_record(side)
    if not isinstance(side, bytes):
        return side
    sddl = sddl_of(side)
    return {"descriptor": side.hex()} | ({SDDL: sddl} if sddl else {})


def batch_record(number: int, batch: Batch) -> dict[str, object]:
    """A batch as an object of JSON.

    Args:
        number: How many batches there were with it.
        batch: The batch.
    """
    return {
        "batch": number,
        "transactions": batch.transactions,
        "resynchronised": batch.resynchronised,
        "known": batch.is_known,
        "position": batch.position,
        "changes": [key_change_record(change) for change in batch],
    }
