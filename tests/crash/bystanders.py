"""A program dies, and another goes on that has had the hive open all along; then the power fails.

Who opens a hive writes again what it builds upon.  Who stays must do so too, wherever the dead may
not have come to the sync: at each of its calls one dies here, and each thing is done behind it.
"""

from __future__ import annotations

import errno
import random

from anyreg.engine.flusher import flusher
from anyreg.engine.hive import Hive
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.writable import WritableHive
from anyreg.errors import RegistryError
from anyreg.regf.layout import PAGE
from anyreg.regf.logs import build_entry
from anyreg.values import Value
from crash.chains import Chain, Link, look
from crash.disk import Medium, Process, ShortWriteError, failed
from crash.made import Made
from crash.model import HIVE
from crash.power import logs_in

_LAST = {"Dp": 5, "dp": 5, "lp": 6, "l": 3}  # what the dying do, and their syncs, about
_STAYING = {"Dp": ("x",), "dp": ("x", "dx", "ldpx"), "lp": ("dx", "lpx"), "l": ("ldx", "px")}
_ODD = 16_000  # bytes of a value that has one cell
_VALUES = 6
_TORN = 0.85  # the share of an entry that a dead writer has left


def check_bystander(dying: Link, staying: str, seed: int, few: int = 1) -> int:
    """One dies, the other follows and goes on; how many images were opened."""
    rnd = random.Random(seed)
    chain = Chain.new()
    process = Process(chain.medium)
    hive = WritableHive(process, HIVE)
    try:
        chain.run(dying)
        hive.follow()
        chain.go_on(hive, staying)
    finally:
        flusher.cancel(id(hive.durability))
    process.kill()
    seen: set[int] = set()
    for files, cut in chain.images(rnd, few):
        key = hash((tuple(files.items()), cut.mark))
        if key not in seen:
            seen.add(key)
            look(chain, files, cut, rnd.random() < 0.1)
    return len(seen)


def check_bystanders(*errands: str) -> int:
    """All pairs in which these are what the dying do."""
    images = 0
    for errand in errands:
        for at in range(_LAST[errand], 0, -1):
            for staying in _STAYING[errand]:
                images += check_bystander(Link(errand, at), staying, at)
    return images


def torn_entry() -> None:
    """Part of an entry that a dead writer has left holds values that look like the next entry."""
    places = _places()
    starts = [-at % PAGE for at in places]
    data = [
        bytes(start) + _next_entry(at + start) for at, start in zip(places, starts, strict=True)
    ]
    misled = {at + start for at, start in zip(places, starts, strict=True)}
    ends = [_crafted(data, size) for size in range(10, 30_000, 1000)]
    assert misled & {*ends}, "no entry ends where it should"


def _next_entry(at: int) -> bytes:
    """An entry that would follow that of the one who stays, and make the hive a heap of zeros."""
    return build_entry(at, 4, 0, PAGE, [(0, bytes(PAGE))])


def _places() -> list[int]:
    """Where the values come to stand in the log."""
    marks = [bytes([0xA0 + number]) * _ODD for number in range(_VALUES)]
    made, staying = _torn(marks)
    log = made.medium.files()[f"{HIVE}.LOG{staying._opened.wal.active + 1}"]
    flusher.cancel(id(staying.durability))
    return [log.index(mark[:64]) for mark in marks]


def _torn(data: list[bytes]) -> tuple[Made, WritableHive]:
    """One has died while it logged these values; the other has the hive open."""
    made = Made()
    (process, dying), (_, staying) = made.open(), made.open()
    put(dying, [b"first"])
    staying.follow()
    logs = {made.number(".LOG1"), made.number(".LOG2")}

    def fault(verb: str, path: str) -> None:
        if verb == "write" and made.medium.names[path] in logs:
            raise ShortWriteError(_TORN, failed(errno.EIO, path))

    made.medium.fault = fault
    try:
        put(dying, [*[raw.ljust(_ODD, b"\0") for raw in data], b"e" * _ODD])
    except RegistryError:
        pass
    made.medium.fault = None
    flusher.cancel(id(dying.durability))
    process.kill()
    return made, staying


def _crafted(data: list[bytes], size: int) -> int:
    """The other makes a commit with a value of this size; where its entry ends."""
    made, staying = _torn(data)
    put(staying, [b"y" * size])
    flusher.cancel(id(staying.durability))
    files = made.medium.files()
    seen = Hive(MemoryStorage(files[HIVE]), HIVE, logs_in(files))
    assert seen.problems == []
    assert seen.tree.records(seen.tree.root())[0].raw == b"y" * size
    return staying._opened.wal.tail


def stale_entries() -> None:
    """A period of which a cut has kept the log, and not the base block that makes it count.

    Later its log is begun anew, by an entry that ends where one of those stands that has the next
    number.
    """
    made = Made()
    for number in range(2):
        hive = made.hive()
        put(hive, [bytes([number])])
        hive.close()
    before = made.medium.files()
    hive = made.hive()
    for number in range(8):
        put(hive, [bytes([number]) * (1000 if number == 1 else 3000)])
    flusher.cancel(id(hive.durability))
    files = made.medium.files() | {HIVE: before[HIVE]}
    for size in (20_000, 25_000, 30_000):
        medium = Medium.of(files)
        hive = WritableHive(Process(medium), HIVE)
        put(hive, [b"once more"])
        hive.close()
        hive = WritableHive(Process(medium), HIVE)
        put(hive, [b"y" * size])
        flusher.cancel(id(hive.durability))
        left = medium.files()
        seen = Hive(MemoryStorage(left[HIVE]), HIVE, logs_in(left))
        assert seen.tree.records(seen.tree.root())[0].raw == b"y" * size


def put(hive: WritableHive, values: list[bytes]) -> None:
    with hive.transaction(durable=True) as editor:
        root = editor.tree.root().cell
        for number, raw in enumerate(values):
            editor.set_value(root, Value(f"v{number}", 3, raw))
