"""Words of the command line as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from anyreg import Value, ValueTypeError
from anyreg.cli.value_arguments import parse_data, parse_hex, parse_over
from anyreg.types import type_name
from cli.conftest import Run


@pytest.mark.parametrize(
    ("kind", "words", "raw"),
    [
        (1, ["a"], b"a\0\0\0"),
        (1, [""], b"\0\0"),
        (2, ["%a%"], "%a%\0".encode("utf-16-le")),
        (6, ["a"], b"a\0"),
        (4, ["42"], b"\x2a\0\0\0"),
        (4, ["0xFFFFFFFF"], b"\xff\xff\xff\xff"),
        (4, ["-5"], b"\xfb\xff\xff\xff"),
        (4, ["-2147483648"], b"\0\0\0\x80"),
        (4, ["-0x1"], b"\xff\xff\xff\xff"),
        (11, ["-1"], b"\xff" * 8),
        (5, ["-2"], b"\xff\xff\xff\xfe"),
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
        (4, ["--1"], "no number"),
        (4, ["-2147483649"], "too small: at least -2147483648"),
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
        (5, ["7"], (5, b"\0\0\0\7")),
        (7, ["a", "b"], (7, b"a\0\0\0b\0\0\0\0\0")),
        (3, ["cafe"], (3, b"\xca\xfe")),
        (0x200000, ["ff"], (0x200000, b"\xff")),
    ],
)
def test_the_type_that_is_there_is_kept(
    kind: int, words: list[str], expected: tuple[int, bytes]
) -> None:
    assert parse_over(Value("x", kind, b""), words) == expected


@pytest.mark.parametrize(
    ("kind", "words", "message"),
    [
        (4, ["seven"], "value 'x' is REG_DWORD, and 'seven' is no number"),
        (4, ["4294967296"], "too large"),
        (5, ["a", "b"], "REG_DWORD_BIG_ENDIAN takes one datum, not 2"),
        (11, ["0x"], "is no number"),
        (3, ["face it"], "REG_BINARY takes hex, two digits a byte"),
        (3, ["ffeed"], "REG_BINARY takes hex, two digits a byte"),
        (0x200000, ["x"], "0x200000 takes hex"),
        (1, ["a", "b"], "REG_SZ takes one datum, not 2"),
    ],
)
def test_data_of_another_kind_is_refused(kind: int, words: list[str], message: str) -> None:
    """The type that is there, and what was given, are both named."""
    with pytest.raises(ValueTypeError, match=message) as caught:
        parse_over(Value("x", kind, b""), words)
    assert (caught.value.expected, caught.value.actual) == (type_name(kind), " ".join(words))


@pytest.mark.parametrize("kind", [1, 3, 4, 7])
def test_no_data_at_all_is_an_oversight(kind: int) -> None:
    with pytest.raises(ValueError, match="0 data need a --type"):
        parse_over(Value("x", kind, b"ab"), [])


@pytest.mark.parametrize(
    ("words", "raw"), [(["ca fe"], b"\xca\xfe"), (["ca", "fe,01"], b"\xca\xfe\1"), ([], b"")]
)
def test_stored_bytes_are_hex(words: list[str], raw: bytes) -> None:
    assert parse_hex(words) == raw
    with pytest.raises(ValueError, match="two digits each, not 'x'"):
        parse_hex(["x"])


def test_without_a_type_it_is_a_text() -> None:
    assert parse_over(None, ["42"]) == (1, b"4\0002\0\0\0")
    with pytest.raises(ValueError, match="2 data need a --type, such as multi_sz"):
        parse_over(None, ["a", "b"])


@pytest.mark.posix("names of files with colons")
def test_a_file_whose_name_holds_double_colons_can_be_named(run: Run, hive: Path) -> None:
    """Where an address is split, and where one is shown."""
    odd = hive.with_name("a::b.hiv")
    hive.rename(odd)
    address = str(odd).replace("::", "::::")
    assert run("set", "--create", rf"{address}::Odd", "Name", "Ada").status == 0
    assert run("get", rf"{address}::Odd", "Name").out == "Ada\n"
    assert run("get", address).status == run("check", address).status == 0
    shown = run("find", address, address, "Ada", "--json").records
    assert shown
    assert rf"{address}::Odd" in run("reg", "query", rf"{address}::Odd").lines
    assert run("cp", rf"{address}::Odd", rf"{address}::Copy").status == 0
    assert run("history", f"{address}::").status == 0
    assert run("history", f"{address}::Odd").status == 2
    assert not odd.with_name("a").exists()
