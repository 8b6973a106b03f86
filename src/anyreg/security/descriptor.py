"""Self-relative security descriptors: owner, group and access list in one run of bytes.

Source: Microsoft's [MS-DTYP], 2.4.4 (entries), 2.4.5 (lists) and 2.4.6 (descriptors).
"""

from __future__ import annotations

from struct import pack, unpack_from

from anyreg.security.sid import build_sid

KEY_ALL_ACCESS = 0xF003F
KEY_READ = 0x20019

_HEADER = 20
_LEAST_PART = 8  # bytes of a SID without subauthorities, and of an empty list
_SELF_RELATIVE = 0x8000
_DACL_PRESENT = 0x0004
_ACL_REVISION = 2
_ALLOWED = 0
_CONTAINER_INHERIT = 2


def allow(sid: str, access: int) -> bytes:
    """An entry that allows access to a key and to all keys made below it.

    Args:
        sid: Who, such as "S-1-5-18".
        access: The access mask.
    """
    body = pack("<I", access) + build_sid(sid)
    return pack("<BBH", _ALLOWED, _CONTAINER_INHERIT, 4 + len(body)) + body


def build_descriptor(owner: str, group: str, entries: list[bytes]) -> bytes:
    """A self-relative descriptor.

    Args:
        owner: SID of the owner.
        group: SID of the primary group.
        entries: The entries of the access list, from allow().
    """
    listed = b"".join(entries)
    acl = pack("<BBHHH", _ACL_REVISION, 0, 8 + len(listed), len(entries), 0) + listed
    owner_sid = build_sid(owner)
    group_sid = build_sid(group)
    owner_at = _HEADER + len(acl)
    control = _SELF_RELATIVE | _DACL_PRESENT
    offsets = (owner_at, owner_at + len(owner_sid), 0, _HEADER)
    return pack("<BBHIIII", 1, 0, control, *offsets) + acl + owner_sid + group_sid


def default_descriptor() -> bytes:
    """What a key of a new hive gets: administrators and the system all access, everyone reads."""
    administrators = "S-1-5-32-544"
    system = "S-1-5-18"
    everyone = "S-1-1-0"
    entries = [
        allow(administrators, KEY_ALL_ACCESS),
        allow(system, KEY_ALL_ACCESS),
        allow(everyone, KEY_READ),
    ]
    return build_descriptor(administrators, system, entries)


def is_self_relative(descriptor: bytes) -> bool:
    """Whether bytes can be a self-relative descriptor: its head, and that its parts lie within.

    Args:
        descriptor: The bytes.

    Examples:
        >>> is_self_relative(default_descriptor()), is_self_relative(b"none")
        (True, False)
    """
    if len(descriptor) < _HEADER:
        return False
    revision, _, control, *offsets = unpack_from("<BBHIIII", descriptor)
    if revision != 1 or not control & _SELF_RELATIVE:
        return False
    return all(at == 0 or _HEADER <= at <= len(descriptor) - _LEAST_PART for at in offsets)
