"""Watching from tasks of an event loop: asyncio's, and trio's through anyio."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

import anyreg
from anyreg import NotSupportedError, Registry
from anyreg.registry.async_watch import AsyncWatch
from anyreg.registry.watch import Batch
from open_handles import counts_handles, handles_open

SOON = 30.0
ON_TRIO = pytest.mark.skipif(
    not (find_spec("anyio") and find_spec("trio")), reason="needs anyio and trio"
)
ITS_LOOP = pytest.mark.wine_lacks("what the loop of trio asks of a socket")
Body = Callable[[], Awaitable[Any]]
Run = Callable[[Body], Any]


def run_asyncio(body: Body) -> Any:
    """Run a test in a loop of asyncio, which may leave no task behind."""

    async def main() -> Any:
        result = await asyncio.wait_for(body(), SOON)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1
        return result

    return asyncio.run(main())


def run_trio(body: Body) -> Any:
    """Run a test in trio."""
    import trio

    async def main() -> Any:
        with trio.fail_after(SOON):
            return await body()

    return trio.run(main)


@pytest.fixture(params=["asyncio", pytest.param("trio", marks=(ON_TRIO, ITS_LOOP))])
def run(request: pytest.FixtureRequest) -> Run:
    """What runs a test in each loop."""
    return run_asyncio if request.param == "asyncio" else run_trio


async def sleep(seconds: float) -> None:
    """Sleep in whatever loop."""
    if is_asyncio():
        await asyncio.sleep(seconds)
    else:
        import trio

        await trio.sleep(seconds)


def is_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def cancelled_after(seconds: float, body: Body) -> bool:
    """Cancel what runs too long; whether that was so."""
    if is_asyncio():
        task = asyncio.ensure_future(body())
        await asyncio.sleep(seconds)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return True
        return False
    import trio

    with trio.move_on_after(seconds) as scope:
        await body()
    return bool(scope.cancelled_caught)  # which has no type where trio is not installed


async def together(*bodies: Body) -> None:
    """Run several tasks."""
    if is_asyncio():
        async with asyncio.TaskGroup() as group:
            for body in bodies:
                group.create_task(_started(body))
        return
    import trio

    async with trio.open_nursery() as nursery:
        for body in bodies:
            nursery.start_soon(body)


async def _started(body: Body) -> None:
    await body()


@pytest.fixture
def hive(tmp_path: Path) -> Iterator[Registry]:
    """A new hive; it must be sound in the end, and nothing may be left of any watch."""
    with anyreg.open(tmp_path / "HIVE", "x") as registry:
        yield registry
        assert registry.check() == []
        gc.collect()
        until = monotonic() + SOON
        while any(one.name == "anyreg files" for one in threading.enumerate()):
            assert monotonic() < until  # it is not waited for while it is busy
            time.sleep(0.005)


def numbers(batch: Batch) -> list[object]:
    """The data that a batch has set."""
    return [change.after.data for change in batch if isinstance(change.after, anyreg.Value)]


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Work in another thread."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_changes_of_another_thread_come_in_order(run: Run, hive: Registry) -> None:
    """One batch a transaction."""

    async def body() -> list[object]:
        found: list[object] = []
        async with hive.root.awatch() as watch:

            def work() -> None:
                for number in range(50):
                    hive.write("A", "n", number)

            thread = in_thread(work)
            async for batch in watch:
                found += numbers(batch)
                assert batch.transactions == 1
                if len(found) == 50:
                    break
            thread.join()
        return found

    assert run(body) == list(range(50))


def test_changes_of_another_process_come(run: Run, tmp_path: Path) -> None:
    """Woken by the system."""
    script = (
        "import sys, anyreg\nwith anyreg.open(sys.argv[1], 'r+') as hive: hive.write('A', 'n', 7)"
    )
    file = tmp_path / "HIVE"

    async def body() -> list[object]:
        with anyreg.open(file, "x") as hive:
            async with hive.root.awatch() as watch:
                process = subprocess.Popen([sys.executable, "-c", script, file])
                found = numbers(await anext(watch))
                while process.poll() is None:
                    await sleep(0.01)
        return found

    assert run(body) == [7]


def test_nothing_is_missed_before_the_iteration_begins(run: Run, hive: Registry) -> None:
    """It counts from the call on, also from one without any loop."""
    early = hive.root.awatch()
    hive.write("", "n", 1)

    async def body() -> list[object]:
        async with early as watch:
            return numbers(await anext(watch))

    assert run(body) == [1]


def test_it_ends_after_a_time_without_changes(run: Run, hive: Registry) -> None:
    """Each batch gives it as much time again."""

    async def body() -> int:
        async with hive.root.awatch(timeout=0.1) as watch:
            hive.write("", "n", 1)
            return len([batch async for batch in watch])

    assert run(body) == 1


def test_changes_within_a_time_are_one_batch(run: Run, hive: Registry) -> None:
    """As with watch()."""

    async def body() -> list[tuple[int, list[object]]]:
        found = []
        async with hive.root.awatch(debounce=1.0, timeout=0.5) as watch:
            hive.write("", "n", 0)

            def work() -> None:
                for number in range(1, 5):
                    hive.write("", "n", number)

            thread = in_thread(work)
            async for batch in watch:
                found.append((batch.transactions, numbers(batch)))
            thread.join()
        return found

    assert run(body) == [(5, [0, 1, 2, 3, 4])]


@pytest.mark.parametrize("debounce", [0.0, 0.2])
def test_a_cancelled_task_loses_nothing(run: Run, hive: Registry, debounce: float) -> None:
    """Wherever it waits, for a change or for further ones; another goes on."""
    watch = hive.root.awatch(debounce=debounce)

    async def wait() -> None:
        await anext(watch)

    async def body() -> list[object]:
        assert await cancelled_after(0.05, wait)
        found: list[object] = []
        hive.write("", "n", 1)
        if debounce:
            assert await cancelled_after(0.05, wait)
        async with watch:
            found += numbers(await anext(watch))
        return found

    assert run(body) == [1]


def test_cancelled_at_any_moment_while_changes_come(run: Run, hive: Registry) -> None:
    """Each change comes once, and in order."""
    total = 200
    found: list[object] = []
    watch = hive.root.awatch()

    async def take() -> None:
        async for batch in watch:
            found.extend(numbers(batch))

    async def body() -> None:
        def work() -> None:
            for number in range(total):
                hive.write("", "n", number)

        thread = in_thread(work)
        for step in count():
            await cancelled_after(step % 7 / 5000, take)
            if len(found) >= total:
                break
        thread.join()
        watch.close()

    run(body)
    assert found == list(range(total))


def events() -> list[Any]:
    return [pytest.param("thread"), pytest.param("loop")]


@pytest.mark.parametrize("kind", events())
def test_an_event_ends_it(run: Run, hive: Registry, kind: str) -> None:
    """One of threading, or one of the loop; also one that is set already."""

    def event() -> Any:
        if kind == "thread":
            return threading.Event()
        if is_asyncio():
            return asyncio.Event()
        import trio

        return trio.Event()

    async def body() -> None:
        stop = event()

        async def wait() -> None:
            async with hive.root.awatch(stop=stop) as watch:
                assert [batch async for batch in watch] == []

        async def end() -> None:
            await sleep(0.05)
            stop.set()

        await together(wait, wait, end)
        await wait()
        if kind == "thread":
            assert not stop._cond._waiters

    run(body)


def test_an_event_set_by_another_thread_ends_it(run: Run, hive: Registry) -> None:
    """Without anybody looking at it."""
    stop = threading.Event()

    async def body() -> None:
        async with hive.root.awatch(stop=stop, debounce=60) as watch:
            hive.write("", "n", 1)
            threading.Timer(0.05, stop.set).start()
            assert [numbers(batch) async for batch in watch] == [[1]]

    run(body)


def test_an_event_that_wakes_no_task_is_refused(hive: Registry) -> None:
    """It would have to be looked at again and again."""

    class Flag:
        def is_set(self) -> bool:
            return False

    with pytest.raises(TypeError, match=r"threading\.Event"):
        hive.root.awatch(stop=Flag())


@pytest.mark.parametrize("where", ["task", "thread"])
def test_closing_ends_one_that_waits(run: Run, hive: Registry, where: str) -> None:
    """By another task, or by another thread."""

    async def body() -> None:
        watch = hive.root.awatch()

        async def wait() -> None:
            assert [batch async for batch in watch] == []

        async def end() -> None:
            await sleep(0.05)
            if where == "task":
                watch.close()
            else:
                in_thread(watch.close).join()

        await together(wait, end)
        assert [batch async for batch in watch] == []
        with pytest.raises(anyreg.ClosedError):
            await watch.__aenter__()

    run(body)


def test_many_wait_at_the_same_time(run: Run, hive: Registry) -> None:
    """Each gets everything, and no thread is added for any."""
    before = threading.active_count()

    async def body() -> list[list[object]]:
        results: list[list[object]] = []

        async def wait(watch: AsyncWatch) -> None:
            found: list[object] = []
            async with watch:
                async for batch in watch:
                    found += numbers(batch)
                    if len(found) == 10:
                        break
            results.append(found)

        async def work() -> None:
            assert threading.active_count() <= before + 2  # for files, and for the disk
            for number in range(10):
                hive.write("", "n", number)
                await sleep(0)

        watches = [hive.root.awatch() for _ in range(100)]
        await together(*[lambda watch=watch: wait(watch) for watch in watches], work)
        return results

    assert run(body) == [list(range(10))] * 100


def test_a_busy_watch_lets_other_tasks_run(run: Run, hive: Registry) -> None:
    """Each batch is a point where they come to their turn."""
    turns: list[int] = []

    async def body() -> None:
        done = False
        watch = hive.root.awatch()
        for number in range(20):
            hive.write("", "n", number)

        async def count() -> None:
            while not done:
                turns.append(1)
                await sleep(0)

        async def take() -> None:
            nonlocal done
            for _ in range(20):
                await anext(watch)
            done = True

        await together(count, take)
        watch.close()

    run(body)
    assert len(turns) >= 20


@pytest.mark.posix("that a folder with open files is renamed")
def test_what_ends_the_watch_is_raised(run: Run, tmp_path: Path) -> None:
    """Such as a folder that goes away."""
    folder = tmp_path / "house"
    folder.mkdir()

    async def body() -> None:
        with anyreg.open(folder / "HIVE", "x") as hive:
            async with hive.root.awatch() as watch:

                async def wait() -> None:
                    with pytest.raises(anyreg.RegistryError, match="no more watched"):
                        await anext(watch)

                async def end() -> None:
                    await sleep(0.05)
                    folder.rename(tmp_path / "away")
                    (tmp_path / "away").rename(folder)

                await together(wait, end)

    run(body)


def test_it_goes_on_from_a_position(run: Run, hive: Registry) -> None:
    """Which a batch has, and the watch."""

    async def body() -> list[object]:
        async with hive.root.awatch() as watch:
            assert watch.position
            for number in range(3):
                hive.write("", "n", number)
            batch = await anext(watch)
            assert watch.position == batch.position
            position = batch.position
        async with hive.root.awatch(since=position, timeout=0.1) as watch:
            return [number async for batch in watch for number in numbers(batch)]

    assert run(body) == [1, 2]


def test_it_ends_with_its_registry(run: Run, tmp_path: Path) -> None:
    """With an error, after what was changed before."""

    async def body() -> None:
        hive = anyreg.open(tmp_path / "HIVE", "x")
        hive.write("", "n", 0)
        watch = hive.root.awatch()
        seen: list[object] = []

        async def wait() -> None:
            seen.extend(numbers(await anext(watch)))
            with pytest.raises(anyreg.ClosedError, match="registry was closed"):
                await anext(watch)

        async def end() -> None:
            await sleep(0.05)
            hive.write("", "n", 1)
            hive.close()

        await together(wait, end)
        assert seen == [1]
        watch.close()

    run(body)


def test_changes_after_the_loop_has_ended_do_no_harm(run: Run, hive: Registry) -> None:
    """Whoever commits does not fail for it."""
    watch = hive.root.awatch()

    async def body() -> None:
        hive.write("", "n", 1)
        await anext(watch)

    run(body)
    hive.write("", "n", 2)
    watch.close()


def test_one_that_nobody_has_any_more_is_over(run: Run, hive: Registry) -> None:
    """As when a task that iterates is cancelled, and holds the only reference."""

    async def body() -> None:
        async def wait() -> None:
            async for _ in hive.root.awatch():
                pass

        assert await cancelled_after(0.05, wait)

    run(body)


@ON_TRIO
def test_anyio_on_asyncio_serves(hive: Registry) -> None:
    """Its cancel scopes included."""
    import anyio

    async def body() -> list[object]:
        watch = hive.root.awatch()
        with anyio.move_on_after(0.05):
            await anext(watch)
        hive.write("", "n", 1)
        async with watch:
            return numbers(await anext(watch))

    assert anyio.run(body) == [1]


@ON_TRIO
@ITS_LOOP
def test_without_anyio_the_extra_is_named(hive: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asyncio does without."""
    monkeypatch.setitem(sys.modules, "anyio", None)
    monkeypatch.setitem(sys.modules, "anyio.lowlevel", None)
    watch = hive.root.awatch()

    async def body() -> None:
        with pytest.raises(NotSupportedError, match=r'pip install "anyreg\[async\]"'):
            await anext(watch)

    run_trio(body)

    async def waits() -> None:
        hive.write("", "n", 1)
        await anext(watch)

    run_asyncio(waits)
    watch.close()


@counts_handles
def test_hundreds_leave_nothing_behind(hive: Registry) -> None:
    """No descriptor, no thread, no listener; what the first one of a process makes stays."""

    async def body(count: int) -> None:
        for _ in range(count):
            async with hive.root.awatch() as watch:
                task = asyncio.ensure_future(anext(watch))
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])

    hive.write("", "n", 1)
    run_asyncio(lambda: body(1))
    handles, running = handles_open(), set(threading.enumerate())

    def has_more() -> bool:
        return handles_open() > handles or not set(threading.enumerate()) <= running

    run_asyncio(lambda: body(300))
    until = monotonic() + SOON
    while has_more() and monotonic() < until:
        time.sleep(0.005)
    assert not has_more()
