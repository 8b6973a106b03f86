"""The messages (PDUs) of a connection: bytes in, records out, and back.

Each begins with 16 bytes: version, kind, flags, byte order, whole length, length of a proof of who
sent it, and the number of the call.  A call or an answer that is longer than one message is sent
as several, the *fragments*: flags mark the first and the last.

Proofs (authentication at this level) are not spoken: over a named pipe it is SMB that signs and
encrypts.  A message that brings one is refused.

Source: C706, chapter 12, and MS-RPCE 2.2.2.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from anyreg.rpc.ndr import NdrWriter, Order
from anyreg.rpc.ndr_types import write_uuid

HEADER: Final = 16  # bytes
CALL_HEADER: Final = 24  # bytes of a request or a response before its stub
FIRST: Final = 0x01
LAST: Final = 0x02
DID_NOT_EXECUTE: Final = 0x20
OBJECT: Final = 0x80
WHOLE: Final = FIRST | LAST
VERSION: Final = 5
LITTLE: Final = 0x10  # of the byte that says the order of numbers, and that text is ASCII
LENGTH_AT: Final = 8

REQUEST: Final = 0
RESPONSE: Final = 2
FAULT: Final = 3
BIND: Final = 11
BIND_ACK: Final = 12
BIND_NAK: Final = 13
ALTER_CONTEXT: Final = 14
ALTER_ANSWER: Final = 15

NDR: Final = bytes.fromhex("045d888aeb1cc9119fe808002b104860")
"""The UUID of NDR itself, the transfer syntax of all calls here."""
NDR_VERSION: Final = 2


class Syntax(NamedTuple):
    """An interface or a transfer syntax.

    Attributes:
        uuid: Its UUID, as it is stored little-endian.
        version: Its version: the major number, and the minor one in the high half.
    """

    uuid: bytes
    version: int


NDR_SYNTAX: Final = Syntax(NDR, NDR_VERSION)


class Context(NamedTuple):
    """An interface that a client wants to use, under a number.

    Attributes:
        id: The number.
        interface: What it is.
        transfers: The transfer syntaxes that the client speaks.
    """

    id: int
    interface: Syntax
    transfers: list[Syntax]


class Verdict(NamedTuple):
    """What the server says to a Context.

    Attributes:
        result: 0 if it is accepted.
        reason: Why it is not.
        transfer: The transfer syntax that is taken.
    """

    result: int
    reason: int
    transfer: Syntax


class BindPdu(NamedTuple):
    """A client begins, or wants further interfaces.

    Attributes:
        call_id: The number of the call.
        contexts: What it wants to use.
        max_send: The longest message that it sends.
        max_receive: The longest message that it takes.
        group: The association group to join, 0 for a new one.
        is_further: It is an alter-context: the connection is bound already.
    """

    call_id: int
    contexts: list[Context]
    max_send: int
    max_receive: int
    group: int = 0
    is_further: bool = False

    def encode(self, order: Order = "little") -> bytes:
        """The message.

        Args:
            order: The byte order of numbers.
        """
        writer = _begin(ALTER_CONTEXT if self.is_further else BIND, WHOLE, self.call_id, order)
        writer.u16(self.max_send)
        writer.u16(self.max_receive)
        writer.u32(self.group)
        _write_count(writer, len(self.contexts))
        for context in self.contexts:
            writer.u16(context.id)
            writer.u8(len(context.transfers))
            writer.u8(0)
            for syntax in (context.interface, *context.transfers):
                _write_syntax(writer, syntax)
        return _ended(writer)


class BindAckPdu(NamedTuple):
    """The server has taken a bind.

    Attributes:
        call_id: The number of the call.
        verdicts: What it says to each interface.
        max_send: The longest message that it sends.
        max_receive: The longest message that it takes.
        group: The association group.
        address: Where else it can be reached; of a pipe, its name.
        is_further: It answers an alter-context.
    """

    call_id: int
    verdicts: list[Verdict]
    max_send: int
    max_receive: int
    group: int
    address: bytes = b""
    is_further: bool = False

    def encode(self, order: Order = "little") -> bytes:
        """The message.

        Args:
            order: The byte order of numbers.
        """
        writer = _begin(ALTER_ANSWER if self.is_further else BIND_ACK, WHOLE, self.call_id, order)
        writer.u16(self.max_send)
        writer.u16(self.max_receive)
        writer.u32(self.group)
        writer.u16(len(self.address))
        writer.raw(self.address)
        writer.align(4)
        _write_count(writer, len(self.verdicts))
        for verdict in self.verdicts:
            writer.u16(verdict.result)
            writer.u16(verdict.reason)
            _write_syntax(writer, verdict.transfer)
        return _ended(writer)


class BindNakPdu(NamedTuple):
    """The server refuses the connection.

    Attributes:
        call_id: The number of the call.
        reason: Why.
    """

    call_id: int
    reason: int

    def encode(self, order: Order = "little") -> bytes:
        """The message, which names version 5.0 as the one that is spoken.

        Args:
            order: The byte order of numbers.
        """
        writer = _begin(BIND_NAK, WHOLE, self.call_id, order)
        writer.u16(self.reason)
        writer.raw(bytes((1, VERSION, 0)))
        return _ended(writer)


class RequestPdu(NamedTuple):
    """A call, or a fragment of one.

    Attributes:
        call_id: The number of the call.
        flags: FIRST, LAST or both.
        context: The number of the interface.
        opnum: The number of the method.
        stub: The arguments, or a part of them.
        hint: How many bytes of arguments there are from here on, as the sender says.
        order: The byte order of numbers.
    """

    call_id: int
    flags: int
    context: int
    opnum: int
    stub: bytes
    hint: int = 0
    order: Order = "little"

    def encode(self) -> bytes:
        """The message."""
        writer = _begin(REQUEST, self.flags, self.call_id, self.order)
        writer.u32(self.hint)
        writer.u16(self.context)
        writer.u16(self.opnum)
        writer.raw(self.stub)
        return _ended(writer)


class ResponsePdu(NamedTuple):
    """An answer, or a fragment of one.

    Attributes:
        call_id: The number of the call.
        flags: FIRST, LAST or both.
        context: The number of the interface.
        stub: The results, or a part of them.
        hint: How many bytes of results there are from here on, as the sender says.
        order: The byte order of numbers.
    """

    call_id: int
    flags: int
    context: int
    stub: bytes
    hint: int = 0
    order: Order = "little"

    def encode(self) -> bytes:
        """The message."""
        writer = _begin(RESPONSE, self.flags, self.call_id, self.order)
        writer.u32(self.hint)
        writer.u16(self.context)
        writer.u16(0)  # calls that were cancelled
        writer.raw(self.stub)
        return _ended(writer)


class FaultPdu(NamedTuple):
    """The server has not carried out a call.

    Attributes:
        call_id: The number of the call.
        flags: FIRST and LAST; DID_NOT_EXECUTE where nothing of the call was begun.
        context: The number of the interface.
        status: Why.
    """

    call_id: int
    flags: int
    context: int
    status: int

    def encode(self, order: Order = "little") -> bytes:
        """The message.

        Args:
            order: The byte order of numbers.
        """
        writer = _begin(FAULT, self.flags, self.call_id, order)
        writer.u32(0)
        writer.u16(self.context)
        writer.u16(0)
        writer.u32(self.status)
        writer.u32(0)
        return _ended(writer)


Pdu = BindPdu | BindAckPdu | BindNakPdu | RequestPdu | ResponsePdu | FaultPdu


def _begin(kind: int, flags: int, call_id: int, order: Order) -> NdrWriter:
    writer = NdrWriter(order)
    little = LITTLE if order == "little" else 0
    writer.raw(bytes((VERSION, 0, kind, flags, little, 0, 0, 0)))
    writer.u16(0)  # the length, which is put there at the end
    writer.u16(0)  # no proof
    writer.u32(call_id)
    return writer


def _ended(writer: NdrWriter) -> bytes:
    length = len(writer.data).to_bytes(2, writer.order)
    writer.data[LENGTH_AT : LENGTH_AT + 2] = length
    return bytes(writer.data)


def _write_count(writer: NdrWriter, count: int) -> None:
    writer.u8(count)
    writer.u8(0)
    writer.u16(0)


def _write_syntax(writer: NdrWriter, syntax: Syntax) -> None:
    write_uuid(writer, syntax.uuid)
    writer.u32(syntax.version)
