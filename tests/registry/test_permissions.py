"""Permissions for people: what a list says in words, and changes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given

import anyreg
from anyreg.errors import SecurityError
from anyreg.registry.accounts import Accounts
from anyreg.registry.permissions import (
    Permissions,
    as_descriptor,
    denied,
    granted,
    inheriting,
    protected,
    revoked,
)
from anyreg.security.access import GENERIC_READ, MAXIMUM_ALLOWED
from anyreg.security.check import maximum_access
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.inheritance import inherited_again
from anyreg.security.known import EVERYONE, USERS
from anyreg.security.sddl import parse_sddl, print_sddl
from anyreg.security.sid import Sid
from anyreg.security.token import Token
from security.drawn import descriptors

TEXT = "O:BAG:SYD:AI(D;;KW;;;BU)(A;CI;KR;;;BU)(A;CIID;KA;;;SY)(A;CIIOID;KA;;;CO)"
USER = Token.of("S-1-5-21-1-2-3-1001", "BU")


def permissions(text: str) -> Permissions:
    return Permissions(parse_sddl(text), Accounts(anyreg.open("memory:").root))


def test_a_descriptor_can_be_read_as_words() -> None:
    assert str(permissions(TEXT)).splitlines() == [
        r"owner BUILTIN\Administrators, group NT AUTHORITY\SYSTEM",
        r"deny BUILTIN\Users: write (this key)",
        r"allow BUILTIN\Users: read (this key and below)",
        r"allow NT AUTHORITY\SYSTEM: full (this key and below, inherited)",
        "allow CREATOR OWNER: full (below, inherited)",
    ]
    assert permissions(TEXT).sddl == TEXT
    assert "everyone may do everything" in str(permissions("O:BA"))


def test_entries_that_are_not_of_rights_have_words_too() -> None:
    """A label says what it forbids; a condition and a claim are shown as SDDL has them."""
    text = (
        "O:BAG:SYD:(XA;CI;KR;;;WD;(@User.age > 17))"
        'S:(AU;CISAFA;KW;;;WD)(AU;FA;KA;;;AN)(ML;CI;NWNR;;;LW)(RA;;;;;WD;("Level",TI,0x0,7))(TL;;KR;;;S-1-19-512-4096)'
    )
    assert str(permissions(text)).splitlines()[1:] == [
        "allow if Everyone: read if (@USER.age > 17) (this key and below)",
        "audit success and failure Everyone: write (this key and below)",
        r"audit failure NT AUTHORITY\ANONYMOUS LOGON: full (this key)",
        r"mandatory label Mandatory Label\Low Mandatory Level: no write up, no read up "
        "(this key and below)",
        'resource attribute Everyone: ("Level",TI,0x0,7) (this key)',
        "trust label S-1-19-512-4096: read (this key)",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("D:(A;CI;KR;;;BA)", "D:(A;CI;KR;;;BA)(A;CI;KA;;;BU)"),
        ("D:(A;CI;KR;;;BU)", "D:(A;CI;KA;;;BU)"),
        ("D:(D;;KW;;;BU)(A;ID;KR;;;WD)", "D:(A;CI;KA;;;BU)(A;ID;KR;;;WD)"),
        ("D:(D;;0x100002;;;BU)", "D:(D;;0x100000;;;BU)(A;CI;KA;;;BU)"),
    ],
)
def test_a_grant_joins_what_is_there(before: str, after: str) -> None:
    made = granted(parse_sddl(before), USERS, 0xF003F, inherit=True)
    assert print_sddl(made) == after


@pytest.mark.parametrize("change", [granted, denied])
def test_generic_rights_are_stored_as_those_of_a_key(
    change: Callable[[SecurityDescriptor, Sid, int, bool], SecurityDescriptor],
) -> None:
    """In an entry they count for nothing; what is no right of a key at all is refused."""
    made = change(parse_sddl("O:BAG:SYD:"), USERS, GENERIC_READ | 0x100000, True)
    assert print_sddl(made).endswith(";CI;KR;;;BU)")
    for mask in (0, 0x100000, MAXIMUM_ALLOWED):
        with pytest.raises(SecurityError, match="no right of a key"):
            change(parse_sddl("O:BAG:SYD:"), USERS, mask, True)


def test_a_change_that_changes_nothing_leaves_the_bytes() -> None:
    """Those too that an application left behind its entries."""
    before = parse_sddl("O:BAG:SYD:(A;CI;KA;;;BU)")
    before = before.with_dacl(Acl(before.dacl.aces if before.dacl else (), 2, b"rest"))
    assert granted(before, USERS, 0x1, inherit=True) is before
    assert revoked(before, EVERYONE) is before


def test_a_denial_comes_first_and_is_there_once() -> None:
    once = denied(parse_sddl("D:(A;CI;KA;;;BU)"), USERS, 0x2, inherit=False)
    assert print_sddl(once) == "D:(D;;DC;;;BU)(A;CI;KA;;;BU)"
    assert denied(once, USERS, 0x2, inherit=False) == once


def test_a_revocation_leaves_an_empty_list_and_never_none() -> None:
    made = revoked(parse_sddl("D:(A;CI;KA;;;BU)"), USERS)
    assert print_sddl(made) == "D:"
    assert print_sddl(revoked(parse_sddl("D:(A;CIID;KA;;;BU)"), USERS)) == "D:(A;CIID;KA;;;BU)"


def test_where_there_is_no_list_one_entry_would_shut_out_all_others() -> None:
    for change in (granted, denied):
        with pytest.raises(SecurityError, match="has no list"):
            change(parse_sddl("O:BA"), USERS, 1, True)


def test_protection_keeps_or_drops_what_was_inherited() -> None:
    kept = protected(parse_sddl("D:AI(A;;KR;;;BU)(A;CIID;KA;;;SY)"), True)
    assert print_sddl(kept) == "D:PAI(A;;KR;;;BU)(A;CI;KA;;;SY)"
    assert print_sddl(protected(parse_sddl(TEXT), False)).startswith("O:BAG:SYD:PAI(D;;KW;;;BU)")
    parent = parse_sddl("O:BAG:SYD:(A;CI;KA;;;BA)")
    assert print_sddl(inheriting(kept, parent)) == "D:AI(A;CIID;KA;;;BA)"


@given(descriptors(), descriptors())
def test_who_inherits_again_has_nothing_to_be_carried_down(
    before: SecurityDescriptor, parent: SecurityDescriptor
) -> None:
    """Also a key that belongs to nobody."""
    for child in (before, replace(before, owner=None, group=None)):
        made = inheriting(child, parent)
        assert inherited_again(made, parent) == made
        assert all(ace.is_inherited for ace in made.dacl or ())


@given(descriptors())
def test_a_grant_is_granted_and_a_denial_denies(before: SecurityDescriptor) -> None:
    """But for rights that an entry for somebody else denies earlier."""
    more = granted(before, EVERYONE, 0x1, inherit=True)
    others = [ace for ace in more.dacl or () if ace.type == 1]
    token = Token.of("S-1-5-21-9-9-9-9")
    if not others and before.sacl is None:
        assert maximum_access(more, token) & 0x1
    less = denied(before, EVERYONE, 0x1, inherit=True)
    assert not maximum_access(less, token) & 0x1


def test_descriptors_are_taken_in_every_form() -> None:
    data = parse_sddl(TEXT).build()
    for given_ in (TEXT, data, parse_sddl(TEXT), permissions(TEXT)):
        assert as_descriptor(given_) == data
    with pytest.raises(SecurityError):
        as_descriptor(b"none")


@pytest.mark.parametrize("text", ["", "D:(A;CI;KA;;;BA)", "O:BAD:(A;CI;KA;;;BA)", "O:BAG:SY"])
def test_a_key_has_an_owner_a_group_and_a_list(text: str) -> None:
    """What lacks one is refused, in every form: not even an empty text opens a key to everybody."""
    read = parse_sddl(text)
    for given_ in (text, read, read.build(), permissions(text)):
        with pytest.raises(SecurityError, match="not a whole descriptor"):
            as_descriptor(given_)
    assert as_descriptor("O:BAG:SYD:NO_ACCESS_CONTROL")


def test_rights_in_a_text_become_those_of_a_key() -> None:
    """But for entries that only keys below get; what is no text stays as it is."""
    text = "O:BAG:SYD:(A;CI;GA;;;BA)(A;CIIO;GA;;;CO)(A;;FR;;;BU)S:(ML;;NW;;;LW)"
    stored = "O:BAG:SYD:(A;CI;KA;;;BA)(A;CIIO;GA;;;CO)(A;;CCSWRC;;;BU)S:(ML;;NW;;;LW)"
    assert as_descriptor(text) == parse_sddl(stored).build()
    assert as_descriptor(parse_sddl(text)) == parse_sddl(text).build()
