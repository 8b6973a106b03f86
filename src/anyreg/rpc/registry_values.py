"""The methods of a remote registry (MS-RRP) for values.

Buffers go both ways: a request says how much room there is, and sends none of it.

Source: MS-RRP 3.1.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from anyreg.rpc.ndr_types import (
    U32,
    Buffer,
    Data,
    Entries,
    Handle,
    MaybeU32,
    String,
)
from anyreg.rpc.registry_calls import PlainAnswer
from anyreg.rpc.stubs import CallAnswer, Request


@dataclass(frozen=True)
class DeleteValueRequest(Request[PlainAnswer], opnum=8, answer=PlainAnswer):
    """Delete a value."""

    key: Handle
    name: String


@dataclass(frozen=True)
class EnumValueAnswer(CallAnswer):
    """A value: its name, type and bytes, how much room they need, and how many came."""

    name: String
    type: MaybeU32 = None
    data: Buffer = None
    size: MaybeU32 = None
    length: MaybeU32 = None
    error: U32 = 0


@dataclass(frozen=True)
class EnumValueRequest(Request[EnumValueAnswer], opnum=10, answer=EnumValueAnswer):
    """Ask for the value at an index."""

    key: Handle
    index: U32
    name: String
    type: MaybeU32 = None
    data: Buffer = None
    size: MaybeU32 = None
    length: MaybeU32 = None


@dataclass(frozen=True)
class QueryValueAnswer(CallAnswer):
    """The type and the bytes of a value, how much room they need, and how many came."""

    type: MaybeU32 = None
    data: Buffer = None
    size: MaybeU32 = None
    length: MaybeU32 = None
    error: U32 = 0


@dataclass(frozen=True)
class QueryValueRequest(Request[QueryValueAnswer], opnum=17, answer=QueryValueAnswer):
    """Ask for a value by its name."""

    key: Handle
    name: String
    type: MaybeU32 = None
    data: Buffer = None
    size: MaybeU32 = None
    length: MaybeU32 = None


@dataclass(frozen=True)
class SetValueRequest(Request[PlainAnswer], opnum=22, answer=PlainAnswer):
    """Set a value; the size is that of the bytes."""

    key: Handle
    name: String
    type: U32
    data: Data
    size: U32


@dataclass(frozen=True)
class ManyValuesAnswer(CallAnswer):
    """Where each value stands in the buffer, and how much of it is used."""

    entries: Entries
    buffer: Buffer = None
    size: U32 = 0
    error: U32 = 0


@dataclass(frozen=True)
class ManyValuesRequest(Request[ManyValuesAnswer], opnum=29, answer=ManyValuesAnswer):
    """Ask for several values; all are there, or none is given."""

    key: Handle
    entries: Entries
    count: U32
    buffer: Buffer = None
    size: U32 = 0


@dataclass(frozen=True)
class ManyValues2Request(Request[ManyValuesAnswer], opnum=34, answer=ManyValuesAnswer):
    """The same; the answer says how much room is needed."""

    key: Handle
    entries: Entries
    count: U32
    buffer: Buffer = None
    size: U32 = 0
