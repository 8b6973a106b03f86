"""The registry of another machine, as it is read.

The roots are opened when they are first used.  Any other key has the names that led to it, and a
handle once it is needed, which is opened from its root by all of them in one call.  The server says
of no key how its name is spelled, but in a list: so a key that was opened has the spelling that was
asked for, and its time when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Final, cast

from anyreg.backends.abilities import (
    About,
    Distant,
    Inspected,
    Interruptible,
    Quick,
    Reached,
    Whole,
)
from anyreg.backends.base import MAXIMUM_ALLOWED, VIEW_32, VIEW_64, Backend, KeyFacts
from anyreg.backends.live.declarations import DACL, GROUP, OPTION_OPEN_LINK, OWNER
from anyreg.backends.live.nt_paths import path_of
from anyreg.backends.remote.calls import ACCESS_DENIED, RemoteCalls, with_reading
from anyreg.backends.remote.conversations import NOT_FOUND, RemoteCounts
from anyreg.backends.remote.node import RemoteNode
from anyreg.errors import ClosedError, KeyDeletedError
from anyreg.names import fold, units
from anyreg.paths import ROOTS, SHORT_ROOTS
from anyreg.problems import Problem
from anyreg.regf.layout import MAX_KEY_NAME, MAX_VALUE_NAME
from anyreg.rpc.arguments import ContextHandle
from anyreg.rpc.registry_calls import (
    OpenClassesRootRequest,
    OpenCurrentConfigRequest,
    OpenCurrentUserRequest,
    OpenLocalMachineRequest,
    OpenPerformanceDataRequest,
    OpenRootRequest,
    OpenUsersRequest,
)
from anyreg.values import Node, Value

READ_PARTS: Final = OWNER | GROUP | DACL
VIEWS: Final = VIEW_32 | VIEW_64
_PATH_NOT_FOUND: Final = 3
_MISSING: Final = (NOT_FOUND, _PATH_NOT_FOUND)
_LOW: Final = 0xFFFFFFFF
_CALLS: Final[dict[str, type[OpenRootRequest]]] = {
    "HKEY_CLASSES_ROOT": OpenClassesRootRequest,
    "HKEY_CURRENT_USER": OpenCurrentUserRequest,
    "HKEY_LOCAL_MACHINE": OpenLocalMachineRequest,
    "HKEY_USERS": OpenUsersRequest,
    "HKEY_CURRENT_CONFIG": OpenCurrentConfigRequest,
    "HKEY_PERFORMANCE_DATA": OpenPerformanceDataRequest,
}
IN_32: Final = " (32-bit view)"  # behind the name of a root whose keys were opened in that view
_PERFORMANCE: Final = {"HKEY_PERFORMANCE_DATA": 0x80000004}  # which no list shows
_ALL: Final = ROOTS | _PERFORMANCE


class RemoteReading(Backend, Quick, Whole, Inspected, Interruptible, Distant):
    """The part that changes nothing.

    Attributes:
        calls: The methods of the server.
    """

    def __init__(self, calls: RemoteCalls) -> None:
        """Open nothing yet.

        Args:
            calls: The methods of the server.
        """
        self.calls = calls
        self.top = RemoteNode("", 0, [], stays=True)
        self._numbers = {_ALL[name]: RemoteNode(name, 0, [name], stays=True) for name in _CALLS}
        self.roots = {fold(node.name): node for node in self._numbers.values()}
        for short, number in SHORT_ROOTS.items():
            self.roots[short] = self._numbers[number]
        for name in ROOTS:  # where the names of notes lead
            self.roots[fold(name + IN_32)] = RemoteNode(name, 0, [name], None, VIEW_32, True)
        self._lock = RLock()
        self._is_closed = False

    def waits(self) -> int:
        """How often the way there and back was waited for so far."""
        return self.calls.channel.round_trips

    # Nodes

    def root(self) -> Node:
        """The key that holds the roots."""
        self.require_open()
        return self.top

    def require_open(self) -> None:
        """Make sure that the registry is not closed."""
        if self._is_closed:
            raise ClosedError("the registry is closed")

    def require_usable(self, own: RemoteNode) -> None:
        """Make sure that a key was not given back, nor the registry closed."""
        self.require_open()
        if own.is_released:
            raise ClosedError("the key was given back", path=own.name)

    def predefined(self, number: int) -> Node:
        """The root that a number stands for."""
        self.require_open()
        found = self._numbers.get(number & _LOW)
        if found is None:
            raise ClosedError("no such predefined key", path=f"0x{number & _LOW:08x}")
        return found

    def handle(self, node: Node) -> ContextHandle:
        """The handle of a key, opened now if it is not yet; not of the top.

        Args:
            node: The key.

        Raises:
            KeyDeletedError: It is gone.
        """
        own = cast(RemoteNode, node)
        self.require_usable(own)
        with self._lock:
            epoch = self.calls.channel.ready()
            if own.handle is None or own.epoch != epoch:
                access = own.access or MAXIMUM_ALLOWED | own.view
                found, code = self._opened(own.way, access, own.options)
                if code:
                    raise self.calls.failed(code, "\\".join(own.way))
                own.handle, own.epoch = found, epoch
            handle = cast(ContextHandle, own.handle)
        if own.is_released:  # by another thread, or a finalizer, meanwhile
            self.calls.channel.give_back(handle, epoch)
        return handle

    def _opened(self, way: list[str], access: int, options: int) -> tuple[ContextHandle, int]:
        root = self.roots[fold(way[0])]
        if len(way) == 1:
            return self.calls.open_root(_CALLS[root.name](access=access & ~VIEWS))
        return self.calls.open(self.handle(root), "\\".join(way[1:]), options, access)

    def release(self, node: Node) -> None:
        """Give the handle back, if there is one; without a lock, as finalizers come here too."""
        own = cast(RemoteNode, node)
        if own.stays or own.is_released:
            return
        own.is_released = True
        handle, own.handle = own.handle, None
        if handle is not None and not self._is_closed:
            self.calls.channel.give_back(cast(ContextHandle, handle), own.epoch)

    def close(self) -> None:
        """Close the connection, with all handles; further calls do nothing."""
        with self._lock:
            is_first, self._is_closed = not self._is_closed, True
        if is_first:
            self.calls.channel.close()

    def interrupt(self) -> None:
        """End the connection, whoever waits for an answer."""
        self.calls.channel.interrupt()

    # Opening

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        """The key that names lead to, or None."""
        self.require_open()
        own, names = self.begun(node, names)
        if own is None or (own.stays and not names):
            return own
        if any(not name or "\\" in name or units(name) > MAX_KEY_NAME for name in names):
            return None  # no call takes such names, and Samba harms its own keys with long ones
        if any("\0" in name for name in names):
            return None
        view = access & VIEWS or own.view
        options = OPTION_OPEN_LINK if link else 0
        path, given = "\\".join(names), with_reading(access) | view
        handle, code = self.calls.open(self.handle(own), path, options, given)
        if code == ACCESS_DENIED and given != access | view:
            given = access | view
            handle, code = self.calls.open(self.handle(own), path, options, given)
        if code in _MISSING and names:
            return None
        if code:
            raise self.calls.failed(code, path or own.name)
        return self.opened([*own.way, *names], handle, given, options)

    def opened(
        self, way: list[str], handle: ContextHandle, access: int, options: int
    ) -> RemoteNode:
        """A key that was just opened, or made.

        Args:
            way: The names that led to it.
            handle: Its handle.
            access: The mask that it was opened with.
            options: The options.
        """
        node = RemoteNode(way[-1], 0, way, handle, access & VIEWS)
        node.epoch, node.access, node.options = self.calls.channel.epoch, access, options
        return node

    def begun(self, node: Node, names: list[str]) -> tuple[RemoteNode | None, list[str]]:
        """Where a handle begins on a way, and the names from there on; None where nothing does."""
        own = cast(RemoteNode, node)
        if own is not self.top or not names:
            return own, names
        return self.roots.get(fold(names[0])), names[1:]

    # Where keys are

    def names(self, node: Node) -> list[str]:
        """The names that have led to a key."""
        self.require_open()
        return list(cast(RemoteNode, node).way)

    def nt_path(self, node: Node) -> str:
        """The path of a key in the kernel."""
        return path_of(self.names(node))

    def has_roots(self, node: Node) -> bool:
        """Whether it is the top."""
        return node is self.top

    def is_fixed(self, node: Node) -> bool:
        """Whether a key is a root."""
        return cast(RemoteNode, node).stays

    def lasts(self, node: Node) -> bool:
        """Whether a hive keeps the key, as far as the server says."""
        return not cast(RemoteNode, node).stays

    def below(self, node: Node, top: Node) -> list[Node]:
        """The subkeys; of the top the two roots that all others are in."""
        if node is not self.top:
            return self.subkeys(node)
        return [self._numbers[ROOTS[name]] for name in ("HKEY_LOCAL_MACHINE", "HKEY_USERS")]

    def seen_child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, links as such."""
        return self.open(node, [name], link=True)

    def sides(self, node: Node) -> list[Node]:
        """The key itself."""
        return [node]

    def above(self, node: Node) -> Node | None:
        """The key that a key stands in."""
        way = cast(RemoteNode, node).way
        return self.open(self.top, way[:-1]) if way else None

    def reach(self, node: Node, names: list[str], access: int, link: bool) -> Reached:
        """How far names lead, found by halving: a key is there if one below it is."""
        best: Node = node
        found, count = 0, len(names)  # what is known to lead somewhere, and what is tried
        missing = len(names) + 1
        while found < missing - 1:
            key = self.open(node, names[:count], access, link and count == len(names))
            if key is None:
                missing = count
            else:
                if best is not node:
                    self.release(best)
                best, found = key, count
            count = (found + missing) // 2
        return best, names[found:]

    # Reading

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in the order of the server; of the top the roots that it has."""
        own = cast(RemoteNode, node)
        if own is self.top:
            return [self._numbers[ROOTS[name]] for name in ROOTS if self._is_there(name)]
        return list[Node](self.listed(own, self.calls.subkeys(self.handle(own), own.name)))

    def _is_there(self, root: str) -> bool:
        try:
            self.handle(self._numbers[ROOTS[root]])
        except KeyDeletedError:
            return False
        return True

    def _listed(self, above: RemoteNode, name: str, time: int) -> RemoteNode:
        node = RemoteNode(name, time, [*above.way, name], None, above.view)
        node.options = OPTION_OPEN_LINK
        return node

    def listed(self, above: RemoteNode, found: list[tuple[str, int]]) -> list[RemoteNode]:
        """Keys of what a key lists.

        Args:
            above: The key.
            found: Names and times of its subkeys.
        """
        return [self._listed(above, *one) for one in found]

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index, None behind the last."""
        own = cast(RemoteNode, node)
        if own is self.top:
            roots = self.subkeys(own)
            return roots[index] if index < len(roots) else None
        found = self.calls.subkey_at(self.handle(own), own.name, index)
        return None if found is None else self._listed(own, *found)

    def values(self, node: Node) -> list[Value]:
        """All values, in the order of the server."""
        own = cast(RemoteNode, node)
        return [] if own is self.top else self.calls.values(self.handle(own), own.name)

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        own = cast(RemoteNode, node)
        return None if own is self.top else self.calls.value_at(self.handle(own), own.name, index)

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None; it has the spelling that was asked for."""
        own = cast(RemoteNode, node)
        if own is self.top or units(name) > MAX_VALUE_NAME or "\0" in name:
            return None
        return self.calls.value(self.handle(own), own.name, name)

    def info(self, node: Node) -> KeyFacts:
        """What a key says of itself, as it is now; the server says nothing of its flags."""
        own = cast(RemoteNode, node)
        if own is self.top:
            return KeyFacts(len(self.subkeys(own)), 0, "", 0, "", 0)
        return self.facts_of(own, self.calls.counts(self.handle(own), own.name))

    @staticmethod
    def facts_of(own: RemoteNode, told: RemoteCounts) -> KeyFacts:
        """What a key says of itself, as it said it.

        Args:
            own: The key.
            told: What it said.
        """
        own.last_written = told.time
        return KeyFacts(told.subkeys, told.values, told.class_name, 0, own.name, told.time)

    def fresh(self, node: Node) -> Node:
        """The key itself, with its time as it is now."""
        own = cast(RemoteNode, node)
        if own is not self.top:
            try:
                self.info(own)
            except KeyDeletedError:
                pass
        return own

    def is_alive(self, node: Node) -> bool:
        """Whether the key still exists."""
        own = cast(RemoteNode, node)
        try:
            self.stamp(own)
        except KeyDeletedError:
            return False
        return True

    def stamp(self, node: Node) -> object:
        """Counts and time."""
        own = cast(RemoteNode, node)
        return None if own is self.top else self.calls.counts(self.handle(own), own.name)

    def security(self, node: Node) -> bytes:
        """A key's descriptor, with the parts that may be read without a privilege."""
        own = cast(RemoteNode, node)
        if own is self.top:
            return b""
        return self.calls.security(self.handle(own), own.name, READ_PARTS)

    # The whole

    def about(self) -> About:
        """What it is, and where."""
        self.require_open()
        return {"kind": "remote registry", "host": self.calls.channel.host}

    def problems(self) -> list[Problem]:
        """None: the other machine reads the files."""
        return []

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """None, for the same reason."""
        self.require_open()
        return []
