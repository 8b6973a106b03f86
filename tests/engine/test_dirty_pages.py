"""The pages that a checkpoint writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anyreg.engine.dirty_pages import DirtyPages
from anyreg.engine.image import STRETCH, Image, Source, Stretch
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.storage import Storage
from anyreg.regf.layout import BINS_START, PAGE


class Counting(Storage):
    """A file that remembers where something was written, and how much."""

    def __init__(self) -> None:
        self.writes: list[tuple[int, int]] = []

    def write(self, at: int, data: bytes) -> None:
        self.writes.append((at, len(data)))


def page(number: int, pages: int = 1) -> tuple[int, bytes]:
    return number * PAGE, bytes([number + 1]) * (pages * PAGE)


def test_neighbours_are_one_run() -> None:
    """In whichever order they were noted; what lies beyond the end is left out."""
    dirty = DirtyPages()
    assert dirty.runs(100 * PAGE) == []
    dirty.note([page(7), page(3, 2)])
    dirty.note([page(2), page(0)])
    assert [(a // PAGE, b // PAGE) for a, b in dirty.runs(100 * PAGE)] == [(0, 1), (2, 5), (7, 8)]
    assert [(a // PAGE, b // PAGE) for a, b in dirty.runs(4 * PAGE)] == [(0, 1), (2, 4)]
    dirty.clear()
    assert dirty.runs(100 * PAGE) == []


def test_small_stretches_are_joined_until_they_are_large() -> None:
    """So that scattered pages cost few calls; a large one alone is written as it lies."""
    stretches = [Stretch(bytes(PAGE), at * PAGE) for at in range(4)]
    stretches.append(Stretch(bytes(3 * STRETCH), 4 * PAGE))
    image = Image(Source(), 0).changed(stretches, 4 * PAGE + 3 * STRETCH)
    dirty = DirtyPages()
    dirty.note([(0, bytes(image.size))])
    storage = Counting()
    dirty.write(image, storage)
    assert storage.writes == [(BINS_START, 4 * PAGE + 3 * STRETCH)]
    dirty.clear()
    dirty.note([(4 * PAGE, bytes(3 * STRETCH))])
    storage.writes.clear()
    dirty.write(image, storage)
    assert storage.writes == [(BINS_START + 4 * PAGE, 3 * STRETCH)]


def test_what_another_has_failed_to_write_is_written_anew() -> None:
    """And nothing is written in the common way."""

    class Anew(Counting):
        def write_anew(self, at: int, data: bytes) -> None:
            self.writes.append((at, -len(data)))

    dirty, storage = DirtyPages(), Anew()
    dirty.note([(0, bytes(PAGE)), (2 * PAGE, bytes(PAGE))])
    image = Image(Source(), 0).changed([Stretch(bytes(3 * PAGE), 0)], 3 * PAGE)
    dirty.write(image, storage, anew=True)
    assert storage.writes == [(BINS_START, -PAGE), (BINS_START + 2 * PAGE, -PAGE)]


@given(
    st.lists(st.tuples(st.integers(0, 59), st.integers(1, 30)), max_size=8),
    st.integers(1, 60),
)
def test_exactly_the_noted_pages_are_written(changes: list[tuple[int, int]], left: int) -> None:
    """As they are in the newest image; the model is an array."""
    image = Image(Source(), 0).changed([Stretch(bytes(60 * PAGE), 0)], 60 * PAGE)
    model = bytearray(60 * PAGE)
    dirty = DirtyPages()
    for number, (first, count) in enumerate(changes):
        laid = bytes([number + 1]) * (min(count, 60 - first) * PAGE)
        image = image.changed([Stretch(laid, first * PAGE)], image.size)
        dirty.note([(first * PAGE, laid)])
        model[first * PAGE : first * PAGE + len(laid)] = laid
    image = image.changed([], left * PAGE)
    storage = MemoryStorage(bytes(BINS_START + left * PAGE))
    dirty.write(image, storage)
    assert storage.read(BINS_START, 60 * PAGE) == model[: left * PAGE]
