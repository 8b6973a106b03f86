"""The files of a prefix: what a crash leaves of a transaction, and what becomes of that."""

from __future__ import annotations

import errno
import random

import pytest

import share
from anyreg.backends.wine.prefix_files import RECORD, PrefixFiles, digest
from anyreg.errors import OutcomeUnknownError, RegistryError
from crash.disk import KilledError, Medium, Process, failed
from crash.power import each_image

pytestmark = pytest.mark.posix("Wine, and slashes in its paths")
BEFORE = {"/p/system.reg": b"system before" * 90, "/p/user.reg": b"user before" * 200}
AFTER = {"system.reg": b"system after" * 120, "user.reg": b"user" * 10, "userdef.reg": b"new" * 400}
Found = dict[str, bytes]


def before() -> Found:
    return {path.removeprefix("/p/"): data for path, data in BEFORE.items()}


def after(names: list[str]) -> Found:
    return before() | {name: AFTER[name] for name in names}


def settled(files: Found, names: list[str]) -> Found:
    """What is there after a crash: read, recovered, and read again; nothing else is left."""
    medium = Medium.of(files)
    prefix = PrefixFiles(Process(medium), "/p")
    seen = prefix.read()
    prefix.recover()
    prefix.sweep()
    assert prefix.left_alone == []
    assert prefix.read() == seen
    assert {path.removeprefix("/p/"): data for path, data in medium.files().items()} == seen
    assert seen in (before(), after(names))
    return seen


@pytest.mark.parametrize(
    "names", [["user.reg"], ["userdef.reg"], ["system.reg", "user.reg"], [*AFTER]]
)
@pytest.mark.crash
def test_a_power_cut_leaves_all_of_a_transaction_or_nothing(names: list[str]) -> None:
    """Wherever it comes, and all once store() has returned; also while it is made up for."""
    start, medium = Medium.of(BEFORE), Medium.of(BEFORE)
    medium.mark(0, 1)
    PrefixFiles(Process(medium), "/p").store({name: AFTER[name] for name in names})
    medium.mark(1, 1)
    rnd = random.Random(share.SEED or 1)
    count = made = 0
    for files, cut in each_image(start, medium.record, rnd, 3):
        durable = cut.mark.durable
        found = settled(files, names)
        assert not durable or found == after(names)
        count += 1
        made += found == after(names)
        if RECORD in "".join(files) and rnd.random() < 0.2:
            again = Medium.of(files)
            PrefixFiles(Process(again), "/p").recover()
            for later, _ in each_image(Medium.of(files), again.record, rnd, 2):
                assert settled(later, names) == found
    assert 0 < made < count


@pytest.mark.parametrize("names", [["user.reg"], [*AFTER]])
def test_a_process_may_die_at_any_call(names: list[str]) -> None:
    """What it has left is all or nothing."""
    at = 0
    while True:
        medium = Medium.of(BEFORE)
        process = Process(medium)
        left = [at]

        def fault(verb: str, path: str, process: Process = process, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                process.kill()

        medium.fault = fault
        try:
            PrefixFiles(process, "/p").store({name: AFTER[name] for name in names})
        except KilledError:
            medium.fault = None
            settled(medium.files(), names)
            at += 1
        else:
            break
    assert at > 5 * len(names)


@pytest.mark.parametrize("names", [["user.reg"], [*AFTER]])
def test_a_call_may_fail(names: list[str]) -> None:
    """Then nothing is made and nothing left behind, or it is said that it may be made."""
    unknown = 0
    for verb in ("create", "write", "sync", "rename", "rename_new", "sync_directory", "remove"):
        for number in range(9):
            medium = Medium.of(BEFORE)
            left = [number]

            def fault(name: str, path: str, verb: str = verb, left: list[int] = left) -> None:
                if name == verb:
                    left[0] -= 1
                    if left[0] == -1:
                        raise failed(errno.EIO, path)

            medium.fault = fault
            try:
                PrefixFiles(Process(medium), "/p").store({name: AFTER[name] for name in names})
            except OutcomeUnknownError:
                unknown += 1
                medium.fault = None
                assert settled(medium.files(), names) == after(names)
            except RegistryError:
                medium.fault = None
                assert settled(medium.files(), names) == before()
                if verb != "remove":
                    assert set(medium.files()) == set(BEFORE)
            else:
                assert settled(medium.files(), names) == after(names)
    assert unknown


def test_what_wine_has_written_since_is_left_alone() -> None:
    """The other files get what was promised, and it is reported."""
    medium = Medium.of(BEFORE)
    process = Process(medium)
    writes = PrefixFiles(process, "/p")
    renames = [0]

    def fault(verb: str, path: str) -> None:
        renames[0] += verb == "rename"
        if renames[0] == 2:
            process.kill()

    medium.fault = fault
    with pytest.raises(KilledError):
        writes.store(AFTER)
    medium.fault = None
    files = medium.files()
    assert files["/p/system.reg"] == AFTER["system.reg"]
    files["/p/user.reg"] = b"by Wine"
    medium = Medium.of(files)
    prefix = PrefixFiles(Process(medium), "/p")
    wanted = after([*AFTER]) | {"user.reg": b"by Wine"}
    assert prefix.read() == wanted
    prefix.recover()
    assert prefix.left_alone == ["user.reg"]
    assert {path.removeprefix("/p/"): data for path, data in medium.files().items()} == wanted


def test_a_record_that_is_none_is_taken_away() -> None:
    """It names nothing that could be finished, nor any file elsewhere."""
    for record in (b"", b"{", b"[]", b'{"files": [["../x", "y", "", ""]]}', b'{"files": [1]}'):
        medium = Medium.of(BEFORE | {f"/p/{RECORD}": record})
        prefix = PrefixFiles(Process(medium), "/p")
        assert prefix.read() == before()
        prefix.recover()
        assert medium.files() == BEFORE


def test_digests_tell_files_apart() -> None:
    """No file is none of those."""
    assert len({digest(None), digest(b""), digest(b"a")}) == 3
