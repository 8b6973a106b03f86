"""Reading all records of a history, the newest first.

The newest record tells which of them may not be durable, and so be torn: those are looked at whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.engine.storage import Storage
from anyreg.errors import RegistryError
from anyreg.history.folder import Folder
from anyreg.history.last_file import LastFile
from anyreg.history.records import NO_DIGEST, Record, is_whole, record_before


def backwards(files: Folder, last: LastFile) -> Iterator[Record]:
    """All records, from the end of the last file on.

    Args:
        files: The files.
        last: The last of them.

    Raises:
        RegistryError: A record is not whole.
    """
    newest: Record | None = None
    for number in reversed(files.numbers()):
        if number > last.number:
            continue
        storage = last.storage if number == last.number else files.older(number)
        if storage is None:
            return
        end = last.end if number == last.number else storage.size()
        while end > 0:
            record = record_before(storage, number, end)
            if record is None:
                raise _broken(files, number)
            newest = newest or record
            if _may_be_torn(record, newest) and not _is_sound(storage, record):
                raise _broken(files, number)
            yield record
            end = record.start


def _broken(files: Folder, number: int) -> RegistryError:
    return RegistryError("the history is damaged", path=files.file(number))


def _is_sound(storage: Storage, record: Record) -> bool:
    before = NO_DIGEST
    if record.start:
        older = record_before(storage, record.file, record.start)
        if older is None:
            return False
        before = older.digest
    return is_whole(storage, record, before)


def _may_be_torn(record: Record, newest: Record) -> bool:
    """Whether a record may not be durable, as far as the last one tells; it cannot of itself."""
    if record is newest:
        return True
    is_known = record.file == newest.file and record.end <= newest.sound
    return record.id >= newest.floor and not is_known
