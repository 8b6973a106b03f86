"""Globbing and finding."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import anyreg
from agree.test_real_hives import REFUSED, quick
from anyreg import Key, KeyDeletedError, RegistryError, ValueType
from anyreg.names import fold
from anyreg.registry.search import searchable
from anyreg.values import Value
from conftest import Expected, each_expected
from formats.models import Model, opened
from hives import Maker
from oracles import tree_with_hivex
from registry.sample import over, sample, wide


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


def found(key: Key, text: str, **options: Any) -> list[tuple[str, str]]:
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


# What can be looked for, and where


def named(key: Key, text: object = None, **options: Any) -> list[str]:
    """The names of what was found: the value's, or the key's with a backslash."""
    matches = key.find(text, **options)  # type: ignore[arg-type]
    return [match.value.name if match.value else match.key.name + "\\" for match in matches]


def test_without_a_text_everything_is_found(root: Key) -> None:
    """Each key and value once."""
    found = named(root)
    assert len(found) == len(set(found)) + 1 == 10 + 9  # Uninstall is there twice
    assert named(root, keys=False) == ["", "s", "x", "l", "n", "b", "q", "m", "r"]
    assert {m.where for m in root.find(keys=False, values=False)} == {"data"}


def test_exact_is_the_whole_text(root: Key) -> None:
    """Without case; of a list one of its texts; with a regular expression all of it."""
    assert named(root, "soft", exact=True) == []
    assert named(root, "SOFTWARE", exact=True) == ["Software\\"]
    assert named(root, "TWO", exact=True) == ["m", "Two\\"]
    assert named(root, "123", exact=True) == []
    assert named(root, "1234", exact=True) == ["n"]
    assert named(root, "s.*", exact=True, regex=True) == ["Software\\", "s", "System\\"]


def test_a_compiled_expression_is_taken_as_it_is(root: Key) -> None:
    """With its own flags, so case counts."""
    assert named(root, re.compile("^s")) == ["s"]
    assert named(root, re.compile("^S")) == ["Software\\", "System\\"]
    assert named(root, re.compile("^s", re.IGNORECASE), values=False) == ["Software\\", "System\\"]


def test_bytes_are_found_in_stored_data(root: Key) -> None:
    """Of every type, and in no name."""
    assert named(root, b"\xad\xbe") == ["r"]
    assert named(root, b"x\0t\0") == ["s"]
    assert named(root, b"S\0o\0f\0t") == []
    assert named(root, b"\xd2\x04", exact=True) == []
    assert named(root, b"\xd2\x04\0\0", exact=True) == ["n"]
    assert named(root, re.compile(rb"^\xde.*\0$", re.DOTALL)) == ["r"]
    assert named(root, re.compile(rb"\xde"), exact=True) == []


@pytest.mark.parametrize(
    ("raw", "is_inside"),
    [
        (wide("Hidden"), True),
        (b"\1" + wide("hidden") + b"\2", True),
        (b"\0\0\0HIDDEN", True),
        (b"hid\0den", False),
    ],
)
@pytest.mark.parametrize("kind", [3, 1, 0x200000])
def test_texts_are_found_inside_of_bytes_if_asked_for(
    kind: int, raw: bytes, is_inside: bool
) -> None:
    """UTF-16 at odd places too, and Latin-1; behind the end of a text as well."""
    maker = Maker()
    maker.give_values(maker.key("root"), maker.value("v", b"\0\0" + raw, kind))
    key = over(maker).root
    is_text = kind == 1 and raw == wide("Hidden")  # behind a NUL
    assert named(key, "hidden", keys=False) == ["v"] * is_text
    assert named(key, "hidden", binary=True) == ["v"] * is_inside
    assert named(key, "h.d+en", binary=True, regex=True) == ["v"] * is_inside
    assert named(key, "hidden", binary=True, data=False) == []


def test_types_narrow_it_to_values(root: Key) -> None:
    """By number, name or short name; one or several."""
    assert named(root, types=4) == named(root, types="REG_DWORD") == ["n"]
    assert named(root, types=["sz", ValueType.REG_QWORD]) == ["", "s", "q"]
    assert named(root, "e", types=["multi_sz"]) == ["m"]
    assert named(root, types=[]) == []
    with pytest.raises(ValueError, match="'REG_WORD' is no type"):
        root.find(types="REG_WORD")


def test_sizes_narrow_it_to_values(root: Key) -> None:
    """In bytes, both ends included."""
    assert named(root, min_size=5, max_size=8) == ["q", "r"]
    assert named(root, max_size=4) == ["n", "b"]


def test_times_narrow_it_to_keys_and_what_they_hold() -> None:
    """From `newer` on, up to but without `older`; aware datetimes or FILETIMEs."""
    day = 864_000_000_000
    first = 116444736000000000
    keys = [Model(f"{n}", [(f"v{n}", 3, b"")], written=first + n * day) for n in range(3)]
    top = opened(Model("top", keys=keys, written=0)).root
    assert named(top, newer=first + day) == ["1\\", "v1", "2\\", "v2"]
    assert named(top, newer=first, older=first + day) == ["0\\", "v0"]
    moment = datetime(1970, 1, 2, tzinfo=UTC)
    assert named(top, newer=moment, older=moment + timedelta(days=1)) == ["1\\", "v1"]
    assert named(top, "v", older=moment) == ["v0"]


def test_how_far_down_and_what_was_come_to(root: Key) -> None:
    """on_key is told of each key, whether it fits or not."""
    seen: list[str] = []
    found = named(root, "uninstall", max_depth=2, on_key=lambda key: seen.append(key.name))
    assert found == []
    assert seen == ["root", "Software", "Alpha", "beta", "System"]
    assert named(root, "uninstall", max_depth=3) == ["Uninstall\\"] * 2


def test_a_key_that_cannot_be_read_is_told() -> None:
    """And the others are searched."""
    with anyreg.open("memory:") as registry:
        top = registry.create(r"HKCU\Software\T")
        for name in "abc":
            top.create(name).values["v"] = 1
        errors: list[RegistryError] = []

        def delete(key: Key) -> None:
            if key.name == "a":
                top.delete("b")

        found = top.find("v", on_key=delete, on_error=errors.append)
        assert [match.key.name for match in found] == ["a", "c"]
        assert [type(error) for error in errors] == [KeyDeletedError]


@pytest.mark.parametrize("wanted", [5, ["a"], bytearray(b"a")])
def test_only_texts_bytes_and_patterns_can_be_looked_for(root: Key, wanted: object) -> None:
    """At once, before the first match is asked for."""
    with pytest.raises(TypeError, match="a text, bytes or a regular expression"):
        root.find(wanted)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="compiled first"):
        root.find(b"a", regex=True)


@each_expected(lambda hive: hive.clean and quick(hive) and hive.path not in REFUSED)
def test_in_real_hives_all_that_hivex_reads_is_found(hive: Expected) -> None:
    """Bytes in data, values of a type and a size, names alone and in part."""
    tree = tree_with_hivex(hive.file)
    rows = [row for _, values in tree.values() for row in values]
    wanted = b"S\0y\0"
    with anyreg.open(hive.file) as registry:
        root = registry.root
        assert len(named(root, wanted)) == sum(wanted in (raw or b"") for _, _, raw in rows)
        for kind in (1, 3, 4):
            sized = [raw for _, type_, raw in rows if type_ == kind and 2 <= len(raw or b"") <= 40]
            assert len(named(root, types=kind, min_size=2, max_size=40)) == len(sized)
        names = [fold(name) for name, _, _ in rows]
        assert len(named(root, "ID", keys=False, data=False)) == sum("ID" in n for n in names)
        assert len(named(root, "", exact=True, keys=False, data=False)) == names.count("")


# Texts that other programs do not see


def hidden() -> Key:
    values = [
        ("nul", 1, "good.exe\0evil.exe\0".encode("utf-16-le")),
        ("device", 0xFFFF0012, "Fast Disk\0".encode("utf-16-le")),
        ("binary", 3, "evil.exe\0".encode("utf-16-le")),
    ]
    return opened(Model("top", values)).root


def test_a_text_behind_a_nul_is_found() -> None:
    """It is stored, and programs have been hidden there; each part can be all of it."""
    assert named(hidden(), "EVIL") == ["nul"]
    assert named(hidden(), "evil$", regex=True) == []
    for exact in ("good.exe", "evil.exe", "good.exe\0evil.exe"):
        assert named(hidden(), exact, exact=True) == ["nul"]
        assert named(hidden(), re.escape(exact), exact=True, regex=True) == ["nul"]
    assert named(hidden(), "evil", exact=True) == []


def test_texts_of_types_without_a_name_are_found() -> None:
    """Properties of devices are such; their bytes are found as before."""
    assert named(hidden(), "fast disk") == named(hidden(), "k\n", regex=True) == ["device"]
    assert named(hidden(), "Fast Disk", exact=True) == ["device"]
    assert named(hidden(), "46006100") == ["device"]
