"""Messages (PDUs) out of bytes; see `pdus` for what they are.

Either byte order is read.  Kinds that a registry has no use for, and whatever does not fit its
own header, are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from anyreg.errors import RemoteProtocolError
from anyreg.rpc.ndr import NdrReader, Order
from anyreg.rpc.ndr_types import read_uuid
from anyreg.rpc.pdus import (
    ALTER_ANSWER,
    ALTER_CONTEXT,
    BIND,
    BIND_ACK,
    BIND_NAK,
    FAULT,
    HEADER,
    LENGTH_AT,
    LITTLE,
    OBJECT,
    REQUEST,
    RESPONSE,
    VERSION,
    BindAckPdu,
    BindNakPdu,
    BindPdu,
    Context,
    FaultPdu,
    Pdu,
    RequestPdu,
    ResponsePdu,
    Syntax,
    Verdict,
)

_UUID: Final = 16  # bytes
_SYNTAX: Final = 20  # bytes
_LEAST_CONTEXT: Final = 24  # bytes
_VERDICT: Final = 24  # bytes


class Header(NamedTuple):
    """What every message begins with.

    Attributes:
        kind: Number of its kind.
        flags: FIRST, LAST and others.
        order: Byte order of its numbers.
        call_id: The number of the call.
    """

    kind: int
    flags: int
    order: Order
    call_id: int


def order_of(data: bytes) -> Order:
    """The byte order of the numbers of a message.

    Args:
        data: At least its header.
    """
    return "little" if data[4] & LITTLE else "big"


def length_of(data: bytes) -> int:
    """How long a message is, by its header.

    Args:
        data: At least its header.

    Raises:
        RemoteProtocolError: It is no message of this protocol.
    """
    if data[0] != VERSION:
        raise _wrong(0, f"version {VERSION}", str(data[0]))
    length = int.from_bytes(data[LENGTH_AT : LENGTH_AT + 2], order_of(data))
    if length < HEADER:
        raise _wrong(LENGTH_AT, f"a length of at least {HEADER} bytes", str(length))
    return length


def read_pdu(data: bytes) -> Pdu:
    """One whole message.

    Args:
        data: Its bytes, no more and no fewer.

    Raises:
        RemoteProtocolError: They are no such message.
    """
    if len(data) < HEADER or length_of(data) != len(data):
        raise _wrong(LENGTH_AT, f"a message of {len(data)} bytes", "another length in its header")
    reader = NdrReader(data, order_of(data), LENGTH_AT + 2)
    if reader.u16():
        raise _wrong(LENGTH_AT + 2, "no proof of who sent it", "one that was not agreed on")
    header = Header(data[2], data[3], reader.order, reader.u32())
    read = _READERS.get(header.kind)
    if read is None:
        raise _wrong(2, "a bind, a call or an answer", f"a message of kind {header.kind}")
    return read(reader, header)


def _wrong(offset: int, expected: str, actual: str) -> RemoteProtocolError:
    words = "a message of a remote call is malformed"
    return RemoteProtocolError(words, offset=offset, expected=expected, actual=actual)


def _count(reader: NdrReader, size: int) -> int:
    """A number of one byte, with three that mean nothing behind it."""
    reader.align(4)
    count = reader.u8()
    reader.raw(3)
    if count * size > reader.left:
        raise reader.wrong(f"at most {reader.left // size} entries", str(count), before=4)
    return count


def _syntax(reader: NdrReader) -> Syntax:
    return Syntax(read_uuid(reader), reader.u32())


def _bind(reader: NdrReader, header: Header) -> Pdu:
    send, receive, group = reader.u16(), reader.u16(), reader.u32()
    contexts = [_context(reader) for _ in range(_count(reader, _LEAST_CONTEXT))]
    is_further = header.kind == ALTER_CONTEXT
    return BindPdu(header.call_id, contexts, send, receive, group, is_further)


def _context(reader: NdrReader) -> Context:
    id_ = reader.u16()
    count = reader.u8()
    reader.raw(1)
    interface = _syntax(reader)
    if count * _SYNTAX > reader.left:
        raise reader.wrong(f"at most {reader.left // _SYNTAX} transfer syntaxes", str(count))
    return Context(id_, interface, [_syntax(reader) for _ in range(count)])


def _bind_ack(reader: NdrReader, header: Header) -> Pdu:
    send, receive, group = reader.u16(), reader.u16(), reader.u32()
    address = reader.raw(reader.u16())
    verdicts = [
        Verdict(reader.u16(), reader.u16(), _syntax(reader))
        for _ in range(_count(reader, _VERDICT))
    ]
    is_further = header.kind == ALTER_ANSWER
    return BindAckPdu(header.call_id, verdicts, send, receive, group, address, is_further)


def _bind_nak(reader: NdrReader, header: Header) -> Pdu:
    return BindNakPdu(header.call_id, reader.u16())


def _request(reader: NdrReader, header: Header) -> Pdu:
    hint, context, opnum = reader.u32(), reader.u16(), reader.u16()
    if header.flags & OBJECT:
        reader.raw(_UUID)
    stub = reader.raw(reader.left)
    return RequestPdu(header.call_id, header.flags, context, opnum, stub, hint, header.order)


def _response(reader: NdrReader, header: Header) -> Pdu:
    hint, context = reader.u32(), reader.u16()
    reader.u16()  # calls that were cancelled
    stub = reader.raw(reader.left)
    return ResponsePdu(header.call_id, header.flags, context, stub, hint, header.order)


def _fault(reader: NdrReader, header: Header) -> Pdu:
    reader.u32()
    context = reader.u16()
    reader.u16()
    return FaultPdu(header.call_id, header.flags, context, reader.u32())


_READERS: Final[dict[int, Callable[[NdrReader, Header], Pdu]]] = {
    REQUEST: _request,
    RESPONSE: _response,
    FAULT: _fault,
    BIND: _bind,
    BIND_ACK: _bind_ack,
    BIND_NAK: _bind_nak,
    ALTER_CONTEXT: _bind,
    ALTER_ANSWER: _bind_ack,
}
