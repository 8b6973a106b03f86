"""One function over many machines."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

from anyreg.fleet.mapping import WORKERS, map_registries
from anyreg.fleet.rows import FleetRow
from anyreg.paths import host_of, split_host
from anyreg.registry.connecting import CONNECT_TIMEOUT, TIMEOUT, connect
from anyreg.registry.registry import Registry

if TYPE_CHECKING:
    from anyreg.registry.journal import JournalSettings

T = TypeVar("T")

Credentials = Callable[[str], tuple[str, str]]
"""Gives the name of a user and a password for a host."""


class ConnectOptions(TypedDict, total=False):
    """What connect() takes besides the host."""

    user: str
    password: str
    domain: str
    protocol: str
    port: int
    encrypt: bool
    connect_timeout: float
    timeout: float
    mode: str
    journal: bool | JournalSettings
    cache: float


def map_hosts(
    hosts: Iterable[str],
    function: Callable[[Registry], T],
    workers: int = WORKERS,
    *,
    credentials: Credentials | None = None,
    limit: float | None = None,
    results: str | os.PathLike[str] | None = None,
    task: str = "",
    retry_failed: bool = True,
    **how: Unpack[ConnectOptions],
) -> Generator[FleetRow[T]]:
    """Call a function with the registry of each of many machines, concurrently.

    A machine that cannot be reached, or refuses, is a row with an error; the others go on.  See
    map_registries for the order of work, and for how it ends.

    Args:
        hosts: Names and addresses, as connect() takes them.
        function: Called with each registry, in several threads at a time; it must not give a Key.
        workers: How many machines are worked on at a time, 1 to 500.
        credentials: Gives the user and the password of each host, in the place of those that are
            the same for all.
        limit: Seconds that one machine may take, connecting included.
        results: A file in which rows are kept; a second run does what is missing.
        task: What the function does, in words; a file with results of another task is refused.
        retry_failed: Do again what the file says has failed.
        how: The user and all else that connect() takes, for all hosts.

    Returns:
        The rows, in the order in which they are done.

    Raises:
        LimitError: So many workers there cannot be.
        RegistryError: The file of results cannot be used; see map_registries.

    Examples:
        >>> for row in map_hosts(["server1", "server2"], work, user="admin"):  # doctest: +SKIP
        ...     print(row.target, row.error or row.value)
    """
    given = within(limit, how)

    def opener(host: str) -> Registry:
        own = given.copy()
        if credentials is not None:
            own["user"], own["password"] = credentials(host)
        return connected(host, own)

    return map_registries(
        hosts,
        function,
        workers,
        opener=opener,
        limit=limit,
        results=results,
        task=task,
        retry_failed=retry_failed,
    )


def within(limit: float | None, how: ConnectOptions) -> ConnectOptions:
    """Options with which no step takes longer than all of them may.

    Args:
        limit: Seconds that all may take; None for any time.
        how: What connect() takes.
    """
    made = how.copy()
    if limit is not None:
        made["connect_timeout"] = min(limit, how.get("connect_timeout", CONNECT_TIMEOUT))
        made["timeout"] = min(limit, how.get("timeout", TIMEOUT))
    return made


def connected(host: str, how: ConnectOptions) -> Registry:
    """The registry of one of many machines; a port that stands with its name is its own.

    Args:
        host: The machine.
        how: What connect() takes, as for all.
    """
    own = how.copy()
    if split_host(host_of(host) or host)[1]:
        own.pop("port", None)
    return connect(host, **own)
