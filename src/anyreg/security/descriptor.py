"""Security descriptors: owner, group, and the two lists of entries, in one run of bytes.

What was read is given back byte for byte: the order of the parts, what a list holds behind its
last entry, spare bytes of entries, control bits that contradict the parts.  A descriptor that is
made anew, or changed, is laid out as Windows does: SACL, DACL, owner, group, without gaps.

A list that is absent and one that is NULL are two things in bytes: the control bit says that there
is a list, the offset of 0 that it is NULL.  Both let everyone do everything if it is the DACL; a
list without entries lets nobody.

Source: Microsoft's [MS-DTYP], 2.4.5 (lists) and 2.4.6 (descriptors).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from struct import pack, unpack_from
from typing import Final

from anyreg.errors import SecurityError
from anyreg.security.access import KEY_ALL_ACCESS, KEY_READ
from anyreg.security.entries import ALLOW, CONTAINER_INHERIT, Ace, read_ace
from anyreg.security.sid import Sid

OWNER_DEFAULTED: Final = 0x0001
GROUP_DEFAULTED: Final = 0x0002
DACL_PRESENT: Final = 0x0004
DACL_DEFAULTED: Final = 0x0008
SACL_PRESENT: Final = 0x0010
SACL_DEFAULTED: Final = 0x0020
DACL_AUTO_INHERIT_REQUIRED: Final = 0x0100
SACL_AUTO_INHERIT_REQUIRED: Final = 0x0200
DACL_AUTO_INHERITED: Final = 0x0400
SACL_AUTO_INHERITED: Final = 0x0800
DACL_PROTECTED: Final = 0x1000
SACL_PROTECTED: Final = 0x2000
SELF_RELATIVE: Final = 0x8000

_HEADER: Final = 20
_OFFSETS: Final = 4  # where the header says where the parts begin
_ACL_HEADER: Final = 8
_MOST: Final = 0xFFFF  # bytes or entries of a list
_LEAST_PART: Final = 8  # bytes of a SID without numbers, and of an empty list
_PLAIN_REVISION: Final = 2
_OBJECT_REVISION: Final = 4
_PLAIN_OBJECTS: Final = frozenset((5, 6, 7, 8))  # the types that ask for the higher revision


@dataclass(frozen=True, slots=True)
class Acl:
    """A list of entries; it is a sequence of them.

    Attributes:
        aces: The entries, in the order that counts.
        revision: 2, or 4 where it has object entries; 0: the lowest that fits.
        slack: What the list holds behind its last entry.
        spare: Two fields of the header without a meaning, as they were read.
    """

    aces: tuple[Ace, ...] = ()
    revision: int = 0
    slack: bytes = b""
    spare: tuple[int, int] = (0, 0)

    @classmethod
    def from_bytes(cls, data: bytes, at: int = 0) -> Acl:
        """The list that begins at an offset.

        Args:
            data: Bytes that hold it.
            at: Offset of its first byte.

        Raises:
            SecurityError: There is no whole list there.
        """
        if at + _ACL_HEADER > len(data):
            raise _cut("a list of entries", at, _ACL_HEADER, len(data) - at)
        revision, spare, size, count, more_spare = unpack_from("<BBHHH", data, at)
        end = at + size
        if size < _ACL_HEADER or end > len(data):
            raise _cut("a list of entries", at, max(size, _ACL_HEADER), len(data) - at)
        aces = []
        here = at + _ACL_HEADER
        for _ in range(count):
            ace, here = read_ace(data, here, end)
            aces.append(ace)
        return cls(tuple(aces), revision, data[here:end], (spare, more_spare))

    def build(self) -> bytes:
        """The bytes of the list.

        Raises:
            SecurityError: It has more bytes or entries than a list can hold.
        """
        entries = b"".join(ace.build() for ace in self.aces) + self.slack
        size = _ACL_HEADER + len(entries)
        if max(size, len(self.aces)) > _MOST:
            raise SecurityError(
                "a list of entries is too long",
                expected="at most 65,535 bytes",
                actual=f"{size} bytes, {len(self.aces)} entries",
                winerror=1336,
            )
        spare, more_spare = self.spare
        revision = self.revision or self._lowest_revision()
        return pack("<BBHHH", revision, spare, size, len(self.aces), more_spare) + entries

    def _lowest_revision(self) -> int:
        has_objects = any(ace.type in _PLAIN_OBJECTS for ace in self.aces)
        return _OBJECT_REVISION if has_objects else _PLAIN_REVISION

    def with_aces(self, aces: Iterable[Ace]) -> Acl:
        """A list of other entries, of the same revision where that fits.

        Args:
            aces: The entries.
        """
        made = Acl(tuple(aces))
        return replace(made, revision=max(self.revision, made._lowest_revision()))

    @property
    def is_canonical(self) -> bool:
        """Whether entries of its own come before inherited ones, and deny before allow."""
        own = [ace for ace in self.aces if not ace.is_inherited]
        denied = [ace.type in _DENYING for ace in own]
        first = [ace.is_inherited for ace in self.aces]
        return first == sorted(first) and denied == sorted(denied, reverse=True)

    def __len__(self) -> int:
        return len(self.aces)

    def __iter__(self) -> Iterator[Ace]:
        return iter(self.aces)

    def __getitem__(self, index: int) -> Ace:
        return self.aces[index]


_DENYING: Final = frozenset((1, 6, 0x0A, 0x0C))


@dataclass(frozen=True, slots=True)
class SecurityDescriptor:
    """Who owns a key, and who may do what.

    Attributes:
        owner: The owner; None where there is none.
        group: The primary group; None where there is none.
        dacl: Who may do what; None where it is absent or NULL: then everyone may do everything.
        sacl: What is audited, labels and attributes; None where it is absent or NULL.
        control: The control bits (DACL_PRESENT ...).
        manager: A byte that belongs to whoever manages the object.

    Examples:
        >>> descriptor = SecurityDescriptor.from_bytes(default_descriptor())
        >>> str(descriptor.owner), len(descriptor.dacl)
        ('S-1-5-32-544', 3)
    """

    owner: Sid | None = None
    group: Sid | None = None
    dacl: Acl | None = None
    sacl: Acl | None = None
    control: int = SELF_RELATIVE
    manager: int = 0
    _stored: bytes = field(default=b"", compare=False, repr=False)

    @classmethod
    def from_bytes(cls, data: bytes) -> SecurityDescriptor:
        """The descriptor that bytes hold.

        Args:
            data: A self-relative descriptor.

        Raises:
            SecurityError: They are none, or a part of it lies outside.
        """
        if len(data) < _HEADER:
            raise _cut("a security descriptor", 0, _HEADER, len(data))
        revision, manager, control, *offsets = unpack_from("<BBHIIII", data)
        if revision != 1:
            raise SecurityError(
                "a security descriptor of another revision",
                offset=0,
                expected="1",
                actual=f"{revision}",
                winerror=1305,
            )
        if not control & SELF_RELATIVE:
            raise SecurityError(
                "a security descriptor is not self-relative", offset=2, actual=f"0x{control:04x}"
            )
        last = len(data) - _LEAST_PART
        for index, at in enumerate(offsets):
            if at and not _HEADER <= at <= last:
                raise SecurityError(
                    "a part of a security descriptor lies outside",
                    offset=_OFFSETS + 4 * index,
                    expected=f"0, or an offset from {_HEADER} to {last}",
                    actual=f"{at}",
                )
        owner, group, sacl, dacl = offsets
        made = cls(
            Sid.from_bytes(data, owner) if owner else None,
            Sid.from_bytes(data, group) if group else None,
            Acl.from_bytes(data, dacl) if dacl and control & DACL_PRESENT else None,
            Acl.from_bytes(data, sacl) if sacl and control & SACL_PRESENT else None,
            control,
            manager,
        )
        return made if made.build() == data else replace(made, _stored=data)

    def build(self) -> bytes:
        """The bytes: as they were read, or laid out as Windows does.

        Raises:
            SecurityError: A list is too long.
        """
        if self._stored:
            return self._stored
        data = bytearray(_HEADER)
        offsets = {}
        for name, part in (
            ("sacl", self.sacl),
            ("dacl", self.dacl),
            ("owner", self.owner),
            ("group", self.group),
        ):
            offsets[name] = len(data) if part is not None else 0
            data += part.build() if part is not None else b""
        places = (offsets["owner"], offsets["group"], offsets["sacl"], offsets["dacl"])
        data[:_HEADER] = pack("<BBHIIII", 1, self.manager, self.control, *places)
        return bytes(data)

    def with_owner(self, owner: Sid) -> SecurityDescriptor:
        """The descriptor with another owner.

        Args:
            owner: The owner.
        """
        return self._changed(owner=owner, control=self.control & ~OWNER_DEFAULTED)

    def with_group(self, group: Sid) -> SecurityDescriptor:
        """The descriptor with another primary group.

        Args:
            group: The group.
        """
        return self._changed(group=group, control=self.control & ~GROUP_DEFAULTED)

    def with_dacl(self, dacl: Acl | None, *, protected: bool | None = None) -> SecurityDescriptor:
        """The descriptor with another list of who may do what.

        Args:
            dacl: The list; None: everyone may do everything.
            protected: Whether it inherits nothing from above; None: as before.
        """
        control = self.control & ~DACL_DEFAULTED | DACL_PRESENT
        if protected is not None:
            control = control & ~DACL_PROTECTED | (DACL_PROTECTED if protected else 0)
        return self._changed(dacl=dacl, control=control)

    def with_sacl(self, sacl: Acl | None) -> SecurityDescriptor:
        """The descriptor with another list of what is audited.

        Args:
            sacl: The list; None: there is none.
        """
        control = self.control & ~SACL_DEFAULTED & ~SACL_PRESENT
        control |= SACL_PRESENT if sacl is not None else 0
        return self._changed(sacl=sacl, control=control)

    def with_control(self, control: int) -> SecurityDescriptor:
        """The descriptor with other control bits.

        Args:
            control: All of them.
        """
        return self._changed(control=control)

    def _changed(self, **parts: object) -> SecurityDescriptor:
        return replace(self, _stored=b"", **parts)  # type: ignore[arg-type]

    @property
    def is_whole(self) -> bool:
        """Whether it is all that a key has: an owner, a group and a DACL, or that there is none."""
        has_list = self.control & DACL_PRESENT != 0
        return self.owner is not None and self.group is not None and has_list

    @property
    def is_protected(self) -> bool:
        """Whether the DACL inherits nothing from the key above."""
        return self.control & DACL_PROTECTED != 0

    @property
    def allows_everything(self) -> bool:
        """Whether there is no DACL, so that everyone may do everything."""
        return self.dacl is None


def allow(sid: Sid | str, access: int, flags: int = CONTAINER_INHERIT) -> Ace:
    """An entry that allows access to a key, and to all keys made below it.

    Args:
        sid: Who, as a SID or its text.
        access: The access mask.
        flags: Who inherits it.

    Raises:
        SecurityError: The text is no SID.
    """
    return Ace(ALLOW, flags, access, _sid(sid))


def build_descriptor(owner: Sid | str, group: Sid | str, entries: Iterable[Ace]) -> bytes:
    """A self-relative descriptor with a list of who may do what.

    Args:
        owner: The owner, as a SID or its text.
        group: The primary group, likewise.
        entries: The entries of the list, from allow() for example.

    Raises:
        SecurityError: A text is no SID, or the list is too long.
    """
    control = SELF_RELATIVE | DACL_PRESENT
    made = SecurityDescriptor(_sid(owner), _sid(group), Acl(tuple(entries)), None, control)
    return made.build()


def _sid(sid: Sid | str) -> Sid:
    return Sid.parse(sid) if isinstance(sid, str) else sid


def default_descriptor() -> bytes:
    """What a key of a new hive gets: administrators and the system all access, everyone reads."""
    administrators, system, everyone = "S-1-5-32-544", "S-1-5-18", "S-1-1-0"
    entries = (
        allow(administrators, KEY_ALL_ACCESS),
        allow(system, KEY_ALL_ACCESS),
        allow(everyone, KEY_READ),
    )
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
    if revision != 1 or not control & SELF_RELATIVE:
        return False
    return all(at == 0 or _HEADER <= at <= len(descriptor) - _LEAST_PART for at in offsets)


def _cut(what: str, at: int, wanted: int, there: int) -> SecurityError:
    return SecurityError(
        f"{what} is cut off", offset=at, expected=f"{wanted} bytes", actual=f"{max(there, 0)}"
    )
