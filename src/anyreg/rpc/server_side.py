"""A server's side of a connection, without the connection: what was called, and what to send.

An interface that is not offered is refused in the answer to the bind, a method that is not there
by a fault, as Windows does.  What is no such protocol at all is an error, behind which the
connection is closed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from anyreg.errors import RemoteError, RemoteProtocolError
from anyreg.rpc.fragments import LONGEST_FRAGMENT, PduStream, Reassembly, parts_of
from anyreg.rpc.ndr import Order
from anyreg.rpc.pdus import (
    DID_NOT_EXECUTE,
    NDR_SYNTAX,
    WHOLE,
    BindAckPdu,
    BindPdu,
    Context,
    FaultPdu,
    Pdu,
    RequestPdu,
    ResponsePdu,
    Syntax,
    Verdict,
)

LONGEST_CALL: Final = 0x40_0000  # bytes of arguments, as Samba has it
NO_SUCH_METHOD: Final = 0x1C01_0002  # nca_s_op_rng_error
NO_SUCH_INTERFACE: Final = 0x1C01_0003  # nca_s_unk_if
BAD_ARGUMENTS: Final = 0x0000_06F7  # RPC_X_BAD_STUB_DATA
LEAST_FRAGMENT_TAKEN: Final = 1432  # bytes

_REFUSED: Final = 2  # by the provider
_NO_INTERFACE: Final = 1
_NO_TRANSFER: Final = 2
_NO_SYNTAX: Final = Syntax(bytes(16), 0)


class IncomingCall(NamedTuple):
    """A call, as it came.

    Attributes:
        call_id: The number of the call.
        context: The number that the client gave to the interface.
        opnum: The number of the method.
        stub: The arguments.
        order: The byte order of their numbers.
    """

    call_id: int
    context: int
    opnum: int
    stub: bytes
    order: Order


class ServerSide:
    """One connection, and one interface that is offered there."""

    def __init__(
        self, interface: Syntax, group: int, address: bytes = b"", limit: int = LONGEST_CALL
    ) -> None:
        r"""Begin.

        Args:
            interface: What is offered.
            group: The association group of connections that have asked for none.
            address: The name of the pipe with its NUL, such as b"\\PIPE\\winreg\0".
            limit: The most bytes that the arguments of a call may have.
        """
        self.group = group
        self._interface = interface
        self._address = address
        self._stream = PduStream()
        self._calls = Reassembly(limit)
        self._longest = 0
        self._contexts: set[int] = set()
        self._failure = ""

    def receive(self, data: bytes) -> tuple[list[bytes], list[IncomingCall]]:
        """What to send at once, and what was called, by the next bytes from the client.

        Args:
            data: The bytes.

        Raises:
            RemoteProtocolError: They are not what a client may send now.
        """
        if self._failure:
            raise RemoteError(self._failure)
        messages: list[bytes] = []
        calls: list[IncomingCall] = []
        try:
            for pdu in self._stream.feed(data):
                self._taken(pdu, messages, calls)
        except RemoteError as error:
            self._failure = f"the conversation has ended: {error.message}"
            raise
        return messages, calls

    def answer(self, call: IncomingCall, stub: bytes) -> list[bytes]:
        """The messages of an answer, in the byte order little-endian.

        Args:
            call: What it answers.
            stub: The results.
        """
        messages = []
        left = len(stub)
        for flags, part in parts_of(stub, self._longest):
            messages.append(ResponsePdu(call.call_id, flags, call.context, part, left).encode())
            left -= len(part)
        return messages

    def fault(self, call: IncomingCall, status: int, was_begun: bool = False) -> bytes:
        """The message that a call was not carried out.

        Args:
            call: What it answers.
            status: Why.
            was_begun: Whether something of it may have been done.
        """
        flags = WHOLE | (0 if was_begun else DID_NOT_EXECUTE)
        return FaultPdu(call.call_id, flags, call.context, status).encode()

    def _taken(self, pdu: Pdu, messages: list[bytes], calls: list[IncomingCall]) -> None:
        if isinstance(pdu, BindPdu):
            messages.append(self._bound(pdu))
            return
        if not isinstance(pdu, RequestPdu) or not self._longest:
            words = "the client sent what may not come now"
            expected = "a call" if self._longest else "a bind"
            raise RemoteProtocolError(words, expected=expected, actual=type(pdu).__name__)
        whole = self._calls.add(pdu)
        if isinstance(whole, RequestPdu):
            call = IncomingCall(whole.call_id, whole.context, whole.opnum, whole.stub, whole.order)
            if call.context in self._contexts:
                calls.append(call)
            else:
                messages.append(self.fault(call, NO_SUCH_INTERFACE))

    def _bound(self, pdu: BindPdu) -> bytes:
        if pdu.is_further != bool(self._longest) or self._calls.call_id is not None:
            words = "the client sent a bind where none may come"
            raise RemoteProtocolError(words, expected="a call", actual="a bind")
        if min(pdu.max_receive, pdu.max_send) < LEAST_FRAGMENT_TAKEN:
            words = "the client takes messages that are too short"
            expected = f"at least {LEAST_FRAGMENT_TAKEN} bytes"
            raise RemoteProtocolError(words, expected=expected, actual=str(pdu.max_receive))
        if not self._longest:
            self._longest = min(pdu.max_receive, LONGEST_FRAGMENT)
            self.group = pdu.group or self.group
        verdicts = [self._verdict(context) for context in pdu.contexts]
        return BindAckPdu(
            pdu.call_id,
            verdicts,
            self._longest,
            LONGEST_FRAGMENT,
            self.group,
            b"" if pdu.is_further else self._address,
            pdu.is_further,
        ).encode()

    def _verdict(self, context: Context) -> Verdict:
        if context.interface != self._interface:
            return Verdict(_REFUSED, _NO_INTERFACE, _NO_SYNTAX)
        if NDR_SYNTAX not in context.transfers:
            return Verdict(_REFUSED, _NO_TRANSFER, _NO_SYNTAX)
        self._contexts.add(context.id)
        return Verdict(0, 0, NDR_SYNTAX)
