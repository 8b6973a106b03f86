"""REG ADD, DELETE and COPY change what reg.exe changes, and ask what it asks."""

from __future__ import annotations

import pytest

import anyreg
from cli.reg.conftest import DONE, FULL, KEY, MISSING, Reg

CANCELLED = "The operation was canceled by the user.\n"


def test_a_key_is_added(reg: Reg, registry: anyreg.Registry) -> None:
    """With its parents; it gets a default value, which is empty, and they get none."""
    assert reg("add", KEY + r"\a\b").out == DONE
    (value,) = registry.open(KEY + r"\a\b").records()
    assert (value.name, value.type, value.raw) == ("", 1, b"\0\0")
    assert registry.open(KEY + r"\a").info().values == 0


def test_the_default_value_of_a_key_that_is_there_becomes_empty(
    reg: Reg, registry: anyreg.Registry
) -> None:
    """Whatever its type was; without /f it is asked for."""
    reg("add", KEY, "/t", "REG_DWORD", "/d", "5", "/f")
    assert registry.read(KEY, "") == 5
    assert reg("add", KEY, answers="n\n").out.endswith(CANCELLED)
    assert registry.read(KEY, "") == 5
    assert reg("add", KEY, "/f").out == DONE
    assert registry.read(KEY, "") == ""
    assert registry.read(KEY, "Name") == "Ada"


def test_another_value_leaves_the_default_one_alone(reg: Reg, registry: anyreg.Registry) -> None:
    """A key that is made for it has none."""
    reg("add", KEY + r"\x", "/v", "a")
    assert list(registry.open(KEY + r"\x").values) == ["a"]


DATA: dict[str, tuple[list[str], int, bytes]] = {
    "text": (["/d", "x"], 1, "x\0".encode("utf-16-le")),
    "no data": ([], 1, b"\0\0"),
    "expand": (["/t", "reg_expand_sz", "/d", "%x%"], 2, "%x%\0".encode("utf-16-le")),
    "decimal": (["/t", "REG_DWORD", "/d", "16"], 4, b"\x10\0\0\0"),
    "hex": (["/t", "REG_DWORD", "/d", "0x10"], 4, b"\x10\0\0\0"),
    "qword": (["/t", "REG_QWORD", "/d", "0x100000000"], 11, b"\0\0\0\0\1\0\0\0"),
    "no qword": (["/t", "REG_QWORD"], 11, bytes(8)),
    "negative qword": (["/t", "REG_QWORD", "/d", "-2"], 11, b"\xfe" + b"\xff" * 7),
    "largest qword": (["/t", "REG_QWORD", "/d", "0xffffffffffffffff"], 11, b"\xff" * 8),
    "little endian": (["/t", "REG_DWORD_LITTLE_ENDIAN", "/d", "456"], 4, b"\xc8\1\0\0"),
    "big endian": (["/t", "REG_DWORD_BIG_ENDIAN", "/d", "456"], 5, b"\xc8\1\0\0"),
    "zeros in front": (["/t", "REG_DWORD", "/d", "0123"], 4, b"\x7b\0\0\0"),
    "empty number": (["/t", "REG_DWORD", "/d", ""], 4, bytes(4)),
    "bytes": (["/t", "REG_BINARY", "/d", "0aFF"], 3, b"\x0a\xff"),
    "odd digits": (["/t", "REG_BINARY", "/d", "abc"], 3, b"\x0a\xbc"),
    "none": (["/t", "REG_NONE"], 0, b"\0\0"),
    "none of text": (["/t", "REG_NONE", "/d", "beef"], 0, "beef\0".encode("utf-16-le")),
    "no bytes": (["/t", "REG_BINARY", "/d", ""], 3, b""),
    "no text": (["/t", "REG_SZ", "/d", ""], 1, b"\0\0"),
    "list": (["/t", "REG_MULTI_SZ", "/d", r"a\0b"], 7, "a\0b\0\0".encode("utf-16-le")),
    "separated": (["/t", "REG_MULTI_SZ", "/s", ",", "/d", "a,b,"], 7, b"a\0\0\0b\0\0\0\0\0"),
    "empty list": (["/t", "REG_MULTI_SZ"], 7, b"\0\0"),
    "separator alone": (["/t", "REG_MULTI_SZ", "/s", "#", "/d", "#"], 7, bytes(4)),
    "usual separator alone": (["/t", "REG_MULTI_SZ", "/d", r"\0"], 7, bytes(4)),
    "usual separator behind": (["/t", "REG_MULTI_SZ", "/d", r"a\0"], 7, b"a\0\0\0\0\0"),
}


@pytest.mark.parametrize(("words", "kind", "raw"), DATA.values(), ids=DATA)
def test_data_of_every_type(
    reg: Reg, registry: anyreg.Registry, words: list[str], kind: int, raw: bytes
) -> None:
    """As it is typed."""
    assert reg("add", KEY, "/v", "New", *words).status == 0
    value = registry.open(KEY).value("New")
    assert (value.type, value.raw) == (kind, raw)


WRONG = {
    "no number": ["/t", "REG_DWORD"],
    "letters": ["/t", "REG_DWORD", "/d", "abc"],
    "too big": ["/t", "REG_DWORD", "/d", "4294967296"],
    "negative": ["/t", "REG_DWORD", "/d", "-1"],
    "negative hex": ["/t", "REG_QWORD", "/d", "-0x1"],
    "too big qword": ["/t", "REG_QWORD", "/d", "18446744073709551616"],
    "underscore": ["/t", "REG_DWORD", "/d", "1_0"],
    "other digits": ["/t", "REG_DWORD", "/d", "\u0661"],
    "half of hex": ["/t", "REG_DWORD", "/d", "0x"],
    "no big endian": ["/t", "REG_DWORD_BIG_ENDIAN"],
    "hex bytes": ["/t", "REG_BINARY", "/d", "0x12"],
    "long separator": ["/t", "REG_MULTI_SZ", "/s", "#x", "/d", "a#b"],
    "usual separator": ["/t", "REG_MULTI_SZ", "/s", r"\0", "/d", "a"],
    "no separator": ["/t", "REG_MULTI_SZ", "/s", "", "/d", "a"],
    "separator first": ["/t", "REG_MULTI_SZ", "/s", "#", "/d", "#a"],
    "two separators": ["/t", "REG_MULTI_SZ", "/s", "#", "/d", "##"],
    "empty type": ["/t", "", "/d", "x"],
    "no digits": ["/t", "REG_BINARY", "/d", "xy"],
    "blanks": ["/t", "REG_BINARY", "/d", "ab cd"],
    "empty string": ["/t", "REG_MULTI_SZ", "/d", r"a\0\0b"],
    "type": ["/t", "REG_NOPE", "/d", "x"],
    "other type": ["/t", "REG_LINK", "/d", "x"],
    "both": ["/ve"],
    "no word": ["/d"],
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_wrong_data(reg: Reg, registry: anyreg.Registry, words: list[str]) -> None:
    """Nothing is changed."""
    done = reg("add", KEY + r"\Other", "/v", "New", *words)
    assert done.err == 'ERROR: Invalid syntax.\nType "REG ADD /?" for usage.\n'
    assert done.status == 1
    assert "Other" not in registry.open(KEY).subkeys


def test_replacing_is_asked_for(reg: Reg, registry: anyreg.Registry) -> None:
    """Until an answer is understood; none at all is no."""
    question = "Value Name exists, overwrite (Yes/No)? "
    assert reg("add", KEY, "/v", "Name", "/d", "x").out.endswith(CANCELLED)
    assert reg("add", KEY, "/v", "Name", "/d", "x", answers="No\n").out == question + CANCELLED
    assert registry.read(KEY, "Name") == "Ada"
    done = reg("add", KEY, "/v", "Name", "/d", "x", answers="perhaps\ny\n")
    assert done.out == question * 2 + DONE
    assert reg("add", KEY, "/ve", "/d", "y", "/f").out == DONE
    assert (registry.read(KEY, "Name"), registry.read(KEY, "")) == ("x", "y")


def test_deleting(reg: Reg, registry: anyreg.Registry) -> None:
    """A value, the default one, all of them, the key with all below it."""
    assert reg("delete", KEY, "/v", "Name", "/f").out == DONE
    assert reg("delete", KEY, "/ve", "/f").out == DONE
    assert list(registry.open(KEY).values) == ["Count", "List", "Bytes", "Big"]
    assert reg("delete", KEY, "/va", "/f").out == DONE
    assert registry.open(KEY).info().values == 0
    assert reg("delete", KEY, "/f").out == DONE
    assert "Vendor" not in registry.open(r"HKCU\Software").subkeys


def test_deleting_is_asked_for(reg: Reg, registry: anyreg.Registry) -> None:
    """In words that fit."""
    questions = {
        f"Permanently delete the registry key {FULL} (Yes/No)? ": [],
        f"Delete all values under the registry key {FULL} (Yes/No)? ": ["/va"],
        "Delete the registry value Name (Yes/No)? ": ["/v", "Name"],
    }
    for question, words in questions.items():
        done = reg("delete", KEY, *words, answers="n\n")
        assert (done.status, done.out) == (0, question + CANCELLED)
    assert registry.open(KEY).info().values == 6


def test_deleting_what_cannot_be(reg: Reg) -> None:
    """What is missing, and a root."""
    assert reg("delete", r"HKCU\None", "/f").err == MISSING
    assert reg("delete", KEY, "/v", "None", "/f").err == MISSING
    assert reg("delete", "HKCU", "/f").err == "ERROR: Access is denied.\n"


def test_copying(reg: Reg, registry: anyreg.Registry) -> None:
    """Values alone, or with /s all below."""
    target = r"HKCU\Software\Copy"
    assert reg("copy", KEY, target).out == DONE
    assert registry.open(target).records() == registry.open(KEY).records()
    assert registry.open(target).info().subkeys == 0
    assert reg("copy", KEY, target, "/s", "/f").out == DONE
    assert registry.read(target + r"\Sub", "Name") == "Bob"
    assert list(registry.open(target).subkeys) == ["Empty", "Sub"]


def test_copying_asks_for_each_value(reg: Reg, registry: anyreg.Registry) -> None:
    """Yes, no, or all from here on."""
    target = r"HKCU\Software\Copy"
    registry.open(KEY).copy_to(registry.create(target))
    registry.open(target).values.update({"Name": "old", "Count": 1, "Bytes": b""})
    assert reg("copy", KEY, target, answers="y\nn\na\n").status == 0
    assert [registry.read(target, name) for name in ("Name", "Count")] == ["old", 31]


def test_copying_what_cannot_be(reg: Reg) -> None:
    """Onto itself, or from nowhere."""
    assert reg("copy", KEY, KEY.lower(), "/f").status == 1
    assert reg("copy", r"HKCU\None", KEY, "/f").err == MISSING


def test_mappings(reg: Reg, registry: anyreg.Registry) -> None:
    """Of WOW64."""
    reg("add", r"HKLM\Software\Vendor", "/v", "v", "/d", "narrow", "/reg:32")
    assert registry.read(r"HKLM\Software\Wow6432Node\Vendor", "v") == "narrow"
    assert reg("query", r"HKLM\Software\Vendor", "/reg:64").status == 1
    assert "narrow" in reg("query", r"HKLM\Software\Vendor", "/reg:32").out


@pytest.mark.parametrize(
    "root", ["HKCU\\", "HKEY_CURRENT_USER\\", "HKCU\\Software\\\\", "\\HKCU\\a"]
)
def test_names_of_keys_that_are_none(reg: Reg, registry: anyreg.Registry, root: str) -> None:
    """A root has no backslash behind it, a key one at most; in every verb."""
    before = list(registry.open("HKCU").walk())
    for words in (
        ["add", root, "/v", "x", "/f"],
        ["delete", root, "/v", "x", "/f"],
        ["copy", root, KEY, "/f"],
        ["copy", KEY, root, "/f"],
        ["query", root],
        ["export", root, "x.reg", "/y"],
    ):
        done = reg(*words)
        assert (done.status, done.out) == (1, "")
        assert done.err.startswith("ERROR: Invalid key name.\n")
    assert len(list(registry.open("HKCU").walk())) == len(before)


def test_needless_backslashes_inside_a_name(reg: Reg, registry: anyreg.Registry) -> None:
    """Mean nothing, as does one at the end of a key."""
    assert reg("query", r"HKCU\\Software\\Vendor" + "\\", "/v", "Name").status == 0
    assert reg("add", r"HKCU\Software\\New" + "\\", "/f").status == 0
    assert "New" in registry.open(r"HKCU\Software").subkeys


def test_a_qword_and_a_big_endian_number_are_shown_as_they_were_typed(reg: Reg) -> None:
    """Programs read the output again."""
    reg("add", KEY, "/v", "b", "/t", "REG_DWORD_BIG_ENDIAN", "/d", "0x456", "/f")
    assert "b    REG_DWORD_BIG_ENDIAN    0x456" in reg("query", KEY, "/v", "b").out
    reg("add", KEY, "/v", "q", "/t", "REG_QWORD", "/d", "-1", "/f")
    assert "q    REG_QWORD    0xffffffffffffffff" in reg("query", KEY, "/v", "q").out
