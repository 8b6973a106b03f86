"""Changed cells over an image, levels, and how they are laid into bins."""

from __future__ import annotations

import struct

import pytest

from anyreg.engine.bins import BinMap
from anyreg.engine.image import BytesSource, Image
from anyreg.engine.space import Space
from anyreg.engine.transaction import Transaction, merged
from anyreg.errors import CorruptHiveError, HiveFullError
from anyreg.regf.layout import MAX_BINS_SIZE

PAGE = 4096


def header(at: int, size: int) -> bytes:
    return struct.pack("<4sII", b"hbin", at, size).ljust(32, b"\0")


def bin_of(at: int, *cells: tuple[int, bytes], size: int = PAGE) -> bytes:
    """A bin with these cells (size, payload), the rest of it free."""
    data = header(at, size)
    for length, payload in cells:
        data += struct.pack("<i", length) + payload.ljust(abs(length) - 4, b"\0")
    rest = size - len(data)
    return data + (struct.pack("<i", rest).ljust(rest, b"\0") if rest else b"")


def begun(*bins: bytes) -> Transaction:
    """A transaction over an image of these bins."""
    data = b"".join(bins)
    image = Image(BytesSource(data), len(data))
    known = BinMap(image)
    space = Space(image, known)
    changes = Transaction(image, known, space)
    changes.restart(image, known, space)
    return changes


def test_a_changed_cell_is_read_changed() -> None:
    """The image under it stays as it is."""
    changes = begun(bin_of(0, (-16, b"old"), (-16, b"other")))
    changes.put(32, b"new")
    assert changes.payload(32) == b"new".ljust(12, b"\0")
    assert changes.payload(48)[:5] == b"other"
    assert changes.image.cell(32)[0][36:39] == b"old"
    assert changes.capacity(32) == 12


def test_a_patch_replaces_some_bytes() -> None:
    """Of the cell as it stands, and again of the changed one."""
    changes = begun(bin_of(0, (-16, b"0123456789")))
    changes.patch(32, 2, b"ab")
    changes.patch(32, 5, b"c")
    assert changes.payload(32)[:10] == b"01ab4c6789"


def test_a_free_cell_has_no_payload() -> None:
    """Something names it that should not."""
    changes = begun(bin_of(0, (16, b"")))
    with pytest.raises(CorruptHiveError, match="free cell"):
        changes.payload(32)


def test_a_freed_cell_is_not_used_again_in_its_transaction() -> None:
    """Undoing must find it as it was; the next transaction may use it."""
    changes = begun(bin_of(0, (-4064, b"all of it")))
    changes.free(32)
    assert changes.add(b"new") >= PAGE
    changes.lay()
    changes.done()
    assert changes.freed == [(32, 4064)]


def test_a_hive_grows_by_bins_of_whole_pages() -> None:
    """Just large enough; a snapshot keeps what was before."""
    changes = begun(bin_of(0, (-4064, b"")))
    before = changes.snapshot()
    assert changes.add(bytes(5000)) == PAGE + 32
    assert changes.size == 3 * PAGE
    assert before.size == PAGE
    changes.patch(32, 0, b"x")
    assert before.cell(32)[0][36:37] == b"\0"


def test_a_hive_does_not_grow_beyond_its_limit() -> None:
    """And stays as it is."""
    changes = begun(bin_of(0, (-4064, b"")))
    changes.size = MAX_BINS_SIZE
    with pytest.raises(HiveFullError):
        changes.add(bytes(5000))


def test_an_undone_level_leaves_nothing() -> None:
    """No cell, no bin, no free space."""
    changes = begun(bin_of(0, (-16, b"old"), (-4048, b"")))
    changes.put(32, b"kept")
    changes.begin()
    changes.put(32, b"undone")
    changes.free(48)
    changes.add(bytes(9000))
    changes.roll_back_level()
    assert changes.payload(32)[:4] == b"kept"
    assert (changes.size, changes.freed, list(changes.cells)) == (PAGE, [], [32])
    assert changes.add(b"first in a new bin") == PAGE + 32


def test_a_finished_level_belongs_to_the_one_around_it() -> None:
    """Undoing that one undoes both."""
    changes = begun(bin_of(0, (-16, b"old")))
    changes.begin()
    changes.begin()
    changes.put(32, b"new")
    changes.commit_level()
    changes.add(b"more")
    changes.commit_level()
    assert changes.payload(32)[:3] == b"new"
    changes.roll_back_level()
    assert changes.cells == {}


def test_laying_gives_the_pages_that_differ() -> None:
    """Of bins that change, in one run where they touch; a new bin whole."""
    changes = begun(bin_of(0, (-8160, b"long"), size=2 * PAGE), bin_of(2 * PAGE, (-4064, b"")))
    changes.patch(32, 5000, b"x")
    changes.patch(2 * PAGE + 32, 0, b"y")
    new = changes.add(bytes(100))
    stretches, pages = changes.lay()
    assert [stretch.base for stretch in stretches] == [0, 2 * PAGE, 3 * PAGE]
    assert [(at, len(data)) for at, data in pages] == [(PAGE, 3 * PAGE)]
    assert stretches[0].data[36 + 5000 : 36 + 5001] == b"x"
    assert stretches[2].data[:32] == header(3 * PAGE, PAGE)
    assert new == 3 * PAGE + 32


def test_laying_what_changes_nothing_gives_no_pages() -> None:
    """The same bytes were put."""
    changes = begun(bin_of(0, (-16, b"same")))
    changes.put(32, b"same")
    assert changes.lay()[1] == []


def test_freed_neighbours_are_laid_as_one_cell() -> None:
    """Together with the free space around them."""
    changes = begun(bin_of(0, (-16, b"a"), (-16, b"b"), (-16, b"c")))
    changes.free(64)
    changes.free(48)
    stretches, _ = changes.lay()
    assert struct.unpack_from("<ii", stretches[0].data, 44)[1] == PAGE - 48


def test_runs_of_pages_are_joined() -> None:
    """Only where one follows on the other."""
    page = bytes(PAGE)
    assert merged([]) == []
    found = merged([(0, page), (PAGE, page), (3 * PAGE, page)])
    assert [(at, len(data)) for at, data in found] == [(0, 2 * PAGE), (3 * PAGE, PAGE)]
