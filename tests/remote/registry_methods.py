"""What the methods of a remote registry do on a server: the functions of `winapi` behind handles.

A registry of this package is served as Windows serves its own, with what Samba lacks: views,
classes, times, order, saved and loaded hives.  Paths of files are those of the server: its
`C:\\Windows` is a folder, relative paths begin in its `System32`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyreg.backends import ask
from anyreg.backends.base import Backend, Lent
from anyreg.errors import NotFoundError, RegistryError
from anyreg.names import fold
from anyreg.registry.opening import open_registry
from anyreg.rpc import registry_calls as calls
from anyreg.rpc import registry_values as several
from anyreg.rpc.arguments import NO_HANDLE, NO_TEXT, AskedValue, ContextHandle, Room, WireText
from anyreg.rpc.stubs import CallAnswer, Request
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.token import SE_BACKUP, SE_RESTORE
from anyreg.values import Value
from anyreg.winapi import files, handles, key_security, keys, values
from anyreg.winapi.errors import windows_error

INSUFFICIENT_BUFFER = 122
INVALID_PARAMETER = 87
MORE_DATA = 234
TRANSFER_TOO_LONG = 222
NOT_SUPPORTED = 50
NO_SHUTDOWN = 1116
BAD_HANDLE = 0x1C00_001A
MOST_OF_SEVERAL = 1 << 20  # bytes
SYSTEM_ROOT = "c:\\windows\\"
VERSION = 6
ROOTS = {
    calls.OpenClassesRootRequest: 0x8000_0000,
    calls.OpenCurrentUserRequest: 0x8000_0001,
    calls.OpenLocalMachineRequest: 0x8000_0002,
    calls.OpenUsersRequest: 0x8000_0003,
    calls.OpenCurrentConfigRequest: 0x8000_0005,
}
PLACES = (0x8000_0002, 0x8000_0003)


class UnknownHandleError(Exception):
    """A client names a handle that it does not have."""


@dataclass
class Opened:
    """An open key of a client.

    Attributes:
        number: Its handle in `winapi`.
        root: The predefined key that it is, 0 for any other.
    """

    number: int
    root: int = 0


class Methods:
    """The methods, for one user; handles are shared by all connections of an association group."""

    def __init__(self, backend: Backend, windows: Path) -> None:
        """Begin with no open key.

        Args:
            backend: The registry, as the user may use it.
            windows: The folder that stands for C:\\Windows.
        """
        self.backend = backend
        self._windows = windows
        self._keys: dict[ContextHandle, Opened] = {}
        self._methods: dict[type[Request[Any]], Callable[[Any], CallAnswer]] = {
            calls.CloseKeyRequest: self._close,
            calls.CreateKeyRequest: self._create,
            calls.EnumKeyRequest: self._enum_key,
            calls.OpenKeyRequest: self._open,
            calls.QueryInfoKeyRequest: self._query_info,
            calls.GetVersionRequest: lambda call: calls.VersionAnswer(VERSION),
            calls.GetKeySecurityRequest: self._get_security,
            several.EnumValueRequest: self._enum_value,
            several.QueryValueRequest: self._query_value,
            several.ManyValuesRequest: self._many_values,
            several.ManyValues2Request: self._many_values,
        }
        self._plain: dict[type[Request[Any]], Callable[[Any], object]] = {
            calls.DeleteKeyRequest: self._delete_key,
            calls.DeleteKeyExRequest: self._delete_key,
            calls.FlushKeyRequest: lambda call: keys.flush_key(self._number(call.key)),
            calls.SetKeySecurityRequest: self._set_security,
            calls.LoadKeyRequest: self._load,
            calls.ReplaceKeyRequest: self._replace,
            calls.RestoreKeyRequest: self._restore,
            calls.SaveKeyRequest: self._save,
            calls.SaveKeyExRequest: self._save,
            calls.UnLoadKeyRequest: self._unload,
            calls.AbortShutdownRequest: lambda call: self._refuse(NO_SHUTDOWN),
            calls.NotifyChangeRequest: lambda call: self._refuse(NOT_SUPPORTED),
            several.DeleteValueRequest: self._delete_value,
            several.SetValueRequest: self._set_value,
        }

    def knows(self, request: Request[Any]) -> bool:
        """Whether there is such a method here."""
        kind = type(request)
        return kind in ROOTS or kind in self._methods or kind in self._plain

    def answer(self, request: Request[Any]) -> CallAnswer:
        """Carry out a call.

        Args:
            request: The call; one that knows() knows.

        Raises:
            UnknownHandleError: The client does not have the handle.
        """
        kind = type(request)
        try:
            if kind in ROOTS:
                return self._open_root(ROOTS[kind], request)
            if kind in self._methods:
                return self._methods[kind](request)
            self._plain[kind](request)
        except RegistryError as error:
            return failed(request, error.winerror)
        except OSError as error:
            return failed(request, getattr(error, "winerror", 0) or 1010)
        return calls.PlainAnswer()

    def close(self) -> None:
        """Give all handles back."""
        while self._keys:
            handles.close(self._keys.popitem()[1].number)

    @property
    def open_keys(self) -> int:
        """How many handles there are."""
        return len(self._keys)

    # Handles

    def _opened(self, key: ContextHandle) -> Opened:
        found = self._keys.get(key)
        if found is None:
            raise UnknownHandleError(key)
        return found

    def _number(self, key: ContextHandle) -> int:
        return self._opened(key).number

    def _handle(self, key: ContextHandle) -> handles.Handle:
        return handles.resolve(self._number(key))

    def _added(self, number: int, root: int = 0) -> ContextHandle:
        made = ContextHandle(0, uuid.uuid4().bytes)
        self._keys[made] = Opened(number, root)
        return made

    def _open_root(self, root: int, request: Any) -> CallAnswer:
        node = ask.predefined(self.backend, root)
        mark = 2 if root == 0x8000_0000 else 0
        rights = handles.granted(request.access & ~0x300)
        handle = handles.Handle(self.backend, node, rights, 0, mark, False)
        return calls.HandleAnswer(self._added(handles.add(handle), root))

    def _close(self, call: calls.CloseKeyRequest) -> CallAnswer:
        number = self._number(call.key)
        del self._keys[call.key]
        handles.close(number)
        return calls.HandleAnswer(NO_HANDLE)

    # Keys

    def _open(self, call: calls.OpenKeyRequest) -> CallAnswer:
        opened = self._opened(call.key)
        number = keys.open_key(opened.number, call.name.text, call.options, call.access)
        return calls.HandleAnswer(self._added(number, 0 if call.name.text else opened.root))

    def _create(self, call: calls.CreateKeyRequest) -> CallAnswer:
        given = call.attributes.descriptor if call.attributes else None
        number, is_new = keys.create_key(
            self._number(call.key),
            call.name.text,
            call.options,
            call.access,
            class_name=call.class_name.text,
            descriptor=given.data if given else b"",
        )
        disposition = calls.CREATED_NEW if is_new else calls.OPENED_EXISTING
        return calls.CreateKeyAnswer(self._added(number), disposition)

    def _delete_key(self, call: calls.DeleteKeyRequest | calls.DeleteKeyExRequest) -> None:
        view = call.access if isinstance(call, calls.DeleteKeyExRequest) else 0
        keys.delete_key(self._number(call.key), call.name.text, view)

    def _enum_key(self, call: calls.EnumKeyRequest) -> CallAnswer:
        handle = self._handle(call.key)
        handle.need(0x8)
        child = ask.subkey_at(handle.backend, handle.node, call.index)
        if child is None:
            raise windows_error(259)
        with Lent(handle.backend, child):
            world, inner = ask.unguarded(handle.backend, child)
            kind = world.info(inner).class_name
            name = into(call.name, child.name)
            shown = None if call.class_name is None else into(call.class_name, kind)
            return calls.EnumKeyAnswer(name, shown, child.last_written)

    def _query_info(self, call: calls.QueryInfoKeyRequest) -> CallAnswer:
        told = keys.query_info(self._number(call.key))
        kind = into(call.class_name, told.class_name) if call.class_name.size else NO_TEXT
        return calls.QueryInfoKeyAnswer(
            kind,
            told.subkeys,
            2 * told.longest_subkey,
            2 * told.longest_class,
            told.values,
            2 * told.longest_value,
            told.longest_data,
            told.descriptor,
            told.last_written,
        )

    # Values

    def _enum_value(self, call: several.EnumValueRequest) -> CallAnswer:
        found = values.enum_value(self._number(call.key), call.index)
        name = into(call.name, found.name)
        return several.EnumValueAnswer(name, *placed(call, found))

    def _query_value(self, call: several.QueryValueRequest) -> CallAnswer:
        if call.name.raw is None or None in (call.type, call.size, call.length):
            raise windows_error(INVALID_PARAMETER)
        found = values.query_value(self._number(call.key), call.name.text)
        return several.QueryValueAnswer(*placed(call, found))

    def _many_values(
        self, call: several.ManyValuesRequest | several.ManyValues2Request
    ) -> CallAnswer:
        number = self._number(call.key)
        buffer = bytearray()
        entries = []
        for entry in call.entries:
            found = values.query_value(number, entry.name.text if entry.name else "")
            buffer += bytes(-len(buffer) % 4)
            entries.append(AskedValue(entry.name, len(found.raw), len(buffer), found.type))
            buffer += found.raw
        needed = len(buffer)
        if needed > MOST_OF_SEVERAL:
            raise windows_error(TRANSFER_TOO_LONG)
        if needed > call.size:
            return several.ManyValuesAnswer(call.entries, None, needed, MORE_DATA)
        if isinstance(call, several.ManyValues2Request):  # it is sent as large as it was offered
            buffer += bytes(call.size - needed)
        return several.ManyValuesAnswer(entries, Room.whole(bytes(buffer)), needed)

    def _set_value(self, call: several.SetValueRequest) -> None:
        if call.size != len(call.data):
            raise windows_error(INVALID_PARAMETER)
        values.set_value(self._number(call.key), call.name.text, call.type, call.data)

    def _delete_value(self, call: several.DeleteValueRequest) -> None:
        values.delete_value(self._number(call.key), call.name.text)

    # Descriptors

    def _get_security(self, call: calls.GetKeySecurityRequest) -> CallAnswer:
        found = key_security.get_key_security(self._number(call.key), call.parts).build()
        room = call.descriptor.size if call.descriptor else 0
        if len(found) > room:
            return calls.DescriptorAnswer(Room(b"", len(found)), INSUFFICIENT_BUFFER)
        return calls.DescriptorAnswer(Room(found, room))

    def _set_security(self, call: calls.SetKeySecurityRequest) -> None:
        given = call.descriptor.data if call.descriptor else b""
        wanted = SecurityDescriptor.from_bytes(given)
        key_security.set_key_security(self._number(call.key), call.parts, wanted)

    # Hives

    def _load(self, call: calls.LoadKeyRequest) -> None:
        handle = self._place(call.key)
        file = str(self.file(call.file.text))
        self._held(handle, SE_RESTORE)
        try:
            ask.load(handle.backend, handle.node, call.name.text, file)
        except NotFoundError:
            open_registry(file, "x").close()
            ask.load(handle.backend, handle.node, call.name.text, file)

    def _unload(self, call: calls.UnLoadKeyRequest) -> None:
        handle = self._place(call.key)
        self._held(handle, SE_RESTORE)
        top = fold(f"{ask.nt_path(handle.backend, handle.node)}\\{call.name.text}\\")
        for other in handles.open_handles(handle.backend):
            if fold(ask.nt_path(handle.backend, other.node) + "\\").startswith(top):
                raise windows_error(5)
        ask.unload(handle.backend, handle.node, call.name.text)

    def _replace(self, call: calls.ReplaceKeyRequest) -> None:
        handle = self._place(call.key)
        paths = str(self.file(call.new_file.text)), str(self.file(call.old_file.text))
        ask.replace(handle.backend, handle.node, call.name.text, *paths)

    def _place(self, key: ContextHandle) -> handles.Handle:
        opened = self._opened(key)
        if opened.root not in PLACES:
            raise windows_error(INVALID_PARAMETER)
        return handles.resolve(opened.number)

    def _held(self, handle: handles.Handle, privilege: str) -> None:
        ask.unguarded(handle.backend, handle.node, privilege=privilege)

    def _restore(self, call: calls.RestoreKeyRequest) -> None:
        files.restore_key(self._number(call.key), str(self.file(call.file.text)), call.flags)

    def _save(self, call: calls.SaveKeyRequest | calls.SaveKeyExRequest) -> None:
        kind = call.flags if isinstance(call, calls.SaveKeyExRequest) else 1
        handle = self._handle(call.key)
        self._held(handle, SE_BACKUP)
        files.save_key(self._number(call.key), str(self.file(call.file.text)), kind)

    def _refuse(self, code: int) -> None:
        raise windows_error(code)

    def file(self, path: str) -> Path:
        """Where a file of the server is.

        Args:
            path: Its path as the server has it.

        Raises:
            OSError: It is not below C:\\Windows (3), or not a path (161).
        """
        if not path:
            raise windows_error(161)
        path = path.replace("/", "\\")
        plain = path if ":" in path else f"C:\\Windows\\System32\\{path}"
        if path.startswith("\\") or not plain.lower().startswith(SYSTEM_ROOT):
            raise windows_error(3)
        parts: list[str] = []
        for part in plain[len(SYSTEM_ROOT) :].split("\\"):
            if part == "..":
                if not parts:
                    raise windows_error(3)
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        return self._windows.joinpath(*parts)


def into(room: WireText, text: str) -> WireText:
    """A name in the room that a caller has for it.

    Raises:
        OSError: It does not fit (234).
    """
    found = WireText.of(text)
    if found.size > room.size:
        raise windows_error(MORE_DATA)
    return WireText(found.raw, room.size)


def placed(
    call: several.EnumValueRequest | several.QueryValueRequest, found: Value
) -> tuple[int | None, Room | None, int | None, int | None, int]:
    """A value in the room that a caller has for it: all behind its name in an answer."""
    raw = found.raw
    kind = None if call.type is None else found.type
    size = None if call.size is None else len(raw)
    if call.data is None:
        return kind, None, size, None if call.length is None else 0, 0
    if len(raw) > min(call.data.size, call.size or 0):
        return kind, Room(b"", len(raw)), size, 0, MORE_DATA
    return kind, Room.whole(raw), size, len(raw), 0


def failed(request: Request[Any], code: int) -> CallAnswer:
    """The answer that says no more than a code."""
    make = FAILED.get(request.answer)
    return make(request, code) if make else calls.PlainAnswer(code)


FAILED: dict[type[CallAnswer], Callable[[Any, int], CallAnswer]] = {
    calls.HandleAnswer: lambda call, code: calls.HandleAnswer(NO_HANDLE, code),
    calls.CreateKeyAnswer: lambda call, code: calls.CreateKeyAnswer(NO_HANDLE, 0, code),
    calls.EnumKeyAnswer: lambda call, code: calls.EnumKeyAnswer(
        WireText(b"", call.name.size), call.class_name, 0, code
    ),
    calls.QueryInfoKeyAnswer: lambda call, code: calls.QueryInfoKeyAnswer(NO_TEXT, error=code),
    calls.DescriptorAnswer: lambda call, code: calls.DescriptorAnswer(call.descriptor, code),
    several.EnumValueAnswer: lambda call, code: several.EnumValueAnswer(
        WireText(b"", call.name.size), call.type, call.data, call.size, call.length, code
    ),
    several.QueryValueAnswer: lambda call, code: several.QueryValueAnswer(
        call.type, call.data, call.size, call.length, code
    ),
    several.ManyValuesAnswer: lambda call, code: several.ManyValuesAnswer(
        call.entries, None, 0, code
    ),
}
