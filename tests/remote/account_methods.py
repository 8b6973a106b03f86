"""What the methods for names of accounts do on a server that has one user of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyreg.rpc.account_calls import (
    AccountsAnswer,
    FoundSidsAnswer,
    LookupNamesRequest,
    LookupSidsRequest,
    OpenPolicyRequest,
)
from anyreg.rpc.account_types import NO_DOMAIN, WireAccount, WireDomain, WireSid
from anyreg.rpc.arguments import NO_TEXT, ContextHandle, WireText
from anyreg.rpc.registry_calls import HandleAnswer
from anyreg.rpc.stubs import CallAnswer, Request
from anyreg.security.sid import Sid

MACHINE = "ENGINE"
USER = "Ada"
SID = Sid.parse("S-1-5-21-11-22-33-1001").build()
DOMAIN = Sid.parse("S-1-5-21-11-22-33").build()
NONE_MAPPED = 0xC000_0073
_USER, _UNKNOWN = 1, 8  # kinds of accounts
_POLICY = ContextHandle(0, b"policy of tests ")


def text(name: str) -> WireText:
    """A name, as Windows sends it: without a NUL, in a room that has one more."""
    raw = name.encode("utf-16-le")
    return WireText(raw, len(raw) + 2)


class AccountMethods:
    """The methods."""

    def __init__(self) -> None:
        self._methods: dict[type[Request[Any]], Callable[[Any], CallAnswer]] = {
            OpenPolicyRequest: lambda call: HandleAnswer(_POLICY),
            LookupSidsRequest: self._lookup_sids,
            LookupNamesRequest: self._lookup_names,
        }

    def knows(self, request: Request[Any]) -> bool:
        """Whether there is such a method here."""
        return type(request) in self._methods

    def answer(self, request: Request[Any]) -> CallAnswer:
        """Carry out a call."""
        return self._methods[type(request)](request)

    def _lookup_sids(self, call: LookupSidsRequest) -> AccountsAnswer:
        if call.sids != [SID]:
            unknown = [WireAccount(_UNKNOWN, NO_TEXT, NO_DOMAIN)] * len(call.sids)
            return AccountsAnswer([], unknown, 0, NONE_MAPPED)
        return AccountsAnswer(self._domains(), [WireAccount(_USER, text(USER), 0)], 1)

    def _lookup_names(self, call: LookupNamesRequest) -> FoundSidsAnswer:
        if [name.text for name in call.names] != [USER]:
            unknown = [WireSid(_UNKNOWN, None, NO_DOMAIN)] * len(call.names)
            return FoundSidsAnswer([], unknown, 0, NONE_MAPPED)
        return FoundSidsAnswer(self._domains(), [WireSid(_USER, SID, 0)], 1)

    @staticmethod
    def _domains() -> list[WireDomain]:
        return [WireDomain(text(MACHINE), DOMAIN)]
