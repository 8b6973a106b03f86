from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import SecurityError
from anyreg.security import claims
from anyreg.security.claims import Claim, build_claim, parse_claim, print_claim, scan_claim
from anyreg.security.entries import RESOURCE_ATTRIBUTE, Ace
from anyreg.security.known import EVERYONE, NO_DOMAINS
from anyreg.security.scanner import Scanner
from anyreg.security.sddl import parse_sddl, print_ace
from security.drawn import any_sid, read_or_refused

FUZZED = 3_000
texts = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    max_size=8,
)
VALUES: dict[int, st.SearchStrategy[Any]] = {
    claims.SIGNED: st.integers(-(1 << 63) + 1, (1 << 63) - 1),
    claims.UNSIGNED: st.integers(0, (1 << 64) - 1),
    claims.TEXT: texts.filter(lambda text: '"' not in text),
    claims.SID: any_sid,
    claims.BOOLEAN: st.integers(0, 1),
    claims.OCTETS: st.binary(min_size=1, max_size=9),
}


@st.composite
def drawn_claims(draw: st.DrawFn) -> Claim:
    kind = draw(st.sampled_from(sorted(VALUES)))
    values = draw(st.lists(VALUES[kind], max_size=4))
    return Claim(draw(texts), kind, draw(st.integers(0, (1 << 32) - 1)), tuple(values))


@given(drawn_claims())
def test_bytes_and_text_come_back(claim: Claim) -> None:
    data = build_claim(claim)
    assert parse_claim(data + bytes(-len(data) & 3)) == claim
    assert scan_claim(Scanner(print_claim(claim), NO_DOMAINS)) == claim


def test_the_bytes_are_those_of_windows() -> None:
    """The values stand right behind the name, wherever that ends."""
    data = (
        "14000000020000000e000000010000002200000063006f006c004f004900720000" + "00ad57250000000000"
    )
    assert build_claim(Claim("colOIr", claims.UNSIGNED, 0xE, (2447277,))).hex() == data


@pytest.mark.parametrize(
    "claim",
    [
        Claim("n", claims.SIGNED, 0, ("text",)),
        Claim("n", claims.UNSIGNED, 0, (-1,)),
        Claim("n", claims.TEXT, 0, (1,)),
        Claim("n", claims.OCTETS, 0, ("text",)),
    ],
    ids=str,
)
def test_a_value_must_go_with_the_type(claim: Claim) -> None:
    with pytest.raises(SecurityError):
        build_claim(claim)


def test_changed_bytes_are_read_or_refused_and_nothing_else() -> None:
    rnd = random.Random(4)
    wholes = [
        build_claim(Claim("name", claims.TEXT, 2, ("blue", "red"))),
        build_claim(Claim("name", claims.OCTETS, 2, (b"abc",))),
    ]
    for _ in range(FUZZED):
        data = bytearray(rnd.choice(wholes))
        for _ in range(rnd.randint(1, 4)):
            data[rnd.randrange(len(data))] = rnd.randrange(256)
        read_or_refused(lambda changed: print_claim(parse_claim(changed)), bytes(data))


@pytest.mark.parametrize("step", [0, 2])
def test_values_that_share_their_bytes_are_refused(step: int) -> None:
    """Else 62 kilobytes of an entry were eight thousand texts, each of thirty."""
    count, name = 8000, 16 + 4 * 8000
    offsets = [name + 4 + step * number for number in range(count)]
    head = struct.pack("<IHHII", name, claims.TEXT, 0, 0, count) + struct.pack("<8000I", *offsets)
    with pytest.raises(SecurityError) as caught:
        parse_claim(head + "a\0".encode("utf-16-le") + ("x" * 15000 + "\0").encode("utf-16-le"))
    assert caught.value.offset in offsets


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ('("a",TX,0,ab,#12,f##,##)', '("a",TX,0x0,ab,0012,0f00,00)'),
        ('("a b",TS,0,"100%0041 ü")', '("a%0020b",TS,0x0,"100%0041 ü")'),
        ('("a{;,}",TD,0,BA,SID(WD),S-1-2-3)', '("a{;,}",TD,0x0,BA,WD,S-1-2-3)'),
    ],
)
def test_texts_are_those_of_windows(text: str, printed: str) -> None:
    """Octets have no sign before them, # is a digit, and a name alone has escapes."""
    assert print_claim(scan_claim(Scanner(text, NO_DOMAINS))) == printed


@pytest.mark.parametrize("claim", [Claim("a", claims.TEXT, 0, ('"',)), Claim("a", 16, 0, (b"",))])
def test_what_has_no_words_is_printed_as_bytes(claim: Claim) -> None:
    ace = Ace(RESOURCE_ATTRIBUTE, 0, 0, EVERYONE, data=build_claim(claim))
    assert "#" in print_ace(ace)
    read = parse_sddl(f"S:{print_ace(ace)}").sacl
    assert read is not None
    assert parse_claim(read[0].data) == claim
