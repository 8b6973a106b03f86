"""Names: folded, ordered, hashed and stored as Windows does it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.names import (
    decode_name,
    decode_utf16,
    encode_name,
    fold,
    lf_hint,
    lh_hash,
    order_key,
    units,
)

ANY = st.text(st.characters(codec=None), max_size=20)  # lone surrogates too
PLANE = [chr(unit) for unit in range(0x10000)]

# Letters whose case Windows and Python see differently, or that are easily got wrong.
SPOTS = {
    "ß": "ß",  # not SS
    "ÿ": "Ÿ",  # leaves Latin-1
    "µ": "µ",
    "÷": "÷",
    "ı": "ı",
    "ſ": "ſ",
    "ς": "ς",  # the final sigma has no capital of its own
    "σ": "Σ",
    "ᾳ": "ᾼ",  # one letter, not two
    "ǆ": "Ǆ",
    "ǅ": "ǅ",
    "ნ": "ნ",  # Georgian got capitals later
    "ɐ": "Ɐ",
    "ⅷ": "Ⅷ",
    "ｚ": "Ｚ",
    "𐐨": "𐐨",  # beyond the basic plane nothing has case
    "\ud801": "\ud801",
    "İ": "İ",
}


def stored_units(name: str) -> list[int]:
    stored = name.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(stored[at : at + 2], "little") for at in range(0, len(stored), 2)]


def test_ascii_folds_as_in_python() -> None:
    """Every letter of it."""
    assert fold(string.printable) == string.printable.upper()


@pytest.mark.parametrize(("letter", "capital"), SPOTS.items())
def test_letters_that_are_easily_got_wrong(letter: str, capital: str) -> None:
    """Windows' table, not Unicode's of today."""
    assert fold(letter) == capital
    assert fold(f"x{letter}y") == f"X{capital}Y"


def test_a_pair_of_surrogates_is_the_letter_that_it_stands_for() -> None:
    """Both are the same bytes in a hive; a lone one is itself."""
    assert fold("\ud83d\ude00ä") == fold("\U0001f600Ä")
    assert fold("\ude00\ud83d") == "\ude00\ud83d"


def test_the_table_has_973_letters() -> None:
    """Each goes to one capital that goes nowhere, and all agree with Unicode's single letters."""
    changed = {letter: fold(letter) for letter in PLANE if fold(letter) != letter}
    assert len(changed) == 973
    assert all(fold(capital) == capital for capital in changed.values())
    assert all(capital in (letter.upper(), letter.title()) for letter, capital in changed.items())


def test_folding_changes_no_length() -> None:
    """One unit to one unit, over the whole plane."""
    assert [letter for letter in PLANE if len(fold(letter)) != 1] == []


@pytest.mark.parametrize(
    "names",
    [
        ["A", "B", "_", "{"],
        ["a", "A b", "a!", "AB", "ab_"],
        ["Z", "ä", "Ω", "日", "𐐀", "\uff21"],
        ["", "a", "aa"],
    ],
)
def test_names_are_in_the_order_of_windows(names: list[str]) -> None:
    """By upper-case UTF-16 unit: a letter beyond the plane stands before U+FF21."""
    assert [*sorted(set(names), key=order_key)] == names


@pytest.mark.parametrize(
    ("name", "length"), [("", 0), ("abc", 3), ("ä", 1), ("𐐀x", 3), ("\ud800", 1)]
)
def test_length_is_counted_in_units(name: str, length: int) -> None:
    """A letter beyond the basic plane counts twice."""
    assert units(name) == length


@pytest.mark.parametrize(
    ("name", "stored", "compressed"),
    [
        ("Abc", b"Abc", True),
        ("ÿ", b"\xff", True),
        ("a\0b", b"a\0b", True),
        ("Ā", b"\0\x01", False),
        ("\ud800", b"\0\xd8", False),
        ("", b"", True),
    ],
)
def test_names_are_stored_as_latin_1_where_they_can(
    name: str, stored: bytes, compressed: bool
) -> None:
    """Otherwise as UTF-16."""
    assert encode_name(name) == (stored, compressed)
    assert decode_name(stored, compressed) == name


def test_an_odd_last_byte_is_left_out() -> None:
    """Half a unit is no letter."""
    assert decode_utf16(b"a\0b") == "a"
    assert decode_name(b"a\0b", False) == "a"


@pytest.mark.parametrize(
    ("name", "hash_"),
    [("", 0), ("a", 65), ("A", 65), ("ab", 65 * 37 + 66), ("ÿ", 0x178), ("日", 0x65E5)],
)
def test_hashes(name: str, hash_: int) -> None:
    """37 times what was before, plus the upper-case unit."""
    assert lh_hash(name) == hash_


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Abcde", b"Abcd"),
        ("ab", b"ab\0\0"),
        ("é", b"\xe9\0\0\0"),
        ("abΩ", bytes(4)),
        ("abcdΩ", b"abcd"),
        ("", bytes(4)),
    ],
)
def test_hints(name: str, hint: bytes) -> None:
    """Four letters in their own case; zeros if one of them does not fit a byte."""
    assert lf_hint(name) == hint


@given(ANY)
def test_folding_twice_changes_nothing(name: str) -> None:
    """And never the number of units."""
    assert fold(fold(name)) == fold(name)
    assert units(fold(name)) == units(name) == len(stored_units(name))


@given(ANY)
def test_the_hash_equals_the_slow_one(name: str) -> None:
    """Unit by unit."""
    result = 0
    for unit in stored_units(fold(name)):
        result = (37 * result + unit) % 2**32
    assert lh_hash(name) == result == lh_hash(fold(name))


@given(ANY, ANY)
def test_order_is_that_of_the_units(one: str, other: str) -> None:
    """Equal if and only if the folded names are."""
    first, second = stored_units(fold(one)), stored_units(fold(other))
    assert (order_key(one) < order_key(other)) == (first < second)
    assert (order_key(one) == order_key(other)) == (fold(one) == fold(other))


@given(ANY)
def test_any_name_comes_back(name: str) -> None:
    """Lone surrogates and all."""
    stored, compressed = encode_name(name)
    assert compressed == all(letter <= "\xff" for letter in name)
    assert stored_units(decode_name(stored, compressed)) == stored_units(name)


@given(st.binary(max_size=30), st.booleans())
def test_any_bytes_are_a_name(stored: bytes, compressed: bool) -> None:
    """Reading a name never fails, and loses nothing but half a unit."""
    name = decode_name(stored, compressed)
    kept = stored if compressed else stored[: len(stored) // 2 * 2]
    coded = name.encode("latin-1") if compressed else name.encode("utf-16-le", "surrogatepass")
    assert coded == kept
