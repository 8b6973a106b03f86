"""One function over many registries: rows, failures, order of work, memory, and an end to it."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import FleetRow, Registry, map_registries
from anyreg.backends.memory import MemoryBackend
from anyreg.errors import AccessDeniedError, LimitError, NotFoundError, NotHiveError

WAIT = 60.0  # seconds, for what comes at once as a rule


def names(count: int) -> Iterator[str]:
    return (f"host{number:03}" for number in range(count))


def blank(target: str) -> Registry:
    """A new registry in memory, whatever it is called: the smallest that there is."""
    return Registry(MemoryBackend())


def threads() -> set[str]:
    return {one.name for one in threading.enumerate() if one.name.startswith("anyreg fleet")}


def all_end() -> bool:
    """Whether all workers end; nobody waits for one that asks for a target at that moment."""
    end = time.monotonic() + WAIT
    while threads() and time.monotonic() < end:
        time.sleep(0.005)
    return not threads()


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    yield
    assert all_end()


def test_each_hive_is_a_row(tmp_path: Path) -> None:
    """With the value of the function, or with the error; none is lost."""
    files = []
    for number in range(5):
        files.append(tmp_path / f"{number}.hiv")
        with anyreg.open(files[-1], "x") as hive:
            hive.write("Key", "number", number)
    (tmp_path / "text").write_text("no hive")
    files += [tmp_path / "text", tmp_path / "missing"]
    rows = {
        row.target: row for row in map_registries(files, lambda hive: hive.read("Key", "number"))
    }
    assert [rows[str(file)].value for file in files] == [0, 1, 2, 3, 4, None, None]
    assert isinstance(rows[str(tmp_path / "text")].error, NotHiveError)
    assert isinstance(rows[str(tmp_path / "missing")].error, NotFoundError)
    assert all(row.error is None for row in rows.values() if row.value is not None)
    assert all(row.seconds > 0 and not row.is_kept for row in rows.values())


def test_an_error_of_the_function_is_the_row_of_its_host() -> None:
    """Of whatever class it is; the others go on."""

    found = iter([1, None, 1])

    def odd(registry: Registry) -> int:
        return [1][0 if next(found) else 1]

    rows = list(map_registries(names(3), odd, 1, opener=blank))
    assert [row.value for row in rows] == [1, None, 1]
    assert isinstance(rows[1].error, IndexError)


def test_so_many_are_worked_on_at_a_time_as_there_are_workers() -> None:
    """All of them, since each waits until the others have come; and never more."""
    together, at_work, most = threading.Barrier(8), set[int](), 0
    lock = threading.Lock()

    def meet(registry: Registry) -> None:
        nonlocal most
        with lock:
            at_work.add(id(registry))
            most = max(most, len(at_work))
        together.wait(WAIT)
        with lock:
            at_work.discard(id(registry))

    rows = list(map_registries(names(200), meet, 8, opener=blank))
    assert [row.error for row in rows if row.error] == []
    assert sorted(row.target for row in rows) == list(names(200))
    assert most == 8


def test_no_more_workers_are_started_than_there_is_work() -> None:
    """Two hosts, two threads and perhaps one that finds nothing."""
    seen: set[str] = set()
    rows = map_registries(names(2), lambda _: seen.update(threads()), 100, opener=blank)
    assert len(list(rows)) == 2
    assert len(seen) <= 3


def test_nobody_is_far_ahead_of_who_takes_the_rows() -> None:
    """Hosts without end: as many are asked for as are taken, and twice the workers."""
    asked = opened = 0

    def endless() -> Iterator[str]:
        nonlocal asked
        while True:
            asked += 1
            yield str(asked)

    rows = map_registries(endless(), lambda _: None, 5, opener=blank)
    assert asked == 0
    for taken in range(1, 101):
        next(rows)
        opened = max(opened, asked - taken)
    time.sleep(0.05)
    assert asked <= 100 + 2 * 5 + 1
    assert opened <= 2 * 5 + 1
    rows.close()


def test_rows_come_as_they_are_done() -> None:
    """The first is there while another host is still waited for, and more are to be named."""
    goes_on = threading.Event()

    def slow() -> Iterator[str]:
        yield "waits"
        yield "quick"
        goes_on.wait(WAIT)
        yield "last"

    def work(registry: Registry) -> str:
        name = str(registry.read("Key", "name"))
        if name == "waits":
            goes_on.wait(WAIT)
        return name

    def named(target: str) -> Registry:
        registry = blank(target)
        registry.write("Key", "name", target)
        return registry

    rows = map_registries(slow(), work, 3, opener=named)
    assert next(rows).value == "quick"
    goes_on.set()
    assert {row.value for row in rows} == {"waits", "last"}


def test_closing_the_rows_ends_the_workers() -> None:
    """Also where nobody closes them: with the last reference."""
    rows = map_registries(names(1000), lambda _: None, 4, opener=blank)
    next(rows)
    assert threads()
    rows.close()
    assert all_end()
    rows = map_registries(names(1000), lambda _: None, 4, opener=blank)
    next(rows)
    del rows
    gc.collect()
    assert all_end()


def test_nobody_waits_for_hosts_that_do_not_come() -> None:
    """As from a terminal where nothing is typed: the worker that waits there ends with it."""
    comes = threading.Event()

    def typed() -> Iterator[str]:
        yield "first"
        comes.wait(WAIT)
        yield "second"

    rows = map_registries(typed(), lambda _: None, 4, opener=blank)
    assert next(rows).target == "first"
    begun = time.monotonic()
    rows.close()
    assert time.monotonic() - begun < WAIT / 2
    assert len(threads()) == 1
    comes.set()
    assert all_end()


def test_every_registry_is_closed() -> None:
    """Behind a function that fails, and where nobody takes the rest."""
    opened: list[Registry] = []

    def kept(target: str) -> Registry:
        opened.append(blank(target))
        return opened[-1]

    rows = map_registries(names(50), lambda registry: registry.open("nowhere"), 4, opener=kept)
    assert isinstance(next(rows).error, NotFoundError)
    rows.close()
    for registry in opened:
        with pytest.raises(anyreg.ClosedError):
            registry.root.info()


def test_what_the_hosts_raise_is_raised_behind_the_rows() -> None:
    """Those that have begun are done; nothing is lost."""

    def broken() -> Iterator[str]:
        yield "a"
        yield "b"
        raise ZeroDivisionError

    rows = map_registries(broken(), lambda _: None, 4, opener=blank)
    assert sorted([next(rows).target, next(rows).target]) == ["a", "b"]
    with pytest.raises(ZeroDivisionError):
        next(rows)


def test_an_end_of_the_program_that_a_function_asks_for_ends_all() -> None:
    """SystemExit is no failure of a host."""

    def leave(registry: Registry) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        list(map_registries(names(100), leave, 4, opener=blank))


def test_what_is_opened_too_late_is_not_worked_on() -> None:
    """Its row says so, and its registry is closed; who is in time has a value."""
    opened: list[Registry] = []

    def late(target: str) -> Registry:
        opened.append(blank(target))
        while any(isinstance(thread, threading.Timer) for thread in threading.enumerate()):
            time.sleep(0.01)
        return opened[-1]

    (row,) = map_registries(names(1), lambda _: 1, opener=late, limit=0.01)
    assert str(row.error) == "not done after 0.01 s: host000"
    with pytest.raises(anyreg.ClosedError):
        opened[0].root.info()
    (row,) = map_registries(names(1), lambda _: 1, opener=blank, limit=WAIT)
    assert row.value == 1


@pytest.mark.parametrize("count", [0, -1, 501])
def test_there_is_a_worker_and_not_too_many(count: int) -> None:
    """It is said before anything begins."""
    with pytest.raises(LimitError, match="1 to 500 workers"):
        map_registries(names(1), lambda _: None, count)


def test_a_second_run_does_what_is_missing_or_has_failed(tmp_path: Path) -> None:
    """What was done comes from the file, with the same rows."""
    file = tmp_path / "rows.jsonl"
    calls: list[str] = []
    broken = {"host001", "host003"}

    def opener(target: str) -> Registry:
        calls.append(target)
        if target in broken:
            raise AccessDeniedError("no", path=target)
        return blank(target)

    def pair(registry: Registry) -> object:
        return 1, "two"

    def run(count: int, retry: bool = True) -> dict[str, FleetRow[object]]:
        calls.clear()
        rows = map_registries(names(count), pair, opener=opener, results=file, retry_failed=retry)
        return {row.target: row for row in rows}

    first = run(4)
    assert first["host000"].value == [1, "two"]
    again = run(6, retry=False)
    assert sorted(calls) == ["host004", "host005"]
    assert str(again["host001"].error) == "no: host001"
    assert isinstance(again["host001"].error, anyreg.EarlierError)
    assert again["host001"].error.kind == "AccessDeniedError"
    assert again["host001"].error.winerror == 5
    broken.clear()
    third = run(6)
    assert sorted(calls) == ["host001", "host003"]
    assert [third[name].value for name in names(6)] == [[1, "two"]] * 6
    assert third["host000"].is_kept
    assert not third["host001"].is_kept
    run(6)
    assert calls == []


def test_what_was_done_before_an_end_in_the_middle_is_kept(tmp_path: Path) -> None:
    """Also rows that nobody has taken; each host is done once in the end."""
    file = tmp_path / "rows.jsonl"
    calls: list[str] = []

    def opener(target: str) -> Registry:
        calls.append(target)
        return blank(target)

    for _ in range(60):
        rows = map_registries(names(60), lambda _: None, 3, opener=opener, results=file)
        seen = 0
        for row in rows:
            seen += not row.is_kept
            if seen == 5:
                break
        else:
            break
        rows.close()
    rows = map_registries(names(60), lambda _: None, 3, opener=opener, results=file)
    assert sum(row.is_kept for row in rows) == 60
    assert len(calls) <= 60 + 3 * 12


def test_what_json_has_not_is_a_row_that_says_so(tmp_path: Path) -> None:
    """Bytes, for example; without a file they are given as they are."""
    rows = list(map_registries(["a"], lambda _: b"x", opener=blank, results=tmp_path / "rows"))
    assert isinstance(rows[0].error, anyreg.ValueTypeError)
    assert [row.value for row in map_registries(["a"], lambda _: b"x", opener=blank)] == [b"x"]
