"""The records that cells hold - nk, vk, sk, db - as objects: payload bytes in, payload bytes out.

Each class parses a cell's payload (its bytes without the 4-byte size), keeps every field, also
those whose meaning is unknown, and builds the same bytes again.  Reading a whole hive does not
come this way: the engine's tree reads the few fields that it needs in place.

Source: the public specification of the format, as `layout` has it.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from mypy_extensions import i64

from anyreg.errors import CorruptHiveError
from anyreg.names import decode_name, encode_name
from anyreg.regf.data import inline_data, size_field
from anyreg.regf.layout import (
    DATA_INLINE,
    DATA_INLINE_MOST,
    DB,
    DB_RECORD,
    KEY_COMPRESSED,
    NK,
    NK_FLAGS,
    NK_NAME,
    NK_NAME_SIZE,
    NONE,
    SK,
    SK_DESCRIPTOR,
    VALUE_COMPRESSED,
    VK,
    VK_NAME,
)
from anyreg.regf.reads import u16, word
from anyreg.regf.writes import BytesWriter, put_u16, put_u32, put_u64

_NK: Final = Struct("<HHQIIIIIIIIIIIIIIIHH")
_VK: Final = Struct("<HHIIIHH")
_SK: Final = Struct("<HHIIII")
_DB: Final = Struct("<HHI")


def signature_text(signature: int) -> str:
    """A two-character signature as text, such as "nk"; other bytes show as hex."""
    text = signature.to_bytes(2, "little")
    return text.decode("ascii") if text.isalnum() else f"0x{signature:04x}"


def _require(payload: bytes, size: int, signature: int, what: str) -> None:
    """Raise CorruptHiveError unless the payload is long enough and bears the signature."""
    if len(payload) < size:
        raise CorruptHiveError(
            f"{what} is cut short", expected=f"{size} bytes", actual=f"{len(payload)}"
        )
    found = int.from_bytes(payload[:2], "little")
    if found != signature:
        raise CorruptHiveError(
            f"bad {what}", expected=signature_text(signature), actual=signature_text(found)
        )


def _require_room(payload: bytes, at: int, size: int, what: str) -> None:
    """Raise CorruptHiveError unless so many bytes follow in the payload."""
    if at + size > len(payload):
        raise CorruptHiveError(
            f"{what} beyond its cell", expected=f"{size} bytes", actual=f"{len(payload) - at}"
        )


class KeyRecord:
    """A key node (nk).

    Attributes:
        name: The key's name.
        flags: KEY_ flags of the layout; KEY_COMPRESSED is set by build() as the name needs it.
        last_written: FILETIME.
        access_bits: Windows 8 and later.
        parent: Cell offset of the parent key.
        subkeys: Number of stable subkeys; volatile_subkeys: of volatile ones.
        subkey_list: Cell offset of the list, or NONE; volatile_list likewise.
        values: Number of values.
        value_list: Cell offset of the list of values, or NONE.
        security: Cell offset of the security record.
        class_cell: Cell offset of the class name's text, or NONE; class_size: its bytes.
        max_subkey_name: Longest subkey name, bytes of UTF-16 (flags in the upper half).
        max_class: Longest class name of a subkey, bytes.
        max_value_name: Longest value name, bytes of UTF-16.
        max_value_data: Longest data of a value, bytes.
        work: Unused.
    """

    def __init__(self, name: str, parent: int = NONE, last_written: int = 0) -> None:
        self.name = name
        self.flags = 0
        self.last_written = last_written
        self.access_bits = 0
        self.parent = parent
        self.subkeys = 0
        self.volatile_subkeys = 0
        self.subkey_list: int = NONE
        self.volatile_list: int = NONE
        self.values = 0
        self.value_list: int = NONE
        self.security: int = NONE
        self.class_cell: int = NONE
        self.class_size = 0
        self.max_subkey_name = 0
        self.max_class = 0
        self.max_value_name = 0
        self.max_value_data = 0
        self.work = 0

    def build(self) -> bytes:
        """The payload of the cell."""
        out = BytesWriter()
        name, compressed = encode_name(self.name)
        self.put(out, name, compressed)
        return out.getvalue()

    def put(self, out: BytesWriter, name: bytes, compressed: bool) -> None:
        """Add the payload of the cell.

        Args:
            out: Where to.
            name: The stored bytes of the name, as encode_name() gives them.
            compressed: Whether these are compressed.
        """
        put_u16(out, NK)
        put_u16(out, self.flags | KEY_COMPRESSED if compressed else self.flags & ~KEY_COMPRESSED)
        put_u64(out, self.last_written)
        put_u32(out, self.access_bits)
        put_u32(out, self.parent)
        put_u32(out, self.subkeys)
        put_u32(out, self.volatile_subkeys)
        put_u32(out, self.subkey_list)
        put_u32(out, self.volatile_list)
        put_u32(out, self.values)
        put_u32(out, self.value_list)
        put_u32(out, self.security)
        put_u32(out, self.class_cell)
        put_u32(out, self.max_subkey_name)
        put_u32(out, self.max_class)
        put_u32(out, self.max_value_name)
        put_u32(out, self.max_value_data)
        put_u32(out, self.work)
        put_u16(out, len(name))
        put_u16(out, self.class_size)
        out.write(name)


def renamed_key(payload: bytes, name: str) -> bytes:
    """The payload of a key node with another name, without what stood behind the old one."""
    stored, compressed = encode_name(name)
    flags = u16(payload, NK_FLAGS) & ~KEY_COMPRESSED | (KEY_COMPRESSED if compressed else 0)
    head = payload[:NK_FLAGS] + word(flags) + payload[NK_FLAGS + 2 : NK_NAME_SIZE]
    return head + word(len(stored)) + payload[NK_NAME_SIZE + 2 : NK_NAME] + stored


def parse_key(payload: bytes) -> KeyRecord:
    """A key node out of its cell's payload.

    Raises:
        CorruptHiveError: Too short, another signature, or a name beyond the cell.
    """
    _require(payload, NK_NAME, NK, "key node")
    fields = _NK.unpack_from(payload)
    size: int = fields[18]
    _require_room(payload, NK_NAME, size, "key name")
    flags: int = fields[1]
    name = decode_name(payload[NK_NAME : NK_NAME + size], flags & KEY_COMPRESSED != 0)
    record = KeyRecord(name, fields[4], fields[2])
    record.flags = flags
    record.access_bits = fields[3]
    record.subkeys = fields[5]
    record.volatile_subkeys = fields[6]
    record.subkey_list = fields[7]
    record.volatile_list = fields[8]
    record.values = fields[9]
    record.value_list = fields[10]
    record.security = fields[11]
    record.class_cell = fields[12]
    record.max_subkey_name = fields[13]
    record.max_class = fields[14]
    record.max_value_name = fields[15]
    record.max_value_data = fields[16]
    record.work = fields[17]
    record.class_size = fields[19]
    return record


class ValueRecord:
    """A key value (vk).

    Attributes:
        name: The value's name, "" for the default value.
        type: Type number.
        size: Bytes of data; where `inline` is true they stand in `data` itself (at most 4).
        inline: Whether the data stands in the record.
        data: Cell offset of the data, or up to four bytes of data as a number.
        flags: 1 compressed name (set by build() as the name needs it), 2 tombstone.
        spare: Unused.
    """

    def __init__(self, name: str, type: int, size: int, inline: bool, data: int) -> None:
        self.name = name
        self.type = type
        self.size = size
        self.inline = inline
        self.data = data
        self.flags = 0
        self.spare = 0

    def build(self) -> bytes:
        """The payload of the cell."""
        out = BytesWriter()
        name, compressed = encode_name(self.name)
        size = self.size | DATA_INLINE if self.inline else self.size
        put_value(out, name, compressed, self.type, size, self.data, self.flags, self.spare)
        return out.getvalue()


def put_value(
    out: BytesWriter,
    name: bytes,
    compressed: bool,
    type: i64,
    size: i64,
    data: i64,
    flags: i64 = 0,
    spare: i64 = 0,
) -> None:
    """Add the payload of a key value.

    Args:
        out: Where to.
        name: The stored bytes of its name, as encode_name() gives them.
        compressed: Whether these are compressed.
        type: Type number.
        size: Bytes of data, as size_field() has them.
        data: Cell offset of the data, or the data itself as a number.
        flags: Those of the record, but that of the name.
        spare: Unused.
    """
    put_u16(out, VK)
    put_u16(out, len(name))
    put_u32(out, size)
    put_u32(out, data)
    put_u32(out, type)
    # The default value has no name, and Windows leaves its flag clear.
    is_flagged = compressed and len(name) > 0
    put_u16(out, flags | VALUE_COMPRESSED if is_flagged else flags & ~VALUE_COMPRESSED)
    put_u16(out, spare)
    out.write(name)


def build_value(name: str, type: i64, raw: bytes, cell: i64, flags: i64 = 0) -> bytes:
    """The payload of the record of a value with this data.

    Args:
        name: The value's name.
        type: Type number.
        raw: The data, which stands in the record where it is of four bytes at most.
        cell: Cell offset of longer data.
        flags: Those of the record, but that of the name.
    """
    out = BytesWriter()
    stored, compressed = encode_name(name)
    size: i64 = len(raw)
    data = inline_data(raw) if size <= DATA_INLINE_MOST else cell
    put_value(out, stored, compressed, type, size_field(size), data, flags)
    return out.getvalue()


def parse_value(payload: bytes) -> ValueRecord:
    """A key value out of its cell's payload.

    Raises:
        CorruptHiveError: Too short, another signature, or a name beyond the cell.
    """
    _require(payload, VK_NAME, VK, "key value")
    fields = _VK.unpack_from(payload)
    name_size: int = fields[1]
    _require_room(payload, VK_NAME, name_size, "value name")
    flags: int = fields[5]
    size: int = fields[2]
    name = decode_name(payload[VK_NAME : VK_NAME + name_size], flags & VALUE_COMPRESSED != 0)
    record = ValueRecord(name, fields[4], size & ~DATA_INLINE, size & DATA_INLINE != 0, fields[3])
    record.flags = flags
    record.spare = fields[6]
    return record


class SecurityRecord:
    """A security descriptor (sk), shared by all keys that have the same.

    Attributes:
        descriptor: The self-relative security descriptor.
        next: Cell offset of the next sk in the circle of all; previous: of the one before.
        references: Number of keys that use it.
    """

    def __init__(self, descriptor: bytes, next: int, previous: int, references: int) -> None:
        self.descriptor = descriptor
        self.next = next
        self.previous = previous
        self.references = references
        self.spare = 0

    def build(self) -> bytes:
        """The payload of the cell."""
        header = _SK.pack(
            SK, self.spare, self.next, self.previous, self.references, len(self.descriptor)
        )
        return header + self.descriptor


def parse_security(payload: bytes) -> SecurityRecord:
    """A security record out of its cell's payload.

    Raises:
        CorruptHiveError: Too short, another signature, or a descriptor beyond the cell.
    """
    _require(payload, SK_DESCRIPTOR, SK, "security record")
    fields = _SK.unpack_from(payload)
    size: int = fields[5]
    _require_room(payload, SK_DESCRIPTOR, size, "security descriptor")
    descriptor = payload[SK_DESCRIPTOR : SK_DESCRIPTOR + size]
    record = SecurityRecord(descriptor, fields[2], fields[3], fields[4])
    record.spare = fields[1]
    return record


def put_big_data(out: BytesWriter, segments: i64, segment_list: i64) -> None:
    """Add the payload of a db record: see build_big_data()."""
    put_u16(out, DB)
    put_u16(out, segments)
    put_u32(out, segment_list)


def build_big_data(segments: int, segment_list: int) -> bytes:
    """The payload of a db record.

    Args:
        segments: How many segments the data has.
        segment_list: Cell offset of the list of their cell offsets.
    """
    out = BytesWriter()
    put_big_data(out, segments, segment_list)
    return out.getvalue()


def parse_big_data(payload: bytes) -> tuple[int, int]:
    """The number of segments and the cell offset of their list, out of a db record.

    Raises:
        CorruptHiveError: Too short, or another signature.
    """
    _require(payload, DB_RECORD, DB, "big data record")
    fields = _DB.unpack_from(payload)
    return fields[1], fields[2]
