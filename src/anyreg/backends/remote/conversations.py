"""What is asked of a server, as conversations (see `window`): buffers, sizes, codes made errors.

Sizes that the server gives are hints, as others may write at the same time: what has become larger
is asked for again.  A list is read by index; it counts if the key has as many as before and is of
the same time, else it is read anew.  The same holds for values that are asked for one by one.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from anyreg.backends.base import MAXIMUM_ALLOWED, VIEW_32, VIEW_64
from anyreg.backends.live.failures import failure
from anyreg.backends.remote.window import Conversation
from anyreg.errors import AccessDeniedError, KeyDeletedError, RegistryError, RemoteError
from anyreg.regf.layout import MAX_KEY_NAME
from anyreg.rpc.arguments import ContextHandle, Room, WireText
from anyreg.rpc.registry_calls import (
    CloseKeyRequest,
    EnumKeyAnswer,
    EnumKeyRequest,
    GetKeySecurityRequest,
    OpenKeyRequest,
    QueryInfoKeyRequest,
)
from anyreg.rpc.registry_values import (
    EnumValueAnswer,
    EnumValueRequest,
    QueryValueAnswer,
    QueryValueRequest,
)
from anyreg.rpc.stubs import Request
from anyreg.values import Value

NOT_FOUND: Final = 2
MORE_DATA: Final = 234
KEY_DELETED: Final = 1018
MOST_NAMES: Final = 32  # that one call of Windows takes
TRIES: Final = 16  # lists that are read anew before one counts that others are changing
_VIEWS: Final = VIEW_32 | VIEW_64
_GONE: Final = (NOT_FOUND, KEY_DELETED, 1168)  # Samba says the first and the last
_NO_MORE: Final = 259
_SMALL_BUFFER: Final = 122
_MOST_TEXT: Final = 0xFFFE  # bytes
_CLASS_ROOM: Final = 1024  # bytes
_FIRST: Final = 1024  # bytes of data that are asked for without knowing the size
_DESCRIPTOR_ROOM: Final = 4096  # bytes
_PART: Final = 512  # calls that are made before it is looked whether a list goes on


class RemoteCounts(NamedTuple):
    """What a key says of itself.

    Attributes:
        subkeys: Number of subkeys.
        values: Number of values.
        largest_data: Bytes of the largest data.
        time: When it was written last.
        class_name: Its class.
    """

    subkeys: int
    values: int
    largest_data: int
    time: int
    class_name: str

    def same_list(self, later: RemoteCounts) -> bool:
        """Whether nothing has changed between two looks, as far as they tell."""
        return (self.time, self.subkeys, self.values) == (later.time, later.subkeys, later.values)


class Lists(NamedTuple):
    """What a key holds, as it was at one moment.

    Attributes:
        counts: What it said of itself then.
        subkeys: Names and times of its subkeys, where they were asked for.
        values: Its values, where they were asked for.
        descriptor: Its descriptor, where that was asked for.
    """

    counts: RemoteCounts
    subkeys: list[tuple[str, int]]
    values: list[Value]
    descriptor: bytes | None = None


class Conversations:
    """Each of them asks for one thing.

    Attributes:
        host: The machine, as messages name it.
    """

    def __init__(self, host: str) -> None:
        """Begin.

        Args:
            host: The machine.
        """
        self.host = host

    def failed(self, code: int, path: str) -> RegistryError:
        """The error that a code is; a handle whose key is not found is that of a deleted one."""
        if code in _GONE:
            return KeyDeletedError("the key was deleted", path=path)
        return failure(code, path, lambda number: f"{self.host} gives error {number}")

    def require(self, code: int, path: str) -> None:
        """Raise what a code stands for, if it is one of an error."""
        if code:
            raise self.failed(code, path)

    def ask_open(
        self, start: ContextHandle, way: str, options: int, access: int
    ) -> Conversation[tuple[ContextHandle, int]]:
        """A handle of a key by its way from another one, and the code."""
        names = way.split("\\")
        above = start
        while len(names) > MOST_NAMES:
            near = WireText.of("\\".join(names[:MOST_NAMES]))
            (answer,) = yield [OpenKeyRequest(above, near, 0, MAXIMUM_ALLOWED | access & _VIEWS)]
            if above is not start:
                yield [CloseKeyRequest(above)]
            if answer.error:
                return answer.key, answer.error
            above, names = answer.key, names[MOST_NAMES:]
        (answer,) = yield [OpenKeyRequest(above, WireText.of("\\".join(names)), options, access)]
        if above is not start:
            yield [CloseKeyRequest(above)]
        return answer.key, answer.error

    def ask_counts(self, key: ContextHandle, path: str) -> Conversation[RemoteCounts]:
        """What a key says of itself."""
        room = _CLASS_ROOM
        while True:  # a buffer with a NUL: Samba takes no empty one
            (answer,) = yield [QueryInfoKeyRequest(key, WireText(b"\0\0", room))]
            if answer.error != MORE_DATA or room == _MOST_TEXT:
                break
            room = _MOST_TEXT
        self.require(answer.error, path)
        return RemoteCounts(
            answer.subkeys,
            answer.values,
            answer.largest_value,
            answer.written,
            answer.class_name.text,
        )

    # Lists

    def ask_lists(
        self, key: ContextHandle, path: str, with_subkeys: bool = True, with_values: bool = True
    ) -> Conversation[Lists]:
        """The subkeys, the values, or both."""
        before = yield from self.ask_counts(key, path)
        for _ in range(TRIES):
            subkeys = before.subkeys if with_subkeys else 0
            values = before.values if with_values else 0
            if not (subkeys or values):
                return Lists(before, [], [])
            found = yield from self._entries(key, path, before, subkeys, values)
            after = yield from self.ask_counts(key, path)
            if before.same_list(after) and (len(found.subkeys), len(found.values)) == (
                subkeys,
                values,
            ):
                break
            before = after
        return found

    def _entries(
        self, key: ContextHandle, path: str, counts: RemoteCounts, subkeys: int, values: int
    ) -> Conversation[Lists]:
        """So many of each, or fewer where a list ends earlier."""
        found = Lists(counts, [], [])
        room = counts.largest_data
        while True:
            first = len(found.subkeys), len(found.values)
            keys = range(first[0], min(subkeys, first[0] + _PART))
            rest = range(first[1], min(values, first[1] + _PART - len(keys)))
            requests: list[Request[Any]] = [self._subkey_request(key, at) for at in keys]
            requests += [self._value_request(key, at, room) for at in rest]
            if not requests:
                return found
            answers = yield requests
            for answer in answers[: len(keys)]:
                one = self._subkey_of(answer, path)
                if one is None:
                    subkeys = 0
                    break
                found.subkeys.append(one)
            for at, answer in zip(rest, answers[len(keys) :], strict=True):
                value = yield from self._value_of(key, path, at, answer, room)
                if value is None:
                    values = 0
                    break
                found.values.append(value)

    @staticmethod
    def _subkey_request(key: ContextHandle, index: int) -> EnumKeyRequest:
        name, kind = WireText.room(2 * MAX_KEY_NAME + 2), WireText.room(_MOST_TEXT)
        return EnumKeyRequest(key, index, name, kind, 0)

    def _subkey_of(self, answer: EnumKeyAnswer, path: str) -> tuple[str, int] | None:
        if answer.error == _NO_MORE:
            return None
        self.require(answer.error, path)
        return answer.name.text, answer.written or 0

    @staticmethod
    def _value_request(key: ContextHandle, index: int, room: int) -> EnumValueRequest:
        name, data = WireText.room(_MOST_TEXT), Room(b"", room)
        return EnumValueRequest(key, index, name, 0, data, room, 0)

    def _value_of(
        self, key: ContextHandle, path: str, index: int, answer: EnumValueAnswer, room: int
    ) -> Conversation[Value | None]:
        for _ in range(TRIES):
            if answer.error == _NO_MORE:
                return None
            if answer.error != MORE_DATA:
                self.require(answer.error, path)
                raw = answer.data.data if answer.data else b""
                return Value(answer.name.text, answer.type or 0, raw)
            counts = yield from self.ask_counts(key, path)
            room = max(answer.size or 0, counts.largest_data, room + 1)
            (answer,) = yield [self._value_request(key, index, room)]
        raise RemoteError("a value becomes longer each time that it is read", path=path)

    def ask_subkey_at(
        self, key: ContextHandle, path: str, index: int
    ) -> Conversation[tuple[str, int] | None]:
        """Name and time of the subkey at an index; None behind the last."""
        (answer,) = yield [self._subkey_request(key, index)]
        return self._subkey_of(answer, path)

    def ask_value_at(self, key: ContextHandle, path: str, index: int) -> Conversation[Value | None]:
        """The value at an index; None behind the last."""
        (answer,) = yield [self._value_request(key, index, _FIRST)]
        found = yield from self._value_of(key, path, index, answer, _FIRST)
        return found

    # By names

    @staticmethod
    def _named_request(key: ContextHandle, name: str, room: int) -> QueryValueRequest:
        return QueryValueRequest(key, WireText.of(name), 0, Room(b"", room), room, 0)

    def _named_of(
        self, key: ContextHandle, path: str, name: str, answer: QueryValueAnswer
    ) -> Conversation[Value | None]:
        room = _FIRST
        for _ in range(TRIES):
            if answer.error == NOT_FOUND:
                return None
            if answer.error != MORE_DATA:
                self.require(answer.error, path)
                return Value(name, answer.type or 0, answer.data.data if answer.data else b"")
            room = max(answer.size or 0, 2 * room)  # no size is given of performance data
            (answer,) = yield [self._named_request(key, name, room)]
        raise RemoteError("a value becomes longer each time that it is read", path=path)

    def ask_value(self, key: ContextHandle, path: str, name: str) -> Conversation[Value | None]:
        """A value, with the name that was asked for; None if there is none."""
        (answer,) = yield [self._named_request(key, name, _FIRST)]
        found = yield from self._named_of(key, path, name, answer)
        return found

    def ask_each(
        self, key: ContextHandle, path: str, names: list[str]
    ) -> Conversation[dict[str, Value]]:
        """Those of some values that there are, asked for one by one at the same time."""
        before = yield from self.ask_counts(key, path)
        for _ in range(TRIES):
            found: dict[str, Value] = {}
            answers = yield [self._named_request(key, name, _FIRST) for name in names]
            for name, answer in zip(names, answers, strict=True):
                value = yield from self._named_of(key, path, name, answer)
                if value is not None:
                    found[name] = value
            after = yield from self.ask_counts(key, path)
            if before.same_list(after):
                break
            before = after
        return found

    # Descriptors and whole keys

    def ask_security(self, key: ContextHandle, path: str, parts: int) -> Conversation[bytes]:
        """A descriptor, with these parts."""
        room = _DESCRIPTOR_ROOM
        for _ in range(TRIES):
            (answer,) = yield [GetKeySecurityRequest(key, parts, Room(b"", room))]
            found = answer.descriptor
            if answer.error != _SMALL_BUFFER:
                self.require(answer.error, path)
                return found.data if found else b""
            room = max(found.size if found else 0, room + 1)
        raise RemoteError("a descriptor becomes longer each time that it is read", path=path)

    def ask_all(self, key: ContextHandle, path: str, parts: int) -> Conversation[Lists]:
        """All that a key holds, with these parts of its descriptor if they may be read."""
        found = yield from self.ask_lists(key, path)
        if parts:
            try:
                security = yield from self.ask_security(key, path, parts)
            except AccessDeniedError:
                return found
            found = found._replace(descriptor=security)
        return found

    def ask_whole(
        self, start: ContextHandle, way: str, opening: tuple[int, int], parts: int
    ) -> Conversation[Lists]:
        """As ask_all(), of a key by its way from another one.

        Args:
            start: The other one.
            way: The way.
            opening: The options and the access mask to open it with.
            parts: The parts of its descriptor that are wanted.
        """
        key, code = yield from self.ask_open(start, way, *opening)
        self.require(code, way)
        try:
            found = yield from self.ask_all(key, way, parts)
        except RegistryError:
            yield [CloseKeyRequest(key)]
            raise
        yield [CloseKeyRequest(key)]
        return found
