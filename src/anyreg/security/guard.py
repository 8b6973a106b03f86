"""A guard: what a token may do with keys, key after key, by their descriptors' bytes.

What a descriptor lets a token do depends on its bytes alone, and a hive has few of them: so each
answer is worked out once, and a key that is opened costs a look into a dict.

What cannot be read as a descriptor lets nobody in.  A key without one has that of a new hive's
keys, so that nothing is open to everybody because something was lost.

Source: Microsoft's [MS-RRP] on the rights that each function needs; `check` and `parts` for the
others.
"""

from __future__ import annotations

from typing import Final

from anyreg.errors import AccessDeniedError, SecurityError
from anyreg.security.access import (
    ACCESS_SYSTEM_SECURITY,
    DELETE,
    KEY_ALL_ACCESS,
    KEY_READ,
    KEY_WRITE,
    MAXIMUM_ALLOWED,
    VIEWS,
    WRITE_DAC,
    WRITE_OWNER,
    describe_mask,
    mapped,
)
from anyreg.security.check import check_access, maximum_access
from anyreg.security.creation import Creator
from anyreg.security.descriptor import SecurityDescriptor, default_descriptor
from anyreg.security.known import ADMINISTRATORS
from anyreg.security.parts import (
    LABEL_PART,
    OWNER_PART,
    SACL_PART,
    changed_parts,
    parts_of,
    right_to_set,
    with_sacl_of,
)
from anyreg.security.sid import Sid
from anyreg.security.token import SE_BACKUP, SE_RELABEL, SE_RESTORE, SE_SECURITY, Token

PRIVILEGE_NOT_HELD: Final = 1314
_INVALID_OWNER: Final = 1307
_INVALID_LABEL: Final = 1299
_MOST: Final = 4096  # answers that are remembered
_OPEN_PARTS: Final = 0xFF & ~SACL_PART  # what READ_CONTROL lets one read


class Guard:
    """Says what a token may do.

    Attributes:
        token: Who asks.
        creator: What new keys get from him.
    """

    def __init__(self, token: Token) -> None:
        """Guard keys against somebody.

        Args:
            token: Who.
        """
        self.token = token
        self.creator = Creator(token)
        owners = {token.user, token.new_owner} | ({ADMINISTRATORS} & token.groups)
        self._owners: frozenset[Sid] = frozenset(owners)
        self._known: dict[tuple[bytes, int], int] = {}

    def rights(self, descriptor: bytes, desired: int) -> int:
        """The rights with which a key is opened.

        Args:
            descriptor: The key's descriptor.
            desired: What is asked for; nothing: all that can be had.  MAXIMUM_ALLOWED is what
                Windows gives for it, without that for which one must ask by its name.

        Raises:
            AccessDeniedError: Not all of it is granted (5), or a privilege is missing (1314).
        """
        found = self._known.get((descriptor, desired))
        if found is None:
            found = self._checked(descriptor, desired)
        if found <= 0:
            wanted = mapped(desired) & ~MAXIMUM_ALLOWED
            raise refusal(-found, f"no right to {describe_mask(wanted)}" if wanted else "no right")
        return found

    def most(self, descriptor: bytes) -> int:
        """All rights that can be had on a key, those too that one must ask for; 0: there are none.

        Args:
            descriptor: The key's descriptor.
        """
        found = self._known.get((descriptor, 0))
        if found is None:
            found = self._checked(descriptor, 0)
        return max(found, 0)

    def _checked(self, descriptor: bytes, desired: int) -> int:
        """The rights, of nothing asked all, or the code of an error, negative; remembered."""
        wanted = desired & ~VIEWS
        try:
            read = SecurityDescriptor.from_bytes(descriptor or default_descriptor())
        except SecurityError:
            found = -AccessDeniedError.winerror
        else:
            if not wanted:
                found = maximum_access(read, self.token) or -AccessDeniedError.winerror
            else:
                answer = check_access(read, self.token, wanted)
                found = answer.granted or -answer.error
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[descriptor, desired] = found
        return found

    def rights_of_new(self, desired: int) -> int:
        """The rights with which a key is opened that one has made: all that is asked for.

        Args:
            desired: What is asked for.

        Raises:
            AccessDeniedError: The SACL is asked for, and the privilege is missing (1314).
        """
        wanted = mapped(desired & ~VIEWS)
        if wanted & ACCESS_SYSTEM_SECURITY:
            self.require(SE_SECURITY)
        if wanted & ~MAXIMUM_ALLOWED and not wanted & MAXIMUM_ALLOWED:
            return wanted
        audits = ACCESS_SYSTEM_SECURITY if SE_SECURITY in self.token.privileges else 0
        return KEY_ALL_ACCESS | audits

    def require(self, privilege: str) -> None:
        """Refuse who has not a privilege.

        Args:
            privilege: Its name.

        Raises:
            AccessDeniedError: He has not (1314).
        """
        if privilege not in self.token.privileges:
            raise refusal(PRIVILEGE_NOT_HELD, f"{privilege} is not held")

    def by_privilege(self) -> int:
        """The rights that a key has which is opened to be saved or restored.

        Raises:
            AccessDeniedError: Neither privilege is held (5).
        """
        held = self.token.privileges
        rights = KEY_READ | ACCESS_SYSTEM_SECURITY if SE_BACKUP in held else 0
        if SE_RESTORE in held:
            rights |= KEY_WRITE | ACCESS_SYSTEM_SECURITY | WRITE_DAC | WRITE_OWNER | DELETE
        if not rights:
            raise refusal(5, f"neither {SE_BACKUP} nor {SE_RESTORE} is held")
        return rights

    # Descriptors

    def readable(self, descriptor: bytes, rights: int) -> bytes:
        """A key's descriptor as it is read: what is audited needs a right of its own.

        Args:
            descriptor: The descriptor.
            rights: The rights with which the key was opened.
        """
        if rights & ACCESS_SYSTEM_SECURITY or not descriptor:
            return descriptor
        read = SecurityDescriptor.from_bytes(descriptor)
        return descriptor if read.sacl is None else parts_of(read, _OPEN_PARTS).build()

    def given(self, descriptor: bytes) -> bytes:
        """The descriptor of a new key for which one is given.

        Args:
            descriptor: What is given; without an owner it is his.

        Raises:
            AccessDeniedError: He may not make him an owner (1307), set such a label (1299), or have
                anything audited (1314).
            SecurityError: It is no descriptor.
        """
        read = SecurityDescriptor.from_bytes(descriptor)
        if read.owner is not None:
            self._expect_owner(read.owner)
        self._expect_label(read)
        if parts_of(read, SACL_PART).sacl:
            self.require(SE_SECURITY)
        return descriptor

    def may_give(self, descriptor: bytes) -> bool:
        """Whether he may give such a descriptor to a key that he makes.

        Args:
            descriptor: The descriptor.
        """
        try:
            self.given(descriptor)
        except (AccessDeniedError, SecurityError):
            return False
        return True

    def replaced(self, before: bytes, given: bytes, rights: int) -> bytes:
        """The descriptor that a key has after another one was set.

        Args:
            before: What it has.
            given: What is set; where the SACL may not be read, that is kept.
            rights: The rights with which the key was opened.

        Raises:
            AccessDeniedError: A part that changes may not be set (5), or not to this owner (1307)
                or label (1299).
            SecurityError: It is no descriptor.
        """
        old = SecurityDescriptor.from_bytes(before or default_descriptor())
        new = SecurityDescriptor.from_bytes(given)
        if not rights & ACCESS_SYSTEM_SECURITY and not parts_of(new, SACL_PART).sacl:
            kept = with_sacl_of(new, old)
            given, new = (given, new) if kept == new else (kept.build(), kept)
        changed = changed_parts(old, new)
        needed = right_to_set(changed) or WRITE_DAC
        if needed & ~rights:
            raise refusal(5, f"no right to {describe_mask(needed & ~rights)}")
        if changed & OWNER_PART:
            self._expect_owner(new.owner)
        if changed & LABEL_PART:
            self._expect_label(new)
        return given

    def _expect_owner(self, owner: Sid | None) -> None:
        if owner not in self._owners and SE_RESTORE not in self.token.privileges:
            raise refusal(_INVALID_OWNER, f"{owner} cannot be made the owner by {self.token.user}")

    def _expect_label(self, descriptor: SecurityDescriptor) -> None:
        """Refuse a level above his own."""
        for ace in parts_of(descriptor, LABEL_PART).sacl or ():
            if ace.sid.rid > self.token.integrity and SE_RELABEL not in self.token.privileges:
                raise refusal(_INVALID_LABEL, f"{ace.sid} is above the level of {self.token.user}")


def refusal(code: int, words: str) -> AccessDeniedError:
    """What something is refused with.

    Args:
        code: The code that Windows has for it.
        words: Why.
    """
    return AccessDeniedError(words, winerror=code)
