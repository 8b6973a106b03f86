r"""Hives of another machine: loaded, unloaded, replaced, saved and restored there.

Each file is one of that machine, by a path as it has it: `C:\Windows\Temp\saved.hiv`; a relative
one begins in its folder of system programs.  What a server has done so is not taken back: these
calls are no part of a transaction, and no history holds them.
"""

from __future__ import annotations

from contextlib import suppress
from secrets import token_hex
from typing import Final, cast

from anyreg.backends.abilities import Mounts
from anyreg.backends.hive_places import require_place
from anyreg.backends.live.failures import (
    ACCESS_DENIED,
    INVALID_PARAMETER,
    NO_PRIVILEGE,
    NOT_FOUND,
    PATH_NOT_FOUND,
)
from anyreg.backends.remote.accounts import NamingRemote
from anyreg.backends.remote.node import RemoteNode
from anyreg.backends.system_abilities import Fetching, FilesThere
from anyreg.errors import (
    AccessDeniedError,
    AddressError,
    KeyDeletedError,
    KeyExistsError,
    LimitError,
    NotFoundError,
    NotSupportedError,
    RegistryError,
)
from anyreg.rpc.arguments import WireText
from anyreg.rpc.registry_calls import (
    LoadKeyRequest,
    PlainAnswer,
    ReplaceKeyRequest,
    RestoreKeyRequest,
    SaveKeyExRequest,
    UnLoadKeyRequest,
)
from anyreg.rpc.stubs import Request
from anyreg.security.token import SE_BACKUP, SE_RESTORE
from anyreg.values import Node

_EXISTS: Final = 183
_SHARE: Final = "ADMIN$"  # Windows' folder; a relative path begins in a folder of it
_LATEST: Final = 2  # REG_LATEST_FORMAT


class RemoteRegistry(NamingRemote, Mounts, FilesThere, Fetching):
    """The registry of another machine, with its hive files."""

    def load(self, node: Node, name: str, file: str) -> None:
        """Mount a hive file of the machine; Windows makes one that is missing."""
        own = self._place(node, name)
        request = LoadKeyRequest(self.handle(own), WireText.of(name), self._file(file))
        self._done(request, SE_RESTORE, f"load {file} as {name}", name)

    def unload(self, node: Node, name: str) -> None:
        """Take a hive away that was loaded; nobody may have a key in it open."""
        own = self._place(node, name)
        request = UnLoadKeyRequest(self.handle(own), WireText.of(name))
        self._done(request, SE_RESTORE, f"unload {name}", name)

    def replace(self, node: Node, name: str, new: str, old: str) -> None:
        """Let a hive have another file when the machine starts again."""
        own = self._place(node, name)
        files = self._file(new), self._file(old)
        request = ReplaceKeyRequest(self.handle(own), WireText.of(name), *files)
        self._done(request, SE_RESTORE, f"replace the hive {name}", name)

    def save_there(self, node: Node, file: str, format: int) -> None:
        """Let the machine save a key and all below it into a new file of its own."""
        own = self._key(node)
        request = SaveKeyExRequest(self.handle(own), self._file(file), None, format)
        self._done(request, SE_BACKUP, f"save {own.name} as {file}", file)

    def fetch_hive(self, node: Node) -> bytes:
        """Let the machine save a key into a file of a random name, fetch that, and delete it."""
        channel = self.calls.channel
        channel.connect_share(_SHARE)  # who may not come to the file later makes none
        file = rf"Temp\anyreg-{token_hex(8)}.tmp"
        try:
            self.save_there(node, rf"..\{file}", _LATEST)
            return channel.take(_SHARE, file)
        except (AccessDeniedError, NotFoundError, KeyDeletedError):
            raise  # there is no file
        except BaseException:
            with suppress(RegistryError):
                channel.connect_share(_SHARE)
                channel.take(_SHARE, file)
            raise

    def restore_there(self, node: Node, file: str, flags: int) -> None:
        """Let the machine replace all that a key holds by what a file of its own holds."""
        own = self._key(node)
        self.require_writable()
        if self.is_changing() or self.recorder() is not None:
            words = "what a machine restores by itself is not undone: restore a local copy of the"
            raise NotSupportedError(f"{words} file in a transaction, or where a history is kept")
        request = RestoreKeyRequest(self.handle(own), self._file(file), flags)
        self._done(request, SE_RESTORE, f"restore {own.name} from {file}", file)

    def _place(self, node: Node, name: str) -> RemoteNode:
        own = cast(RemoteNode, node)
        require_place(own.name if own.stays else "", name)
        self.require_writable()
        return own

    def _key(self, node: Node) -> RemoteNode:
        own = cast(RemoteNode, node)
        if own is self.top:
            raise LimitError("the key above the roots is in no hive")
        return own

    def _file(self, path: str) -> WireText:
        if not path or "\0" in path:
            raise AddressError("a path of a file of the machine is needed", path=path)
        return WireText.of(path)

    def _done(self, request: Request[PlainAnswer], privilege: str, what: str, path: str) -> None:
        """Have something done for which the server wants a privilege."""
        if privilege == SE_RESTORE:  # no hive goes in which a key is open still
            self.calls.channel.settle()
        code = self.calls.channel.call(request, changes=True).error
        if code:
            raise self._refused(code, privilege, what, path)

    def _refused(self, code: int, privilege: str, what: str, path: str) -> RegistryError:
        host = self.calls.channel.host
        if code in (ACCESS_DENIED, NO_PRIVILEGE):
            words = f"{host} does not {what}: this needs {privilege}, which its administrators have"
            if code == ACCESS_DENIED:
                words += ", and no open key in what is unloaded or replaced"
            return AccessDeniedError(words, path=path, winerror=code)
        if code in (NOT_FOUND, PATH_NOT_FOUND):
            words = f"{host} does not {what}: it has no such key or file"
            return NotFoundError(words, path=path, winerror=code)
        if code == INVALID_PARAMETER:
            return LimitError(f"{host} does not {what}: no hive is loaded there", path=path)
        if code == _EXISTS:
            return KeyExistsError(f"{host} does not {what}: that exists already", path=path)
        return self.calls.failed(code, path)
