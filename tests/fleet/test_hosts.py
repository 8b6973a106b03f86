"""Many machines: as many addresses of loopback as one Samba serves, behind a slow network."""

from __future__ import annotations

import inspect
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

import anyreg
from anyreg import Registry, connect, map_hosts
from anyreg.errors import AccessDeniedError, RemoteError
from anyreg.fleet.hosts import ConnectOptions, within
from fleet.delays import DelayedHosts, addresses, black_hole
from remote.smbd import ADMINISTRATOR, HOST, ORDINARY, PASSWORD, free_port, server

DELAY = 0.01  # one way: 20 ms to an answer
PATH = r"HKLM\SOFTWARE\Microsoft"


def roots(registry: Registry) -> list[str]:
    return sorted(registry.root.subkeys)


def how(port: int = 0, connect_timeout: float = 120, mode: str = "r") -> ConnectOptions:
    """As an administrator, with limits that a busy machine does not reach."""
    return ConnectOptions(
        user=ADMINISTRATOR,
        password=PASSWORD,
        protocol="ntlm",
        port=port,
        connect_timeout=connect_timeout,
        timeout=120,
        mode=mode,
    )


def warm() -> int:
    """The server's port, behind the start of all its workers.

    Samba starts up to five for the registry. Clients that come while they are being started wait
    until another one leaves: a test in which none leaves before all have come would wait for ever.
    """
    port = server().port
    with ExitStack() as held:
        for _ in range(6):
            held.enter_context(connect(HOST, **how(port))).root.info()
    return port


def network_threads() -> list[str]:
    marks = ("msg_worker", "anyreg fleet")
    return [one.name for one in threading.enumerate() if one.name.startswith(marks)]


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    """No thread of a worker or of a connection."""
    yield
    end = time.monotonic() + 30
    while network_threads() and time.monotonic() < end:
        time.sleep(0.05)
    assert network_threads() == []


def test_options_are_those_of_connect() -> None:
    """All of them, and no other."""
    takes = set(inspect.signature(connect).parameters) - {"host"}
    assert set(ConnectOptions.__annotations__) == takes


def test_no_step_takes_longer_than_all_may() -> None:
    """And none takes longer than without a limit."""
    assert within(None, how(connect_timeout=7)) == how(connect_timeout=7)
    found = within(5, {})
    assert (found["connect_timeout"], found["timeout"]) == (5, 5)
    found = within(600, {})
    assert (found["connect_timeout"], found["timeout"]) == (10, 60)
    assert within(600, how(connect_timeout=120)) == how(connect_timeout=120)


def test_many_hosts_are_asked_concurrently() -> None:
    """As many as there are workers: each waits for the others; and no connection stays."""
    hosts = addresses(40)
    together = threading.Barrier(10)

    def meet(registry: Registry) -> list[str]:
        together.wait(120)
        return roots(registry)

    with DelayedHosts((HOST, warm()), hosts, DELAY) as network:
        rows = list(map_hosts(hosts, meet, 10, **how(network.port)))
        assert [row.error for row in rows if row.error] == []
        assert sorted(row.target for row in rows) == sorted(hosts)
        assert all("HKEY_LOCAL_MACHINE" in (row.value or []) for row in rows)
        assert all(row.seconds >= 6 * 2 * DELAY for row in rows)
        assert network.count == 40
        assert network.most >= 10
        end = time.monotonic() + 30
        while network.open_now and time.monotonic() < end:
            time.sleep(0.05)
        assert network.open_now == 0


@pytest.mark.long
def test_two_hundred_hosts_take_the_memory_of_those_that_are_open() -> None:
    """Behind a first round, in which modules are loaded, no more is used in the end."""
    hosts = addresses(200)
    with DelayedHosts((HOST, server().port), hosts, DELAY) as network:
        for _ in map_hosts(hosts[:20], roots, 10, **how(network.port)):
            pass
        tracemalloc.start()
        try:
            count, middle = 0, 0
            for row in map_hosts(hosts, roots, 10, **how(network.port)):
                count += row.error is None
                if count == 50:
                    middle = tracemalloc.get_traced_memory()[0]
            end = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        assert count == 200
        assert end - middle < 2_000_000


def test_each_failure_is_the_row_of_its_host() -> None:
    """Refused, silent, unknown, with a wrong password; and those that are fine."""
    port = warm()
    with black_hole("127.77.9.9") as silent:
        where = {
            f"{HOST}:{port}": "",
            f"{HOST}:{free_port()}": "connecting failed",
            f"127.77.9.9:{silent}": "connecting failed",
            "no-such-host.invalid": "connecting failed",
            f"localhost:{port}": "password is wrong",
            "not a host": "a host is NAME",
        }

        def credentials(host: str) -> tuple[str, str]:
            return ADMINISTRATOR, "n0t-the-0ne" if host.startswith("localhost") else PASSWORD

        rows = list(map_hosts(where, roots, 6, credentials=credentials, **how(connect_timeout=10)))
    assert {row.target for row in rows} == set(where)
    for row in rows:
        if where[row.target]:
            assert isinstance(row.error, anyreg.RegistryError)
            assert where[row.target] in str(row.error), row
            assert row.value is None
        else:
            assert row.error is None
            assert row.value
    shown = "".join(map(repr, rows)) + "".join(str(row.error) for row in rows)
    assert "n0t-the-0ne" not in shown
    assert PASSWORD not in shown


def test_a_machine_that_takes_too_long_is_left_behind_its_limit() -> None:
    """In the middle of a call; the error names the limit."""

    def endless(registry: Registry) -> None:
        while True:
            registry.read(PATH, "any", default=b"")

    with DelayedHosts((HOST, server().port), addresses(1), DELAY) as network:
        (row,) = map_hosts(addresses(1), endless, limit=5, **how(network.port))
    assert isinstance(row.error, RemoteError)
    assert "not done after 5 s: 127.77.0.1" in str(row.error)
    assert 5 <= row.seconds < 60


def test_closing_the_rows_ends_conversations() -> None:
    """Who waits for an answer gets an error at once, and not when its time is over."""
    hosts = addresses(8)
    waiting = threading.Barrier(5)
    errors: list[Exception] = []

    def endless(registry: Registry) -> None:
        if registry.about()["host"] == hosts[0]:
            return
        waiting.wait(60)
        try:
            while True:
                registry.read(PATH, "any", default=b"")
        except Exception as error:
            errors.append(error)
            raise

    with DelayedHosts((HOST, warm()), hosts, DELAY) as network:
        rows = map_hosts(hosts, endless, 4, **how(network.port))
        assert next(rows).target == hosts[0]
        waiting.wait(60)
        rows.close()
        assert len(errors) == 4
        assert all(isinstance(error, RemoteError) for error in errors)


def test_credentials_may_be_different_for_each_host() -> None:
    """A user who may write, and one who may not; one behind the other, in a key of one server."""
    users = {HOST: ADMINISTRATOR, "localhost": ORDINARY}

    def credentials(host: str) -> tuple[str, str]:
        return users[host], PASSWORD

    def work(registry: Registry) -> object:
        registry.write(r"HKCU\Software\Fleet", "name", "x")
        return registry.read(r"HKCU\Software\Fleet", "name")

    given = how(server().port, mode="r+")
    found = map_hosts(users, work, 1, credentials=credentials, **given)
    rows = {row.target: row for row in found}
    assert isinstance(rows["localhost"].error, AccessDeniedError), rows
    assert rows[HOST].value == "x"
