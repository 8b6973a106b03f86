"""The access check against a model that asks of each right alone who speaks of it first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from anyreg.security import entries as types
from anyreg.security.access import (
    ACCESS_SYSTEM_SECURITY,
    KEY_ALL_ACCESS,
    KEY_READ,
    MAXIMUM_ALLOWED,
    WRITE_OWNER,
    parse_mask,
)
from anyreg.security.check import check_access, maximum_access
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.known import OWNER_RIGHTS
from anyreg.security.sddl import parse_sddl
from anyreg.security.sid import Sid
from anyreg.security.token import MEDIUM, SE_RELABEL, SE_SECURITY, SE_TAKE_OWNERSHIP, Token
from security.drawn import OTHER, USER, descriptors, tokens

RIGHTS = [1 << bit for bit in (*range(6), *range(16, 20))]
READ, WRITE, EXECUTE = 0x19, 0x2 | 0x4 | 0x10000 | 0x40000 | 0x80000, 0x20


def allowed(descriptor: SecurityDescriptor, token: Token, right: int) -> bool:
    """Whether one right is granted: the model."""
    if right == WRITE_OWNER and SE_TAKE_OWNERSHIP in token.privileges:
        return True
    if right & forbidden_by_level(descriptor, token):
        return False
    mine = listed(descriptor, token.sids, token.sids | token.deny_only, right)
    if token.restricted is None or (token.is_write_restricted and not right & WRITE):
        return mine
    return mine and listed(descriptor, token.restricted, token.restricted, right)


def forbidden_by_level(descriptor: SecurityDescriptor, token: Token) -> int:
    level, policy = MEDIUM, 1
    for ace in descriptor.sacl or ():
        if ace.is_effective:
            level, policy = ace.sid.rid, ace.mask
    if token.integrity >= level:
        return 0
    rights = (
        (WRITE if policy & 1 else 0) | (READ if policy & 2 else 0) | (EXECUTE if policy & 4 else 0)
    )
    return rights & ~WRITE_OWNER if SE_RELABEL in token.privileges else rights


def listed(
    descriptor: SecurityDescriptor, mine: frozenset[Sid], against: frozenset[Sid], right: int
) -> bool:
    """What the list says of one right."""
    effective = [ace for ace in descriptor.dacl or () if ace.is_effective]
    is_owner = descriptor.owner in mine
    has_rights = all(ace.sid != OWNER_RIGHTS for ace in effective)
    if is_owner and has_rights and right in (0x20000, 0x40000):
        return True
    extra = {OWNER_RIGHTS} if is_owner else set()
    for ace in effective:
        if ace.mask & right and ace.sid in (against if ace.type == types.DENY else mine) | extra:
            return ace.type == types.ALLOW
    return False


@given(descriptors(), tokens)
def test_each_right_is_granted_as_the_model_says(
    descriptor: SecurityDescriptor, token: Token
) -> None:
    for right in RIGHTS:
        answer = check_access(descriptor, token, right)
        assert answer.is_granted is allowed(descriptor, token, right), hex(right)
        assert answer.granted == (right if answer.is_granted else 0)


@given(descriptors(), tokens)
def test_the_maximum_is_all_that_is_granted_one_by_one(
    descriptor: SecurityDescriptor, token: Token
) -> None:
    privileged = WRITE_OWNER if SE_TAKE_OWNERSHIP in token.privileges else 0
    singly = sum(right for right in RIGHTS if allowed(descriptor, token, right))
    extra = ACCESS_SYSTEM_SECURITY if SE_SECURITY in token.privileges else 0
    assert maximum_access(descriptor, token) | privileged == singly | privileged | extra


@given(descriptors(), tokens)
def test_several_rights_are_granted_together_or_not_at_all(
    descriptor: SecurityDescriptor, token: Token
) -> None:
    everything = all(allowed(descriptor, token, right) for right in RIGHTS)
    assert check_access(descriptor, token, KEY_ALL_ACCESS).is_granted is everything


@given(descriptors(), tokens)
def test_the_reasons_account_for_what_is_granted(
    descriptor: SecurityDescriptor, token: Token
) -> None:
    for right in RIGHTS:
        answer = check_access(descriptor, token, right)
        assert answer.reasons
        last = answer.reasons[-1]
        assert last.is_granted is answer.is_granted
        if last.entry >= 0:
            assert descriptor.dacl is not None
            assert descriptor.dacl[last.entry].mask & right


USERS_READ = parse_sddl("O:SYG:SYD:(D;;0x2;;;BU)(A;;KR;;;WD)(A;;KA;;;BU)")
WHO = Token.of(USER, OTHER)


def test_the_entry_that_decided_is_named() -> None:
    denied = check_access(USERS_READ, WHO, 0x2)
    assert (denied.error, denied.reasons[-1].entry) == (5, 0)
    granted = check_access(USERS_READ, WHO, KEY_READ)
    assert [reason.entry for reason in granted.reasons] == [1]


def test_the_sacl_needs_its_privilege_and_says_so() -> None:
    """1314, not 5; with a NULL DACL too."""
    for text in ("O:SYG:SYD:(A;;KA;;;WD)", "O:SYG:SYD:NO_ACCESS_CONTROL"):
        assert check_access(parse_sddl(text), WHO, ACCESS_SYSTEM_SECURITY).error == 1314
        holder = replace(WHO, privileges=frozenset({SE_SECURITY}))
        assert check_access(parse_sddl(text), holder, ACCESS_SYSTEM_SECURITY).is_granted


def test_what_is_no_right_of_a_key_is_not_granted() -> None:
    """Beside one that is, it counts for nothing."""
    key = parse_sddl("O:SYG:SYD:(A;;KA;;;WD)")
    for other in (0x40, 0x100000):
        assert check_access(key, WHO, other).error == 5
        assert check_access(key, WHO, other | KEY_READ).granted == KEY_READ
    assert check_access(key, WHO, 0).is_granted


def test_no_list_lets_everyone_and_an_empty_one_nobody_but_the_owner() -> None:
    null = parse_sddl("O:SYG:SYD:NO_ACCESS_CONTROL")
    assert check_access(null, WHO, MAXIMUM_ALLOWED).granted == KEY_ALL_ACCESS
    empty = parse_sddl("O:SYG:SYD:")
    assert check_access(empty, WHO, MAXIMUM_ALLOWED).error == 5
    assert check_access(empty, Token.of("SY"), MAXIMUM_ALLOWED).granted == 0x60000


def test_a_descriptor_without_owner_answers_nothing() -> None:
    assert check_access(parse_sddl("D:(A;;KA;;;WD)"), WHO, 1).error == 1338


def test_a_condition_that_cannot_be_known_allows_nothing_and_denies() -> None:
    allow = parse_sddl("O:SYG:SYD:(XA;;KA;;;WD;(@User.x == 1))")
    deny = parse_sddl("O:SYG:SYD:(XD;;KA;;;WD;(@User.x == 1))(A;;KA;;;WD)")
    assert check_access(allow, WHO, 1).error == 5
    assert check_access(deny, WHO, 1).error == 5


def test_object_entries_allow_nothing_and_deny() -> None:
    """As no types of object are asked for."""
    guid = "bf967a0e-0de6-11d0-a285-00aa003049e2"
    allow = parse_sddl(f"O:SYG:SYD:(OA;;KA;{guid};;WD)")
    deny = parse_sddl(f"O:SYG:SYD:(OD;;KA;{guid};;WD)(A;;KA;;;WD)")
    assert check_access(allow, WHO, 1).error == 5
    assert check_access(deny, WHO, 1).error == 5


@pytest.mark.parametrize(
    ("text", "rights"), [("read", 0x20019), ("generic-read", 0x20019), ("generic-execute", 0x20039)]
)
def test_generic_rights_are_mapped_before_they_are_asked(text: str, rights: int) -> None:
    key = parse_sddl("O:SYG:SYD:(A;;KA;;;WD)")
    assert check_access(key, WHO, parse_mask(text)).granted == rights
