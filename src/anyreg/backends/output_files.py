"""Files that are written whole: one takes its place when it is complete.

After an error, what was there before is still there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from anyreg.backends.base import Backend
from anyreg.backends.trees import save
from anyreg.engine.file_disk import FileDisk, translated
from anyreg.errors import AccessDeniedError, NotFoundError
from anyreg.values import Node

if TYPE_CHECKING:
    from pathlib import Path


def save_over(backend: Backend, node: Node, file: Path) -> None:
    """Save a key as a hive, in the place of a file that may be there.

    It goes through the links that a registry itself makes, as all exports do.
    """
    place = file.resolve()
    _expect_folder(place)
    draft = _draft_of(place)
    try:
        save(backend, node, str(draft), 5, as_seen=True)
        if place.exists():
            draft.chmod(place.stat().st_mode & 0o7777)
        _take_place(draft, place)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def replacing(output: Path) -> Iterator[BinaryIO]:
    """A file that takes its place when it is complete, and is removed after an error.

    Values hold passwords: a new one belongs to its owner alone, one that is there keeps its mode.
    """
    if output.exists() and not output.is_file():
        with output.open("wb") as file:  # such as /dev/null, or NUL, which stands in no folder
            yield file
        return
    place = output.resolve()  # a link stays, what it points to is replaced
    _expect_folder(place)
    draft = _draft_of(place)
    with _known_as(place):
        draft.touch(0o600, exist_ok=False)
    try:
        with _known_as(place):
            file = draft.open("wb")
        with file:
            yield file
            file.flush()
            if place.exists():
                draft.chmod(place.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        _take_place(draft, place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def _known_as(place: Path) -> Iterator[None]:
    """Errors name the place: nobody knows the draft."""
    try:
        yield
    except OSError as error:
        raise translated(error, str(place)) from error


def _take_place(draft: Path, place: Path) -> None:
    """The file has its name for good; a folder that may not be looked into cannot be synced."""
    FileDisk().rename(str(draft), str(place))
    with suppress(AccessDeniedError):
        FileDisk().sync_directory(str(place))


def _expect_folder(place: Path) -> None:
    """The message names what is missing, and not the draft that cannot be made."""
    if not place.parent.is_dir():
        what = "this is no folder" if place.parent.exists() else "no such folder"
        raise NotFoundError(what, path=str(place.parent))


def _draft_of(place: Path) -> Path:
    return place.with_name(f".{place.name}.{os.getpid()}.tmp")
