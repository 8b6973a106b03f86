"""Bytes cut into messages, and messages put together into calls and answers.

The fragments of a call follow each other: no other call's stand between them, since nobody here
offers to take them mixed.  So there is at most one half call at a time, and what it may grow to is
limited: memory is bounded by the limit and one message, whatever the other side sends.
"""

from __future__ import annotations

from typing import Final

from anyreg.errors import RemoteProtocolError
from anyreg.rpc.pdu_reading import length_of, read_pdu
from anyreg.rpc.pdus import CALL_HEADER, FIRST, HEADER, LAST, Pdu, RequestPdu, ResponsePdu

LONGEST_FRAGMENT: Final = 5840  # bytes that both sides of Windows offer
_UNIT: Final = 8  # parts of a stub have a multiple of it


class PduStream:
    """Cuts what comes, in pieces of any size, into messages."""

    def __init__(self, longest: int = LONGEST_FRAGMENT) -> None:
        """Begin.

        Args:
            longest: The longest message that was offered to be taken.
        """
        self._longest = longest
        self._pending = bytearray()

    @property
    def is_empty(self) -> bool:
        """Whether no half message waits for its rest."""
        return not self._pending

    def feed(self, data: bytes) -> list[Pdu]:
        """The messages that are whole now.

        Args:
            data: The next bytes.

        Raises:
            RemoteProtocolError: They are no messages, or one is longer than was offered.
        """
        self._pending += data
        at = 0
        found: list[Pdu] = []
        while len(self._pending) - at >= HEADER:
            length = length_of(bytes(self._pending[at : at + HEADER]))
            if length > self._longest:
                words = "a message of a remote call is longer than was agreed"
                expected = f"at most {self._longest} bytes"
                raise RemoteProtocolError(words, expected=expected, actual=str(length))
            if len(self._pending) - at < length:
                break
            found.append(read_pdu(bytes(self._pending[at : at + length])))
            at += length
        del self._pending[:at]
        return found


class Reassembly:
    """Puts the fragments of calls, or of answers, together."""

    def __init__(self, limit: int) -> None:
        """Begin.

        Args:
            limit: The most bytes that the arguments of one call may have.
        """
        self._limit = limit
        self._first: RequestPdu | ResponsePdu | None = None
        self._stub = bytearray()

    @property
    def call_id(self) -> int | None:
        """The call that waits for its rest, None where none does."""
        return None if self._first is None else self._first.call_id

    def add(self, pdu: RequestPdu | ResponsePdu) -> RequestPdu | ResponsePdu | None:
        """Take the next fragment.

        Args:
            pdu: The fragment.

        Returns:
            The whole call as if it had come at one go, with its last fragment; until then None.

        Raises:
            RemoteProtocolError: It does not follow the last one, or the call grows too long.
        """
        self._check(pdu)
        size = len(self._stub) + len(pdu.stub)
        if size > self._limit:
            words = "the arguments of a remote call are too long"
            expected = f"at most {self._limit} bytes"
            raise RemoteProtocolError(words, expected=expected, actual=f"{size} or more")
        self._stub += pdu.stub
        if self._first is None:
            self._first = pdu
        if not pdu.flags & LAST:
            return None
        stub = bytes(self._stub)
        whole = self._first._replace(flags=FIRST | LAST, stub=stub, hint=len(stub))
        self.drop()
        return whole

    def drop(self) -> None:
        """Forget a half call."""
        self._first = None
        self._stub = bytearray()

    def _check(self, pdu: RequestPdu | ResponsePdu) -> None:
        first = self._first
        if first is None:
            if not pdu.flags & FIRST:
                raise _out_of_order("the first fragment of a call", pdu)
        elif pdu.flags & FIRST or _belonging(pdu) != _belonging(first):
            raise _out_of_order(f"the next fragment of call {first.call_id}", pdu)


def _belonging(pdu: RequestPdu | ResponsePdu) -> tuple[object, ...]:
    """What all fragments of a call have in common."""
    opnum = pdu.opnum if isinstance(pdu, RequestPdu) else None
    return pdu.call_id, pdu.context, pdu.order, opnum


def _out_of_order(expected: str, pdu: RequestPdu | ResponsePdu) -> RemoteProtocolError:
    which = "the first" if pdu.flags & FIRST else "a later"
    words = "fragments of remote calls came in a wrong order"
    actual = f"{which} fragment of call {pdu.call_id}"
    return RemoteProtocolError(words, expected=expected, actual=actual)


def parts_of(stub: bytes, longest: int) -> list[tuple[int, bytes]]:
    """A stub in parts for fragments, each with its flags.

    Args:
        stub: The arguments.
        longest: The longest message that the other side takes.
    """
    size = (longest - CALL_HEADER) // _UNIT * _UNIT
    starts = range(0, len(stub), size) or range(1)
    last = starts[-1]
    return [
        ((FIRST if at == 0 else 0) | (LAST if at == last else 0), stub[at : at + size])
        for at in starts
    ]
