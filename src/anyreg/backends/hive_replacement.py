"""Replacing the file of a hive, as RegReplaceKey does: later, when nobody has the hive open.

What is to be done is a plan of three names: the hive's file, the new file that takes its place, and
the name under which the old one is kept.  It is done by renaming, the logs with their hive:

1. the new file is brought up to date, so that its logs mean nothing, and synced, whoever made it
2. the hive's file gets the old name; the folder is synced
3. its logs, if it has any, follow it; the folder is synced
4. the new file gets the hive's name; the folder is synced, and its logs go

The plan is done when there is no new file any more.  So whoever is cut off at any step can begin
again, and what was done is not done twice.  Where a rename or a sync fails, all is taken back.  A
new file that is no hive any more, or is cut short, stops nobody: the hive keeps its file, or gets
it back, and the plan is a problem that the registry reports until that is mended or removed.  Where
the system fails, the registry cannot be opened: the plan may yet be carried out, and what is done
to the old file until then would be gone.

Source: Microsoft's documentation of RegReplaceKey.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import NamedTuple

from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import open_hive
from anyreg.engine.storage import Disk
from anyreg.engine.writable import WritableHive
from anyreg.errors import (
    AccessDeniedError,
    CorruptHiveError,
    HiveError,
    NotFoundError,
    NotSupportedError,
    RegistryError,
)
from anyreg.regf.layout import BASE_CHECKSUM

_ALREADY_EXISTS = 183
_NOT_SAME_DEVICE = 17
_UNFIT = (HiveError, NotFoundError, NotSupportedError, AccessDeniedError)  # the files are wrong


class Plan(NamedTuple):
    """A file that is to be replaced.

    Attributes:
        file: The hive's file.
        new: The file that takes its place.
        old: The name under which the hive's file is kept.
    """

    file: str
    new: str
    old: str


def planned(file: str, new: str, old: str) -> Plan:
    """A plan that can be done, as things stand.

    Raises:
        NotFoundError: There is no new file, or no folder for the old one.
        NotHiveError: The new file is no hive.
        CorruptHiveError: It is cut short, or nobody may write it for another reason.
        NotSupportedError: The files are not on one file system (17).
        RegistryError: The name for the old file is taken (183), or two of the files are one.
    """
    names = [os.path.expanduser(path) for path in (file, new, old)]
    # What is renamed is the files, which have their logs beside them, and no links to them.
    plan = Plan(os.path.realpath(names[0]), os.path.realpath(names[1]), os.path.abspath(names[2]))
    disk = FileDisk()
    _expect_whole(disk, plan.new)
    _expect_free(disk, plan.old)
    if len({os.path.realpath(path) for path in plan}) < len(plan):
        raise RegistryError("a hive cannot be replaced by itself", path=plan.new)
    try:
        devices = {os.stat(os.path.dirname(path)).st_dev for path in plan}
    except FileNotFoundError as error:
        raise NotFoundError("no such folder", path=os.path.dirname(plan.old)) from error
    if len(devices) > 1:
        raise NotSupportedError(
            "the files are on different file systems", path=plan.new, winerror=_NOT_SAME_DEVICE
        )
    _secure(disk, plan.new)
    return plan


def _secure(disk: Disk, file: str) -> None:
    """Make a hive that somebody has left there durable: the plan must not outlive what it names."""
    for path in (file, *disk.find_logs(file)):
        disk.sync_file(path)
    _sync_folders(disk, file)


def is_begun(plan: Plan, disk: Disk | None = None) -> bool:
    """Whether a plan was cut off: the hive's file has its old name, and the new one not its own.

    Args:
        plan: The plan.
        disk: Where the files are; None: in the file system.
    """
    disk = disk or FileDisk()
    return not disk.exists(plan.file) and disk.exists(plan.new)


def prepare(plan: Plan, disk: Disk) -> None:
    """See to it that the new file can take the place, before anything is renamed.

    Args:
        plan: The plan.
        disk: Where the files are.

    Raises:
        RegistryError: It cannot: it is no hive any more, say, or the old name is taken.
    """
    if not disk.exists(plan.new):
        take_back(plan, disk)  # or it is done
        return
    if disk.exists(plan.file):
        _expect_free(disk, plan.old)
    _bring_up_to_date(disk, plan.new)
    disk.sync_file(plan.new)


def why_not(plan: Plan, disk: Disk) -> str:
    """Why a plan can no longer be done, for people; "" where it can be carried out.

    Args:
        plan: The plan.
        disk: Where the files are.

    Raises:
        RegistryError: The system failed.  Who is shown the old hive now must not find the new one
            the next time.
    """
    try:
        prepare(plan, disk)
    except RegistryError as error:
        if not (isinstance(error, _UNFIT) or error.winerror == _ALREADY_EXISTS):
            raise
        take_back(plan, disk)
        return (
            f"the planned replacement of {plan.file} by {plan.new} is not done: {error}; "
            "mend that, or remove the new file to forget the plan"
        )
    return ""


def carry_out(plan: Plan, disk: Disk | None = None) -> None:
    """Do what is planned, or the rest of it.

    Args:
        plan: The plan.
        disk: Where the files are; None: in the file system.

    Raises:
        RegistryError: As prepare(), or the system failed to rename a file.
    """
    disk = disk or FileDisk()
    prepare(plan, disk)
    if not disk.exists(plan.new):
        return
    logs = disk.find_logs(plan.new)
    try:
        _rename_all(plan, disk)
    except RegistryError:
        # No later sync may make durable what a failed one should have: all gets its names anew.
        with suppress(RegistryError):  # the first error counts
            if disk.exists(plan.old) and not disk.exists(plan.new):
                disk.rename(plan.file, plan.new)
            take_back(plan, disk)
        raise
    for log in logs:
        disk.remove(log)
    _sync_folders(disk, plan.new)


def _rename_all(plan: Plan, disk: Disk) -> None:
    if disk.exists(plan.file):
        disk.rename(plan.file, plan.old)
        # A disk may keep names in any order: no log may have moved where the hive has not.
        _sync_folders(disk, plan.old, plan.file)
    for log in disk.find_logs(plan.file):
        disk.rename(log, plan.old + os.path.splitext(log)[1])
    # Before the new file takes the name, the old one must be safe under its own.
    _sync_folders(disk, plan.old, plan.file)
    disk.rename(plan.new, plan.file)
    _sync_folders(disk, plan.file, plan.new)


def take_back(plan: Plan, disk: Disk) -> None:
    """Give the hive its name again, where a plan was cut off that cannot be carried out any more.

    Args:
        plan: The plan.
        disk: Where the files are.

    Raises:
        RegistryError: The system failed to rename a file.
    """
    if disk.exists(plan.file) or not disk.exists(plan.old):
        return
    for log in disk.find_logs(plan.old):  # all of them before the hive, as they had followed it
        disk.rename(log, plan.file + os.path.splitext(log)[1])
    _sync_folders(disk, plan.old, plan.file)
    disk.rename(plan.old, plan.file)
    _sync_folders(disk, plan.old, plan.file)


def _sync_folders(disk: Disk, *files: str) -> None:
    """Make the names of these files durable."""
    for folder in {os.path.dirname(file) for file in files}:
        disk.sync_directory(os.path.join(folder, ""))


def _bring_up_to_date(disk: Disk, file: str) -> None:
    if _expect_whole(disk, file):
        WritableHive(disk, file).close()


def _expect_whole(disk: Disk, file: str) -> bool:
    """Refuse a hive that could not be written in its new place; whether it is dirty."""
    hive = open_hive(file, disk=disk)
    try:
        for problem in hive.opening_problems:
            if problem.offset == BASE_CHECKSUM and hive.applied:
                continue  # its logs have another base block
            raise CorruptHiveError(
                f"this cannot take a hive's place: {problem.what}",
                path=file,
                offset=problem.offset,
                expected=problem.expected,
                actual=problem.actual,
            )
        return hive.was_dirty
    finally:
        hive.close()


def _expect_free(disk: Disk, file: str) -> None:
    taken = [file] if disk.exists(file) else disk.find_logs(file)
    if taken:
        raise RegistryError("there is such a file already", path=taken[0], winerror=_ALREADY_EXISTS)
