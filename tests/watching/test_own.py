"""A registry of one's own: several hives, volatile keys, merged views and links, as one thing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import anyreg
from anyreg import Key, Registry
from anyreg.registry.watch import Watch
from anyreg.types import Link
from conftest import use_runtime
from watching.model import snapshot

MACHINE = "HKEY_LOCAL_MACHINE"
Row = tuple[str, str]


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """One whose volatile keys are gone with the test."""
    (tmp_path / "runtime").mkdir(0o700)
    use_runtime(monkeypatch, tmp_path / "runtime")
    with anyreg.open(str(tmp_path / "home") + "/", "x") as registry:
        yield registry
        assert registry.check() == []


def rows(watch: Watch) -> list[list[Row]]:
    return [[(change.kind, change.path) for change in batch] for batch in watch]


def test_a_transaction_over_several_hives_is_one_batch(registry: Registry) -> None:
    """Whatever hives it changes; a hive that is not watched is left out."""
    with registry.open("HKLM").watch(timeout=0) as watch, registry.open("HKU").watch(timeout=0):
        with registry.transaction():
            registry.create(r"HKLM\SOFTWARE\V")
            registry.create(r"HKCU\Software\V")
            registry.create(r"HKLM\SYSTEM\V")
            registry.create(r"HKLM\SOFTWARE\V\Lost", volatile=True)
        (found,) = rows(watch)
        assert sorted(found) == [
            ("flags changed", rf"{MACHINE}\SOFTWARE\V\Lost"),
            ("key created", rf"{MACHINE}\SOFTWARE\V"),
            ("key created", rf"{MACHINE}\SOFTWARE\V\Lost"),
            ("key created", rf"{MACHINE}\SYSTEM\V"),
        ]


def test_the_model_agrees_whatever_is_volatile(registry: Registry) -> None:
    """Keys that stay, and volatile ones below them, are made, renamed and deleted at random."""
    rnd = random.Random(3)
    tops = [registry.create(rf"HKLM\{hive}\V") for hive in ("SOFTWARE", "SYSTEM")]
    top = registry.open("HKLM")
    with top.watch(timeout=0) as watch:
        mirror = snapshot(top)
        for _ in range(60):
            with suppress(ZeroDivisionError), registry.transaction():
                for _ in range(rnd.choice((1, 3, 8))):
                    change(rnd, rnd.choice(tops))
                if rnd.random() < 0.2:
                    raise ZeroDivisionError
            for batch in watch:
                mirror.apply(batch)
            mirror.expect(snapshot(top))


def test_a_key_that_is_volatile_no_more_is_another_one(registry: Registry) -> None:
    """Also where the two moments that are compared lie apart, and it stands in the same cell."""
    top = registry.create(r"HKLM\SOFTWARE\V")
    for turn in range(2):
        top.create(r"a\b", volatile=not turn)
        with top.watch(timeout=0, limit=1) as watch:
            mirror = snapshot(top)
            top.delete("a", recursive=True)
            top.create(r"a\b", volatile=bool(turn))
            top.create(r"a\b\c", volatile=True)
            for batch in watch:
                mirror.apply(batch)
            mirror.expect(snapshot(top))
        top.delete("a", recursive=True)


def change(rnd: random.Random, key: Key) -> None:
    """Anything below a key."""
    while rnd.random() < 0.6 and (children := key.children()):
        key = rnd.choice(children)
    name = rnd.choice("abcd")
    with suppress(KeyError, anyreg.KeyExistsError, anyreg.VolatileParentError):
        verb = rnd.randrange(6)
        if verb < 2:
            key.create(name, volatile=rnd.random() < 0.4)
        elif verb == 2:
            key.rename(name, rnd.choice("abcd"))
        elif verb == 3:
            key.delete(name, recursive=True)
        else:
            key.values[name] = rnd.randrange(9)


def test_a_renamed_key_is_followed_in_all_hives(registry: Registry) -> None:
    """A volatile key that is made later below it is reported too."""
    registry.create(r"HKLM\SOFTWARE\A\B")
    with registry.open(r"HKLM\SOFTWARE\A\B").watch(timeout=0) as watch:
        registry.open(r"HKLM\SOFTWARE").rename("A", "Z")
        registry.open(r"HKLM\SOFTWARE\Z").rename("B", "C")
        registry.create(r"HKLM\SOFTWARE\Z\C\Lost", volatile=True)
        registry.open(r"HKLM\SOFTWARE\Z").rename("C", "D")
        registry.create(r"HKLM\SOFTWARE\Z\D\Lost\More", volatile=True)
        assert [found[0] for found in rows(watch)] == [
            ("key renamed", rf"{MACHINE}\SOFTWARE\Z\C"),
            ("key created", rf"{MACHINE}\SOFTWARE\Z\C\Lost"),
            ("key renamed", rf"{MACHINE}\SOFTWARE\Z\D"),
            ("key created", rf"{MACHINE}\SOFTWARE\Z\D\Lost\More"),
        ]


def test_both_sides_of_the_classes_are_watched(registry: Registry) -> None:
    """What the user has and what the machine has are one view."""
    registry.create(r"HKLM\SOFTWARE\Classes\.x")
    registry.create(r"HKCU\Software\Classes\.x")
    with (
        registry.open("HKCR").watch(timeout=0) as all_,
        registry.open(r"HKCR\.x").watch(timeout=0) as one,
    ):
        registry.open(r"HKLM\SOFTWARE\Classes\.x").values["v"] = 1
        registry.open(r"HKCU\Software\Classes\.x").values["v"] = 2
        registry.create(r"HKLM\SOFTWARE\Classes\.y")
        changed = [[("value set", r"HKEY_CLASSES_ROOT\.x")]] * 2
        assert rows(one) == changed
        assert rows(all_) == [*changed, [("key created", r"HKEY_CLASSES_ROOT\.y")]]


def test_the_path_is_that_of_the_way(registry: Registry) -> None:
    """Of a view of 32 bits, of the user, and of all users."""
    registry.create(r"HKCU\Software\V")
    sid = str(registry.about()["user"])
    with (
        registry.open("HKCU").watch(timeout=0) as mine,
        registry.open("HKU").watch(timeout=0) as all_,
        registry.open(r"HKLM\SOFTWARE\WOW6432Node").watch(timeout=0) as narrow,
        registry.open(r"HKLM\SOFTWARE").watch(timeout=0) as wide,
    ):
        registry.open(r"HKCU\Software\V").values["v"] = 1
        assert rows(mine) == [[("value set", r"HKEY_CURRENT_USER\Software\V")]]
        assert rows(all_) == [[("value set", rf"HKEY_USERS\{sid}\Software\V")]]
        registry.create(r"HKLM\SOFTWARE\WOW6432Node\V")
        made = [[("key created", rf"{MACHINE}\SOFTWARE\Wow6432Node\V")]]
        assert (rows(narrow), rows(wide)) == (made, made)


def test_a_link_is_not_followed(registry: Registry) -> None:
    """It is a key that comes; what happens where it leads happens there alone."""
    target = registry.create(r"HKLM\SOFTWARE\Target")
    with registry.open(r"HKLM\SYSTEM").watch(timeout=0) as watch:
        backend, node = registry.root._backend, registry.open(r"HKLM\SYSTEM").node
        link, _ = backend.create(node, ["Link"], flags=0x10)
        way = Link(r"\Registry\Machine\SOFTWARE\Target")
        Key(backend, link, registry.open(r"HKLM\SYSTEM")).values["SymbolicLinkValue"] = way
        target.values["v"] = 1
        registry.open(r"HKLM\SYSTEM\Link").values["w"] = 1
        found = [row for batch in rows(watch) for row in batch]
        path = rf"{MACHINE}\SYSTEM\Link"
        assert found == [("key created", path), ("flags changed", path), ("value set", path)]
