"""A whole registry in memory, for tests and for scratch: gone when it is closed."""

from __future__ import annotations

from typing import Final

from anyreg.backends.initial_keys import (
    contents,
    empty_hive,
    first_hives,
    new_master,
    new_sid,
    volatile_keys,
)
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.hive_set import HiveSet
from anyreg.backends.namespace.mounts import Mount, mount_for
from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.writable_hive import open_writable
from anyreg.paths import ROOTS
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE

_ROOTS: Final = {"Machine": ROOTS["HKEY_LOCAL_MACHINE"], "User": ROOTS["HKEY_USERS"]}


def open_memory(is_read_only: bool = False) -> Namespace:
    """A new registry in memory, with what a registry of one's own holds at first.

    Args:
        is_read_only: Refuse every change of it.
    """
    user = new_sid()
    hives = first_hives(user)
    world = memory_registry(hives, user)
    for key in volatile_keys(list(hives), 1):
        root = world.predefined(_ROOTS[key.names[0]])
        flags = KEY_VOLATILE | KEY_LINK if key.target else KEY_VOLATILE
        node, _ = world.create(root, key.names[1:], flags=flags)
        world.write(node, key.records())
    if is_read_only:
        world.freeze()
    return world


def empty_memory() -> Namespace:
    """A new registry in memory whose hives hold nothing at all."""
    user = new_sid()
    return memory_registry({name: empty_hive(name, user) for name in contents(user)}, user)


def memory_registry(hives: dict[str, MemoryBackend], user: str) -> Namespace:
    """Hives in memory as one registry.

    Args:
        hives: The hives by the last names of their mounts.
        user: The user's SID.
    """
    mounts = [_mounted(name, hive) for name, hive in hives.items()]
    master = new_master([])
    return Namespace(HiveSet(mounts, Mount([], lambda: master), user, open_writable))


def _mounted(name: str, hive: Mountable) -> Mount:
    return mount_for(name, lambda: hive)
