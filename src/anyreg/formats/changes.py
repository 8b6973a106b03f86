r"""Changes as lines of JSON, one object a line: what `anyreg diff --json` writes, read back.

    {"kind": "added",            or "removed", "changed"
     "path": "Software\\Vendor", from the compared keys on; "" is these themselves
     "name": "Retries",          the value's; null where the key itself is meant
     "before": null,             what was there: VALUE, STATE or null
     "after": VALUE}             what is there then
    VALUE  as in the JSON document (anyreg.formats.json)
    STATE  {"class": "",         the class name
            "last_written": 13,  FILETIME
            "flags": 16,         only where it is not 0: KEY_LINK, KEY_VOLATILE, KEY_PREDEFINED
            "descriptor": "01",  only where it was looked at: in hex
            "sddl": "O:BA"}      the same as SDDL, where the bytes are a descriptor

An object of a damaged hive that path and name do not tell has `"odd": true` besides.  Lines are
read strictly: whatever is missing, of another kind or not known is an error with its line.

Source: RFC 8259 for JSON; the objects are this package's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

from anyreg.errors import PatchFileError, SecurityError
from anyreg.formats.json import marks_record, value_record
from anyreg.formats.plain_data import data_bytes
from anyreg.formats.rows import Change, KeyState, Kind
from anyreg.formats.security_text import SDDL, agreed
from anyreg.types import TYPE_NUMBERS
from anyreg.values import Value

Side = Value | KeyState | None
T = TypeVar("T")

_SHOWN = 40  # characters of what is wrong in a message
_LARGEST_TYPE = 0xFFFFFFFF
_LARGEST_TIME = (1 << 64) - 1
_LARGEST_FLAGS = 0xFFFF
_MEMBERS = frozenset({"kind", "path", "name", "before", "after"})
_HAS = {"added": (False, True), "removed": (True, False), "changed": (True, True)}


def change_record(change: Change) -> dict[str, object]:
    """One change as a JSON object.

    Args:
        change: What anyreg.diff() gives.
    """
    record: dict[str, object] = {
        "kind": change.kind,
        "path": change.path,
        "name": change.name,
        "before": side_record(change.before),
        "after": side_record(change.after),
    }
    if change.is_odd:
        record["odd"] = True
    return record


def side_record(side: Side) -> dict[str, object] | None:
    """One side of a change as a JSON object.

    Args:
        side: A value, the state of a key, or None where there is nothing.
    """
    if side is None:
        return None
    if isinstance(side, Value):
        return value_record(side)
    record: dict[str, object] = {"class": side.class_name, "last_written": side.last_written}
    return record | marks_record(side)


def read_changes(lines: Iterable[bytes]) -> Iterator[Change]:
    """The changes of a file.

    Args:
        lines: Its lines, such as a file opened for reading bytes; empty ones count for nothing.

    Yields:
        Change by change.

    Raises:
        PatchFileError: At the first bad line.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _Line(number).change(line)


class _Line:
    """A line that is being read."""

    def __init__(self, number: int) -> None:
        self._number = number

    def _wrong(self, expected: str, found: object) -> PatchFileError:
        text = found if isinstance(found, str) else json.dumps(found)
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
        return PatchFileError(f"expected {expected}, found {shown}", line=self._number)

    def change(self, line: bytes) -> Change:
        try:
            record = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise PatchFileError(f"no line of JSON: {error}", line=self._number) from error
        record = self._object(record, "a change")
        self._expect_members(record, _MEMBERS, frozenset({"odd"}))
        kind = record["kind"]
        if not isinstance(kind, str) or kind not in _HAS:
            raise self._wrong('kind "added", "removed" or "changed"', kind)
        path = self._member(record, "path", str, "a text")
        name = record["name"]
        if name is not None and not isinstance(name, str):
            raise self._wrong("name to be a text or null", name)
        sides = self._sides(record, kind, name)
        is_odd = record.get("odd", False) is not False
        return Change(cast(Kind, kind), path, name, *sides, is_odd)

    def _sides(self, record: dict[str, object], kind: str, name: str | None) -> tuple[Side, Side]:
        sides: list[Side] = []
        for member, is_there in zip(("before", "after"), _HAS[kind], strict=True):
            found = record[member]
            if (found is not None) != is_there:
                what = "an object" if is_there else "null"
                raise self._wrong(f"{member} of what is {kind} to be {what}", found)
            side = None if found is None else self._side(self._object(found, member), name)
            sides.append(side)
        return sides[0], sides[1]

    def _side(self, record: dict[str, object], name: str | None) -> Side:
        return self._state(record) if name is None else self._value(record)

    def _state(self, record: dict[str, object]) -> KeyState:
        required = frozenset({"class", "last_written"})
        self._expect_members(record, required, frozenset({"flags", "descriptor", SDDL}))
        descriptor = self._hex(record, "descriptor") if "descriptor" in record else None
        if SDDL in record:
            sddl = self._member(record, SDDL, str, "a text")
            try:
                descriptor = agreed(descriptor or b"", sddl)
            except SecurityError as error:
                raise PatchFileError(str(error), line=self._number) from error
        return KeyState(
            self._member(record, "class", str, "a text"),
            self._number_of(record, "last_written", _LARGEST_TIME),
            self._number_of(record, "flags", _LARGEST_FLAGS) if "flags" in record else 0,
            descriptor,
        )

    def _value(self, record: dict[str, object]) -> Value:
        is_hex = "hex" in record
        self._expect_members(record, frozenset({"name", "type", "hex" if is_hex else "data"}))
        name = self._member(record, "name", str, "a text")
        kind = self._type(record)
        if is_hex:
            return Value(name, kind, self._hex(record, "hex"))
        data = record["data"]
        is_list = isinstance(data, list) and all(isinstance(text, str) for text in data)
        if isinstance(data, bool) or not (is_list or isinstance(data, str | int)):
            raise self._wrong("data to be a text, an integer or a list of texts", data)
        try:
            return Value(name, kind, data_bytes(kind, cast("str | int | list[str]", data)))
        except ValueError as error:
            raise PatchFileError(str(error), line=self._number) from error

    def _type(self, record: dict[str, object]) -> int:
        kind = record["type"]
        if isinstance(kind, str) and kind in TYPE_NUMBERS:
            return TYPE_NUMBERS[kind]
        if isinstance(kind, str):
            raise self._wrong("the name or number of a type", kind)
        return self._number_of(record, "type", _LARGEST_TYPE)

    # Members

    def _object(self, found: object, what: str) -> dict[str, object]:
        if not isinstance(found, dict):
            raise self._wrong(f"{what} to be an object", found)
        return found

    def _expect_members(
        self,
        record: dict[str, object],
        required: frozenset[str],
        optional: frozenset[str] = frozenset(),
    ) -> None:
        for name in sorted(required - record.keys()):
            raise self._wrong(f"a member {name!r}", "none")
        for name in sorted(record.keys() - required - optional):
            raise self._wrong(f"the members {', '.join(sorted(required | optional))}", name)

    def _member(self, record: dict[str, object], name: str, kind: type[T], words: str) -> T:
        found = record[name]
        if not isinstance(found, kind):
            raise self._wrong(f"{name} to be {words}", found)
        return found

    def _number_of(self, record: dict[str, object], name: str, largest: int) -> int:
        found = record[name]
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= largest:
            raise self._wrong(f"{name} to be an integer from 0 to {largest}", found)
        return found

    def _hex(self, record: dict[str, object], name: str) -> bytes:
        text = self._member(record, name, str, "hex")
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise self._wrong(f"{name} to be hex, two digits a byte", text) from None
