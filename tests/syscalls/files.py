"""Work on whole files: what makes new ones, takes the place of others, and is read from them."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import random
import re
import shutil
from collections.abc import Callable

import anyreg
import anyreg.cli
from syscalls.worlds import Content, Hand, Own, State, Teller, World, content_of, digest

_MADE = re.compile(r"S\d+|E\d\.(reg|json|csv|pol|hive)")
FORMATS = {"reg": "HKEY_USERS", "json": None, "csv": None, "hive": None}  # and prefixes
Verb = Callable[[str], object]


class Files(World):
    """Files that are saved, compacted, repaired, exported: each is whole and durable once that has
    returned; until then there is none, or what was there before.
    """

    def make(self, folder: str) -> None:
        super().make(folder)
        shutil.copyfile(os.path.join(folder, "HIVE"), os.path.join(folder, "BROKEN"))
        with open(os.path.join(folder, "BROKEN"), "r+b") as broken:
            broken.write(bytes(64))

    def look(self, folder: str) -> State:
        state = super().look(folder)
        for name in sorted(os.listdir(folder)):
            if _MADE.fullmatch(name):
                state[name] = made(os.path.join(folder, name))
        return state

    def work(self, folder: str, rnd: random.Random, tell: Teller) -> None:
        tell.seen(self.look(folder))
        with self.open(folder, "r+") as registry:
            hand = Hand(registry, self.tops, rnd)
            for _ in range(rnd.randint(1, 3)):
                if rnd.random() < 0.3:
                    self.commit(hand, tell)
                self._make(folder, hand, tell)

    def _make(self, folder: str, hand: Hand, tell: Teller) -> None:
        rnd = hand.rnd
        name, verb = self._way(folder, hand.registry, rnd)
        expected = f"{folder}.{name}"  # beside it: not recorded
        if os.path.exists(expected):
            os.unlink(expected)
        verb(expected)
        tell.begin({name: made(expected)})
        before = {*os.listdir(folder), name, "HIVE.LOG1", "HIVE.LOG2"}
        try:
            verb(os.path.join(folder, name))
        except OSError:
            left = {*os.listdir(folder)} - before
            assert not left, f"what failed has left {left}"
            raise
        finally:
            os.unlink(expected)
        tell.done()
        tell.promise([name])

    def _way(self, folder: str, registry: anyreg.Registry, rnd: random.Random) -> tuple[str, Verb]:
        """A file's name, and what makes it."""
        hive, broken = os.path.join(folder, "HIVE"), os.path.join(folder, "BROKEN")
        if rnd.random() < 0.4:  # in place of what is there
            kind = rnd.choice(list(FORMATS))
            prefix = FORMATS[kind]
            words = ["--prefix", prefix] if prefix else []
            verbs: list[Verb] = [
                lambda path: registry.root.export(path, kind, prefix=prefix),
                lambda path: command("export", hive, "-o", path, "-f", kind, *words),
            ]
            return f"E{rnd.randrange(3)}.{kind}", rnd.choice(verbs)
        source = rnd.choice((hive, broken))
        verbs = [
            registry.root.save,
            lambda path: anyreg.compact(hive, path),
            lambda path: anyreg.repair(source, path),
            lambda path: command("save", hive, path),
            lambda path: command("compact", hive, path),
        ]
        return f"S{rnd.randrange(10**9)}", rnd.choice(verbs)

    def go_on(self, folder: str) -> State:
        """What was left over is in nobody's way."""
        found = super().go_on(folder)
        with self.open(folder, "r+") as registry:
            registry.root.save(os.path.join(folder, "S1"))
            registry.root.export(os.path.join(folder, "E0.reg"), prefix="HKEY_USERS")
        assert {"S1", "E0.reg"} <= set(self.look(folder))
        return found


def command(*words: str) -> None:
    """A command of the command line."""
    if anyreg.cli.main(list(words)):
        raise OSError(f"anyreg {words[0]} failed")


def made(path: str) -> Content:
    """What a file that was made holds: a digest of it."""
    if path.endswith((".reg", ".json", ".csv", ".pol")):
        with open(path, "rb") as file:
            return {"": {"all": hashlib.sha1(file.read()).hexdigest()}}
    with anyreg.open(path) as hive:
        assert hive.check() == []
        text = json.dumps(content_of(hive, ""), sort_keys=True)
    return {"": {"all": hashlib.sha1(text.encode()).hexdigest()}}


class Restored(World):
    """A key that is restored from a file now and then, with all below it."""

    def make(self, folder: str) -> None:
        super().make(folder)
        for number in range(2):
            with anyreg.open(os.path.join(folder, f"T{number}"), "x") as template:
                hand = Hand(template, {"hive": ""}, random.Random(number))
                for _ in range(40 * number + 4):
                    hand.change("hive")

    def work(self, folder: str, rnd: random.Random, tell: Teller) -> None:
        self._files = [os.path.join(folder, f"T{number}") for number in range(2)]
        super().work(folder, rnd, tell)

    def _commit(self, hand: Hand, tell: Teller) -> None:
        rnd = hand.rnd
        if rnd.random() < 0.4:
            super()._commit(hand, tell)
            return
        file, hive, durable = (
            rnd.choice(self._files),
            rnd.choice(list(self.tops)),
            rnd.random() < 0.5,
        )
        with anyreg.open(file) as template:
            content = content_of(template, "")
        with hand.registry.transaction(durable=durable):
            top = self.tops[hive]
            hand.registry.create(f"{top}\\R" if top else "R").restore(file)
            kept = {p: v for p, v in hand.state[hive].items() if p != "R" and p[:2] != "R\\"}
            below = {f"R\\{path}": values for path, values in content.items()}
            hand.state[hive] = {**kept, "R": {}, **below}
            tell.begin({hive: hand.state[hive]})
        tell.done()
        if durable:
            tell.promise([hive])


class OwnRestored(Restored, Own):
    """In a registry of one's own."""

    def make(self, folder: str) -> None:
        Restored.make(self, folder)


class Replaced(Own):
    """A hive of a registry of one's own that another file takes the place of."""

    settles_at_opening = True

    def work(self, folder: str, rnd: random.Random, tell: Teller) -> None:
        number = rnd.randrange(10**9)
        new = [os.path.join(folder, f"{name}-{number}.hiv") for name in ("saved", "new", "old")]
        with self.open(folder, "r+") as registry:
            hand = Hand(registry, self.tops, rnd)
            tell.seen(hand.state)
            if rnd.random() < 0.5:
                self.commit(hand, tell)
            registry.open(r"HKLM\SOFTWARE").save(new[0])
        with anyreg.open(new[0], "r+") as saved, saved.transaction():
            raw = rnd.randbytes(300)
            saved.create("T\\K1").values["replaced"] = raw
        state = copy.deepcopy(hand.state)
        state["machine"].setdefault("K1", {})["replaced"] = digest(3, raw)
        shutil.copyfile(new[0], new[1])  # which nobody syncs
        with self.open(folder, "r+") as registry:
            tell.begin(state)
            registry.replace(r"HKLM\SOFTWARE", new[1], new[2])
        registry = self.open(folder, "r+")
        hand = Hand(registry, self.tops, rnd)
        assert hand.state == state
        tell.done()
        self.commit(hand, tell)
        registry.close()
        tell.promise(self.tops)
