"""Reading the JSON document of `anyreg.formats.json`, key by key, in any layout that is JSON.

Every member is looked at: one that is not known, is missing, or is of another kind is an error
with its line and column.  `last_written`, and `descriptor` or `sddl`, are kept if asked for.

Source: RFC 8259; the document is that of `anyreg.formats.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from anyreg.errors import RegFileError, SecurityError
from anyreg.formats.duplicates import ONCE, Duplicates
from anyreg.formats.instructions import (
    KEYS_AND_VALUES,
    ExactKey,
    Instruction,
    SetKey,
    SetValue,
    Wanted,
    beyond_path,
)
from anyreg.formats.json import VERSION
from anyreg.formats.json_text import JsonText
from anyreg.formats.plain_data import data_bytes, hex_bytes
from anyreg.formats.prefix import Prefix
from anyreg.formats.rows import MADE_WITH
from anyreg.formats.security_text import SDDL, agreed
from anyreg.names import fold
from anyreg.security.descriptor import is_self_relative
from anyreg.types import TYPE_NUMBERS

_DOCUMENT: Final = ("format", "version", "keys")
_KEY: Final = frozenset(
    {"path", "names", "last_written", "class", "flags", "descriptor", SDDL, "values"}
)
_VALUE: Final = frozenset({"name", "type", "data", "hex"})
_LARGEST: Final = 0xFFFFFFFF
_LARGEST_TIME: Final = (1 << 64) - 1
_SHOWN: Final = 40


class _BadPart(Exception):  # noqa: N818 - it never leaves this module
    """A part of a key is not as it should be."""

    def __init__(self, steps: tuple[str | int, ...], expected: str, found: str) -> None:
        super().__init__(expected)
        self.steps = steps
        self.expected = expected
        self.found = found


def parse(
    stream: BinaryIO, *, prefix: str | None = "", wanted: Wanted = KEYS_AND_VALUES
) -> Iterator[Instruction]:
    r"""What a JSON document asks for.

    Args:
        stream: The file, read on from where it stands.
        prefix: As for .reg files; "" takes the paths as they stand.
        wanted: What of it is wanted beyond keys and values.

    Yields:
        SetKey, and SetValue for each of its values.

    Raises:
        RegFileError: At the first thing that is wrong; what stands before it has been given.

    Examples:
        >>> from io import BytesIO
        >>> for step in parse(BytesIO(b'{"format":"anyreg","version":1,"keys":[{"path":"A"}]}')):
        ...     print(step)
        SetKey(path='A', line=1, column=40, class_name=None, exact=None)
    """
    return _DocumentReader(JsonText(stream), Prefix(prefix), wanted).instructions()


class _DocumentReader:
    def __init__(self, text: JsonText, prefix: Prefix, wanted: Wanted) -> None:
        self._text = text
        self._prefix = prefix
        self._wanted = wanted
        self._begin = 0  # where the key begins that was read last
        self._duplicates = Duplicates(wanted.on_error)

    def instructions(self) -> Iterator[Instruction]:
        text = self._text
        text.take("{", "an object: a document of anyreg")
        seen: set[str] = set()
        while True:
            name = self._member(seen)
            if name == "keys":
                yield from self._keys()
            else:
                self._expect(name, {"format": "anyreg", "version": VERSION}[name])
            if text.take(",}", "a comma or the end of the object") == "}":
                break
        missing = [name for name in _DOCUMENT if name not in seen]
        if missing:
            raise text.error(f"a member {missing[0]!r} in the document", "none")
        if text.next():
            raise text.error("the end of the file")

    def _member(self, seen: set[str]) -> str:
        """The name of the document's next member."""
        text = self._text
        expected = f"one of the members {', '.join(_DOCUMENT)}, once"
        if text.next() != '"':
            raise text.error(expected)
        name, begin = text.value()
        if not isinstance(name, str) or name not in _DOCUMENT or name in seen:
            raise text.error(expected, at=begin)
        seen.add(name)
        text.take(":", "a colon")
        return name

    def _expect(self, name: str, wanted: object) -> None:
        value, begin = self._text.value()
        if type(value) is not type(wanted) or value != wanted:
            raise self._text.error(f"{wanted!r} as {name}", at=begin)

    def _keys(self) -> Iterator[Instruction]:
        text = self._text
        text.take("[", "an array of keys")
        if text.next() == "]":
            text.take("]", "")
            return
        while True:
            text.next()
            line, column = text.place()
            record, self._begin = text.value()
            try:
                yield from self._key(record, line, column)
            except _BadPart as bad:
                raise self._error(bad) from bad
            if text.take(",]", "a comma or the end of the array") == "]":
                return

    def _error(self, bad: _BadPart) -> RegFileError:
        return self._text.error_inside(self._begin, bad.steps, bad.expected, bad.found)

    def _key(self, record: object, line: int, column: int) -> list[Instruction]:
        if not isinstance(record, dict):
            raise _BadPart((), "a key, an object", _shown(record))
        _expect_members(record, _KEY, ())
        path = _text_of(record, "path", ())
        names = _names_of(record, path) if "names" in record else None
        inner, within = self._prefix.inner_by(path, names)
        if inner is None:
            raise _BadPart(("path",), self._prefix.expected, _shown(path))
        class_name = _text_of(record, "class", ()) if "class" in record else None
        exact = self._exact(record, inner, within)
        met = self._duplicates.meet(path, names)
        if met == "duplicate":
            self._report(_BadPart(("path",), ONCE.format("key"), "it twice"))
        if met != "new":
            return []
        return [
            SetKey(inner, line, column, class_name, exact),
            *self._values(record, line, column),
        ]

    def _report(self, bad: _BadPart) -> None:
        self._duplicates.report(self._error(bad))

    def _exact(
        self, record: dict[str, object], inner: str, within: list[str] | None
    ) -> ExactKey | None:
        """What is reported of a key beyond a path, and wanted."""
        written = _number_of(record, "last_written", _LARGEST_TIME)
        flags = _number_of(record, "flags", _LARGEST)
        if flags & ~MADE_WITH:
            expected = "a sum of 1 (volatile), 16 (a symbolic link) and 64 as flags"
            raise _BadPart(("flags",), expected, _shown(flags))
        descriptor = _descriptor_of(record, self._wanted.security)
        if not self._wanted.times or "last_written" not in record:
            written = -1
        return beyond_path(inner, within, flags, descriptor, written)

    def _values(self, record: dict[str, object], line: int, column: int) -> Iterator[SetValue]:
        values = record.get("values", [])
        if not isinstance(values, list):
            raise _BadPart(("values",), "an array of values", _shown(values))
        seen: set[str] = set()
        for index, value in enumerate(values):
            step = _value(value, ("values", index), line, column)
            folded = fold(step.name)
            if folded in seen:
                self._report(_BadPart(("values", index), ONCE.format("value"), "it twice"))
            else:
                seen.add(folded)
                yield step


def _names_of(record: dict[str, object], path: str) -> list[str]:
    found = record["names"]
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    if names != found or "\\".join(names) != path:
        raise _BadPart(("names",), "an array of the names that path joins", _shown(found))
    return names


def _value(record: object, at: tuple[str | int, ...], line: int, column: int) -> SetValue:
    if not isinstance(record, dict):
        raise _BadPart(at, "a value, an object", _shown(record))
    _expect_members(record, _VALUE, at)
    name = _text_of(record, "name", at)
    number = _type_of(record, at)
    if ("hex" in record) == ("data" in record):
        raise _BadPart(at, "a member data, or else hex", "both" if "hex" in record else "none")
    if "hex" in record:
        return SetValue(name, number, _hex_of(record, at, "hex"), line, column)
    data = record["data"]
    try:
        if isinstance(data, bool) or not isinstance(data, str | int | list):
            raise ValueError(f"a value of type {number} cannot hold it")
        if isinstance(data, list) and not all(isinstance(text, str) for text in data):
            raise ValueError("a list holds texts only")
        raw = data_bytes(number, data)
    except (ValueError, TypeError) as error:
        raise _BadPart((*at, "data"), f"other data ({error})", _shown(data)) from error
    return SetValue(name, number, raw, line, column)


def _type_of(record: dict[str, object], at: tuple[str | int, ...]) -> int:
    kind = record.get("type")
    if isinstance(kind, str) and kind in TYPE_NUMBERS:
        return TYPE_NUMBERS[kind]
    if isinstance(kind, int) and not isinstance(kind, bool) and 0 <= kind <= _LARGEST:
        return kind
    raise _BadPart((*at, "type"), "a type such as REG_SZ, or its number", _shown(kind))


def _hex_of(record: dict[str, object], at: tuple[str | int, ...], name: str) -> bytes:
    digits = record[name]
    raw = hex_bytes(digits) if isinstance(digits, str) else None
    if raw is None:
        raise _BadPart((*at, name), "two hex digits for each byte", _shown(digits))
    return raw


def _descriptor_of(record: dict[str, object], is_wanted: bool) -> bytes:
    descriptor = _hex_of(record, (), "descriptor") if "descriptor" in record else b""
    sddl = _text_of(record, SDDL, ()) if SDDL in record else ""
    if not is_wanted:
        return b""
    if descriptor and not is_self_relative(descriptor):
        expected = "a self-relative security descriptor"
        raise _BadPart(("descriptor",), expected, _shown(record["descriptor"]))
    try:
        return agreed(descriptor, sddl)
    except SecurityError as error:
        raise _BadPart((SDDL,), f"other SDDL ({error})", _shown(sddl)) from error


def _expect_members(
    record: dict[str, object], known: frozenset[str], at: tuple[str | int, ...]
) -> None:
    for name in record:
        if name not in known:
            raise _BadPart((*at, name), f"one of the members {', '.join(sorted(known))}", name)


def _text_of(record: dict[str, object], name: str, at: tuple[str | int, ...]) -> str:
    text = record.get(name)
    if not isinstance(text, str):
        raise _BadPart((*at, name), f"a text as {name}", _shown(text))
    return text


def _number_of(record: dict[str, object], name: str, largest: int) -> int:
    number = record.get(name, 0)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= largest:
        bits = largest.bit_length()
        raise _BadPart((name,), f"an integer of {bits} bits as {name}", _shown(number))
    return number


def _shown(thing: object) -> str:
    text = repr(thing) if thing is not None else "nothing"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
