from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg.backends.base import Backend
from anyreg.values import Node
from conformance.lacks import REMOTE, SAMBA, WINDOWS, WINE, WINE_FOR_SOMEBODY
from conformance.worlds import fresh_key, lack, opened

LACKING = {
    "live": (("Windows", WINDOWS), ("Wine", WINE)),
    "live, as somebody": (
        ("Windows", WINDOWS),
        ("Wine", {name: why for name, why in WINE.items() if name != "test_new_keys_inherit"}),
        ("Wine", WINE_FOR_SOMEBODY),
    ),
    "remote": (("the protocol", REMOTE), ("Samba", SAMBA)),
    "remote of our own": (("the protocol", REMOTE),),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what live and remote registries cannot do."""
    for item in items:
        params = getattr(item, "callspec", None)
        kind = str(params.params.get("world", "")) if params else ""
        for who, lacks in LACKING.get(kind, ()):
            for name, why in lacks.items():
                if item.name.startswith(name if "[" in name else f"{name}["):
                    item.add_marker(pytest.mark.xfail(reason=f"{who}: {why}", strict=True))


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """The backend whose name the test module asks for, if it has what the test needs."""
    for marker in request.node.iter_markers("needs"):
        reason = lack(request.param, marker.args[0])
        if reason:
            pytest.skip(reason)
    with opened(request.param, tmp_path) as backend:
        yield backend


@pytest.fixture
def key(world: Backend) -> Node:
    """An empty key of it."""
    return fresh_key(world)
