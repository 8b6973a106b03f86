"""The access check: what a token may do with a key, and which entry decided it.

The owner may always read the descriptor and change its list, unless an entry speaks of OWNER
RIGHTS.  Then the entries count in their stored order: each right belongs to the first entry that
speaks of it to somebody whom the token is.  Before that come privileges and the integrity level;
behind it the same for restricted SIDs, of which both must allow.

Conditions are three-valued: one that cannot be known allows nothing, and denies.

Source: Microsoft's [MS-DTYP], 2.5.3.2, corrected by what Windows does: deny-only groups, owner
rights, and 1314 where the SACL is asked for without its privilege.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from anyreg.errors import SecurityError
from anyreg.security import entries as types
from anyreg.security.access import (
    ACCESS_SYSTEM_SECURITY,
    CREATE_SUB_KEY,
    DELETE,
    ENUMERATE_SUB_KEYS,
    KEY_ALL_ACCESS,
    KEY_EXECUTE,
    MAXIMUM_ALLOWED,
    NOTIFY,
    QUERY_VALUE,
    READ_CONTROL,
    SET_VALUE,
    WRITE_DAC,
    WRITE_OWNER,
    mapped,
)
from anyreg.security.condition_check import UNKNOWN, evaluate
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.entries import Ace
from anyreg.security.known import LABELS, OWNER_RIGHTS
from anyreg.security.sid import Sid
from anyreg.security.token import MEDIUM, SE_RELABEL, SE_SECURITY, SE_TAKE_OWNERSHIP, Token

ACCESS_DENIED: Final = 5
PRIVILEGE_NOT_HELD: Final = 1314
INVALID_DESCRIPTOR: Final = 1338

_OWNERS: Final = READ_CONTROL | WRITE_DAC
_LABEL_WRITE: Final = SET_VALUE | CREATE_SUB_KEY | DELETE | WRITE_DAC | WRITE_OWNER
_LABEL_READ: Final = QUERY_VALUE | ENUMERATE_SUB_KEYS | NOTIFY
_LABEL_EXECUTE: Final = KEY_EXECUTE & ~(_LABEL_READ | READ_CONTROL)
_ALLOWING: Final = frozenset((types.ALLOW, types.ALLOW_CALLBACK))
# Without a list of object types an object entry allows nothing, and denies as any other.
_DENYING: Final = frozenset((types.DENY, types.DENY_OBJECT, types.DENY_CALLBACK))


class Reason(NamedTuple):
    """Why some rights are granted or denied.

    Attributes:
        rights: The rights.
        is_granted: Whether they are granted.
        why: In words.
        entry: The index of the entry of the DACL that decided, -1 where none did.
    """

    rights: int
    is_granted: bool
    why: str
    entry: int = -1


class Answer(NamedTuple):
    """What a check has found.

    Attributes:
        granted: The rights that are granted; 0 where it is refused.
        error: 0, or the code that Windows refuses with: 5, or 1314 for a missing privilege.
        reasons: What decided on which rights, in order.
    """

    granted: int
    error: int
    reasons: tuple[Reason, ...]

    @property
    def is_granted(self) -> bool:
        """Whether all that was asked for is granted."""
        return self.error == 0


def check_access(descriptor: SecurityDescriptor, token: Token, desired: int) -> Answer:
    """Whether a token is granted the rights that it asks for.

    Args:
        descriptor: The key's descriptor.
        token: Who asks.
        desired: An access mask; generic bits are mapped to those of a key, and MAXIMUM_ALLOWED
            asks for all that can be had.

    Examples:
        >>> from anyreg.security.sddl import parse_sddl
        >>> key = parse_sddl("O:SYG:SYD:(A;;KR;;;WD)(A;;KA;;;BA)")
        >>> check_access(key, Token.of("S-1-5-21-1-2-3-1001"), 0x20019).is_granted
        True
        >>> check_access(key, Token.of("S-1-5-21-1-2-3-1001"), 0x2).error
        5
    """
    return _Check(descriptor, token).answer(desired)


def maximum_access(descriptor: SecurityDescriptor, token: Token) -> int:
    """All rights that a token can have.

    Args:
        descriptor: The key's descriptor.
        token: Who asks.
    """
    granted = check_access(descriptor, token, MAXIMUM_ALLOWED).granted
    if SE_SECURITY in token.privileges:
        granted |= ACCESS_SYSTEM_SECURITY
    if SE_TAKE_OWNERSHIP in token.privileges:
        granted |= WRITE_OWNER
    return granted


class _Check:
    def __init__(self, descriptor: SecurityDescriptor, token: Token) -> None:
        self._descriptor = descriptor
        self._token = token
        self._reasons: list[Reason] = []

    def answer(self, desired: int) -> Answer:
        descriptor = self._descriptor
        if descriptor.owner is None or descriptor.group is None:
            return self._refused(desired, INVALID_DESCRIPTOR, "it has no owner or no group")
        wanted = mapped(desired)
        if desired and not wanted:
            return self._refused(desired, ACCESS_DENIED, "a key has no such right")
        most = wanted & MAXIMUM_ALLOWED != 0
        wanted &= ~MAXIMUM_ALLOWED
        if wanted & ACCESS_SYSTEM_SECURITY and SE_SECURITY not in self._token.privileges:
            return self._refused(
                ACCESS_SYSTEM_SECURITY, PRIVILEGE_NOT_HELD, f"{SE_SECURITY} is not held"
            )
        free = self._by_privilege(wanted)
        if free == wanted and not most:
            return self._granted(free)
        barred = self._barred()
        if wanted & ~free & barred:
            return self._refused(
                wanted & ~free & barred, ACCESS_DENIED, "the integrity level is too low"
            )
        asked = KEY_ALL_ACCESS if most else wanted & ~free
        granted = self._by_lists(asked & ~barred, most) | free
        if wanted & ~granted or not granted:
            return self._refused(wanted & ~granted, ACCESS_DENIED, "")
        return self._granted(granted)

    def _granted(self, rights: int) -> Answer:
        return Answer(rights, 0, tuple(self._reasons))

    def _refused(self, rights: int, error: int, why: str) -> Answer:
        if why:
            self._reasons.append(Reason(rights, False, why))
        return Answer(0, error, tuple(self._reasons))

    def _by_privilege(self, wanted: int) -> int:
        free = wanted & ACCESS_SYSTEM_SECURITY
        if free:
            self._reasons.append(Reason(free, True, f"by {SE_SECURITY}"))
        if wanted & WRITE_OWNER and SE_TAKE_OWNERSHIP in self._token.privileges:
            free |= WRITE_OWNER
            self._reasons.append(Reason(WRITE_OWNER, True, f"by {SE_TAKE_OWNERSHIP}"))
        return free

    def _barred(self) -> int:
        """The rights that the integrity level forbids, whatever the list says."""
        level, policy = MEDIUM, 1
        for ace in self._descriptor.sacl or ():
            if ace.type == types.MANDATORY_LABEL and ace.is_effective and ace.sid.is_below(LABELS):
                level, policy = ace.sid.rid, ace.mask
                break
        if self._token.integrity >= level:
            return 0
        barred = _LABEL_WRITE if policy & 1 else 0
        barred |= _LABEL_READ if policy & 2 else 0
        barred |= _LABEL_EXECUTE if policy & 4 else 0
        return barred & ~WRITE_OWNER if SE_RELABEL in self._token.privileges else barred

    def _by_lists(self, wanted: int, most: bool) -> int:
        if self._descriptor.dacl is None:
            self._reasons.append(Reason(wanted, True, "there is no DACL: everyone may do all"))
            return wanted
        token = self._token
        granted = self._walk(wanted, most, token.sids, token.sids | token.deny_only)
        if token.restricted is None:
            return granted
        asked = granted & _LABEL_WRITE if token.is_write_restricted else granted
        limited = granted & ~asked
        if asked:
            limited |= self._walk(asked, most, token.restricted, token.restricted)
        lost = granted & ~limited
        if lost:
            self._reasons.append(Reason(lost, False, "the restricted SIDs are not allowed it"))
        return granted & limited

    def _walk(self, wanted: int, most: bool, mine: frozenset[Sid], against: frozenset[Sid]) -> int:
        """The rights that the entries give; the first that speaks of a right decides on it."""
        is_owner = self._descriptor.owner in mine
        if is_owner:
            mine, against = mine | {OWNER_RIGHTS}, against | {OWNER_RIGHTS}
        granted = self._of_owner(wanted, is_owner)
        left = wanted & ~granted
        for index, ace, condition in self._effective():
            if not left:
                break
            if ace.type in _ALLOWING and ace.sid in mine and condition() is True:
                granted |= self._decided(left & ace.mask, True, ace, index)
                left &= ~ace.mask
            elif ace.type in _DENYING and ace.sid in against and condition() is not False:
                denied = self._decided(left & ace.mask, False, ace, index)
                left &= ~ace.mask
                if denied and not most:
                    return 0
        if left:
            self._reasons.append(Reason(left, False, "no entry allows it"))
        return granted

    def _decided(self, rights: int, is_granted: bool, ace: Ace, index: int) -> int:
        if rights:
            word = "allowed" if is_granted else "denied"
            self._reasons.append(Reason(rights, is_granted, f"{word} to {ace.sid}", index))
        return rights

    def _of_owner(self, wanted: int, is_owner: bool) -> int:
        speaks = any(ace.sid == OWNER_RIGHTS for _, ace, _ in self._effective())
        rights = wanted & _OWNERS if is_owner and not speaks else 0
        if rights:
            self._reasons.append(Reason(rights, True, "as the owner"))
        return rights

    def _effective(self) -> Iterator[tuple[int, Ace, Callable[[], bool | None]]]:
        """The entries that count for the key itself, each with its condition."""
        for index, ace in enumerate(self._descriptor.dacl or ()):
            if ace.is_effective:
                yield index, ace, lambda ace=ace: self._holds(ace)  # type: ignore[misc]

    def _holds(self, ace: Ace) -> bool | None:
        if ace.type not in (types.ALLOW_CALLBACK, types.DENY_CALLBACK):
            return True
        try:
            denies = ace.type == types.DENY_CALLBACK
            return evaluate(ace.data, self._token, self._descriptor, denies=denies)
        except (SecurityError, RecursionError):
            return UNKNOWN
