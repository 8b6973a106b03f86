"""Handles of the live registry: opened, kept for who needs them, closed once.

The key at the top, which holds the roots, is none of Windows': it has no handle.  The roots have
numbers that are handles for ever.  All else is opened, also what comes out of a list, but that when
it is first used: a list of a thousand keys costs no handle but that of the key that it is of.
"""

from __future__ import annotations

import logging
from ctypes import c_void_p as pointer
from ctypes import sizeof
from threading import RLock
from typing import Final, cast

from anyreg.backends.base import MAXIMUM_ALLOWED, VIEW_32, VIEW_64, Backend
from anyreg.backends.live.calls import Calls
from anyreg.backends.live.declarations import OPTION_OPEN_LINK
from anyreg.backends.live.failures import (
    INVALID_PARAMETER,
    NOT_FOUND,
    PATH_NOT_FOUND,
    PREDEFINED_HANDLE,
)
from anyreg.backends.live.node import LiveNode
from anyreg.errors import AccessDeniedError, ClosedError, KeyDeletedError, LimitError
from anyreg.names import fold, units
from anyreg.paths import ROOTS, SHORT_ROOTS
from anyreg.regf.layout import MAX_KEY_NAME
from anyreg.values import Node

_VIEWS: Final = VIEW_32 | VIEW_64
_BITS: Final = 8 * sizeof(pointer)
_HIGH: Final = (1 << _BITS) - (1 << 32)  # the sign of a root's number, where a handle is longer
_LOW: Final = 0xFFFFFFFF
_MISSING: Final = (NOT_FOUND, PATH_NOT_FOUND)
_WITH_COUNTERS: Final = "PERFLIB"  # the one key below which Windows leads to what is no key

_log: Final = logging.getLogger(__name__)


class LiveKeys(Backend):
    """The part of the live registry that opens and closes keys.

    Attributes:
        calls: Windows' functions.
    """

    def __init__(self, calls: Calls, roots: dict[str, int]) -> None:
        """Open nothing yet.

        Args:
            calls: Windows' functions.
            roots: The handle of each root, by its name.
        """
        self.calls = calls
        self._top = LiveNode("", 0, 0, stays=True)
        self._numbers: dict[int, LiveNode] = {}
        self._roots: dict[str, LiveNode] = {}
        self._open: dict[int, LiveNode] = {}
        self._lock = RLock()  # the end of a key may come in the middle of anything
        self._is_closed = False
        for name, handle in roots.items():
            node = LiveNode(name, 0, handle, stays=True)
            self._roots[fold(name)] = self._numbers[ROOTS[name]] = node
        for short, number in SHORT_ROOTS.items():
            if number in self._numbers:
                self._roots[short] = self._numbers[number]

    # Nodes

    def root(self) -> Node:
        """The key that holds the roots."""
        self.require_open()
        return self._top

    def require_open(self) -> None:
        """Make sure that the registry is not closed."""
        if self._is_closed:
            raise ClosedError("the registry is closed")

    def predefined(self, number: int) -> Node:
        """The root that a number stands for."""
        self.require_open()
        found = self._numbers.get(number & _LOW)
        if found is None:
            raise ClosedError("no such predefined key", path=f"0x{number & _LOW:08x}")
        return found

    def handle(self, node: Node) -> int:
        """The handle of a key, opened now if it is not yet; not of the top.

        Args:
            node: The key.

        Raises:
            KeyDeletedError: It came out of a list, and is gone.
        """
        self.require_open()
        own = cast(LiveNode, node)
        if own.is_released:
            raise ClosedError("the key was given back", path=own.label())
        if not own.handle:
            self._open_late(own)
        return own.handle

    def _open_late(self, own: LiveNode) -> None:
        """Open a key that came out of a list, and all above it that did."""
        with self._lock:
            way = [own]
            while way[-1].above is not None and not way[-1].above.handle:
                way.append(way[-1].above)
            for node in reversed(way):
                above = node.above
                if node.handle or above is None:
                    continue
                access = MAXIMUM_ALLOWED | node.view
                handle, code = self._open_one(above.handle, node.name, OPTION_OPEN_LINK, access)
                if code in _MISSING:
                    raise KeyDeletedError("the key was deleted", path=node.name)
                if code:
                    raise self.calls.failed(code, node.name)
                node.handle = handle
                node.above = None
                self._open[handle] = node
                self._let_go(above)

    def given(self, handle: int, view: int) -> LiveNode:
        """A node for a handle.

        Args:
            handle: The handle; it is closed with the node, or now if there is an error.
            view: The view that it was opened with.
        """
        try:
            name, time = self._name_and_time(handle)
        except BaseException:
            self.calls.close(handle)
            raise
        return self._kept(name, time, handle, view)

    def _kept(self, name: str, time: int, handle: int, view: int, asked: str = "") -> LiveNode:
        node = LiveNode(name, time, handle, None, view, False, asked)
        self._open[handle] = node
        return node

    def _name_and_time(self, handle: int) -> tuple[str, int]:
        try:
            return self.calls.name_and_time(handle, "")
        except AccessDeniedError:  # who may only write is told the path alone
            return self.calls.full_path(handle, "").rpartition("\\")[2], 0

    def listed(self, above: LiveNode, found: list[tuple[str, int]]) -> list[Node]:
        """A node for each key of a list, but for what is no key."""
        if not found:
            return []
        if above.label().upper() == _WITH_COUNTERS:
            found = [entry for entry in found if not self._are_counters(above, entry[0])]
        return self.nodes(above, found)

    def nodes(self, above: LiveNode, found: list[tuple[str, int]]) -> list[Node]:
        """A node for each entry."""
        with self._lock:
            above.uses += len(found)
        view = above.view
        return [LiveNode(name, time, 0, above, view) for name, time in found]

    def _are_counters(self, above: LiveNode, name: str) -> bool:
        """Whether Windows gives its performance counters for a name, and says so in the log."""
        handle, code = self._open_one(above.handle, name, OPTION_OPEN_LINK, MAXIMUM_ALLOWED)
        if handle:
            self.calls.close(handle)
        if code == PREDEFINED_HANDLE:
            error = self.calls.failed(code, f"{above.label()}\\{name}")
            _log.warning("left out of the subkeys: %s", error)
        return code == PREDEFINED_HANDLE

    def release(self, node: Node) -> None:
        """Close the handle, if nobody needs it any more."""
        own = cast(LiveNode, node)
        if own.stays or own.is_released:
            return
        with self._lock:
            own.is_released = True
            self._let_go(own)

    def _let_go(self, node: LiveNode) -> None:
        """One needs a node no more."""
        at: LiveNode | None = node
        while at is not None and not at.stays:
            at.uses -= 1
            if at.uses:
                return
            if at.handle and self._open.pop(at.handle, None) is not None:
                self.calls.close(at.handle)
            above, at.above = at.above, None
            at = above

    def close(self) -> None:
        """Close all handles; further calls do nothing."""
        with self._lock:
            self._is_closed = True
            while self._open:
                handle, _ = self._open.popitem()
                self.calls.close(handle)

    # Opening

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        """The key that names lead to, or None."""
        return self.opened(node, names, access, OPTION_OPEN_LINK if link else 0)

    def opened(
        self, node: Node, names: list[str], access: int, options: int, named: bool = True
    ) -> LiveNode | None:
        """The key that names lead to, or None.

        Args:
            node: Where they begin.
            names: The names.
            access: As for Backend.open().
            options: REG_OPTION_OPEN_LINK, REG_OPTION_BACKUP_RESTORE.
            named: Whether its name and time are wanted.
        """
        self.require_open()
        own, names = self.begun(node, names)
        if own is None or (own.stays and not names):
            return own
        view = access & _VIEWS or own.view
        handle, code = self._followed(own, names, options, access | view)
        if code in _MISSING:
            return None
        if code == INVALID_PARAMETER:
            raise LimitError(
                "links lead to each other without end", path="\\".join(names), winerror=code
            )
        if code:
            raise self.calls.failed(code, "\\".join(names) or own.label())
        if named:
            return self.given(handle, view)
        return self._kept("", 0, handle, view, names[-1] if names else own.label())

    def begun(self, node: Node, names: list[str]) -> tuple[LiveNode | None, list[str]]:
        """Where a handle begins on a way, and the names from there on; None where nothing does."""
        own = cast(LiveNode, node)
        if own is not self._top or not names:
            return own, names
        return self._roots.get(fold(names[0])), names[1:]

    def _followed(
        self, own: LiveNode, names: list[str], options: int, access: int
    ) -> tuple[int, int]:
        """A handle of the key at the end of a way, or 0; and the code."""
        path = "\\".join(names)
        if not _can_be(names, path):
            return 0, NOT_FOUND  # no function of Windows takes such names
        handle = self.handle(own)
        if "\0" not in path:
            return self.calls.open(handle, path, options, access)
        found = 0
        for index, name in enumerate(names):
            is_last = index == len(names) - 1
            step = options if is_last else 0
            rights = access if is_last else MAXIMUM_ALLOWED | access & _VIEWS
            below, code = self._open_one(found or handle, name, step, rights)
            if found:
                self.calls.close(found)
            if code:
                return 0, code
            found = below
        return found, 0

    def _open_one(self, handle: int, name: str, options: int, access: int) -> tuple[int, int]:
        """A handle of a subkey, or 0; and the code."""
        call = self.calls.open_child if "\0" in name else self.calls.open
        return call(handle, name, options, access)


def _can_be(names: list[str], path: str) -> bool:
    """Whether a key can have such names, which are joined as a path too."""
    if path.count("\\") != len(names) - 1 + (not names) or "" in names:
        return False
    return len(path) <= MAX_KEY_NAME // 2 or max(map(units, names)) <= MAX_KEY_NAME


def local_roots() -> dict[str, int]:
    """The handle of each root of this computer's registry."""
    return {name: number | _HIGH for name, number in ROOTS.items()}
