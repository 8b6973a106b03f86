"""Permissions for people: what a list says in words, and changes of it."""

from __future__ import annotations

import pytest
from hypothesis import given

import anyreg
from anyreg.errors import SecurityError
from anyreg.registry.accounts import Accounts
from anyreg.registry.permissions import (
    Permissions,
    as_descriptor,
    carry_down,
    denied,
    granted,
    inheriting,
    parsed_descriptor,
    protected,
    revoked,
)
from anyreg.security.check import maximum_access
from anyreg.security.descriptor import SecurityDescriptor, default_descriptor
from anyreg.security.known import ADMINISTRATORS, EVERYONE, USERS
from anyreg.security.sddl import parse_sddl, print_sddl
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


def test_a_change_is_carried_to_all_keys_below_but_protected_ones() -> None:
    """A child that differs is no end of the way."""
    with anyreg.open("memory:") as registry:
        top = registry.create(r"HKEY_CURRENT_USER\Software\Top")
        top.descriptor = default_descriptor()
        for path in ("A", r"A\B", "P", r"P\Q"):
            top.create(path)
        own = "O:BAG:SYD:(A;;KR;;;BU)"
        top.open("A").descriptor = as_descriptor(own)
        top.open("P").descriptor = as_descriptor("O:BAG:SYD:P(A;CI;KR;;;BU)")
        before = top.open(r"P\Q").descriptor
        changed = granted(parsed_descriptor(top), ADMINISTRATORS, 0xF003F, inherit=True)
        top.descriptor = changed.build()
        assert carry_down(top) == 2
        assert print_sddl(parsed_descriptor(top.open("A"))) == (
            "O:BAG:SYD:AI(A;;KR;;;BU)(A;CIID;KA;;;BA)(A;CIID;KA;;;SY)(A;CIID;KR;;;WD)"
        )
        assert "(A;CIID;KA;;;BA)" in print_sddl(parsed_descriptor(top.open(r"A\B")))
        assert top.open(r"P\Q").descriptor == before
        assert carry_down(top) == 0
