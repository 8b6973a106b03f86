"""The table of the format."""

from __future__ import annotations

from anyreg.regf import layout


def test_signatures_are_their_letters() -> None:
    """Read as a little-endian number, a signature spells its name."""
    for name in ("NK", "VK", "SK", "LF", "LH", "LI", "RI", "DB"):
        number: int = getattr(layout, name)
        assert number.to_bytes(2, "little") == name.lower().encode("ascii")


def test_a_segment_fills_its_cell() -> None:
    """16,344 bytes of data make a cell of 16,352, four bytes of it unused."""
    assert (layout.SEGMENT + 4 + 7) // 8 * 8 == 16352


def test_the_largest_hive_is_whole_pages() -> None:
    """Cell offsets must stay below 2 GiB."""
    assert layout.MAX_BINS_SIZE % layout.PAGE == 0
    assert layout.MAX_BINS_SIZE < 1 << 31
