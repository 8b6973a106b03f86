"""RegGetValue: a value of a key at a path, if it is of one of the types that are asked for.

Unlike with Windows' function, which fills the caller's buffer first, a value that is refused is
not given.
"""

from __future__ import annotations

import os
from typing import Final

from anyreg.names import decode_utf16
from anyreg.types import NULS, REG_BINARY, REG_EXPAND_SZ, REG_SZ, ValueType
from anyreg.values import Value, expand
from anyreg.winapi import constants
from anyreg.winapi.conversions import to_raw
from anyreg.winapi.errors import (
    DATATYPE_MISMATCH,
    INVALID_PARAMETER,
    NOT_FOUND,
    UNSUPPORTED_TYPE,
    windows_error,
)
from anyreg.winapi.handles import resolve
from anyreg.winapi.keys import lent

_VIEWS: Final = constants.RRF_SUBKEY_WOW6464KEY | constants.RRF_SUBKEY_WOW6432KEY
_VIEW_SHIFT: Final = 8
# The flag that lets a type pass, of those that have one.
_FLAGS: Final[dict[int, int]] = {
    kind: flag for kind in ValueType if (flag := getattr(constants, f"RRF_RT_{kind.name}", 0))
}
# How long a REG_BINARY must be that is asked for as a number.
_SIZES: Final = {constants.RRF_RT_DWORD: 4, constants.RRF_RT_QWORD: 8}


def get_value(key: int, sub_key: str, name: str, flags: int = constants.RRF_RT_ANY) -> Value:
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
    wanted = flags & constants.RRF_RT_ANY
    expanding = not flags & constants.RRF_NOEXPAND
    if flags & _VIEWS == _VIEWS:
        raise windows_error(INVALID_PARAMETER)
    if wanted & constants.RRF_RT_REG_EXPAND_SZ and expanding and wanted != constants.RRF_RT_ANY:
        raise windows_error(INVALID_PARAMETER)
    value = _read(key, sub_key, name, (flags & _VIEWS) >> _VIEW_SHIFT)
    if value.type == REG_EXPAND_SZ and expanding:
        text = expand(str(value.data), os.environ)
        value = Value(value.name, REG_SZ, to_raw(REG_SZ, text))
    _expect_type(value, wanted)
    return _terminated(value)


def _read(key: int, sub_key: str, name: str, view: int) -> Value:
    handle = resolve(key)
    if not sub_key:
        handle.need(constants.KEY_QUERY_VALUE)
    with lent(handle, sub_key, constants.KEY_QUERY_VALUE | (view or handle.view)) as node:
        found = handle.backend.read(node, name)
    if found is None:
        raise windows_error(NOT_FOUND)
    return found


def _expect_type(value: Value, wanted: int) -> None:
    if wanted != constants.RRF_RT_ANY and not wanted & _FLAGS.get(value.type, 0):
        raise windows_error(UNSUPPORTED_TYPE)
    size = _SIZES.get(wanted)
    if size is not None and value.type == REG_BINARY and len(value.raw) != size:
        raise windows_error(DATATYPE_MISMATCH)


def _terminated(value: Value) -> Value:
    """A text with the NUL that it should end with, a list with both of its."""
    ends = "\0" * NULS.get(value.type, 0)
    text = decode_utf16(value.raw) if ends else ""
    while ends and not text.endswith(ends):
        text += "\0"
    return (
        Value(value.name, value.type, text.encode("utf-16-le", "surrogatepass")) if ends else value
    )
