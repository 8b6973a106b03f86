"""Bytes put together from numbers, with librt and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.regf import _plain_writes, writes

librt = pytest.importorskip("librt.strings")

VERBS = ("write_i16_le", "write_i32_le", "write_i64_le")


@pytest.mark.parametrize(
    ("put", "number", "expected"),
    [
        (writes.put_u16, 0xFFFE, "fe ff"),
        (writes.put_u32, 0xFFFEFDFC, "fc fd fe ff"),
        (writes.put_i32, -2, "fe ff ff ff"),
        (writes.put_u64, 0xFFFEFDFCFBFAF9F8, "f8 f9 fa fb fc fd fe ff"),
        (writes.put_u64, 1, "01 00 00 00 00 00 00 00"),
    ],
)
def test_numbers_are_little_endian(
    put: Callable[[writes.BytesWriter, int], None], number: int, expected: str
) -> None:
    """Unsigned ones up to the highest."""
    writer = writes.BytesWriter()
    put(writer, number)
    assert writer.getvalue() == bytes.fromhex(expected)


@given(st.lists(st.tuples(st.sampled_from(VERBS), st.integers(-(2**15), 2**15 - 1))), st.binary())
def test_both_writers_are_one(steps: list[tuple[str, int]], data: bytes) -> None:
    """The same bytes from librt and from its stand-in."""
    found: list[bytes] = []
    for module in (librt, _plain_writes):
        writer: Any = module.BytesWriter()
        for verb, number in steps:
            getattr(module, verb)(writer, number)
            writer.write(data)
            writer.append(number & 0xFF)
            writer.append(0)
            writer.truncate(len(writer) - 1)
        assert len(writer) == len(writer.getvalue())
        found.append(writer.getvalue())
    assert found[0] == found[1]
