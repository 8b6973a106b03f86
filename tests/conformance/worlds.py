"""The backends that are held to the same rules, each with a fresh key to work in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from anyreg import system
from anyreg.backends import ask
from anyreg.backends.abilities import Whole
from anyreg.backends.base import Backend
from anyreg.backends.disk_hives import open_disk
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.memory_registry import open_memory
from anyreg.backends.own_hives import open_embedded
from anyreg.backends.trees import make
from anyreg.backends.windows_disk import WindowsDisk, find_windows
from anyreg.backends.writable_hive import open_writable
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.engine.create import create_hive
from anyreg.engine.file_disk import FileDisk
from anyreg.security.descriptor import default_descriptor
from anyreg.security.token import Token
from anyreg.system import WINDOWS
from anyreg.values import Node
from backends.wine_prefixes import make_prefix
from backends.wine_prefixes import opened as opened_prefix
from conformance.counted import CountedWorld
from conformance.live_state import live_state
from registry.disks import small_disk

MACHINE = 0x80000002
USER = 0x80000001
FRESH = ("Software", "Conformance")


def _hive(folder: Path) -> Backend:
    file = str(folder / "hive")
    create_hive(FileDisk(), file, 5, "ROOT", default_descriptor())
    return open_writable(file)


def _disk(folder: Path) -> Backend:
    place = str(small_disk(folder / "disk"))
    return open_disk(WindowsDisk(place, find_windows(place)), is_read_only=False)


def _live(folder: Path) -> Backend:
    from anyreg.backends.live.opening import open_live

    return open_live()


def _live_for_somebody(folder: Path) -> Backend:
    """As somebody with all rights; keys of Wine have these to themselves, and nothing inherits."""
    backend = _live(folder)
    top = ask.predefined(backend, USER)
    key, _ = backend.create(top, [*FRESH], descriptor=default_descriptor())
    backend.release(key)
    return enforced(backend, FULL)


def _remote(folder: Path) -> Backend:
    from remote.registries import cleared

    return cleared()


def _own_remote(folder: Path) -> Backend:
    from remote.registries import own_cleared

    return own_cleared()


HIVES: dict[str, Callable[[Path], Backend]] = {
    "memory hive": lambda folder: MemoryBackend(),
    "the core alone": lambda folder: CountedWorld(MemoryBackend()),
    "hive": _hive,
}
REGISTRIES: dict[str, Callable[[Path], Backend]] = {
    "memory": lambda folder: open_memory(),
    "embedded": lambda folder: open_embedded(str(folder / "home")),
    "disk": _disk,
}
if not WINDOWS:  # where there is no Wine
    REGISTRIES["Wine prefix"] = lambda folder: opened_prefix(make_prefix(folder / "prefix"))
# What a world lacks that the others have, and why; tests that need it ask for it by `needs`.
LACKS: dict[str, dict[str, str]] = {
    "Wine prefix": {
        "security": "Wine's files keep no security descriptors",
        "order of values": "Wine's server sorts values by their names",
        "control sets": "Wine has one, which is called CurrentControlSet",
    },
    "remote": {
        "security": "Samba's keys inherit nothing",
        "order of values": "Samba sorts values",
        "large trees": "Samba writes all names of a key's subkeys anew with each that comes",
    },
    "remote of our own": {"large trees": "every step of undoing one is a call of its own"},
}
if system.WINDOWS:
    REGISTRIES["live"] = _live
# The same worlds as somebody with all rights may use them: nothing differs.
FULL = Token.unlimited()
OPENED_HIVES = HIVES | {
    f"{name}, as somebody": lambda folder, made=made: enforced(made(folder), FULL)
    for name, made in HIVES.items()
}
OPENED_REGISTRIES = REGISTRIES | {
    f"{name}, as somebody": lambda folder, made=made: enforced(made(folder), FULL)
    for name, made in REGISTRIES.items()
}
if system.WINDOWS:
    OPENED_REGISTRIES["live, as somebody"] = _live_for_somebody
# Samba's registry has the roots of Windows, and little of what Windows has below them.
WORLDS = (
    OPENED_HIVES
    | OPENED_REGISTRIES
    | {
        "remote": _remote,
        "remote of our own": _own_remote,
    }
)


def lack(world: str, ability: str) -> str:
    """Why a world lacks something, "" where it does not."""
    return LACKS.get(world.removesuffix(", as somebody"), {}).get(ability, "")


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Backend]:
    """A world; check() finds nothing in it at the end."""
    with live_state(name.startswith("live")):
        backend = WORLDS[name](folder)
        try:
            yield backend
            assert ask.check(backend) == []
        finally:
            backend.close()


def fresh_key(backend: Backend) -> Node:
    """A key of the user, or of the hive, that holds nothing."""
    top = ask.predefined(backend, USER) if isinstance(backend, Whole) else backend.root()
    return make(backend, top, "\\".join(FRESH))[0]
