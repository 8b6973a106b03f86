"""Openings that are refused, or cut: what is somebody's stays, and of our own nothing is put aside.

An opening looks at everything before it changes anything.  Files that have the names of logs, and
are none, are put aside by those alone that succeed; logs that a cut has torn are known as ours.
"""

from __future__ import annotations

import errno
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product

from anyreg.engine.flusher import flusher
from anyreg.engine.writable import WritableHive
from anyreg.errors import RegistryError
from crash.chains import Link, check_chain, every_link
from crash.cuts import Cut, cuts
from crash.disk import KilledError, Medium, Process, ShortWriteError, failed
from crash.made import Made, got, put
from crash.model import HIVE
from crash.power import each_image
from hives import sealed

Files = dict[str, bytes]

LETTER = b"my dear friend\n" * 100
WRONG: list[dict[str, bytes]] = [
    {".LOG1": LETTER},
    {".LOG2": LETTER},
    {".LOG1": LETTER, ".LOG2": bytes(512) + LETTER},
    {".LOG1": LETTER, ".LOG2": b""},
    {".LOG1": b"", ".LOG2": LETTER},
    {".LOG1": bytes(300)},
    {},
]
"""What has the names of logs."""

_OTHER = {".LOG1": ".LOG2", ".LOG2": ".LOG1"}

_NUMBERS = 4  # where things stand in a base block
_VERSION = 20
_ROOT = 36
_FIRST_BIN, _SECOND_BIN = 4096, 8192
_NEARLY_LAST = 0xFFFFFEF9  # a sequence number some commits before they begin again


@cache
def dirty() -> Files:
    """A hive whose last commit stands in LOG2 alone; it has two bins."""
    medium = Made().medium
    hive = WritableHive(Process(medium), HIVE)
    put(hive, bytes(6000), "large")
    hive.checkpoint()
    hive.close()
    hive = WritableHive(Process(medium), HIVE)
    put(hive, b"1")
    flusher.cancel(id(hive.durability))
    return medium.files()


@cache
def clean() -> Files:
    """A hive that nobody has opened."""
    return Made().medium.files()


def changed(at: int, data: bytes, is_sealed: bool = True) -> bytes:
    """The primary file of a clean hive, with other bytes somewhere."""
    hive = bytearray(clean()[HIVE])
    hive[at : at + len(data)] = data
    return sealed(bytes(hive[:4096])) + bytes(hive[4096:]) if is_sealed else bytes(hive)


def refused_files() -> Iterator[Files]:
    """Hives that nobody opens for writing."""
    yield {HIVE: changed(_NUMBERS, struct.pack("<II", 9, 8))}  # dirty, and no log applies
    yield {HIVE: changed(_NUMBERS, b"\xff" * 4, is_sealed=False)}  # a wrong checksum
    yield {HIVE: changed(_VERSION, b"\2")}
    yield {HIVE: changed(_ROOT, b"\xff\xff")}
    yield {HIVE: changed(_FIRST_BIN, b"nibh", is_sealed=False)}
    yield {HIVE: clean()[HIVE][:-4096]}
    yield {HIVE: LETTER}
    yield {HIVE: b""}
    files = dict(dirty())
    yield {HIVE: files[HIVE + ".LOG2"]}  # which is a log
    at = files[HIVE].index(b"hbin", _SECOND_BIN)
    files[HIVE] = files[HIVE][:at] + b"nibh" + files[HIVE][at + 4 :]
    yield files  # dirty, the log applies, and what it makes is damaged


def refused() -> None:
    """Each of them, beside each that has the name of a log."""
    for files in refused_files():
        for wrong in WRONG:
            there = files | {HIVE + suffix: data for suffix, data in wrong.items()}
            if there.keys() == files.keys() == {HIVE} and files[HIVE][:4] != b"regf":
                continue  # which is refused for that
            require_refused(there)


def require_refused(files: Files) -> None:
    """A hive is not opened, and all is as it was, to the last byte."""
    for old in (False, True):
        medium = Medium.of(files)
        try:
            WritableHive(Process(medium), HIVE, None, old)
        except RegistryError:
            after = medium.files()
            assert after == files, sorted(after)
        else:
            raise AssertionError("it is opened")


def by_another_name() -> None:
    """A hive that is open under another name, which is found after all else."""
    made = Made()
    hive = made.hive()
    made.medium.names["other"] = made.medium.names[HIVE]
    for suffix in (".LOG1", ".LOG2"):
        made.medium.put_somebodys("other" + suffix, LETTER)
    before = made.medium.files()
    try:
        WritableHive(Process(made.medium), "other")
    except RegistryError:
        assert made.medium.files() == before
    else:
        raise AssertionError("it is opened")
    hive.close()


def with_letter(suffix: str) -> Medium:
    """A clean hive, a log of a few bytes, and somebody's file with the name of the other."""
    medium = Medium.of(clean() | {HIVE + _OTHER[suffix]: bytes(300)})
    medium.put_somebodys(HIVE + suffix, LETTER)
    return medium


def each_call(
    suffix: str, what: Callable[[Process, str, str], None]
) -> Iterator[tuple[Medium, bool]]:
    """An opening of such a hive and a commit, in which one call does something.

    Args:
        suffix: Of the name of somebody's file.
        what: Does it.

    Yields:
        The disk afterwards, and whether the opening was refused.
    """
    for at in range(1, 10_000):
        medium = with_letter(suffix)
        process = Process(medium)
        calls = 0

        def fault(verb: str, path: str, at: int = at, process: Process = process) -> None:
            nonlocal calls
            calls += verb != "unlock"
            if calls == at and verb != "unlock":
                what(process, verb, path)

        medium.fault = fault
        is_refused = False
        try:
            hive = WritableHive(process, HIVE)
            flusher.cancel(id(hive.durability))
        except (RegistryError, KilledError) as error:
            is_refused = isinstance(error, RegistryError)
        medium.fault = None
        yield medium, is_refused
        if calls < at:
            return


def failing_openings() -> None:
    """One call of an opening fails: it is refused, and all is as it was."""

    def fail(process: Process, verb: str, path: str) -> None:
        error = failed(errno.ENOSPC, path)
        raise ShortWriteError(0.5, error) if verb == "write" else error

    for suffix in (".LOG1", ".LOG2"):
        before = with_letter(suffix).files()
        seen = 0
        for medium, is_refused in each_call(suffix, fail):
            files = medium.files()
            seen += is_refused
            assert LETTER in files.values(), "somebody's file is lost"
            assert not is_refused or files == before, sorted(files)
        assert seen > 20


def dying_openings() -> None:
    """Who opens the hive dies: what is somebody's is there, and the next one opens it."""

    def die(process: Process, verb: str, path: str) -> None:
        process.kill()
        raise KilledError

    for suffix in (".LOG1", ".LOG2"):
        for medium, _ in each_call(suffix, die):
            hive = WritableHive(Process(medium), HIVE)
            put(hive, b"1")
            hive.close()
            assert LETTER in medium.files().values(), "somebody's file is lost"


def cut_openings() -> None:
    """The power fails while somebody's file is put aside, and behind that.

    Each name that is pending may be there without the others: that of the new log, say, without
    that of the file which had it before.
    """
    for suffix in (".LOG1", ".LOG2"):
        medium = with_letter(suffix)
        start = Cut.of(medium)
        hive = WritableHive(Process(medium), HIVE)
        put(hive, b"1")
        hive.close()
        rnd = random.Random(1)
        for cut in cuts(start, medium.record):
            every = list(product((False, True), repeat=len(cut.renames)))
            for choice, names in product(cut.choices(rnd, 3), every):
                files = cut.files(replace(choice, names=names))
                assert LETTER in files.values(), "somebody's file is lost"


def torn_logs() -> None:
    """Deaths, failed syncs and cuts while the logs of a new hive are made and first used."""
    for seed, links in enumerate(every_link()):
        if seed % 5 == 0:
            check_chain(links, seed, few=2, fresh=True)
    for seed in range(20):
        check_chain([Link("dpd")], seed, few=4, fresh=True)


def torn_old_logs() -> None:
    """The same, by the old protocol."""
    medium = Medium.of(clean())
    start = Medium.of(clean())
    for number in (b"1", b"2"):
        hive = WritableHive(Process(medium), HIVE, None, True)
        put(hive, number)
        put(hive, number * 9000, "large")
        hive.close()
    for seed in range(8):
        _open_all(start, medium, seed)


def emptied_logs() -> None:
    """Logs that lose all that means anything, as numbers run out or room is given back."""
    for work in (_restarted, _cut):
        medium = work()
        start = Medium.of(medium.files())
        medium.record.clear()
        WritableHive(Process(medium), HIVE).close()
        for _ in range(3):
            hive = WritableHive(Process(medium), HIVE)
            put(hive, b"3" * 3000)
            hive.checkpoint()
            put(hive, b"4" * 3000)
            hive.close()
        for seed in range(4):
            _open_all(start, medium, seed)


def _restarted() -> Medium:
    """A hive with used logs, whose next period begins with the first number again."""
    files = {HIVE: changed(_NUMBERS, struct.pack("<II", _NEARLY_LAST, _NEARLY_LAST))}
    medium = Medium.of(files)
    for _ in range(4):
        hive = WritableHive(Process(medium), HIVE)
        put(hive, b"2" * 9000)
        hive.close()
    return medium


def _cut() -> Medium:
    """A hive both of whose logs are long, one of them with an entry that a cut has torn."""
    medium = Medium.of(clean())
    for number in (b"1", b"2"):
        hive = WritableHive(Process(medium), HIVE)
        put(hive, number * 300_000)
        flusher.cancel(id(hive.durability))
        hive.checkpoint()
    for suffix in (".LOG1", ".LOG2"):
        medium.contents[medium.names[HIVE + suffix]][512:1024] = bytes(512)
    for holders in medium.holders.values():
        holders.clear()
    return medium


def _open_all(start: Medium, medium: Medium, seed: int) -> None:
    """Every image of a record can be opened, and written."""
    for files, _ in each_image(start, medium.record, random.Random(seed), 2):
        hive = WritableHive(Process(Medium.of(files)), HIVE)
        put(hive, b"after")
        assert got(hive) == b"after"
        flusher.cancel(id(hive.durability))


def refusals() -> None:
    """All that shows what is changed too early."""
    refused()
    by_another_name()


def asides() -> None:
    """All that shows what is put aside."""
    failing_openings()
    dying_openings()
    cut_openings()


def torn() -> None:
    """All that shows logs which are not known as ours."""
    torn_logs()
    torn_old_logs()
    emptied_logs()
