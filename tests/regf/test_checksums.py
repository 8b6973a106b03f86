"""The sums that guard base blocks and log entries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.regf.checksums import base_checksum, marvin32
from conftest import Indexed, each_indexed
from hives import checksum
from regf.models import marvin

# Seed and results as .NET publishes them for its own Marvin32.
PUBLISHED_SEED = 0x004FB61A001BDBCC
PUBLISHED = {
    "": 0x30ED35C100CD3C7D,
    "af": 0x48E73FC77D75DDC1,
    "e70f": 0xB5F6E1FC485DBFF8,
    "37f495": 0xF0B07C789B8CF7E8,
    "8642dc59": 0x7008F2E87E9CF556,
    "153fb79826": 0xE6C08C6DA2AFA997,
    "0932e6246c47": 0x6F04BF1A5EA24060,
}


def base_of(*words: int) -> bytes:
    return b"".join(word.to_bytes(4, "little") for word in words).ljust(512, b"\0")


@pytest.mark.parametrize(
    ("words", "stored"),
    [((0,), 1), ((0xFFFFFFFF,), 0xFFFFFFFE), ((5, 6), 3), ((0xFFFFFFFE,), 0xFFFFFFFE)],
)
def test_the_base_checksum_is_never_zero_or_minus_one(words: tuple[int, ...], stored: int) -> None:
    """XOR of the dwords, except for the two results that are stored as their neighbour."""
    assert base_checksum(base_of(*words)) == stored


def test_the_base_checksum_covers_127_dwords() -> None:
    """The last dword that counts stands in front of the checksum itself."""
    assert base_checksum(bytes(504) + b"\x07\0\0\0" + b"\xff" * 4) == 7


@each_indexed(lambda hive: hive.kind == "primary" and "GarbageHive" not in hive.path)
def test_the_base_checksum_of_real_hives(hive: Indexed) -> None:
    """Ours agrees with one written from the format, on every real base block."""
    head = hive.file.read_bytes()[:512]
    assert base_checksum(head) == checksum(head)


@pytest.mark.parametrize(("data", "result"), PUBLISHED.items())
def test_the_model_of_marvin32_is_right(data: str, result: int) -> None:
    """The slow version gives the published results, whatever the length."""
    assert marvin(bytes.fromhex(data), PUBLISHED_SEED) == result


def test_marvin32_takes_whole_words_only() -> None:
    """Everything that a log hashes is a multiple of four bytes; all else is a slip."""
    with pytest.raises(ValueError, match="multiple of 4"):
        marvin32(b"12345")


@given(st.binary(max_size=300), st.integers(0, 20), st.integers(0, 20))
def test_marvin32_equals_the_model(data: bytes, start: int, back: int) -> None:
    """The same hash as the slow version, over any part of some bytes."""
    start = min(start, len(data))
    end = max(len(data) - back, start)
    end -= (end - start) % 4
    assert marvin32(data, start, end) == marvin(data[start:end])
