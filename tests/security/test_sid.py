from __future__ import annotations

import pytest
from hypothesis import given

from anyreg.errors import SecurityError
from anyreg.security.sid import Sid
from security.drawn import any_sid


@given(any_sid)
def test_text_and_bytes_come_back(sid: Sid) -> None:
    assert Sid.parse(str(sid)) == sid
    assert Sid.from_bytes(sid.build()) == sid
    assert len(sid.build()) == sid.size


def test_the_bytes_are_those_of_the_specification() -> None:
    """The authority big-endian, the numbers little-endian."""
    administrators = bytes.fromhex("01020000000000052000000020020000")
    assert Sid.parse("S-1-5-32-544").build() == administrators


def test_a_large_authority_is_hexadecimal_without_zeros() -> None:
    """As Windows prints it."""
    assert str(Sid.parse("S-1-21474836480-32-579")) == "S-1-0x500000000-32-579"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "S",
        "S-1",
        "S-1-",
        "S-2-5-18",
        "S-1-5-18 ",
        "S-1-5--18",
        "S-1-5-4294967296",
        "S-1-0x1000000000000-1",
        "S-1-5" + "-1" * 16,
        "S-1-5-" + "1" * 5000,
        "BA",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(SecurityError) as caught:
        Sid.parse(text)
    assert caught.value.winerror == 1337


@pytest.mark.parametrize(
    "sid", [Sid(5, tuple(range(15))).child(1), Sid(5, (1 << 32,)), Sid(1 << 48), Sid(5, (-1,))]
)
def test_what_a_sid_cannot_hold_is_not_built(sid: Sid) -> None:
    """Else there would be bytes that nobody can read."""
    with pytest.raises(SecurityError) as caught:
        sid.build()
    assert caught.value.winerror == 1337


@pytest.mark.parametrize(
    "data", ["", "01", "0201000000000005" + "12000000", "01010000000000050000"]
)
def test_cut_or_foreign_bytes_are_refused_with_their_offset(data: str) -> None:
    with pytest.raises(SecurityError) as caught:
        Sid.from_bytes(b"xy" + bytes.fromhex(data), 2)
    assert caught.value.offset == 2


def test_an_account_belongs_to_its_domain() -> None:
    account = Sid.parse("S-1-5-21-1-2-3-500")
    domain = Sid.parse("S-1-5-21-1-2-3")
    assert account.parent == domain
    assert account.rid == 500
    assert domain.child(500) == account
    assert account.is_below(domain)
    assert not domain.is_below(account)
