"""A hive's file is replaced, whatever a power cut leaves, or wherever the program dies."""

from __future__ import annotations

import errno
import random

import pytest

from anyreg.backends.hive_replacement import Plan, carry_out, is_begun, why_not
from anyreg.engine.create import create_hive
from anyreg.engine.writable import WritableHive
from anyreg.errors import RegistryError
from crash.disk import KilledError, Medium, Process, failed
from crash.made import got, put
from crash.model import DESCRIPTOR, problems_of
from crash.power import each_image

pytestmark = pytest.mark.crash

FILE, NEW, OLD = "folder/FILE", "folder/new", "folder/old"
PLAN = Plan(FILE, NEW, OLD)


def planned(is_dirty: bool) -> Medium:
    """A hive and the one that takes its place; that may have commits in its log alone."""
    medium = Medium()
    for path, data in ((FILE, b"old"), (NEW, b"new")):
        process = Process(medium)
        create_hive(process, path, 5, "ROOT", DESCRIPTOR)
        hive = WritableHive(process, path)
        put(hive, data)
        if is_dirty and path == NEW:
            process.kill()
        else:
            hive.close()
    return Medium.of(medium.files())


def require_done(files: dict[str, bytes]) -> None:
    """Whoever comes next goes on, and both hives are whole in the end."""
    process = Process(Medium.of(files))
    if is_begun(PLAN, process):
        assert not process.exists(FILE)
    carry_out(PLAN, process)
    assert not process.exists(NEW)
    for path, data in ((FILE, b"new"), (OLD, b"old")):
        hive = WritableHive(process, path)
        assert got(hive) == data
        assert problems_of(hive) == []
        hive.close()


@pytest.mark.parametrize("is_dirty", [False, True], ids=["clean", "dirty"])
def test_a_power_cut_leaves_both_hives(is_dirty: bool) -> None:
    """Names reach the disk in any order between two syncs of their folder."""
    start = planned(is_dirty)
    medium = Medium.of(start.files())
    carry_out(PLAN, Process(medium))
    images = 0
    for files, _ in each_image(start, medium.record, random.Random(3), 8):
        require_done(files)
        images += 1
    assert images > 12


def test_a_plan_that_cannot_be_done_changes_nothing() -> None:
    """As the name for the old file is taken: the new one is not recovered for that."""
    files = planned(True).files() | {OLD: b"somebody's"}
    medium = Medium.of(files)
    with pytest.raises(RegistryError, match="already"):
        carry_out(PLAN, Process(medium))
    assert medium.files() == files


@pytest.mark.parametrize("is_dirty", [False, True], ids=["clean", "dirty"])
def test_a_program_may_die_at_each_call(is_dirty: bool) -> None:
    """What it has written stays; the next one goes on from there."""
    calls = 0
    while True:
        medium = planned(is_dirty)
        process = Process(medium)
        left = calls

        def fault(verb: str, path: str, process: Process = process) -> None:
            nonlocal left
            if left == 0:
                process.kill()
            left -= 1

        medium.fault = fault
        try:
            carry_out(PLAN, process)
        except KilledError:
            medium.fault = None
            require_done(medium.files())
            calls += 1
        else:
            break
    assert calls > 15


@pytest.mark.parametrize("is_dirty", [False, True], ids=["clean", "dirty"])
def test_any_call_may_fail(is_dirty: bool) -> None:
    """All files have their own names then, or the new one is in place; the next one goes on."""
    count = failed_calls = 0
    while failed_calls == count:
        medium = planned(is_dirty)
        left = count

        def fault(verb: str, path: str) -> None:
            nonlocal left
            left -= verb in ("rename", "sync_directory", "remove")
            if left == -1 and verb in ("rename", "sync_directory", "remove"):
                left -= 1
                raise failed(errno.EIO, path)

        medium.fault = fault
        try:
            carry_out(PLAN, Process(medium))
        except RegistryError:
            failed_calls += 1
            names = set(medium.names)
            assert NEW not in names or OLD not in names, "it is left half done"
            if OLD not in names:
                assert {FILE, FILE + ".LOG1", FILE + ".LOG2", NEW} <= names
        medium.fault = None
        require_done(medium.files())
        count += 1
    assert failed_calls > 8


class Failing(Process):
    """A program of which no file can be synced by its name."""

    def sync_file(self, path: str) -> None:
        raise RegistryError("Input/output error", path=path)


def test_where_the_system_fails_nothing_is_put_off() -> None:
    """Who was shown the old file could not know that the new one is yet to come."""
    medium = planned(False)
    with pytest.raises(RegistryError, match="Input/output"):
        why_not(PLAN, Failing(medium))
    assert why_not(PLAN, Process(medium)) == ""
    carry_out(PLAN, Process(medium))
    require_done(medium.files())
