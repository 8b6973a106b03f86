"""Calls and answers as classes: their fields are the arguments, in the order of the wire.

A request is written with its number and the class of its answer behind its bases:

    @dataclass(frozen=True)
    class FlushKeyRequest(Request[PlainAnswer], opnum=11, answer=PlainAnswer): ...

so that whoever sends one knows the type of what comes back, and a server finds the request of a
number.  Each field is annotated with its codec (see `ndr_types`).  An interface beside that of the
registry is named by the first of its classes, from which its others are derived.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, Final, Generic, TypeVar, cast, get_type_hints

from anyreg.errors import RemoteProtocolError
from anyreg.rpc.ndr import NdrReader, NdrWriter, Order
from anyreg.rpc.ndr_types import Codec
from anyreg.rpc.pdus import Syntax

WINREG: Final = Syntax(bytes.fromhex("01d08c334422f131aaaa900038001003"), 1)
"""The interface of the registry (MS-RRP); its UUID as it is stored little-endian."""


class CallAnswer:
    """What a server says to a call.

    Attributes:
        error: The error code of Windows, 0 for none; every answer ends with it.
    """

    error: int

    def encode(self, order: Order = "little") -> bytes:
        """The bytes of the stub.

        Args:
            order: The byte order of numbers.
        """
        return _encode(self, order)


A = TypeVar("A", bound=CallAnswer)


class Request(Generic[A]):
    """A call of a method.

    Attributes:
        interface: The interface that the method is of.
        opnum: The method's number.
        answer: The class of its answers.
    """

    interface: ClassVar[Syntax] = WINREG
    opnum: ClassVar[int] = -1
    answer: ClassVar[type[CallAnswer]] = CallAnswer

    def __init_subclass__(
        cls,
        opnum: int = -1,
        answer: type[CallAnswer] = CallAnswer,
        interface: Syntax | None = None,
    ) -> None:
        if interface is not None:
            cls.interface = interface
        if opnum >= 0:
            cls.opnum = opnum
            REQUESTS[cls.interface, opnum] = cls
        if answer is not CallAnswer:
            cls.answer = answer

    def encode(self, order: Order = "little") -> bytes:
        """The bytes of the stub.

        Args:
            order: The byte order of numbers.

        Raises:
            RemoteProtocolError: An argument is of a size that the interface does not take.
        """
        return _encode(self, order)

    def decode_answer(self, stub: bytes, order: Order = "little") -> A:
        """The answer to this call.

        Args:
            stub: The bytes of the answer.
            order: The byte order of numbers.

        Raises:
            RemoteProtocolError: They are no such answer.
        """
        return cast(A, _decode(self.answer, stub, order))


REQUESTS: Final[dict[tuple[Syntax, int], type[Request[Any]]]] = {}
"""The requests by their interfaces and numbers."""


def decode_request(
    opnum: int, stub: bytes, order: Order = "little", interface: Syntax = WINREG
) -> Request[Any]:
    """A call that has come to a server.

    Args:
        opnum: The method's number.
        stub: The bytes of the call.
        order: The byte order of numbers.
        interface: The interface that it has come through.

    Raises:
        KeyError: There is no method of this number.
        RemoteProtocolError: The bytes are no such call.
    """
    return cast("Request[Any]", _decode(REQUESTS[interface, opnum], stub, order))


@cache
def _codecs(kind: Any) -> list[tuple[str, Codec]]:
    hints = get_type_hints(kind, include_extras=True)
    return [(field.name, hints[field.name].__metadata__[0]) for field in fields(kind)]


def _encode(record: Any, order: Order) -> bytes:
    writer = NdrWriter(order)
    for name, codec in _codecs(record.__class__):
        try:
            codec.write(writer, getattr(record, name))
        except OverflowError as error:
            words = f"the argument {name} of {type(record).__name__} is out of range"
            raise RemoteProtocolError(words, offset=len(writer.data)) from error
    return bytes(writer.data)


def _decode(kind: Any, stub: bytes, order: Order) -> object:
    reader = NdrReader(stub, order)
    found = [codec.read(reader) for _, codec in _codecs(kind)]
    reader.end()
    return kind(*found)
