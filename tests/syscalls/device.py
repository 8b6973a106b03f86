"""A disk in memory, as a file: it records each write and flush of a device that stands upon it.

A process of its own: python -m syscalls.device FOLDER IMAGE RECORD.  In the folder stand `disk`,
which begins as the image, and `marks`: a line that is written there goes into the record, in the
order of all writes; after the line `fail N` the N-th write from there on is answered with EIO.
"""

from __future__ import annotations

import errno
import stat
import sys
from pathlib import Path
from typing import Any

import mfusepy

from syscalls.record import packed

_BYTES = 1 << 17  # of one request


class Recording(mfusepy.Operations):  # type: ignore[misc]  # it has no types
    """The two files."""

    use_ns = True

    def __init__(self, image: bytes, record: Path) -> None:
        self._data = bytearray(image)
        self._record = record.open("wb", buffering=0)
        self._line = b""
        self._fail_in = 0

    def getattr(self, path: str, fh: Any = None) -> dict[str, int]:
        """What stat() says."""
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        sizes = {"/disk": len(self._data), "/marks": 0}
        if path not in sizes:
            raise mfusepy.FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": sizes[path]}

    def open(self, path: str, flags: int) -> int:
        """Nothing to do."""
        return 0

    def truncate(self, path: str, length: int, fh: Any = None) -> int:
        """Nothing to do."""
        return 0

    def read(self, path: str, size: int, offset: int, fh: Any) -> bytes:
        """Bytes of the disk."""
        return bytes(self._data[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: Any) -> int:
        """Change the disk, or set marks."""
        if path == "/marks":
            *lines, self._line = (self._line + data).split(b"\n")
            for line in lines:
                self._mark(line)
            return len(data)
        self._fail_in -= 1
        if self._fail_in == 0:
            self._record.write(packed("X", offset, data))
            raise mfusepy.FuseOSError(errno.EIO)
        self._data[offset : offset + len(data)] = data
        self._record.write(packed("W", offset, data))
        return len(data)

    def _mark(self, line: bytes) -> None:
        if line.startswith(b"fail "):
            self._fail_in = int(line[5:])
            return
        *_, process = mfusepy.fuse_get_context()
        self._record.write(packed("M", 0, line, process))

    def fsync(self, path: str, datasync: int, fh: Any) -> int:
        """All that was written is durable."""
        self._record.write(packed("E", 0, b""))
        return 0


def main() -> None:
    """Serve until it is unmounted."""
    folder, image, record = sys.argv[1:]
    operations = Recording(Path(image).read_bytes(), Path(record))
    options = {"direct_io": True, "max_read": _BYTES}
    mfusepy.FUSE(operations, folder, foreground=True, nothreads=True, **options)


if __name__ == "__main__":
    main()
