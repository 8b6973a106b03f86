"""advapi32: the registry's functions over pointers, for values."""

from __future__ import annotations

from typing import Final

from anyreg.types import REG_DWORD, REG_DWORD_BIG_ENDIAN
from anyreg.values import Value
from anyreg.winapi import constants, trees, values
from anyreg.winapi.errors import (
    DATATYPE_MISMATCH,
    INVALID_PARAMETER,
    MORE_DATA,
    NOT_FOUND,
    UNSUPPORTED_TYPE,
)
from anyreg.winapi.get_value import get_value
from anyreg.windll.arguments import as_dword, as_memory, as_number
from anyreg.windll.charsets import WIDE, Charset, is_text
from anyreg.windll.functions import TEXT, Exports
from anyreg.windll.memory import NO_ACCESS, Memory
from anyreg.windll.results import coded, put, put_name

EXPORTS: Final = Exports()

_DWORDS: Final = (REG_DWORD, REG_DWORD_BIG_ENDIAN)
_DWORD: Final = 4


@EXPORTS.add_pair("RegQueryValueEx", as_number, TEXT, as_memory, as_memory, as_memory, as_memory)
@coded
def query_value_ex(
    chars: Charset,
    key: int,
    name: str | None,
    reserved: Memory | None,
    kind: Memory | None,
    data: Memory | None,
    size: Memory | None,
) -> int:
    """RegQueryValueEx."""
    if reserved is not None or (data is not None and size is None):
        return INVALID_PARAMETER
    try:
        found = values.query_value(key, name or "")
    except OSError as error:
        if data is None and getattr(error, "winerror", 0) == NOT_FOUND:
            put(size, 0)
        raise
    put(kind, found.type)
    return _give(chars, found, data, size)


def _give(chars: Charset, found: Value, data: Memory | None, size: Memory | None) -> int:
    """Write data where the caller wants it, and its size; the code.

    A text that does not end with a NUL gets one behind it, where there is room.
    """
    raw = chars.outward(found.type, found.raw)
    if size is None:
        return 0
    room = data.room(size.get()) if data is not None else 0
    size.put(len(raw))
    if data is None:
        return 0
    if len(raw) > room:
        return MORE_DATA
    nul = bytes(chars.unit)
    is_open = is_text(found.type) and bool(raw) and not raw.endswith(nul)
    data.write(raw + nul if is_open and len(raw) + chars.unit <= room else raw)
    return 0


@EXPORTS.add_pair("RegSetValueEx", as_number, TEXT, as_dword, as_dword, as_memory, as_dword)
@coded
def set_value_ex(
    chars: Charset,
    key: int,
    name: str | None,
    reserved: int,
    kind: int,
    data: Memory | None,
    size: int,
) -> int:
    """RegSetValueEx."""
    if data is None and size:
        return NO_ACCESS
    raw = _given(chars, kind, data, size) if data is not None and size else b""
    values.set_value(key, name or "", kind, raw)
    return 0


def _given(chars: Charset, kind: int, data: Memory, size: int) -> bytes:
    """The data that a caller gives, as it is stored.

    Of a text that ends one unit before its NUL, the NUL is taken too.  A DWORD in a C long has
    four bytes, though the long has eight here.
    """
    if kind in _DWORDS and data.is_long():
        size = min(size, _DWORD)
    raw = data.read(size)
    nul = bytes(chars.unit)
    if is_text(kind) and not raw.endswith(nul) and data.has(size + chars.unit):
        longer = data.read(size + chars.unit)
        raw = longer if longer.endswith(nul) else raw
    return chars.inward(kind, raw)


@EXPORTS.add_pair("RegDeleteValue", as_number, TEXT)
@coded
def delete_value(chars: Charset, key: int, name: str | None) -> int:
    """RegDeleteValue."""
    values.delete_value(key, name or "")
    return 0


@EXPORTS.add_pair(
    "RegEnumValue",
    as_number,
    as_dword,
    as_memory,
    as_memory,
    as_memory,
    as_memory,
    as_memory,
    as_memory,
)
@coded
def enum_value(
    chars: Charset,
    key: int,
    index: int,
    name: Memory | None,
    length: Memory | None,
    reserved: Memory | None,
    kind: Memory | None,
    data: Memory | None,
    size: Memory | None,
) -> int:
    """RegEnumValue."""
    if name is None or length is None or reserved is not None:
        return INVALID_PARAMETER
    if data is not None and size is None:
        return INVALID_PARAMETER
    found = values.enum_value(key, index)
    code = put_name(chars, name, length, found.name)
    put(kind, found.type)
    return code or _give(chars, found, data, size)


@EXPORTS.add(
    "RegGetValueW",
    as_number,
    TEXT,
    TEXT,
    as_dword,
    as_memory,
    as_memory,
    as_memory,
)
@coded
def get_value_of_type(
    key: int,
    path: str | None,
    name: str | None,
    flags: int,
    kind: Memory | None,
    data: Memory | None,
    size: Memory | None,
) -> int:
    """RegGetValue: a value of a type that is not asked for is given too, with the code."""
    if data is not None and size is None:
        return INVALID_PARAMETER
    code = 0
    try:
        found = get_value(key, path or "", name or "", flags)
    except OSError as error:
        code = getattr(error, "winerror", 0)
        _clear(flags, data, size)
        if code not in (UNSUPPORTED_TYPE, DATATYPE_MISMATCH):
            raise
        found = get_value(key, path or "", name or "", flags | constants.RRF_RT_ANY)
    put(kind, found.type)
    return _give(WIDE, found, data, size) or code


def _clear(flags: int, data: Memory | None, size: Memory | None) -> None:
    if flags & constants.RRF_ZEROONFAILURE and data is not None and size is not None:
        data.write(bytes(data.room(size.get())))


@EXPORTS.add_pair("RegSetKeyValue", as_number, TEXT, TEXT, as_dword, as_memory, as_dword)
@coded
def set_key_value(
    chars: Charset,
    key: int,
    path: str | None,
    name: str | None,
    kind: int,
    data: Memory | None,
    size: int,
) -> int:
    """RegSetKeyValue."""
    if data is None and size:
        return NO_ACCESS
    raw = _given(chars, kind, data, size) if data is not None and size else b""
    trees.set_key_value(key, path or "", name or "", kind, raw)
    return 0


@EXPORTS.add_pair("RegDeleteKeyValue", as_number, TEXT, TEXT)
@coded
def delete_key_value(chars: Charset, key: int, path: str | None, name: str | None) -> int:
    """RegDeleteKeyValue."""
    trees.delete_key_value(key, path or "", name or "")
    return 0
