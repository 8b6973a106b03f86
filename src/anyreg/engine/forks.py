"""What a fork does to open hives: the child has none.

Parent and child share the locks of the files that were open at the fork, so a child that wrote
would break into the parent's transactions, and one that gave a lock back would take it from the
parent.  In the child the files are closed, which leaves the locks alone, and everything that was
opened before refuses to work.
"""

from __future__ import annotations

import os
from io import FileIO
from mmap import mmap
from typing import Final
from weakref import WeakSet

_files: Final[WeakSet[FileIO | mmap]] = WeakSet()
_forks: Final = [0]


def generation() -> int:
    """How many forks lie between this process and the first that imported the package."""
    return _forks[0]


def close_in_child(file: FileIO | mmap) -> None:
    """Close this file, or mapping, which has the file open too, in every child from now on."""
    _files.add(file)


def _forked() -> None:
    _forks[0] += 1
    for file in list(_files):
        file.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
