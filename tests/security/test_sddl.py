from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import SecurityError
from anyreg.security import entries as types
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.entries import Ace
from anyreg.security.known import Domains
from anyreg.security.sddl import guid_bytes, guid_text, parse_sddl, print_ace, print_sddl
from anyreg.security.sid import Sid
from conftest import CORPUS, MISSING
from security.drawn import any_sid, descriptors, read_or_refused

VECTORS = CORPUS.parent / "reference" / "security" / "sddl-vectors.tsv"
DOMAIN = Sid.parse("S-1-5-21-2457507606-2709100691-398136650")
DOMAINS = Domains(DOMAIN, DOMAIN, DOMAIN)  # what the vectors were made with
FUZZED = 3_000


@given(descriptors())
def test_what_is_printed_is_read_back(descriptor: SecurityDescriptor) -> None:
    read = parse_sddl(print_sddl(descriptor))
    assert read.build() == descriptor.build()
    assert SecurityDescriptor.from_bytes(read.build()) == read


@given(
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, (1 << 32) - 1),
    any_sid,
    st.binary(max_size=24),
)
def test_entries_that_have_no_words_have_numbers(
    kind: int, flags: int, mask: int, sid: Sid, data: bytes
) -> None:
    """Whatever their type and data: nothing is lost on the way through a text."""
    data += bytes(-len(data) & 3)
    has_data = kind in (9, 10, 11, 13, 15, 16, 18, 21) or kind > 21 or kind == 4
    is_known = types.is_known(kind)
    ace = Ace(kind, flags, mask if is_known else 0, sid if is_known else types.NOBODY)
    ace = Ace(ace.type, ace.flags, ace.mask, ace.sid, data=data if has_data else b"")
    where = "D" if kind not in (2, 3, 7, 8, 13, 17, 18, 19, 20) else "S"
    read = parse_sddl(f"{where}:{print_ace(ace)}")
    (again,) = list((read.dacl if where == "D" else read.sacl) or ())
    if kind == types.ALLOW_OBJECT:
        assert again.type == types.ALLOW
    else:
        assert again == ace


def test_bytes_behind_an_entry_fill_it_to_a_multiple_of_four() -> None:
    """In the record as in its bytes; those of an unknown type are all that it has."""
    text = "D:(0x0c;;KA;;;WD;#01)(0x30;;;;;;#01)"
    read = parse_sddl(text)
    stored = SecurityDescriptor.from_bytes(read.build())
    assert list(stored.dacl or ()) == list(read.dacl or ())
    assert print_sddl(read) == "D:(0x0c;;KA;;;WD;#01000000)(0x30;;;;;;#01)"


def rows() -> list[list[str]]:
    if not VECTORS.exists():
        return []
    return [line.split("\t") for line in VECTORS.read_text("utf-8").splitlines()[1:]]


@pytest.mark.skipif(not VECTORS.exists(), reason=MISSING)
def test_text_and_bytes_are_those_of_windows() -> None:
    """Its answers for 300 texts and descriptors: bytes, printed text, and refusals."""
    seen = {"read": 0, "bytes": 0, "refused": 0}
    for text, stored, printed, oracle in rows():
        if "REFUSED" in (stored, printed):
            with pytest.raises(SecurityError):
                parse_sddl(text, DOMAINS)
            seen["refused"] += 1
            continue
        read = parse_sddl(text, DOMAINS)
        seen["read"] += 1
        assert not printed or print_sddl(read, DOMAINS) == printed
        if stored:
            data = bytes.fromhex(stored)
            known = SecurityDescriptor.from_bytes(data)
            assert known.build() == data
            assert not printed or print_sddl(known, DOMAINS) == printed
            if oracle.startswith("windows"):
                assert read.build() == data
                seen["bytes"] += 1
    assert seen["read"] + seen["refused"] == 300
    assert seen["bytes"] > 100
    assert seen["refused"] == 26


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("O:XX", 2, "alias"),
        ("D:(A;;KA;;;BA", 13, "')'"),
        ("D:(Q;;KA;;;BA)", 3, "type"),
        ("D:(A;ZZ;KA;;;BA)", 5, "flag"),
        ("D:(A;;KAX;;;BA)", 8, "rights"),
        ("D:(A;;0x1ffffffff;;;BA)", 6, "32 bits"),
        ("D:(AU;;KA;;;BA)", 3, "D: list"),
        ("D:X", 2, "O:, G:"),
        ("O:BAO:SY", 4, "at most once"),
        ("D:(A;;KA;zz;;BA)", 9, "GUID"),
        ("D:(A;0x1ff;KA;;;BA)", 5, "8 bits"),
        ("D:(A;;KA;bf967a0e-0de6-11d0-a285-00aa003049e2;;BA)", 9, "no GUID"),
        ("D:(0x30;;KA;;;)", 9, "';'"),
        ("D:(0x30;;;;;BA)", 12, "bytes"),
        ("D:(0x30;;;;;)", 12, "bytes"),
        ("D:(A;c\u0131;KA;;;BA)", 5, "flag"),
        ("D:(XA;;KA;;;BA)", 14, "condition"),
        ("D:(XA;;KA;;;BA;(a ==))", 20, "literal"),
        ('S:(RA;;;;;WD;("a",TQ,0))', 18, "TI"),
        ('S:(RA;;;;;WD;("a",TI,0x1ffffffff))', 21, "32 bits"),
        ("O:S-1-5-" + "1" * 5000, 2, "S-1-5-32-544"),
    ],
)
def test_an_error_names_the_character_and_what_was_expected(
    text: str, offset: int, expected: str
) -> None:
    with pytest.raises(SecurityError) as caught:
        parse_sddl(text)
    assert (caught.value.offset, expected in caught.value.expected) == (offset, True), caught.value


BAD_SIDS = ("XX", "", "S-", "S-1", "#")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Q:", 87),
        ("D:(", 1336),
        *((f"O:{sid}", 1337) for sid in BAD_SIDS),
        *((f"G:{sid}", 1337) for sid in BAD_SIDS),
        *((f"D:(A;;KA;;;{sid})", 1336) for sid in BAD_SIDS),
    ],
)
def test_an_error_has_the_code_that_windows_has(text: str, code: int) -> None:
    """Of a section, a SID, or an entry."""
    with pytest.raises(SecurityError) as caught:
        parse_sddl(text)
    assert caught.value.winerror == code


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (" D: P (a; ci ;ka;;; ba ) (A;;GR GW;;;WD)", "D:P(A;CI;KA;;;BA)(A;;GWGR;;;WD)"),
        ("D:(A;;KA; ;  ;BA)", "D:(A;;KA;;;BA)"),
        ("S:D:P", "D:PS:"),
        ("D:(A;0x33;0177;;;BA)", "D:(A;OICIIDCR;CCDCLCSWRPWPDT;;;BA)"),
        ("O:S-1-2-0x2D:", "O:S-1-2-2D:"),
    ],
)
def test_what_windows_takes_beyond_the_grammar_is_read(text: str, printed: str) -> None:
    """Blanks, lower case, and numbers in any base."""
    assert print_sddl(parse_sddl(text)) == printed


def test_characters_beyond_16_bits_are_two_units_of_text() -> None:
    """In names of attributes, in claims, and in what a condition compares with."""
    text = (
        'D:(XA;;KA;;;WD;(@USER.%d83d%de00 == "\U0001f600"))'
        'S:(RA;;;;;WD;("%d83d%de00",TS,0x0,"x\U0001f600"))'
    )
    read = parse_sddl(text)
    assert print_sddl(read) == text
    assert print_sddl(SecurityDescriptor.from_bytes(read.build())) == text


def test_changed_texts_are_read_or_refused_and_nothing_else() -> None:
    rnd = random.Random(2)
    whole = (
        'O:BAG:SYD:PAI(A;OICI;KA;;;SY)(XA;;GR;;;WD;(@User.a == {1, "b"} && !(Member_of SID(BA))))'
        '(OA;;WP;bf967a0e-0de6-11d0-a285-00aa003049e2;;AU)S:(ML;;NW;;;LW)(RA;;;;;WD;("c",TU,0x0,7))'
    )
    parse_sddl(whole)
    for _ in range(FUZZED):
        text = list(whole)
        for _ in range(rnd.randint(1, 5)):
            at = rnd.randrange(len(text))
            text[at : at + rnd.randint(0, 3)] = rnd.choice(("", *'();:!"{}#0Zx &', "(((((", "S-1-"))
        changed = "".join(text)
        read_or_refused(require_printed, changed)


def require_printed(text: str) -> None:
    """What is printed of a text says the same."""
    read = parse_sddl(text)
    assert parse_sddl(print_sddl(read)).build() == read.build(), text


def test_many_parentheses_end_in_an_error() -> None:
    for opening in ("(", "!", "(!"):
        text = f"D:(XA;;KA;;;WD;({opening * 5000}a))"
        with pytest.raises(SecurityError):
            parse_sddl(text)


def test_what_a_text_says_is_the_record_that_its_bytes_are() -> None:
    """Of object entries too, whose flags tell which GUIDs they have."""
    guid = "bf967a0e-0de6-11d0-a285-00aa003049e2"
    read = parse_sddl(
        f"D:(OA;;KA;{guid};;BA)(OD;;KA;;{guid};BA)(OA;;KA;{guid};{guid};BA)(A;;KA;;;BA)"
    )
    assert SecurityDescriptor.from_bytes(read.build()) == read


def test_guids_are_stored_as_windows_does() -> None:
    text = "bf967a0e-0de6-11d0-a285-00aa003049e2"
    assert guid_bytes(text).hex() == "0e7a96bfe60dd011a28500aa003049e2"
    assert guid_text(guid_bytes(text)) == text
    assert guid_text(b"") == ""


def test_an_empty_text_is_a_descriptor_without_parts() -> None:
    assert print_sddl(parse_sddl("")) == ""
    assert parse_sddl("D:NO_ACCESS_CONTROL").dacl is None
    assert parse_sddl("D:").dacl == Acl(revision=2)
