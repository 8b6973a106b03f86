"""Owners and lists of keys are changed, some for all keys below; and commands of `anyreg acl`.

What a key inherits is asked of the registry inside the transaction; that it is right is tested
elsewhere.  Here it is there as a whole, or not at all, and check() counts who uses a descriptor.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import anyreg
from syscalls.worlds import Hand, State, World, digest

SECURITY = "\0security"  # where a key's descriptor stands among its values; no value has this name
PEOPLE = ("BA", "BU", "SY", "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002")
RIGHTS = ("read", "write", "full", "set-value")


class SecuredHand(Hand):
    """Random changes to permissions too."""

    def look(self, hives: Iterable[str]) -> State:
        """What the registry shows, descriptors too."""
        return self._with_descriptors(super().look(hives))

    def _with_descriptors(self, state: State) -> State:
        return {
            hive: {
                path: values
                | {SECURITY: digest(0, self.registry.open(self._path(hive, path)).descriptor)}
                for path, values in content.items()
            }
            for hive, content in state.items()
        }

    def change(self, hive: str) -> None:
        """Something, or who may do what."""
        for values in self.state[hive].values():
            values.pop(SECURITY, None)
        if self.state[hive] and self.rnd.random() < 0.6:
            path = self.rnd.choice(["Filling", *self.state[hive]])
            self._permit(self.registry.create(self._path(hive, path)))
            self.state[hive].setdefault(path, {})
        else:
            super().change(hive)
        self._ask_again(hive)

    def set(self, hive: str, path: str, name: str, raw: bytes) -> None:
        """Set a value, with its key and those above."""
        super().set(hive, path, name, raw)
        self._ask_again(hive)

    def _ask_again(self, hive: str) -> None:
        self.state |= self._with_descriptors({hive: self.state[hive]})

    def _permit(self, key: anyreg.Key) -> None:
        rnd = self.rnd
        who, chance = rnd.choice(PEOPLE), rnd.random()
        if chance < 0.25:
            key.owner = who
        elif chance < 0.6:
            key.grant(who, rnd.choice(RIGHTS), propagate=rnd.random() < 0.6)
        elif chance < 0.7:
            key.deny(who, rnd.choice(RIGHTS), inherit=rnd.random() < 0.5)
        elif chance < 0.8:
            key.revoke(who, propagate=rnd.random() < 0.6)
        elif chance < 0.9:
            key.protect(keep=rnd.random() < 0.5)
        else:
            key.security = f"O:{who}G:SYD:(A;CI;KA;;;{who})"


class Permissions(World):
    """A hive whose keys change owners and lists."""

    def hand(self, registry: anyreg.Registry, rnd: random.Random) -> Hand:
        return SecuredHand(registry, self.tops, rnd)
