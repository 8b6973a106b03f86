"""Other replayers: they recover the same bins from the same files, whatever a power cut left."""

from __future__ import annotations

import importlib
import io
import random
import struct
from collections.abc import Iterator

import pytest

from anyreg.errors import NotHiveError
from anyreg.regf.layout import PAGE
from conftest import Indexed, each_indexed
from crash.model import HIVE, Workload
from crash.power import each_image, logs_in
from crash.replayer import is_base, is_dirty, replayed
from hives import open_bytes
from oracles import need

pytestmark = pytest.mark.crash

SEEDS = (1, 2, 3, 4)


def our_bins(files: dict[str, bytes]) -> bytes:
    image = open_bytes(files[HIVE], logs_in(files)).tree.image
    return b"".join(image.read(at, PAGE) for at in range(0, image.size, PAGE))


def logs_of(files: dict[str, bytes]) -> list[bytes]:
    return [files[path] for path in (HIVE + ".LOG1", HIVE + ".LOG2") if path in files]


def dirty_images(seed: int, steps: int, share: float) -> Iterator[dict[str, bytes]]:
    """Some of the images that a workload can leave, those that need their logs."""
    work = Workload(seed, programs=1 + seed % 2).run(steps)
    rnd = random.Random(seed)
    for files, _ in each_image(work.start, work.medium.record, rnd, 2):
        if is_dirty(files[HIVE]) and rnd.random() < share:
            yield files


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_a_plain_replayer_gives_the_same_bins(seed: int) -> None:
    """One that was written from the description alone."""
    compared = 0
    for files in dirty_images(seed, 16, 0.1):
        assert replayed(files[HIVE], *logs_of(files)) == our_bins(files)
        compared += 1
    assert compared > 5


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_a_plain_replayer_gives_the_same_bins_everywhere(seed: int) -> None:
    """On every image of longer work."""
    compared = 0
    for files in dirty_images(seed, 25, 1.0):
        assert replayed(files[HIVE], *logs_of(files)) == our_bins(files)
        compared += 1
    assert compared > 100


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_python_registry_gives_the_same_bins(seed: int) -> None:
    """Its RegistryLog, on images in which nothing is torn."""
    need("Registry")
    compared = 0
    for files in dirty_images(seed, 16, 0.1):
        theirs = with_python_registry(files)
        if theirs is not None:
            assert theirs == our_bins(files)
            compared += 1
    assert compared > 3


def with_python_registry(files: dict[str, bytes]) -> bytes | None:
    """What python-registry recovers; None where it finds no log that it would start with."""
    log_class = importlib.import_module("Registry.RegistryLog").RegistryLog
    primary = io.BytesIO(files[HIVE])
    logs = []
    for log in logs_of(files):
        if is_base(log):  # it refuses others with an exception
            primary.seek(0)
            opened = log_class(primary, io.BytesIO(log))
            if opened.is_eligible_log():
                logs.append(opened)
    logs.sort(key=lambda log: log.first_log_sequence())
    if not logs:
        return None
    last = logs[0].recover_hive()
    for log in logs[1:]:
        log.recover_hive_continue(last + 1)
    recovered = primary.getvalue()
    (size,) = struct.unpack_from("<I", recovered, 40)
    return recovered[4096 : 4096 + size]


@pytest.mark.long
@each_indexed(lambda file: file.kind == "primary" and file.dirty.startswith("yes"))
def test_the_plain_replayer_agrees_on_real_hives(hive: Indexed) -> None:
    """What Windows has left: dirty hives with new logs, and without any."""
    beside = {suffix: hive.file.with_name(hive.file.name + suffix) for suffix in (".LOG1", ".LOG2")}
    files = {HIVE + suffix: path.read_bytes() for suffix, path in beside.items() if path.exists()}
    files[HIVE] = hive.file.read_bytes()
    if any(log[512:516] == b"DIRT" for log in logs_of(files)):
        pytest.skip("an old log, of which the replayer knows nothing")
    try:
        ours = our_bins(files)
    except NotHiveError:
        pytest.skip("no hive")
    theirs = replayed(files[HIVE], *logs_of(files))
    assert theirs[: len(ours)] == ours  # of a file cut short ours has only what is there
