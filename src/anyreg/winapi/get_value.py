"""RegGetValue: a value of a key at a path, if it is of one of the types that are asked for.

Unlike with Windows' function, which fills the caller's buffer first, a value that is refused is
not given.
"""

from __future__ import annotations

import os
from typing import Final

from anyreg.names import decode_utf16
from anyreg.values import Value, expand
from anyreg.winapi.conversions import to_raw
from anyreg.winapi.errors import (
    DATATYPE_MISMATCH,
    INVALID_PARAMETER,
    NOT_FOUND,
    UNSUPPORTED_TYPE,
    windows_error,
)
from anyreg.winapi.handles import resolve
from anyreg.winapi.keys import find

_KEY_QUERY_VALUE: Final = 0x0001
_REG_SZ, _REG_EXPAND_SZ, _REG_BINARY, _REG_MULTI_SZ = 1, 2, 3, 7
_ANY: Final = 0xFFFF
_ONLY_EXPANDED: Final = 0x0004
_NOEXPAND: Final = 0x1000_0000
_VIEWS: Final = 0x0003_0000
_VIEW_SHIFT: Final = 8
# The flag that lets a type pass.
_FLAGS: Final = {0: 0x01, 1: 0x02, 2: 0x04, 3: 0x08, 4: 0x10, 7: 0x20, 11: 0x40}
# How long a REG_BINARY must be that is asked for as a number.
_SIZES: Final = {0x18: 4, 0x48: 8}


def get_value(key: int, sub_key: str, name: str, flags: int = _ANY) -> Value:
    """RegGetValue.

    Args:
        key: A handle; one of the key itself needs KEY_QUERY_VALUE.
        sub_key: A path below it; "" is the key itself.
        name: The value's name, "" for the default value.
        flags: RRF_RT_... for the types that are let through, with RRF_NOEXPAND to have a
            REG_EXPAND_SZ as it is stored, and RRF_SUBKEY_WOW64... for a view.

    Returns:
        The value; its text ends with a NUL even if the stored one does not, and a REG_EXPAND_SZ
        is expanded to a REG_SZ.

    Raises:
        FileNotFoundError: There is no such key or value (2).
        OSError: It is of another type (1630), or a REG_BINARY that is no number of the size
            (1629); or the flags contradict each other (87).
    """
    wanted = flags & _ANY
    expanding = not flags & _NOEXPAND
    if flags & _VIEWS == _VIEWS:
        raise windows_error(INVALID_PARAMETER)
    if wanted & _ONLY_EXPANDED and expanding and wanted != _ANY:
        raise windows_error(INVALID_PARAMETER)
    value = _read(key, sub_key, name, (flags & _VIEWS) >> _VIEW_SHIFT)
    if value.type == _REG_EXPAND_SZ and expanding:
        text = expand(str(value.data), os.environ)
        value = Value(value.name, _REG_SZ, to_raw(_REG_SZ, text))
    _expect_type(value, wanted)
    return _terminated(value)


def _read(key: int, sub_key: str, name: str, view: int) -> Value:
    handle = resolve(key)
    if not sub_key:
        handle.need(_KEY_QUERY_VALUE)
    node = find(handle, sub_key, view or handle.view)
    found = handle.backend.read(node, name)
    if found is None:
        raise windows_error(NOT_FOUND)
    return found


def _expect_type(value: Value, wanted: int) -> None:
    if wanted != _ANY and not wanted & _FLAGS.get(value.type, 0):
        raise windows_error(UNSUPPORTED_TYPE)
    size = _SIZES.get(wanted)
    if size is not None and value.type == _REG_BINARY and len(value.raw) != size:
        raise windows_error(DATATYPE_MISMATCH)


def _terminated(value: Value) -> Value:
    """A text with the NUL that it should end with, a list with both of its."""
    ends = {_REG_SZ: "\0", _REG_EXPAND_SZ: "\0", _REG_MULTI_SZ: "\0\0"}.get(value.type, "")
    text = decode_utf16(value.raw) if ends else ""
    while ends and not text.endswith(ends):
        text += "\0"
    return (
        Value(value.name, value.type, text.encode("utf-16-le", "surrogatepass")) if ends else value
    )
