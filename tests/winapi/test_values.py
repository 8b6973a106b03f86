"""Values through winreg: what goes in comes out, in the order it went in."""

from __future__ import annotations

import pytest

from anyreg import winapi, winreg
from winapi.codes import fails

Key = winreg.HKEYType

DATA: list[tuple[int, object]] = [
    (winreg.REG_SZ, "text"),
    (winreg.REG_EXPAND_SZ, "%PATH%"),
    (winreg.REG_BINARY, b"\0\1"),
    (winreg.REG_DWORD, 0x80000000),
    (winreg.REG_DWORD_BIG_ENDIAN, b"\0\0\0\1"),
    (winreg.REG_QWORD, 2**63),
    (winreg.REG_MULTI_SZ, ["a", "", "b"]),
    (winreg.REG_NONE, b"x"),
    (77, b"y"),
]


@pytest.mark.parametrize(("kind", "data"), DATA)
def test_every_type_comes_back(key: Key, kind: int, data: object) -> None:
    """By name and by index."""
    winreg.SetValueEx(key, "Name", 0, kind, data)
    assert winreg.QueryValueEx(key, "nAME") == (data, kind)
    assert winreg.EnumValue(key, 0) == ("Name", data, kind)


def test_types_with_the_highest_bit_are_read_as_negative(key: Key) -> None:
    """As the C int that CPython makes of them."""
    winreg.SetValueEx(key, "v", 0, 0xFFFFFFFF, b"x")
    assert winreg.QueryValueEx(key, "v") == (b"x", -1)
    assert winapi.query_raw(key, "v") == (b"x", 0xFFFFFFFF)


def test_values_are_in_the_order_they_were_set_in(key: Key) -> None:
    """Setting one again leaves it where it is, under its first spelling."""
    for name in ("A", "C", "D", "B", "c"):
        winreg.SetValueEx(key, name, 0, 1, name)
    assert [winreg.EnumValue(key, index)[:2] for index in range(4)] == [
        ("A", "A"),
        ("C", "c"),
        ("D", "D"),
        ("B", "B"),
    ]
    with fails(259):
        winreg.EnumValue(key, 4)


def test_a_missing_value(key: Key) -> None:
    """Is not found, by whatever name."""
    for name in ("none", "", None, "x" * 20000):
        with fails(2):
            winreg.QueryValueEx(key, name)
        with fails(2):
            winreg.DeleteValue(key, name)


def test_the_default_value(key: Key) -> None:
    """Has no name, or None; QueryValue reads only text."""
    assert winreg.QueryValue(key, None) == ""
    winreg.SetValue(key, None, winreg.REG_SZ, "a\0b")
    assert winreg.QueryValue(key, "") == "a"
    assert winreg.QueryValueEx(key, None) == ("a", winreg.REG_SZ)
    winreg.SetValueEx(key, "", 0, winreg.REG_EXPAND_SZ, "x")
    with fails(13):
        winreg.QueryValue(key, None)
    winreg.DeleteValue(key, None)
    assert winreg.QueryInfoKey(key)[1] == 0


def test_set_value_makes_the_key(key: Key) -> None:
    """With its parents; a handle without the right to set is enough for that."""
    reading = winreg.OpenKey(key, "")
    winreg.SetValue(reading, r"a\b", winreg.REG_SZ, "deep")
    assert winreg.QueryValue(key, r"a\b") == "deep"
    with fails(5):
        winreg.SetValue(reading, "", winreg.REG_SZ, "")
    with fails(2):
        winreg.QueryValue(key, "none")


def test_long_names(key: Key) -> None:
    """16,383 units."""
    winreg.SetValueEx(key, "x" * 16383, 0, 1, "")
    with fails(87):
        winreg.SetValueEx(key, "x" * 16384, 0, 1, "")
    assert winreg.QueryInfoKey(key)[1] == 1


def test_times_change_with_the_data_only(key: Key) -> None:
    """Setting the same again is no change."""
    winreg.SetValueEx(key, "v", 0, 1, "x")
    before = winreg.QueryInfoKey(key)[2]
    winreg.SetValueEx(key, "v", 0, 1, "x")
    assert winreg.QueryInfoKey(key)[2] == before
    winreg.SetValueEx(key, "v", 0, 1, "y")
    assert winreg.QueryInfoKey(key)[2] > before


def test_variables_are_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without regard to case; unknown ones stay."""
    monkeypatch.setenv("ANYREG_X", "y")
    expand = winreg.ExpandEnvironmentStrings
    assert expand("%anyreg_x%-%ANYREG_NONE%-%%-%") == "y-%ANYREG_NONE%-%%-%"
