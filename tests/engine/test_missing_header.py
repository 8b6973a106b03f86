"""Hives whose header or root is lost, read by what their bins say."""

from __future__ import annotations

import struct
from pathlib import Path
from random import Random

import pytest

import anyreg
from anyreg import NotHiveError
from anyreg.engine.missing_header import with_header
from anyreg.engine.salvage import Salvage
from conftest import CORPUS, MISSING
from hives import NK_LIST, Maker, base_block, family, open_bytes, outline, sealed

WHOLE = "A,B,C"


def mended(data: bytes) -> str:
    return outline(open_bytes(with_header(data, "h")).tree)


@pytest.mark.parametrize(
    "head", [bytes(4096), b"xxxx", b"", b"junk" * 3072], ids=["zeros", "letters", "none", "more"]
)
@pytest.mark.parametrize("minor", [3, 5])
def test_a_header_is_made_from_the_bins(head: bytes, minor: int) -> None:
    """Of zeros, with other letters, none at all, or with something else in front of the bins."""
    maker = Maker(minor)
    root = maker.key("root")
    maker.give_keys(root, "A", "B", "C", kind=b"lf" if minor == 3 else b"lh")
    data = maker.build()
    data = head + data[4:] if head == b"xxxx" else head + data[4096:]
    hive = open_bytes(with_header(data, "h"))
    assert outline(hive.tree) == WHOLE
    assert (hive.minor, hive.was_dirty, hive.problems) == (minor, False, [])


def test_what_a_header_says_beside_its_letters_is_kept() -> None:
    data = b"frog" + family()[0].build(numbers=(7, 7))[4:]
    base = open_bytes(with_header(data, "h")).base
    assert (base.primary_number, base.file_name) == (7, "made.dat")


@pytest.mark.parametrize("at", [20, 36, 40])
def test_a_header_that_is_wrong_in_one_place(at: int) -> None:
    """Version, root, size."""
    data = bytearray(family()[0].build())
    struct.pack_into("<I", data, at, 0x123456)
    assert mended(bytes(data)) == WHOLE
    assert mended(sealed(bytes(data))) == WHOLE


def test_a_root_is_made_where_most_keys_say_it_was() -> None:
    """And its keys come back."""
    maker, root, _ = family()
    data = bytearray(maker.build())
    data[4096 + root : 4096 + root + 80] = bytes(80)
    hive = open_bytes(with_header(bytes(data), "h"))
    salvage = Salvage(hive.tree)
    assert [child.name for child in salvage.children(hive.tree.root())] == ["A", "B", "C"]
    assert (salvage.returned, salvage.lost) == (3, 0)


def in_two_bins() -> tuple[bytes, bytes, int]:
    """The bins of a family, the root and its list in the first; and where the root is."""
    maker = Maker()
    root = maker.key("root")
    listed = maker.leaf(b"lh", 0, 0, 0)
    maker.cell(b"", size=4096 - len(maker.cells), free=True)
    maker.cells += bytes(32)
    keys = maker.give_keys(root, "A", "B", "C")
    maker.give_keys(keys[1], "below")
    maker.give_values(keys[0], maker.value("v", b"12345678"))
    for index, key in enumerate(keys):
        maker.put(listed, 4 + 8 * index, key)
        maker.put(listed, 8 + 8 * index, ord("ABC"[index]))
    maker.put(root, NK_LIST, listed)
    bins = maker.bins()
    headers = [struct.pack("<4sII", b"hbin", at, 4096).ljust(32, b"\0") for at in (0, 4096)]
    return headers[0] + bins[32:4096], headers[1] + bins[4096 + 32 :], root


def test_a_hive_whose_first_bin_is_gone_as_well(tmp_path: Path) -> None:
    """The others say where they stand, and their keys, with all they hold, come back in place."""
    first, second, root = in_two_bins()
    whole = open_bytes(base_block(8192) + first + second)
    assert (outline(whole.tree), whole.problems) == ("A,B(below),C", [])
    data = bytes(4096 + len(first)) + second
    hive = open_bytes(with_header(data, "h"))
    assert (hive.tree.image.size, hive.tree.root().cell) == (8192, root)
    salvage = Salvage(hive.tree)
    assert [child.name for child in salvage.children(hive.tree.root())] == ["A", "B", "C"]
    assert (salvage.returned, salvage.lost) == (4, 0)
    damaged, mended = tmp_path / "damaged", tmp_path / "mended"
    damaged.write_bytes(data)
    done = anyreg.repair(damaged, mended)
    assert (done.keys, done.returned, done.lost, done.has_new_header) == (5, 4, 0, True)
    with anyreg.open(mended) as registry:
        assert registry.check() == []
        names = [key.path for key, _, _ in registry.root.walk()]
        assert names == ["", "A", "B", r"B\below", "C"]
        assert registry.read("A", "v") == b"12345678"


@pytest.mark.parametrize("data", [b"", b"text", bytes(20000), b"hbin", b"x" * 5000 + b"hbin" * 4])
def test_what_holds_no_bin_is_no_hive(data: bytes) -> None:
    with pytest.raises(NotHiveError):
        with_header(data, "h")


def test_a_fifth_of_the_pages_of_a_real_hive(tmp_path: Path) -> None:
    """Every key that is whole is in the repaired hive, in its place if its parents are there."""
    source = CORPUS / "real/ntuser-win7/NTUSER.DAT"
    if not source.exists():
        pytest.skip(MISSING)
    data = bytearray(source.read_bytes())
    pages = len(data) // 4096 - 1
    for page in Random(5).sample(range(1, pages), pages // 5):
        data[4096 * (page + 1) : 4096 * (page + 2)] = bytes(4096)
    damaged = tmp_path / "damaged.dat"
    damaged.write_bytes(data)
    done = anyreg.repair(damaged, tmp_path / "new.dat")
    assert done.returned > 0
    assert done.lost > 0
    with anyreg.open(tmp_path / "new.dat") as new, anyreg.open(damaged) as old:
        assert new.check() == []
        apart = new.root.subkeys["Lost+Found"]
        in_place = sum(1 for _ in new.root.walk()) - sum(1 for _ in apart.walk())
        lost = sum(len(group.subkeys) for group in apart.children())
        assert 0 < lost <= done.lost
        assert in_place == sum(1 for _ in old.root.walk()) + done.returned
        assert done.keys == in_place + done.lost
