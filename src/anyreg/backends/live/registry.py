"""The live registry with all that it can do beyond keys and values."""

from __future__ import annotations

import ctypes
import os
from ctypes import byref, c_uint32, create_string_buffer, create_unicode_buffer
from typing import Any, Final, cast

from anyreg.backends.base import MAXIMUM_ALLOWED
from anyreg.backends.live.declarations import FORMAT_OF_MINOR, MORE_DATA
from anyreg.backends.live.node import LiveNode
from anyreg.backends.live.privileges import Privileged
from anyreg.backends.live.signals import SignallingRegistry
from anyreg.backends.system_abilities import Batched, Localized, NamedAccount, Naming, Saving
from anyreg.engine.file_disk import FileDisk
from anyreg.errors import AccessDeniedError, NotFoundError
from anyreg.security.token import SE_BACKUP
from anyreg.values import Node, Value

_SIGNATURE: Final = b"regf"
_LARGEST_SID: Final = 68
_LONG: Final = 1024  # units, more than any name of an account has


class RunningWindows(SignallingRegistry, Batched, Localized, Naming, Saving):
    """The registry of this computer, for whoever runs this."""

    def open_unnamed(self, node: Node, names: list[str]) -> Node | None:
        """The key that names lead to, without a look at what it is called; or None."""
        return self.opened(node, names, MAXIMUM_ALLOWED, 0, False)

    def read_all(self, node: Node, top: Node) -> tuple[list[Node], list[Value]]:
        """The subkeys and the values, by one look before all and one behind."""
        own = cast(LiveNode, node)
        if own is self._top:
            return self.below(own, top), []
        found, values = self.calls.lists(self.handle(own), own.label())
        return self.listed(own, found), values

    def read_several(self, node: Node, names: list[str]) -> dict[str, Value] | None:
        """Values of a key in one call, or None; of Wine, which makes many of it, none."""
        if (
            self.calls.windows.is_wine
            or not names
            or node is self._top
            or any("\0" in name for name in names)
        ):
            return None
        return self.calls.many_values(self.handle(node), names)

    def account(self, sid: bytes) -> NamedAccount | None:
        """Who a SID is, as this computer and its domain know it."""
        name: Any = create_unicode_buffer(_LONG)
        domain: Any = create_unicode_buffer(_LONG)
        sizes = c_uint32(_LONG), c_uint32(_LONG)
        kind = c_uint32()
        found = self.calls.windows.lookup_sid(
            None, sid, name, byref(sizes[0]), domain, byref(sizes[1]), byref(kind)
        )
        return NamedAccount(domain.value, name.value, kind.value) if found else None

    def sid_of(self, name: str) -> bytes | None:
        """The SID of a name, as this computer and its domain know it."""
        if "\0" in name:
            return None
        sid: Any = create_string_buffer(_LARGEST_SID)
        domain: Any = create_unicode_buffer(_LONG)
        sizes = c_uint32(_LARGEST_SID), c_uint32(_LONG)
        kind = c_uint32()
        found = self.calls.windows.lookup_name(
            None, name, sid, byref(sizes[0]), domain, byref(sizes[1]), byref(kind)
        )
        return bytes(sid[: 8 + 4 * sid[1][0]]) if found else None

    def load_text(self, node: Node, name: str) -> str:
        """The text that a value refers to, in a file that may be one of the system's."""
        handle = self.handle(node)
        code = 0
        for folder in (None, _system_folder()):
            size = c_uint32(2 * _LONG)
            while True:
                room: Any = create_unicode_buffer(size.value // 2)
                code = self.calls.windows.load_string(
                    handle, name, room, size.value, byref(size), 0, folder
                )
                if code != MORE_DATA:
                    break
                size.value = max(size.value, 2 * ctypes.sizeof(room))
            if code == 0:
                return str(room.value)
        words = self.calls.windows.message(code).strip().rstrip(".")
        raise NotFoundError(
            f"the text of value {name!r} is not there: {words}",
            path=cast(LiveNode, node).label(),
            winerror=code,
        )

    def save_file(self, node: Node, file: str, minor: int) -> bool:
        """Let Windows save a tree, if this process may save whatever it likes.

        Wine writes files of its own kind, which are no hives.
        """
        path = os.path.abspath(file)
        disk = FileDisk()
        if disk.exists(path):
            return False
        try:
            with Privileged(self.calls, SE_BACKUP):
                code = self.calls.windows.save_key(
                    self.handle(node), path, None, FORMAT_OF_MINOR[minor]
                )
        except AccessDeniedError:
            return False
        is_hive = code == 0 and _begins_as_hive(disk, path)
        if not is_hive and disk.exists(path):
            disk.remove(path)
        return is_hive


def _system_folder() -> str:
    """Where the files of the system are, which may be named without a folder."""
    return os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32")


def _begins_as_hive(disk: FileDisk, path: str) -> bool:
    file = disk.open(path, False)
    try:
        return file.read(0, len(_SIGNATURE)) == _SIGNATURE
    finally:
        file.close()
