"""Inheritance: which descriptor a new key gets, and what a change above means for keys below.

A key is a container, so an entry is passed on if it is marked for containers (then it counts for
the child too) or for objects (then the child only carries it).  Where passing on changes an entry
- CREATOR OWNER becomes the owner, generic rights become those of a key - the child gets two: what
counts for it, and the unchanged one for its own children.

The kernel leaves out the half that counts if an earlier entry covers it, in lists that are marked
as inherited by itself.  No document says so: real hives do, on a hundred thousand keys.

Source: Microsoft's [MS-DTYP], 2.5.3.4, and the keys of real hives.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from anyreg.errors import SecurityError
from anyreg.security import descriptor as bits
from anyreg.security import entries as types
from anyreg.security.claims import NON_INHERITABLE, parse_claim
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.entries import Ace
from anyreg.security.known import CREATOR_GROUP, CREATOR_OWNER, LABELS
from anyreg.security.parts import mask_of_a_key
from anyreg.security.sid import Sid
from anyreg.security.token import MEDIUM, Token

_INHERITABLE: Final = types.OBJECT_INHERIT | types.CONTAINER_INHERIT
_PASSED_ON: Final = types.AUDIT_SUCCESS | types.AUDIT_FAILURE | types.CRITICAL
_NO_WRITE_UP: Final = 1


def inherited_aces(acl: Acl | None, owner: Sid, group: Sid, *, is_auto: bool) -> list[Ace]:
    """The entries that a new key gets from its parent's list.

    Args:
        acl: The parent's list.
        owner: The new key's owner, who stands where CREATOR OWNER does.
        group: Its group, likewise.
        is_auto: Whether the parent's list is marked as inherited by itself; then the entries are
            marked as inherited, and none counts twice.
    """
    made: list[Ace] = []
    earlier: dict[Ace, list[int]] = {}
    for ace in acl or ():
        if ace.flags & _INHERITABLE and not _stays(ace):
            made += _passed_on(ace, owner, group, earlier, is_auto)
    return made


def _stays(ace: Ace) -> bool:
    """Whether it is a claim that says that it is not inherited."""
    if ace.type != types.RESOURCE_ATTRIBUTE:
        return False
    try:
        return parse_claim(ace.data).flags & NON_INHERITABLE != 0
    except SecurityError:
        return False


def _passed_on(
    ace: Ace, owner: Sid, group: Sid, earlier: dict[Ace, list[int]], is_auto: bool
) -> list[Ace]:
    kept = ace.flags & _PASSED_ON
    kept |= types.INHERITED if is_auto else ace.flags & types.INHERITED
    further = ace.flags & _INHERITABLE
    goes_on = not ace.flags & types.NO_PROPAGATE
    effective = resolved(ace, owner, group).with_flags(kept)
    counts = ace.flags & types.CONTAINER_INHERIT != 0
    if counts and is_auto and _is_covered(effective, earlier):
        counts = False
    is_changed = (effective.mask, effective.sid) != (ace.mask, ace.sid)
    if counts and goes_on and not is_changed:
        return [ace.with_flags(kept | further)]
    below = [ace.with_flags(kept | further | types.INHERIT_ONLY)] if goes_on else []
    return [effective, *below] if counts else below


def _is_covered(ace: Ace, earlier: dict[Ace, list[int]]) -> bool:
    """Whether an entry that counts gives the same one all that this one does; else it will.

    Args:
        ace: The entry.
        earlier: The rights of those before it, by all that makes them the same.
    """
    masks = earlier.setdefault(replace(ace, mask=0, flags=ace.flags & _PASSED_ON), [])
    if any(not ace.mask & ~mask for mask in masks):
        return True
    masks.append(ace.mask)
    return False


def resolved(ace: Ace, owner: Sid, group: Sid) -> Ace:
    """An entry as it counts for a key: its creator named, its rights those of a key.

    Args:
        ace: The entry.
        owner: The key's owner.
        group: The key's group.
    """
    sid = {CREATOR_OWNER: owner, CREATOR_GROUP: group}.get(ace.sid, ace.sid)
    return replace(ace, sid=sid, mask=mask_of_a_key(ace))


def stored_aces(acl: Acl, owner: Sid, group: Sid) -> list[Ace]:
    """The entries that a new key has of a list that its creator gave.

    Args:
        acl: The list.
        owner: The key's owner.
        group: The key's group.
    """
    made = []
    for ace in acl:
        effective = resolved(ace, owner, group)
        is_changed = effective != ace
        if not ace.is_effective or not is_changed or not ace.flags & _INHERITABLE:
            made.append(effective if ace.is_effective else ace)
        else:
            made.append(effective.with_flags(ace.flags & ~_INHERITABLE & ~types.NO_PROPAGATE))
            made.append(ace.with_flags(ace.flags | types.INHERIT_ONLY))
    return made


def resolved_descriptor(given: SecurityDescriptor) -> SecurityDescriptor:
    """A whole descriptor that is given for a new key, as it counts for the key.

    Args:
        given: The descriptor.
    """
    if given.dacl is None or given.owner is None or given.group is None:
        return given
    aces = stored_aces(given.dacl, given.owner, given.group)
    return given.with_dacl(given.dacl.with_aces(aces)) if tuple(aces) != given.dacl.aces else given


def new_descriptor(
    parent: SecurityDescriptor, token: Token, given: SecurityDescriptor | None = None
) -> SecurityDescriptor:
    """The descriptor of a key that is made now.

    Args:
        parent: The descriptor of the key above.
        token: Who makes it.
        given: What the creator asks for; parts that are missing are found as if there were none.
    """
    given = given or SecurityDescriptor()
    owner = given.owner or token.new_owner
    group = given.group or token.new_group
    dacl, dacl_bits = _new_dacl(parent, given, token, owner, group)
    sacl, sacl_bits = _new_sacl(parent, given, token, owner, group)
    control = bits.SELF_RELATIVE | dacl_bits | sacl_bits
    return SecurityDescriptor(owner, group, dacl, sacl, control)


def _new_dacl(
    parent: SecurityDescriptor, given: SecurityDescriptor, token: Token, owner: Sid, group: Sid
) -> tuple[Acl | None, int]:
    is_auto = parent.control & bits.DACL_AUTO_INHERITED != 0
    control = bits.DACL_PRESENT | (bits.DACL_AUTO_INHERITED if is_auto else 0)
    inherited = inherited_aces(parent.dacl, owner, group, is_auto=is_auto)
    if given.control & bits.DACL_PRESENT:
        if given.dacl is None:
            return None, control
        own = stored_aces(_own(given.dacl, given.is_protected), owner, group)
        if given.is_protected:
            return Acl(tuple(own)), control | bits.DACL_PROTECTED
        return Acl((*own, *(inherited if is_auto else ()))), control
    if inherited and parent.dacl is not None:
        return parent.dacl.with_aces(inherited), control
    if token.default_dacl is None:
        return None, control
    return Acl(tuple(stored_aces(token.default_dacl, owner, group))), control


def _own(acl: Acl, is_protected: bool) -> Acl:
    """A given list without what it says to be inherited, which a protected one keeps."""
    return Acl(tuple(ace for ace in acl if is_protected or not ace.is_inherited))


def _new_sacl(
    parent: SecurityDescriptor, given: SecurityDescriptor, token: Token, owner: Sid, group: Sid
) -> tuple[Acl | None, int]:
    is_auto = parent.control & bits.SACL_AUTO_INHERITED != 0
    control = bits.SACL_AUTO_INHERITED if is_auto else 0
    aces = inherited_aces(parent.sacl, owner, group, is_auto=is_auto)
    if given.sacl is not None:
        is_protected = given.control & bits.SACL_PROTECTED
        own = stored_aces(_own(given.sacl, is_protected != 0), owner, group)
        aces = [*own, *([] if is_protected or not is_auto else aces)]
        control |= is_protected
    has_label = any(ace.type == types.MANDATORY_LABEL for ace in aces)
    if token.integrity < MEDIUM and not has_label:
        label = LABELS.child(token.integrity)
        aces.append(Ace(types.MANDATORY_LABEL, 0, _NO_WRITE_UP, label))
    if not aces:
        return None, control
    return (parent.sacl or Acl()).with_aces(aces), control | bits.SACL_PRESENT


def inherited_again(
    descriptor: SecurityDescriptor, parent: SecurityDescriptor
) -> SecurityDescriptor:
    """The descriptor of an existing key after a change above it, as SetNamedSecurityInfo makes it.

    Entries of its own stay, in their order; what it has inherited is replaced by what it inherits
    now.  A protected list stays as it is.

    Args:
        descriptor: The key's descriptor.
        parent: The descriptor of the key above.
    """
    if descriptor.is_protected:
        return descriptor
    owner = descriptor.owner or CREATOR_OWNER
    group = descriptor.group or CREATOR_GROUP
    own = [ace for ace in descriptor.dacl or () if not ace.is_inherited]
    new = inherited_aces(parent.dacl, owner, group, is_auto=True)
    control = descriptor.control | bits.DACL_AUTO_INHERITED
    dacl = (descriptor.dacl or Acl()).with_aces([*own, *new])
    if descriptor.dacl is not None and dacl.aces == descriptor.dacl.aces:
        dacl = descriptor.dacl
    changed = replace(descriptor, control=control).with_dacl(dacl)
    return descriptor if changed == descriptor else changed
