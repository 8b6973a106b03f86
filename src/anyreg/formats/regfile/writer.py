r"""Writing .reg files, as regedit does: every key in tree order, its values in stored order.

No byte of a value is changed.  What is not exactly what the short forms say goes in hex, under
its own type: a REG_SZ without its NUL, with one inside, of an odd size or with control
characters is hex(1); a REG_DWORD that is not four bytes long is hex(4).

What cannot be written at all is an error: in the name of a key a line break, which would end
the line, or a backslash, which would make two keys of it; in REGEDIT4 whatever the code page
lacks, and a text of half a character.  NULs in names and line breaks in the names of values stand
as they are.

Source: Microsoft's documentation of .reg files; see `syntax`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from anyreg.errors import NotSupportedError, fail
from anyreg.formats.regfile.syntax import (
    NEWLINE,
    UNQUOTABLE,
    VERSION_5,
    Dialect,
    quoted,
)
from anyreg.formats.rows import OnError, Row
from anyreg.names import decode_utf16
from anyreg.paths import join_path
from anyreg.types import NULS, REG_BINARY, REG_DWORD, REG_SZ
from anyreg.values import Value

_DWORD_SIZE = 4
# A line of hex ends at the first comma from this column on, as regedit breaks it.
_BREAK = 77
_INDENT = "  "
_PER_BYTE = 3  # "ff,"
_PER_LINE = (_BREAK - len(_INDENT)) // _PER_BYTE * _PER_BYTE


def write(
    rows: Iterable[Row],
    prefix: str,
    dialect: Dialect = VERSION_5,
    on_error: OnError | None = None,
    *,
    on_cut: OnError | None = None,
) -> Iterator[str]:
    r"""The .reg file of a key and all below.

    Args:
        rows: The keys.
        prefix: What the registry's root is called in the file, as root_name() gives it; "" for
            keys below the roots of a whole registry.
        dialect: VERSION_5, or regedit4() with a code page.
        on_error: Called for what a .reg file cannot hold, which is then left out, a key with all
            below it; without it the error is raised.
        on_cut: Write each REG_SZ as reg.exe does: in quotes, up to its first NUL or its end.  It is
            called for each of which something is lost so; without it no byte is.

    Yields:
        The header, then the text of one key and its values; dialect.encode() makes bytes of it,
        and the file starts with dialect.mark.

    Raises:
        NotSupportedError: Something that a .reg file cannot hold.
    """
    leave_out: OnError = fail if on_error is None else on_error
    yield dialect.header + NEWLINE * 2
    for names, name, values, prune, _ in rows:
        path = "\\".join(names)
        try:
            lines = [_key_line(name if path else "", _below(prefix, path), dialect)]
        except NotSupportedError as error:
            leave_out(error)
            prune()
            continue
        kept = values if on_cut is None else [_cut(value, path, on_cut) for value in values]
        for value in kept:
            try:
                lines.append(value_line(value, dialect, path))
            except NotSupportedError as error:
                leave_out(error)
        lines += ["", ""]
        yield NEWLINE.join(lines)


def root_name(prefix: str, dialect: Dialect = VERSION_5) -> str:
    """The name of a root as it stands in a file.

    Args:
        prefix: What the root is to be called.
        dialect: The form of the file.

    Raises:
        ValueError: It cannot be called so.
    """
    prefix = prefix.strip("\\")
    if not prefix or breaks(prefix) or not dialect.holds(prefix):
        raise ValueError(f"not a name that the root of a .reg file can have: {prefix!r}")
    return prefix


def _below(prefix: str, path: str) -> str:
    return join_path(prefix, path) if path else prefix


def _key_line(name: str, path: str, dialect: Dialect) -> str:
    if "\\" in name or breaks(name):
        raise NotSupportedError("a .reg file cannot hold this name of a key", path=path)
    _require(name, dialect, "name of a key", path)
    return f"[{path}]"


def value_line(value: Value, dialect: Dialect = VERSION_5, path: str = "") -> str:
    """A value as it stands in a .reg file: one line, or several for long data.

    Args:
        value: The value.
        dialect: The form of the file.
        path: Its key, for messages.

    Raises:
        NotSupportedError: The form cannot hold it.
    """
    _require(value.name, dialect, f"name of value {value.name!r}", path)
    start = f"{quoted(value.name)}=" if value.name else "@="
    raw = value.raw
    if value.type == REG_SZ:
        text = _plain_text(raw)
        if text is not None and dialect.holds(text):
            return start + quoted(text)
    elif value.type == REG_DWORD and len(raw) == _DWORD_SIZE:
        return f"{start}dword:{int.from_bytes(raw, 'little'):08x}"
    if dialect.ansi and value.type in NULS:
        raw = _ansi_bytes(value, dialect, path)
    kind = "hex:" if value.type == REG_BINARY else f"hex({value.type:x}):"
    return _hex_lines(start + kind, raw)


def _plain_text(raw: bytes) -> str | None:
    """The text of a REG_SZ that can stand in quotes, or None."""
    if len(raw) % 2 or raw[-2:] != b"\0\0":
        return None
    text = decode_utf16(raw[:-2])
    return None if UNQUOTABLE.search(text) else text


def _cut(value: Value, path: str, on_cut: OnError) -> Value:
    """The value, a REG_SZ with its first NUL and nothing behind that."""
    if value.type != REG_SZ:
        return value
    text = decode_utf16(value.raw).partition("\0")[0]
    size = len(text.encode("utf-16-le", "surrogatepass"))
    if any(value.raw[size:]):
        message = f"the text of value {value.name!r} is cut at its first NUL, as reg.exe does it"
        on_cut(NotSupportedError(message, path=path))
    return Value(value.name, value.type, value.raw[:size] + b"\0\0")


def _ansi_bytes(value: Value, dialect: Dialect, path: str) -> bytes:
    """The bytes of a text in the code page, from which a reader makes the stored ones again."""
    text = decode_utf16(value.raw)
    if len(value.raw) % 2:
        raise NotSupportedError(
            f"REGEDIT4 cannot hold value {value.name!r}, a text of an odd number of bytes",
            path=path,
        )
    _require(text, dialect, f"text of value {value.name!r}", path)
    return dialect.encode(text)


def _hex_lines(start: str, raw: bytes) -> str:
    digits = raw.hex(",")
    room = max(-(-(_BREAK - len(start)) // _PER_BYTE), 1) * _PER_BYTE
    if len(digits) < room:  # all of it fits, the last byte has no comma
        return start + digits
    pieces = [start + digits[:room]]
    pieces += [digits[at : at + _PER_LINE] for at in range(room, len(digits), _PER_LINE)]
    return f"\\{NEWLINE}{_INDENT}".join(pieces)


def _require(text: str, dialect: Dialect, what: str, path: str) -> None:
    if not dialect.holds(text):
        raise NotSupportedError(
            f"the code page {dialect.encoding} of a REGEDIT4 file lacks characters of the {what}",
            path=path,
        )


def breaks(text: str) -> bool:
    """Whether a text would not stay on one line."""
    return "\r" in text or "\n" in text
