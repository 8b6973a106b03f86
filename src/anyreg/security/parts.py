"""Parts of a descriptor: what a program asks for, or sets, by SECURITY_INFORMATION.

A bit of it stands for the owner, the group, the DACL, or for some types of entries of the SACL:
audits are one part of it, labels, attributes, policies and trust labels four others.  Each part has
a right that is needed to read it, and one to set it.  Nothing of the other parts is answered or
touched, their control bits included.

Source: Microsoft's [MS-DTYP], 2.4.7, its documentation of SECURITY_INFORMATION, and Wine's tests,
which are checked on Windows; the masks of keys in real hives.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from anyreg.errors import SecurityError
from anyreg.security import descriptor as bits
from anyreg.security.access import (
    ACCESS_SYSTEM_SECURITY,
    KEY_ALL_ACCESS,
    READ_CONTROL,
    WRITE_DAC,
    WRITE_OWNER,
    mapped,
)
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.entries import (
    MANDATORY_LABEL,
    RESOURCE_ATTRIBUTE,
    SCOPED_POLICY,
    TRUST_LABEL,
    Ace,
)
from anyreg.security.sddl import print_sddl

OWNER_PART: Final = 0x1
GROUP_PART: Final = 0x2
DACL_PART: Final = 0x4
SACL_PART: Final = 0x8
LABEL_PART: Final = 0x10
ATTRIBUTE_PART: Final = 0x20
SCOPE_PART: Final = 0x40
TRUST_PART: Final = 0x80
BACKUP_PART: Final = 0x1_0000
UNPROTECTED_SACL: Final = 0x1000_0000
UNPROTECTED_DACL: Final = 0x2000_0000
PROTECTED_SACL: Final = 0x4000_0000
PROTECTED_DACL: Final = 0x8000_0000

_ALL_PARTS: Final = 0xFF
_ANY_SACL: Final = 0xF8
_TO_READ: Final = {
    OWNER_PART: READ_CONTROL,
    GROUP_PART: READ_CONTROL,
    DACL_PART: READ_CONTROL,
    SACL_PART: ACCESS_SYSTEM_SECURITY,
    LABEL_PART: READ_CONTROL,
    ATTRIBUTE_PART: READ_CONTROL,
    SCOPE_PART: READ_CONTROL,
    TRUST_PART: READ_CONTROL,
    BACKUP_PART: READ_CONTROL | ACCESS_SYSTEM_SECURITY,
}
_TO_SET: Final = {
    OWNER_PART: WRITE_OWNER,
    GROUP_PART: WRITE_OWNER,
    DACL_PART: WRITE_DAC,
    SACL_PART: ACCESS_SYSTEM_SECURITY,
    LABEL_PART: WRITE_OWNER,
    ATTRIBUTE_PART: WRITE_DAC,
    SCOPE_PART: ACCESS_SYSTEM_SECURITY,
    TRUST_PART: WRITE_DAC,
    BACKUP_PART: WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY,
    UNPROTECTED_SACL: ACCESS_SYSTEM_SECURITY,
    UNPROTECTED_DACL: WRITE_DAC,
    PROTECTED_SACL: ACCESS_SYSTEM_SECURITY,
    PROTECTED_DACL: WRITE_DAC,
}
_PART_OF_TYPE: Final = {
    MANDATORY_LABEL: LABEL_PART,
    RESOURCE_ATTRIBUTE: ATTRIBUTE_PART,
    SCOPED_POLICY: SCOPE_PART,
    TRUST_LABEL: TRUST_PART,
}
_AUDITING: Final = frozenset((2, 3, 7, 8, 0x0D, 0x0E, 0x0F, 0x10))
_AUDITED: Final = KEY_ALL_ACCESS | ACCESS_SYSTEM_SECURITY

_DACL_CONTROL: Final = (
    bits.DACL_PRESENT
    | bits.DACL_DEFAULTED
    | bits.DACL_AUTO_INHERIT_REQUIRED
    | bits.DACL_AUTO_INHERITED
    | bits.DACL_PROTECTED
)
_SACL_CONTROL: Final = (
    bits.SACL_PRESENT
    | bits.SACL_DEFAULTED
    | bits.SACL_AUTO_INHERIT_REQUIRED
    | bits.SACL_AUTO_INHERITED
    | bits.SACL_PROTECTED
)


def right_to_read(information: int) -> int:
    """The rights that are needed to read parts.

    Args:
        information: Which parts.

    Examples:
        >>> hex(right_to_read(OWNER_PART | SACL_PART))
        '0x1020000'
    """
    return _needed(_TO_READ, information)


def right_to_set(information: int) -> int:
    """The rights that are needed to set parts.

    Args:
        information: Which parts, and whether a list is to be protected.
    """
    return _needed(_TO_SET, information)


def _needed(table: dict[int, int], information: int) -> int:
    needed = 0
    for part, right in table.items():
        if information & part:
            needed |= right
    return needed


def parts_of(descriptor: SecurityDescriptor, information: int) -> SecurityDescriptor:
    """Some parts of a descriptor, with the control bits that speak of them.

    Args:
        descriptor: All of it.
        information: Which parts.
    """
    asked = _asked(information)
    control = bits.SELF_RELATIVE | descriptor.control & _control_of(asked)
    return SecurityDescriptor(
        descriptor.owner if asked & OWNER_PART else None,
        descriptor.group if asked & GROUP_PART else None,
        descriptor.dacl if asked & DACL_PART else None,
        _some_of(descriptor.sacl, asked),
        control,
    )


def _asked(information: int) -> int:
    return _ALL_PARTS if information & BACKUP_PART else information & _ALL_PARTS


def _control_of(asked: int) -> int:
    """The control bits of some parts."""
    return (
        (bits.OWNER_DEFAULTED if asked & OWNER_PART else 0)
        | (bits.GROUP_DEFAULTED if asked & GROUP_PART else 0)
        | (_DACL_CONTROL if asked & DACL_PART else 0)
        | (_SACL_CONTROL if asked & _ANY_SACL else 0)
    )


def _some_of(sacl: Acl | None, asked: int) -> Acl | None:
    """A SACL, or those of its entries that are asked for; None where nothing of it is."""
    if sacl is None or not asked & _ANY_SACL:
        return None
    found = [ace for ace in sacl if _part_of(ace) & asked]
    return sacl if len(found) == len(sacl) else sacl.with_aces(found)


def _part_of(ace: Ace) -> int:
    return _PART_OF_TYPE.get(ace.type, SACL_PART)


def with_parts(
    before: SecurityDescriptor, given: SecurityDescriptor, information: int
) -> SecurityDescriptor:
    """A key's descriptor, with some parts set to those of another one.

    It is what the kernel makes of RegSetKeySecurity: rights of entries that count for the key
    become those of a key, a list counts as inherited by itself only if the caller asks for that in
    two bits, and nothing is inherited from above.

    Args:
        before: The key's descriptor.
        given: What the parts are taken from.
        information: Which parts, and whether a list is to be protected.

    Raises:
        SecurityError: The owner or the group is to be set, and none is given.
    """
    asked = _asked(information)
    owner, group, dacl, sacl = before.owner, before.group, before.dacl, before.sacl
    if asked & OWNER_PART:
        owner = given.owner
        if owner is None:
            raise SecurityError("the descriptor has no owner to be set")
    if asked & GROUP_PART:
        group = given.group
        if group is None:
            raise SecurityError("the descriptor has no primary group to be set")
    if asked & DACL_PART:
        dacl = _stored(given.dacl)
    if asked & _ANY_SACL:
        sacl = _joined(before.sacl, given.sacl, asked)
    control = before.control & ~_control_of(asked) | _set_control(given, asked, sacl)
    changed = before.with_control(_guarded(control, information))
    return replace(changed, owner=owner, group=group, dacl=dacl, sacl=sacl)


def changed_parts(before: SecurityDescriptor, after: SecurityDescriptor) -> int:
    """The parts in which two descriptors differ; no SACL and one without entries are the same.

    Args:
        before: A descriptor.
        after: Another one.

    Examples:
        >>> from anyreg.security.sddl import parse_sddl
        >>> changed_parts(parse_sddl("O:BAG:SYD:"), parse_sddl("O:SYG:SYD:P")) == 0x5
        True
    """
    changed = OWNER_PART if before.owner != after.owner else 0
    changed |= GROUP_PART if before.group != after.group else 0
    flipped = before.control ^ after.control
    if before.dacl != after.dacl or flipped & _DACL_CONTROL:
        changed |= DACL_PART
    if flipped & _SACL_CONTROL & ~bits.SACL_PRESENT:
        changed |= SACL_PART
    for part in (SACL_PART, *_PART_OF_TYPE.values()):
        if _entries_of(before.sacl, part) != _entries_of(after.sacl, part):
            changed |= part
    return changed


def _entries_of(sacl: Acl | None, part: int) -> list[Ace]:
    return [ace for ace in sacl or () if _part_of(ace) == part]


def with_sacl_of(descriptor: SecurityDescriptor, other: SecurityDescriptor) -> SecurityDescriptor:
    """A descriptor with what is audited in another one, the other parts of its SACL kept.

    Args:
        descriptor: The descriptor.
        other: The other one.
    """
    audits = _entries_of(other.sacl, SACL_PART)
    own = [ace for ace in descriptor.sacl or () if _part_of(ace) != SACL_PART]
    if other.sacl is None and descriptor.sacl is None:
        sacl = None
    else:
        whole = other.sacl or descriptor.sacl or Acl()
        aces = [*own, *audits]
        sacl = whole if tuple(aces) == whole.aces else whole.with_aces(aces)
    control = descriptor.control & ~_SACL_CONTROL | other.control & _SACL_CONTROL
    if sacl is not None:
        control |= bits.SACL_PRESENT
    changed = descriptor.with_control(control)
    return replace(changed, sacl=sacl)


def _set_control(given: SecurityDescriptor, asked: int, sacl: Acl | None) -> int:
    """The control bits that the given parts bring."""
    control = given.control & _control_of(asked)
    for required in (bits.DACL_AUTO_INHERIT_REQUIRED, bits.SACL_AUTO_INHERIT_REQUIRED):
        inherited = required << 2  # DI stands two bits above DC, SI above SC
        if not control & required:
            control &= ~inherited
        control &= ~required
    return control | (bits.SACL_PRESENT if asked & _ANY_SACL and sacl is not None else 0)


def _guarded(control: int, information: int) -> int:
    for bit, protected, unprotected in (
        (bits.DACL_PROTECTED, PROTECTED_DACL, UNPROTECTED_DACL),
        (bits.SACL_PROTECTED, PROTECTED_SACL, UNPROTECTED_SACL),
    ):
        if information & protected:
            control |= bit
        elif information & unprotected:
            control &= ~bit
    return control


def _joined(before: Acl | None, given: Acl | None, asked: int) -> Acl | None:
    """The given entries of the parts that are set, then what was there of the others."""
    kept = [ace for ace in before or () if not _part_of(ace) & asked]
    new = [ace for ace in _stored(given) or () if _part_of(ace) & asked]
    if given is None and not kept:
        return None
    return (before or given or Acl()).with_aces([*new, *kept])


def expect_whole(descriptor: SecurityDescriptor) -> None:
    """Refuse what Windows takes for damage, and what would let everybody in by an oversight.

    Args:
        descriptor: All that a key is to have.

    Raises:
        SecurityError: It lacks an owner, a group or a list.
    """
    if not descriptor.is_whole:
        raise SecurityError(
            "not a whole descriptor",
            expected="an owner, a group and a list, as in O:BAG:SYD:(A;CI;KA;;;BA)",
            actual=repr(print_sddl(descriptor)),
        )


def with_rights_of_a_key(descriptor: SecurityDescriptor) -> SecurityDescriptor:
    """A descriptor whose entries that count for a key have the rights that a key has, no others.

    Args:
        descriptor: The descriptor.
    """
    dacl, sacl = _stored(descriptor.dacl), _stored(descriptor.sacl)
    if dacl == descriptor.dacl and sacl == descriptor.sacl:
        return descriptor
    return replace(descriptor.with_control(descriptor.control), dacl=dacl, sacl=sacl)


def _stored(acl: Acl | None) -> Acl | None:
    """A list as the kernel stores it."""
    if acl is None:
        return None
    aces = tuple(map(_as_it_counts, acl))
    return acl if aces == acl.aces else replace(acl, aces=aces)


def _as_it_counts(ace: Ace) -> Ace:
    return replace(ace, mask=mask_of_a_key(ace)) if ace.is_effective else ace


def mask_of_a_key(ace: Ace) -> int:
    """The rights that an entry has where it counts for a key: generic ones mapped, others cut off.

    Args:
        ace: The entry; what stands in a label or an attribute are no rights of a key.
    """
    if ace.type in _PART_OF_TYPE or not ace.is_known:
        return ace.mask
    return mapped(ace.mask) & (_AUDITED if ace.type in _AUDITING else KEY_ALL_ACCESS)
