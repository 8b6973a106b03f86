"""What is printable, how data is shown in short, and streams that are closed."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import anyreg
from anyreg import Value
from anyreg.cli.output import emit_table, printable, shortened, show_data
from formats.models import TYPES, datas

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
def test_data_is_one_safe_line(type_: int, raw: bytes) -> None:
    assert is_safe(show_data(Value("", type_, raw)))


@pytest.mark.parametrize(
    ("type_", "raw", "shown"),
    [
        (1, "x".encode("utf-16-le") * 100, "x" * 100),
        (1, "a\0b\0\0".encode("utf-16-le"), "a<U+0000>b"),
        (2, "\0".encode("utf-16-le"), ""),
        (4, b"\1\0\0\0", "0x00000001 (1)"),
        (11, b"\1" + bytes(7), "0x0000000000000001 (1)"),
        (7, b"", "[]"),
        (7, "a\\\0\0".encode("utf-16-le"), r'["a\\"]'),
        (3, b"", ""),
        (3, b"a\0\0\0", "61 00 00 00"),
        (0xFFFF0012, "Disk\0".encode("utf-16-le"), '"Disk"'),
        (0xFFFF0012, "D\1\0".encode("utf-16-le"), "44 00 01 00 00 00"),
        (0x200000, b"\xff\xff\xff", "ff ff ff"),
    ],
)
def test_examples(type_: int, raw: bytes, shown: str) -> None:
    """All of the data, as no terminal is there."""
    assert show_data(Value("", type_, raw)) == shown


@pytest.mark.parametrize(
    ("text", "wanted", "shown"),
    [
        ("short", "short", "short"),
        ("0123456789abcdef", None, "0123456..."),
        ("0123456789abcdef", "nothing", "0123456..."),
        ("0123456789abcdef", "456", "0123456..."),
        ("0123456789abcdef", "567", "...5678..."),
        ("0123456789abcdef", "678", "...6789..."),
        ("0123456789abcdef", "ef", "...9abcdef"),
        ("0123456789abcdef", "23456789ab", "...2345..."),
    ],
)
def test_what_is_too_long_is_cut_around_what_is_wanted(
    text: str, wanted: str | None, shown: str
) -> None:
    assert shortened(text, 10, re.compile(wanted) if wanted else None) == shown


@given(st.text("ab", max_size=50), st.integers(7, 40), st.text("ab", min_size=1, max_size=3))
def test_a_cut_text_keeps_its_length_and_what_is_wanted(text: str, most: int, wanted: str) -> None:
    short = shortened(text, most, re.compile(wanted))
    assert len(short) <= most
    if most > 6 + len(wanted):
        assert (wanted in short) == (wanted in text)
    assert shortened(text, 0) == text


@pytest.mark.posix("streams that a shell has closed")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(closed: str, tmp_path: Path) -> None:
    """What would be said goes nowhere, and never into a hive that has taken the number."""
    hive = tmp_path / "hive"
    anyreg.open(hive, "x").close()
    for words, status in (("create HIVE::New", 0), ("ls HIVE", 0), ("ls HIVE::None", 1)):
        program = f'exec "$0" -m anyreg {words.replace("HIVE", str(hive))} {closed}'
        done = subprocess.run(
            ["sh", "-c", program, sys.executable], capture_output=True, check=False
        )
        assert done.returncode == status
        assert b"Traceback" not in done.stdout + done.stderr
        if "2" in closed:
            assert b"anyreg:" not in done.stdout
    with anyreg.open(hive) as registry:
        assert [key.name for key in registry.root.children()] == ["New"]
        assert registry.check() == []


def test_columns_are_as_wide_as_they_need_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    """And no line is filled up behind its last cell, however wide that column is."""
    rows = [
        ("key", "", ""),
        ("longer", "REG_SZ", "x" * 1000),
        ("b", "REG_DWORD", " "),
        ("", "", ""),
    ]
    emit_table(("name", "type", "data"), rows)
    assert capsys.readouterr().out.split("\n") == [
        "key",
        f"longer  REG_SZ     {'x' * 1000}",
        "b       REG_DWORD",
        "",
        "",
    ]
