"""Hive files in the live registry: mounted by RegLoadKey, taken away, and to be replaced.

Wine makes a key of everything that it unloads, and removes that; and it only says that a hive is
to be replaced.  So what was not loaded here is not unloaded there, and nothing is replaced.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import cast

from anyreg.backends.abilities import Mounts
from anyreg.backends.hive_places import require_place
from anyreg.backends.live.calls import Calls
from anyreg.backends.live.failures import INVALID_PARAMETER, NOT_FOUND
from anyreg.backends.live.node import LiveNode
from anyreg.backends.live.privileges import Privileged
from anyreg.backends.live.world import LiveBackend
from anyreg.errors import (
    AccessDeniedError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
    NotFoundError,
    NotSupportedError,
)
from anyreg.names import fold
from anyreg.security.token import SE_BACKUP, SE_RESTORE
from anyreg.values import Node


class LiveRegistry(LiveBackend, Mounts):
    """The live registry with hives that are loaded into it."""

    def __init__(
        self, calls: Calls, roots: dict[str, int], user: str, is_read_only: bool = False
    ) -> None:
        """See LiveBackend."""
        super().__init__(calls, roots, user, is_read_only)
        self._loaded: set[tuple[str, str]] = set()

    def load(self, node: Node, name: str, file: str) -> None:
        """Mount a hive file as a subkey of one of the two."""
        place = self._place(node, name)
        path = os.path.abspath(file)
        if not os.path.isfile(path):  # Windows would make one
            raise NotFoundError("no such file", path=path)
        self.require_writable()
        if self._is_there(node, name):
            raise KeyExistsError("there is such a key already", path=name)
        try:
            self._privileged(self.calls.windows.load_key, path, place.handle, name, path)
        except BaseException:
            if self.calls.windows.is_wine and self._is_there(node, name):
                # the empty key that it leaves
                self._privileged(self.calls.windows.unload_key, name, place.handle, name)
            raise
        self._loaded.add((place.name, fold(name)))

    def unload(self, node: Node, name: str) -> None:
        """Take a hive away that was loaded."""
        place = self._place(node, name)
        self.require_writable()
        if not self._is_there(node, name):
            raise KeyNotFoundError("no such key", path=name)
        if fold(f"{place.name}\\{name}") in self.own_hives():
            raise AccessDeniedError("a hive of the system cannot be unloaded", path=name)
        known = (place.name, fold(name))
        if self.calls.windows.is_wine and known not in self._loaded:
            raise LimitError("no hive was loaded there", path=name)
        self._privileged(self.calls.windows.unload_key, name, place.handle, name)
        self._loaded.discard(known)

    def replace(self, node: Node, name: str, new: str, old: str) -> None:
        """Let a hive have another file when Windows starts again."""
        place = self._place(node, name)
        self.require_writable()
        if self.calls.windows.is_wine:
            raise NotSupportedError("Wine replaces no hives", path=name)
        files = os.path.abspath(new), os.path.abspath(old)
        self._privileged(self.calls.windows.replace_key, name, place.handle, name, *files)

    def _place(self, node: Node, name: str) -> LiveNode:
        own = cast(LiveNode, node)
        require_place(own.name if own.stays else "", name)
        return own

    def _is_there(self, node: Node, name: str) -> bool:
        found = self.open(node, [name], link=True)
        if found is not None:
            self.release(found)
        return found is not None

    def _privileged(self, call: Callable[..., int], path: str, *words: object) -> None:
        """Call a function that needs the privileges to save and to restore."""
        with Privileged(self.calls, SE_BACKUP, SE_RESTORE):
            code = call(*words)
        if code == NOT_FOUND:
            raise NotFoundError("no such key or file", path=path)
        if code == INVALID_PARAMETER:
            raise LimitError("no hive is loaded there", path=path)
        if code:
            raise self.calls.failed(code, path)
