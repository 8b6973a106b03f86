"""The dump: every key and value on a JSON line of its own, made to be compared and hashed.

    ["k",path,last_written,class_name]     a key; the time is its FILETIME, an integer
    ["v",name,type,hex]                    a value of the key above it

Keys come in pre-order; subkeys and values in stored order, doubles included.  The root's path is
"", other paths are names joined by one backslash.  Lines are ASCII, without spaces between their
items, and end in a line feed; lone surrogates stay, as JSON escapes.  This form is fixed to the
byte: digests of it are kept.

Source: RFC 8259 for JSON; the lines are this package's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from anyreg.formats.rows import Row

_row = json.JSONEncoder(separators=(",", ":")).encode


def write(rows: Iterable[Row]) -> Iterator[str]:
    """The dump of a key and all below.

    Args:
        rows: The keys; paths are those of the registry, also below another key than its root, so
            that the dump of a key is a part of the dump of the whole.

    Yields:
        The lines of one key and its values.
    """
    for names, _, values, _, state in rows:
        lines = [_row(["k", "\\".join(names), state.last_written, state.class_name])]
        lines += [_row(["v", value.name, value.type, value.raw.hex()]) for value in values]
        lines.append("")
        yield "\n".join(lines)
