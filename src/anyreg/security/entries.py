"""Access control entries: whom one speaks of, of which rights, and who inherits it.

An entry is a type, flags, its own size, and a body by its type: a mask and a SID, with two GUIDs
between them in object entries, and data behind them in those that have a condition or a claim.
The size may exceed the fields; such spare bytes are data too, and are given back as they were.
A type that is not known is kept as the bytes of its body.

Source: Microsoft's [MS-DTYP], 2.4.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from struct import pack, unpack_from
from typing import Final

from anyreg.errors import SecurityError
from anyreg.security.sid import Sid

ALLOW: Final = 0x00
DENY: Final = 0x01
AUDIT: Final = 0x02
ALARM: Final = 0x03
ALLOW_OBJECT: Final = 0x05
DENY_OBJECT: Final = 0x06
AUDIT_OBJECT: Final = 0x07
ALARM_OBJECT: Final = 0x08
ALLOW_CALLBACK: Final = 0x09
DENY_CALLBACK: Final = 0x0A
ALLOW_CALLBACK_OBJECT: Final = 0x0B
DENY_CALLBACK_OBJECT: Final = 0x0C
AUDIT_CALLBACK: Final = 0x0D
ALARM_CALLBACK: Final = 0x0E
AUDIT_CALLBACK_OBJECT: Final = 0x0F
ALARM_CALLBACK_OBJECT: Final = 0x10
MANDATORY_LABEL: Final = 0x11
RESOURCE_ATTRIBUTE: Final = 0x12
SCOPED_POLICY: Final = 0x13
TRUST_LABEL: Final = 0x14
ACCESS_FILTER: Final = 0x15

TYPE_NAMES: Final = {
    ALLOW: "allow",
    DENY: "deny",
    AUDIT: "audit",
    ALARM: "alarm",
    0x04: "allow compound",
    ALLOW_OBJECT: "allow object",
    DENY_OBJECT: "deny object",
    AUDIT_OBJECT: "audit object",
    ALARM_OBJECT: "alarm object",
    ALLOW_CALLBACK: "allow if",
    DENY_CALLBACK: "deny if",
    ALLOW_CALLBACK_OBJECT: "allow object if",
    DENY_CALLBACK_OBJECT: "deny object if",
    AUDIT_CALLBACK: "audit if",
    ALARM_CALLBACK: "alarm if",
    AUDIT_CALLBACK_OBJECT: "audit object if",
    ALARM_CALLBACK_OBJECT: "alarm object if",
    MANDATORY_LABEL: "mandatory label",
    RESOURCE_ATTRIBUTE: "resource attribute",
    SCOPED_POLICY: "scoped policy",
    TRUST_LABEL: "trust label",
    ACCESS_FILTER: "access filter",
}
OBJECT_TYPES: Final = frozenset((5, 6, 7, 8, 0x0B, 0x0C, 0x0F, 0x10))
_PLAIN: Final = frozenset((0, 1, 2, 3, 9, 0x0A, 0x0D, 0x0E, 0x11, 0x12, 0x13, 0x14, 0x15))

OBJECT_INHERIT: Final = 0x01
CONTAINER_INHERIT: Final = 0x02
NO_PROPAGATE: Final = 0x04
INHERIT_ONLY: Final = 0x08
INHERITED: Final = 0x10
CRITICAL: Final = 0x20
AUDIT_SUCCESS: Final = 0x40
AUDIT_FAILURE: Final = 0x80

_HEAD: Final = 4
_MASK: Final = 4
_GUID: Final = 16
_MOST_BYTES: Final = 0xFFFF
_HAS_TYPE: Final = 1
_HAS_INHERITED_TYPE: Final = 2
NOBODY: Final = Sid(0, (0,))


@dataclass(frozen=True, slots=True)
class Ace:
    """One entry of a list.

    Attributes:
        type: Its type, ALLOW, DENY ...
        flags: Who inherits it, and what is audited: CONTAINER_INHERIT ...
        mask: The rights it speaks of.
        sid: Whom it speaks of; NOBODY where the type is not known.
        object_type: The GUID of what an object entry is for, as 16 bytes; b"" for none.
        inherited_type: The GUID of those that inherit an object entry, likewise.
        object_flags: The flags of an object entry, those that say which GUID is there included.
        data: What stands behind the SID: a condition, a claim, or spare bytes; the whole body
            where the type is not known.
    """

    type: int
    flags: int
    mask: int
    sid: Sid
    object_type: bytes = b""
    inherited_type: bytes = b""
    object_flags: int = 0
    data: bytes = b""

    @property
    def is_known(self) -> bool:
        """Whether the type is one whose fields are known."""
        return is_known(self.type)

    @property
    def is_object(self) -> bool:
        """Whether it is an object entry, which has GUIDs."""
        return self.type in OBJECT_TYPES

    @property
    def is_inherited(self) -> bool:
        """Whether it came from a key above."""
        return self.flags & INHERITED != 0

    @property
    def is_effective(self) -> bool:
        """Whether it counts for this key itself, and not only for those below."""
        return not self.flags & INHERIT_ONLY

    def with_flags(self, flags: int) -> Ace:
        """The same entry with other flags.

        Args:
            flags: All of them.
        """
        return replace(self, flags=flags)

    def build(self) -> bytes:
        """The bytes of the entry, header included, filled with zeros to a multiple of four.

        Raises:
            SecurityError: It is too long for its size to be stored.
        """
        body = self._body()
        size = _HEAD + len(body)
        if size & 3 and self.is_known:
            body += bytes(-size & 3)
            size = _HEAD + len(body)
        if size > _MOST_BYTES:
            raise SecurityError(
                "an entry is too long", expected="65,535 bytes", actual=f"{size}", winerror=1336
            )
        return pack("<BBH", self.type, self.flags, size) + body

    def _body(self) -> bytes:
        if not self.is_known:
            return self.data
        parts = [pack("<I", self.mask)]
        if self.is_object:
            guids = (self.object_type, self.inherited_type)
            parts.append(pack("<I", self.object_flags & ~3 | guid_flags(*guids)))
            parts += guids
        return b"".join([*parts, self.sid.build(), self.data])


def is_known(kind: int) -> bool:
    """Whether the fields of a type of entry are known.

    Args:
        kind: The type.
    """
    return kind in _PLAIN or kind in OBJECT_TYPES


def guid_flags(object_type: bytes, inherited_type: bytes) -> int:
    """The flags of an object entry that say which GUIDs it has.

    Args:
        object_type: What it is for, b"" for none.
        inherited_type: What inherits it, likewise.
    """
    return (_HAS_TYPE if object_type else 0) | (_HAS_INHERITED_TYPE if inherited_type else 0)


def read_ace(data: bytes, at: int, end: int) -> tuple[Ace, int]:
    """The entry that begins at an offset.

    Args:
        data: Bytes that hold it.
        at: Offset of its first byte.
        end: Offset behind the list that it is in.

    Returns:
        The entry, and the offset behind it.

    Raises:
        SecurityError: There is no whole entry there.
    """
    if at + _HEAD > end:
        raise _cut(at, _HEAD, end - at)
    kind, flags, size = unpack_from("<BBH", data, at)
    if size < _HEAD or at + size > end:
        raise _cut(at, max(size, _HEAD), end - at)
    body = data[at + _HEAD : at + size]
    if not is_known(kind):
        return Ace(kind, flags, 0, NOBODY, data=body), at + size
    try:
        return _fields(kind, flags, body), at + size
    except SecurityError as error:
        error.offset += at + _HEAD
        raise


def _fields(kind: int, flags: int, body: bytes) -> Ace:
    """The fields of an entry whose type is known."""
    object_flags, at = 0, _MASK
    guids = [b"", b""]
    if len(body) < 2 * _MASK:
        raise _cut(0, 2 * _MASK, len(body))
    if kind in OBJECT_TYPES:
        object_flags = unpack_from("<I", body, _MASK)[0]
        at = 2 * _MASK
        for index in (0, 1):
            if object_flags >> index & 1:
                if len(body) < at + _GUID:
                    raise _cut(at, _GUID, len(body) - at)
                guids[index] = body[at : at + _GUID]
                at += _GUID
    sid = Sid.from_bytes(body, at)
    mask = unpack_from("<I", body)[0]
    return Ace(kind, flags, mask, sid, guids[0], guids[1], object_flags, body[at + sid.size :])


def _cut(at: int, wanted: int, there: int) -> SecurityError:
    return SecurityError(
        "an entry is cut off",
        offset=at,
        expected=f"{wanted} bytes",
        actual=f"{max(there, 0)}",
        winerror=1336,
    )
