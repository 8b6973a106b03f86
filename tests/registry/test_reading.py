"""Reading and writing in one call, many values at once, and the getters that want a type."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import anyreg
from anyreg import (
    AccessDeniedError,
    ExpandString,
    KeyDeletedError,
    QWord,
    Raw,
    Registry,
    Value,
    ValueNotFoundError,
    ValueTypeError,
)
from anyreg.backends.base import MAXIMUM_ALLOWED, Backend
from anyreg.values import Node

KEY = r"HKCU\Software\Vendor"


@pytest.fixture
def registry() -> Registry:
    return anyreg.open("memory:")


class Locked(Backend):
    """A world whose only key lets nobody read its values."""

    error: type[anyreg.RegistryError] = AccessDeniedError

    def root(self) -> Node:
        return Node("root", 0)

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        return node if not names else Node("key", 0) if names == ["key"] else None

    def read(self, node: Node, name: str) -> Value | None:
        raise self.error("may not be read", path=name)

    def values(self, node: Node) -> list[Value]:
        raise self.error("may not be read")


class Deleted(Locked):
    """A world whose only key is deleted by others as soon as it is open."""

    error = KeyDeletedError


# Reading


@pytest.mark.parametrize("path", [KEY, r"HKLM\NONE\x", "HKCU\\" + "a" * 300, ""])
def test_what_is_missing_is_the_default(registry: Registry, path: str) -> None:
    """Whatever is missing: the value, the key, or a name that no key can have."""
    assert registry.read(path, "x") is None
    assert registry.read(path, "x", 5) == 5
    assert registry.read_many(path, ["x", "y"], 5) == {"x": 5, "y": 5}


def test_what_may_not_be_read_is_an_error() -> None:
    """Unless it is said that it is none: else a default would hide it."""
    registry = Registry(Locked())
    with pytest.raises(AccessDeniedError):
        registry.read("key", "x", 5)
    with pytest.raises(AccessDeniedError):
        registry.read_many("key", ["x"], 5)
    assert registry.read("key", "x", 5, denied_ok=True) == 5
    assert registry.read_many("key", ["x"], 5, denied_ok=True) == {"x": 5}
    assert registry.read("none", "x", 6) == 6


def test_a_key_that_is_just_deleted_is_missing() -> None:
    """It cannot be told apart from one that was deleted a moment before."""
    registry = Registry(Deleted())
    assert registry.read("key", "x", 5) == 5
    assert registry.read_many("key", ["x"], 5) == {"x": 5}


def test_many_values_in_one_read(registry: Registry) -> None:
    """By the names that were asked for."""
    key = registry.create(KEY)
    key.set_values({"A": 1, "b": "two", "": ["x"], "n": Raw(0, b"")})
    asked = ["B", "a", "", "none", "n"]
    found = {"B": "two", "a": 1, "": ["x"], "none": None, "n": b""}
    assert registry.read_many(KEY, asked) == found
    assert list(registry.read_many(KEY, iter(asked))) == asked
    assert key.read_many(["none"], "default") == {"none": "default"}
    assert key.read_many([]) == {}


def test_many_values_are_those_of_one_moment(tmp_path: Path) -> None:
    """Never one from before a transaction of others and one from behind it."""
    path = tmp_path / "a.dat"
    with anyreg.open(path, "x") as one, anyreg.open(path, "r+") as other:
        one.root.set_values({"a": 0, "b": 0})
        for number in range(50):
            with other.transaction():
                other.root.values["a"] = number
                assert len(set(one.read_many("", ["a", "b"]).values())) == 1
                other.root.values["b"] = number
        assert one.check() == []


# Getters


def test_truth(registry: Registry) -> None:
    """Of a number of any type."""
    key = registry.create(KEY)
    key.set_values({"no": 0, "yes": 7, "big": QWord(1 << 40), "be": Raw(5, b"\0\0\0\1"), "t": "1"})
    assert [key.get_bool(name) for name in ("no", "yes", "big", "be")] == [False, True, True, True]
    assert key.get_bool("no", default=0) is False
    assert key.get_bool("none", default=None) is None
    with pytest.raises(ValueTypeError, match="not a number"):
        key.get_bool("t")
    with pytest.raises(ValueNotFoundError):
        key.get_bool("none")


def test_times(registry: Registry) -> None:
    """A FILETIME, however it is stored."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    ticks = anyreg.times.from_datetime(moment)
    raw = ticks.to_bytes(8, "little")
    key = registry.create(KEY)
    key.set_values({"q": QWord(ticks), "b": raw, "t": Raw(0x10, raw), "text": "2026-01-02"})
    key.set_values({"short": b"\0" * 4, "eight": Raw(1, b"a\0b\0c\0\0\0"), "never": b"\xff" * 8})
    assert [key.get_datetime(name) for name in "qbt"] == [moment] * 3
    assert key.get_datetime("none", default=None) is None
    for name in ("text", "short", "eight", "never"):
        with pytest.raises(ValueTypeError, match="not a time"):
            key.get_datetime(name)
    with pytest.raises(ValueNotFoundError):
        key.get_datetime("none")


# Writing


def test_writing_gives_what_was_there(registry: Registry) -> None:
    """Nothing, the first time; the type stays where the kind fits it."""
    path = rf"{KEY}\Not\Yet\There"
    assert registry.write(path, "a", ExpandString("%A%")) is None
    before = registry.write(path, "A", "plain")
    assert before == Value("a", 2, "%A%\0".encode("utf-16-le"))
    assert registry.open(path).value("a") == Value("a", 2, "plain\0".encode("utf-16-le"))
    before = registry.write(path, "a", 5, type="dword")
    assert before is not None
    assert (before.data, registry.read(path, "a")) == ("plain", 5)
    assert registry.open(path).value("a").type == 4


def test_what_was_there_can_be_put_back(registry: Registry) -> None:
    """With all its bytes."""
    registry.write(KEY, "a", Raw(0x200000, b"odd"))
    before = registry.write(KEY, "a", "new", type=1)
    assert before is not None
    registry.open(KEY).set_records([before])
    assert registry.open(KEY).value("a").raw == b"odd"


def test_a_write_that_fails_makes_no_key(registry: Registry) -> None:
    """All of it or nothing."""
    with pytest.raises(TypeError):
        registry.write(KEY, "a", 1.5)
    assert "Vendor" not in registry.open(r"HKCU\Software").subkeys


def test_a_key_that_is_closed_gives_its_handle_back(registry: Registry) -> None:
    """A block closes it, also with an error in it."""
    with registry.create(KEY) as key:
        key.values["a"] = 1
    for use in (lambda: key.values["a"], lambda: key.name, lambda: key.open("")):
        with pytest.raises(anyreg.ClosedError):
            use()
    assert key._opened is None
    key.close()
