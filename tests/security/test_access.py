from __future__ import annotations

import pytest

from anyreg.errors import SecurityError
from anyreg.security.access import (
    DELETE,
    GENERIC_ALL,
    GENERIC_EXECUTE,
    GENERIC_READ,
    GENERIC_WRITE,
    KEY_ALL_ACCESS,
    describe_mask,
    mapped,
    parse_mask,
)


@pytest.mark.parametrize(
    ("generic", "key"),
    [
        (GENERIC_READ, 0x20019),
        (GENERIC_WRITE, 0x20006),
        (GENERIC_EXECUTE, 0x20039),
        (GENERIC_ALL, 0xF003F),
        (GENERIC_READ | 0x10000, 0x30019),
        (0x8002019D, 0x2001D),
        (0x1F01FF, 0xF003F),
    ],
)
def test_generic_rights_become_those_of_a_key(generic: int, key: int) -> None:
    """As the masks of real keys show."""
    assert mapped(generic) == key


@pytest.mark.parametrize(
    ("words", "mask"),
    [
        ("read", 0x20019),
        ("READ,write", 0x2001F),
        ("full", KEY_ALL_ACCESS),
        ("set-value", 2),
        ("enumerate subkeys, read control", 0x20008),
        ("0x20019", 0x20019),
        ("notify,0x40", 0x50),
        (5, 5),
    ],
)
def test_rights_can_be_said_in_words(words: str | int, mask: int) -> None:
    assert parse_mask(words) == mask


@pytest.mark.parametrize("words", ["", "reed", "20019", "0x", "0x100000000", "-0x1", -1, 1 << 32])
def test_other_words_are_refused(words: str | int) -> None:
    with pytest.raises(SecurityError):
        parse_mask(words)


def test_rights_are_words_or_a_number() -> None:
    """A list of words is none; the error says so."""
    with pytest.raises(TypeError, match="joined by commas"):
        parse_mask(["read", "delete"])  # type: ignore[arg-type]


def test_every_bit_has_a_word() -> None:
    """Those of no right by their number."""
    for bit in range(32):
        assert describe_mask(1 << bit)
    assert describe_mask(0x2001F) == "read, write"
    assert describe_mask(0x40) == "0x40"


def test_what_is_said_of_a_mask_stands_for_it() -> None:
    for mask in (KEY_ALL_ACCESS, 0x2001F | DELETE, 0x20048, 0xFFFF_FFFF):
        assert parse_mask(describe_mask(mask)) == mask
