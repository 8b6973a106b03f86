"""PyACL: a list of entries as pywin32 has it, which grows and shrinks."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Final

from anyreg.pywin32.arguments import as_long
from anyreg.pywin32.failures import failed, named
from anyreg.pywin32.sid_objects import as_sid, made_sid
from anyreg.security.descriptor import Acl
from anyreg.security.entries import (
    ALLOW,
    AUDIT,
    AUDIT_FAILURE,
    AUDIT_SUCCESS,
    DENY,
    MANDATORY_LABEL,
    Ace,
)
from anyreg.winapi.errors import INVALID_PARAMETER
from anyreg.winapi.hkey import signed

_REVISIONS: Final = (2, 3, 4)
_USUAL_SIZE: Final = 64
_REVISION_MISMATCH: Final = 1306


class PyACL:
    """A list of entries."""

    def __init__(self, size: int = _USUAL_SIZE) -> None:
        """Make an empty list.

        Args:
            size: Bytes that are set aside; the list grows beyond them by itself.
        """
        self._size: int = operator.index(size)
        self._acl = Acl(revision=2)

    def Initialize(self) -> None:
        """Empty the list."""
        self._acl = Acl(revision=2)

    def IsValid(self) -> int:
        """Whether it is a list; it always is."""
        return 1

    def GetAclRevision(self) -> int:
        """The revision."""
        return self._acl.revision

    def GetAclSize(self) -> int:
        """Bytes that are set aside."""
        return max(self._size, len(self._acl.build()))

    def GetAceCount(self) -> int:
        """How many entries it has."""
        return len(self._acl)

    def GetAce(self, index: int) -> tuple[object, ...]:
        """An entry: its type and flags, its mask, its SID; of an object entry two GUIDs before it.

        Args:
            index: Which one.
        """
        ace = self._at(index, "GetAce")
        head = (ace.type, ace.flags), signed(ace.mask, 32)
        guids = (ace.object_type, ace.inherited_type) if ace.is_object else ()
        return (*head, *guids, made_sid(ace.sid))

    def DeleteAce(self, index: int) -> None:
        """Take an entry out.

        Args:
            index: Which one.
        """
        self._at(index, "DeleteAce")
        self._put([ace for at, ace in enumerate(self._acl) if at != index])

    def AddAccessAllowedAce(self, revision: int, mask: int, sid: object) -> None:
        """Add an entry that allows something.

        Args:
            revision: ACL_REVISION, or ACL_REVISION_DS.
            mask: The rights.
            sid: Whom.
        """
        self._add("AddAccessAllowedAce", revision, ALLOW, 0, mask, sid)

    def AddAccessAllowedAceEx(self, revision: int, flags: int, mask: int, sid: object) -> None:
        """Add an entry that allows something; see AddAccessAllowedAce().

        Args:
            revision: See AddAccessAllowedAce().
            flags: Who inherits it.
            mask: The rights.
            sid: Whom.
        """
        self._add("AddAccessAllowedAceEx", revision, ALLOW, flags, mask, sid)

    def AddAccessDeniedAce(self, revision: int, mask: int, sid: object) -> None:
        """Add an entry that denies something; see AddAccessAllowedAce().

        Args:
            revision: See AddAccessAllowedAce().
            mask: The rights.
            sid: Whom.
        """
        self._add("AddAccessDeniedAce", revision, DENY, 0, mask, sid)

    def AddAccessDeniedAceEx(self, revision: int, flags: int, mask: int, sid: object) -> None:
        """Add an entry that denies something; see AddAccessAllowedAceEx().

        Args:
            revision: See AddAccessAllowedAce().
            flags: Who inherits it.
            mask: The rights.
            sid: Whom.
        """
        self._add("AddAccessDeniedAceEx", revision, DENY, flags, mask, sid)

    def AddAuditAccessAce(
        self, revision: int, mask: int, sid: object, success: object, failure: object
    ) -> None:
        """Add an entry of what is audited.

        Args:
            revision: See AddAccessAllowedAce().
            mask: The rights.
            sid: Whose use of them.
            success: Whether it is audited where it is allowed.
            failure: Whether it is audited where it is denied.
        """
        flags = _audited(success, failure)
        self._add("AddAuditAccessAce", revision, AUDIT, flags, mask, sid)

    def AddAuditAccessAceEx(
        self, revision: int, flags: int, mask: int, sid: object, success: object, failure: object
    ) -> None:
        """Add an entry of what is audited; see AddAuditAccessAce().

        Args:
            revision: See AddAccessAllowedAce().
            flags: Who inherits it.
            mask: The rights.
            sid: Whose use of them.
            success: See AddAuditAccessAce().
            failure: See AddAuditAccessAce().
        """
        flags |= _audited(success, failure)
        self._add("AddAuditAccessAceEx", revision, AUDIT, flags, mask, sid)

    def AddMandatoryAce(self, revision: int, flags: int, policy: int, sid: object) -> None:
        """Add a label of integrity.

        Args:
            revision: See AddAccessAllowedAce().
            flags: Who inherits it.
            policy: What programs of a lower level may not do.
            sid: The level.
        """
        self._add("AddMandatoryAce", revision, MANDATORY_LABEL, flags, policy, sid)

    @property
    def record(self) -> Acl:
        """The list."""
        return self._acl

    def _at(self, index: int, function: str) -> Ace:
        if not 0 <= index < len(self._acl):
            raise failed(INVALID_PARAMETER, function)
        return self._acl[index]

    def _add(
        self, function: str, revision: int, kind: int, flags: int, mask: int, sid: object
    ) -> None:
        ace = Ace(kind, flags & 0xFF, as_long(mask), named(function)(as_sid)(sid))
        if revision not in _REVISIONS:
            raise failed(_REVISION_MISMATCH, function)
        self._acl = replace(self._acl, revision=max(revision, self._acl.revision))
        self._put([*self._acl, ace])

    def _put(self, aces: list[Ace]) -> None:
        self._acl = self._acl.with_aces(aces)

    def __repr__(self) -> str:
        return f"<PyACL object at 0x{id(self):016X}>"


def _audited(success: object, failure: object) -> int:
    return (AUDIT_SUCCESS if success else 0) | (AUDIT_FAILURE if failure else 0)


def as_acl(value: object) -> Acl | None:
    """The list that an argument is; None for None.

    Args:
        value: The argument.

    Raises:
        TypeError: It is none.
    """
    if value is None:
        return None
    if not isinstance(value, PyACL):
        raise TypeError("The object is not a PyACL object")
    return value.record


def made_acl(acl: Acl | None) -> PyACL | None:
    """The object for a list; None for none.

    Args:
        acl: The list.
    """
    if acl is None:
        return None
    made = PyACL(len(acl.build()))
    made._acl = acl
    return made
