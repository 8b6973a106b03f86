"""Names of users and groups, as another machine knows them: its own, and those of its domain.

They are asked for through the pipe of its security authority, over the same connection; any user
may.  A machine that offers no such pipe, or not to this user, knows no names: SIDs stay numbers
then, which is logged once.
"""

from __future__ import annotations

import logging
from typing import Final, TypeVar

from anyreg.backends.remote.calls import RemoteCalls
from anyreg.backends.remote.world import RemoteBackend
from anyreg.backends.system_abilities import NamedAccount, Naming
from anyreg.errors import RemoteFaultError
from anyreg.rpc.account_calls import (
    SOME_NOT_MAPPED,
    LookupNamesRequest,
    LookupSidsRequest,
    OpenPolicyRequest,
)
from anyreg.rpc.account_types import WireDomain
from anyreg.rpc.arguments import ContextHandle, WireText
from anyreg.rpc.stubs import CallAnswer, Request

_PIPE: Final = "lsarpc"
_LONGEST_NAME: Final = 512  # UTF-16 units: no name of an account with its domain is longer
_REVISION: Final = 1  # of a SID; Samba sends one of zeros for none
_NOBODY: Final = frozenset({6, 7, 8})  # kinds: of a deleted account, invalid, unknown
_ANSWERED: Final = frozenset({0, SOME_NOT_MAPPED})
_log: Final = logging.getLogger(__name__)

A = TypeVar("A", bound=CallAnswer)


class NamingRemote(RemoteBackend, Naming):
    """The registry of another machine, whose accounts have names."""

    def __init__(self, calls: RemoteCalls, is_read_only: bool = False, cache: float = 0.0) -> None:
        """Open it; see RemoteBackend."""
        super().__init__(calls, is_read_only, cache)
        self._policy: ContextHandle | None = None
        self._policy_epoch = 0
        self._account_names: dict[bytes, NamedAccount] = {}

    def account(self, sid: bytes) -> NamedAccount | None:
        """Who a SID is, or None; what the machine has told is kept."""
        if sid not in self._account_names and (found := self._asked_name(sid)):
            self._account_names[sid] = found
        return self._account_names.get(sid)

    def _asked_name(self, sid: bytes) -> NamedAccount | None:
        policy = self._policy_handle()
        answer = policy and self._ask(LookupSidsRequest(policy, [sid]))
        if not answer or not answer.accounts or answer.accounts[0].kind in _NOBODY:
            return None
        found = answer.accounts[0]
        return NamedAccount(_domain_name(answer.domains, found.domain), found.name.text, found.kind)

    def sid_of(self, name: str) -> bytes | None:
        """The SID of a name, with its domain in front or without, or None."""
        raw = name.encode("utf-16-le", "surrogatepass")
        policy = self._policy_handle() if len(raw) <= 2 * _LONGEST_NAME else None
        answer = policy and self._ask(LookupNamesRequest(policy, 1, [WireText(raw, len(raw))]))
        if not answer or not answer.sids or answer.sids[0].kind in _NOBODY:
            return None
        found = answer.sids[0].sid
        return found if found and found[0] == _REVISION else None

    def _policy_handle(self) -> ContextHandle | None:
        """What is asked; None where this user may ask nothing."""
        epoch = self.calls.channel.ready()
        if self._policy_epoch != epoch:
            answer = self._ask(OpenPolicyRequest())
            self._policy = answer.key if answer and not answer.error else None
            self._policy_epoch = epoch
            if self._policy is None:
                _log.info("%s: no names of accounts are told", self.calls.channel.host)
        return self._policy

    def _ask(self, request: Request[A]) -> A | None:
        """An answer that holds something, or None."""
        try:
            answer = self.calls.channel.ask(_PIPE, request)
        except RemoteFaultError:
            return None
        return None if answer and answer.error not in _ANSWERED else answer


def _domain_name(domains: list[WireDomain], index: int) -> str:
    return domains[index].name.text if index < len(domains) else ""
