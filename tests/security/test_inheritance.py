"""Inheritance against the written algorithm, which splits always and drops nothing.

The lists differ; what anybody may do with a child, and with the child of a child, must not.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from anyreg.security import entries as types
from anyreg.security.access import KEY_ALL_ACCESS, mapped
from anyreg.security.check import maximum_access
from anyreg.security.descriptor import (
    DACL_AUTO_INHERITED,
    DACL_PRESENT,
    DACL_PROTECTED,
    SELF_RELATIVE,
    Acl,
    SecurityDescriptor,
)
from anyreg.security.entries import Ace
from anyreg.security.inheritance import inherited_aces, inherited_again, new_descriptor
from anyreg.security.known import CREATOR_GROUP, CREATOR_OWNER
from anyreg.security.sddl import parse_sddl, print_sddl
from anyreg.security.sid import Sid
from anyreg.security.token import Token
from security.drawn import GROUP, USER, descriptors, lists, tokens

SYSTEM = Token.system()


def written(acl: Acl, owner: Sid, group: Sid) -> Acl:
    """The list of a child as [MS-DTYP] has it."""
    made = []
    for ace in acl:
        if ace.flags & types.CONTAINER_INHERIT:
            sid = {CREATOR_OWNER: owner, CREATOR_GROUP: group}.get(ace.sid, ace.sid)
            mask = mapped(ace.mask) & KEY_ALL_ACCESS
            made.append(replace(ace, sid=sid, mask=mask, flags=0))
        if ace.flags & 3 and not ace.flags & types.NO_PROPAGATE:
            made.append(ace.with_flags(ace.flags & 3 | types.INHERIT_ONLY))
    return Acl(tuple(made))


def real(acl: Acl, owner: Sid, group: Sid, is_auto: bool) -> Acl:
    return Acl(tuple(inherited_aces(acl, owner, group, is_auto=is_auto)))


def of(acl: Acl) -> SecurityDescriptor:
    return SecurityDescriptor(USER, GROUP, acl, None, SELF_RELATIVE | DACL_PRESENT)


@pytest.mark.parametrize("is_auto", [True, False])
@given(acl=lists, token=tokens)
def test_a_child_and_its_child_let_in_whom_the_written_algorithm_does(
    is_auto: bool, acl: Acl, token: Token
) -> None:
    child, model = real(acl, USER, GROUP, is_auto), written(acl, USER, GROUP)
    for _ in range(3):
        assert maximum_access(of(child), token) == maximum_access(of(model), token)
        child, model = real(child, USER, GROUP, is_auto), written(model, USER, GROUP)


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (
            "D:AI(A;CIID;KR;;;BU)(A;CIIOID;KA;;;CO)",
            "D:AI(A;CIID;KR;;;BU)(A;ID;KA;;;SY)(A;CIIOID;KA;;;CO)",
        ),
        ("D:PAI(A;CI;KA;;;SY)(A;CI;KA;;;CO)", "D:AI(A;CIID;KA;;;SY)(A;CIIOID;KA;;;CO)"),
        ("D:(A;CI;KA;;;SY)(A;CI;KA;;;CO)", "D:(A;CI;KA;;;SY)(A;;KA;;;SY)(A;CIIO;KA;;;CO)"),
        ("D:PAI(A;CIIO;GR;;;BU)", "D:AI(A;ID;KR;;;BU)(A;CIIOID;GR;;;BU)"),
        ("D:AI(A;CINP;KR;;;BU)(A;OI;KR;;;BA)", "D:AI(A;ID;KR;;;BU)(A;OIIOID;KR;;;BA)"),
        ("D:P(A;OICI;KA;;;BA)", "D:(A;OICI;KA;;;BA)"),
        ("D:PAI(A;OICIIO;FA;;;SY)", "D:AI(A;ID;KA;;;SY)(A;OICIIOID;FA;;;SY)"),
        (
            "D:AI(A;CIID;KA;;;SY)S:AI(AU;CISA;0x10d0000;;;WD)",
            "D:AI(A;CIID;KA;;;SY)S:AI(AU;CIIDSA;0x10d0000;;;WD)",
        ),
    ],
)
def test_lists_are_those_that_real_keys_have(parent: str, child: str) -> None:
    """Made by the system; a parent's protection is not passed on."""
    made = new_descriptor(parse_sddl(f"O:SYG:SY{parent}"), SYSTEM)
    assert print_sddl(made) == f"O:SYG:SY{child}"


def test_with_nothing_to_inherit_the_default_of_the_token_counts() -> None:
    made = new_descriptor(parse_sddl("O:SYG:SYD:(A;;KA;;;SY)"), Token.administrator())
    assert made.owner == parse_sddl("O:BA").owner
    assert made.dacl is not None
    assert [hex(ace.mask) for ace in made.dacl][:2] == ["0xf003f", "0xf003f"]


def test_what_the_creator_gives_goes_before_what_is_inherited() -> None:
    parent = parse_sddl("O:SYG:SYD:AI(A;CIID;KR;;;BU)")
    given_ = parse_sddl("D:(A;CI;GA;;;CO)(A;ID;KA;;;WD)")
    made = new_descriptor(parent, SYSTEM, given_)
    assert print_sddl(made) == "O:SYG:SYD:AI(A;;KA;;;SY)(A;CIIO;GA;;;CO)(A;CIID;KR;;;BU)"
    protected = new_descriptor(parent, SYSTEM, parse_sddl("D:P(A;;KA;;;BA)"))
    assert print_sddl(protected) == "O:SYG:SYD:PAI(A;;KA;;;BA)"
    files = new_descriptor(parent, SYSTEM, parse_sddl("D:P(A;;FA;;;BA)(A;CI;FR;;;WD)"))
    assert print_sddl(files) == "O:SYG:SYD:PAI(A;;KA;;;BA)(A;;CCSWRC;;;WD)(A;CIIO;FR;;;WD)"


def test_what_is_audited_is_given_and_inherited_by_the_same_rules() -> None:
    """What the creator says to be inherited goes, unless the list is protected."""
    parent = parse_sddl("O:SYG:SYD:(A;CI;KA;;;WD)S:AI(AU;CISA;KW;;;WD)")
    made = new_descriptor(parent, SYSTEM, parse_sddl("S:(AU;IDFA;KA;;;BU)(AU;FA;GR;;;BA)"))
    assert print_sddl(made).endswith("S:AI(AU;FA;KR;;;BA)(AU;CIIDSA;KW;;;WD)")
    made = new_descriptor(parent, SYSTEM, parse_sddl("S:P(AU;IDFA;KA;;;BU)"))
    assert print_sddl(made).endswith("S:PAI(AU;IDFA;KA;;;BU)")


def test_labels_and_audits_are_inherited_and_a_low_creator_leaves_its_own() -> None:
    parent = parse_sddl("O:SYG:SYD:(A;CI;KA;;;WD)S:AI(AU;CISA;KW;;;WD)(ML;OICI;NW;;;HI)")
    made = new_descriptor(parent, SYSTEM)
    assert print_sddl(made).partition("S:")[2] == "AI(AU;CIIDSA;KW;;;WD)(ML;OICIID;NW;;;HI)"
    low = new_descriptor(parse_sddl("O:SYG:SYD:(A;CI;KA;;;WD)"), replace(SYSTEM, integrity=4096))
    assert print_sddl(low).endswith("S:(ML;;NW;;;LW)")


def test_a_claim_that_is_not_inheritable_stays() -> None:
    text = 'O:SYG:SYD:(A;CI;KA;;;WD)S:(RA;CI;;;;WD;("a",TI,0x1,1))(RA;CI;;;;WD;("b",TI,0x0,1))'
    assert '"a"' not in print_sddl(new_descriptor(parse_sddl(text), SYSTEM))
    assert '"b"' in print_sddl(new_descriptor(parse_sddl(text), SYSTEM))


def test_a_change_above_replaces_what_was_inherited_and_nothing_else() -> None:
    child = parse_sddl("O:SYG:SYD:AI(A;;KR;;;WD)(A;CIID;KR;;;BU)")
    parent = parse_sddl("O:SYG:SYD:(A;CI;KA;;;BA)")
    assert print_sddl(inherited_again(child, parent)) == "O:SYG:SYD:AI(A;;KR;;;WD)(A;CIID;KA;;;BA)"
    protected = replace(child, control=child.control | DACL_PROTECTED)
    assert inherited_again(protected, parent) is protected


@given(descriptors(), descriptors())
def test_to_inherit_twice_is_to_inherit_once(
    child: SecurityDescriptor, parent: SecurityDescriptor
) -> None:
    once = inherited_again(child, parent)
    assert inherited_again(once, parent) == once


@given(descriptors(), tokens)
def test_a_new_key_inherits_from_its_own_descriptor_what_its_parent_passes_on(
    parent: SecurityDescriptor, token: Token
) -> None:
    """What is made comes back as bytes, and its control says what was done."""
    made = new_descriptor(parent, token)
    assert SecurityDescriptor.from_bytes(made.build()).build() == made.build()
    auto = DACL_AUTO_INHERITED
    assert made.control & auto == parent.control & auto
    assert made.owner == token.new_owner
    assert all(isinstance(ace, Ace) for ace in made.dacl or ())
