"""The methods that turn SIDs into names, and names into SIDs, on another machine (MS-LSAT).

Any user may call them.  A list that a call is to fill is sent empty.

Source: MS-LSAT 3.1.4, MS-LSAD 3.1.4.4.1 and 3.1.4.9.4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeVar

from anyreg.rpc.account_types import (
    Accounts,
    Domains,
    FoundSids,
    Names,
    Sids,
)
from anyreg.rpc.ndr_types import U16, U32, Handle, MaybeU16
from anyreg.rpc.pdus import Syntax
from anyreg.rpc.registry_calls import HandleAnswer
from anyreg.rpc.stubs import CallAnswer, Request

LSARPC: Final = Syntax(bytes.fromhex("785734123412cdabef000123456789ab"), 0)
"""The interface; its UUID as it is stored little-endian."""
LOOKUP_NAMES: Final = 0x800
"""The access mask that asking for names and SIDs takes."""
SOME_NOT_MAPPED: Final = 0x107
"""The status of an answer that holds less than was asked for."""

_ALL: Final = 1  # LsapLookupWksta: whatever the machine can find
_ATTRIBUTES: Final = 24  # bytes of a structure of them
_REVISION: Final = 2  # of clients that know all that Windows has

A = TypeVar("A", bound=CallAnswer)


class AccountRequest(Request[A], interface=LSARPC):
    """A method of this interface."""


@dataclass(frozen=True)
class OpenPolicyRequest(AccountRequest[HandleAnswer], opnum=44, answer=HandleAnswer):
    """Open what is asked; of the attributes, all pointers must be null."""

    server: MaybeU16 = None  # the name, which means nothing
    length: U32 = _ATTRIBUTES
    root: U32 = 0
    name: U32 = 0
    attributes: U32 = 0
    descriptor: U32 = 0
    quality: U32 = 0
    access: U32 = LOOKUP_NAMES


@dataclass(frozen=True)
class AccountsAnswer(CallAnswer):
    """The names of SIDs, with their domains; the error is a status."""

    domains: Domains
    accounts: Accounts
    mapped: U32
    error: U32 = 0


@dataclass(frozen=True)
class LookupSidsRequest(AccountRequest[AccountsAnswer], opnum=15, answer=AccountsAnswer):
    """Ask what SIDs are called."""

    policy: Handle
    sids: Sids
    accounts: Accounts = field(default_factory=list)
    level: U16 = _ALL
    mapped: U32 = 0


@dataclass(frozen=True)
class FoundSidsAnswer(CallAnswer):
    """The SIDs of names, with their domains; the error is a status."""

    domains: Domains
    sids: FoundSids
    mapped: U32
    error: U32 = 0


@dataclass(frozen=True)
class LookupNamesRequest(AccountRequest[FoundSidsAnswer], opnum=68, answer=FoundSidsAnswer):
    """Ask what names stand for; they are sent without a NUL."""

    policy: Handle
    count: U32
    names: Names
    sids: FoundSids = field(default_factory=list)
    level: U16 = _ALL
    mapped: U32 = 0
    options: U32 = 0
    revision: U32 = _REVISION
