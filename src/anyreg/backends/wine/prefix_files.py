"""The files of a prefix, and a transaction over them.

One file that has changed is written beside itself, synced, and renamed into its place: it is the
old one or the new one at every moment.  Where several have changed, all are written so, and then a
record is made that names them, with digests of what was there and of what is to be: from then on
the transaction is made.  They are renamed, and the record is taken away.

Who finds a record finishes it: what still has the digest of before gets its draft, what has that of
after has got it.  A file that has neither was written by Wine since, which has then read what there
was; it is left alone, and that is reported.  Who only reads takes the drafts for the files.
"""

from __future__ import annotations

import json
import logging
import os
import re
from typing import Final, NamedTuple

from anyreg.engine.storage import Disk, write_new
from anyreg.errors import NotFoundError, OutcomeUnknownError, RegistryError
from anyreg.history.digests import blake2b

RECORD: Final = ".anyreg-commit.json"
"""The record, in the folder of the prefix."""

FILES: Final = {
    "system.reg": ["Machine"],
    "userdef.reg": ["User", ".Default"],
    "user.reg": ["User"],
}
r"""The files, and the names below \Registry that their keys are relative to."""

_log: Final = logging.getLogger(__name__)
_drafts: Final = re.compile(r"(?:system|user|userdef)\.reg\.[0-9a-f]{12}\.new")
_left_behind: Final = re.compile(_drafts.pattern + r"|\.anyreg-commit\.json\.[0-9a-f]{12}\.new")
_DIGEST: Final = 16
_TRIES: Final = 20


class Planned(NamedTuple):
    """A file in a record.

    Attributes:
        name: Its name in the prefix.
        draft: The name of what is to take its place, in the folder where the file really is.
        before: The digest of what was there, "" for none.
        after: The digest of the draft.
    """

    name: str
    draft: str
    before: str
    after: str


class PrefixFiles:
    """The files of one prefix.

    Attributes:
        folder: Where they are.
        left_alone: Files that lack a part of a transaction, as Wine has written them since.
    """

    def __init__(self, disk: Disk, folder: str) -> None:
        """Name them.

        Args:
            disk: Where they are.
            folder: The prefix.
        """
        self.folder = folder
        self.left_alone: list[str] = []
        self._disk = disk

    def path(self, name: str) -> str:
        """Where a file really is."""
        return self._disk.real_path(os.path.join(self.folder, name))

    def _draft(self, name: str, draft: str) -> str:
        return os.path.join(os.path.dirname(self.path(name)), draft)

    # Reading

    def read(self) -> dict[str, bytes]:
        """What each file holds, or will hold once a transaction is finished; of those there are."""
        for _ in range(_TRIES):
            record = self._record_bytes()
            found = self._read_with(_parsed(record))
            if record == self._record_bytes():
                return found
        raise RegistryError("others write its files, again and again", path=self.folder)

    def _read_with(self, plan: list[Planned]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for name in FILES:
            data = self._bytes(self.path(name))
            if data is not None:
                found[name] = data
        for one in plan:
            draft = self._wanted_draft(one, found.get(one.name))
            if draft is not None:
                found[one.name] = draft
        return found

    def _wanted_draft(self, one: Planned, there: bytes | None) -> bytes | None:
        """The draft that is still to take the place of a file."""
        if digest(there) != one.before:
            return None
        draft = self._bytes(self._draft(one.name, one.draft))
        return draft if digest(draft) == one.after else None

    def _bytes(self, path: str) -> bytes | None:
        try:
            file = self._disk.open(path, False)
        except NotFoundError:
            return None
        try:
            return file.read(0, file.size())
        finally:
            file.close()

    def _record_bytes(self) -> bytes:
        path = os.path.join(self.folder, RECORD)
        return (self._bytes(path) or b"") if self._disk.exists(path) else b""

    # Writing: under the lock of Wine's server

    def store(self, texts: dict[str, bytes]) -> None:
        """Write files, all or none.

        Args:
            texts: What each is to hold, by name.

        Raises:
            OutcomeUnknownError: It is made for some of them, or not known; the next transaction
                finishes it.
            RegistryError: Nothing is made.
        """
        plan: list[Planned] = []
        try:
            for name, data in texts.items():
                plan.append(self._written(name, data))
            if len(plan) > 1:
                self._promise(plan)
        except OutcomeUnknownError:
            raise
        except BaseException:
            self._give_up(plan)
            raise
        if len(plan) == 1:
            self._replace(plan[0])
            return
        try:
            self._finish(plan)
        except RegistryError as error:
            raise _unknown("it is made, but not in all files yet", error) from error

    def _promise(self, plan: list[Planned]) -> None:
        """Make the record; the drafts that it names must be there first."""
        for one in plan:
            self._disk.sync_directory(self._draft(one.name, one.draft))
        path = os.path.join(self.folder, RECORD)
        data = json.dumps({"files": [list(one) for one in plan]}).encode()
        try:
            write_new(self._disk, path, data)
        except RegistryError as error:
            try:
                self._disk.remove(path)
                self._disk.sync_directory(path)
            except RegistryError:
                raise _unknown("it may be made", error) from error
            raise

    def _replace(self, one: Planned) -> None:
        path = self.path(one.name)
        try:
            self._disk.rename(self._draft(one.name, one.draft), path)
        except BaseException:
            self._give_up([one])
            raise
        try:
            self._disk.sync_directory(path)
        except RegistryError as error:
            raise _unknown("it may be lost by a power cut", error) from error

    def _written(self, name: str, data: bytes) -> Planned:
        """A draft that is whole and synced."""
        path = self.path(name)
        draft = f"{os.path.basename(path)}.{os.urandom(6).hex()}.new"
        where = self._draft(name, draft)
        before = digest(self._bytes(path))
        storage = self._disk.create(where)
        try:
            try:
                storage.write(0, data)
                self._disk.take_rights(where, path if before else os.path.dirname(path))
                storage.sync()
            finally:
                storage.close()
        except BaseException:
            self._disk.remove(where)
            raise
        return Planned(name, draft, before, digest(data))

    def _give_up(self, plan: list[Planned]) -> None:
        for one in plan:
            try:
                self._disk.remove(self._draft(one.name, one.draft))
            except RegistryError:
                pass  # the error that led here is the one that counts

    def recover(self) -> None:
        """Finish what a process that died has promised."""
        plan = _parsed(self._record_bytes())
        if plan or self._disk.exists(os.path.join(self.folder, RECORD)):
            self._finish(plan)

    def _finish(self, plan: list[Planned]) -> None:
        for one in plan:
            path, draft = self.path(one.name), self._draft(one.name, one.draft)
            there = self._bytes(path)
            if self._wanted_draft(one, there) is not None:
                self._disk.rename(draft, path)
            else:
                if digest(there) != one.after:
                    self.left_alone.append(one.name)
                    _log.warning("%r was written by Wine before a transaction had ended", path)
                self._disk.remove(draft)
            self._disk.sync_directory(path)
        record = os.path.join(self.folder, RECORD)
        self._disk.remove(record)
        self._disk.sync_directory(record)

    def sweep(self) -> None:
        """Take drafts away whose writers have died; no transaction may be under way."""
        for folder in {self.folder, *[os.path.dirname(self.path(name)) for name in FILES]}:
            for name in self._disk.names(folder):
                if _left_behind.fullmatch(name):
                    self._disk.remove(os.path.join(folder, name))


def _unknown(words: str, error: RegistryError) -> OutcomeUnknownError:
    return OutcomeUnknownError(f"{words}: {error.message}", path=error.path)


def digest(data: bytes | None) -> str:
    """What bytes are known by; "" for no file."""
    return "" if data is None else blake2b(data, digest_size=_DIGEST).hexdigest()


def _parsed(record: bytes) -> list[Planned]:
    """The files that a record names; of one that cannot be read, none."""
    if not record:
        return []
    try:
        found = json.loads(record)["files"]
        plan = [Planned(*[str(word) for word in words]) for words in found]
    except (ValueError, TypeError, KeyError):
        return []
    return [one for one in plan if one.name in FILES and _drafts.fullmatch(one.draft)]
