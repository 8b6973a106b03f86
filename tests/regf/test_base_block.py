"""Base blocks: parsed, changed, built again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import HiveVersionError, NotHiveError
from anyreg.regf.base_block import BaseBlock, new_base_block
from conftest import Indexed, each_indexed
from hives import TIME, base_block, sealed
from regf.models import fields

NUMBER = st.integers(0, 0xFFFFFFFF)


def test_fields_are_where_the_format_says() -> None:
    """Every field of a block made by hand is found."""
    raw = base_block(8192, root=32, numbers=(7, 6), minor=3, kind=6, flags=2)
    block = BaseBlock(raw)
    assert (block.primary_number, block.secondary_number) == (7, 6)
    assert (block.major, block.minor, block.type, block.format) == (1, 3, 6, 1)
    assert (block.root, block.bins_size, block.cluster, block.flags) == (32, 8192, 1, 2)
    assert (block.file_name, block.last_written) == ("made.dat", TIME)
    assert block.checksum_holds


@pytest.mark.parametrize(("numbers", "settled"), [((5, 5), True), ((6, 5), False)])
def test_a_block_is_settled_when_its_numbers_agree(numbers: tuple[int, int], settled: bool) -> None:
    """Different numbers mean that a change was under way."""
    assert BaseBlock(base_block(4096, numbers=numbers)).is_settled is settled


def test_a_block_with_a_wrong_checksum_is_not_settled() -> None:
    """Equal numbers prove nothing if the sum is wrong."""
    raw = base_block(4096)
    block = BaseBlock(raw[:40] + b"\xff" + raw[41:])
    assert not block.checksum_holds
    assert not block.is_settled


@pytest.mark.parametrize("raw", [b"", b"regf", b"regf".ljust(511), b"fger".ljust(4096)])
def test_other_bytes_are_no_base_block(raw: bytes) -> None:
    """Too few bytes, or another signature, are refused with what was found."""
    with pytest.raises(NotHiveError) as caught:
        BaseBlock(raw)
    assert caught.value.offset == 0
    assert caught.value.actual == repr(raw[:4])


@pytest.mark.parametrize("minor", [2, 3, 4, 5, 6])
def test_known_versions_pass(minor: int) -> None:
    """1.2 to 1.6 are read."""
    BaseBlock(base_block(4096, minor=minor)).require_version("x")


@pytest.mark.parametrize("minor", [0, 1, 7, 0x10005])
def test_other_versions_are_refused(minor: int) -> None:
    """The message names the version and the file."""
    with pytest.raises(HiveVersionError, match=rf"1\.{minor} .*: here"):
        BaseBlock(base_block(4096, minor=minor)).require_version("here")


def test_a_long_file_name_keeps_its_end() -> None:
    """The field holds 31 units and a terminator: the end of a path tells more than its start."""
    block = new_base_block(5, 32, 4096, 0)
    block.file_name = "C:\\" + "x" * 40 + "\\NTUSER.DAT"
    again = BaseBlock(block.build())
    assert len(again.file_name) == 31
    assert block.file_name.endswith(again.file_name)


@each_indexed(lambda hive: hive.kind == "primary" and "Bad" not in hive.path)
def test_real_blocks_are_built_again_byte_for_byte(hive: Indexed) -> None:
    """Nothing of a real base block is lost, what is unknown in it included."""
    with hive.file.open("rb") as file:
        raw = file.read(4096)
    if raw[:4] == b"regf":
        assert BaseBlock(raw).build()[:508] == raw[:508]
        assert BaseBlock(raw).build()[512:] == raw[512:]


@given(st.tuples(NUMBER, NUMBER), st.integers(2, 6), NUMBER, st.integers(0, 2**64 - 1), st.text())
def test_what_is_built_is_parsed_again(
    numbers: tuple[int, int], minor: int, root: int, written: int, name: str
) -> None:
    """Any fields survive, and the checksum is right."""
    block = new_base_block(minor, root, root ^ 0xFFFF, written)
    block.primary_number, block.secondary_number = numbers
    block.file_name = name.encode("utf-16-le", "ignore")[:62].decode("utf-16-le", "ignore")
    again = BaseBlock(block.build())
    assert again.checksum_holds
    block.file_name = block.file_name.partition("\0")[0]
    block.raw = again.raw
    assert fields(again) == fields(block)


@given(st.binary(min_size=508, max_size=508), st.binary(min_size=508, max_size=4092))
def test_unknown_bytes_are_kept(head: bytes, rest: bytes) -> None:
    """Garbage between the fields comes back as it was."""
    raw = sealed(b"regf" + head + rest)
    assert BaseBlock(raw).build() == raw
