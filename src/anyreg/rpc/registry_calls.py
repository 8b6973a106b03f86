"""The methods of a remote registry (MS-RRP) for keys and hives, and one of MS-RSP beside them.

Those for values are in `registry_values`.  What a name is, a server decides: with its NUL, as
WireText.of() makes it.

Source: MS-RRP 3.1.5 and its appendix A, whose pointers to names are never null (Samba's LoadKey
differs); method 14 is not in it, and has the layout of Samba.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anyreg.rpc.arguments import NO_TEXT
from anyreg.rpc.ndr_types import (
    U32,
    Descriptor,
    Flag,
    Handle,
    MaybeAttributes,
    MaybeString,
    MaybeTime,
    MaybeU16,
    MaybeU32,
    String,
    Time,
)
from anyreg.rpc.stubs import CallAnswer, Request

CREATED_NEW: Final = 1
OPENED_EXISTING: Final = 2


@dataclass(frozen=True)
class PlainAnswer(CallAnswer):
    """Nothing but the error code."""

    error: U32 = 0


@dataclass(frozen=True)
class HandleAnswer(CallAnswer):
    """A handle: of what was opened, or a null one of what was closed."""

    key: Handle
    error: U32 = 0


# Roots


@dataclass(frozen=True)
class OpenRootRequest(Request[HandleAnswer], answer=HandleAnswer):
    """Open a predefined key: each has a method of its own."""

    server: MaybeU16 = None  # a character of a name, which means nothing
    access: U32 = 0


class OpenClassesRootRequest(OpenRootRequest, opnum=0):
    """Open HKEY_CLASSES_ROOT."""


class OpenCurrentUserRequest(OpenRootRequest, opnum=1):
    """Open HKEY_CURRENT_USER."""


class OpenLocalMachineRequest(OpenRootRequest, opnum=2):
    """Open HKEY_LOCAL_MACHINE."""


class OpenPerformanceDataRequest(OpenRootRequest, opnum=3):
    """Open HKEY_PERFORMANCE_DATA."""


class OpenUsersRequest(OpenRootRequest, opnum=4):
    """Open HKEY_USERS."""


class OpenCurrentConfigRequest(OpenRootRequest, opnum=27):
    """Open HKEY_CURRENT_CONFIG."""


class OpenDynamicDataRequest(OpenRootRequest, opnum=28):
    """Open HKEY_DYN_DATA, which no Windows of today has."""


class OpenPerformanceTextRequest(OpenRootRequest, opnum=32):
    """Open HKEY_PERFORMANCE_TEXT."""


class OpenPerformanceNlsTextRequest(OpenRootRequest, opnum=33):
    """Open HKEY_PERFORMANCE_NLSTEXT."""


# Keys


@dataclass(frozen=True)
class CloseKeyRequest(Request[HandleAnswer], opnum=5, answer=HandleAnswer):
    """Give a handle back."""

    key: Handle


@dataclass(frozen=True)
class CreateKeyAnswer(CallAnswer):
    """The key, and whether it was made: CREATED_NEW or OPENED_EXISTING."""

    key: Handle
    disposition: MaybeU32 = None
    error: U32 = 0


@dataclass(frozen=True)
class CreateKeyRequest(Request[CreateKeyAnswer], opnum=6, answer=CreateKeyAnswer):
    """Open a key, or make it with those above it."""

    key: Handle
    name: String
    class_name: String = NO_TEXT
    options: U32 = 0
    access: U32 = 0
    attributes: MaybeAttributes = None
    disposition: MaybeU32 = 0


@dataclass(frozen=True)
class DeleteKeyRequest(Request[PlainAnswer], opnum=7, answer=PlainAnswer):
    """Delete a key that has no subkeys."""

    key: Handle
    name: String


@dataclass(frozen=True)
class EnumKeyAnswer(CallAnswer):
    """The name, the class and the time of a subkey."""

    name: String
    class_name: MaybeString = None
    written: MaybeTime = None
    error: U32 = 0


@dataclass(frozen=True)
class EnumKeyRequest(Request[EnumKeyAnswer], opnum=9, answer=EnumKeyAnswer):
    """Ask for the subkey at an index; buffers are as large as they are sent."""

    key: Handle
    index: U32
    name: String
    class_name: MaybeString = None
    written: MaybeTime = None


@dataclass(frozen=True)
class FlushKeyRequest(Request[PlainAnswer], opnum=11, answer=PlainAnswer):
    """Have a key written to the disk."""

    key: Handle


@dataclass(frozen=True)
class NotifyChangeRequest(Request[PlainAnswer], opnum=14, answer=PlainAnswer):
    """Ask for a notice; servers refuse it."""

    key: Handle
    subtree: Flag
    filter: U32
    event: U32 = 0
    first: String = NO_TEXT
    second: String = NO_TEXT
    reserved: U32 = 0


@dataclass(frozen=True)
class OpenKeyRequest(Request[HandleAnswer], opnum=15, answer=HandleAnswer):
    """Open a key."""

    key: Handle
    name: String
    options: U32 = 0
    access: U32 = 0


@dataclass(frozen=True)
class QueryInfoKeyAnswer(CallAnswer):
    """What a key says of itself; sizes are in bytes."""

    class_name: String
    subkeys: U32 = 0
    longest_subkey: U32 = 0
    longest_class: U32 = 0
    values: U32 = 0
    longest_value_name: U32 = 0
    largest_value: U32 = 0
    descriptor_size: U32 = 0
    written: Time = 0
    error: U32 = 0


@dataclass(frozen=True)
class QueryInfoKeyRequest(Request[QueryInfoKeyAnswer], opnum=16, answer=QueryInfoKeyAnswer):
    """Ask a key for its counts; Samba wants no buffer for the class."""

    key: Handle
    class_name: String = NO_TEXT


@dataclass(frozen=True)
class VersionAnswer(CallAnswer):
    """The version of the registry: 5 in every Windows of today."""

    version: U32
    error: U32 = 0


@dataclass(frozen=True)
class GetVersionRequest(Request[VersionAnswer], opnum=26, answer=VersionAnswer):
    """Ask for the version."""

    key: Handle


@dataclass(frozen=True)
class DeleteKeyExRequest(Request[PlainAnswer], opnum=35, answer=PlainAnswer):
    """Delete a key of a view."""

    key: Handle
    name: String
    access: U32 = 0
    reserved: U32 = 0


# Descriptors


@dataclass(frozen=True)
class DescriptorAnswer(CallAnswer):
    """A descriptor, or the room that it needs."""

    descriptor: Descriptor
    error: U32 = 0


@dataclass(frozen=True)
class GetKeySecurityRequest(Request[DescriptorAnswer], opnum=12, answer=DescriptorAnswer):
    """Ask for parts of a descriptor."""

    key: Handle
    parts: U32
    descriptor: Descriptor


@dataclass(frozen=True)
class SetKeySecurityRequest(Request[PlainAnswer], opnum=21, answer=PlainAnswer):
    """Set parts of a descriptor."""

    key: Handle
    parts: U32
    descriptor: Descriptor


# Hives; files are named as the server sees them


@dataclass(frozen=True)
class LoadKeyRequest(Request[PlainAnswer], opnum=13, answer=PlainAnswer):
    """Show a hive as a subkey."""

    key: Handle
    name: String
    file: String


@dataclass(frozen=True)
class ReplaceKeyRequest(Request[PlainAnswer], opnum=18, answer=PlainAnswer):
    """Take another file for a hive from the next start on."""

    key: Handle
    name: String
    new_file: String
    old_file: String


@dataclass(frozen=True)
class RestoreKeyRequest(Request[PlainAnswer], opnum=19, answer=PlainAnswer):
    """Put what a file holds in the place of a key."""

    key: Handle
    file: String
    flags: U32 = 0


@dataclass(frozen=True)
class SaveKeyRequest(Request[PlainAnswer], opnum=20, answer=PlainAnswer):
    """Write a key into a new hive file."""

    key: Handle
    file: String
    attributes: MaybeAttributes = None


@dataclass(frozen=True)
class UnLoadKeyRequest(Request[PlainAnswer], opnum=23, answer=PlainAnswer):
    """Take a hive away again."""

    key: Handle
    name: String


@dataclass(frozen=True)
class SaveKeyExRequest(Request[PlainAnswer], opnum=31, answer=PlainAnswer):
    """Write a key into a new hive file of a given format."""

    key: Handle
    file: String
    attributes: MaybeAttributes = None
    flags: U32 = 0


@dataclass(frozen=True)
class AbortShutdownRequest(Request[PlainAnswer], opnum=25, answer=PlainAnswer):
    """Stop a shutdown that is under way."""

    server: MaybeU16 = None
