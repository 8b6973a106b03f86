"""What a registry of a test denies, and to whom.

Source: `anyreg.security.access` for the rights.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Final

import anyreg
from anyreg.backends.base import Backend
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.errors import KeyDeletedError
from anyreg.security.access import (
    CREATE_LINK,
    CREATE_SUB_KEY,
    ENUMERATE_SUB_KEYS,
    NOTIFY,
    QUERY_VALUE,
    SET_VALUE,
    parse_mask,
)
from anyreg.security.known import EVERYONE, OWNER_RIGHTS
from anyreg.security.token import PRIVILEGES, SE_SECURITY, SE_TAKE_OWNERSHIP, Token
from anyreg.testing.speaking import spoken_to

# Each without the right to read descriptors, which reading and writing a key both ask for.
_DENIED: Final = {
    "read": QUERY_VALUE | ENUMERATE_SUB_KEYS | NOTIFY,
    "write": SET_VALUE | CREATE_SUB_KEY | CREATE_LINK,
}


# Everybody, but for what no list could deny him.
EVERYBODY: Final = replace(
    Token.unlimited(), privileges=PRIVILEGES - {SE_SECURITY, SE_TAKE_OWNERSHIP}
)


def denied_mask(rights: str | int) -> int:
    """The mask that is denied.

    Args:
        rights: See TestRegistry.deny().

    Raises:
        SecurityError: There is no such right.
    """
    if isinstance(rights, int):
        return parse_mask(rights)
    mask = 0
    for word in rights.split(","):
        mask |= _DENIED.get(word.strip().lower()) or parse_mask(word)
    return mask


class Denial:
    """Something that a key denies everybody; as a context manager for the length of a block."""

    def __init__(
        self, key: anyreg.Key, rights: str | int, inherit: bool, others: list[Denial]
    ) -> None:
        """Deny it; see TestRegistry.deny().

        Args:
            key: The key.
            rights: What.
            inherit: Whether it holds for all keys below, too.
            others: Those that hold in the registry, in their order; this one is added.
        """
        self._mask = denied_mask(rights)
        self._inherit = inherit
        self._keys = [key]
        for each in self._keys:
            self._keys += each.children() if inherit else []
        self._others = others
        self._begin()

    def _begin(self) -> None:
        self._before: list[tuple[anyreg.Key, bytes]] = []
        self._others.append(self)
        for key in self._keys:
            with suppress(KeyDeletedError):
                self._before.append((key, key.descriptor))
                # The owner would keep the right to read and write the list, were he not named too.
                for who in (EVERYONE, OWNER_RIGHTS):
                    key.deny(who, self._mask, inherit=self._inherit)

    def end(self) -> None:
        """Allow it again, where there is a key yet, but for what others deny."""
        if self not in self._others:
            return
        later: list[Denial] = []
        while self not in later:
            later.append(self._others.pop())
            later[-1]._lift()
        for denial in reversed(later[:-1]):
            denial._begin()

    def _lift(self) -> None:
        for key, descriptor in self._before:
            with suppress(KeyDeletedError):
                key.descriptor = descriptor

    def __enter__(self) -> Denial:
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()


class UserRegistry(anyreg.Registry):
    """A registry as somebody may use it; winreg speaks to it within its block, in every thread."""

    def __init__(self, world: Backend, token: Token) -> None:
        """See TestRegistry.as_user().

        Args:
            world: The registry.
            token: Who.
        """
        super().__init__(enforced(world, token, closes=False))
        self._stack = ExitStack()

    def __enter__(self) -> UserRegistry:
        self._stack.enter_context(spoken_to(self))
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()
