"""What the arguments of the calls for names of accounts are: lists of SIDs, names and domains.

A list is a count and a pointer; its array stands behind, and what the entries point to behind all
of them.  See `ndr_types` for what a codec is.

Source: MS-LSAT 2.2, MS-DTYP 2.4.2.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar

from anyreg.rpc.arguments import WireText
from anyreg.rpc.ndr import NdrReader, NdrWriter
from anyreg.rpc.ndr_types import TEXT

NO_DOMAIN: Final = 0xFFFF_FFFF
_MOST_NUMBERS: Final = 15  # of a SID

T = TypeVar("T")


class WireAccount(NamedTuple):
    """What a SID is called.

    Attributes:
        kind: Its kind of account (SID_NAME_USE).
        name: Its name.
        domain: The index of its domain, or NO_DOMAIN.
    """

    kind: int
    name: WireText
    domain: int


class WireSid(NamedTuple):
    """What a name stands for.

    Attributes:
        kind: Its kind of account (SID_NAME_USE).
        sid: The bytes of its SID, None for none.
        domain: The index of its domain, or NO_DOMAIN.
        flags: How it was found, which means nothing here.
    """

    kind: int
    sid: bytes | None
    domain: int
    flags: int = 0


class WireDomain(NamedTuple):
    """A domain that accounts are in.

    Attributes:
        name: Its name.
        sid: The bytes of its SID, None for none.
    """

    name: WireText
    sid: bytes | None


class _Sids:
    """A SID, whose count of numbers stands before it too."""

    def read(self, reader: NdrReader) -> bytes:
        count = reader.count(4)
        head = reader.raw(8)
        if head[1] != count or count > _MOST_NUMBERS:
            expected = f"a SID of {min(count, _MOST_NUMBERS)} numbers"
            raise reader.wrong(expected, f"one of {head[1]}", before=7)
        return head + b"".join(reader.u32().to_bytes(4, "little") for _ in range(count))

    def write(self, writer: NdrWriter, value: bytes) -> None:
        writer.u32(value[1])
        writer.raw(value[:8])
        for at in range(8, len(value), 4):
            writer.u32(int.from_bytes(value[at : at + 4], "little"))


SID: Final = _Sids()


def _pointed(reader: NdrReader, is_there: bool) -> bytes | None:
    return SID.read(reader) if is_there else None


class _List(Generic[T]):
    """A count, a pointer and an array; entries are read and written in two halves."""

    def __init__(
        self,
        least: int,
        read: Callable[[NdrReader], Any],
        read_target: Callable[[NdrReader, Any], T],
        write: Callable[[NdrWriter, T], None],
        write_target: Callable[[NdrWriter, T], None],
    ) -> None:
        self._least = least  # bytes of one entry
        self._read, self._read_target = read, read_target
        self._write, self._write_target = write, write_target

    def read(self, reader: NdrReader) -> list[T]:
        return self.read_array(reader, *self.read_head(reader))

    def write(self, writer: NdrWriter, value: Sequence[T]) -> None:
        self.write_head(writer, value)
        self.write_array(writer, value)

    def read_head(self, reader: NdrReader) -> tuple[int, bool]:
        return reader.u32(), reader.u32() != 0

    def write_head(self, writer: NdrWriter, value: Sequence[T]) -> None:
        writer.u32(len(value))
        writer.pointer(bool(value))

    def read_array(self, reader: NdrReader, wanted: int, is_there: bool) -> list[T]:
        count = reader.count(self._least) if is_there else 0
        if count != wanted:
            raise reader.wrong(f"{wanted} entries", f"{count}", before=4)
        heads = [self._read(reader) for _ in range(count)]
        return [self._read_target(reader, head) for head in heads]

    def write_array(self, writer: NdrWriter, value: Sequence[T]) -> None:
        if value:
            writer.u32(len(value))
            for entry in value:
                self._write(writer, entry)
            for entry in value:
                self._write_target(writer, entry)


def _write_pointed(writer: NdrWriter, sid: bytes | None) -> None:
    if sid is not None:
        SID.write(writer, sid)


def _read_account(reader: NdrReader) -> tuple[int, tuple[int, int, bool], int]:
    reader.align(4)
    return reader.u16(), TEXT.read_head(reader), reader.u32()


def _write_account(writer: NdrWriter, account: WireAccount) -> None:
    writer.align(4)
    writer.u16(account.kind)
    TEXT.write_head(writer, account.name)
    writer.u32(account.domain)


def _read_sid(reader: NdrReader) -> tuple[int, bool, int, int]:
    reader.align(4)
    return reader.u16(), reader.u32() != 0, reader.u32(), reader.u32()


def _write_sid(writer: NdrWriter, found: WireSid) -> None:
    writer.align(4)
    writer.u16(found.kind)
    writer.pointer(found.sid is not None)
    writer.u32(found.domain)
    writer.u32(found.flags)


def _write_domain(writer: NdrWriter, domain: WireDomain) -> None:
    TEXT.write_head(writer, domain.name)
    writer.pointer(domain.sid is not None)


def _write_domain_target(writer: NdrWriter, domain: WireDomain) -> None:
    TEXT.write_target(writer, domain.name)
    _write_pointed(writer, domain.sid)


_SIDS: Final = _List[bytes](
    4,
    lambda reader: reader.u32() != 0,
    lambda reader, is_there: _pointed(reader, is_there) or b"",
    lambda writer, sid: writer.pointer(True),
    SID.write,
)
_ACCOUNTS: Final = _List[WireAccount](
    16,
    _read_account,
    lambda reader, head: WireAccount(head[0], TEXT.read_target(reader, head[1]), head[2]),
    _write_account,
    lambda writer, account: TEXT.write_target(writer, account.name),
)
_FOUND_SIDS: Final = _List[WireSid](
    16,
    _read_sid,
    lambda reader, head: WireSid(head[0], _pointed(reader, head[1]), *head[2:]),
    _write_sid,
    lambda writer, found: _write_pointed(writer, found.sid),
)
_DOMAINS: Final = _List[WireDomain](
    12,
    lambda reader: (TEXT.read_head(reader), reader.u32() != 0),
    lambda reader, head: WireDomain(TEXT.read_target(reader, head[0]), _pointed(reader, head[1])),
    _write_domain,
    _write_domain_target,
)


class _Names:
    """An array of texts, whose count is an argument of its own too."""

    def read(self, reader: NdrReader) -> list[WireText]:
        heads = [TEXT.read_head(reader) for _ in range(reader.count(8))]
        return [TEXT.read_target(reader, head) for head in heads]

    def write(self, writer: NdrWriter, value: Sequence[WireText]) -> None:
        writer.u32(len(value))
        for text in value:
            TEXT.write_head(writer, text)
        for text in value:
            TEXT.write_target(writer, text)


class _Referred:
    """A pointer to a list of domains that has the room of its array behind it."""

    def read(self, reader: NdrReader) -> list[WireDomain]:
        if not reader.u32():
            return []
        head = _DOMAINS.read_head(reader)
        reader.u32()
        return _DOMAINS.read_array(reader, *head)

    def write(self, writer: NdrWriter, value: Sequence[WireDomain]) -> None:
        writer.pointer(True)
        _DOMAINS.write_head(writer, value)
        writer.u32(32)  # any number will do
        _DOMAINS.write_array(writer, value)


Names = Annotated[list[WireText], _Names()]
Sids = Annotated[list[bytes], _SIDS]
Accounts = Annotated[list[WireAccount], _ACCOUNTS]
FoundSids = Annotated[list[WireSid], _FOUND_SIDS]
Domains = Annotated[list[WireDomain], _Referred()]
