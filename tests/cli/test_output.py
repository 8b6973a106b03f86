"""What is printable, and how data is shown in short."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg import Value
from anyreg.cli.output import SHORT, printable, show_data
from interchange.models import TYPES, datas

UNSAFE = ("Cc", "Cs", "Zl", "Zp")


def is_safe(text: str) -> bool:
    return not any(
        unicodedata.category(letter) in UNSAFE or unicodedata.bidirectional(letter) in BIDI
        for letter in text
    )


BIDI = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


@given(st.text(st.characters(exclude_categories=())))
def test_printable_text_does_no_harm(text: str) -> None:
    assert is_safe(printable(text))


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_harmless_text_stays(text: str) -> None:
    assert printable(text) == text


@given(TYPES, datas())
def test_data_is_one_short_safe_line(type_: int, raw: bytes) -> None:
    shown = show_data(Value("", type_, raw))
    assert is_safe(shown)
    assert len(shown) < SHORT + 30


@pytest.mark.parametrize(
    ("type_", "raw", "shown"),
    [
        (1, "x".encode("utf-16-le") * 100, "x" * 69 + "..."),
        (4, b"\1\0\0\0", "0x00000001 (1)"),
        (11, b"\1" + bytes(7), "0x0000000000000001 (1)"),
        (7, b"", "[]"),
        (3, b"", ""),
    ],
)
def test_examples(type_: int, raw: bytes, shown: str) -> None:
    assert show_data(Value("", type_, raw)) == shown
