"""Keys just as a file tells them, in every kind of registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import Key, KeyState, RegFileError, Registry
from anyreg.formats.instructions import ExactKey, Instruction, SetKey, SetValue
from anyreg.interchange.apply import apply
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.registry.rows import state_of
from anyreg.security.sddl import parse_sddl
from formats.hives import new_registry

RIGHTS = parse_sddl("O:SYG:SYD:(A;CI;CC;;;WD)").build()
LINK = "SymbolicLinkValue"
TARGET = r"\Registry\Machine\SOFTWARE\Target"


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A hive in memory, which must be sound at the end."""
    with new_registry() as made:
        yield made
        assert made.check() == []


def exactly(*names: str, flags: int = 0, descriptor: bytes = b"", written: int = -1) -> SetKey:
    exact = ExactKey(list(names), flags, descriptor, written)
    return SetKey("\\".join(names), 1, 1, None, exact)


def flags_of(key: Key) -> int:
    state = state_of(key, False)
    assert state is not None
    return state.flags


def states(key: Key) -> dict[str, KeyState | None]:
    """What each key below holds of its own."""
    return {
        "/".join(below.names): state_of(below, True)
        for below, _, _ in key.walk()
        if below.parent is not None
    }


def test_names_are_no_paths(registry: Registry) -> None:
    """Keys that a path would mix up stay apart, also those below them and their values."""
    done = apply(
        registry,
        [
            SetKey(r"a\b", 1),
            SetValue("v", 3, b"\1", 1),
            exactly(r"a\b", "c"),
            SetValue("v", 3, b"\2", 1),
            exactly("a", ""),
            SetKey(r"a\b\c", 1),
            SetKey("a", 1),
        ],
    )
    assert done.keys_made == 6
    assert [key.names for key, _, _ in registry.root.walk()][1:] == [
        ["a"],
        ["a", ""],
        ["a", "b"],
        ["a", "b", "c"],
        [r"a\b"],
        [r"a\b", "c"],
    ]
    assert registry.read(r"a\b", "v") == b"\1"


def test_a_new_key_is_found_again_by_either_way(registry: Registry) -> None:
    """Each key counts as made once, in whatever order names and paths come."""
    steps = [SetKey(r"A\x", 1), exactly("a", "Y"), SetKey(r"a\y\z", 1), exactly("A", "X", "w")]
    assert apply(registry, steps).keys_made == 5
    assert apply(registry, steps).keys_made == 0


def test_times_are_those_of_the_file_whatever_its_order(registry: Registry) -> None:
    """Also where a key comes behind those below it, or twice."""
    steps: list[Instruction] = [
        exactly("a", "b", written=2),
        exactly("a", written=1),
        SetValue("v", 3, b"", 1),
        exactly("a", "c", descriptor=RIGHTS, written=3),
        exactly("a", "b", "d"),
        exactly(written=4),
    ]
    apply(registry, steps)
    times = {key.path: key.last_written for key, _, _ in registry.root.walk()}
    assert times.pop(r"a\b\d") > 10
    assert times == {"": 4, "a": 1, r"a\b": 2, r"a\c": 3}
    assert registry.open(r"a\c").descriptor == RIGHTS
    apply(registry, [exactly("a", "b", descriptor=RIGHTS, written=9)])
    assert (registry.open(r"a\b").descriptor, registry.open(r"a\b").last_written) == (RIGHTS, 9)


def test_a_link_comes_back_as_a_link() -> None:
    """It is not followed while it is made or set, and leads to its target then."""
    raw = TARGET.encode("utf-16-le")
    steps: list[Instruction] = [
        exactly("HKLM", "SOFTWARE", "Link", flags=KEY_LINK),
        SetValue(LINK, 6, raw, 1),
    ]
    with anyreg.open("memory:") as registry:
        registry.write(r"HKLM\SOFTWARE\Target", "v", 1)
        assert [apply(registry, steps).keys_made for _ in range(2)] == [1, 0]
        assert registry.read(r"HKLM\SOFTWARE\Link", "v") == 1
        assert registry.read(r"HKLM\SOFTWARE\Target", LINK) is None


def test_a_key_in_the_place_of_a_link_is_an_error(registry: Registry) -> None:
    registry.create("a")
    with pytest.raises(RegFileError, match="line 1, column 1: expected a symbolic link"):
        apply(registry, [SetKey("new", 1), exactly("a", flags=KEY_LINK)])
    assert list(registry.root.subkeys) == ["a"]


def test_volatile_keys_stay_so_where_there_are_any(registry: Registry, tmp_path: Path) -> None:
    """With the parents that they make; a hive file has stable ones instead."""
    steps = [exactly("HKCU", "Software", "new", "v", flags=KEY_VOLATILE)]
    with anyreg.open(f"{tmp_path}/own/", "x") as own:
        for target in (anyreg.open("memory:"), own):
            apply(target, steps)
            for path in (r"HKCU\Software\new", r"HKCU\Software\new\v"):
                assert flags_of(target.open(path)) == KEY_VOLATILE
    apply(registry, steps)
    assert flags_of(registry.open(r"HKCU\Software\new\v")) == 0


@pytest.mark.parametrize("format", ["json", "csv"])
def test_a_registry_of_many_hives(tmp_path: Path, format: str) -> None:
    """Its keys go into another one, with links, volatile keys, times and rights."""
    file = tmp_path / f"out.{format}"
    mine = ["HKLM", "SOFTWARE", "Mine"]
    steps: list[Instruction] = [
        exactly(*mine, "Link", flags=KEY_LINK),
        SetValue(LINK, 6, TARGET.encode("utf-16-le"), 1),
        exactly(*mine, "Gone soon", "a", flags=KEY_VOLATILE),
        exactly(*mine, "a\\b", written=5, descriptor=RIGHTS),
    ]
    with anyreg.open(f"{tmp_path}/first/", "x") as first:
        first.write(r"HKLM\SOFTWARE\Target", "v", 1)
        apply(first, steps)
        with anyreg.open(f"{tmp_path}/second/", "x") as second:
            for path in (r"HKLM\SOFTWARE\Target", r"HKLM\SOFTWARE\Mine", r"HKLM\SYSTEM", "HKCU"):
                first.open(path).export(file, security=True)
                second.import_(file, times=True, security=True)
                assert states(second.open(path)) == states(first.open(path))
            assert second.read(r"HKLM\SOFTWARE\Mine\Link", "v") == 1
            assert second.check() == []
        first.root.export(file, security=True)
        assert first.import_(file, times=True, security=True).keys_made == 0  # the top of all too
        assert first.check() == []
