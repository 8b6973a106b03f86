"""One function over many registries, concurrently.

Each worker is a thread, which takes a target, opens it, calls the function and closes it again.  A
worker that has found something to do starts the next one, so that there are no more than needed.
What goes wrong with one registry is its row, and the others go on; what goes wrong with the
targets, or with the file of results, ends all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from threading import Lock, Thread, current_thread
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

from anyreg.errors import LimitError, RegistryError
from anyreg.fleet.board import Board
from anyreg.fleet.rows import FleetRow, as_json
from anyreg.fleet.visit import Visit
from anyreg.registry.opening import open_registry
from anyreg.registry.registry import Registry

if TYPE_CHECKING:
    from anyreg.fleet.result_file import ResultFile

T = TypeVar("T")

WORKERS: Final = 32
"""How many registries are worked on at a time."""
MOST_WORKERS: Final = 500  # each has a socket: systems and libraries count them up to 1,023
STOPPED: Final = "nobody waits for the result any more"


class _Crew(Generic[T]):
    """The workers of one call."""

    def __init__(
        self,
        targets: Iterable[str],
        workers: int,
        work: Callable[[Visit], T],
        *,
        limit: float | None,
        results: ResultFile | None,
        retry_failed: bool,
    ) -> None:
        self.board: Board[FleetRow[T]] = Board(targets, workers)
        self._most = workers
        self._work = work
        self._limit = limit
        self._results = results
        self._retry_failed = retry_failed
        self._lock = Lock()
        self._threads: list[Thread] = []
        self._visits: set[Visit] = set()

    def start_one(self) -> None:
        """Start a worker, if there are fewer than there may be.

        Raises:
            RegistryError: The system has no thread left, not even for the first.
        """
        with self._lock:
            number = len(self._threads)
            if number >= self._most or self.board.is_stopped:
                return
            thread = Thread(target=self._run, name=f"anyreg fleet {number + 1}", daemon=True)
            self.board.join()
            try:
                thread.start()
            except RuntimeError as error:
                self._most = number
                none = RegistryError(f"no thread can be started: {error}")
                self.board.leave(None if number else none)
                return
            self._threads.append(thread)

    def stop(self, waits: bool) -> None:
        """Let nothing begin any more, and end what is under way.

        Args:
            waits: Return when no worker is left, but one that waits for a target.
        """
        asking = self.board.stop()
        with self._lock:
            threads, visits = list(self._threads), list(self._visits)
        for visit in visits:
            visit.end(STOPPED)
        if waits and current_thread() not in threads:  # as where garbage is collected
            for thread in threads:
                if thread is not asking:
                    thread.join()
        if self._results is not None:
            self._results.close()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            while (target := self.board.next_target()) is not None:
                self.start_one()
                self.board.put(self._row(target))
        except BaseException as failure:  # it is raised where rows are taken
            error = failure
        self.board.leave(error)

    def _row(self, target: str) -> FleetRow[T]:
        kept = self._results.find(target, not self._retry_failed) if self._results else None
        if kept is not None:
            return cast("FleetRow[T]", kept)
        row = self._done(target)
        if self._results is not None and not self.board.is_stopped:
            self._results.append(row)
        return row

    def _done(self, target: str) -> FleetRow[T]:
        visit = Visit(target)
        with self._lock:
            self._visits.add(visit)
        if self.board.is_stopped:  # which the one who has ended all visits did not know of
            visit.end(STOPPED)
        value: T | None = None
        error: Exception | None = None
        begun = monotonic()
        try:
            value = visit.value(self._work, self._limit)
            if self._results is not None:
                value = as_json(value)
        except Exception as failure:  # whatever it is, it is the row of this one
            value, error = None, failure
        finally:
            with self._lock:
                self._visits.discard(visit)
        return FleetRow(target, value, error, monotonic() - begun)


def map_registries(
    targets: Iterable[str | os.PathLike[str]],
    function: Callable[[Registry], T],
    workers: int = WORKERS,
    *,
    opener: Callable[[str], Registry] = open_registry,
    limit: float | None = None,
    results: str | os.PathLike[str] | None = None,
    task: str = "",
    retry_failed: bool = True,
) -> Generator[FleetRow[T]]:
    """Call a function with each of many registries, concurrently.

    Nothing begins before the first row is asked for, and no more than twice `workers` targets are
    taken ahead of the rows that are: neither targets nor rows need to fit into memory.  What goes
    wrong with one is its row.

    Args:
        targets: What is opened; asked for one by one, by threads of this package.
        function: Called with each registry, in several threads at a time; the registry is closed
            behind it.  What it gives must not need the registry any more: no Key.
        workers: How many are worked on at a time, 1 to 500.
        opener: Opens one, open() by default; to write, such as
            `lambda target: anyreg.open(target, "r+")`.
        limit: Seconds that one may take.  Behind them the conversation with another machine is
            ended; a hive, and a function that asks its registry nothing, take their time.
        results: A file in which each row is kept as soon as it is there; values must be what JSON
            has then, and are given as JSON gives them back.  Where the file is there, what was done
            before is not done again: its rows come from the file.
        task: What the function does, in words; a file with results of another task is refused.
        retry_failed: Do again what the file says has failed.

    Returns:
        The rows, in the order in which they are done.  To close() the generator ends all that is
        under way and its threads; so does any error, and Ctrl-C.

    Raises:
        LimitError: So many workers there cannot be.
        AccessDeniedError: Another run has the file.
        ConflictError: The file has the results of another task.
        NotSupportedError: The file is no file of results.

    Examples:
        >>> for row in map_registries(files, lambda hive: hive.root.name):  # doctest: +SKIP
        ...     print(row.target, row.error or row.value)
    """

    def work(visit: Visit) -> T:
        with visit.enter(opener(visit.target)) as registry:
            return function(registry)

    return map_visits(
        (os.fspath(target) for target in targets),
        work,
        workers,
        limit=limit,
        results=results,
        task=task,
        retry_failed=retry_failed,
    )


def map_visits(
    targets: Iterable[str],
    work: Callable[[Visit], T],
    workers: int,
    *,
    limit: float | None,
    results: str | os.PathLike[str] | None,
    task: str,
    retry_failed: bool,
) -> Generator[FleetRow[T]]:
    """As map_registries, for work that opens and closes each registry itself.

    Args:
        targets: What is visited.
        work: Calls enter() of the visit with each registry that it opens.
        workers: As for map_registries, and so are all others.
        limit: See there.
        results: See there.
        task: See there.
        retry_failed: See there.

    Raises:
        LimitError: So many workers there cannot be.
    """
    if not 1 <= workers <= MOST_WORKERS:
        raise LimitError(f"there can be 1 to {MOST_WORKERS} workers, not {workers}")
    file = None if results is None else os.fspath(results)

    def rows() -> Generator[FleetRow[T]]:
        from anyreg.fleet.result_file import ResultFile  # whoever imports anyreg waits for less

        kept = None if file is None else ResultFile(file, task)
        crew = _Crew(targets, workers, work, limit=limit, results=kept, retry_failed=retry_failed)
        waits = True
        try:
            crew.start_one()
            while (row := crew.board.take()) is not None:
                yield row
        except KeyboardInterrupt:
            waits = False  # nobody wants to wait for a machine that does not answer, either
            raise
        finally:
            crew.stop(waits)

    return rows()
