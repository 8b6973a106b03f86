"""Whose turn it is: contexts, threads, tasks, and time limits."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from pathlib import Path

import pytest

import anyreg
from anyreg.engine.context_lock import ContextLock
from anyreg.errors import TransactionError


def in_thread(function: object) -> None:
    thread = threading.Thread(target=function)  # type: ignore[arg-type]
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_a_turn_belongs_to_its_context() -> None:
    """A copy of the context has it too, another one has not."""
    turn = ContextLock("h")
    empty = contextvars.copy_context()
    turn.take()
    assert turn.is_mine()
    assert contextvars.copy_context().run(turn.is_mine)
    assert not empty.run(turn.is_mine)
    turn.give()
    assert not turn.is_mine()


def test_a_turn_that_was_given_back_is_nobodys() -> None:
    """Also where a context was copied while it was taken, and another has it now."""
    turn = ContextLock("h")
    turn.take()
    kept = contextvars.copy_context()
    turn.give()
    contextvars.Context().run(turn.take)
    assert not kept.run(turn.is_mine)
    assert not turn.is_mine()
    turn.give()


def test_two_turns_are_given_back_in_any_order() -> None:
    """Each is taken by itself."""
    first, second = ContextLock("1"), ContextLock("2")
    first.take()
    second.take()
    first.give()
    assert (first.is_mine(), second.is_mine()) == (False, True)
    second.give()
    assert second.take_briefly()
    second.give_briefly()


def test_another_thread_waits_no_longer_than_it_wants() -> None:
    """And says so."""
    turn = ContextLock("h")
    turn.take()
    errors: list[str] = []

    def wait() -> None:
        with pytest.raises(TransactionError, match=r"after 0\.05 seconds") as caught:
            turn.take(0.05)
        errors.append(caught.value.path)

    in_thread(wait)
    assert errors == ["h"]
    turn.give()


def test_another_thread_gets_it_when_it_is_given_back() -> None:
    """Whoever waits has it next."""
    turn = ContextLock("h")
    turn.take()
    held: list[bool] = []

    def wait() -> None:
        turn.take(10)
        held.append(turn.is_mine())
        turn.give()

    thread = threading.Thread(target=wait)
    thread.start()
    turn.give()
    thread.join(10)
    assert held == [True]


def test_tasks_of_one_thread_do_not_wait_for_each_other_for_ever(tmp_path: Path) -> None:
    """The second one gets an error; a thread that the first starts is in its transaction."""

    async def work() -> None:
        with anyreg.open(tmp_path / "hive", "x") as registry:
            inside = asyncio.Event()
            done = asyncio.Event()

            async def first() -> None:
                with registry.transaction():
                    registry.create("First")
                    await asyncio.to_thread(registry.create, "Second")
                    inside.set()
                    await done.wait()

            task = asyncio.create_task(first())
            await inside.wait()
            with pytest.raises(TransactionError, match="another task"), registry.transaction():
                pass
            done.set()
            await task
            assert list(registry.root.subkeys) == ["First", "Second"]
            assert registry.check() == []

    asyncio.run(work())
