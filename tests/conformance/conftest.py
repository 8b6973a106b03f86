from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg.backends.base import Backend
from anyreg.values import Node
from conformance.worlds import fresh_key, opened


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """The backend whose name the test module asks for."""
    with opened(request.param, tmp_path) as backend:
        yield backend


@pytest.fixture
def key(world: Backend) -> Node:
    """An empty key of it."""
    return fresh_key(world)
