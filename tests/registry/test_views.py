"""The two mappings of a key."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from anyreg import Key, KeyNotFoundError, ValueNotFoundError
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
