"""The value types and the Python kinds that stand for them."""

from __future__ import annotations

import pickle

import pytest

from anyreg.types import ExpandString, Link, QWord, Raw, ValueType, type_name, type_number

NUMBERS = {
    "REG_NONE": 0,
    "REG_SZ": 1,
    "REG_EXPAND_SZ": 2,
    "REG_BINARY": 3,
    "REG_DWORD": 4,
    "REG_DWORD_BIG_ENDIAN": 5,
    "REG_LINK": 6,
    "REG_MULTI_SZ": 7,
    "REG_RESOURCE_LIST": 8,
    "REG_FULL_RESOURCE_DESCRIPTOR": 9,
    "REG_RESOURCE_REQUIREMENTS_LIST": 10,
    "REG_QWORD": 11,
}


def test_the_numbers_are_those_of_windows() -> None:
    """All twelve, and no other."""
    assert {kind.name: int(kind) for kind in ValueType} == NUMBERS


@pytest.mark.parametrize(
    ("number", "name"),
    [(0, "REG_NONE"), (11, "REG_QWORD"), (12, "0xc"), (0xFFFF0012, "0xffff0012")],
)
def test_a_number_without_a_name_is_shown_in_hex(number: int, name: str) -> None:
    """Drivers keep values of types of their own."""
    assert type_name(number) == name


@pytest.mark.parametrize("data", [QWord(5), ExpandString("%A%"), Link(r"\Registry"), Raw(9, b"x")])
def test_kinds_are_plain_data_that_know_their_type(data: object) -> None:
    """Equal to what they hold, and whole after pickling."""
    again = pickle.loads(pickle.dumps(data))
    assert again == data
    assert type(again) is type(data)


def test_kinds_behave_like_what_they_hold() -> None:
    """A number counts, a text is text."""
    assert QWord(5) + 1 == 6
    assert ExpandString("%A%").lower() == "%a%"
    assert Raw(9, b"x").raw == b"x"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("sz", 1),
        ("REG_SZ", 1),
        ("reg_Expand_SZ", 2),
        ("dword", 4),
        ("dword_be", 5),
        ("DWORD_BIG_ENDIAN", 5),
        ("link", 6),
        ("none", 0),
        ("qword", 11),
        ("7", 7),
        ("0x200000", 0x200000),
        ("4294967295", 0xFFFFFFFF),
    ],
)
def test_a_type_has_a_name_or_a_number(text: str, number: int) -> None:
    """As people write it."""
    assert type_number(text) == number


@pytest.mark.parametrize("text", ["", "string", "reg_", "-1", "0x", "4294967296", "1_0", "٣"])
def test_what_is_no_type(text: str) -> None:
    """A typing error is told."""
    with pytest.raises(ValueError, match="is no type"):
        type_number(text)


@pytest.mark.parametrize("number", [0, 4, ValueType.REG_QWORD, 0xFFFFFFFF])
def test_a_number_is_a_type_as_it_is(number: int) -> None:
    """Any of 32 bits."""
    assert type_number(number) == number


@pytest.mark.parametrize("number", [-1, 1 << 32])
def test_a_number_of_more_bits_is_none(number: int) -> None:
    """A hive has room for 32."""
    with pytest.raises(ValueError, match="is no type"):
        type_number(number)
