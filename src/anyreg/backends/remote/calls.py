"""The methods of a remote registry on handles: changes one by one, the rest as conversations."""

from __future__ import annotations

from typing import Final

from anyreg.backends.base import MAXIMUM_ALLOWED
from anyreg.backends.remote.channel import Channel
from anyreg.backends.remote.conversations import MOST_NAMES, NOT_FOUND, RemoteCounts
from anyreg.backends.remote.several_values import SeveralValues
from anyreg.errors import LimitError
from anyreg.rpc.arguments import NO_TEXT, ContextHandle, KeyAttributes, Room, WireText
from anyreg.rpc.registry_calls import (
    CREATED_NEW,
    CreateKeyRequest,
    DeleteKeyExRequest,
    DeleteKeyRequest,
    FlushKeyRequest,
    OpenRootRequest,
    PlainAnswer,
    SetKeySecurityRequest,
)
from anyreg.rpc.registry_values import DeleteValueRequest, SetValueRequest
from anyreg.rpc.stubs import Request
from anyreg.values import Value

ACCESS_DENIED: Final = 5
_READ: Final = 0x20019  # KEY_READ
_LARGEST_CALL: Final = 0x3F_F000  # bytes of data that a server takes: Samba cuts the line at 4 MiB


class RemoteCalls(SeveralValues):
    """The methods, each with its errors.

    Attributes:
        channel: What carries them.
    """

    def __init__(self, channel: Channel) -> None:
        """Use a channel.

        Args:
            channel: What carries the calls.
        """
        super().__init__(channel.host)
        self.channel = channel

    # Keys

    def open_root(self, request: OpenRootRequest) -> tuple[ContextHandle, int]:
        """A handle of a root, and the code."""
        answer = self.channel.call(request)
        return answer.key, answer.error

    def open(
        self, key: ContextHandle, path: str, options: int, access: int
    ) -> tuple[ContextHandle, int]:
        """A handle of a key, and the code."""
        return self.channel.run(self.ask_open(key, path, options, access))

    def create(
        self,
        key: ContextHandle,
        name: str,
        class_name: str,
        options: int,
        access: int,
        descriptor: bytes,
    ) -> tuple[ContextHandle, int, bool]:
        """A handle of a key that was opened or made; the code; and whether it was made."""
        attributes = KeyAttributes(Room.whole(descriptor)) if descriptor else None
        kind = WireText.of(class_name) if class_name else NO_TEXT
        wire = WireText.of(name)
        request = CreateKeyRequest(key, wire, kind, options, access, attributes, 0)
        answer = self.channel.call(request, changes=True)
        return answer.key, answer.error, answer.disposition == CREATED_NEW

    def counts(self, key: ContextHandle, path: str) -> RemoteCounts:
        """What a key says of itself."""
        return self.channel.run(self.ask_counts(key, path))

    def subkeys(self, key: ContextHandle, path: str) -> list[tuple[str, int]]:
        """Names and times of all subkeys."""
        return self.channel.run(self.ask_lists(key, path, with_values=False)).subkeys

    def subkey_at(self, key: ContextHandle, path: str, index: int) -> tuple[str, int] | None:
        """Name and time of the subkey at an index; None behind the last."""
        return self.channel.run(self.ask_subkey_at(key, path, index))

    def delete_key(self, key: ContextHandle, path: str, view: int = 0) -> None:
        """Delete a key by its way from another one; not every server knows views."""
        names = path.split("\\")
        above = "\\".join(names[:-MOST_NAMES])
        name = WireText.of("\\".join(names[-MOST_NAMES:]))
        near, code = self.open(key, above, 0, MAXIMUM_ALLOWED | view) if above else (key, 0)
        self.require(code, path)
        request: Request[PlainAnswer] = DeleteKeyRequest(near, name)
        if view:
            request = DeleteKeyExRequest(near, name, view)
        try:
            answer = self.channel.call(request, changes=True)
        finally:
            if near is not key:
                self.channel.give_back(near, self.channel.epoch)
        self.require(answer.error, path)

    def flush(self, key: ContextHandle, path: str) -> None:
        """Have a key written to the disk."""
        self.require(self.channel.call(FlushKeyRequest(key)).error, path)

    # Values

    def values(self, key: ContextHandle, path: str) -> list[Value]:
        """All values."""
        return self.channel.run(self.ask_lists(key, path, with_subkeys=False)).values

    def value_at(self, key: ContextHandle, path: str, index: int) -> Value | None:
        """The value at an index; None behind the last."""
        return self.channel.run(self.ask_value_at(key, path, index))

    def value(self, key: ContextHandle, path: str, name: str) -> Value | None:
        """A value, with the name that was asked for; None if there is none."""
        return self.channel.run(self.ask_value(key, path, name))

    def several(self, key: ContextHandle, path: str, names: list[str]) -> dict[str, Value]:
        """Those of some values that there are, as they were at one moment."""
        return self.channel.run(self.ask_several(key, path, names))

    def set_value(self, key: ContextHandle, path: str, value: Value) -> None:
        """Set a value to exactly these bytes."""
        raw = value.raw
        if len(raw) > _LARGEST_CALL:
            words = f"a value of {len(raw)} bytes is too long for a remote call"
            raise LimitError(words, path=path)
        name = WireText.of(value.name)
        request = SetValueRequest(key, name, value.type, raw, len(raw))
        self.require(self.channel.call(request, changes=True).error, path)

    def delete_value(self, key: ContextHandle, path: str, name: str) -> bool:
        """Delete a value; whether there was one."""
        answer = self.channel.call(DeleteValueRequest(key, WireText.of(name)), changes=True)
        if answer.error not in (0, NOT_FOUND):
            raise self.failed(answer.error, path)
        return answer.error == 0

    # Descriptors

    def security(self, key: ContextHandle, path: str, parts: int) -> bytes:
        """A descriptor, with these parts."""
        return self.channel.run(self.ask_security(key, path, parts))

    def set_security(self, key: ContextHandle, path: str, parts: int, descriptor: bytes) -> None:
        """Set these parts of a descriptor."""
        request = SetKeySecurityRequest(key, parts, Room.whole(descriptor))
        self.require(self.channel.call(request, changes=True).error, path)


def with_reading(access: int) -> int:
    """What a key is opened for, so that its counts and what is to be noted of it can be read.

    The server looks at the rights of each handle.  A key that may not be read is opened for no more
    than was asked for.
    """
    return access if access & MAXIMUM_ALLOWED else access | _READ
