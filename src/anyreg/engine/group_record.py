"""The record of a transaction over several hives, as it stands in the group's file.

For each hive it holds the state that it was in and the pages of its new entry; one hash over all.
"""

from __future__ import annotations

import os
from struct import Struct
from typing import Final

from anyreg.engine.prepared_commit import PreparedCommit
from anyreg.regf.checksums import marvin32

_MAGIC: Final = b"ARGC"
_HEAD: Final = Struct("<4sI16sI")  # magic, size of the record, random id, number of hives
_HIVE: Final = Struct("<IIQIII")  # size of name, number and hash before, bins size, pages, clean
_PAGE: Final = Struct("<II")
_HASH: Final = Struct("<Q")
RECORD_HEAD: Final = _HEAD.size  # bytes of a record that no other one has: its random id is in them


def build_record(parts: dict[str, PreparedCommit]) -> bytes:
    """The record of a transaction.

    Args:
        parts: What each hive contributes, by its name in records.
    """
    body = b"".join([_pack(name, part) for name, part in parts.items()])
    size = _HEAD.size + len(body) + (-len(body) - _HEAD.size) % 4 + _HASH.size
    head = _HEAD.pack(_MAGIC, size, os.urandom(16), len(parts))
    record = (head + body).ljust(size - _HASH.size, b"\0")
    return record + _HASH.pack(marvin32(record))


def is_record(head: bytes) -> bool:
    """Whether a file may be overwritten: a record, zeros, or empty, as a cut may leave it.

    Args:
        head: Its first bytes.
    """
    return head[: len(_MAGIC)] == _MAGIC or not any(head)


def parse_record(data: bytes) -> dict[str, list[PreparedCommit]]:
    """What a record says, by hive; nothing where there is none that is whole.

    Args:
        data: The group's file.
    """
    if len(data) < _HEAD.size + _HASH.size or data[:4] != _MAGIC:
        return {}
    _, size, _, count = _HEAD.unpack_from(data)
    if size % 4 or not _HEAD.size + _HASH.size <= size <= len(data):
        return {}
    (found,) = _HASH.unpack_from(data, size - _HASH.size)
    if marvin32(data, 0, size - _HASH.size) != found:
        return {}
    pending: dict[str, list[PreparedCommit]] = {}
    at = _HEAD.size
    for _ in range(count):
        name, part, at = _unpack(data, at)
        pending.setdefault(name, []).append(part)
    return pending


def _pack(name: str, part: PreparedCommit) -> bytes:
    text = name.encode("utf-8", "surrogatepass")
    pieces = [
        _HIVE.pack(
            len(text), part.number, part.hash, part.bins_size, len(part.pages), int(part.was_clean)
        ),
        text,
    ]
    for at, data in part.pages:
        pieces.append(_PAGE.pack(at, len(data)))
        pieces.append(data)
    return b"".join(pieces)


def _unpack(data: bytes, at: int) -> tuple[str, PreparedCommit, int]:
    length, number, before, bins_size, count, clean = _HIVE.unpack_from(data, at)
    at += _HIVE.size
    name = data[at : at + length].decode("utf-8", "surrogatepass")
    at += length
    pages: list[tuple[int, bytes]] = []
    for _ in range(count):
        place, size = _PAGE.unpack_from(data, at)
        at += _PAGE.size
        pages.append((place, data[at : at + size]))
        at += size
    return name, PreparedCommit(number, before, clean != 0, bins_size, pages, []), at
