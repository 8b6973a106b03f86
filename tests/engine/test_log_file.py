"""One log as a file: its room, and what in it could pass for an entry."""

from __future__ import annotations

import struct

import pytest

from anyreg.engine.log_file import FIRST_ROOM, LARGE, LogFile
from crash.disk import Medium, Process

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
    """But what is harmless stays, and need not be written over."""
    for is_harmless in (False, True):
        log = log_of(b"\1" * 2 * PAGE)
        log.is_harmless = is_harmless
        log.begin(bytes(512), entry_head(1).ljust(PAGE - 512, b"\0"))
        assert any(log.storage.read(PAGE, PAGE)) == is_harmless
