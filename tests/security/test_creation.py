"""What new keys get is computed once for each descriptor above."""

from __future__ import annotations

from anyreg.security.creation import ANYBODY, Creator
from anyreg.security.descriptor import SecurityDescriptor, default_descriptor
from anyreg.security.inheritance import new_descriptor
from anyreg.security.sddl import parse_sddl, print_sddl
from anyreg.security.token import Token

PARENT = parse_sddl("O:BAG:SYD:AI(A;CIID;KA;;;CO)(A;CIID;KR;;;WD)").build()


def test_each_creator_gets_his_own() -> None:
    """The same object at the second question, and another one than others get."""
    user = Token.of("S-1-5-21-1-2-3-1001")
    creator = Creator(user)
    made = creator.inherited(PARENT)
    assert made == new_descriptor(SecurityDescriptor.from_bytes(PARENT), user).build()
    assert creator.inherited(bytes(bytearray(PARENT))) is made
    assert ANYBODY.inherited(PARENT) != made


def test_what_is_no_descriptor_is_taken_over() -> None:
    """So a damaged hive can be written; below a key that has none there is none."""
    assert ANYBODY.inherited(b"") == b""
    assert ANYBODY.inherited(b"no descriptor") == b"no descriptor"


def test_where_nobody_is_named_administrators_own_what_is_made() -> None:
    """What a new hive has goes on as it is; where nothing is inherited others have no access."""
    assert ANYBODY.inherited(default_descriptor()) == default_descriptor()
    closed = ANYBODY.inherited(parse_sddl("O:SYG:SYD:(A;;KA;;;WD)").build())
    shown = print_sddl(SecurityDescriptor.from_bytes(closed))
    assert shown == "O:BAG:SYD:(A;;KA;;;BA)(A;;KA;;;SY)"


def test_what_a_given_descriptor_lacks_is_added() -> None:
    """Whose key it is, and what it inherits; a whole one stays as it is, to the byte."""
    creator = Creator(Token.of("BU"))

    def given(text: str, parent: bytes = PARENT) -> str:
        data = creator.given(parent, parse_sddl(text).build())
        return print_sddl(SecurityDescriptor.from_bytes(data))

    whole = "O:BAG:SYD:(A;CI;KR;;;CO)"
    assert given(whole) == whole
    assert given("D:P(A;;KR;;;WD)") == "O:BUG:BUD:PAI(A;;KR;;;WD)"
    inheritable = parse_sddl("O:BAG:SYD:(A;CI;KR;;;WD)").build()
    assert given("O:SY", inheritable) == "O:SYG:BUD:(A;CI;KR;;;WD)"
    assert given("O:SYD:(A;;KA;;;SY)", b"no descriptor") == "O:SYG:BUD:(A;;KA;;;SY)"


def test_not_all_is_remembered_for_ever() -> None:
    """Thousands of descriptors later the first is computed again, to the same bytes."""
    creator = Creator(Token.system())
    first = creator.inherited(PARENT)
    for number in range(5000):
        creator.inherited(PARENT[:2] + number.to_bytes(2, "little"))
    assert creator.inherited(PARENT) == first
