"""One log as a file: its room, and what in it could pass for an entry."""

from __future__ import annotations

import struct

import pytest

from anyreg.engine.log_file import FIRST_ROOM, LARGE, LogFile, claim, is_log
from anyreg.engine.recover import parse_log
from crash.disk import Medium, Process, Sync, Truncate, Write
from hives import base_block

PAGE = 4096


def log_of(data: bytes) -> LogFile:
    return LogFile(Process(Medium.of({"log": data})).open("log", True))


def entry_head(number: int) -> bytes:
    return b"HvLE" + struct.pack("<III", PAGE, 0, number) + bytes(24)


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (b"", 0),
        (b"regf" + struct.pack("<II", 7, 9), 0),
        ((b"regf" + struct.pack("<II", 7, 9)).ljust(512, b"\0"), 9),
        ((b"gone" + struct.pack("<II", 7, 9)).ljust(512, b"\0"), 0),
    ],
    ids=["empty", "cut short", "whole", "no base block"],
)
def test_its_number_is_the_higher_one_of_its_base_block(data: bytes, number: int) -> None:
    assert log_of(data).number() == number


@pytest.mark.parametrize(
    ("size", "start", "end", "then"),
    [
        (FIRST_ROOM, 512, FIRST_ROOM, FIRST_ROOM),
        (0, 512, PAGE, FIRST_ROOM),
        (FIRST_ROOM, PAGE, FIRST_ROOM + 1, 2 * FIRST_ROOM),
        (FIRST_ROOM, PAGE, 5 * FIRST_ROOM, 8 * FIRST_ROOM),
        (FIRST_ROOM, PAGE, PAGE + LARGE, LARGE + FIRST_ROOM),
    ],
)
def test_room_is_doubled_but_for_a_large_entry(size: int, start: int, end: int, then: int) -> None:
    log = log_of(bytes(size))
    log.reserve(start, end)
    assert log.storage.size() == then
    assert log.has_grown == (then > size)
    log.sync()
    assert not log.has_grown


def test_only_an_entry_with_a_higher_number_could_be_the_next() -> None:
    log = log_of(entry_head(8).ljust(PAGE, b"\0") + b"HvLE")
    assert log.begins_entry(0, 7)
    assert not log.begins_entry(0, 8)
    assert not log.begins_entry(512, 0)
    assert not log.begins_entry(PAGE, 0)  # the file ends in it


def test_it_is_harmless_while_nothing_in_it_looks_like_an_entry() -> None:
    """Where one could begin: on a page."""
    log = log_of(bytes(4 * PAGE))
    assert not log.is_harmless
    log.begin(bytes(512), entry_head(1).ljust(PAGE - 512, b"\0"))
    assert log.is_harmless
    log.append(PAGE, (entry_head(2) + b"HvLE").ljust(PAGE, b"\0"))
    assert log.is_harmless
    log.sync()
    log.append_durably(2 * PAGE, entry_head(3).ljust(PAGE, b"\0") + entry_head(4))
    assert not log.is_harmless


def test_a_new_begin_leaves_nothing_behind_that_could_mislead() -> None:
    """But what is harmless stays, and nothing is written over that looks like no entry."""
    for is_harmless in (False, True):
        log = log_of(b"\1" * PAGE + entry_head(9).ljust(PAGE, b"\2"))
        log.is_harmless = is_harmless
        log.begin(bytes(512), entry_head(1).ljust(PAGE - 512, b"\0"))
        assert log.begins_entry(PAGE, 1) == is_harmless
        assert log.storage.read(PAGE + 512, 512) == b"\2" * 512


@pytest.mark.parametrize("at", [512, PAGE, PAGE + 512, LARGE, LARGE + PAGE, LARGE + 2 * PAGE - 512])
def test_what_looks_like_an_entry_is_found_anywhere(at: int) -> None:
    """At the begin of a sector; in the middle of one nobody looks for it."""
    data = bytearray(b"HvL" * (LARGE // 3 + PAGE))[: LARGE + 2 * PAGE]
    for place in (at, at - 16, at + 4):
        data[place : place + 4] = b"HvLE"
    log = log_of(bytes(data))
    log.clear_entries(512)
    data[at : at + 512] = bytes(512)
    assert log.storage.read(0, len(data)) == data


def test_clearing_a_long_log_writes_little() -> None:
    """What a large transaction has left is looked through, and not filled with zeros."""
    log = log_of((entry_head(1).ljust(PAGE, b"\1") + b"\1" * 15 * PAGE) * 64)
    medium = log.storage.medium  # type: ignore[attr-defined]
    log.clear_entries(512)
    assert sum(len(event.data) for event in medium.record) == 63 * 512


def test_a_long_log_is_cut() -> None:
    """To what it was made with; what it holds then is on the disk before."""
    log = log_of(bytes(9 * FIRST_ROOM))
    medium = log.storage.medium  # type: ignore[attr-defined]
    assert log.is_long
    log.reset(b"a log")
    assert [type(event) for event in medium.record] == [Write, Sync, Truncate]
    assert not log.is_long
    assert log.storage.size() == FIRST_ROOM
    assert log.storage.read(0, 5) == b"a log"
    log.reset(b"")
    assert log.number() == 0


def test_a_log_that_was_never_used_is_claimed_first() -> None:
    """Durably, by a header that means nothing; as often as it is begun, until one is written."""
    log = log_of(bytes(FIRST_ROOM))
    medium = log.storage.medium  # type: ignore[attr-defined]
    for _ in range(2):
        claim(log.storage)
        assert [type(event) for event in medium.record] == [Write, Sync]
        medium.record.clear()
        assert is_log(log.storage)
        assert log.number() == 0
        assert parse_log("", log.storage.read(0, 512)) is None
    log.begin(base_block(PAGE, kind=6, size=512), entry_head(1))
    medium.record.clear()
    claim(log.storage)
    assert medium.record == []


def test_a_log_that_was_emptied_is_still_known_as_one() -> None:
    """Whatever else is left in it."""
    for empty in (lambda log: log.reset(b""), LogFile.reset_numbers):
        log = log_of(base_block(PAGE, kind=6, size=512) + bytes(512) + b"torn" * 1000)
        empty(log)
        assert is_log(log.storage)
        assert log.number() == 0
        assert log.storage.read(1024, 4) == b"torn"


@pytest.mark.parametrize(
    ("size", "is_harmless", "end", "then"),
    [
        (8 * FIRST_ROOM, False, PAGE, FIRST_ROOM),
        (8 * FIRST_ROOM, True, PAGE, 8 * FIRST_ROOM),
        (2 * FIRST_ROOM, False, PAGE, FIRST_ROOM),
        (8 * FIRST_ROOM, False, 2 * FIRST_ROOM, 2 * FIRST_ROOM),
        (8 * FIRST_ROOM, False, 5 * FIRST_ROOM, 8 * FIRST_ROOM),
    ],
)
def test_what_is_unknown_and_too_long_is_cut_first(
    size: int, is_harmless: bool, end: int, then: int
) -> None:
    """The log of a process itself stays: it will be as long again."""
    log = log_of(bytes(size))
    log.is_harmless = is_harmless
    log.prepare(end, True, 1)
    assert log.storage.size() == then
    log.reserve(512, then + 1)
    assert log.storage.size() > then
    log.prepare(PAGE, False, 1)
    assert log.storage.size() > then


@pytest.mark.parametrize("number", [0, 8])
def test_a_log_that_was_not_begun_to_its_end_is_emptied_past_the_cache(number: int) -> None:
    """It has no number, or one that is higher than that of its hive."""
    head = (b"regf" + struct.pack("<II", number, number)).ljust(512, b"\0")
    medium = Medium.of({"log": head.ljust(FIRST_ROOM, b"x")})
    log = LogFile(Process(medium).open("log", True))
    log.prepare(PAGE, False, 7)
    [event] = medium.record
    assert isinstance(event, Write)
    assert (event.at, len(event.data), event.anew) == (0, FIRST_ROOM, True)
    assert event.data[512:].count(0) == FIRST_ROOM - 512
    assert log.number() == 0


def test_a_log_that_was_begun_stays_as_it_is() -> None:
    medium = Medium.of({"log": base_block(PAGE, kind=6, size=512).ljust(FIRST_ROOM, b"x")})
    LogFile(Process(medium).open("log", True)).prepare(PAGE, False, 2**31)
    assert medium.record == []
