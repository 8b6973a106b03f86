"""Words of the command line as types and data."""

from __future__ import annotations

import pytest

from anyreg import Value
from anyreg.cli.words import parse_data, parse_over, parse_type


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
    assert parse_type(text) == number


@pytest.mark.parametrize("text", ["", "string", "reg_", "-1", "0x", "4294967296", "1_0", "٣"])
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(ValueError, match="is no type"):
        parse_type(text)


@pytest.mark.parametrize(
    ("kind", "words", "raw"),
    [
        (1, ["a"], b"a\0\0\0"),
        (1, [""], b"\0\0"),
        (2, ["%a%"], "%a%\0".encode("utf-16-le")),
        (6, ["a"], b"a\0"),
        (4, ["42"], b"\x2a\0\0\0"),
        (4, ["0xFFFFFFFF"], b"\xff\xff\xff\xff"),
        (5, ["42"], b"\0\0\0\x2a"),
        (11, ["0x100000000"], b"\0\0\0\0\1\0\0\0"),
        (7, ["a", "b"], b"a\0\0\0b\0\0\0\0\0"),
        (7, [], b"\0\0"),
        (3, ["cafe"], b"\xca\xfe"),
        (3, ["ca,fe", "0:1-2 3"], b"\xca\xfe\x01\x23"),
        (3, [], b""),
        (0, [], b""),
        (0x200000, ["FF"], b"\xff"),
    ],
)
def test_data_by_type(kind: int, words: list[str], raw: bytes) -> None:
    assert parse_data(kind, words) == raw


@pytest.mark.parametrize(
    ("kind", "words", "message"),
    [
        (1, [], "takes one datum, not 0"),
        (1, ["a", "b"], "takes one datum, not 2"),
        (4, ["x"], "no number"),
        (4, ["-1"], "no number"),
        (4, ["4294967296"], "too large"),
        (11, ["0x10000000000000000"], "too large"),
        (3, ["abc"], "two digits a byte"),
        (3, ["xy"], "two digits a byte"),
    ],
)
def test_data_that_does_not_fit(kind: int, words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_data(kind, words)


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        (2, ["x"], (2, b"x\0\0\0")),
        (4, ["7"], (4, b"\7\0\0\0")),
        (4, ["seven"], (1, "seven\0".encode("utf-16-le"))),
        (4, ["4294967296"], (1, "4294967296\0".encode("utf-16-le"))),
        (5, ["7"], (5, b"\0\0\0\7")),
        (7, ["a", "b"], (7, b"a\0\0\0b\0\0\0\0\0")),
        (3, ["cafe"], (3, b"\xca\xfe")),
        (3, ["face it"], (1, "face it\0".encode("utf-16-le"))),
        (0x200000, ["ff"], (0x200000, b"\xff")),
    ],
)
def test_a_type_that_fits_is_kept(kind: int, words: list[str], expected: tuple[int, bytes]) -> None:
    assert parse_over(Value("x", kind, b""), words) == expected


def test_without_a_type_it_is_a_text() -> None:
    assert parse_over(None, ["42"]) == (1, b"4\0002\0\0\0")
    with pytest.raises(ValueError, match="2 data need a --type, such as multi_sz"):
        parse_over(None, ["a", "b"])
