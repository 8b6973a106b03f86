"""Several values in one call, as far as a server can.

There are two methods for it; the newer one says how much room is needed.  Either gives all values
or none, so where one is missing they are asked for one by one.  The buffer goes both ways in its
full size: that pays for small values alone.
"""

from __future__ import annotations

from typing import Final

from anyreg.backends.remote.channel import NO_SUCH_METHOD
from anyreg.backends.remote.conversations import MORE_DATA, TRIES, Conversations
from anyreg.backends.remote.window import Conversation
from anyreg.errors import RemoteFaultError, RemoteProtocolError
from anyreg.rpc.arguments import AskedValue, ContextHandle, Room, WireText
from anyreg.rpc.registry_values import ManyValues2Request, ManyValuesAnswer, ManyValuesRequest
from anyreg.values import Value

MOST_VALUES: Final = 128  # beyond them all values of a key are read
_MESSAGE: Final = 4096  # bytes that go in one message, about
_LEAST_ROOM: Final = 512  # bytes
_LARGEST: Final = 0x4000  # bytes of a buffer that goes in a few messages
_ENTRY: Final = 36  # bytes beside its name
_UNIT: Final = 8


class SeveralValues(Conversations):
    """Asks for values by their names."""

    def __init__(self, host: str) -> None:
        """Begin with what a Windows of today has.

        Args:
            host: The machine.
        """
        super().__init__(host)
        self._methods = [ManyValues2Request, ManyValuesRequest]

    def ask_several(
        self, key: ContextHandle, path: str, names: list[str]
    ) -> Conversation[dict[str, Value]]:
        """Those of some values that there are, as they were at one moment."""
        entries = [AskedValue(WireText.of(name)) for name in names]
        size = sum(_ENTRY + len(entry.name.raw or b"") for entry in entries if entry.name)
        room = max(_LEAST_ROOM, (_MESSAGE - size) // _UNIT * _UNIT)
        for _ in range(TRIES):
            if not self._methods or len(names) == 1 or room > _LARGEST:
                break
            method = self._methods[0]
            request = method(key, entries, len(entries), Room.whole(bytes(room)), room)
            try:
                (answer,) = yield [request]
            except RemoteFaultError as error:
                if error.status != NO_SUCH_METHOD:
                    raise
                self._methods.remove(method)
                continue
            if answer.error == 0:
                return self._found(names, answer)
            if answer.error != MORE_DATA:
                break
            room = answer.size if answer.size > room else 2 * room
        found = yield from self.ask_each(key, path, names)
        return found

    @staticmethod
    def _found(names: list[str], answer: ManyValuesAnswer) -> dict[str, Value]:
        data = answer.buffer.data if answer.buffer else b""
        found: dict[str, Value] = {}
        for name, entry in zip(names, answer.entries, strict=False):
            raw = data[entry.at : entry.at + entry.size]
            if len(raw) == entry.size:
                found[name] = Value(name, entry.type, raw)
        if len(found) != len(names):
            raise RemoteProtocolError(
                "an answer has not all the values that it speaks of",
                expected=f"{len(names)} values",
                actual=str(len(found)),
            )
        return found
