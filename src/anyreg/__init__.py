r"""One registry API for every Windows registry.

with anyreg.open("NTUSER.DAT") as registry:
    print(registry.open(r"Software\Vendor").values["Name"])
"""

from __future__ import annotations

import typing

from anyreg.backends.maintenance import compact, recover, repair
from anyreg.errors import (
    AccessDeniedError,
    AddressError,
    ClosedError,
    ConflictError,
    CorruptHiveError,
    DirtyHiveError,
    EarlierError,
    HasSubkeysError,
    HiveChangedError,
    HiveError,
    HiveFullError,
    HiveVersionError,
    KeyDeletedError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
    NotFoundError,
    NotHiveError,
    NotSupportedError,
    OutcomeUnknownError,
    RegFileError,
    RegistryError,
    RemoteError,
    TransactionError,
    ValueNotFoundError,
    ValueTypeError,
    VolatileParentError,
)
from anyreg.fleet.hosts import map_hosts
from anyreg.fleet.mapping import map_registries
from anyreg.fleet.rows import FleetRow
from anyreg.formats.rows import Change, KeyState
from anyreg.install import install_as_winreg
from anyreg.problems import Problem
from anyreg.registry import results
from anyreg.registry.apply import Applied
from anyreg.registry.async_watch import AsyncWatch
from anyreg.registry.backup import Backup
from anyreg.registry.connecting import connect
from anyreg.registry.current_registry import use
from anyreg.registry.diff import diff
from anyreg.registry.environment import Environment
from anyreg.registry.journal import Journal, JournalEntry, JournalSettings
from anyreg.registry.key import Key
from anyreg.registry.key_handle import KeyInfo
from anyreg.registry.log_messages import log_values
from anyreg.registry.merge import Conflict, Merged, merge
from anyreg.registry.opening import app_hive
from anyreg.registry.opening import open_key as key
from anyreg.registry.opening import open_registry as open  # noqa: A004 - anyreg.open()
from anyreg.registry.patch import patch
from anyreg.registry.path_list import PathList
from anyreg.registry.registry import Registry
from anyreg.registry.timeline import Dated
from anyreg.registry.watch import Batch, Watch
from anyreg.registry.watch_thread import WatchThread
from anyreg.types import ExpandString, Link, QWord, Raw, ValueType
from anyreg.values import Value
from anyreg.watching.changes import KeyChange

if typing.TYPE_CHECKING:  # of keys of this class, as nearly all are: annotations need no argument
    Match = results.Match[Key]
    WalkStep = results.WalkStep[Key]
else:
    Match = results.Match
    WalkStep = results.WalkStep

__all__ = [
    "AccessDeniedError",
    "AddressError",
    "Applied",
    "AsyncWatch",
    "Backup",
    "Batch",
    "Change",
    "ClosedError",
    "Conflict",
    "ConflictError",
    "CorruptHiveError",
    "Dated",
    "DirtyHiveError",
    "EarlierError",
    "Environment",
    "ExpandString",
    "FleetRow",
    "HasSubkeysError",
    "HiveChangedError",
    "HiveError",
    "HiveFullError",
    "HiveVersionError",
    "Journal",
    "JournalEntry",
    "JournalSettings",
    "Key",
    "KeyChange",
    "KeyDeletedError",
    "KeyExistsError",
    "KeyInfo",
    "KeyNotFoundError",
    "KeyState",
    "LimitError",
    "Link",
    "Match",
    "Merged",
    "NotFoundError",
    "NotHiveError",
    "NotSupportedError",
    "OutcomeUnknownError",
    "PathList",
    "Problem",
    "QWord",
    "Raw",
    "RegFileError",
    "Registry",
    "RegistryError",
    "RemoteError",
    "TransactionError",
    "Value",
    "ValueNotFoundError",
    "ValueType",
    "ValueTypeError",
    "VolatileParentError",
    "WalkStep",
    "Watch",
    "WatchThread",
    "app_hive",
    "compact",
    "connect",
    "diff",
    "install_as_winreg",
    "key",
    "log_values",
    "map_hosts",
    "map_registries",
    "merge",
    "open",
    "patch",
    "recover",
    "repair",
    "use",
]
