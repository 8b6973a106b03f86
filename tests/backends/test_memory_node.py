"""A key of a hive of dicts, and its return to what it was."""

from __future__ import annotations

from anyreg.backends.memory_node import KeyMoment, MemoryNode
from anyreg.values import Value


def own(key: MemoryNode) -> tuple[object, ...]:
    """What KeyMoment remembers."""
    values = list(key.values.values())
    return key.name, key.last_written, values, key.class_name, key.descriptor, key.is_deleted


def test_all_that_is_its_own_is_put_back() -> None:
    """Whatever of it has changed; its subkeys are no part of that."""
    key = MemoryNode("name", None, "class", b"descriptor", 0)
    key.values = {"A": Value("a", 1, b"")}
    told, before = own(key), KeyMoment(key)
    key.name, key.class_name, key.descriptor, key.last_written = "other", "", b"", 1
    key.values = {}
    key.put("SUB", MemoryNode("sub", key, "", b"", 0))
    key.die()
    assert own(key) != told
    before.put_back()
    assert own(key) == told
    assert [child.name for child in key.in_order()] == ["sub"]


def test_subkeys_are_in_order_after_every_change() -> None:
    """Who has a list of them keeps it as it was."""
    key = MemoryNode("", None, "", b"", 0)
    for name in ("b", "a", "c"):
        key.put(name.upper(), MemoryNode(name, key, "", b"", 0))
    first = key.in_order()
    key.take("B")
    assert [child.name for child in first] == ["a", "b", "c"]
    assert [child.name for child in key.in_order()] == ["a", "c"]
