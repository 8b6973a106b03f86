"""More kinds of work, all of them by name, and what a zygote is asked to do with them."""

from __future__ import annotations

import copy
import os
import random
import shutil
import traceback

import anyreg
import anyreg.cli
from anyreg.errors import RegistryError
from hives import sealed
from syscalls.files import Files, OwnRestored, Replaced, Restored, command
from syscalls.permissions import Permissions
from syscalls.worlds import Hand, NewHive, NewOwn, Own, State, Teller, World, content_of, digest
from syscalls.writers import OwnWriters, Writers
from syscalls.zygote import Faults, Marks, Recorder


class Journal(World):
    """A hive with a journal; commits are undone and made again."""

    def open(self, folder: str, mode: str) -> anyreg.Registry:
        if mode == "r":
            return super().open(folder, mode)
        settings = anyreg.JournalSettings(os.path.join(folder, "history"))
        return anyreg.open(os.path.join(folder, "HIVE"), mode, journal=settings)

    def commit(self, hand: Hand, tell: Teller) -> bool:
        before = copy.deepcopy(hand.state)
        if not super().commit(hand, tell):
            return False  # there is nothing to undo
        if hand.rnd.random() < 0.4:
            after = hand.state
            hand.state = self._taken(before, tell, hand.registry.journal.undo)
            if hand.rnd.random() < 0.5:
                hand.state = self._taken(after, tell, hand.registry.journal.redo)
        return True

    def _taken(self, state: State, tell: Teller, verb: object) -> State:
        assert callable(verb)
        tell.begin(state)
        verb()
        tell.done()
        tell.promise(self.tops)
        return state

    def go_on(self, folder: str) -> State:
        """The journal takes back the commit after the cut, too."""
        found = super().go_on(folder)
        with self.open(folder, "r+") as registry:
            registry.journal.undo()
            assert content_of(registry, "") == found["hive"]
            registry.journal.redo()
        return found


class OwnJournal(Own):
    """A registry of one's own with a journal."""

    def open(self, folder: str, mode: str) -> anyreg.Registry:
        os.environ["ANYREG_HOME"] = os.path.join(folder, "home")
        return anyreg.open(None, mode, journal=mode != "r")


class Compacted(World):
    """A hive that is compacted in place now and then."""

    def commit(self, hand: Hand, tell: Teller) -> bool:
        made = super().commit(hand, tell)
        if hand.rnd.random() < 0.4:
            hand.registry.compact()
            tell.promise(self.tops)
        return made


class Recovered(World):
    """A hive that is recovered in place before it is used."""

    def work(self, folder: str, rnd: random.Random, tell: Teller) -> None:
        anyreg.recover(os.path.join(folder, "HIVE"))
        super().work(folder, rnd, tell)


class OldLog(World):
    """A hive whose log is of the old kind."""

    def make(self, folder: str) -> None:
        super().make(folder)
        path = os.path.join(folder, "HIVE")
        with open(path, "rb") as file:
            head = file.read(512)
        with open(path + ".LOG1", "wb") as file:
            file.write(sealed(head[:28] + b"\1\0\0\0" + head[32:]))


class Imported(World):
    """Imports of .reg files: of few keys, and of so many that they are grafted."""

    def _commit(self, hand: Hand, tell: Teller) -> None:
        rnd = hand.rnd
        count = rnd.choice((1, 2, 5, 300))
        lines = ["Windows Registry Editor Version 5.00"]
        for number in range(count):
            raw, path = rnd.randbytes(8), f"Imported{rnd.randrange(3)}\\I{number}"
            lines += ["", f"[HKEY_LOCAL_MACHINE\\{path}]", f'"v"=hex:{raw.hex(",")}']
            hand.state["hive"].setdefault(path.split("\\", maxsplit=1)[0], {})
            hand.state["hive"].setdefault(path, {})["v"] = digest(3, raw)
        file = f"{self.folder}.import.reg"  # beside it: not recorded
        with open(file, "w") as text:
            text.write("\r\n".join(lines) + "\r\n")
        durable = rnd.random() < 0.5
        tell.begin(hand.state)
        hand.registry.import_(file, prefix="HKEY_LOCAL_MACHINE", durable=durable)
        tell.done()
        if durable:
            tell.promise(self.tops)

    folder = ""

    def work(self, folder: str, rnd: random.Random, tell: Teller) -> None:
        self.folder = folder
        super().work(folder, rnd, tell)


class CommandLine(World):
    """Commands, each of which opens the hive and is durable when it returns."""

    def work(self, folder: str, rnd: random.Random, tell: Teller) -> None:
        os.environ["ANYREG_HISTORY"] = os.path.join(folder, "history")
        path = os.path.join(folder, "HIVE")
        state = self.look(folder)
        tell.seen(state)
        for _ in range(rnd.randint(1, 3)):
            key, raw = f"C{rnd.randrange(3)}", rnd.randbytes(rnd.choice((4, 400, 3000)))
            chance = rnd.random()
            if key in state["hive"] and chance < 0.3:
                del state["hive"][key]
                words = ["rm", f"{path}::{key}", "--recursive", "--yes"]
            elif chance < 0.5:
                state["hive"].setdefault(key, {})["v"] = digest(3, raw)
                file = f"{folder}.import.reg"  # beside it: not recorded
                with open(file, "w") as text:
                    text.write(f'REGEDIT4\n\n[HKEY_USERS\\{key}]\n"v"=hex:{raw.hex(",")}\n')
                words = ["import", path, file, "--prefix", "HKEY_USERS"]
            elif chance < 0.6:
                words = ["recover", path]
            else:
                state["hive"].setdefault(key, {})["v"] = digest(3, raw)
                words = ["set", f"{path}::{key}", "v", raw.hex(), "-t", "binary", "--create"]
            tell.begin(state)
            command(*words)
            tell.done()
            tell.promise(self.tops)


WORLDS: dict[str, World] = {
    "hive": World(),
    "new hive": NewHive(),
    "own": Own(),
    "new own": NewOwn(),
    "journal": Journal(),
    "own journal": OwnJournal(),
    "compact": Compacted(),
    "recover": Recovered(),
    "old log": OldLog(),
    "import": Imported(),
    "command line": CommandLine(),
    "replace": Replaced(),
    "files": Files(),
    "restore": Restored(),
    "own restore": OwnRestored(),
    "writers": Writers(),
    "own writers": OwnWriters(),
    "permissions": Permissions(),
}


# What a zygote is asked for


def make(world: str, folder: str) -> State:
    """Make what is there at first."""
    WORLDS[world].make(folder)
    return WORLDS[world].look(folder)


def work(world: str, folder: str, record: str, seed: str, faults: Faults) -> str:
    """Work, recorded; the error that it ended with, if it did."""
    recorder = Recorder(folder, record, faults)
    try:
        WORLDS[world].work(folder, random.Random(seed), Teller(recorder))
    except (RegistryError, OSError) as error:
        if not faults.are_errors:
            raise
        return repr(error)
    finally:
        recorder.mark('["end", null]')
    return ""


def work_told(world: str, folder: str, device: str, seed: str, fails: bool) -> str:
    """Work on a device that records; the error that it ended with, if it did."""
    try:
        WORLDS[world].work(folder, random.Random(seed), Teller(Marks(device, fails)))
    except OSError as error:
        if not fails:
            raise
        return repr(error)
    return ""


def look_at(world: str, folder: str) -> tuple[State, State]:
    """What an image holds, for one who reads and for one who writes."""
    read, written = WORLDS[world].look(folder), WORLDS[world].go_on(folder)
    aside = [name for _, _, names in os.walk(folder) for name in names if name.endswith(".aside")]
    assert aside == [], f"nothing here is somebody else's: {aside}"
    return written if WORLDS[world].settles_at_opening else read, written


def check(world: str, folder: str, count: int) -> list[tuple[State, State] | str]:
    """Open images one after the other, as far as all is well.

    Args:
        world: The kind of work.
        folder: Where each is to stand; they are beside it.
        count: How many there are.

    Returns:
        What each holds, for one who reads and for one who writes; or what went wrong.
    """
    done: list[tuple[State, State] | str] = []
    for number in range(count):
        os.rename(f"{folder}.{number}", folder)
        try:
            done.append(look_at(world, folder))
        except Exception:
            return [*done, traceback.format_exc()]  # nobody knows what is still open
        shutil.rmtree(folder)
    return done
