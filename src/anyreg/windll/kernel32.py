"""kernel32: events, waiting, error codes, variables.

Handles of events and of keys are numbers of one row, so that CloseHandle() and RegCloseKey() close
either, as on Windows.  Events with a name are those of this process alone.
"""

from __future__ import annotations

import os
import time
from typing import Final
from weakref import WeakValueDictionary

from anyreg.values import expand
from anyreg.winapi import handles
from anyreg.winapi.errors import ALREADY_EXISTS, INVALID_HANDLE, INVALID_PARAMETER
from anyreg.winapi.events import Event, wait_for_events
from anyreg.windll.arguments import as_dword, as_memory, as_number
from anyreg.windll.charsets import Charset
from anyreg.windll.functions import TEXT, Exports
from anyreg.windll.last_error import message_of, set_system_error, system_error
from anyreg.windll.memory import Memory

EXPORTS: Final = Exports()

WAIT_TIMEOUT: Final = 0x102
WAIT_FAILED: Final = 0xFFFF_FFFF
INFINITE: Final = 0xFFFF_FFFF
_MOST_WAITED_FOR: Final = 64
_POINTER: Final = 8
_FROM_SYSTEM: Final = 0x1000
_FROM_OTHERS: Final = 0x0C00  # a string, a module
_ALLOCATE: Final = 0x0100
_MESSAGE_NOT_FOUND: Final = 317
_BUFFER_TOO_SMALL: Final = 122

_named: Final[WeakValueDictionary[str, Event]] = WeakValueDictionary()


def failed(code: int, result: int = 0) -> int:
    """Keep a code as the thread's last error; the result that says so."""
    set_system_error(code)
    return result


def event_of(number: int) -> Event | None:
    """The event behind a handle; None where it is none."""
    found = handles.object_of(number)
    return found if isinstance(found, Event) else None


@EXPORTS.add_pair("CreateEvent", as_number, as_dword, as_dword, TEXT)
def create_event(
    chars: Charset, security: int, is_manual: int, is_set: int, name: str | None
) -> int:
    """CreateEvent; one that has the name already is opened, as the last error says."""
    known = _named.get(name) if name else None
    event = known or Event(bool(is_manual), bool(is_set))
    if name:
        _named[name] = event
    set_system_error(ALREADY_EXISTS if known else 0)
    return handles.add_object(event)


@EXPORTS.add("SetEvent", as_number)
def set_event(number: int) -> int:
    """SetEvent."""
    event = event_of(number)
    if event is None:
        return failed(INVALID_HANDLE)
    event.set()
    return 1


@EXPORTS.add("ResetEvent", as_number)
def reset_event(number: int) -> int:
    """ResetEvent."""
    event = event_of(number)
    if event is None:
        return failed(INVALID_HANDLE)
    event.reset()
    return 1


@EXPORTS.add("CloseHandle", as_number)
def close_handle(number: int) -> int:
    """CloseHandle."""
    try:
        handles.close(number)
    except OSError:
        return failed(INVALID_HANDLE)
    return 1


@EXPORTS.add("WaitForSingleObject", as_number, as_dword)
def wait_for_single_object(number: int, milliseconds: int) -> int:
    """WaitForSingleObject."""
    return _wait([number], False, milliseconds)


@EXPORTS.add("WaitForMultipleObjects", as_dword, as_memory, as_dword, as_dword)
def wait_for_multiple_objects(
    count: int, numbers: Memory | None, all_of_them: int, milliseconds: int
) -> int:
    """WaitForMultipleObjects."""
    if not 0 < count <= _MOST_WAITED_FOR or numbers is None:
        return failed(INVALID_PARAMETER, WAIT_FAILED)
    data = numbers.read(count * _POINTER)
    found = [
        int.from_bytes(data[at : at + _POINTER], "little") for at in range(0, len(data), _POINTER)
    ]
    return _wait(found, bool(all_of_them), milliseconds)


def _wait(numbers: list[int], all_of_them: bool, milliseconds: int) -> int:
    events = [event for event in map(event_of, numbers) if event is not None]
    if len(events) < len(numbers):
        return failed(INVALID_HANDLE, WAIT_FAILED)
    if all_of_them and len(set(numbers)) < len(numbers):
        return failed(INVALID_PARAMETER, WAIT_FAILED)
    timeout = None if milliseconds == INFINITE else milliseconds / 1000
    index = wait_for_events(events, all_of_them, timeout)
    return WAIT_TIMEOUT if index is None else index


@EXPORTS.add("GetLastError")
def get_last_error() -> int:
    """GetLastError."""
    return system_error()


@EXPORTS.add("SetLastError", as_dword)
def set_last_error(code: int) -> int:
    """SetLastError."""
    set_system_error(code)
    return 0


@EXPORTS.add("Sleep", as_dword)
def sleep(milliseconds: int) -> int:
    """Sleep; for ever where it is INFINITE."""
    if milliseconds == INFINITE:
        Event().wait()
    time.sleep(milliseconds / 1000)
    return 0


@EXPORTS.add("LocalFree", as_number)
def local_free(number: int) -> int:
    """LocalFree of what FormatMessage has allocated: it is freed by itself."""
    return 0


@EXPORTS.add_pair("ExpandEnvironmentStrings", TEXT, as_memory, as_dword)
def expand_environment_strings(
    chars: Charset, source: str | None, target: Memory | None, size: int
) -> int:
    """ExpandEnvironmentStrings: the units that the text takes, with its NUL."""
    if source is None:
        return failed(INVALID_PARAMETER)
    text = expand(source, os.environ)
    needed = chars.length(text) + 1
    if target is not None and needed <= chars.room(target, size):
        chars.put(target, text)
    return needed


@EXPORTS.add_pair(
    "FormatMessage", as_dword, as_number, as_dword, as_dword, as_memory, as_dword, as_number
)
def format_message(
    chars: Charset,
    flags: int,
    source: int,
    code: int,
    language: int,
    target: Memory | None,
    size: int,
    arguments: int,
) -> int:
    """FormatMessage of the system's own messages."""
    if target is None or flags & _FROM_OTHERS or not flags & _FROM_SYSTEM:
        return failed(INVALID_PARAMETER)
    sentence = message_of(code)
    if not sentence:
        return failed(_MESSAGE_NOT_FOUND)
    text = f"{sentence}\r\n"
    length = chars.length(text)
    if flags & _ALLOCATE:
        target.point_to(text, chars.unit)
    elif length < chars.room(target, size):
        chars.put(target, text)
    else:
        return failed(_BUFFER_TOO_SMALL)
    return length
