"""What one of many processes does to a hive or a registry of one's own, while others watch.

    python writing.py TARGET JOURNAL SEED CHANGES KEY...

It makes about so many random changes below the keys, in transactions over all of them, some of
which are undone; compacts, imports, and closes and opens again.  JOURNAL is 1 where a journal is
kept.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import anyreg
from anyreg import Key, Raw, Registry, RegistryError
from anyreg.security.sddl import parse_sddl

NAMES = ("a", "B", "Key", "ß", "日本語", "a name that is longer than the others", "\U0001f511")
CLASSES = ("", "Class", "c" * 300)
SIZES = (0, 1, 4, 5, 100, 3000, 16_344, 16_345, 40_000)
WIDEST = 12
GONE = (KeyError, anyreg.KeyDeletedError, anyreg.KeyExistsError, anyreg.LimitError)


class UndoError(Exception):
    """Ends what is to be undone."""


class Writer:
    """One process."""

    def __init__(self, target: str, journal: bool, seed: int, tops: list[str]) -> None:
        self.random = random.Random(seed)
        self.target = target
        self.journal = journal
        self.tops = tops
        self.done = 0
        self.verbs: list[tuple[int, Callable[[Key], object]]] = [
            (30, self.create),
            (35, self.set),
            (8, self.remove),
            (8, self.rename),
            (5, self.delete),
            (4, self.set_class),
            (4, self.set_security),
        ]

    def run(self, changes: int) -> None:
        """Open and close it a few times."""
        while self.done < changes:
            with anyreg.open(self.target, "r+", journal=self.journal) as registry:
                end = min(changes, self.done + self.random.randrange(50, 1500))
                while self.done < end:
                    self.step(registry)

    def step(self, registry: Registry) -> None:
        """One transaction, or something rarer."""
        chance = self.random.random()
        if chance < 0.004 and not self.journal:  # which has no record of it
            registry.compact()
        elif chance < 0.01:
            registry.flush()
        elif chance < 0.014:
            self.import_(registry)
        else:
            count = self.random.choice((1, 1, 1, 3, 10, 50))
            with suppress(UndoError), registry.transaction(durable=self.random.random() < 0.05):
                self.some(registry, count)
                if self.random.random() < 0.3:
                    self.savepoint(registry)
                if self.random.random() < 0.1:
                    raise UndoError

    def savepoint(self, registry: Registry) -> None:
        """A part that may be undone alone."""
        with suppress(UndoError), registry.transaction():
            self.some(registry, 4)
            if self.random.random() < 0.5:
                raise UndoError
        self.some(registry, 2)

    def some(self, registry: Registry, count: int) -> None:
        """Changes anywhere."""
        verbs = [verb for _, verb in self.verbs]
        for verb in self.random.choices(verbs, [weight for weight, _ in self.verbs], k=count):
            top = self.random.choice(self.tops)
            key = registry.open(top)
            with suppress(*GONE):
                while self.random.random() < 0.6 and (children := key.children()):
                    key = self.random.choice(children)
                verb(key)
            self.done += 1

    def import_(self, registry: Registry) -> None:
        """Thousands of values at one go, and most of them deleted again."""
        top = self.random.choice(self.tops)
        prefix = "" if Path(self.target).is_dir() else "HKEY_LOCAL_MACHINE\\X"
        above = f"{prefix}\\{top}".strip("\\")
        lines = ["Windows Registry Editor Version 5.00\n"]
        for number in range(self.random.choice((30, 300, 1500))):
            lines.append(f"\n[{above}\\Imported\\{self.random.randrange(40)}\\{number}]\n")
            lines.append(f'"a"=dword:{number:08x}\n@="{self.random.random()}"\n')
        file = Path(f"{self.target.rstrip('/')}-{self.random.random()}.reg")
        file.write_text("".join(lines), "utf-16")
        with suppress(*GONE):  # another process may delete all of it
            registry.import_(file, prefix=prefix)
            if self.random.random() < 0.7:
                registry.open(top).delete("Imported", recursive=True, missing_ok=True)
        file.unlink()
        self.done += 2

    # Changes

    def create(self, key: Key) -> None:
        names = [key.name for key in key.children()]
        if len(names) > WIDEST:
            key.delete(self.random.choice(names), recursive=True)
        else:
            name = self.random.choice(NAMES) + self.random.choice(("", "", " 1", " 22"))
            key.create(name, class_name=self.random.choice(CLASSES))

    def set(self, key: Key) -> None:
        count = self.random.choice((1, 1, 1, 5))
        size = self.random.choice(SIZES)
        names = [f"{self.random.choice(NAMES)} {self.random.randrange(3)}" for _ in range(count)]
        for name in names:
            key.values[name] = Raw(3, self.random.randbytes(size))

    def remove(self, key: Key) -> None:
        values = key.records()
        if values:
            key.delete_value(self.random.choice(values).name)

    def rename(self, key: Key) -> None:
        children = key.children()
        if children:
            key.rename(self.random.choice(children).name, self.random.choice(NAMES))

    def delete(self, key: Key) -> None:
        children = key.children()
        if children:
            key.delete(self.random.choice(children).name, recursive=True)

    def set_class(self, key: Key) -> None:
        key.class_name = self.random.choice(CLASSES)

    def set_security(self, key: Key) -> None:
        owner = f"S-1-5-21-1-2-3-{1000 + self.random.randrange(8)}"
        key.descriptor = parse_sddl(f"O:{owner}G:SYD:(A;CI;KA;;;{owner})").build()


def main() -> None:
    target, journal, seed, changes, *tops = sys.argv[1:]
    Writer(target, journal == "1", int(seed), tops).run(int(changes))


if __name__ == "__main__":
    try:
        main()
    except RegistryError as error:
        raise SystemExit(f"{error!r}") from error
