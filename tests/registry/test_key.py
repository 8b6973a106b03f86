"""Keys: opened, read, closed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import anyreg
from anyreg import (
    ClosedError,
    Key,
    KeyNotFoundError,
    NotSupportedError,
    Registry,
    ValueNotFoundError,
    ValueTypeError,
)
from anyreg.times import to_datetime
from hives import NK_FLAGS, TIME, Maker
from registry.sample import over, sample


@pytest.fixture(scope="module")
def registry() -> Registry:
    return sample()


@pytest.fixture
def alpha(registry: Registry) -> Key:
    return registry.open(r"Software\Alpha")


def test_a_key_knows_its_name_path_and_parent(alpha: Key) -> None:
    """As stored, whatever was asked for."""
    key = alpha.open("uninstall")
    assert (key.name, key.path) == ("Uninstall", r"Software\Alpha\Uninstall")
    assert key.parent is not None
    assert key.parent.path == alpha.path


def test_the_root_has_no_path_and_no_parent(registry: Registry) -> None:
    """It has a name, though."""
    assert (registry.root.name, registry.root.path, registry.root.parent) == ("root", "", None)


def test_a_key_shows_its_path(alpha: Key) -> None:
    """In any debugger."""
    assert repr(alpha) == r"<Key 'Software\\Alpha'>"


@pytest.mark.parametrize("path", [r"SOFTWARE\ALPHA", r"\software\\alpha\ ".rstrip()])
def test_paths_do_not_mind_case_and_backslashes(registry: Registry, path: str) -> None:
    """As in every tool of Windows."""
    assert registry.open(path).path == r"Software\Alpha"


def test_slashes_open_subkeys(registry: Registry) -> None:
    """One or several levels at once."""
    assert (registry.root / "Software" / r"Alpha\Uninstall").path == r"Software\Alpha\Uninstall"


def test_the_empty_path_is_the_key_itself(alpha: Key) -> None:
    """Under a handle of its own."""
    again = alpha.open("")
    assert again.path == alpha.path
    again.close()
    assert alpha.name == "Alpha"


def test_a_missing_key_is_named(registry: Registry) -> None:
    """As far as the path could be followed."""
    with pytest.raises(KeyNotFoundError) as caught:
        registry.open(r"software\none\more")
    assert caught.value.path == r"Software\none"


def test_find_child_never_splits_a_name(registry: Registry) -> None:
    """A missing one is None."""
    assert registry.root.find_child(r"Software\Alpha") is None
    found = registry.root.find_child("software")
    assert found is not None
    assert found.name == "Software"


def test_children_and_records_come_in_stored_order(alpha: Key) -> None:
    """All of them."""
    assert [key.name for key in alpha.open("Uninstall").children()] == ["One", "Two"]
    assert [value.name for value in alpha.records()] == ["", *"sxlnbqmr"]


def test_info_tells_counts_times_and_class(registry: Registry) -> None:
    """The time both as stored and as datetime."""
    info = registry.open("Software").info()
    assert info[:4] == ("Software", 2, 0, "Klasse")
    assert info.filetime == TIME
    assert info.last_written == to_datetime(TIME)
    assert info.last_written is not None
    assert info.last_written > datetime(2016, 1, 1, tzinfo=UTC)
    assert registry.open("Software").class_name == "Klasse"
    assert registry.root.info().flags == 0x2C


def test_a_time_that_is_none_is_none() -> None:
    """Its number is there all the same."""
    maker = Maker()
    root = maker.key("root")
    maker.put(root, 4, 2**64 - 1, "<Q")
    info = over(maker).root.info()
    assert (info.last_written, info.filetime) == (None, 2**64 - 1)


def test_a_predefined_handle_has_no_values() -> None:
    """Neither in the count nor in the list."""
    maker = Maker()
    root = maker.key("root")
    maker.give_values(root, maker.value("v"))
    maker.put(root, NK_FLAGS, 0x6C, "<H")
    root_key = over(maker).root
    assert (root_key.info().values, root_key.records()) == (0, [])


# Values by name


def test_value_gives_type_and_bytes(alpha: Key) -> None:
    """Names do not mind case."""
    value = alpha.value("R")
    assert (value.name, value.type_name, value.raw) == ("r", "REG_BINARY", b"\xde\xad\xbe\xef\x00")
    assert alpha.find_value("none") is None
    with pytest.raises(ValueNotFoundError, match="'none'"):
        alpha.value("none")


@pytest.mark.parametrize(
    ("name", "text"),
    [("", "default"), ("s", "Text"), ("x", r"%HOME%\x"), ("l", r"\Registry\Machine")],
)
def test_get_str_takes_every_text(alpha: Key, name: str, text: str) -> None:
    """And never expands."""
    assert alpha.get_str(name) == text


@pytest.mark.parametrize(("name", "number"), [("n", 1234), ("b", 5678), ("q", 1 << 40)])
def test_get_int_takes_every_number(alpha: Key, name: str, number: int) -> None:
    """Of 32 and 64 bits, of both ends."""
    assert alpha.get_int(name) == number


def test_a_text_in_a_file_of_windows_is_not_guessed(alpha: Key) -> None:
    """What is no reference is the text itself; a reference is given by get_str() alone."""
    assert alpha.get_mui_str("s") == alpha.get_str("s")
    assert alpha.get_mui_str("none", "other") == "other"
    assert alpha.get_mui_str("none", "@other") == "@other"
    with anyreg.open("memory:") as registry:
        path = r"HKCU\A"
        registry.write(path, "Std", "@tzres.dll,-320")
        with pytest.raises(NotSupportedError, match=r"get_str\(\)") as failed:
            registry.open(path).get_mui_str("Std")
        assert failed.value.path == r"HKEY_CURRENT_USER\A"
        assert registry.open(path).get_str("Std") == "@tzres.dll,-320"


def test_get_list_and_get_bytes(alpha: Key) -> None:
    """Bytes are those of a value of any type."""
    assert alpha.get_list("m") == ["one", "two"]
    assert alpha.get_bytes("r") == b"\xde\xad\xbe\xef\x00"
    assert alpha.get_bytes("n") == (1234).to_bytes(4, "little")


def test_getters_take_a_default(alpha: Key) -> None:
    """Of any kind, None too."""
    assert alpha.get_str("none", None) is None
    assert alpha.get_int("none", 5) == 5
    assert alpha.get_list("none", []) == []
    assert alpha.get_bytes("none", "other") == "other"


def test_getters_without_a_default_raise(alpha: Key) -> None:
    """The error names value and key."""
    for getter in (alpha.get_str, alpha.get_int, alpha.get_list, alpha.get_bytes):
        with pytest.raises(ValueNotFoundError, match=r"'none'.*Software\\Alpha"):
            getter("none")


def test_getters_refuse_another_type(alpha: Key) -> None:
    """Also with a default: that is for what is missing."""
    for getter, name, found in (
        (alpha.get_str, "n", "REG_DWORD"),
        (alpha.get_int, "s", "REG_SZ"),
        (alpha.get_list, "r", "REG_BINARY"),
    ):
        with pytest.raises(ValueTypeError) as caught:
            getter(name, "default")
        assert caught.value.actual == found
        assert caught.value.expected
        assert caught.value.path == alpha.path


# Life


def test_a_closed_key_refuses_everything(registry: Registry) -> None:
    """But to be closed again, and to be shown."""
    key = registry.open("Software")
    key.close()
    key.close()
    assert repr(key) == "<Key closed>"
    for use in (key.children, key.records, key.info, lambda: key.name, lambda: key.open("Alpha")):
        with pytest.raises(ClosedError):
            use()


def test_a_key_closes_itself_at_the_end_of_a_block(registry: Registry) -> None:
    """Its registry stays open."""
    with registry.open("Software") as key:
        assert key.name == "Software"
    with pytest.raises(ClosedError):
        key.records()
    assert registry.open("Software").name == "Software"


def test_keys_below_a_closed_key_stay_open(registry: Registry) -> None:
    """Each handle has a life of its own."""
    with registry.open("Software") as key:
        alpha = key / "Alpha"
    assert alpha.get_int("n") == 1234
