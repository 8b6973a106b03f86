r"""A registry as one JSON document, readable and without loss.

    {"format": "anyreg", "version": 1, "keys": [KEY, KEY, ...]}

    KEY    {"path": "Software\\Vendor",     names joined by backslashes; "" for the root
            "names": ["a\\b", "c"],         only where `path` does not tell them: where one of them
                                            itself holds a backslash, or is empty
            "last_written": 1315...,        FILETIME: ticks of 100 ns since 1601, an integer
            "class": "",                    the class name
            "flags": 16,                    only of a symbolic link (16), a volatile key (1)
            "descriptor": "0100...",        only if asked for: the security descriptor in hex
            "sddl": "O:BAG:SYD:...",        the same as SDDL, where the bytes are a descriptor
            "values": [VALUE, ...]}
    VALUE  {"name": "",                     "" is the default value
            "type": "REG_SZ",               the number where the type has no name
            "data": "text"}                 where readable without loss, else
           {..., "hex": "6100"}             the stored bytes

Keys stand in pre-order, each on a line of its own; values in stored order; doubles of a damaged
hive stand twice.  `data` is a text for REG_SZ, REG_EXPAND_SZ and REG_LINK, a list of texts for
REG_MULTI_SZ, and an integer of up to 64 bits for REG_DWORD, REG_DWORD_BIG_ENDIAN and REG_QWORD:
readers that turn numbers into floating point lose digits.  Everything is ASCII, lone surrogates
are JSON escapes.

Source: RFC 8259 for JSON; the document is this package's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from anyreg.formats.plain_data import readable
from anyreg.formats.rows import KeyState, Row
from anyreg.formats.security_text import SDDL, sddl_of
from anyreg.paths import is_plain
from anyreg.types import TYPE_NUMBERS
from anyreg.values import Value

VERSION = 1

_compact = json.JSONEncoder(separators=(",", ":")).encode
_named = frozenset(TYPE_NUMBERS.values())


def write(rows: Iterable[Row]) -> Iterator[str]:
    """The document of a key and all below.

    Args:
        rows: The keys, with their states.

    Yields:
        Its opening, then one piece for each key, then its end.
    """
    opening = _compact({"format": "anyreg", "version": VERSION, "keys": []})
    yield opening.removesuffix("]}")
    separator = "\n"
    for row in rows:
        yield separator + _compact(key_record(row))
        separator = ",\n"
    yield "\n]}\n"


def key_record(row: Row) -> dict[str, object]:
    """A KEY of the document.

    Args:
        row: The key.
    """
    names, _, values, _, state = row
    record: dict[str, object] = {"path": "\\".join(names)}
    if not all(map(is_plain, names)):
        record["names"] = names
    record["last_written"] = state.last_written
    record["class"] = state.class_name
    record |= marks_record(state)
    record["values"] = [value_record(value) for value in values]
    return record


def marks_record(state: KeyState) -> dict[str, object]:
    """The members of a key that most keys lack.

    Args:
        state: What the key holds of its own.
    """
    record: dict[str, object] = {}
    if state.flags:
        record["flags"] = state.flags
    if state.descriptor is not None:
        record["descriptor"] = state.descriptor.hex()
        sddl = sddl_of(state.descriptor)
        if sddl:
            record[SDDL] = sddl
    return record


def value_record(value: Value) -> dict[str, object]:
    """A VALUE of the document.

    Args:
        value: The value.
    """
    kind = value.type_name if value.type in _named else value.type
    record: dict[str, object] = {"name": value.name, "type": kind}
    data = readable(value)
    if data is None:
        record["hex"] = value.raw.hex()
    else:
        record["data"] = data
    return record
