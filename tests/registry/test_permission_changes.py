"""What differs between two descriptors, in words: every entry once, and nothing in silence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

import anyreg
from anyreg import Raw
from anyreg.registry.permission_changes import permission_changes
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.sddl import parse_sddl
from security.drawn import descriptors

BEFORE = "O:BAG:SYD:(A;CI;KR;;;BU)(A;CIID;KA;;;SY)"


@pytest.mark.parametrize(
    ("after", "lines"),
    [
        (BEFORE, []),
        (
            BEFORE.replace("O:BA", "O:SY"),
            [r"~ owner BUILTIN\Administrators -> NT AUTHORITY\SYSTEM"],
        ),
        (BEFORE.replace("G:SY", ""), [r"~ group NT AUTHORITY\SYSTEM -> nobody"]),
        (BEFORE.replace("D:", "D:P"), ["~ inherits nothing from above any more"]),
        (BEFORE + "(A;;KR;;;WD)", ["+ allow Everyone: read (this key)"]),
        (
            BEFORE.replace("(A;CI;KR;;;BU)", ""),
            [r"- allow BUILTIN\Users: read (this key and below)"],
        ),
        (
            BEFORE.replace("KR", "KA"),
            [r"~ allow BUILTIN\Users: read -> full (this key and below)"],
        ),
        (
            BEFORE.replace("A;CI;KR", "D;CI;KR"),
            [
                r"- allow BUILTIN\Users: read (this key and below)",
                r"+ deny BUILTIN\Users: read (this key and below)",
            ],
        ),
        (
            "O:BAG:SYD:NO_ACCESS_CONTROL",
            [
                "+ everyone may do everything, there is no list",
                r"- allow BUILTIN\Users: read (this key and below)",
                r"- allow NT AUTHORITY\SYSTEM: full (this key and below, inherited)",
            ],
        ),
        (BEFORE + "S:(AU;SA;KR;;;WD)", ["+ audit success Everyone: read (this key)"]),
        ("O:BAG:SYD:(A;CIID;KA;;;SY)(A;CI;KR;;;BU)", ["~ another order of the entries"]),
        (BEFORE + "S:", ["~ control 0x8004 -> 0x8014"]),
        (BEFORE.replace("D:", "D:AI"), ["~ control 0x8004 -> 0x8404"]),
        (BEFORE + "(A;CI;KR;;;BU)", [r"+ allow BUILTIN\Users: read (this key and below)"]),
    ],
)
def test_each_difference_has_its_words(after: str, lines: list[str]) -> None:
    found = permission_changes(parse_sddl(BEFORE), parse_sddl(after))
    assert [f"{change.sign} {change.text}" for change in found] == lines


def test_bytes_that_say_the_same() -> None:
    read = parse_sddl(BEFORE)
    assert read.dacl is not None
    other = read.with_dacl(replace(read.dacl, slack=bytes(4)))
    (found,) = permission_changes(read, other)
    assert found == ("~", "other bytes that say the same")


def test_names_are_those_of_the_registry() -> None:
    with anyreg.open("memory:") as registry:
        account = r"HKLM\SAM\SAM\Domains\Account"
        registry.create(account).values["V"] = bytes(12) + bytes(
            [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]
        )
        registry.create(rf"{account}\Users\Names\Ada").values[""] = Raw(1001, b"")
        after = parse_sddl(BEFORE.replace("O:BA", "O:S-1-5-21-1-2-3-1001"))
        (found,) = permission_changes(parse_sddl(BEFORE), after, registry.root.accounts)
        assert found.text.startswith(r"owner BUILTIN\Administrators -> ")
        assert found.text.endswith(r"\Ada")


@given(descriptors(), descriptors())
def test_nothing_is_kept_silent(before: SecurityDescriptor, after: SecurityDescriptor) -> None:
    """There is something to tell wherever the bytes differ, and then alone."""
    found = permission_changes(before, after)
    assert bool(found) == (before.build() != after.build())
    turned = permission_changes(after, before)
    signs = {"+": "-", "-": "+", "~": "~"}
    assert sorted(change.sign for change in turned) == sorted(
        signs[change.sign] for change in found
    )
