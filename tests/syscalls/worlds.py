"""What is done to registries by the public API, by processes that may be killed; how they are seen.

A world is a kind of target and of work.  Its state is what its hives hold, in plain dicts that are
made beside the changes and never by the package.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import random
from collections.abc import Iterable
from typing import ClassVar

import anyreg
from anyreg.errors import NotFoundError, RegistryError, TransactionError
from anyreg.values import Value
from syscalls.zygote import Marks, Recorder

Content = dict[str, dict[str, str]]
"""The keys below a hive's key, by path, and the digests of their values by name."""

State = dict[str, Content]

SIZES = (4, 4, 30, 30, 300, 3000, 3000, 9000, 25_000)
FILLINGS, FILLING = 30, 700
TIMEOUT = 60.0
GROUP = "Group"  # a key of each hive: which transaction over all of them was the last


class Teller:
    """What the program promises, told where the recorder keeps it."""

    def __init__(self, recorder: Recorder | Marks) -> None:
        self.recorder = recorder

    def seen(self, state: State) -> None:
        """This is what was found, at opening or when it was this one's turn."""
        self._mark("seen", state)

    def begin(self, state: State) -> None:
        """From now on there may be this."""
        self._mark("begin", state)

    def done(self) -> None:
        """What was begun last would survive the death of the process."""
        self._mark("done", None)

    def undone(self) -> None:
        """What was begun last, if it was, is not made and never will be."""
        self._mark("undone", None)

    def promise(self, hives: Iterable[str]) -> None:
        """What was done last in these hives would survive a power cut."""
        self._mark("promise", list(hives))

    def _mark(self, kind: str, what: object) -> None:
        self.recorder.mark(json.dumps([kind, what]))


def digest(type: int, raw: bytes) -> str:
    """What tells one value from another."""
    return f"{type} {len(raw)} {hashlib.sha1(raw).hexdigest()[:16]}"


def content_of(registry: anyreg.Registry, top: str) -> Content:
    """What is below a key, as the package shows it; nothing where there is no such key."""
    content: Content = {}
    try:
        first = registry.open(top) if top else registry.root
    except NotFoundError:
        return content
    left = [("", first)]
    while left:
        path, key = left.pop()
        if path:
            content[path] = {v.name: digest(v.type, v.raw) for v in key.records()}
        for child in key.children():
            left.append((f"{path}\\{child.name}" if path else child.name, child))
    return content


class Hand:
    """Random changes to a registry, and to a model of it."""

    def __init__(
        self,
        registry: anyreg.Registry,
        tops: dict[str, str],
        rnd: random.Random,
        state: State | None = None,
    ) -> None:
        self.registry = registry
        self.tops = tops
        self.rnd = rnd
        self.state: State = self.look(tops) if state is None else state

    def look(self, hives: Iterable[str]) -> State:
        """What the registry shows in these hives."""
        return {hive: content_of(self.registry, self.tops[hive]) for hive in hives}

    def _path(self, hive: str, path: str) -> str:
        return f"{self.tops[hive]}\\{path}" if self.tops[hive] else path

    def set(self, hive: str, path: str, name: str, raw: bytes) -> None:
        """Set a value, with its key and those above."""
        key = self.registry.create(self._path(hive, path))
        key.set_records([Value(name, 3, raw)])
        content = self.state[hive]
        parts = path.split("\\")
        for count in range(1, len(parts) + 1):
            content.setdefault("\\".join(parts[:count]), {})
        content[path][name] = digest(3, raw)

    def _delete(self, hive: str, path: str) -> None:
        self.registry.delete(self._path(hive, path), recursive=True)
        self.state[hive] = {
            other: values
            for other, values in self.state[hive].items()
            if other != path and not other.startswith(path + "\\")
        }

    def fill(self, hive: str) -> None:
        """Have some pages."""
        for number in range(FILLINGS):
            self.set(hive, f"Filling\\F{number}", "v", bytes([number]) * FILLING)

    def change(self, hive: str) -> None:
        """Something."""
        rnd = self.rnd
        paths = [path for path in self.state[hive] if path[0] == "K"]
        filled = [path for path in self.state[hive] if path.startswith("Filling\\")]
        if filled and rnd.random() < 0.4:  # a page that no other commit may touch
            self.set(hive, rnd.choice(filled), "v", rnd.randbytes(FILLING))
            return
        chance = rnd.random()
        if chance < 0.12 and paths:
            self._delete(hive, rnd.choice(paths))
        elif chance < 0.2 and paths and self.state[hive][path := rnd.choice(paths)]:
            name = rnd.choice(list(self.state[hive][path]))
            self.registry.open(self._path(hive, path)).delete_value(name)
            del self.state[hive][path][name]
        else:
            path = f"K{rnd.randrange(5)}"
            if rnd.random() < 0.4:
                path += f"\\Sub{rnd.randrange(4)}"
            self.set(hive, path, f"v{rnd.randrange(4)}", rnd.randbytes(rnd.choice(SIZES)))


class World:
    """A kind of target, and of work.

    Attributes:
        tops: Each hive's key, by the name that the tests give the hive.
        settles_at_opening: Whether the first to write does what was put off, and changes what is
            there.
    """

    tops: ClassVar[dict[str, str]] = {"hive": ""}
    settles_at_opening: ClassVar[bool] = False

    def open(self, folder: str, mode: str) -> anyreg.Registry:
        """The target in a folder."""
        return anyreg.open(os.path.join(folder, "HIVE"), mode)

    def hand(self, registry: anyreg.Registry, rnd: random.Random) -> Hand:
        """Who changes the target."""
        return Hand(registry, self.tops, rnd)

    def make(self, folder: str) -> None:
        """What is there, durably, before anything is recorded."""
        with anyreg.open(os.path.join(folder, "HIVE"), "x") as registry:
            hand = self.hand(registry, random.Random(1))
            with registry.transaction(durable=True):
                hand.fill("hive")

    def look(self, folder: str) -> State:
        """What is there for one who only reads."""
        try:
            registry = self.open(folder, "r")
        except NotFoundError:
            return {hive: {} for hive in self.tops}
        with registry:
            return self.hand(registry, random.Random(1)).state

    def work(self, folder: str, rnd: random.Random, tell: Teller) -> None:
        """Some commits, told one by one."""
        registry = self.open(folder, "r+")
        hand = self.hand(registry, rnd)
        tell.seen(hand.state)
        for _ in range(rnd.choice((1, 1, 1, 2, 3, 6))):
            self.commit(hand, tell)
            if rnd.random() < 0.1:
                registry.flush()
                tell.promise(self.tops)
        registry.close()
        tell.promise(self.tops)

    def commit(self, hand: Hand, tell: Teller) -> bool:
        """One transaction, of all hives or of one; whether it was made.

        What is not made, because the system failed, leaves everything as it was.
        """
        before = copy.deepcopy(hand.state)
        try:
            self._commit(hand, tell)
        except TransactionError:  # made in part, or nobody knows
            raise
        except RegistryError:
            tell.undone()
            hand.state = before
            assert hand.look(self.tops) == before, "a commit that was not made is seen"
            return False
        return True

    def _commit(self, hand: Hand, tell: Teller) -> None:
        rnd = hand.rnd
        hives = sorted(self.tops)
        is_group = len(hives) > 1 and rnd.random() < 0.5
        chosen = hives if is_group else [rnd.choice(hives)]
        durable = rnd.random() < 0.5
        with hand.registry.transaction(durable=durable, timeout=TIMEOUT):
            self.begin(hand, tell, chosen)
            for hive in chosen:
                for _ in range(rnd.randint(1, 3)):
                    hand.change(hive)
            if is_group:
                number = rnd.randbytes(8)
                for hive in chosen:
                    hand.set(hive, GROUP, "number", number)
            tell.begin({hive: hand.state[hive] for hive in chosen})
        tell.done()
        if durable:
            tell.promise(chosen)

    def begin(self, hand: Hand, tell: Teller, hives: list[str]) -> None:
        """What there is to do before anything is changed in these hives."""

    def go_on(self, folder: str) -> State:
        """What is there for one who writes; it is sound, and takes another durable commit."""
        registry = self.open(folder, "r+")
        hand = self.hand(registry, random.Random(1))
        found = copy.deepcopy(hand.state)
        problems = [str(problem) for problem in registry.check()]
        assert problems == [], problems
        with registry.transaction(durable=True):
            for hive in self.tops:
                hand.set(hive, "After", "the cut", b"made on what was recovered")
        registry.close()
        after = self.look(folder)
        for hive in self.tops:
            assert after[hive] == hand.state[hive], "the commit after the cut is not there"
        return found


class NewHive(World):
    """A hive that is made."""

    def make(self, folder: str) -> None:
        """Nothing."""

    def open(self, folder: str, mode: str) -> anyreg.Registry:
        path = os.path.join(folder, "HIVE")
        if mode == "r+" and not os.path.exists(path):
            mode = "x"
        return anyreg.open(path, mode)


class Own(World):
    """A registry of one's own: several hives, and transactions over them."""

    tops: ClassVar[dict[str, str]] = {"user": r"HKCU\Software\T", "machine": r"HKLM\SOFTWARE\T"}

    def open(self, folder: str, mode: str) -> anyreg.Registry:
        os.environ["ANYREG_HOME"] = os.path.join(folder, "home")
        return anyreg.open(None, mode)

    def make(self, folder: str) -> None:
        with self.open(folder, "r+") as registry:
            hand = self.hand(registry, random.Random(1))
            for hive in self.tops:
                hand.set(hive, "K0", "v", b"first")


class NewOwn(Own):
    """A registry of one's own that is made, in a folder that is not there either."""

    def open(self, folder: str, mode: str) -> anyreg.Registry:
        os.environ["ANYREG_HOME"] = os.path.join(folder, "above", "home")
        return anyreg.open(None, mode)

    def make(self, folder: str) -> None:
        """Nothing."""

    def look(self, folder: str) -> State:
        """Who reads would make it, too: that is left to the work, and to who goes on."""
        if not os.path.exists(os.path.join(folder, "above", "home", "anyreg.json")):
            return {hive: {} for hive in self.tops}
        return super().look(folder)
