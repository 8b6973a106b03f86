"""What of a security descriptor is read from Windows, and given to it.  Pure.

What audits can be read and set with a privilege alone; the label of integrity, which is in the same
list, without.  So the list counts as a label where it holds nothing else.
"""

from __future__ import annotations

from struct import pack_into, unpack_from
from typing import Final

from anyreg.backends.live.declarations import DACL, GROUP, LABEL, OWNER, SACL
from anyreg.errors import SecurityError
from anyreg.security.descriptor import (
    DACL_AUTO_INHERIT_REQUIRED,
    DACL_AUTO_INHERITED,
    DACL_PRESENT,
    DACL_PROTECTED,
    SACL_AUTO_INHERIT_REQUIRED,
    SACL_AUTO_INHERITED,
    SACL_PRESENT,
    is_self_relative,
)

READ_PARTS: Final = OWNER | GROUP | DACL | LABEL
_PROTECT: Final = 0x80000000
_UNPROTECT: Final = 0x20000000
_LABEL_ACE: Final = 0x11


def parts_of(descriptor: bytes) -> int:
    """The parts that a descriptor has, as the number that Windows takes.

    Args:
        descriptor: Its bytes.

    Raises:
        SecurityError: They are no self-relative descriptor.
    """
    if not is_self_relative(descriptor):
        raise SecurityError("these bytes are no self-relative security descriptor")
    control, owner, group, sacl, _ = unpack_from("<2xH4I", descriptor)
    parts = (OWNER if owner else 0) | (GROUP if group else 0)
    if control & DACL_PRESENT:
        parts |= DACL | (_PROTECT if control & DACL_PROTECTED else _UNPROTECT)
    if control & SACL_PRESENT:
        parts |= LABEL if sacl and _has_labels_alone(descriptor, sacl) else SACL
    return parts


def _has_labels_alone(descriptor: bytes, at: int) -> bool:
    count: int = unpack_from("<4xH", descriptor, at)[0]
    place = at + 8
    for _ in range(count):
        if place + 4 > len(descriptor) or descriptor[place] != _LABEL_ACE:
            return False
        place += max(4, unpack_from("<2xH", descriptor, place)[0])
    return count > 0


def sent(descriptor: bytes) -> bytes:
    """A descriptor as Windows must be given it, to keep what says that lists are inherited.

    Args:
        descriptor: Its bytes.
    """
    (control,) = unpack_from("<2xH", descriptor)
    if control & DACL_AUTO_INHERITED:
        control |= DACL_AUTO_INHERIT_REQUIRED
    if control & SACL_AUTO_INHERITED:
        control |= SACL_AUTO_INHERIT_REQUIRED
    changed = bytearray(descriptor)
    pack_into("<H", changed, 2, control)
    return bytes(changed)
