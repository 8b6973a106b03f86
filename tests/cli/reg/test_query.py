"""REG QUERY prints what reg.exe prints."""

from __future__ import annotations

import pytest

from cli.reg.conftest import FULL, KEY, MISSING, Reg

VALUES = rf"""
{FULL}
    (Default)    REG_SZ    default
    Name    REG_SZ    Ada
    Count    REG_DWORD    0x1f
    List    REG_MULTI_SZ    a\0b
    Bytes    REG_BINARY    0AFF
    Big    REG_QWORD    0x10000000000

"""


def test_values_and_subkeys(reg: Reg) -> None:
    """The root is written out, the rest as it was typed."""
    done = reg("query", KEY)
    assert (done.status, done.err) == (0, "")
    assert done.out == VALUES + rf"{FULL}\Empty" + "\n" + rf"{FULL}\Sub" + "\n"


def test_all_below(reg: Reg) -> None:
    """Key by key."""
    below = f"{FULL}\\Empty\n\n{FULL}\\Sub\n    Name    REG_SZ    Bob\n\n"
    assert reg("QUERY", KEY, "/s").out == VALUES + below


def test_a_key_without_values_is_only_its_subkeys(reg: Reg) -> None:
    """As the roots are."""
    lines = reg("query", "hkcu").lines
    assert lines[0] == ""
    assert lines[1].startswith("HKEY_CURRENT_USER\\")
    assert reg("query", KEY + r"\Empty").out == "\n"


def test_one_value(reg: Reg) -> None:
    """By its name, in any case; the default one by /ve."""
    assert reg("query", KEY, "/v", "name").out == f"\n{FULL}\n    Name    REG_SZ    Ada\n\n"
    assert reg("query", KEY, "/ve").out == f"\n{FULL}\n    (Default)    REG_SZ    default\n\n"
    unset = f"\n{FULL}\\Sub\n    (Default)    REG_SZ    (value not set)\n\n"
    assert reg("query", KEY + r"\Sub", "/ve").out == unset


def test_one_value_in_all_keys_below(reg: Reg) -> None:
    """They are counted."""
    done = reg("query", KEY, "/v", "Name", "/s")
    blocks = f"\n{FULL}\n    Name    REG_SZ    Ada\n\n{FULL}\\Sub\n    Name    REG_SZ    Bob\n"
    assert done.out == blocks + "\nEnd of search: 2 match(es) found.\n"
    assert reg("query", KEY, "/v", "None", "/s").status == 1


@pytest.mark.parametrize("words", [["HKCU\\None"], [KEY, "/v", "None"], ["HKCU\\None", "/s"]])
def test_what_is_missing(reg: Reg, words: list[str]) -> None:
    """Is told on stderr, with status 1."""
    done = reg("query", *words)
    assert (done.status, done.out, done.err) == (1, "", MISSING)


SEARCHES = {
    "anywhere": (["/f", "ada"], f"\n{FULL}\n    Name    REG_SZ    Ada\n", 1),
    "subkeys": (["/f", "su*"], f"\n{FULL}\\Sub\n", 1),
    "keys alone": (["/f", "b", "/k", "/s"], f"\n{FULL}\\Sub\n", 1),
    "data alone": (["/f", "0x1f", "/d"], f"\n{FULL}\n    Count    REG_DWORD    0x1f\n", 1),
    "names alone": (["/f", "big", "/v"], f"\n{FULL}\n    Big    REG_QWORD    0x10000000000\n", 1),
    "exactly": (["/f", "Ad", "/e"], "", 0),
    "with its case": (["/f", "ADA", "/c"], "", 0),
    "of a type": (["/t", "REG_BINARY"], f"\n{FULL}\n    Bytes    REG_BINARY    0AFF\n", 1),
}


@pytest.mark.parametrize(("words", "found", "count"), SEARCHES.values(), ids=SEARCHES)
def test_searching(reg: Reg, words: list[str], found: str, count: int) -> None:
    """The matches are counted; none at all is status 1."""
    done = reg("query", KEY, *words)
    assert done.out == f"{found}\nEnd of search: {count} match(es) found.\n"
    assert done.status == (0 if count else 1)


def test_separators_and_numbers_of_types(reg: Reg) -> None:
    """/se and /z."""
    out = reg("query", KEY, "/v", "List", "/se", "#", "/z").out
    assert "    List    REG_MULTI_SZ (7)    a#b\n" in out


WRONG = {
    "no key": ([], "Invalid syntax."),
    "root": (["HKXX\\x"], "Invalid key name."),
    "option": (["HKCU", "/zz"], "Invalid syntax."),
    "both": (["HKCU", "/v", "x", "/ve"], "Invalid syntax."),
    "twice": (["HKCU", "/s", "/s"], "Invalid syntax."),
    "word": (["HKCU", "x"], "Invalid syntax."),
    "type": (["HKCU", "/t", "REG_NONSENSE"], "Invalid syntax."),
    "separator": (["HKCU", "/se", "ab"], "Invalid syntax."),
}


@pytest.mark.parametrize(("words", "error"), WRONG.values(), ids=WRONG)
def test_wrong_words(reg: Reg, words: list[str], error: str) -> None:
    """Two lines, and status 1."""
    done = reg("query", *words)
    assert (done.status, done.out) == (1, "")
    assert done.err == f'ERROR: {error}\nType "REG QUERY /?" for usage.\n'


def test_hostile_names_do_no_harm(reg: Reg) -> None:
    """Controls are shown as their numbers."""
    reg("add", KEY, "/v", "a\x1b[2J", "/d", "\u202e", "/f")
    assert "a<U+001B>[2J    REG_SZ    <U+202E>" in reg("query", KEY).out
