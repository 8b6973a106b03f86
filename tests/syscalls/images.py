"""What a disk holds after a power cut, by the rules of POSIX, of recorded calls.

Of a file there is what was synced, and what was changed since: each of these changes may be there
or not, a write in any of its sectors.  A name is in its folder once that was synced; until then it
is there or not, and a rename is one step.  A file that was created is empty until it is synced;
a name of it may be lost with all that was synced.  What a failed sync should have written may be on
the disk or not for ever: the system shows it, and no later sync writes it.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from syscalls.record import Call

SECTOR = 512
_ZEROS = bytes(4096)

Tree = dict[str, bytes | None]
"""What is below a folder: the bytes of each file by its path; None: it is a folder."""


@dataclass(eq=False)
class Change:
    """Bytes that were written, or a new size where there are none."""

    at: int
    data: bytes | None
    is_durable: bool = False
    is_lost: bool = False  # a sync of it failed: no later one makes it durable


@dataclass(eq=False)
class Naming:
    """Names that come and go in one step: None where one goes."""

    names: list[tuple[Folder, str, Node | None]]
    is_durable: bool = False
    is_lost: bool = False


@dataclass(eq=False)
class File:
    """A file: what is surely on the disk, and what was done since."""

    base: bytearray = field(default_factory=bytearray)
    changes: list[Change] = field(default_factory=list)
    _whole: bytes | None = None

    def settle(self) -> None:
        """Let what is durable be the base, as far as nothing uncertain is below it."""
        done = 0
        for change in self.changes:
            if not change.is_durable:
                break
            lay(self.base, change)
            done += 1
        del self.changes[:done]
        if done:
            self._whole = None

    def held(self, chosen: set[Change | Naming], torn: dict[Change, set[int]]) -> bytes:
        """What is there with these changes; the same object, where none is."""
        changes = [change for change in self.changes if change.is_durable or change in chosen]
        if not changes:
            if self._whole is None:
                self._whole = bytes(self.base)
            return self._whole
        content = bytearray(self.base)
        for change in changes:
            lay(content, change, torn.get(change))
        return bytes(content)


@dataclass(eq=False)
class Folder:
    """A folder: the names that are surely in it."""

    base: dict[str, Node] = field(default_factory=dict)


Node = File | Folder


def lay(content: bytearray, change: Change, sectors: set[int] | None = None) -> None:
    """Do a change to bytes; of a torn one these sectors alone."""
    if change.data is None:
        del content[change.at :]
        content.extend(bytes(change.at - len(content)))
        return
    end = change.at + len(change.data)
    content.extend(bytes(max(0, end - len(content))))
    if sectors is None:
        content[change.at : end] = change.data
        return
    for sector in sectors:
        first = max(change.at, sector * SECTOR)
        last = min(end, (sector + 1) * SECTOR)
        content[first:last] = change.data[first - change.at : last - change.at]


class Disk:
    """A folder on a disk, call by call."""

    def __init__(self, folder: str) -> None:
        """Take what is there now as durable."""
        self._nodes: dict[int, Node] = {}
        self._current: dict[tuple[int, str], int] = {}  # what the system shows
        self._namings: list[Naming] = []
        self._open: dict[int, list[Change] | list[Naming]] = {}
        self.root = self._found(folder)

    def _found(self, path: str) -> Node:
        number = os.stat(path).st_ino
        node: Node
        if os.path.isdir(path):
            node = Folder()
            for name in sorted(os.listdir(path)):
                node.base[name] = self._found(os.path.join(path, name))
                self._current[number, name] = os.stat(os.path.join(path, name)).st_ino
        else:
            node = File(bytearray(Path(path).read_bytes()))
        self._nodes[number] = node
        return node

    def play(self, call: Call) -> None:
        """Let one call happen."""
        if call.kind == "!":
            raise NotImplementedError(f"the recorder has seen {call.text}")
        getattr(self, f"_play_{call.kind}")(call)

    def _play_W(self, call: Call) -> None:  # noqa: N802
        node = self._nodes.get(call.file)
        if isinstance(node, File):
            change = Change(call.at, call.data)
            node.changes.append(change)
            if call.id:
                self._open[call.id] = [change]

    def _play_X(self, call: Call) -> None:  # noqa: N802
        node = self._nodes.get(call.file)
        if isinstance(node, File):
            node.changes.append(Change(call.at, call.data, is_lost=True))

    def _play_T(self, call: Call) -> None:  # noqa: N802
        node = self._nodes.get(call.file)
        if isinstance(node, File):
            node.changes.append(Change(call.at, None))

    def _pending(self, number: int) -> list[Change] | list[Naming]:
        node = self._nodes.get(number)
        if isinstance(node, File):
            return list(node.changes)
        return [n for n in self._namings if any(folder is node for folder, _, _ in n.names)]

    def _play_S(self, call: Call) -> None:  # noqa: N802
        self._open[call.id] = self._pending(call.file)

    def _play_E(self, call: Call) -> None:  # noqa: N802
        for change in self._open.pop(call.id, []):
            change.is_durable = change.is_durable or not change.is_lost
        node = self._nodes.get(call.file)
        if isinstance(node, File):
            node.settle()
        self._settle_names()

    def _play_F(self, call: Call) -> None:  # noqa: N802
        for change in self._pending(call.file):
            change.is_lost = not change.is_durable

    def _settle_names(self) -> None:
        left: list[Naming] = []
        uncertain: set[Folder] = set()
        for naming in self._namings:
            folders = {folder for folder, _, _ in naming.names}
            if naming.is_durable and not folders & uncertain:
                name(naming)
            else:
                left.append(naming)
                uncertain |= folders
        self._namings = left

    def _folder(self, number: int) -> Folder:
        node = self._nodes[number]
        assert isinstance(node, Folder)
        return node

    def _play_C(self, call: Call) -> None:  # noqa: N802
        if call.file not in self._current.values():
            self._nodes[call.file] = File()
        self._current[call.folder, call.text] = call.file
        names = (self._folder(call.folder), call.text, self._nodes[call.file])
        self._namings.append(Naming([names]))

    def _play_D(self, call: Call) -> None:  # noqa: N802
        self._nodes[call.file] = Folder()
        self._current[call.folder, call.text] = call.file
        names = (self._folder(call.folder), call.text, self._nodes[call.file])
        self._namings.append(Naming([names]))

    def _play_U(self, call: Call) -> None:  # noqa: N802
        del self._current[call.folder, call.text]
        self._namings.append(Naming([(self._folder(call.folder), call.text, None)]))

    def _play_R(self, call: Call) -> None:  # noqa: N802
        old, new = (os.fsdecode(text) for text in call.data.split(b"\0"))
        del self._current[call.folder, old]
        self._current[call.other, new] = call.file
        gone = (self._folder(call.folder), old, None)
        come = (self._folder(call.other), new, self._nodes[call.file])
        self._namings.append(Naming([gone, come]))

    # Images

    def images(self, rnd: random.Random, few: int) -> Iterator[Tree]:
        """Some of what the disk may hold now."""
        files = [node for node in self._nodes.values() if isinstance(node, File)]
        loose = [c for file in files for c in file.changes if not c.is_durable]
        names = [n for n in self._namings if not n.is_durable]
        yield self._tree(set(loose) | set(names), {})
        if not loose and not names:
            return
        yield self._tree(set(), {})
        if loose and names:
            yield self._tree(set(names), {})
            yield self._tree(set(loose), {})
        for _ in range(few):
            yield self._tree(*self._drawn(rnd, files, loose, names))

    def _drawn(
        self,
        rnd: random.Random,
        files: list[File],
        loose: list[Change],
        names: list[Naming],
    ) -> tuple[set[Change | Naming], dict[Change, set[int]]]:
        """Which changes are there, and the sectors of those that are torn."""
        every: list[Change | Naming] = [*loose, *names]
        kind = rnd.randrange(6)
        chosen: set[Change | Naming]
        if kind == 0:  # one alone
            chosen = {rnd.choice(every)}
        elif kind == 1:  # one missing
            chosen = set(every) - {rnd.choice(every)}
        elif kind < 4:  # of each file all, none, or the first ones
            chosen = {n for n in names if rnd.random() < 0.5}
            for file in files:
                changes = [c for c in file.changes if not c.is_durable]
                count = rnd.choice((0, len(changes), rnd.randint(0, len(changes))))
                chosen |= set(changes[:count])
        else:
            chosen = {one for one in every if rnd.random() < 0.5}
        torn: dict[Change, set[int]] = {}
        for change in loose:
            if change in chosen and change.data and rnd.random() < 0.25:
                torn[change] = some_sectors(change, rnd)
        return chosen, torn

    def _tree(self, chosen: set[Change | Naming], torn: dict[Change, set[int]]) -> Tree:
        held: dict[int, dict[str, Node]] = {}
        for naming in self._namings:
            if naming.is_durable or naming in chosen:
                for folder, name, node in naming.names:
                    names = held.setdefault(id(folder), dict(folder.base))
                    if node is None:
                        names.pop(name, None)
                    else:
                        names[name] = node
        tree: Tree = {}

        def enter(path: str, node: Node) -> None:
            if isinstance(node, File):
                tree[path] = node.held(chosen, torn)
                return
            tree[path] = None
            names = held.get(id(node), node.base)
            for name in sorted(names):
                enter(os.path.join(path, name), names[name])

        enter("", self.root)
        return tree


def name(naming: Naming) -> None:
    """Let names be durable."""
    for folder, text, node in naming.names:
        if node is None:
            folder.base.pop(text, None)
        else:
            folder.base[text] = node


def some_sectors(change: Change, rnd: random.Random) -> set[int]:
    """Some of the sectors that a write falls into."""
    assert change.data is not None
    first, last = change.at // SECTOR, (change.at + len(change.data) - 1) // SECTOR
    sectors = list(range(first, last + 1))
    if rnd.random() < 0.5:  # the first, or the last ones
        cut = rnd.randint(0, len(sectors))
        return set(rnd.choice((sectors[:cut], sectors[cut:])))
    return {sector for sector in sectors if rnd.random() < 0.5}


def in_memory() -> str:
    """A new folder, in memory where there is such a place: a disk is slow, and is not asked."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return os.path.realpath(tempfile.mkdtemp(prefix="anyreg-syscalls-", dir=memory))


def put(tree: Tree, folder: str) -> None:
    """Make a folder hold this."""
    for path, content in tree.items():
        where = os.path.join(folder, path) if path else folder
        if content is None:
            os.makedirs(where, 0o700, exist_ok=True)
            continue
        with open(where, "wb") as file:
            file.write(stripped(content))
            file.truncate(len(content))


def stripped(content: bytes) -> bytes:
    """Without the zeros at the end, as logs have many."""
    end = len(content)
    while end > len(_ZEROS) and content[end - len(_ZEROS) : end] == _ZEROS:
        end -= len(_ZEROS)
    return content[:end].rstrip(b"\0")
