"""Changed cells over an image, levels, and how they are laid into bins."""

from __future__ import annotations

import pytest

from anyreg.errors import CorruptHiveError, HiveFullError
from anyreg.regf.layout import MAX_BINS_SIZE, PAGE
from engine.made_bins import begun, bin_of


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
    assert changes.space.free_cells(0).offsets == [32]


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
    assert (changes.size, list(changes.cells)) == (PAGE, [32])
    assert changes.add(b"first in a new bin") == PAGE + 32
    changes.lay()
    assert changes.space.free_cells(0).offsets == []


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


def test_many_changes_of_one_cell_in_a_savepoint_are_remembered_once() -> None:
    """Setting the values of one key one by one must not keep each state of their list."""
    changes = begun(bin_of(0))
    cell = changes.add(b"first".ljust(5000))
    changes.begin()
    for number in range(100):
        changes.begin()
        changes.put(cell, bytes([number]) * 5000)
        changes.commit_level()
    assert [len(level.before) for level in changes._levels] == [0, 1]
    changes.roll_back_level()
    assert changes.payload(cell).rstrip(b" \0") == b"first"
