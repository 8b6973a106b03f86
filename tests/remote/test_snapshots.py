"""A key of another machine that comes as one file, which is not left there."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.errors import AccessDeniedError, OutcomeUnknownError, RegistryError, RemoteError
from anyreg.registry.key import Key
from anyreg.registry.registry import Registry
from remote.own_server import OwnServer, own_server
from remote.proxy import DelayingProxy
from remote.registries import connected, login, own_cleared, own_ordinary

TOP = r"HKCU\Software\Test"
KEYS = 20
LARGE = bytes(range(256)) * 12_000  # more than is read at a time


@pytest.fixture
def server() -> Iterator[OwnServer]:
    """A server with a filled key, and nothing in its folder behind the test."""
    found = own_server()
    with Registry(own_cleared()) as registry:
        top = registry.create(TOP)
        for at in range(KEYS):
            below = top.create(rf"k{at % 5}\s{at}")
            below.values["text"] = f"text {at}"
            below.values["number"] = at
        top.values["large"] = LARGE
    yield found
    assert list(files(found)) == []


def files(server: OwnServer) -> Iterator[Path]:
    return (server.windows / "Temp").iterdir()


def told(top: Key) -> list[tuple[str, list[object]]]:
    """All that a tree holds, by paths from its top on."""
    start = len(top.names)
    return [("\\".join(step.key.names[start:]), list(step.values)) for step in top.walk()]


def test_it_is_what_the_key_holds(server: OwnServer) -> None:
    """All of it, in few round trips; it can be closed, and the registry goes on."""
    with Registry(connected(login(), server.port)) as registry:
        top = registry.open(TOP)
        before = registry.round_trips
        with top.snapshot() as taken:
            trips = registry.round_trips - before
            assert told(taken) == told(top)
        assert trips <= 12
        with pytest.raises(RegistryError):
            taken.info()
        top.values["new"] = 1
        with top.snapshot() as later, pytest.raises(RegistryError):
            later.values["newer"] = 2  # it is read only
        assert registry.open(TOP).get_int("new") == 1


def test_what_changes_later_is_not_in_it(server: OwnServer) -> None:
    """It is of one moment."""
    with Registry(connected(login(), server.port)) as registry:
        top = registry.open(TOP)
        with top.snapshot() as taken:
            before = told(taken)
            top.delete("k3", recursive=True)
            assert told(taken) == before
            assert told(top) != before


def test_who_may_not_leaves_nothing_there(server: OwnServer) -> None:
    """Neither who has no share, nor who has no privilege."""
    with Registry(own_ordinary()) as registry, pytest.raises(AccessDeniedError):
        registry.open("HKLM").snapshot()


@pytest.mark.parametrize("answers", range(1, 7))  # it takes some more, that come together or not
def test_a_connection_that_breaks_leaves_nothing_there(server: OwnServer, answers: int) -> None:
    """Wherever that happens: the file is deleted by the server, or over another connection."""
    left = [answers]
    with (
        DelayingProxy(server.port, 0) as proxy,
        Registry(connected(login(), proxy.port)) as registry,
    ):
        top = registry.open(TOP)
        top.info()

        def count(frame: bytes) -> bytes:
            left[0] -= 1
            if left[0] == 0:
                proxy.cut()
            return frame

        proxy.tamper = count
        with contextlib.suppress(RemoteError, OutcomeUnknownError):
            top.snapshot().close()
        assert left[0] <= 0
        proxy.tamper = lambda frame: frame
        assert top.open(r"k1\s1").get_int("number") == 1
    end = threading.Event()
    for _ in range(50):  # until smbd has noticed that the connection is gone
        if not list(files(server)):
            break
        end.wait(0.1)


def test_a_registry_here_has_snapshots_too() -> None:
    """A copy of it in memory."""
    with anyreg.open("memory:") as registry:
        top = registry.create(TOP)
        top.create("below").values["v"] = 1
        with top.snapshot() as taken:
            top.open("below").values["v"] = 2
            assert taken.open("below").get_int("v") == 1
