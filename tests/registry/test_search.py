"""Globbing and finding."""

from __future__ import annotations

import pytest

from anyreg import Key
from anyreg.registry.search import searchable
from anyreg.values import Value
from hives import Maker
from registry.sample import over, sample


@pytest.fixture(scope="module")
def root() -> Key:
    return sample().root


ALL = [
    "Software",
    r"Software\Alpha",
    r"Software\Alpha\Uninstall",
    r"Software\Alpha\Uninstall\One",
    r"Software\Alpha\Uninstall\Two",
    r"Software\beta",
    r"Software\beta\Uninstall",
    r"Software\beta\Uninstall\Three",
    "System",
]
PATTERNS = {
    "": [],
    "*": ["Software", "System"],
    "S*": ["Software", "System"],
    "s*M": ["System"],
    "S[oy]?tem": ["System"],
    "S[!o]*": ["System"],
    r"Software\*": [r"Software\Alpha", r"Software\beta"],
    r"\software\ALPHA\ ".rstrip(): [r"Software\Alpha"],
    r"*\*\Uninstall": [r"Software\Alpha\Uninstall", r"Software\beta\Uninstall"],
    "**": ALL,
    r"**\*": ALL,
    r"**\**": ALL,
    r"**\Uninstall": [r"Software\Alpha\Uninstall", r"Software\beta\Uninstall"],
    r"**\Uninstall\*": [ALL[3], ALL[4], ALL[7]],
    r"Software\**": ALL[:8],
    r"Software\**\T*": [ALL[4], ALL[7]],
    r"Software\**\Alpha": [r"Software\Alpha"],
    r"**\Software\**\One": [ALL[3]],
    r"Software\**\Uninstall\**": [*ALL[2:5], *ALL[6:8]],
    "none*": [],
    r"Software\none\**": [],
}


@pytest.mark.parametrize(("pattern", "paths"), PATTERNS.items())
def test_globbing(root: Key, pattern: str, paths: list[str]) -> None:
    """Every key once, below this one; ** is any number of keys, none included."""
    assert sorted(key.path for key in root.glob(pattern)) == sorted(paths)


def test_globbing_starts_at_the_key(root: Key) -> None:
    """Its own name is no part of the pattern."""
    software = root / "Software"
    assert [key.path for key in software.glob("*")] == ALL[1:2] + ALL[5:6]


def found(key: Key, text: str, **options: bool) -> list[tuple[str, str]]:
    """Where each match is, and the value's name or the key's."""
    return [
        (match.where, match.value.name if match.value else match.key.name)
        for match in key.find(text, **options)
    ]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("UNINSTALL", [("key", "Uninstall")] * 2),
        ("text", [("data", "s")]),
        ("%home%", [("data", "x")]),
        ("1234", [("data", "n")]),
        ("deadbeef", [("data", "r")]),
        ("TWO", [("data", "m"), ("key", "Two")]),
        ("nothing of this", []),
    ],
)
def test_a_text_is_found_wherever_it_stands(
    root: Key, text: str, matches: list[tuple[str, str]]
) -> None:
    """Names, texts, numbers in decimal, bytes in hex; case does not count."""
    assert found(root, text) == matches


def test_what_is_looked_at_can_be_chosen(root: Key) -> None:
    """Keys, names of values, data."""
    assert found(root, "s", values=False, data=False) == [
        ("key", "Software"), ("key", "Uninstall"), ("key", "Uninstall"), ("key", "System"),
    ]  # fmt: skip
    assert found(root, "s", keys=False, data=False) == [("value", "s")]
    assert ("data", "l") in found(root, "s", keys=False, values=False)


def test_a_value_matches_once(root: Key) -> None:
    """Its name comes before its data."""
    assert found(root / r"Software\Alpha", "t", keys=False).count(("data", "s")) == 1


def test_regular_expressions(root: Key) -> None:
    """Anywhere in a name or text, without case."""
    assert found(root, "^s.*m$", regex=True) == [("key", "System")]
    assert found(root, r"^one\ntwo$", regex=True) == [("data", "m")]


def test_a_bad_regular_expression_is_refused(root: Key) -> None:
    """As a ValueError that shows it."""
    with pytest.raises(ValueError, match=r"\(open"):
        list(root.find("(open", regex=True))


def test_names_beyond_ascii_are_found_without_case() -> None:
    """By Windows' own table, in patterns too."""
    maker = Maker()
    maker.give_keys(maker.key("root"), "Ärger", kind=b"li")
    root = over(maker).root
    assert found(root, "äRG") == [("key", "Ärger")]
    assert [key.name for key in root.glob("är*")] == ["Ärger"]


@pytest.mark.parametrize(
    ("kind", "raw", "text"),
    [
        (4, b"\1\0\0\0", "1"),
        (3, b"\xab\xcd", "abcd"),
        (7, b"a\0\0\0b\0\0\0\0\0", "a\nb"),
        (1, b"a\0", "a"),
    ],
)
def test_data_as_one_text(kind: int, raw: bytes, text: str) -> None:
    """What find looks at."""
    assert searchable(Value("v", kind, raw)) == text
