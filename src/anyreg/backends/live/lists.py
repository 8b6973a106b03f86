"""Lists of a key's subkeys and values, and its counts.

A list is read by index, and what another program deletes meanwhile moves the rest: it counts only
if the key is of the same time and holds as many as before; else it is read anew.  One look before
and one behind do for both lists.

Each look and each entry is one question to the kernel, by its own functions, which give name and
data at once.  A handle that is none of the kernel's needs those of the registry: that of a root,
and below HKEY_CLASSES_ROOT those of keys with two sides, which Windows marks in their lowest bits.

Buffers belong to one call: a signal's handler, or the end of a key, may run in the middle of it.
"""

from __future__ import annotations

from codecs import utf_16_le_decode
from collections.abc import Iterator
from ctypes import byref, c_char, c_uint32, c_uint64, create_string_buffer, create_unicode_buffer
from struct import Struct
from typing import Any, Final, NamedTuple

from anyreg.backends.live.declarations import (
    BASIC,
    BUFFER_OVERFLOW,
    BUFFER_TOO_SMALL,
    FULL,
    FULL_VALUE,
    MORE_DATA,
    NO_MORE_ENTRIES,
    NO_MORE_ITEMS,
)
from anyreg.backends.live.native import KernelCalls
from anyreg.values import Value

FIRST: Final = 1024  # bytes of data that are read without asking for the size
_MOST_HANDLE: Final = 0x7FFFFFFF  # of those that the kernel gives
_MARKS: Final = 3
_MOST_CLASS: Final = 0x8000  # units, more than any class has
_MOST_NAME: Final = 16384  # units of a value's name, with its NUL
_TRIES: Final = 16  # lists that are read anew before one counts that others are changing
_SMALL: Final = (BUFFER_OVERFLOW, BUFFER_TOO_SMALL)

_FACTS: Final = Struct("<Q4x4I4x3I")  # time, class, its bytes, subkeys, name, values, name, data
_KEY: Final = Struct("<Q4xI")  # time, bytes of the name
_VALUE: Final = Struct("<4x4I")  # type, where its data is, bytes of it, bytes of the name
_KEY_HEAD: Final = _KEY.size
_VALUE_HEAD: Final = _VALUE.size
_LOOK: Final = 256
_Look: Final = c_char * _LOOK
_Room: Final = c_char * FIRST
_IGNORED: Final = byref(c_uint32())  # how much room is needed: more is tried without


class Counts(NamedTuple):
    """What a key says of itself.

    Attributes:
        subkeys: Number of subkeys.
        longest_subkey: Units of the longest name of these.
        values: Number of values.
        longest_name: Units of the longest name of these.
        largest_data: Bytes of the largest data.
        time: When it was written last.
        class_name: The key's class.
    """

    subkeys: int
    longest_subkey: int
    values: int
    longest_name: int
    largest_data: int
    time: int
    class_name: str


Lists = tuple[list[tuple[str, int]], list[Value]]
"""The names and times of subkeys, and values."""


class ListCalls(KernelCalls):
    """What a key holds."""

    def counts(self, handle: int, path: str, with_class: bool = False) -> Counts:
        """What a key says of itself; its class only if wanted."""
        if not is_kernels(handle):
            return self._root_counts(handle, path, with_class)
        data = self._look(handle, path, with_class)
        time, at, length, subkeys, longest, values, name, size = _FACTS.unpack_from(data)
        kind = data[at : at + length].decode("utf-16-le", "surrogatepass") if with_class else ""
        return Counts(subkeys, longest // 2, values, name // 2, size, time, kind)

    def _look(self, handle: int, path: str, with_class: bool = False) -> bytes:
        """The same as the kernel gives it, which is equal as long as nothing has changed."""
        room: Any = _Look()
        size = _LOOK
        while True:
            status = self.windows.query_key(handle, FULL, room, size, _IGNORED)
            if status == 0 or (status == BUFFER_OVERFLOW and not with_class):
                found: bytes = room[: size if with_class else _FACTS.size]
                return found
            if status not in _SMALL:
                self.require(status, path)
            size *= 4
            room = (c_char * size)()

    def _root_counts(self, handle: int, path: str, with_class: bool) -> Counts:
        numbers = [c_uint32() for _ in range(5)]
        subkeys, longest, values, name, data = numbers
        time, length = c_uint64(), c_uint32(_MOST_CLASS)
        room: Any = create_unicode_buffer(_MOST_CLASS) if with_class else None
        code = self.windows.query_info(
            *(handle, room, byref(length) if with_class else None, None),
            *(byref(subkeys), byref(longest), None),
            *(byref(values), byref(name), byref(data), None, byref(time)),
        )
        if code:
            raise self.failed(code, path)
        found = [number.value for number in numbers]
        kind = room[: length.value] if with_class else ""
        return Counts(found[0], found[1], found[2], found[3], found[4], time.value, kind)

    def subkeys(self, handle: int, path: str) -> list[tuple[str, int]]:
        """Names and times of all subkeys."""
        return self.lists(handle, path, True, False)[0]

    def values(self, handle: int, path: str) -> list[Value]:
        """All values."""
        return self.lists(handle, path, False, True)[1]

    def lists(
        self, handle: int, path: str, with_keys: bool = True, with_values: bool = True
    ) -> Lists:
        """Names and times of all subkeys, and all values; of what is not wanted, none."""
        if not is_kernels(handle):
            return self._root_lists(handle, path, with_keys, with_values)
        keys: list[tuple[str, int]] = []
        values: list[Value] = []
        told = self._look(handle, path)
        for _ in range(_TRIES):
            _, _, _, subkeys, key_name, count, name, data = _FACTS.unpack(told)
            if not with_keys:
                subkeys = 0
            if not with_values:
                count = 0
            if not subkeys and not count:
                return [], []
            if subkeys:
                keys = self._subkeys(handle, path, subkeys, key_name + _KEY_HEAD)
            if count:
                values = self._values(handle, path, count, name + data + _VALUE_HEAD)
            later = self._look(handle, path)
            if later == told and len(keys) == subkeys and len(values) == count:
                break
            told = later
        return keys, values

    # Of keys that are the kernel's

    def _rooms(
        self, call: Any, handle: int, path: str, kind: int, count: int, size: int
    ) -> Iterator[Any]:
        """What the kernel says of each of so many entries, in a room that the next one takes."""
        room: Any = _Room() if size <= FIRST else (c_char * size)()
        size = len(room)
        for index in range(count):
            status = call(handle, index, kind, room, size, _IGNORED)
            while status in _SMALL:
                size *= 2
                room = (c_char * size)()
                status = call(handle, index, kind, room, size, _IGNORED)
            if status == NO_MORE_ENTRIES:
                break
            if status:
                self.require(status, path)
            yield room

    def _subkeys(self, handle: int, path: str, count: int, size: int) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for room in self._rooms(self.windows.list_keys, handle, path, BASIC, count, size):
            time, length = _KEY.unpack_from(room)
            name = utf_16_le_decode(room[_KEY_HEAD : _KEY_HEAD + length], "surrogatepass", True)[0]
            found.append((name, time))
        return found

    def _values(self, handle: int, path: str, count: int, size: int) -> list[Value]:
        found: list[Value] = []
        for room in self._rooms(self.windows.list_values, handle, path, FULL_VALUE, count, size):
            kind, at, length, end = _VALUE.unpack_from(room)
            name = utf_16_le_decode(room[_VALUE_HEAD : _VALUE_HEAD + end], "surrogatepass", True)[0]
            found.append(Value(name, kind, room[at : at + length]))
        return found

    # Of others

    def _root_lists(self, handle: int, path: str, with_keys: bool, with_values: bool) -> Lists:
        keys: list[tuple[str, int]] = []
        values: list[Value] = []
        told = self.counts(handle, path)
        for _ in range(_TRIES):
            keys = self._root_subkeys(handle, path, told) if with_keys else []
            values = self._root_values(handle, path, told) if with_values else []
            later = self.counts(handle, path)
            is_whole = (not with_keys or len(keys) == later.subkeys) and (
                not with_values or len(values) == later.values
            )
            if is_whole and later == told:
                break
            told = later
        return keys, values

    def _root_subkeys(self, handle: int, path: str, told: Counts) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        while len(found) < told.subkeys:
            entry = self.subkey_at(handle, path, len(found))
            if entry is None:
                break
            found.append(entry)
        return found

    def _root_values(self, handle: int, path: str, told: Counts) -> list[Value]:
        found: list[Value] = []
        while len(found) < told.values:
            value = self._value_at(handle, path, len(found), told.largest_data + 2)
            if value is None:
                break
            found.append(value)
        return found

    def subkey_at(self, handle: int, path: str, index: int) -> tuple[str, int] | None:
        """Name and time of the subkey at an index; None behind the last."""
        units = 512  # more than any name of a key has
        room: Any = create_unicode_buffer(units)
        size, time = c_uint32(units), c_uint64()
        code = self.windows.enum_key(
            handle, index, room, byref(size), None, None, None, byref(time)
        )
        if code == NO_MORE_ITEMS:
            return None
        if code:
            raise self.failed(code, path)
        return room[: size.value], time.value

    def value_at(self, handle: int, path: str, index: int) -> Value | None:
        """The value at an index; None behind the last."""
        return self._value_at(handle, path, index, FIRST)

    def _value_at(self, handle: int, path: str, index: int, bytes_: int) -> Value | None:
        name: Any = create_unicode_buffer(_MOST_NAME)
        length, size, kind = c_uint32(), c_uint32(), c_uint32()
        while True:
            data: Any = create_string_buffer(bytes_)
            length.value, size.value = _MOST_NAME, bytes_
            code = self.windows.enum_value(
                *(handle, index, name, byref(length), None, byref(kind), data, byref(size)),
            )
            if code == 0:
                return Value(name[: length.value], kind.value, data[: size.value])
            if code == NO_MORE_ITEMS:
                return None
            if code != MORE_DATA:
                raise self.failed(code, path)
            bytes_ = max(size.value + 2, bytes_ * 2)


def is_kernels(handle: int) -> bool:
    """Whether the kernel's own functions take a handle, and mean the same key.

    Args:
        handle: The handle.
    """
    return handle <= _MOST_HANDLE and not handle & _MARKS
