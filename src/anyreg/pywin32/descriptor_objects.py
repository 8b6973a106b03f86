"""PySECURITY_DESCRIPTOR and PySECURITY_ATTRIBUTES, as pywin32 has them."""

from __future__ import annotations

from typing import Final

from anyreg.errors import SecurityError
from anyreg.pywin32.acl_objects import PyACL, as_acl, made_acl
from anyreg.pywin32.failures import failed, named
from anyreg.pywin32.sid_objects import PySID, as_sid, made_sid
from anyreg.security import descriptor as bits
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.sid import Sid
from anyreg.winapi.errors import INVALID_PARAMETER

_SETTABLE: Final = (
    bits.DACL_AUTO_INHERIT_REQUIRED
    | bits.SACL_AUTO_INHERIT_REQUIRED
    | bits.DACL_AUTO_INHERITED
    | bits.SACL_AUTO_INHERITED
    | bits.DACL_PROTECTED
    | bits.SACL_PROTECTED
)
_REVISION: Final = 1


class PySECURITY_DESCRIPTOR:  # noqa: N801 - pywin32 calls it so
    """A security descriptor whose parts can be read and set; lists and SIDs are copies."""

    def __init__(self, data: object = b"") -> None:
        """Make an empty one, or one of bytes.

        Args:
            data: The bytes of a self-relative descriptor.

        Raises:
            ValueError: The bytes are none.
        """
        self._record = SecurityDescriptor()
        if isinstance(data, bytes | bytearray | memoryview) and len(data):
            try:
                self._record = SecurityDescriptor.from_bytes(bytes(data))
            except SecurityError:
                raise ValueError("Data is not a valid security descriptor") from None

    def Initialize(self) -> None:
        """Empty it."""
        self._record = SecurityDescriptor()

    def IsValid(self) -> int:
        """Whether it is a descriptor; it always is."""
        return 1

    def IsSelfRelative(self) -> int:
        """Whether it is one run of bytes; it always is."""
        return 1

    def GetLength(self) -> int:
        """Its length in bytes."""
        return len(bytes(self))

    def GetSecurityDescriptorOwner(self) -> PySID | None:
        """The owner, or None."""
        return made_sid(self._record.owner)

    def GetSecurityDescriptorGroup(self) -> PySID | None:
        """The primary group, or None."""
        return made_sid(self._record.group)

    def GetSecurityDescriptorDacl(self) -> PyACL | None:
        """Who may do what; None where there is no such list."""
        return made_acl(self._record.dacl)

    def GetSecurityDescriptorSacl(self) -> PyACL | None:
        """What is audited; None where there is no such list."""
        return made_acl(self._record.sacl)

    def GetSecurityDescriptorControl(self) -> tuple[int, int]:
        """The control bits, and the revision."""
        return self._record.control, _REVISION

    def SetSecurityDescriptorOwner(self, sid: object, defaulted: object) -> None:
        """Set the owner.

        Args:
            sid: The owner; None for none.
            defaulted: Whether it was found by default.
        """
        owner = _optional(sid, "SetSecurityDescriptorOwner")
        self._set(bits.OWNER_DEFAULTED, bits.OWNER_DEFAULTED if defaulted else 0, owner=owner)

    def SetSecurityDescriptorGroup(self, sid: object, defaulted: object) -> None:
        """Set the primary group.

        Args:
            sid: The group; None for none.
            defaulted: Whether it was found by default.
        """
        group = _optional(sid, "SetSecurityDescriptorGroup")
        self._set(bits.GROUP_DEFAULTED, bits.GROUP_DEFAULTED if defaulted else 0, group=group)

    def SetSecurityDescriptorDacl(self, present: object, acl: object, defaulted: object) -> None:
        """Set who may do what.

        Args:
            present: Whether there is a list.
            acl: The list; None lets everyone do everything.
            defaulted: Whether it was found by default.
        """
        given = as_acl(acl) if present else None
        control = bits.DACL_PRESENT if present else 0
        control |= bits.DACL_DEFAULTED if present and defaulted else 0
        self._set(bits.DACL_PRESENT | bits.DACL_DEFAULTED, control, dacl=given)

    SetDacl = SetSecurityDescriptorDacl

    def SetSecurityDescriptorSacl(self, present: object, acl: object, defaulted: object) -> None:
        """Set what is audited; see SetSecurityDescriptorDacl().

        Args:
            present: Whether there is a list.
            acl: The list.
            defaulted: Whether it was found by default.
        """
        given = as_acl(acl) if present else None
        control = bits.SACL_PRESENT if present else 0
        control |= bits.SACL_DEFAULTED if present and defaulted else 0
        self._set(bits.SACL_PRESENT | bits.SACL_DEFAULTED, control, sacl=given)

    def SetSecurityDescriptorControl(self, interest: int, values: int) -> None:
        """Set control bits of inheritance.

        Args:
            interest: Which ones.
            values: What they are.
        """
        if interest & ~_SETTABLE or values & ~interest:
            raise failed(INVALID_PARAMETER, "SetSecurityDescriptorControl")
        self._set(interest, values)

    @property
    def record(self) -> SecurityDescriptor:
        """The descriptor."""
        return self._record

    def _set(self, cleared: int, control: int, **parts: object) -> None:
        before = self._record
        self._record = SecurityDescriptor(
            **{  # type: ignore[arg-type]
                "owner": before.owner,
                "group": before.group,
                "dacl": before.dacl,
                "sacl": before.sacl,
                **parts,
            },
            control=before.control & ~cleared | control,
        )

    def __bytes__(self) -> bytes:
        return self._record.build()

    def __buffer__(self, flags: int, /) -> memoryview:
        return memoryview(bytes(self))

    def __repr__(self) -> str:
        return f"<PySECURITY_DESCRIPTOR object at 0x{id(self):016X}>"


def _optional(sid: object, function: str) -> Sid | None:
    return None if sid is None else named(function)(as_sid)(sid)


class PySECURITY_ATTRIBUTES:  # noqa: N801 - pywin32 calls it so
    """What a key is made with.

    Attributes:
        SECURITY_DESCRIPTOR: Its security descriptor; None for the usual one.
        bInheritHandle: Whether other programs inherit the handle; nothing comes of it here.
    """

    def __init__(self) -> None:
        """Begin with an empty descriptor, as pywin32 does."""
        self.SECURITY_DESCRIPTOR: PySECURITY_DESCRIPTOR | None = PySECURITY_DESCRIPTOR()
        self.bInheritHandle = 1

    def __repr__(self) -> str:
        return f"<PySECURITY_ATTRIBUTES object at 0x{id(self):016X}>"


def as_descriptor(value: object) -> SecurityDescriptor:
    """The descriptor that an argument is.

    Args:
        value: The argument.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, PySECURITY_DESCRIPTOR):
        raise TypeError("The object is not a PySECURITY_DESCRIPTOR object")
    return value.record


def made_descriptor(record: SecurityDescriptor) -> PySECURITY_DESCRIPTOR:
    """The object for a descriptor.

    Args:
        record: The descriptor.
    """
    return PySECURITY_DESCRIPTOR(record.build())
