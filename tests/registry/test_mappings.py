"""The two mappings of a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

import anyreg
from anyreg import (
    Key,
    KeyNotFoundError,
    QWord,
    Raw,
    Value,
    ValueNotFoundError,
    ValueType,
    ValueTypeError,
)
from hives import LIST_FIRST, NK_SUBKEYS, Maker, family
from registry.sample import over, sample


@pytest.fixture(scope="module")
def alpha() -> Key:
    return sample().open(r"Software\Alpha")


@pytest.fixture(scope="module")
def software() -> Key:
    return sample().open("Software")


def test_subkeys_is_a_mapping_of_names_to_keys(software: Key) -> None:
    """Looked up without case."""
    assert isinstance(software.subkeys, Mapping)
    assert list(software.subkeys) == ["Alpha", "beta"]
    assert len(software.subkeys) == 2
    assert software.subkeys["BETA"].name == "beta"
    assert [key.path for key in software.subkeys.values()] == [r"Software\Alpha", r"Software\beta"]
    assert [(name, key.name) for name, key in software.subkeys.items()] == [
        ("Alpha", "Alpha"), ("beta", "beta"),
    ]  # fmt: skip


def test_membership_of_subkeys(software: Key) -> None:
    """What is no text is in no registry."""
    assert "ALPHA" in software.subkeys
    assert "none" not in software.subkeys
    assert not software.subkeys.__contains__(5)


def test_a_missing_subkey_is_named(software: Key) -> None:
    """With its whole path; get() takes a default."""
    with pytest.raises(KeyNotFoundError) as caught:
        software.subkeys["none"]
    assert caught.value.path == r"Software\none"
    assert software.subkeys.get("none") is None


def test_values_is_a_mapping_of_names_to_data(alpha: Key) -> None:
    """Looked up without case; the default value is ""."""
    assert isinstance(alpha.values, Mapping)
    assert list(alpha.values) == ["", *"sxlnbqmr"]
    assert len(alpha.values) == 9
    assert alpha.values["M"] == ["one", "two"]
    assert alpha.values[""] == "default"
    assert dict(alpha.values) == dict(alpha.values.items())
    assert list(alpha.values.values()) == list(dict(alpha.values).values())


def test_membership_of_values(alpha: Key) -> None:
    """What is no text is in no registry."""
    assert "N" in alpha.values
    assert "none" not in alpha.values
    assert not alpha.values.__contains__(5)


def test_a_missing_value_is_named(alpha: Key) -> None:
    """get() takes a default."""
    with pytest.raises(ValueNotFoundError, match="'none'"):
        alpha.values["none"]
    assert alpha.values.get("none", "fallback") == "fallback"


def test_both_show_what_they_hold(software: Key) -> None:
    """In any debugger."""
    assert repr(software.subkeys) == "<Subkeys ['Alpha', 'beta']>"
    assert repr(software.values) == "<Values {}>"


def test_a_name_that_is_there_twice_counts_once() -> None:
    """The first one; children() and records() give all."""
    maker = Maker()
    root = maker.key("root")
    maker.give_keys(root, "Twin", "tWIN", "x")
    maker.give_values(root, *(maker.value(name, name.encode()) for name in ("Dup", "y", "dUP")))
    key = over(maker).root
    assert (list(key.subkeys), len(key.children())) == (["Twin", "x"], 3)
    assert (dict(key.values), len(key.records())) == ({"Dup": b"Dup", "y": b"y"}, 3)


def test_a_key_with_a_wrong_hash_does_not_break_the_mapping() -> None:
    """What is listed can be got."""
    maker, root, _ = family()
    (list_,) = (int.from_bytes(maker.cells[root + 4 + 28 : root + 4 + 32], "little"),)
    maker.put(list_, LIST_FIRST + 4, 0x1234)
    maker.put(root, NK_SUBKEYS, 3)
    key = over(maker).root
    assert list(dict(key.subkeys)) == list(key.subkeys)
    assert [name for name, _ in key.subkeys.items()] == ["A", "B", "C"]


# Types that are there


@pytest.fixture
def empty() -> Key:
    return anyreg.open("memory:").create(r"HKCU\Software\Vendor")


def test_data_of_another_kind_is_refused_in_every_way_to_set_it(empty: Key) -> None:
    """Both types are named, with the key; nothing of the call is done."""
    empty.values["n"] = 5
    registry = anyreg.open("memory:")
    registry.write(r"HKCU\Software\Vendor", "n", 5)
    ways: list[tuple[Callable[[], object], Key]] = [
        (lambda: empty.values.__setitem__("N", "five"), empty),
        (lambda: empty.values.update({"other": 1, "n": "five"}), empty),
        (lambda: empty.values.set("n", "five"), empty),
        (lambda: empty.set_values({"n": b"five"}), empty),
        (lambda: registry.write(r"HKCU\Software\Vendor", "n", ["five"]),
         registry.open(r"HKCU\Software\Vendor")),
    ]  # fmt: skip
    for way, key in ways:
        with pytest.raises(ValueTypeError, match="value 'n' is REG_DWORD, and the data is") as told:
            way()
        assert (told.value.path, told.value.expected) == (key.path, "REG_DWORD")
        assert [value.data for value in key.records()] == [5]


def test_a_type_that_is_given_is_taken(empty: Key) -> None:
    """In the mapping, by a call, or by the class of the data."""
    empty.values.set("n", 5, "qword")
    empty.values.set("n", "five", type=ValueType.REG_EXPAND_SZ)
    assert empty.value("n").type_name == "REG_EXPAND_SZ"
    empty.values["n"] = Raw(0xFFFF0012, b"five")
    assert empty.value("n") == Value("n", 0xFFFF0012, b"five")
    empty.values["n"] = QWord(5)
    assert empty.value("n").type_name == "REG_QWORD"
    with pytest.raises(ValueTypeError, match="REG_SZ is for other data than REG_DWORD"):
        empty.values.set("n", 5, "sz")
    with pytest.raises(ValueError, match="'word' is no type"):
        empty.values.set("n", 5, "word")
