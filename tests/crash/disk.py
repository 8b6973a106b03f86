"""A disk in memory that remembers everything done to it, in order.

Medium is the disk: files by number, names, locks, and the record.  A Process is what the engine
gets: one program's view of the medium, which can be killed at any call - the medium keeps what was
written, as the memory of the operating system would, and the program's locks are gone.

`fault` is asked before every call that may fail: it counts them, raises what it likes, or kills.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from anyreg.engine.storage import Disk, Storage, logs_among
from anyreg.errors import AccessDeniedError, NotFoundError, RegistryError


@dataclass(frozen=True, slots=True)
class Write:
    file: int
    at: int
    data: bytes
    anew: bool = False  # past the system's cache


@dataclass(frozen=True, slots=True)
class Truncate:
    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    file: int


@dataclass(frozen=True, slots=True)
class FailedSync:
    """The disk took some of what was to be synced; no later sync writes the rest."""

    file: int
    seed: int  # of what it took


@dataclass(frozen=True, slots=True)
class Create:
    file: int
    path: str


@dataclass(frozen=True, slots=True)
class Rename:
    path: str
    new: str


@dataclass(frozen=True, slots=True)
class Remove:
    path: str


@dataclass(frozen=True, slots=True)
class SyncDirectory:
    pass


@dataclass(frozen=True, slots=True)
class Mark:
    """What a power cut from here on may leave: a commit from `durable` to `begun`."""

    durable: int
    begun: int


Change = Write | Truncate
Naming = Create | Rename | Remove
Event = Change | Sync | FailedSync | Naming | SyncDirectory | Mark
Fault = Callable[[str, str], None]


class WaitsError(AssertionError):
    """A program waits for a lock, which nobody is going to give back meanwhile."""


class KilledError(BaseException):
    """The program ended here; nothing that it does any more has an effect."""


@dataclass
class Medium:
    """Files by number, what they are called, who holds their locks, and what happened."""

    names: dict[str, int] = field(default_factory=dict)
    contents: dict[int, bytearray] = field(default_factory=dict)
    holders: dict[int, dict[Handle, bool]] = field(default_factory=dict)
    record: list[Event] = field(default_factory=list)
    fault: Fault | None = None
    read_only: bool = False
    in_one_go: int = 0  # durable writes that were asked for as such
    somebodys: set[int] = field(default_factory=set)  # files that no program of ours has made

    @staticmethod
    def of(files: Mapping[str, bytes]) -> Medium:
        """A disk that holds these files."""
        medium = Medium()
        for path, data in files.items():
            medium.names[path] = len(medium.contents)
            medium.contents[len(medium.contents)] = bytearray(data)
        return medium

    def files(self) -> dict[str, bytes]:
        """What every program sees now."""
        return {path: bytes(self.contents[file]) for path, file in self.names.items()}

    def put_somebodys(self, path: str, data: bytes) -> None:
        """A file that no program of ours has made."""
        self.names[path] = number = len(self.contents)
        self.contents[number] = bytearray(data)
        self.somebodys.add(number)

    def mark(self, durable: int, begun: int) -> None:
        self.record.append(Mark(durable, begun))


class Process(Disk):
    """The disk as one program sees it."""

    def __init__(self, medium: Medium) -> None:
        self.medium = medium
        self.alive = True
        self.handles: list[Handle] = []

    def kill(self) -> None:
        """End the program: what it wrote stays, its locks do not."""
        self.alive = False
        for handle in self.handles:
            handle.release()

    def call(self, verb: str, path: str) -> None:
        """Before every call: it may fail, and a program that was killed makes none."""
        if not self.alive:
            raise KilledError
        if self.medium.fault is not None:
            self.medium.fault(verb, path)
            if not self.alive:
                raise KilledError

    def open(self, path: str, writable: bool) -> Storage:
        self.call("open", path)
        if path not in self.medium.names:
            raise NotFoundError("no such file", path=path)
        if writable and self.medium.read_only:
            raise AccessDeniedError("read-only file", path=path)
        return self._handle(self.medium.names[path], path)

    def create(self, path: str) -> Storage:
        self.call("create", path)
        if path in self.medium.names:
            raise exists(path)
        number = len(self.medium.contents)
        self.medium.contents[number] = bytearray()
        self.medium.names[path] = number
        self.medium.record.append(Create(number, path))
        return self._handle(number, path)

    def _handle(self, number: int, path: str) -> Storage:
        handle = Handle(self, number, path)
        self.handles.append(handle)
        return handle

    def remove(self, path: str) -> None:
        self.call("remove", path)
        if self.medium.names.pop(path, None) is not None:
            self.medium.record.append(Remove(path))

    def rename_new(self, path: str, new: str) -> None:
        self.call("rename_new", path)
        if new in self.medium.names:
            raise exists(new)
        is_ours = self.medium.names[path] not in self.medium.somebodys
        assert not (is_ours and new.endswith(".aside")), f"{path}, which is ours, is put aside"
        self.medium.names[new] = self.medium.names.pop(path)
        self.medium.record.append(Rename(path, new))

    def rename(self, path: str, new: str) -> None:
        self.call("rename", path)
        if path not in self.medium.names:
            raise NotFoundError("no such file", path=path)
        self.medium.names[new] = self.medium.names.pop(path)
        self.medium.record.append(Rename(path, new))

    def exists(self, path: str) -> bool:
        self.call("exists", path)
        return path in self.medium.names

    def sync_directory(self, path: str) -> None:
        self.call("sync_directory", path)
        self.medium.record.append(SyncDirectory())

    def make_folder(self, path: str) -> None:
        self.call("make_folder", path)

    def remove_folder(self, path: str) -> None:
        self.call("remove_folder", path)

    def names(self, folder: str) -> list[str]:
        self.call("names", folder)
        return [
            name[len(folder) + 1 :] for name in self.medium.names if name.startswith(folder + "/")
        ]

    def find_logs(self, path: str) -> list[str]:
        self.call("find_logs", path)
        return logs_among(list(self.medium.names), path)


class Handle(Storage):
    """One open file of one program."""

    def __init__(self, process: Process, number: int, path: str) -> None:
        self.process = process
        self.medium = process.medium
        self.number = number
        self.path = path
        self.is_open = True

    @property
    def _data(self) -> bytearray:
        assert self.is_open, f"{self.path} was closed"
        return self.medium.contents[self.number]

    def is_at(self, path: str) -> bool:
        return self.medium.names.get(path) == self.number

    def size(self) -> int:
        self.process.call("size", self.path)
        return len(self._data)

    def read(self, at: int, size: int) -> bytes:
        self.process.call("read", self.path)
        return bytes(self._data[at : at + size])

    def write(self, at: int, data: bytes) -> None:
        self._write(at, data, False)

    def write_anew(self, at: int, data: bytes) -> None:
        self._write(at, data, True)

    def _write(self, at: int, data: bytes, anew: bool) -> None:
        try:
            self.process.call("write", self.path)
        except ShortWriteError as error:
            self._put(at, data[: int(len(data) * error.share)], anew)
            raise error.reason from error
        self._put(at, data, anew)

    def _put(self, at: int, data: bytes, anew: bool) -> None:
        have = self._data
        if at > len(have):
            have.extend(bytes(at - len(have)))
        have[at : at + len(data)] = data
        self.medium.record.append(Write(self.number, at, data, anew))

    def truncate(self, size: int) -> None:
        self.process.call("truncate", self.path)
        del self._data[size:]
        self.medium.record.append(Truncate(self.number, size))

    def sync(self) -> None:
        self.process.call("sync", self.path)
        assert self.is_open, f"{self.path} was closed"
        self.medium.record.append(Sync(self.number))

    def write_durably(self, at: int, data: bytes) -> None:
        """A sync would cover all of the file, such a write on a real disk only its own bytes."""
        for event in reversed(self.medium.record):
            if isinstance(event, Change | Sync) and event.file == self.number:
                assert isinstance(event, Sync), f"{self.path}: something else is left to sync"
                break
        self.write_anew(at, data)
        self.sync()
        self.medium.in_one_go += 1

    def lock(self, shared: bool, wait: bool) -> bool:
        self.process.call("lock", self.path)
        assert self.is_open, f"{self.path} was closed"
        holders = self.medium.holders.setdefault(self.number, {})
        others = [theirs for handle, theirs in holders.items() if handle is not self]
        if all(shared and theirs for theirs in others):
            holders[self] = shared
            return True
        if wait:
            raise WaitsError(f"{self.path}: waits for ever, there is one thread")
        holders.pop(self, None)
        return False

    def unlock(self) -> None:
        if self.process.alive:
            self.process.call("unlock", self.path)
            self.release()

    def release(self) -> None:
        self.medium.holders.get(self.number, {}).pop(self, None)

    def close(self) -> None:
        self.is_open = False
        self.release()


class ShortWriteError(Exception):
    """A fault for write(): only this share of the bytes arrives, then the reason is raised."""

    def __init__(self, share: float, reason: RegistryError) -> None:
        super().__init__(share)
        self.share = share
        self.reason = reason


def exists(path: str) -> RegistryError:
    error = RegistryError("the file is there already", path=path)
    error.errno = errno.EEXIST
    return error


def failed(code: int, path: str) -> RegistryError:
    """What the system says of a call that failed."""
    error = RegistryError(errno.errorcode[code], path=path)
    error.errno = code
    return error
