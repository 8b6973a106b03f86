"""Files that are no hives, and what they are instead, so that a message can say what to do."""

from __future__ import annotations

from typing import Final

from anyreg.errors import NotHiveError
from anyreg.regf.layout import (
    BASE_SIGNATURE,
    BASE_TYPE,
    BIN_SIGNATURE,
    BINS_START,
    SECTOR,
    TYPE_NEW_LOG,
    TYPE_NT_LOG,
    TYPE_OLD_LOG,
)
from anyreg.regf.reads import u32

_LOGS: Final = (TYPE_OLD_LOG, TYPE_NT_LOG, TYPE_NEW_LOG)
_ENDINGS: Final = (".log1", ".log2", ".log")
_TEXT: Final = "Windows Registry Editor"
_REG: Final = "a .reg file, which is imported into a registry and not opened"
_KNOWN: Final = (
    (_TEXT.encode(), _REG),
    (b"\xef\xbb\xbf" + _TEXT.encode(), _REG),
    (b"\xff\xfe" + _TEXT.encode("utf-16-le"), _REG),
    (b"REGEDIT", _REG),
    (b"PReg", "a group policy, which is imported into a registry and not opened"),
    (b"CREG", "a registry of Windows 95, 98 or Me, which has another format"),
)


def is_log(head: bytes) -> bool:
    """Whether a file that begins so is a transaction log.

    Args:
        head: Its first sector at least.
    """
    return len(head) >= SECTOR and head[:4] == BASE_SIGNATURE and u32(head, BASE_TYPE) in _LOGS


def expect_no_log(head: bytes, path: str) -> None:
    """Refuse to take a log for a hive.

    Args:
        head: How the file begins.
        path: Its path.

    Raises:
        NotHiveError: It is one.
    """
    if is_log(head):
        raise not_a_hive(head, path)


def not_a_hive(head: bytes, path: str) -> NotHiveError:
    """The error of a file that is no hive, which says what it is where that can be seen.

    Args:
        head: How the file begins.
        path: Its path.
    """
    if is_log(head):
        name = path
        for ending in _ENDINGS:
            if path.lower().endswith(ending):
                name = path[: -len(ending)]
                break
        hint = f"open {name}" if name != path else "open the hive"
        return NotHiveError(
            f"this is a transaction log, which is read with its hive: {hint}", path=path
        )
    if not head:
        return NotHiveError("the file is empty, and no hive", path=path)
    for begin, words in _KNOWN:
        if head.startswith(begin):
            return NotHiveError(f"this is {words}", path=path)
    if BIN_SIGNATURE in (head[:4], head[BINS_START : BINS_START + 4]):
        return NotHiveError(
            "the header of this hive is damaged; `anyreg repair` writes all that can be read into "
            "a new file",
            path=path,
            expected="'regf'",
            actual=repr(head[:4]),
        )
    return NotHiveError("not a registry hive", path=path, expected="'regf'", actual=repr(head[:4]))
