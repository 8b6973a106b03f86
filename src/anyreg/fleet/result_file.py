"""The file of what has been done: a second run does what is missing.

A line of JSON says what the file is of, and then each row is a line, put at the end when its
registry is done.  A line that a run has not finished, since it was killed, is cut off by the next.
The last row of a registry holds.  One run at a time has the file; it holds a lock on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Lock
from typing import Final, TypeVar

from anyreg.engine.file_disk import FileDisk
from anyreg.engine.storage import Storage
from anyreg.errors import AccessDeniedError, ConflictError, NotSupportedError, RegistryError
from anyreg.fleet.rows import FleetRow, row_line, row_of

T = TypeVar("T")

_MARK: Final = "anyreg fleet"
_VERSION: Final = 1
_BLOCK: Final = 1 << 20


class ResultFile:
    """Rows that are kept."""

    def __init__(self, path: str, task: str = "") -> None:
        """Open the file, made if it is missing, and look what has been done.

        Args:
            path: The file.
            task: What is done with each registry, in words of the caller's.

        Raises:
            AccessDeniedError: Another run has it open.
            ConflictError: It is of another task.
            NotSupportedError: It is no file of results; nothing of it has changed.
            RegistryError: The system cannot read or write it.
        """
        self._path = path
        self._lock = Lock()
        self._is_closed = False
        self._rows: dict[str, tuple[int, int, bool]] = {}  # offset, size, whether it is an error
        disk = FileDisk()
        self._file: Storage = disk.open(path, True) if disk.exists(path) else disk.create(path)
        try:
            if not self._file.lock(False, False):
                raise AccessDeniedError("another run writes to this file", path=path)
            self._end = self._read(task)
        except BaseException:
            self._file.close()
            raise

    # What was there

    def _read(self, task: str) -> int:
        """Index all rows; the offset behind the last."""
        header = json.dumps({_MARK: _VERSION, "task": task}).encode("ascii") + b"\n"
        end = 0
        for number, (at, line) in enumerate(self._lines(), 1):
            if number == 1:
                self._require(line, task)
            else:
                self._add(at, line, number)
            end = at + len(line)
        if end == 0:
            self._begin(header)
            return len(header)
        if end < self._file.size():
            self._file.truncate(end)
        return end

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Each whole line, and where it begins."""
        at, searched, rest = 0, 0, bytearray()
        while block := self._file.read(at + len(rest), _BLOCK):
            rest += block
            while (found := rest.find(b"\n", searched)) >= 0:
                yield at, bytes(rest[: found + 1])
                del rest[: found + 1]
                at, searched = at + found + 1, 0
            searched = len(rest)

    def _require(self, line: bytes, task: str) -> None:
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.get(_MARK) != _VERSION:
            raise self._no_results("line 1 does not say so")
        if found.get("task") != task:
            words = "the file has the results of another task: take another file, or delete it"
            theirs = repr(found.get("task"))
            raise ConflictError(words, path=self._path, expected=theirs, actual=repr(task))

    def _add(self, at: int, line: bytes, number: int) -> None:
        try:
            row = row_of(line)
        except ValueError as error:
            raise self._no_results(f"line {number}: {error}") from error
        self._rows[row.target] = (at, len(line), row.error is not None)

    def _begin(self, header: bytes) -> None:
        """Write the first line; what a run that was killed has left of it is written over."""
        size = self._file.size()
        if size > len(header) or not header.startswith(self._file.read(0, size)):
            raise self._no_results("it has no whole line")
        self._file.write(0, header)

    def _no_results(self, why: str) -> NotSupportedError:
        return NotSupportedError(f"this is no file of results ({why})", path=self._path)

    # Rows

    def find(self, target: str, failed: bool) -> FleetRow[object] | None:
        """The row of a registry that was done before this run; None if it is to be done.

        Args:
            target: The registry.
            failed: Whether one that has failed counts as done.
        """
        found = self._rows.get(target)
        if found is None or (found[2] and not failed):
            return None
        with self._lock:
            line = self._file.read(found[0], found[1])
        return row_of(line)

    def append(self, row: FleetRow[T]) -> None:
        """Keep a row; behind close() nothing is kept any more.

        Args:
            row: The row.

        Raises:
            RegistryError: It cannot be written; the file is as it was.
        """
        line = row_line(row)
        with self._lock:
            if self._is_closed:
                return
            try:
                self._file.write(self._end, line)
            except RegistryError:
                self._file.truncate(self._end)
                raise
            self._end += len(line)

    def close(self) -> None:
        """Return when the rows would survive a power cut; further calls do nothing."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            try:
                self._file.sync()
            finally:
                self._file.close()
