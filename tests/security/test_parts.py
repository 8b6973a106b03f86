"""Parts of descriptors by SECURITY_INFORMATION: nothing else is answered, and nothing else set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import SecurityError
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.parts import (
    BACKUP_PART,
    DACL_PART,
    GROUP_PART,
    LABEL_PART,
    OWNER_PART,
    PROTECTED_DACL,
    SACL_PART,
    UNPROTECTED_DACL,
    parts_of,
    right_to_read,
    right_to_set,
    with_parts,
)
from anyreg.security.sddl import parse_sddl, print_sddl

WHOLE = "O:SYG:BAD:PAI(A;CI;KA;;;BA)(A;;KR;;;WD)S:AI(AU;SA;KA;;;WD)(ML;;NW;;;LW)"
OTHER = "O:BAG:SYD:(D;;KW;;;BU)S:(AU;FA;KR;;;BU)(ML;;NWNR;;;HI)"


@pytest.mark.parametrize(
    ("information", "sddl"),
    [
        (0, ""),
        (OWNER_PART, "O:SY"),
        (GROUP_PART, "G:BA"),
        (DACL_PART, "D:PAI(A;CI;KA;;;BA)(A;;KR;;;WD)"),
        (SACL_PART, "S:AI(AU;SA;KA;;;WD)"),
        (LABEL_PART, "S:AI(ML;;NW;;;LW)"),
        (SACL_PART | LABEL_PART, "S:AI(AU;SA;KA;;;WD)(ML;;NW;;;LW)"),
        (BACKUP_PART, WHOLE),
    ],
)
def test_only_what_is_asked_for_is_answered(information: int, sddl: str) -> None:
    assert print_sddl(parts_of(parse_sddl(WHOLE), information)) == sddl


@pytest.mark.parametrize(
    ("information", "sddl"),
    [
        (OWNER_PART, WHOLE.replace("O:SY", "O:BA")),
        (GROUP_PART, WHOLE.replace("G:BA", "G:SY")),
        (DACL_PART, WHOLE.replace("D:PAI(A;CI;KA;;;BA)(A;;KR;;;WD)", "D:(D;;KW;;;BU)")),
        (SACL_PART, WHOLE.replace("AI(AU;SA;KA;;;WD)", "(AU;FA;KR;;;BU)")),
        (LABEL_PART, WHOLE.split("S:", 1)[0] + "S:(ML;;NWNR;;;HI)(AU;SA;KA;;;WD)"),
        (BACKUP_PART, OTHER),
        (PROTECTED_DACL, WHOLE),
        (UNPROTECTED_DACL, WHOLE.replace("PAI", "AI")),
        (
            DACL_PART | PROTECTED_DACL,
            WHOLE.replace("D:PAI(A;CI;KA;;;BA)(A;;KR;;;WD)", "D:P(D;;KW;;;BU)"),
        ),
    ],
)
def test_only_what_is_named_is_set(information: int, sddl: str) -> None:
    assert print_sddl(with_parts(parse_sddl(WHOLE), parse_sddl(OTHER), information)) == sddl


def test_rights_of_entries_become_those_of_a_key() -> None:
    """But for entries that only keys below get: there the generic bits stay."""
    given_ = parse_sddl("D:(A;;GA;;;BA)(A;CIIO;GA;;;BA)(A;;0x1fffff;;;WD)")
    made = with_parts(SecurityDescriptor(), given_, DACL_PART)
    assert print_sddl(made) == "D:(A;;KA;;;BA)(A;CIIO;GA;;;BA)(A;;KA;;;WD)"


def test_it_can_be_audited_who_reads_what_is_audited() -> None:
    """So the right to it stays in audits, as real keys have it."""
    given_ = parse_sddl("D:(A;;0x10f003f;;;BA)S:(AU;SA;0x10d0000;;;WD)(AU;SA;FA;;;WD)")
    made = with_parts(SecurityDescriptor(), given_, DACL_PART | SACL_PART)
    assert print_sddl(made) == "D:(A;;KA;;;BA)S:(AU;SA;0x10d0000;;;WD)(AU;SA;KA;;;WD)"


def test_a_list_is_inherited_by_itself_only_if_that_is_asked_for_twice() -> None:
    """So Windows stores it; that it was asked for is not stored."""
    for flags, stored in (("AI", ""), ("ARAI", "AI"), ("AR", "")):
        made = with_parts(SecurityDescriptor(), parse_sddl(f"D:{flags}(A;;KA;;;BA)"), DACL_PART)
        assert print_sddl(made) == f"D:{stored}(A;;KA;;;BA)"


@pytest.mark.parametrize("information", [OWNER_PART, GROUP_PART])
def test_a_key_keeps_an_owner_and_a_group(information: int) -> None:
    with pytest.raises(SecurityError) as failed:
        with_parts(parse_sddl(WHOLE), SecurityDescriptor(), information)
    assert failed.value.winerror == 1338


def test_the_rights_that_parts_need() -> None:
    """As the table of SECURITY_INFORMATION has them."""
    assert [hex(right_to_read(1 << bit)) for bit in range(8)] == [
        *["0x20000"] * 3,
        "0x1000000",
        *["0x20000"] * 4,
    ]
    assert [hex(right_to_set(1 << bit)) for bit in range(7)] == [
        "0x80000",
        "0x80000",
        "0x40000",
        "0x1000000",
        "0x80000",
        "0x40000",
        "0x1000000",
    ]
    assert right_to_read(BACKUP_PART) == 0x1020000
    assert right_to_set(BACKUP_PART) == 0x10C0000
    assert right_to_set(PROTECTED_DACL) == 0x40000


SECTIONS = st.sampled_from(
    [WHOLE, OTHER, "", "O:SY", "D:P", "S:", "D:NO_ACCESS_CONTROL", "G:WDS:P"]
)


@given(SECTIONS, SECTIONS, st.integers(0, 0xFF))
def test_what_was_set_is_what_is_read(before: str, other: str, information: int) -> None:
    """And the parts that were not named read as they did."""
    parsed, given_ = parse_sddl(before), parse_sddl(other)
    try:
        made = with_parts(parsed, given_, information)
    except SecurityError:
        return
    rest = 0xFF & ~information
    if not information & 0xF8:  # the parts of the SACL share their control bits
        assert parts_of(made, rest) == parts_of(parsed, rest)
    if not information & DACL_PART:
        assert parts_of(made, DACL_PART) == parts_of(parsed, DACL_PART)
    asked = parts_of(made, information & 7)
    expected = parts_of(given_, information & 7)
    assert (asked.owner, asked.group, asked.dacl) == (expected.owner, expected.group, expected.dacl)
    assert SecurityDescriptor.from_bytes(made.build()).build() == made.build()
