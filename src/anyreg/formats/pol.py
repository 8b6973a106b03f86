r"""Registry.pol: what group policy wants a part of a registry to be like.

    "PReg" 01 00 00 00                  then records, one behind the other:
    [ KEY ; VALUE ; TYPE ; SIZE ; DATA ]

Signs are UTF-16LE.  KEY is a path below HKEY_LOCAL_MACHINE or HKEY_CURRENT_USER, which the file
does not name, and VALUE a name, each with a NUL behind it; TYPE and SIZE are 32-bit integers;
DATA is SIZE bytes, whatever they are.  Where VALUE, TYPE and SIZE are all nothing, the record
makes a key.
Names that begin with two stars ask for something, in any case:

    **Del.NAME           delete the value
    **DeleteValues       delete the values in DATA, names with semicolons between them
    **DelVals.           delete all values of the key
    **DeleteKeys         delete the subkeys in DATA, names with semicolons between them
    **Soft.NAME          set the value if there is none
    **SecureKey          guard the key; left alone here, as access rights are not imported

Any other such name is passed over, as the format wants it.  A deletion makes no key.

What a policy cannot hold is an error in writing: NULs in names, values whose names would ask for
something, more than 65,535 bytes, class names aside, which are lost.

Source: Microsoft, [MS-GPREG] 2.2.1 and "Registry Policy File Format".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, NamedTuple

from anyreg.errors import NotSupportedError, RegFileError, fail
from anyreg.formats.instructions import (
    DeleteKey,
    DeleteValue,
    DeleteValues,
    Instruction,
    SelectKey,
    SetKey,
    SetMissing,
    SetValue,
)
from anyreg.formats.prefix import Prefix
from anyreg.formats.rows import OnError, Row
from anyreg.names import decode_utf16
from anyreg.paths import join_path
from anyreg.values import Value

HEADER: Final = b"PReg\1\0\0\0"
MOST_DATA: Final = 0xFFFF
_CHUNK: Final = 1 << 16
_OPEN, _NEXT, _CLOSE = (sign.encode("utf-16-le") for sign in "[;]")
_END: Final = b"\0\0"
_LIST = ";"
_numbers = struct.Struct("<I2sI2s")  # type and size, each with a semicolon behind it


class PolicyRecord(NamedTuple):
    """A record as it stands in the file.

    Attributes:
        key: The path of the key.
        name: The name of the value, or what is asked for.
        type: The type number.
        raw: The bytes.
        at: The offset in the file.
    """

    key: str
    name: str
    type: int
    raw: bytes
    at: int


# Reading


class _Policy:
    """The file, with an end that is asked for piece by piece."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0
        self._dropped = 0

    @property
    def offset(self) -> int:
        return self._dropped + self._at

    def _has(self, size: int) -> bool:
        if self._at + size > len(self._data):
            parts = [self._data[self._at :]]
            self._dropped += self._at
            have = len(parts[0])
            while have < size and (more := self._stream.read(max(_CHUNK, size - have))):
                parts.append(more)
                have += len(more)
            self._data = b"".join(parts)
            self._at = 0
        return self._at + size <= len(self._data)

    def is_at_end(self) -> bool:
        return not self._has(1)

    def take(self, size: int, expected: str) -> bytes:
        if not self._has(size):
            raise self.error(expected, "the end of the file")
        self._at += size
        return self._data[self._at - size : self._at]

    def sign(self, sign: bytes, size: int = 2) -> None:
        expected = repr(sign.decode("utf-16-le")) if size == len(_NEXT) else repr(sign)
        if not self._has(size):
            raise self.error(expected, "the end of the file")
        found = self._data[self._at : self._at + size]
        if found != sign:
            raise self.error(expected, found.hex(","))
        self._at += size

    def text(self, expected: str) -> str:
        """A text up to its NUL."""
        start = size = 0
        while True:
            size += len(_END)
            if not self._has(size):
                raise self.error(f"a NUL behind {expected}", "the end of the file")
            start = self._at
            end = self._data.find(_END, start + size - len(_END))
            while end >= 0 and (end - start) % len(_END):
                end = self._data.find(_END, end + 1)
            if end >= 0:
                self._at = end + len(_END)
                return decode_utf16(self._data[start:end])
            size = (len(self._data) - start) // len(_END) * len(_END)

    def error(self, expected: str, found: str) -> RegFileError:
        return RegFileError(f"expected {expected}, found {found}", column=self.offset + 1)


def records(stream: BinaryIO) -> Iterator[PolicyRecord]:
    """The records of a policy, as they stand.

    Args:
        stream: The file, open for reading bytes.

    Raises:
        RegFileError: The file is no policy, or a record is not as the format asks for; `column`
            is the number of the byte, and `line` 0.
    """
    source = _Policy(stream)
    source.sign(HEADER, len(HEADER))
    while not source.is_at_end():
        at = source.offset
        source.sign(_OPEN)
        key = source.text("the path of a key")
        source.sign(_NEXT)
        name = source.text("the name of a value")
        source.sign(_NEXT)
        kind, first, size, second = _numbers.unpack(source.take(_numbers.size, "type and size"))
        if first != _NEXT or second != _NEXT:
            raise RegFileError("expected type and size, each with a semicolon", column=at + 1)
        raw = source.take(size, f"{size} bytes of data")
        source.sign(_CLOSE)
        yield PolicyRecord(key, name, kind, raw, at)


def parse(stream: BinaryIO, *, prefix: str | None = "") -> Iterator[Instruction]:
    """What a policy asks for.

    Args:
        stream: The file, read on from where it stands.
        prefix: The path that the file has for the key that all paths are to be below.

    Raises:
        RegFileError: At the first byte that is wrong; what stands before it has been given.
    """
    paths = Prefix(prefix)
    for record in records(stream):
        path = paths.inner(record.key)
        place = record.at + 1
        if path is None:
            raise RegFileError(f"expected {paths.expected}, found {record.key!r}", column=place)
        if record.name[:2] == "**":
            yield from _asked(record, path, place)
        else:
            yield SetKey(path, 0, place)
            if record.name or record.type or record.raw:
                yield SetValue(record.name, record.type, record.raw, 0, place)


def _asked(record: PolicyRecord, path: str, place: int) -> Iterator[Instruction]:
    """What a record with a special name asks for."""
    word, dot, name = record.name.partition(".")
    word = word.lower()
    if word == "**soft" and dot:
        yield SetKey(path, 0, place)
        yield SetMissing(name, record.type, record.raw, 0, place)
    elif word.partition(" ")[0] == "**deletekeys":
        for subkey in _listed(record):
            yield DeleteKey(join_path(path, subkey), 0, place)
    elif word == "**del" and dot:
        yield SelectKey(path, 0, place)
        yield DeleteValue(name, 0, place)
    elif word == "**delvals":
        yield SelectKey(path, 0, place)
        yield DeleteValues(0, place)
    elif word == "**deletevalues":
        yield SelectKey(path, 0, place)
        for name in _listed(record):
            yield DeleteValue(name, 0, place)


def _listed(record: PolicyRecord) -> list[str]:
    text = decode_utf16(record.raw).partition("\0")[0]
    return [name for name in text.split(_LIST) if name]


# Writing


def write(
    rows: Iterable[Row], prefix: str | None = None, on_error: OnError | None = None
) -> Iterator[bytes]:
    """The policy that makes a registry hold what a key and all below it hold.

    Args:
        rows: The keys.
        prefix: What the registry's root is called in the file, such as "SOFTWARE", and "" for a
            user's hive; None in a whole registry, whose own roots stand in no policy.
        on_error: Called for what a policy cannot hold, which is then left out, a key with all
            below it; without it the error is raised.

    Yields:
        The header, then the records of one key.

    Raises:
        NotSupportedError: Something that a policy cannot hold.
    """
    leave_out: OnError = fail if on_error is None else on_error
    yield HEADER
    for names, name, values, prune, _ in rows:
        try:
            path = _path(names, name, prefix)
            pieces = [] if values or not path else [_record(path, "", 0, b"")]
        except NotSupportedError as error:
            leave_out(error)
            prune()
            continue
        for value in values:
            try:
                pieces.append(_value_record(path, value))
            except NotSupportedError as error:
                leave_out(error)
        yield b"".join(pieces)


def _path(names: list[str], name: str, prefix: str | None) -> str:
    path = "\\".join(names)
    if path and ("\\" in name or "\0" in name or not name):
        raise NotSupportedError("a policy cannot hold this name of a key", path=path)
    if prefix is None:
        return path.partition("\\")[2]
    return f"{prefix}\\{path}".strip("\\")


def _value_record(path: str, value: Value) -> bytes:
    what = f"value {value.name!r}"
    if not path:
        raise NotSupportedError(f"a policy has no name for the root, which holds {what}")
    if value.name.startswith("**") or "\0" in value.name:
        raise NotSupportedError(f"a policy cannot hold the name of {what}", path=path)
    if len(value.raw) > MOST_DATA:
        raise NotSupportedError(f"a policy holds {MOST_DATA} bytes, and not {what}", path=path)
    if not (value.name or value.type or value.raw):
        raise NotSupportedError(f"a policy cannot hold {what}, a REG_NONE of no bytes", path=path)
    return _record(path, value.name, value.type, value.raw)


def _record(path: str, name: str, kind: int, raw: bytes) -> bytes:
    key, value = (f"{text}\0".encode("utf-16-le", "surrogatepass") for text in (path, name))
    numbers = _numbers.pack(kind, _NEXT, len(raw), _NEXT)
    return b"".join((_OPEN, key, _NEXT, value, _NEXT, numbers, raw, _CLOSE))
