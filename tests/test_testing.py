"""A registry that can be filled, and that tells what was changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from anyreg import ExpandString, Link, QWord, Raw, winreg
from anyreg.errors import KeyNotFoundError, RegFileError, SecurityError
from anyreg.registry.current_registry import current
from anyreg.testing import TestRegistry

PATH = r"HKCU\Software\Vendor"
FULL = r"HKEY_CURRENT_USER\Software\Vendor"


def test_it_is_filled_from_a_dict(registry: TestRegistry) -> None:
    """Values, subkeys among them, and keys that hold nothing."""
    registry.fill({PATH: {"Name": "x", "Sub": {"Count": 1}}, r"HKLM\SOFTWARE\Empty": {}})
    registry.assert_value(PATH, "name", "x")
    registry.assert_value(PATH + r"\Sub", "Count", 1)
    assert registry.open(r"HKLM\Software\Empty").info().values == 0
    registry.assert_unchanged()


def test_it_is_filled_from_the_text_of_a_reg_file(registry: TestRegistry) -> None:
    """With or without the first line."""
    registry.fill(f'[{FULL}]\n"Name"="x"\n"Count"=dword:00000005\n')
    registry.fill(f'Windows Registry Editor Version 5.00\n\n[{FULL}]\n"Name"="y"\n')
    registry.assert_value(PATH, "Name", "y")
    registry.assert_value(PATH, "Count", 5)


@pytest.mark.parametrize("first", ["", "REGEDIT4\n", "Windows Registry Editor Version 5.00\n"])
@pytest.mark.parametrize("before", ["", "\n", "\n\n    "])
def test_a_bad_line_of_the_text_is_the_one_that_was_given(
    registry: TestRegistry, before: str, first: str
) -> None:
    """Whatever line was put before it, or taken away."""
    text = f'{before}{first}\n[{FULL}]\n"Name"=bad\n'
    with pytest.raises(RegFileError) as failed:
        registry.fill(text)
    assert text.splitlines()[failed.value.line - 1] == '"Name"=bad'
    assert f"line {failed.value.line}, " in str(failed.value)


@pytest.mark.parametrize("name", ["a.reg", "a.json", "a.csv"])
def test_it_is_filled_from_a_file(registry: TestRegistry, tmp_path: Path, name: str) -> None:
    """A Path is one; a text never is. An error names it."""
    registry.write(PATH, "Name", "x")
    registry.open(PATH).export(tmp_path / name)
    registry.delete(PATH)
    registry.fill(tmp_path / name)
    registry.assert_value(PATH, "Name", "x")
    registry.assert_unchanged()
    (tmp_path / name).write_text("[")
    with pytest.raises(RegFileError, match=name):
        registry.fill(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        registry.fill(tmp_path / "none.reg")


def test_a_failed_filling_leaves_nothing(registry: TestRegistry) -> None:
    """It is one transaction."""
    with pytest.raises(TypeError):
        registry.fill({PATH: {"Good": 1, "Bad": object()}})
    registry.assert_missing(PATH)


def test_changes_are_told_once(registry: TestRegistry) -> None:
    """Under the names that programs use, whatever way they were made."""
    registry.fill({PATH: {"Kept": 1, "Set": 1, "Gone": 1}})
    registry.write(PATH, "Set", 2)
    registry.open(PATH).delete_value("Gone")
    registry.write(r"HKCR\.new", "", "x")
    registry.write(r"HKCU\Software\Classes\.own", "", "y")
    told = [(change.kind, change.path, change.name) for change in registry.changes()]
    assert told == [
        ("added", r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\.new", None),
        ("added", r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\.new", ""),
        ("removed", FULL, "Gone"),
        ("changed", FULL, "Set"),
        ("added", r"HKEY_CURRENT_USER\Software\Classes\.own", None),
        ("added", r"HKEY_CURRENT_USER\Software\Classes\.own", ""),
    ]


def test_asserting_changes(registry: TestRegistry) -> None:
    """All of them, with what they came to."""
    registry.fill({PATH: {"Set": 1, "Gone": 1}, PATH + r"\Old": {"x": 1}})
    registry.write(PATH, "Set", 2)
    registry.open(PATH).delete_value("Gone")
    registry.open(PATH).delete("Old", recursive=True)
    registry.create(PATH + r"\New")
    expected = {
        r"hkcu\SOFTWARE\vendor": {"Set": 2, "Gone": None},
        PATH + r"\Old": None,
        PATH + r"\New": {},
    }
    registry.assert_changes(expected)
    with pytest.raises(AssertionError):
        registry.assert_changes({**expected, PATH + r"\More": {}})
    with pytest.raises(AssertionError):
        registry.assert_changes({})


def test_a_class_asks_for_its_type(registry: TestRegistry) -> None:
    """Plain data does not: Windows reads both alike."""
    registry.fill({PATH: {"Text": "x", "Number": 5}})
    registry.write(PATH, "Text", "y")
    registry.write(PATH, "Number", 6)
    registry.assert_changes({PATH: {"Text": "y", "Number": 6}})
    for name, data in [("Text", ExpandString("y")), ("Number", QWord(6)), ("Text", Link("y"))]:
        with pytest.raises(AssertionError, match=r"expected REG_[EQL].*found REG_[SD]"):
            registry.assert_value(PATH, name, data)
        with pytest.raises(AssertionError, match=r"expected REG_[EQL].*found REG_[SD]"):
            registry.assert_changes({PATH: {"Text": "y", "Number": 6, name: data}})
    registry.fill({PATH: {"Expanded": ExpandString("%x%"), "Big": QWord(7), "Odd": Raw(9, b"z")}})
    registry.assert_value(PATH, "Expanded", ExpandString("%x%"))
    registry.assert_value(PATH, "Expanded", "%x%")
    registry.assert_value(PATH, "Big", QWord(7))
    registry.assert_value(PATH, "Odd", Raw(9, b"z"))
    with pytest.raises(AssertionError):
        registry.assert_value(PATH, "Odd", Raw(3, b"z"))


def test_what_goes_along_need_not_be_named(registry: TestRegistry) -> None:
    """Keys made on the way to another, keys that went with the one above; nothing else."""
    registry.fill({PATH + r"\Old\Below\Deep": {"x": 1}})
    registry.write(PATH + r"\One\Two\Three", "Name", "x")
    registry.create(r"HKCU\Software\Empty\Last")
    registry.open(PATH).delete("Old", recursive=True)
    expected: dict[str, object] = {
        PATH + r"\One\Two\Three": {"Name": "x"},
        r"HKCU\Software\Empty\Last": {},
        PATH + r"\Old": None,
    }
    registry.assert_changes(expected)
    registry.assert_changes({**expected, PATH + r"\One": {}, PATH + r"\Old\Below": None})
    for left_out in expected:
        less = {path: data for path, data in expected.items() if path != left_out}
        with pytest.raises(AssertionError):
            registry.assert_changes(less)
    registry.create(PATH + r"\One\Other")
    with pytest.raises(AssertionError, match=r"Vendor\\One\\Other: made"):
        registry.assert_changes(expected)
    with pytest.raises(AssertionError, match=r"Deep: deleted"):
        registry.assert_changes({**expected, PATH + r"\Old": {}})


@pytest.mark.parametrize(
    "path",
    [
        r"HKCR\.new",
        r"HKCU\Software\Classes\.new",
        r"HKLM\SYSTEM\CurrentControlSet\Services\New",
        r"HKLM\SYSTEM\ControlSet001\Services\New\Below",
        r"HKCC\Software\New",
        r"HKU\.DEFAULT\Software\New",
        r"HKLM\SOFTWARE\WOW6432Node\New",
        r"hkey_local_machine\software\NEW",
    ],
)
def test_a_change_has_every_name_of_its_key(registry: TestRegistry, path: str) -> None:
    """Links and merged keys lead to where the change is."""
    registry.write(path, "Name", "x")
    registry.assert_changes({path: {"NAME": "x"}})
    registry.fill({})
    registry.delete(path)
    registry.assert_changes({path: None})


def test_failures_tell_what_is_otherwise(registry: TestRegistry) -> None:
    """A line each: what was expected, and what is there."""
    registry.fill({PATH: {"Same": 1, "Other": 1}})
    registry.write(PATH, "Other", 2)
    registry.write(PATH, "More", "x")
    with pytest.raises(AssertionError) as failed:
        registry.assert_changes({PATH: {"Same": 2, "Other": None}, PATH + r"\New": {}})
    assert str(failed.value).splitlines() == [
        "the registry was changed otherwise:",
        rf"  {FULL} 'Same': expected 2, not changed",
        rf"  {FULL} 'Other': expected no value, found REG_DWORD 2",
        rf"  {FULL} 'More': REG_SZ 'x', not expected",
        rf"  {FULL}\New: expected to be made or changed",
    ]


def test_assertions_that_fail(registry: TestRegistry) -> None:
    """They say what is wrong."""
    registry.fill({PATH: {"Name": "x"}})
    with pytest.raises(AssertionError, match="no value 'None'"):
        registry.assert_value(PATH, "None", "x")
    with pytest.raises(AssertionError):
        registry.assert_value(PATH, "Name", "y")
    with pytest.raises(AssertionError, match="there is a value"):
        registry.assert_missing(PATH, "Name")
    with pytest.raises(AssertionError, match="there is a key"):
        registry.assert_missing(PATH)
    registry.assert_missing(PATH, "Other")
    registry.write(PATH, "Name", "z")
    with pytest.raises(AssertionError, match=r"changed HKEY_CURRENT_USER\\Software\\Vendor Name"):
        registry.assert_unchanged()


def test_it_says_what_it_is(registry: TestRegistry) -> None:
    """Where a failure prints it."""
    assert repr(registry) == "<TestRegistry in memory>"


# Denials


def test_a_denied_key_refuses_the_program_and_the_test(registry: TestRegistry) -> None:
    """With the error that Windows gives; keys below it too, and what is filled in is not asked."""
    registry.fill({PATH: {"Name": "x", "Sub": {"Count": 1}}})
    registry.deny(PATH, "write")
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Vendor") as key:
        assert winreg.QueryValueEx(key, "Name")[0] == "x"
    for path in (r"Software\Vendor", r"Software\Vendor\Sub"):
        with pytest.raises(PermissionError) as caught:
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_WRITE)
        assert caught.value.winerror == 5  # type: ignore[attr-defined]
    with pytest.raises(PermissionError):
        registry.write(PATH, "Name", "y")
    with pytest.raises(PermissionError):
        registry.create(PATH + r"\New")
    registry.assert_unchanged()
    registry.fill({PATH: {"Name": "y"}})
    registry.assert_value(PATH, "Name", "y")


def written(name: str) -> None:
    """A value, by who asks for nothing but to write."""
    access = winreg.KEY_SET_VALUE
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Vendor", 0, access) as key:
        winreg.SetValueEx(key, name, 0, winreg.REG_SZ, "x")


@pytest.mark.parametrize(
    ("rights", "refused"),
    [
        ("read", {"read"}),
        ("write", {"write"}),
        ("delete", {"delete"}),
        ("read, write", {"read", "write"}),
        ("full", {"read", "write", "delete", "open"}),
        (0x1, {"read"}),
        ("set-value, delete", {"write", "delete"}),
    ],
)
def test_what_is_denied_is_refused_and_nothing_else(
    registry: TestRegistry, rights: str | int, refused: set[str]
) -> None:
    """Reading alone, writing alone, deleting alone, or all."""
    registry.fill({PATH: {"Name": "x"}})
    registry.deny(PATH, rights)
    tries: dict[str, Callable[[], object]] = {
        "open": lambda: registry.open(PATH),
        "read": lambda: registry.open(PATH).values["Name"],
        "write": lambda: written("Other"),
        "delete": lambda: registry.delete(PATH),
    }
    denied = set()
    for name, do in tries.items():
        try:
            do()
        except PermissionError:
            denied.add(name)
    assert denied == refused


def test_a_denial_ends_with_its_block(registry: TestRegistry) -> None:
    """Or when it is told to; descriptors are what they were, and a key may be gone."""
    registry.fill({PATH: {"Sub": {}, "Gone": {}}})
    before = registry.open(PATH).descriptor
    with registry.deny(PATH, "write"):
        with pytest.raises(PermissionError):
            registry.write(PATH, "Name", "y")
        registry.delete(PATH + r"\Gone")
    registry.write(PATH, "Name", "y")
    registry.write(PATH + r"\Sub", "Name", "y")
    assert registry.open(PATH).descriptor == before
    denial = registry.deny(PATH + r"\Sub", "read", inherit=False)
    denial.end()
    assert registry.read(PATH + r"\Sub", "Name") == "y"


def test_denials_end_in_any_order(registry: TestRegistry) -> None:
    """What another one denies goes on, and in the end all is as it was, but for keys that went."""
    registry.fill({PATH: {"Name": "x", "Sub": {}}})
    before = registry.open(PATH).descriptor
    reading, writing = registry.deny(PATH, "read"), registry.deny(PATH, "write")
    registry.delete(PATH + r"\Sub")
    reading.end()
    reading.end()
    assert registry.read(PATH, "Name") == "x"
    with pytest.raises(PermissionError):
        registry.write(PATH, "Name", "y")
    writing.end()
    registry.write(PATH, "Name", "y")
    assert registry.open(PATH).descriptor == before


def test_a_denial_of_one_key_leaves_those_below_alone(registry: TestRegistry) -> None:
    """Windows lets everybody pass to what is below."""
    registry.fill({PATH: {"Sub": {"Count": 1}}})
    registry.deny(PATH, "full", inherit=False)
    with pytest.raises(PermissionError):
        registry.open(PATH)
    assert registry.read(PATH + r"\Sub", "Count") == 1
    registry.write(PATH + r"\Sub", "Count", 2)


def test_what_cannot_be_denied(registry: TestRegistry) -> None:
    """A key that is not there, and a right that there is not."""
    with pytest.raises(KeyNotFoundError):
        registry.deny(r"HKCU\Software\None")
    registry.fill({PATH: {}})
    with pytest.raises(SecurityError):
        registry.deny(PATH, "fly")


def test_a_user_may_do_what_he_may_on_windows(registry: TestRegistry) -> None:
    """All in HKEY_CURRENT_USER, reading in HKEY_LOCAL_MACHINE; administrators more."""
    registry.fill({r"HKLM\SOFTWARE\Vendor": {"Name": "x"}})
    with registry.as_user() as mine:
        mine.write(PATH, "Name", "x")
        assert mine.read(r"HKLM\SOFTWARE\Vendor", "Name") == "x"
        with pytest.raises(PermissionError):
            winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Mine")
        assert current() is mine
    assert current() is registry
    owner = registry.open(PATH).owner
    assert owner is not None
    assert str(owner.sid).endswith("-1001")
    with registry.as_user("S-1-5-21-1-2-3-1002", "Administrators") as administrator:
        administrator.write(r"HKLM\SOFTWARE\Vendor", "Name", "y")
    with registry.as_user("S-1-5-21-1-2-3-501"), pytest.raises(PermissionError):
        winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software")
    registry.assert_value(r"HKLM\SOFTWARE\Vendor", "Name", "y")
