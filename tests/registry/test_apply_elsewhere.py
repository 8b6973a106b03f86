"""Applying files to a whole registry, where some names lead to another place than they stand in."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg import Registry
from anyreg.formats.instructions import (
    DeleteValue,
    ExactKey,
    Instruction,
    SelectKey,
    SetKey,
    SetValue,
)
from anyreg.interchange.apply import apply
from anyreg.regf.layout import KEY_LINK
from registry.disks import small_disk

WOW = r"HKLM\SOFTWARE\Wow6432Node"


@pytest.mark.parametrize(
    ("path", "other"),
    [
        (rf"{WOW}\Microsoft\OLE\X", r"HKLM\SOFTWARE\Microsoft\OLE\X"),
        (rf"{WOW}\Microsoft\RPC\X\Y", r"HKLM\SOFTWARE\Microsoft\RPC\X\Y"),
        (rf"{WOW}\Classes\CLSID\X", r"HKLM\SOFTWARE\Classes\Wow6432Node\CLSID\X"),
        (rf"{WOW}\Vendor\X", rf"{WOW}\Vendor\X"),
    ],
)
def test_keys_of_programs_of_32_bits_go_where_these_find_them(path: str, other: str) -> None:
    """Those that all programs share stand once; and a file may come back to each of them."""
    beside = f"{path} beside"
    steps: list[Instruction] = []
    for at in (path, beside, path):
        steps += [SetKey(at, 1), dword("a")]
    with anyreg.open("memory:") as registry:
        apply(registry, [*steps, SetKey(other, 1), dword("b")])
        for where in (path, other):
            assert sorted(registry.open(where).values) == ["a", "b"]
        assert registry.read(beside, "a") == 7


def dword(name: str) -> SetValue:
    return SetValue(name, 4, b"\7\0\0\0", 1)


@pytest.mark.parametrize("is_backwards", [False, True])
def test_two_names_of_one_key_that_is_not_there_make_one(
    tmp_path: Path, is_backwards: bool
) -> None:
    """The classes of 32-bit programs stand below the others, which a small disk has not."""
    paths = [r"HKLM\SOFTWARE\Classes\A", rf"{WOW}\Classes\B"]
    named = paths[::-1] if is_backwards else paths
    with anyreg.open(small_disk(tmp_path / "disk"), "r+") as registry:
        first, second = [SetKey(path, 1) for path in named]
        apply(registry, [first, dword("a"), second, dword("a")])
        assert [registry.read(path, "a") for path in paths] == [7, 7]


def linked(registry: Registry, path: str, target: str) -> None:
    """A symbolic link to a key of the machine's."""
    above, _, name = path.rpartition("\\")
    key = registry.create(above)
    exact = ExactKey([name], KEY_LINK)
    raw = rf"\Registry\Machine\{target}".encode("utf-16-le")
    apply(
        registry,
        [SetKey(name, 1, exact=exact), SetValue("SymbolicLinkValue", 6, raw, 1)],
        key.path,
    )


def test_keys_behind_a_link_are_made_in_its_target() -> None:
    """Also where that is not there yet."""
    with anyreg.open("memory:") as registry:
        linked(registry, r"HKLM\SOFTWARE\A\Link", r"SOFTWARE\Target\Deep")
        apply(registry, [SetKey(r"HKLM\SOFTWARE\A\Link\X", 1), dword("a")])
        assert registry.read(r"HKLM\SOFTWARE\Target\Deep\X", "a") == 7


def test_a_link_to_a_key_above_sees_what_the_file_made_there() -> None:
    """One key, named in two ways: values come together, and deletions meet what was made."""
    with anyreg.open("memory:") as registry:
        linked(registry, r"HKLM\SOFTWARE\S\T\Up", r"SOFTWARE\S")
        one, other = r"HKLM\SOFTWARE\S\new", r"HKLM\SOFTWARE\S\T\Up\new"
        apply(registry, [SetKey(one, 1), dword("a"), dword("b"), SetKey(other, 1), dword("c")])
        assert sorted(registry.open(one).values) == ["a", "b", "c"]
        steps: list[Instruction] = [
            SetKey(one + "er", 1),
            dword("a"),
            SelectKey(other + "er", 1),
            DeleteValue("a", 1),
        ]
        apply(registry, steps)
        assert not registry.open(one + "er").values
