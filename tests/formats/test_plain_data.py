"""Data is shown as text or number only where nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg import Value
from anyreg.formats.plain_data import data_bytes, hex_bytes, readable
from formats.models import TYPES, datas

SHORT = st.text(max_size=5)


@given(TYPES, datas())
def test_what_is_readable_gives_the_same_bytes_again(type_: int, raw: bytes) -> None:
    data = readable(Value("", type_, raw))
    assert data is None or data_bytes(type_, data) == raw


@pytest.mark.parametrize(
    ("type_", "raw", "data"),
    [
        (1, b"a\0\0\0", "a"),
        (1, b"\0\0", ""),
        (1, b"", None),
        (1, b"a\0", None),
        (1, b"a\0\0\0b\0", None),
        (2, b"%\0\0\0", "%"),
        (3, b"ab", None),
        (4, b"\x01\0\0\0", 1),
        (4, b"\x01\0", None),
        (5, b"\0\0\0\x01", 1),
        (6, b"a\0", "a"),
        (6, b"a\0\0\0", None),
        (7, b"a\0\0\0\0\0", ["a"]),
        (7, b"\0\0", []),
        (7, b"a\0\0\0", None),
        (11, b"\xff" * 8, 2**64 - 1),
        (0x200000, b"\0\0", None),
    ],
)
def test_examples(type_: int, raw: bytes, data: object) -> None:
    assert readable(Value("", type_, raw)) == data


@given(st.integers(0, 12), st.one_of(SHORT, st.integers(), st.lists(SHORT, max_size=3)))
def test_data_of_the_wrong_kind_is_an_error(type_: int, data: str | int | list[str]) -> None:
    try:
        raw = data_bytes(type_, data)
    except ValueError:
        return
    assert isinstance(raw, bytes)


def test_a_number_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        data_bytes(4, 2**32)


@given(st.binary(max_size=5))
def test_hex_is_two_digits_for_each_byte(raw: bytes) -> None:
    assert hex_bytes(raw.hex()) == hex_bytes(raw.hex().upper()) == raw


@pytest.mark.parametrize("digits", ["0", "0x00", "00 ", "0a 0b", "0g", "é0"])
def test_what_is_not_hex_alone_is_none(digits: str) -> None:
    assert hex_bytes(digits) is None
