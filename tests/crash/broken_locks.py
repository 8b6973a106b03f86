"""Broken forms of the engine: locks that do not lock, and looks at a file that are not taken."""

from __future__ import annotations

from crash import crowds
from crash.eyes import aliases, company, group_company, openings_and_ends
from crash.mutations import Broken

FILES = "anyreg.engine.files:HiveFiles."
WAL = "anyreg.engine.wal:Wal."
GROUP = "anyreg.engine.group:HiveGroup."
PRESENCE = "anyreg.engine.writers:Writers."
TURN = "anyreg.engine.context_lock:ContextLock."
HOME = "anyreg.backends.home:Home."
BOTH = "self._log.lock(True, True)\n    self._primary.lock(True, True)"

LOCKS = [
    Broken(
        "the writer lock",
        FILES + "hold",
        "if not self._writer.take(timeout):",
        "if False:",
        company,
    ),
    Broken(
        "the writer lock, between real processes",
        FILES + "hold",
        "if not self._writer.take(timeout):",
        "if False:",
        crowds.processes,
    ),
    Broken(
        "an opening without the writer lock",
        FILES + "_open",
        "self.hold(self._timeout)",
        "self._holds = 1",
        company,
    ),
    Broken(
        "LOG2's lock, of who is there",
        PRESENCE + "enter",
        BOTH,
        "self._log.unlock(); self._primary.lock(True, True)",
        company,
    ),
    Broken(
        "the hive's own lock, of who is there",
        PRESENCE + "enter",
        BOTH,
        "self._log.lock(True, True); self._primary.unlock()",
        aliases,
    ),
    Broken(
        "both locks of who is there",
        PRESENCE + "enter",
        BOTH,
        "self._log.unlock(); self._primary.unlock()",
        aliases,
    ),
    Broken(
        "a hive that is open by another name is opened",
        PRESENCE + "enter",
        "if not nobody and not by_these_logs and not _comes_free(self._primary):",
        "if False:",
        aliases,
    ),
    Broken(
        "a file in the place of one that is open is opened",
        PRESENCE + "enter",
        "if nobody and by_these_logs and not _comes_free(self._log):",
        "if False:",
        openings_and_ends,
    ),
    Broken(
        "everybody is alone",
        PRESENCE + "is_alone",
        "return self.keep_others_out()",
        "return True",
        company,
    ),
    Broken(
        "everybody is the last to close",
        PRESENCE + "keep_others_out",
        "return self._log.lock(False, False)",
        "return True",
        crowds.processes,
    ),
    Broken(
        "a log that was taken away meanwhile is used",
        FILES + "_open",
        "if not (self.primary.is_at(self._place) and self.logs[0].is_at(self._log_paths[0])):",
        "if False:",
        openings_and_ends,
    ),
    Broken(
        "a file that is no log is used as one",
        FILES + "put_aside",
        "if not is_log(log)",
        "if False",
        openings_and_ends,
    ),
    Broken(
        "the writer lock is given back before the others",
        FILES + "_close_files",
        "self._all[2:] + self._all[:2]",
        "self._all[1:] + self._all[:1]",
        openings_and_ends,
    ),
    Broken(
        "the group's lock",
        GROUP + "_begin_outermost",
        "if not self._lock.take(deadline.left):",
        "if False:",
        group_company,
    ),
    Broken(
        "the group's lock, of who opens it",
        "anyreg.engine.group_file:open_group_file",
        "is_held = lock.take(timeout)",
        "is_held = True",
        openings_and_ends,
    ),
    Broken(
        "the turn of a transaction",
        TURN + "take",
        "self.wait_briefly(timeout)",
        "pass",
        crowds.threads,
    ),
    Broken(
        "the turn of what is done in between",
        TURN + "wait_briefly",
        "if not self._lock.acquire(False):",
        "if False:",
        crowds.threads,
    ),
    Broken(
        "the turn of who looks",
        TURN + "take_briefly",
        "return self._lock.acquire(False)",
        "return True",
        crowds.threads,
    ),
    Broken(
        "syncs at the same time",
        WAL + "_sync_period",
        "with self._guard.syncing:",
        "if True:",
        crowds.failing_syncs,
    ),
    Broken(
        "a sync behind one that failed",
        WAL + "_sync_period",
        "self.require_whole()",
        "pass",
        crowds.failing_syncs,
    ),
    Broken(
        "the opening lock of a registry",
        "anyreg.backends.home_locks:HomeLocks._open",
        "self.opening.lock(False, True)",
        "pass",
        crowds.homes,
    ),
    Broken(
        "everybody is the first in a registry",
        HOME + "__init__",
        "is_first = self._in_use.lock(False, False)",
        "is_first = True",
        crowds.one_home,
    ),
    Broken(
        "nobody is known to be in a registry",
        HOME + "__init__",
        "self._in_use.lock(True, True)",
        "self._in_use.unlock()",
        crowds.one_home,
    ),
    Broken(
        "everybody is the last in a registry",
        HOME + "close",
        "if self._in_use.lock(False, False):",
        "if True:",
        crowds.one_home,
    ),
    Broken(
        "the lock of a history",
        "anyreg.history.store:Store.take",
        "self._files.lock()",
        "pass",
        crowds.journals,
    ),
]
