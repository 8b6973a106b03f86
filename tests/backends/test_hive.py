"""A hive file behind the verbs of a backend."""

from __future__ import annotations

import pytest

from anyreg.backends.base import KeyFacts
from anyreg.backends.hive import HiveBackend
from anyreg.errors import ClosedError
from hives import family, open_bytes


@pytest.fixture
def backend() -> HiveBackend:
    return HiveBackend(open_bytes(family()[0].build()))


def test_the_verbs_read_the_hive(backend: HiveBackend) -> None:
    """Keys, values, facts."""
    root = backend.root()
    assert [node.name for node in backend.subkeys(root)] == ["A", "B", "C"]
    key = backend.open(root, ["a"])
    assert key is not None
    assert [value.name for value in backend.values(key)] == ["v"]
    value = backend.read(key, "V")
    assert value is not None
    assert value.raw == b"12345678"
    assert backend.info(key) == KeyFacts(0, 1, "", 0x20, key.name, key.last_written)


def test_what_is_not_there_is_none(backend: HiveBackend) -> None:
    """No error: the layer above decides."""
    assert backend.open(backend.root(), ["none"]) is None
    assert backend.read(backend.root(), "none") is None


def test_a_dirty_hive_says_so() -> None:
    """And that no log helped."""
    backend = HiveBackend(open_bytes(family()[0].build(numbers=(2, 1))))
    assert backend.about()["state"] == "dirty"
    assert [problem.what for problem in backend.problems()] == ["dirty, and no log applies"]


def test_a_closed_backend_refuses_its_verbs(backend: HiveBackend) -> None:
    """With the file's name."""
    root = backend.root()
    backend.close()
    backend.close()
    for verb in (backend.root, backend.check, lambda: backend.values(root)):
        with pytest.raises(ClosedError, match="made"):
            verb()
