"""Values: their list, their records, and their data in each of its forms."""

from __future__ import annotations

import pytest

from anyreg.engine.writable import WritableHive
from anyreg.errors import LimitError
from anyreg.values import Value
from crash.made import Made, editing, got, put

SEGMENT = 16344
SIZES = (0, 1, 3, 4, 5, 100, 4000, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 60_000)


def rows(hive: WritableHive) -> list[tuple[str, int, bytes]]:
    return [(row.name, row.type, row.raw) for row in hive.tree.records(hive.tree.root())]


@pytest.mark.parametrize("minor", [3, 5])
def test_data_of_each_form_becomes_data_of_each_other(minor: int) -> None:
    """Inline, in a cell, in segments or in one large cell."""
    hive = Made(minor).hive()
    for before in SIZES:
        for after in SIZES:
            put(hive, b"b" * before)
            put(hive, b"a" * after)
            assert got(hive) == b"a" * after


def test_values_stand_in_the_order_they_were_made() -> None:
    """Changing one keeps its place and its spelling."""
    hive = Made().hive()
    for name in ("b", "A", "", "größe"):
        put(hive, b"1", name)
    put(hive, b"22222", "GRÖßE")
    with editing(hive) as editor:
        assert editor.remove_value(editor.tree.root().cell, "a")
        assert not editor.remove_value(editor.tree.root().cell, "a")
    put(hive, b"3", "a")
    assert [(name, raw) for name, _, raw in rows(hive)] == [
        ("b", b"1"),
        ("", b"1"),
        ("größe", b"22222"),
        ("a", b"3"),
    ]


def test_the_last_value_takes_the_list_with_it() -> None:
    """And a new one is made when it is wanted."""
    hive = Made().hive()
    put(hive, b"12345")
    with editing(hive) as editor:
        editor.remove_value(editor.tree.root().cell, "v")
    assert rows(hive) == []
    put(hive, b"again")
    assert got(hive) == b"again"


def test_many_values_at_once_are_as_one_by_one() -> None:
    """New ones, old ones, and one name twice: the last counts, in the first one's place."""
    hive = Made().hive()
    put(hive, b"old", "b")
    values = [Value("A", 1, b"1"), Value("B", 4, b"22222"), Value("a", 3, b"3"), Value("c", 3, b"")]
    with editing(hive) as editor:
        root = editor.tree.root().cell
        assert editor.set_values(root, values)
        assert not editor.set_values(root, [Value("C", 3, b""), Value("a", 3, b"3")])
        assert not editor.set_values(root, [])
    assert rows(hive) == [("b", 4, b"22222"), ("A", 3, b"3"), ("c", 3, b"")]


def test_setting_the_same_again_changes_nothing() -> None:
    """Another type does, with the same bytes."""
    hive = Made().hive()
    with editing(hive) as editor:
        root = editor.tree.root().cell
        assert editor.set_value(root, Value("v", 1, b"12345"))
        assert not editor.set_value(root, Value("V", 1, b"12345"))
        assert editor.set_value(root, Value("v", 2, b"12345"))
    assert rows(hive) == [("v", 2, b"12345")]


def test_data_much_smaller_than_its_cell_moves() -> None:
    """Or a hive would never shrink inside."""
    hive = Made().hive()
    put(hive, bytes(3000))
    put(hive, bytes(10), "w")
    size = hive.image.size
    put(hive, bytes(100))
    put(hive, bytes(2500), "w")
    assert hive.image.size == size


def test_overwriting_does_not_let_the_hive_grow() -> None:
    """By at most one bin, however often."""
    hive = Made().hive()
    put(hive, bytes(100))
    size = hive.image.size
    for number in range(300):
        put(hive, bytes([number % 256]) * 100)
    assert hive.image.size <= size + 4096


def test_limits_are_looked_at_before_anything_changes() -> None:
    """Of names, and of data."""
    hive = Made(3).hive()
    with editing(hive) as editor:
        root = editor.tree.root().cell
        with pytest.raises(LimitError, match="16384"):
            editor.set_values(root, [Value("fine", 3, b""), Value("n" * 16384, 3, b"")])
        assert editor.set_value(root, Value("n" * 16383, 3, b"fits"))
    assert [name for name, _, _ in rows(hive)] == ["n" * 16383]
