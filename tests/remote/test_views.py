"""Changes in the view of programs of 32 bits: taken back where they were made, and nowhere else.

A server says of no key where it really stands, so the names of a note say which view they are of.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg import JournalSettings, Registry
from anyreg.backends import ask
from anyreg.backends.base import VIEW_32, VIEW_64
from anyreg.backends.remote.world import RemoteBackend
from anyreg.backends.trees import make
from anyreg.paths import ROOTS
from anyreg.registry.current_registry import backend_of
from anyreg.registry.opening import keep_journal
from anyreg.values import Node, Value
from remote.registries import own_administrator

MACHINE = ROOTS["HKEY_LOCAL_MACHINE"]
TOP, BELOW_32 = r"SOFTWARE\Views", r"SOFTWARE\WOW6432Node\Views"
KEPT = Value("kept", 1, b"")


def find(world: RemoteBackend, path: str) -> Node | None:
    return world.open(world.predefined(MACHINE), path.split("\\"), 0xF003F | VIEW_64)


@pytest.fixture
def world() -> Iterator[RemoteBackend]:
    """With a key of the same name in the view of 64 bits, which must stay as it is."""
    backend = own_administrator()
    _clear(backend)
    above = make(backend, backend.predefined(MACHINE), rf"{TOP}\a")[0]
    backend.write(above, [KEPT])
    yield backend
    found = find(backend, rf"{TOP}\a")
    assert found is not None
    assert backend.values(found) == [KEPT]
    _clear(backend)
    backend.close()


def _clear(backend: RemoteBackend) -> None:
    for path in (TOP, BELOW_32):
        node = find(backend, path)
        if node is not None:
            backend.delete(node, True)


def test_a_transaction_is_taken_back_in_its_view(world: RemoteBackend) -> None:
    """Keys that came, values that were set, a tree that went."""
    gone, _ = make(world, world.predefined(MACHINE), rf"{TOP}\gone\below", VIEW_32)
    world.write(gone, [KEPT])
    world.begin()
    made, _ = make(world, world.predefined(MACHINE), rf"{TOP}\a\b", VIEW_32)
    world.write(made, [Value("new", 1, b"")])
    world.write(gone, [Value("kept", 4, b"1234"), Value("other", 1, b"")])
    top = world.open(world.predefined(MACHINE), [*TOP.split("\\"), "gone"], 0xF003F | VIEW_32)
    assert top is not None
    world.delete(top, True)
    assert find(world, rf"{BELOW_32}\a\b") is not None
    assert find(world, rf"{BELOW_32}\gone") is None
    world.roll_back()
    assert find(world, rf"{BELOW_32}\a") is None
    back = find(world, rf"{BELOW_32}\gone\below")
    assert back is not None
    assert world.values(back) == [KEPT]


def test_a_history_undoes_it_in_its_view(world: RemoteBackend, tmp_path: Path) -> None:
    """Its changes say which view they are of."""
    with Registry(own_administrator()) as registry:
        keep_journal(registry, "//views", "r+", JournalSettings(str(tmp_path)))
        own = backend_of(registry)
        made, _ = make(own, ask.predefined(own, MACHINE), rf"{TOP}\a", VIEW_32)
        own.write(made, [Value("new", 1, b"")])
        journal = registry.journal
        paths = [change.path for entry in journal for change in journal.changes(entry)]
        assert paths
        assert all("32-bit view" in path for path in paths)
        journal.undo(2)
        assert find(world, rf"{BELOW_32}\a") is None
        journal.redo(2)
    back = find(world, rf"{BELOW_32}\a")
    assert back is not None
    assert world.values(back) == [Value("new", 1, b"")]
