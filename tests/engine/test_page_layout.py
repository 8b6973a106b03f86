"""Laying changed and freed cells into bins."""

from __future__ import annotations

import struct

import pytest

from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.page_layout import packed, runs, unpacked
from anyreg.errors import CorruptHiveError
from anyreg.regf.logs import page_runs
from engine.made_bins import PAGE, begun, bin_of, header


def full(*, bins: int, first: int = 0) -> list[bytes]:
    """So many bins of a page with one cell each."""
    return [bin_of(at, (-4064, b"x")) for at in range(first * PAGE, (first + bins) * PAGE, PAGE)]


def freed(changes: CellChanges, *, bins: range) -> CellChanges:
    for number in bins:
        changes.free(number * PAGE + 32)
    return changes


def test_laying_gives_the_pages_that_differ() -> None:
    """Of bins that change, ascending; a new bin whole."""
    changes = begun(bin_of(0, (-8160, b"long"), size=2 * PAGE), bin_of(2 * PAGE, (-4064, b"")))
    changes.patch(32, 5000, b"x")
    changes.patch(2 * PAGE + 32, 0, b"y")
    new = changes.add(bytes(100))
    laid = changes.lay()
    stretches, pages = laid.stretches, laid.pages
    assert [stretch.base for stretch in stretches] == [0, 2 * PAGE, 3 * PAGE]
    assert [(at // PAGE, len(data) // PAGE) for at, data in pages] == [(1, 1), (2, 1), (3, 1)]
    assert stretches[0].data[36 + 5000 : 36 + 5001] == b"x"
    assert stretches[2].data[:32] == header(3 * PAGE, PAGE)
    assert new == 3 * PAGE + 32


def test_laying_what_changes_nothing_gives_no_pages() -> None:
    """The same bytes were put."""
    changes = begun(bin_of(0, (-16, b"same")))
    changes.put(32, b"same")
    assert changes.lay().pages == []


def test_freed_neighbours_are_laid_as_one_cell() -> None:
    """Together with the free space around them."""
    changes = begun(bin_of(0, (-16, b"a"), (-16, b"b"), (-16, b"c")))
    changes.free(64)
    changes.free(48)
    stretches = changes.lay().stretches
    assert struct.unpack_from("<ii", stretches[0].data, 44)[1] == PAGE - 48


def test_bins_without_a_cell_in_use_become_one() -> None:
    """Of which the first page alone differs; what the others hold means nothing."""
    changes = freed(begun(*full(bins=6)), bins=range(1, 4))
    laid = changes.lay()
    assert laid.joined == [(PAGE, 4 * PAGE)]
    (page,) = laid.pages
    assert page[0] == PAGE
    assert page[1][:32] == header(PAGE, 3 * PAGE)
    assert struct.unpack_from("<i", page[1], 32)[0] == 3 * PAGE - 32
    assert len(page[1]) == PAGE


def test_no_bin_becomes_longer_than_thirty_two_pages() -> None:
    """A bin is laid out whole at each change of it."""
    changes = freed(begun(*full(bins=81)), bins=range(80))
    ends = [(start // PAGE, end // PAGE) for start, end in changes.lay().joined]
    assert ends == [(0, 32), (32, 64), (64, 80)]


def test_a_bin_with_free_space_at_its_end_is_emptied_too() -> None:
    """And one with a cell in use behind it is not."""
    gaps = [bin_of(at, (-3000, b"x")) for at in (0, PAGE)]
    kept = bin_of(2 * PAGE, (-3000, b"x"), (-16, b"kept"))
    changes = freed(begun(*gaps, kept, *full(first=3, bins=1)), bins=range(3))
    laid = changes.lay()
    assert laid.joined == [(0, 2 * PAGE)]
    assert [(at, len(data)) for at, data in laid.pages] == [(0, PAGE), (2 * PAGE, PAGE)]
    assert struct.unpack_from("<i", laid.pages[1][1], 32)[0] == 3000


def test_a_bin_with_free_cells_before_and_between_is_emptied_too() -> None:
    """And one in which another cell is still in use is not: each stretch of it becomes free."""
    holes = [bin_of(at, (64, b""), (-1000, b"x"), (32, b""), (-504, b"y")) for at in (0, PAGE)]
    kept = bin_of(2 * PAGE, (-1000, b"x"), (-32, b"kept"), (-504, b"y"))
    changes = begun(*holes, kept, *full(first=3, bins=1))
    for cell in (96, 1128, PAGE + 96, PAGE + 1128, 2 * PAGE + 32, 2 * PAGE + 1064):
        changes.free(cell)
    laid = changes.lay()
    assert laid.joined == [(0, 2 * PAGE)]
    assert [(at, len(data)) for at, data in laid.pages] == [(0, PAGE), (2 * PAGE, PAGE)]
    sizes = [struct.unpack_from("<i", laid.pages[1][1], at)[0] for at in (32, 1032, 1064)]
    assert sizes == [1000, -32, PAGE - 1064]


def test_the_free_end_of_a_hive_is_cut_off() -> None:
    """Where it is worth it: little is soon used again."""
    changes = freed(begun(*full(bins=20)), bins=range(3, 20))
    laid = changes.lay()
    assert (laid.size, laid.pages, laid.joined) == (3 * PAGE, [], [])
    changes = freed(begun(*full(bins=20)), bins=range(5, 20))
    assert changes.lay().size == 20 * PAGE


def test_what_was_free_at_the_end_before_is_cut_off_too() -> None:
    """The bins behind the ones that this transaction has emptied."""
    changes = begun(*full(bins=10), bin_of(10 * PAGE, size=10 * PAGE))
    changes.space.free_cells(10 * PAGE)  # the bin becomes known
    assert freed(changes, bins=range(2, 10)).lay().size == 2 * PAGE


@pytest.mark.parametrize("head", [(), (-16, b"used"), (16, b"")], ids=["free", "used", "in two"])
def test_what_was_free_at_the_end_need_not_be_known(head: tuple[int, bytes] | tuple[()]) -> None:
    """A bin that another process has emptied, and nobody has walked since; unless it has cells."""
    last = bin_of(10 * PAGE, *([head] if head else []), size=10 * PAGE)
    changes = freed(begun(*full(bins=10), last), bins=range(2, 10))
    assert changes.lay().size == (20 if head else 2) * PAGE


def test_new_cells_go_into_bins_that_were_joined() -> None:
    """And behind a hive that was cut, in a new bin."""
    image = begun(*full(bins=30))
    changes = freed(image, bins=range(2, 12))
    freed(changes, bins=range(13, 30))
    laid = changes.lay()
    after = changes.image.changed(laid.stretches, laid.size)
    changes.done()
    changes.restart(after, changes.bins, changes.space)
    assert changes.add(bytes(20000)) == 2 * PAGE + 32
    assert changes.add(bytes(30000)) == 13 * PAGE + 32
    runs_of_pages = page_runs(changes.lay().pages)
    assert [at for at, _, _ in runs_of_pages] == [2 * PAGE, 13 * PAGE]


def test_an_undone_layout_leaves_the_bins_as_they_were() -> None:
    """The write may fail after it."""
    changes = freed(begun(*full(bins=40)), bins=range(1, 40))
    changes.lay()
    changes.roll_back_level()
    changes.begin()
    assert changes.size == 40 * PAGE
    assert changes.add(b"new") == 40 * PAGE + 32


def test_freed_cells_are_joined_in_any_order() -> None:
    """Cells side by side are one stretch."""
    cells = [packed(96, 32), packed(32, 16), packed(48, 48), packed(256, 8)]
    assert [unpacked(run) for run in runs(cells)] == [(32, 96), (256, 8)]
    assert runs([]) == []


def test_a_cell_that_is_freed_twice_is_damage() -> None:
    """Two keys name it, and one of them may stay."""
    with pytest.raises(CorruptHiveError, match="two deleted keys"):
        runs([packed(32, 16), packed(32, 16)])


def over_another(*, used: bool) -> CellChanges:
    """A bin whose second cell has another one in it, of 504 bytes, in use; it is used or free."""
    payload = bytes(92) + struct.pack("<i", -504)
    return begun(
        bin_of(0, (-1000, b"x"), (-3064 if used else 3064, payload)), *full(first=1, bins=1)
    )


def test_a_cell_that_goes_may_not_lie_in_free_space() -> None:
    """Nor is the bin emptied by it, whose header would be logged twice, in two versions."""
    changes = over_another(used=False)
    changes.free(32)
    changes.free(1128)
    with pytest.raises(CorruptHiveError, match="free already"):
        changes.lay()


def test_cells_that_lie_over_each_other_are_not_laid() -> None:
    """The bin would become longer than it is."""
    changes = over_another(used=True)
    changes.put(1032, b"outer")
    changes.put(1128, b"inner")
    with pytest.raises(CorruptHiveError, match="lies over another"):
        changes.lay()


def test_a_cell_that_goes_with_one_key_may_not_be_changed_by_another() -> None:
    """Two keys have it; the hive may end before it by now."""
    changes = begun(*full(bins=40))
    for number in range(2, 40):
        changes.free(number * PAGE + 32)
    changes.put(39 * PAGE + 32, b"new")
    with pytest.raises(CorruptHiveError, match="belongs to two keys"):
        changes.lay()


def test_a_cell_of_a_bad_size_is_told_with_what_to_do() -> None:
    """Also in a bin that would be emptied but for it."""
    changes = begun(bin_of(0, (-1000, b"x"), (13, b"")), *full(first=1, bins=1))
    changes.free(32)
    with pytest.raises(CorruptHiveError, match="`anyreg repair`"):
        changes.lay()
