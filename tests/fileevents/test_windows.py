"""What Windows says of a folder's changes; tests/live has it asked for them."""

from __future__ import annotations

import struct

from anyreg.fileevents.windows import folder_changes

NAMES = {"hive": {"C:\\r\\Hive", "C:\\link"}, "hive.log1": {"C:\\r\\Hive.LOG1"}, "a~1": {"a~1"}}


def entries(*names: str) -> bytes:
    """FILE_NOTIFY_INFORMATION, each at a multiple of four."""
    data = b""
    for left, name in zip(range(len(names))[::-1], names, strict=True):
        text = name.encode("utf-16-le", "surrogatepass")
        size = 12 + len(text) + -len(text) % 4
        data += struct.pack("<III", size if left else 0, 3, len(text)) + text.ljust(
            size - 12, b"\0"
        )
    return data


def test_names_are_those_of_watched_files_in_any_case() -> None:
    """Of others nothing is said."""
    assert folder_changes(NAMES, entries("other", "HIVE", "x")) == {"C:\\r\\Hive", "C:\\link"}
    assert folder_changes(NAMES, entries("hive2", "hiv", "\ud800")) == set()


def test_a_short_name_may_be_that_of_any_file() -> None:
    """Windows reports the name that a file was opened by; a name with ~ may be a whole one."""
    assert folder_changes(NAMES, entries("HIVE~1.LOG")) == set().union(*NAMES.values())
    assert folder_changes(NAMES, entries("A~1")) == {"a~1"}


def test_more_than_the_system_could_keep_is_a_change_of_everything() -> None:
    """It says so by no entry at all."""
    assert folder_changes(NAMES, b"") == set().union(*NAMES.values())
