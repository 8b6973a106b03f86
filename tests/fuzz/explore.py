"""Use a hive in every way there is to read it, and let nothing but the package's errors pass."""

from __future__ import annotations

import signal
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from anyreg import Key, KeyNotFoundError, Registry, RegistryError
from anyreg.backends.hive import HiveBackend
from anyreg.engine.hive import Hive
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.recover import parse_log
from anyreg.names import fold
from anyreg.problems import MOST

SMALLEST_CELL = 8


class TooLongError(BaseException):
    """Reading did not end in time; no `except Exception` may swallow this."""


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Break off what takes more of the processor's time: a guard against loops, on any machine."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TooLongError(f"no end after {seconds} s")

    before = signal.signal(signal.SIGPROF, ring)
    # Again every second: an exception inside a destructor or a trace function is swallowed.
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def registry_of(data: bytes, logs: dict[str, bytes] | None = None) -> Registry:
    """A registry over a hive and logs that stand in memory."""
    parsed = [parse_log(name, log) for name, log in (logs or {}).items()]
    storage = MemoryStorage(data)
    valid = [log for log in parsed if log is not None]
    return Registry(HiveBackend(Hive(storage, "mutant", valid)))


def explore(data: bytes, logs: dict[str, bytes] | None = None) -> int:
    """Open, walk, search and check a hive; the number of keys seen, -1 where it is refused."""
    try:
        registry = registry_of(data, logs)
    except RegistryError:
        return -1
    with registry:
        registry.about()
        room = max(registry_size(registry), SMALLEST_CELL) // SMALLEST_CELL
        keys = 0
        stack = [registry.root]
        while stack:
            key = stack.pop()
            keys += 1
            assert keys <= room, "more keys than cells"
            stack.extend(look_at(key))
        look_for(registry)
        assert all(str(problem) for problem in registry.check())
        assert len(registry.problems) <= MOST + 1
    return keys


def registry_size(registry: Registry) -> int:
    """Bytes of the bins that the registry reads."""
    backend = registry._backend
    assert isinstance(backend, HiveBackend)
    return backend.hive.tree.image.size


def look_at(key: Key) -> list[Key]:
    """Ask a key for all it has; its children."""
    info = key.info()
    assert info.filetime == key.last_written
    for value in key.records():
        assert isinstance(value.data, (str, int, bytes, list))
        assert isinstance(key.find_value(value.name), type(value) | None)
    children = key.children()
    for child in children[:3] + children[-1:]:
        found = key.find_child(child.name)
        assert found is None or fold(found.name) == fold(child.name)
    assert key.find_child("no such key") is None
    return children


def look_for(registry: Registry) -> None:
    """Search it as people do."""
    root = registry.root
    for _ in zip(range(20), root.glob("**\\*s*"), strict=False):
        pass
    for _ in zip(range(20), root.find("a"), strict=False):
        pass
    assert len(root.subkeys) == len(set(root.subkeys))
    for name in list(root.subkeys)[:5]:
        try:
            assert fold(root.subkeys[name].name) == fold(name)
        except KeyNotFoundError:
            pass  # a wrong hash or hint hides a key from Windows too


def peak_of(use: Callable[[], object]) -> int:
    """The most memory that a call took, in bytes."""
    tracemalloc.start()
    try:
        use()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
