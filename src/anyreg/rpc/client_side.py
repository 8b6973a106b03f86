"""A client's side of a connection, without the connection: what to send, and what came of it.

First bind(), then calls, several at a time if the transport allows it.  Answers are taken for
calls that are open alone; anything else ends the conversation with an error, and everything behind
that error is refused too.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from anyreg.errors import RemoteError, RemoteProtocolError
from anyreg.rpc.fragments import LONGEST_FRAGMENT, PduStream, Reassembly, parts_of
from anyreg.rpc.ndr import LARGEST_ARRAY, Order
from anyreg.rpc.pdus import (
    DID_NOT_EXECUTE,
    NDR_SYNTAX,
    BindAckPdu,
    BindNakPdu,
    BindPdu,
    Context,
    FaultPdu,
    Pdu,
    RequestPdu,
    ResponsePdu,
    Syntax,
)

LONGEST_ANSWER: Final = LARGEST_ARRAY + 0x1_0000  # bytes: the largest data, and what is beside it
LEAST_FRAGMENT: Final = 1432  # bytes that everybody must take
_CALL_IDS: Final = 0xFFFF_FFFF


class CallResult(NamedTuple):
    """What came of a call.

    Attributes:
        call_id: The number of the call.
        stub: The results; b"" behind a fault.
        order: The byte order of their numbers.
        fault: The status of a fault, None for an answer.
        was_begun: Whether anything of the call can have been done.
    """

    call_id: int
    stub: bytes
    order: Order = "little"
    fault: int | None = None
    was_begun: bool = True


class ClientSide:
    """One connection to one interface.

    Attributes:
        group: The association group of the server, 0 before it is known.
        is_bound: Whether calls can be made.
    """

    def __init__(self, interface: Syntax, group: int = 0, limit: int = LONGEST_ANSWER) -> None:
        """Begin.

        Args:
            interface: What is to be called.
            group: An association group to join, whose handles are good here too; 0 for a new one.
            limit: The most bytes that an answer may have.
        """
        self.group = group
        self.is_bound = False
        self._interface = interface
        self._stream = PduStream()
        self._answers = Reassembly(limit)
        self._longest = LEAST_FRAGMENT
        self._last_id = 0
        self._open: set[int] = set()
        self._failure = ""

    @property
    def open_calls(self) -> int:
        """How many calls wait for their answers."""
        return len(self._open)

    def bind(self) -> bytes:
        """What to send first."""
        contexts = [Context(0, self._interface, [NDR_SYNTAX])]
        call_id = self._next_id()
        pdu = BindPdu(call_id, contexts, LONGEST_FRAGMENT, LONGEST_FRAGMENT, self.group)
        return pdu.encode()

    def call(self, opnum: int, stub: bytes) -> tuple[int, list[bytes]]:
        """Call a method.

        Args:
            opnum: Its number.
            stub: The arguments.

        Returns:
            The number of the call, and the messages to send.

        Raises:
            RemoteError: The connection is not bound, or has failed.
        """
        if self._failure or not self.is_bound:
            raise RemoteError(self._failure or "no call can be made before the bind is answered")
        call_id = self._next_id()
        messages = []
        left = len(stub)
        for flags, part in parts_of(stub, self._longest):
            messages.append(RequestPdu(call_id, flags, 0, opnum, part, left).encode())
            left -= len(part)
        self._open.add(call_id)
        return call_id, messages

    def receive(self, data: bytes) -> list[CallResult]:
        """What came of calls, by the next bytes from the server.

        The answer to the bind is among them: it only makes `is_bound` true.

        Args:
            data: The bytes.

        Raises:
            RemoteError: The server refuses the interface.
            RemoteProtocolError: They are not what a server may send now.
        """
        if self._failure:
            raise RemoteError(self._failure)
        try:
            if not data:  # whoever waits for a whole answer would do so for ever
                words = "the server sent an empty message"
                raise RemoteProtocolError(words, expected="an answer", actual="0 bytes")
            found = [self._taken(pdu) for pdu in self._stream.feed(data)]
        except RemoteError as error:
            self._failure = f"the conversation has ended: {error.message}"
            raise
        return [result for result in found if result is not None]

    def _next_id(self) -> int:
        self._last_id = self._last_id % _CALL_IDS + 1
        return self._last_id

    def _taken(self, pdu: Pdu) -> CallResult | None:
        if not self.is_bound:
            self._bound(pdu)
            return None
        if not isinstance(pdu, (ResponsePdu, FaultPdu)) or pdu.call_id not in self._open:
            raise _unexpected("an answer to an open call", pdu)
        if isinstance(pdu, FaultPdu):
            return self._fault(pdu)
        whole = self._answers.add(pdu)
        if whole is None:
            return None
        self._open.remove(whole.call_id)
        return CallResult(whole.call_id, whole.stub, whole.order)

    def _fault(self, pdu: FaultPdu) -> CallResult:
        """A fault may also come in the place of the rest of an answer."""
        if self._answers.call_id not in (None, pdu.call_id):
            raise _unexpected(f"the rest of the answer to call {self._answers.call_id}", pdu)
        self._answers.drop()
        self._open.remove(pdu.call_id)
        was_begun = not pdu.flags & DID_NOT_EXECUTE
        return CallResult(pdu.call_id, b"", fault=pdu.status, was_begun=was_begun)

    def _bound(self, pdu: Pdu) -> None:
        if isinstance(pdu, BindNakPdu):
            raise RemoteError(f"the server refuses the connection (reason {pdu.reason})")
        if not isinstance(pdu, BindAckPdu) or pdu.call_id != self._last_id or pdu.is_further:
            raise _unexpected("an answer to the bind", pdu)
        if len(pdu.verdicts) != 1:
            raise _unexpected("a word on one interface", pdu)
        verdict = pdu.verdicts[0]
        if verdict.result or verdict.transfer != NDR_SYNTAX:
            words = f"the server does not offer the interface (result {verdict.result}, "
            raise RemoteError(f"{words}reason {verdict.reason})")
        if pdu.max_receive < LEAST_FRAGMENT:
            words = "the server takes messages that are too short"
            expected = f"at least {LEAST_FRAGMENT} bytes"
            raise RemoteProtocolError(words, expected=expected, actual=str(pdu.max_receive))
        self._longest = min(pdu.max_receive, LONGEST_FRAGMENT)
        self.group = pdu.group
        self.is_bound = True


def _unexpected(expected: str, pdu: Pdu) -> RemoteProtocolError:
    words = "the server sent what nobody asked for"
    actual = f"{type(pdu).__name__} of call {pdu.call_id}"
    return RemoteProtocolError(words, expected=expected, actual=actual)
