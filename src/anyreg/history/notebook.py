"""The history of a world without logs: notes before changes, records behind them.

A record takes the place of the notes of its transaction: it has their mark.  So where a process
dies between the two, whoever finds the notes knows that they are in the history already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from anyreg.errors import RegistryError
from anyreg.history.items import Item
from anyreg.history.notes import LeftNotes, Note, NoteFile, left_notes
from anyreg.history.recorder import Recorder, numbered
from anyreg.history.records import CHANGE, THERE, UNDO, Part, Record, TooLargeError

Told = Callable[[], Iterator[Item]]
"""Begins to tell what is different from before."""


class Notebook:
    """What one world writes into a history."""

    def __init__(self, recorder: Recorder) -> None:
        """Begin.

        Args:
            recorder: What keeps the history.
        """
        self.recorder = recorder
        self._notes = NoteFile(recorder.disk, recorder.store)

    def note(self, note: Note) -> bool:
        """Note a change that is about to be made, durably.

        Args:
            note: What was there before.

        Returns:
            Whether it was not known yet; withdraw() may follow then.
        """
        recorder = self.recorder
        return self._notes.add(note, recorder.current().label, recorder.user)

    def withdraw(self) -> None:
        """The change that was noted last is not made."""
        self._notes.withdraw(self.recorder.current().label, self.recorder.user)

    def end(self) -> None:
        """The transaction is over."""
        self._notes.end()

    def leave(self) -> None:
        """The transaction is over, and something of it could not be taken back.

        What is left of it gets a record with the next one.
        """
        self._notes.leave()

    def close(self) -> None:
        """Nothing more is changed."""
        self._notes.close()

    # Records

    def keep(self, told: Told) -> None:
        """Keep a change that was made.

        Args:
            told: Begins to tell it.
        """
        recorder = self.recorder
        with recorder.store:
            purpose = recorder.current()
            record = recorder.begun(purpose)
            record.ids = list(purpose.ids.get("", []))
            record.ids.sort(reverse=record.kind == UNDO)
            self._append(record, self._notes.mark, told)

    def take_up(self, told: Callable[[list[Note]], Iterator[Item]]) -> None:
        """Keep what processes have changed that died before they could do so.

        What cannot be compared, as this user may not read it, is left to somebody else.

        Args:
            told: Begins to tell what is different from before some notes.
        """
        recorder = self.recorder
        with recorder.store as store:
            for left in left_notes(recorder.disk, store.folder):
                try:
                    self._keep_left(left, told)
                except RegistryError:
                    left.close()
                except BaseException:
                    left.close()
                    raise
                else:
                    left.remove()

    def _keep_left(self, left: LeftNotes, told: Callable[[list[Note]], Iterator[Item]]) -> None:
        last, store = left.last, self.recorder.store
        if last is None or self._has(left.mark):
            return
        record = store.begin(CHANGE)
        record.time, record.pid = last.time, last.pid
        record.label, record.user = last.label, last.user
        record.is_lost = left.is_lost
        self._append(record, left.mark, lambda: told(left.notes))

    def _has(self, mark: str) -> bool:
        records = self.recorder.store.backwards()
        return any(part.digest == mark for record in records for part in record.parts)

    def _append(self, record: Record, mark: str, told: Told) -> None:
        """Write a record, durably, unless all is as it was."""
        recorder, store = self.recorder, self.recorder.store
        record.parts.append(Part("", record.id, mark))
        if not record.is_lost and next(told(), None) is None:
            return
        is_told = record.kind == CHANGE and not record.is_lost
        try:
            store.append(record, numbered(record, "", told()) if is_told else None)
        except TooLargeError:
            record.is_lost = True
            store.append(record)
        recorder.say(THERE, [record.id])
        store.sync()
        recorder.recorded += 1
