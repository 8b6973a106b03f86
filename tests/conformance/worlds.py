"""The backends that are held to the same rules, each with a fresh key to work in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
from anyreg.values import Node
from conformance.counted import CountedWorld
from registry.disks import small_disk

MACHINE = 0x80000002
USER = 0x80000001


def _hive(folder: Path) -> Backend:
    file = str(folder / "hive")
    create_hive(FileDisk(), file, 5, "ROOT", default_descriptor())
    return open_writable(file)


def _disk(folder: Path) -> Backend:
    place = str(small_disk(folder / "disk"))
    return open_disk(WindowsDisk(place, find_windows(place)), is_read_only=False)


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
WORLDS = OPENED_HIVES | OPENED_REGISTRIES


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Backend]:
    """A world; check() finds nothing in it at the end."""
    backend = WORLDS[name](folder)
    try:
        yield backend
        assert ask.check(backend) == []
    finally:
        backend.close()


def fresh_key(backend: Backend) -> Node:
    """A key of the user, or of the hive, that holds nothing."""
    top = ask.predefined(backend, USER) if isinstance(backend, Whole) else backend.root()
    return make(backend, top, r"Software\Conformance")[0]
