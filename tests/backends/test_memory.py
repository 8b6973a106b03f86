"""A hive of dicts, which the other backends are held to."""

from __future__ import annotations

import pytest

from anyreg.backends.memory import MemoryBackend
from anyreg.backends.trees import make
from anyreg.errors import KeyDeletedError, KeyExistsError, TransactionError, VolatileParentError
from anyreg.regf.layout import KEY_VOLATILE
from anyreg.values import Node, Value


@pytest.fixture
def hive() -> MemoryBackend:
    return MemoryBackend()


def names(hive: MemoryBackend, node: Node) -> list[str]:
    return [child.name for child in hive.subkeys(node)]


def test_keys_are_sorted_as_windows_sorts_them(hive: MemoryBackend) -> None:
    """By upper-case unit, whatever the order of making."""
    for name in ("b", "[", "A", "_"):
        make(hive, hive.root(), name)
    assert names(hive, hive.root()) == ["A", "b", "[", "_"]


def test_values_keep_their_order_and_first_spelling(hive: MemoryBackend) -> None:
    """Setting one again changes its data, not its place."""
    root = hive.root()
    hive.write(root, [Value("z", 1, b""), Value("a", 1, b"")])
    hive.write(root, [Value("Z", 4, b"1234")])
    assert hive.values(root) == [Value("z", 4, b"1234"), Value("a", 1, b"")]


def test_the_same_data_again_changes_no_time(hive: MemoryBackend) -> None:
    """As in Windows."""
    root = hive.root()
    hive.write(root, [Value("a", 1, b"")])
    before = root.last_written
    hive.write(root, [Value("A", 1, b"")])
    assert root.last_written == before


def test_make_says_whether_it_made_the_key(hive: MemoryBackend) -> None:
    """And makes the parents."""
    node, made = make(hive, hive.root(), r"a\b\c", class_name="x")
    assert made
    assert hive.names(node) == ["a", "b", "c"]
    assert hive.info(node).class_name == "x"
    assert make(hive, hive.root(), r"A\B\C") == (node, False)


def test_a_deleted_key_is_dead_with_all_below(hive: MemoryBackend) -> None:
    """Its handles say so."""
    below, _ = make(hive, hive.root(), r"a\b")
    above = hive.open(hive.root(), ["a"])
    assert above is not None
    hive.delete(above, True)
    assert not hive.is_alive(below)
    with pytest.raises(KeyDeletedError):
        hive.values(below)


def test_rolling_back_undoes_every_change(hive: MemoryBackend) -> None:
    """Names, values and their order, classes, descriptors, keys that came and went."""
    kept, _ = make(hive, hive.root(), "kept")
    hive.write(kept, [Value("1", 1, b""), Value("2", 1, b"")])
    time = kept.last_written
    hive.begin()
    hive.remove(kept, "1")
    hive.write(kept, [Value("1", 3, b"x")])
    hive.rename(kept, "other")
    hive.set_class(kept, "class")
    hive.set_security(kept, b"descriptor")
    made, _ = make(hive, kept, "made")
    hive.delete(kept, True)
    hive.roll_back()
    assert names(hive, hive.root()) == ["kept"]
    assert hive.values(kept) == [Value("1", 1, b""), Value("2", 1, b"")]
    assert (hive.info(kept).class_name, kept.last_written) == ("", time)
    assert hive.security(kept) == hive.security(hive.root())
    assert not hive.is_alive(made)


def test_a_savepoint_is_undone_alone(hive: MemoryBackend) -> None:
    """What was done around it stays."""
    hive.begin()
    make(hive, hive.root(), "outer")
    hive.begin()
    make(hive, hive.root(), "inner")
    hive.roll_back()
    hive.commit(False)
    assert names(hive, hive.root()) == ["outer"]
    with pytest.raises(TransactionError):
        hive.commit(False)


def test_a_stable_key_cannot_stand_below_a_volatile_one(hive: MemoryBackend) -> None:
    """A volatile one can; one that exists is opened whatever is asked for."""
    top, _ = make(hive, hive.root(), "top", volatile=True)
    with pytest.raises(VolatileParentError) as caught:
        make(hive, top, "stable")
    assert caught.value.winerror == 1021
    below, _ = make(hive, top, "below", volatile=True)
    assert hive.flags(below) & KEY_VOLATILE
    assert make(hive, top, "below") == (below, False)


def test_a_link_is_made_once(hive: MemoryBackend) -> None:
    """In a hive alone it is a key like any other."""
    make(hive, hive.root(), "link", link=True)
    with pytest.raises(KeyExistsError):
        make(hive, hive.root(), "link", link=True)
