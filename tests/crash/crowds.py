"""Threads of one process, and processes that begin as forks of this one, all at once.

They overlap for certain: each waits a moment between what it reads and what it makes of that.
What goes wrong in one of them, or takes far too long, is an AssertionError here.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from traceback import format_exc
from unittest.mock import patch

import anyreg
from anyreg import ClosedError, Registry
from anyreg.engine.create import create_hive
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.flusher import flusher
from anyreg.engine.hive import Hive
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.writable import WritableHive
from anyreg.errors import RegistryError
from anyreg.registry.journal import JournalSettings
from crash.chains import commit, number_in, used
from crash.cuts import Cut
from crash.disk import FailedSync, Medium, Process, failed
from crash.model import DESCRIPTOR, HIVE, problems_of
from crash.power import logs_in
from crash.programs import number_of, put_number

MOMENT = 0.002  # seconds
LONGEST = 60.0  # seconds, of what takes one
KEY = r"HKLM\SOFTWARE\T"
COUNT = "count"


def in_threads(*works: Callable[[], None]) -> None:
    """All at once, to their end."""
    errors: list[str] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException:
            errors.append(format_exc())

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [Thread(target=guarded, args=(work,), daemon=True) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONGEST)
    finally:
        sys.setswitchinterval(before)
    assert not any(thread.is_alive() for thread in threads), "a thread waits for ever"
    assert errors == []


def in_processes(*works: Callable[[], None]) -> None:
    """All at once, to their end."""
    context = get_context("fork")  # so that they have the broken engine
    processes = [context.Process(target=work, daemon=True) for work in works]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which touch nothing here
        for process in processes:
            process.start()
    for process in processes:
        process.join(LONGEST)
    slow = [process for process in processes if process.is_alive()]
    for process in slow:
        process.kill()
    assert slow == [], "a process waits for ever"
    assert [process.exitcode for process in processes] == [0] * len(processes)


@contextmanager
def in_a_folder() -> Iterator[Path]:
    """A new folder, and in it the registry of one's own and its volatile keys."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "runtime").mkdir(0o700)
        places = {"XDG_RUNTIME_DIR": f"{name}/runtime", "ANYREG_HOME": f"{name}/home"}
        with patch.dict(os.environ, places):
            yield folder


def count_up(hive: WritableHive, times: int, durable: bool = False) -> None:
    """So many commits, each of them one more than what it found."""
    for _ in range(times):
        with hive.transaction(durable) as editor:
            found = number_of(editor.tree, COUNT)
            time.sleep(MOMENT)
            put_number(editor, COUNT, found + 1, bytes(300 if found % 3 else 200_000))


def threads() -> None:
    """Of one process, with one hive open: transactions, checkpoints and looks."""
    process = Process(Medium())
    create_hive(process, HIVE, 5, "ROOT", DESCRIPTOR)
    hive = WritableHive(process, HIVE)

    def write() -> None:
        count_up(hive, 15)

    def save() -> None:
        for _ in range(15):
            hive.checkpoint()
            hive.flush()
            time.sleep(MOMENT)

    def follow() -> None:
        last = 0
        for _ in range(150):
            hive.follow()
            found = number_of(hive.tree, COUNT)
            assert found >= last
            last = found
            time.sleep(MOMENT / 10)

    in_threads(write, write, save, follow)
    flusher.cancel(id(hive.durability))
    assert number_of(hive.tree, COUNT) == 30
    assert problems_of(hive) == []
    hive.close()
    assert number_of(WritableHive(process, HIVE).tree, COUNT) == 30


def processes() -> None:
    """One hive, opened and closed again and again."""
    with in_a_folder() as folder:
        path = str(folder / "HIVE")
        create_hive(FileDisk(), path, 5, "ROOT", DESCRIPTOR)

        def write() -> None:
            for turn in range(4):
                hive = WritableHive(FileDisk(), path)
                count_up(hive, 3, turn % 3 == 0)
                if turn % 2:
                    hive.checkpoint()
                hive.close()

        in_processes(write, write, write)
        hive = WritableHive(FileDisk(), path)
        assert number_of(hive.tree, COUNT) == 36
        assert problems_of(hive) == []
        hive.close()


def homes() -> None:
    """All make one registry of their own, which is there once, and holds what each has written."""
    with in_a_folder():

        def write(name: str) -> None:
            with anyreg.open() as registry:
                for number in range(3):
                    registry.write(KEY, name, number)

        names = [f"n{number}" for number in range(4)]
        in_processes(*[partial(write, name) for name in names])
        with anyreg.open() as registry:
            assert dict(registry.open(KEY).values) == dict.fromkeys(names, 2)
            assert registry.check() == []


def one_home() -> None:
    """What the first and the last of a registry do is done while nobody else has it open."""
    with in_a_folder() as folder, anyreg.open() as first:
        first.write(KEY, "n", 1)
        first.open(r"HKLM\SOFTWARE").save(folder / "new.hiv")
        first.replace(r"HKLM\SOFTWARE", folder / "new.hiv", folder / "old.hiv")
        with anyreg.open() as second:
            first.write(KEY, "n", 2)
            assert second.read(KEY, "n") == 2
        first.create(KEY + r"\V", volatile=True)
        with anyreg.open() as third:
            assert first.open(KEY + r"\V").is_volatile
            assert third.open(KEY + r"\V").is_volatile
            first.write(KEY, "n", 3)
            assert third.read(KEY, "n") == 3


def journals() -> None:
    """Of one hive: who flushes says in the history what is there, while others write to it."""
    with in_a_folder() as folder:
        path = folder / "HIVE"
        settings = JournalSettings(folder=str(folder / "history"))
        anyreg.open(path, "x").close()

        def write() -> None:
            with anyreg.open(path, "r+", journal=settings) as registry:
                for _ in range(8):
                    with registry.transaction():
                        found = registry.read("", "n", 0)
                        assert isinstance(found, int)
                        registry.write("", "n", found + 1)
                    registry.flush()

        in_processes(write, write, write)
        with anyreg.open(path, "r+", journal=settings) as registry:
            assert len(registry.journal.entries()) == 24
            for number in range(24, 0, -6):
                assert registry.read("", "n") == number
                registry.journal.undo(6)


def fork_in_a_transaction() -> None:
    """A thread has the turn while another forks: the child waits for nobody."""
    with in_a_folder() as folder:
        anyreg.open(folder / "HIVE", "x").close()
        with anyreg.open(folder / "HIVE", "r+") as hive, anyreg.open() as own:
            for registry in (hive, own):
                _fork_beside(registry)


def _fork_beside(registry: Registry) -> None:
    begun, ended = Event(), Event()

    def change() -> None:
        with registry.transaction():
            registry.write("HKCU" if registry.about()["kind"] == "own registry" else "", "n", 1)
            begun.set()
            ended.wait(LONGEST)

    def refused() -> None:
        try:
            registry.write("HKCU" if registry.about()["kind"] == "own registry" else "", "n", 2)
        except ClosedError:
            return
        raise AssertionError("the child of a fork has written")

    thread = Thread(target=change)
    thread.start()
    begun.wait(LONGEST)
    try:
        in_processes(refused)
    finally:
        ended.set()
        thread.join()


def failing_syncs() -> None:
    """The system tells of a sync that failed once, to the thread that began to write out."""
    for seed in range(12):
        _failing_sync(seed)


def _failing_sync(seed: int) -> None:
    medium = Medium.of(used(False))
    process = Process(medium)
    hive = WritableHive(process, HIVE)
    commit(hive, 3, "d")
    cut = Cut.of(Medium.of(medium.files()))
    medium.record.clear()
    commit(hive, 4, "l")
    begun = Event()

    def fault(verb: str, path: str) -> None:
        if verb == "sync" and not begun.is_set():
            medium.record.append(FailedSync(medium.names[path], seed))
            begun.set()
            time.sleep(20 * MOMENT)
            raise failed(5, path)

    medium.fault = fault
    behind = Thread(target=_write_out, args=(hive,))
    behind.start()
    begun.wait(LONGEST)
    promised = 3
    try:
        commit(hive, 5, "d")
        promised = 5
    except RegistryError:
        pass
    behind.join(LONGEST)
    flusher.cancel(id(hive.durability))
    for event in medium.record:
        cut.pass_over(event)
    files = {path: cut.contents[file] for path, file in medium.names.items()}
    found = number_in(Hive(MemoryStorage(files[HIVE]), HIVE, logs_in(files)))
    assert found >= promised, f"commit {promised} is lost: {found}"


def _write_out(hive: WritableHive) -> None:
    try:
        hive.durability._write_out_task(False)
    except RegistryError:
        pass  # the hive refuses the next change, and says why
