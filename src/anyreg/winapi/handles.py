"""Handles: the numbers that programs hold, and what stands behind each.

A handle is a key of some backend, the rights that it was opened with, and the view of WOW64 that
it was opened in.  Those rights are looked at when the handle is used; whether they are granted says
the backend when the key is opened, if its registry was opened as somebody.  Handles are multiples
of 4, and below HKEY_CLASSES_ROOT have bit 1 set, as on Windows.  The predefined keys have no entry:
they are looked up in the registry that is current when they are used.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from threading import RLock
from typing import Final

from anyreg.backends import ask
from anyreg.backends.base import Backend, subkey_names
from anyreg.registry.current_registry import current_backend
from anyreg.values import Node, Value
from anyreg.winapi.constants import (
    GENERIC_ALL,
    GENERIC_EXECUTE,
    GENERIC_READ,
    GENERIC_WRITE,
    KEY_ALL_ACCESS,
    KEY_EXECUTE,
    KEY_READ,
    KEY_WOW64_RES,
    KEY_WRITE,
    MAXIMUM_ALLOWED,
)
from anyreg.winapi.errors import (
    ACCESS_DENIED,
    INVALID_HANDLE,
    INVALID_PARAMETER,
    windows_error,
)
from anyreg.winapi.performance import PREDEFINED, PerformanceBackend

_PREDEFINED: Final = 0x8000_0000
_CLASSES_ROOT: Final = 0x8000_0000
_LOW: Final = 0xFFFF_FFFF

_RIGHTS: Final = 0x011F_003F
# What the generic rights stand for: read, write, execute, all.
_GENERIC: Final = (
    (GENERIC_READ, KEY_READ),
    (GENERIC_WRITE, KEY_WRITE),
    (GENERIC_EXECUTE, KEY_EXECUTE),
    (GENERIC_ALL, KEY_ALL_ACCESS),
)


class Handle:
    """What stands behind an open handle.

    Attributes:
        backend: The registry that the key is in.
        node: The key.
        access: The rights that were granted.
        view: 0x100 or 0x200 where the handle was opened in a view of WOW64, else 0.
        mark: The low bits of its number: 2 below HKEY_CLASSES_ROOT.
        is_link: Whether the key is a symbolic link that was opened itself.
    """

    __slots__ = (
        "_is_changing",
        "_stamp",
        "_subkeys",
        "_values",
        "access",
        "backend",
        "is_link",
        "mark",
        "node",
        "view",
    )

    def __init__(
        self, backend: Backend, node: Node, access: int, view: int, mark: int, is_link: bool
    ) -> None:
        self.backend = backend
        self.node = node
        self.access = access
        self.view = view
        self.mark = mark
        self.is_link = is_link
        self._stamp: object = None
        self._is_changing = False  # whether it has changed since it was first listed
        self._subkeys: list[str] | None = None
        self._values: list[Value] | None = None

    def need(self, right: int) -> None:
        """Refuse what the handle was not opened for.

        Raises:
            PermissionError: The right was not granted.
        """
        if not self.access & right:
            raise windows_error(ACCESS_DENIED)

    def unguarded(self, rights: int) -> Handle:
        """The same key with no more questions, for who has these rights on it.

        Args:
            rights: The rights.

        Raises:
            AccessDeniedError: They were not granted.
        """
        backend, node = ask.unguarded(self.backend, self.node, rights)
        return Handle(backend, node, self.access, self.view, self.mark, self.is_link)

    def subkeys(self) -> list[str]:
        """The subkeys' names, in order; read once for all that EnumKey asks of an unchanged key."""
        self._notice_changes()
        if self._subkeys is None:
            self._subkeys = subkey_names(self.backend, self.node)
        return self._subkeys

    def values(self) -> list[Value]:
        """The values, in order; read once for all that EnumValue asks while nothing changes."""
        self._notice_changes()
        if self._values is None:
            self._values = self.backend.values(self.node)
        return self._values

    def subkey(self, index: int) -> str | None:
        """The name of the subkey at an index, None behind the last.

        All of them are read at once, but not again and again where each call follows a change, as
        of programs that delete the first subkey until there is none.
        """
        if self._notice_changes() and self._is_changing:
            child = ask.subkey_at(self.backend, self.node, index)
            if child is None:
                return None
            self.backend.release(child)
            return child.name
        found = self.subkeys()
        return found[index] if index < len(found) else None

    def value(self, index: int) -> Value | None:
        """The value at an index, None behind the last; read as subkey() does."""
        if self._notice_changes() and self._is_changing:
            return ask.value_at(self.backend, self.node, index)
        found = self.values()
        return found[index] if index < len(found) else None

    def _notice_changes(self) -> bool:
        stamp = ask.stamp(self.backend, self.node)
        if stamp == self._stamp:
            return False
        self._is_changing = self._stamp is not None
        self._stamp = stamp
        self._subkeys = self._values = None
        return True


_table: Final[dict[int, Handle]] = {}
_when_closed: Final[dict[int, Callable[[], None]]] = {}
_objects: Final[dict[int, object]] = {}  # what is no key and has a number all the same
_performance: Final = PerformanceBackend()
_private: Final[set[Backend]] = set()
_ending: Final = RLock()  # held while the last handle of a private backend is looked for
_numbers: Final[Iterator[int]] = itertools.count(4, 4)


def add(handle: Handle) -> int:
    """Give a handle its number."""
    number = next(_numbers) | handle.mark
    _table[number] = handle
    return number


def resolve(number: int) -> Handle:
    """What stands behind a number.

    Raises:
        OSError: It is no open handle (6).
    """
    handle = _table.get(number)
    return _predefined(number) if handle is None else handle


def add_object(thing: object) -> int:
    """Give something that is no key a number of the same row, such as an event."""
    number = next(_numbers)
    _objects[number] = thing
    return number


def object_of(number: int) -> object:
    """What stands behind a number that is no key's; None where nothing does."""
    return _objects.get(number)


def is_predefined(number: int) -> bool:
    """Whether a number is one of the HKEY_... constants; only its low 32 bits count."""
    return (number & _LOW) >= _PREDEFINED


def _predefined(number: int) -> Handle:
    low = number & _LOW
    if low < _PREDEFINED:
        raise windows_error(INVALID_HANDLE)
    if low in PREDEFINED:
        return Handle(_performance, _performance.root(), KEY_ALL_ACCESS, 0, 0, False)
    backend = current_backend()
    mark = 2 if low == _CLASSES_ROOT else 0
    return Handle(backend, ask.predefined(backend, low), KEY_ALL_ACCESS, 0, mark, False)


def _at_once(call: Callable[[], None]) -> None:
    call()


def when_closed(number: int, call: Callable[[], None]) -> None:
    """Have a function called when a handle is closed; a predefined one never is."""
    _when_closed[number] = call


def close(number: int, run: Callable[[Callable[[], None]], None] = _at_once) -> None:
    """Close a handle, also one of what is no key; a predefined one stays open.

    Args:
        number: The handle.
        run: What calls the function that when_closed() was given, and what ends a private backend;
            of a finalizer soon().

    Raises:
        OSError: It is no open handle (6).
    """
    handle = _table.pop(number, None)
    if handle is not None:
        if _when_closed:
            call = _when_closed.pop(number, None)
            if call is not None:
                run(call)
        if _private and handle.backend in _private:
            run(partial(_release_private, handle))
        else:
            handle.backend.release(handle.node)
    elif _objects.pop(number, None) is None and not is_predefined(number):
        raise windows_error(INVALID_HANDLE)


def open_handles(backend: Backend) -> list[Handle]:
    """Every open handle of a key that still exists in a registry."""
    handles = [handle for handle in _table.values() if handle.backend is backend]
    return [handle for handle in handles if ask.is_alive(backend, handle.node)]


def keep_private(backend: Backend) -> None:
    """Close a backend with the last handle of a key in it: it is known by nothing else."""
    _private.add(backend)


def add_private(handle: Handle) -> int:
    """As add(), for a backend that keep_private() was given; 0 where it is closed by now."""
    with _ending:
        return add(handle) if handle.backend in _private else 0


def end_private(backend: Backend) -> None:
    """Close a backend that keep_private() was given, if there is no handle of a key in it."""
    with _ending:
        if any(other.backend is backend for other in list(_table.values())):
            return
        is_last = backend in _private
        _private.discard(backend)
    if is_last:
        backend.close()


def _release_private(handle: Handle) -> None:
    handle.backend.release(handle.node)
    end_private(handle.backend)


def granted(access: int) -> int:
    """The rights that an access mask asks for; the bits of WOW64 are none.

    Raises:
        OSError: It asks for nothing (5), or for both views (87).
    """
    if access & KEY_WOW64_RES == KEY_WOW64_RES:
        raise windows_error(INVALID_PARAMETER)
    if access & MAXIMUM_ALLOWED:
        return KEY_ALL_ACCESS | access & _RIGHTS  # which may be more: the right to the SACL
    rights = access & _RIGHTS
    if access & 0xF000_0000:
        for generic, meant in _GENERIC:
            if access & generic:
                rights |= meant
    if not rights:
        raise windows_error(ACCESS_DENIED)
    return rights
