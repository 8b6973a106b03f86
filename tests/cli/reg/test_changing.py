"""REG ADD, DELETE and COPY change what reg.exe changes, and ask what it asks."""

from __future__ import annotations

import pytest

import anyreg
from cli.reg.conftest import DONE, FULL, KEY, MISSING, Reg

CANCELLED = "The operation was canceled by the user.\n"


def test_a_key_is_added(reg: Reg, registry: anyreg.Registry) -> None:
    """With its parents, and no value."""
    assert reg("add", KEY + r"\a\b").out == DONE
    assert registry.open(KEY + r"\a\b").info().values == 0


DATA: dict[str, tuple[list[str], int, bytes]] = {
    "text": (["/d", "x"], 1, "x\0".encode("utf-16-le")),
    "no data": ([], 1, b"\0\0"),
    "expand": (["/t", "reg_expand_sz", "/d", "%x%"], 2, "%x%\0".encode("utf-16-le")),
    "decimal": (["/t", "REG_DWORD", "/d", "16"], 4, b"\x10\0\0\0"),
    "hex": (["/t", "REG_DWORD", "/d", "0x10"], 4, b"\x10\0\0\0"),
    "qword": (["/t", "REG_QWORD", "/d", "0x100000000"], 11, b"\0\0\0\0\1\0\0\0"),
    "big endian": (["/t", "REG_DWORD_BIG_ENDIAN", "/d", "1"], 5, b"\0\0\0\1"),
    "bytes": (["/t", "REG_BINARY", "/d", "0aFF"], 3, b"\x0a\xff"),
    "odd digits": (["/t", "REG_BINARY", "/d", "abc"], 3, b"\x0a\xbc"),
    "none": (["/t", "REG_NONE"], 0, b""),
    "list": (["/t", "REG_MULTI_SZ", "/d", r"a\0b"], 7, "a\0b\0\0".encode("utf-16-le")),
    "separated": (["/t", "REG_MULTI_SZ", "/s", ",", "/d", "a,b,"], 7, b"a\0\0\0b\0\0\0\0\0"),
    "empty list": (["/t", "REG_MULTI_SZ"], 7, b"\0\0"),
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


def test_views(reg: Reg, registry: anyreg.Registry) -> None:
    """Of WOW64."""
    reg("add", r"HKLM\Software\Vendor", "/v", "v", "/d", "narrow", "/reg:32")
    assert registry.read(r"HKLM\Software\Wow6432Node\Vendor", "v") == "narrow"
    assert reg("query", r"HKLM\Software\Vendor", "/reg:64").status == 1
    assert "narrow" in reg("query", r"HKLM\Software\Vendor", "/reg:32").out
