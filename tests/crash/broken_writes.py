"""Broken forms of the engine: writes and syncs left out, and their orders swapped.

What is not in the table, as nothing depends on it alone:

- the first of the two syncs of an old log: the second comes before anything else is written, and
  a clean hive's log is not looked at.  It is what Windows does.
- the sync of the log that Wal.checkpoint begins with: whoever calls it has synced before.
- the flush of all hives before a record is forgotten: the transaction has made up for what the
  record says at its begin, which syncs them.
- the sync of a file that is to replace another: planning has synced it already, too.
- that a clean base block that was found is written again, and not only synced: whoever met the
  error that left it in the cache alone writes it again before others come.  What remains is that
  he dies in between; tests/engine/test_wal.py shows that it is written.
- that what a group makes up for is logged durably: its record stays until all hives are flushed.
"""

from __future__ import annotations

from crash import bystanders, refusals
from crash.eyes import (
    bystander,
    bystander_with_long_logs,
    chains,
    chains_of_any_kind,
    company,
    group_rows,
    groups,
    growing,
    histories,
    old_chains,
    places,
    plans,
    recoveries,
)
from crash.mutations import Broken

WAL = "anyreg.engine.wal:Wal."
OLD = "anyreg.engine.old_wal:OldWal."
LOG = "anyreg.engine.log_file:LogFile."
LOG_FILE = "anyreg.engine.log_file:"
FILES = "anyreg.engine.files:HiveFiles."
GROUP = "anyreg.engine.group:HiveGroup."

WRITES = [
    Broken(
        "pages that another may have failed to write are written to the cache",
        WAL + "checkpoint",
        "self._dirty.write(image, self._primary, self._is_adopted)",
        "self._dirty.write(image, self._primary, False)",
        growing,
    ),
    Broken(
        "a log that was not begun to its end is used as it is",
        LOG + "prepare",
        "if size > 0 and not 0 < self.number() <= settled:",
        "if False:",
        growing,
    ),
    Broken(
        "entries that a recovery builds upon are written to the cache",
        FILES + "write_again",
        "storages[log.name].write_anew(0, log.data)",
        "storages[log.name].write(0, log.data)",
        growing,
    ),
    Broken(
        "a clean base block that was found counts as durable",
        WAL + "_secure_base",
        "if self._base_synced:",
        "if True:",
        chains,
    ),
    Broken(
        "a log is written over before the base block that was found is durable",
        WAL + "_begin_period",
        "self._secure_base()\n",
        "pass\n",
        chains,
    ),
    Broken("a log is begun without a sync", LOG + "begin", "self.sync()", "pass", chains),
    Broken(
        "the base block of a period is not synced",
        WAL + "_begin_period",
        "self._primary.sync()",
        "pass",
        chains,
    ),
    Broken(
        "the base block of a period is written before its log",
        WAL + "_begin_period",
        "log.begin(header.build(), entry)",
        "self._primary.write(0, dirty.build()[:SECTOR]); self._primary.sync()\n"
        "            log.begin(header.build(), entry)",
        chains,
    ),
    Broken(
        "a durable entry is not synced",
        WAL + "_append",
        "self._sync_period()",
        "pass",
        plans,
    ),
    Broken(
        "a log is not synced",
        WAL + "_sync_period",
        "self._logs[self.active].sync()",
        "pass",
        plans,
    ),
    Broken(
        "a checkpoint does not sync the pages",
        WAL + "checkpoint",
        "    self._primary.sync()\n        clean = ",
        "    clean = ",
        chains,
    ),
    Broken(
        "a checkpoint does not sync its base block",
        WAL + "checkpoint",
        "    self._primary.sync()\n        self.went_clean",
        "    self.went_clean",
        chains_of_any_kind,
    ),
    Broken(
        "a checkpoint forgets a page",
        "anyreg.engine.dirty_pages:DirtyPages.runs",
        "return runs",
        "return runs[1:]",
        chains,
    ),
    Broken(
        "the base block that a recovery builds upon is not written again",
        FILES + "write_again",
        "self.primary.write(0, head[:SECTOR])",
        "pass",
        chains,
    ),
    Broken(
        "the base block that a recovery builds upon is not synced",
        FILES + "write_again",
        "self.primary.sync()",
        "pass",
        chains,
    ),
    Broken(
        "new logs are not synced",
        FILES + "fill_logs",
        "self._disk.sync_directory(self._place)",
        "pass",
        plans,
    ),
    Broken(
        "a commit by the old protocol does not wait for the one before",
        OLD + "commit",
        "self._secure_base()",
        "pass",
        old_chains,
    ),
    Broken(
        "the header of an old log is not synced",
        OLD + "_write_log",
        "self._log.write(0, whole[:SECTOR])\n    self._log.sync()",
        "self._log.write(0, whole[:SECTOR])",
        old_chains,
    ),
    Broken(
        "pages are not synced by the old protocol",
        OLD + "commit",
        "    self._primary.sync()\n        self._write_base(clean)",
        "    self._write_base(clean)",
        old_chains,
    ),
    Broken(
        "base blocks are not synced by the old protocol",
        OLD + "_write_base",
        "self._primary.sync()",
        "pass",
        old_chains,
    ),
    Broken(
        "the record of a group is not synced",
        GROUP + "_write_record",
        "self._record.sync()",
        "pass",
        groups,
    ),
    Broken(
        "a clean base block that was found is written again, and not synced",
        WAL + "_secure_base",
        "self._primary.sync()",
        "pass",
        chains,
    ),
    Broken(
        "the log of the last period is written over",
        WAL + "_begin_period",
        "which = 1 - self._last_used",
        "which = self._last_used",
        company,
    ),
    Broken("a flush does not sync", WAL + "sync", "self._sync_period()", "pass", plans),
    Broken(
        "a checkpoint writes its base block before the pages",
        WAL + "checkpoint",
        "self._dirty.write(image, self._primary, self._is_adopted)",
        "early = BaseBlock(self.base.raw); early.bins_size = image.size\n"
        "    early.primary_number = early.secondary_number = following(self.number)\n"
        "    self._primary.write(0, early.build()[:SECTOR])\n"
        "    self._dirty.write(image, self._primary, self._is_adopted)",
        chains,
    ),
    Broken(
        "the base block of another's period is not synced",
        WAL + "_sync_period",
        "if not self._base_synced:",
        "if False:",
        bystander,
    ),
    Broken(
        "room is given back before the hive is durable",
        WAL + "give_room_back",
        "self._secure_base()",
        "pass",
        bystander_with_long_logs,
    ),
    Broken(
        "what a dead writer left behind the tail stays",
        WAL + "clear_behind_tail",
        "if not log.begins_entry(self.tail, self.number):",
        "if True:",
        bystanders.torn_entry,
    ),
    Broken(
        "a recovery does not write its logs again",
        FILES + "write_again",
        "storages[log.name].write_anew(0, log.data)",
        "pass",
        recoveries,
    ),
    Broken(
        "a recovery does not sync its logs",
        FILES + "write_again",
        "storages[log.name].sync()",
        "pass",
        recoveries,
    ),
    Broken(
        "a recovery writes nothing again",
        "anyreg.engine.opening:Reading.wal",
        "files.write_again(self._head, self._recovery.used)",
        "pass",
        chains,
    ),
    Broken(
        "a log is begun over what looks like its entries",
        LOG + "begin",
        "self.clear_entries(len(head) + len(entry))",
        "pass",
        bystanders.stale_entries,
    ),
    Broken(
        "the base block is written before the log by the old protocol",
        OLD + "commit",
        "self._write_log(clean, pages)",
        "pass",
        old_chains,
    ),
    Broken(
        "a record counts on entries that are not durable",
        GROUP + "commit",
        "self._hives[name].flush()",
        "pass",
        group_rows,
    ),
    Broken(
        "no record is written",
        GROUP + "_write_record",
        "self._record.write(0, record)",
        "pass",
        groups,
    ),
    Broken(
        "the record of the dead is not synced",
        GROUP + "_secure_record",
        "if head and head != self._secured:",
        "if False:",
        group_rows,
    ),
    Broken(
        "the record of a durable commit is not synced",
        "anyreg.engine.hive_transaction:HiveTransaction._commit_observed",
        "durable or part.was_clean",
        "False",
        histories,
    ),
    Broken(
        "a new hive is not synced",
        "anyreg.engine.storage:_put_new",
        "storage.sync()",
        "pass",
        places,
    ),
    Broken(
        "the folder of a new file is not synced",
        "anyreg.engine.storage:write_new",
        "disk.sync_directory(path)",
        "pass",
        places,
    ),
    Broken(
        "the folders of files that are replaced are not synced",
        "anyreg.backends.hive_replacement:_sync_folders",
        'disk.sync_directory(os.path.join(folder, ""))',
        "pass",
        places,
    ),
    Broken(
        "what is no log is put aside before all was read",
        "anyreg.engine.opened:OpenedHive._open",
        "reading = read_for_writing(self.files)\n    while",
        "self.files.put_aside(); reading = read_for_writing(self.files)\n    while",
        refusals.refusals,
    ),
    Broken(
        "what is no log is put aside before others are looked for",
        FILES + "_open_all",
        "self._presence.enter(self.path)",
        "if self.put_aside(): return\n    self._presence.enter(self.path)",
        refusals.refusals,
    ),
    Broken(
        "logs that were made for a hive which is refused stay",
        FILES + "give_up",
        "self._take_logs_back()",
        "pass",
        refusals.refusals,
    ),
    Broken(
        "what was put aside stays so where the opening fails",
        FILES + "give_up",
        "self._disk.rename_new(aside, path)",
        "pass",
        refusals.asides,
    ),
    Broken(
        "a log takes the place of a file that may not have its new name yet",
        FILES + "_put_one_aside",
        "self._disk.sync_directory(aside)",
        "pass",
        refusals.asides,
    ),
    Broken(
        "a log that was made longer stays so where the opening fails",
        FILES + "_take_logs_back",
        "log.truncate(size)",
        "pass",
        refusals.asides,
    ),
    Broken(
        "a new log is not known as one before it is begun",
        LOG + "begin",
        "claim(self.storage)",
        "pass",
        refusals.torn,
    ),
    Broken(
        "a new log is begun before it is durably known as one",
        LOG_FILE + "claim",
        "storage.sync()",
        "pass",
        refusals.torn,
    ),
    Broken(
        "a header that means nothing counts as durable",
        LOG_FILE + "claim",
        "or head == _BLANK",
        "",
        refusals.torn,
    ),
    Broken(
        "a new log is not known as one before it is begun by the old protocol",
        OLD + "_write_log",
        "claim(self._log)",
        "pass",
        refusals.torn,
    ),
    Broken(
        "a log whose numbers begin again is not known as one",
        LOG + "reset_numbers",
        "self.storage.write(0, _BLANK)",
        "self.storage.write(0, _NOTHING)",
        refusals.torn,
    ),
    Broken(
        "a log that is emptied is not known as one",
        LOG + "reset",
        "data or _BLANK",
        "data or _NOTHING",
        refusals.torn,
    ),
]
