"""Deliberately broken forms of the engine: syncs left out, orders swapped, locks that do not lock.

Each must be seen by one of the ways to look at power cuts: else they would prove little of the
engine as it is.  A breakage is a piece of source that is replaced by another one.
"""

from __future__ import annotations

import importlib
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from anyreg.engine import COMPILED
from anyreg.errors import RegistryError
from crash.chains import check_some
from crash.groups import check_group
from crash.power import Plan, check_plan

pytestmark = [
    pytest.mark.crash,
    pytest.mark.long,
    pytest.mark.skipif(COMPILED, reason="the source of a compiled engine cannot be replaced"),
]


def chains() -> None:
    """Deaths and failed syncs, one behind the other."""
    check_some(0, 1)


def old_chains() -> None:
    """The same, by the old protocol."""
    check_some(0, 1, old=True)


def plans() -> None:
    """Random work of two programs."""
    for seed in range(1, 15):
        check_plan(Plan(seed, 25, programs=2, most=400))


def groups() -> None:
    """Transactions over several hives."""
    for seed in range(12):
        check_group(seed, 8, 1)


@dataclass(frozen=True)
class Broken:
    """One breakage.

    Attributes:
        what: What is broken, for people.
        where: The function: module and name.
        old: A piece of its source.
        new: What stands there instead.
        eye: What must see it.
    """

    what: str
    where: str
    old: str
    new: str
    eye: Callable[[], None]


WAL = "anyreg.engine.wal:Wal."
OLD = "anyreg.engine.old_wal:OldWal."
LOG = "anyreg.engine.log_file:LogFile."
FILES = "anyreg.engine.files:HiveFiles."
GROUP = "anyreg.engine.group:HiveGroup."

TABLE = [
    Broken(
        "a clean base block that was found counts as durable",
        WAL + "_secure_base",
        "if self._base_synced:",
        "if True:",
        chains,
    ),
    Broken(
        "a clean base block that was found is synced alone",
        WAL + "_secure_base",
        "self._primary.write(0, self.head)",
        "pass",
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
        "        with self._guard.syncing:\n            log.begin(header.build(), entry)\n"
        "        self._primary.write(0, dirty.build()[:SECTOR])\n        self._primary.sync()\n",
        "        self._primary.write(0, dirty.build()[:SECTOR])\n        self._primary.sync()\n"
        "        log.begin(header.build(), entry)\n",
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
        chains,
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
]


def break_it(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the broken form in the place of the right one."""
    module_name, path = broken.where.split(":")
    module = importlib.import_module(module_name)
    class_name, name = path.split(".")
    owner = getattr(module, class_name)
    source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
    assert source.count(broken.old) == 1, source
    made: dict[str, object] = {}
    text = "from __future__ import annotations\n" + source.replace(broken.old, broken.new)
    exec(compile(text, broken.where, "exec"), vars(module), made)
    monkeypatch.setattr(owner, name, made[name])


@pytest.mark.parametrize("broken", TABLE, ids=lambda broken: broken.what)
def test_a_broken_engine_is_seen(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image holds what it must not, a program meets it, or the disk refuses the call."""
    break_it(broken, monkeypatch)
    with pytest.raises((AssertionError, RegistryError)):
        broken.eye()
