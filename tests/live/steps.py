"""300 steps over the public API, drawn once and for all: what comes of each is the same anywhere.

    python -m live.steps FILE [TARGET]      writes the outcomes as JSON; the folder of the tests is
                                            where it runs, TARGET what anyreg.open() gets

Lists are told in order of their names, since Wine orders by other rules than Windows; times and
descriptors are left out, as they are never the same twice.  All else must be equal.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import anyreg
from anyreg import ExpandString, QWord, Raw, Registry, RegistryError

STEPS = 300
TOPS = (r"HKCU\Software\Steps", r"HKLM\SOFTWARE\Steps")
NAMES = ("a", "A", "b", "Größe", "key with blanks", "\U0001f600", "Z_", "[x]")
VALUE_NAMES = ("", "v", "V", "Name", "ünï", "x" * 300)
DATA: tuple[object, ...] = (
    "text",
    "",
    "a\0b",
    7,
    QWord(1 << 40),
    b"",
    b"\x00\x01\x02" * 50,
    bytes(70_000),
    ["one", "two", ""],
    [],
    ExpandString("%PATH%;x"),
    Raw(1, b"\x41"),
    Raw(1, b"a\x00b\x00"),
    Raw(7, b"a\x00"),
    Raw(0x1234, b"odd"),
    Raw(11, b"123"),
)


class Run:
    """The steps on one registry."""

    def __init__(self, registry: Registry, folder: Path) -> None:
        self.registry = registry
        self.folder = folder
        self.random = random.Random(2026)
        self.files = 0

    def pick(self, *parts: tuple[object, ...]) -> list[object]:
        return [self.random.choice(part) for part in parts]

    def path(self) -> str:
        names = [self.random.choice(NAMES) for _ in range(self.random.randint(0, 3))]
        return "\\".join([self.random.choice(TOPS), *names])

    def tree(self, path: str) -> list[object]:
        """All keys and values at and below a path."""
        top = self.registry.open(path)
        found: list[object] = []
        for step in top.walk():
            key = step.key
            values = sorted((v.name, v.type, v.raw.hex()[:80], len(v.raw)) for v in key.records())
            found.append([key.path.removeprefix(top.path), key.class_name, values])
        return sorted(found, key=repr)

    # Steps; each draws first, so that all runs draw the same

    def create(self) -> object:
        return self.registry.create(self.path()).path

    def write(self) -> object:
        path, (name, data) = self.path(), self.pick(VALUE_NAMES, DATA)
        before = self.registry.write(path, str(name), data)
        return None if before is None else [before.type, before.raw.hex()]

    def typed(self) -> object:
        path, (name, data) = self.path(), self.pick(VALUE_NAMES, DATA)
        self.registry.open(path).values.set(str(name), data, "REG_SZ")
        return self.registry.read(path, str(name))

    def read(self) -> object:
        path, (name,) = self.path(), self.pick(VALUE_NAMES)
        return repr(self.registry.read(path, str(name), "none"))

    def read_many(self) -> object:
        return repr(self.registry.read_many(self.path(), VALUE_NAMES))

    def update(self) -> object:
        path, drawn = self.path(), [self.pick(VALUE_NAMES, DATA) for _ in range(3)]
        self.registry.open(path).values.update({str(name): data for name, data in drawn})
        return sorted(self.registry.open(path).values)

    def remove(self) -> object:
        path, (name,) = self.path(), self.pick(VALUE_NAMES)
        return repr(self.registry.open(path).values.pop(str(name), None))

    def delete(self) -> object:
        path, recursive = self.path(), self.random.random() < 0.7
        self.registry.delete(path, recursive=recursive)
        return None

    def rename(self) -> object:
        above, (last, name) = self.path(), self.pick(NAMES, NAMES)
        key = self.registry.open(above)
        key.rename(str(last), str(name))
        return sorted(key.subkeys)

    def copy(self) -> object:
        source, target = self.path(), self.path()
        self.registry.open(source).copy_to(self.registry.create(target))
        return self.tree(target)

    def roll_back(self) -> object:
        path, other, (name, data) = self.path(), self.path(), self.pick(VALUE_NAMES, DATA)
        try:
            with self.registry.transaction():
                self.registry.write(path, str(name), data)
                self.registry.create(other + r"\more\below")
                self.registry.delete(path, recursive=True)
                raise LookupError
        except LookupError:
            return [self.tree(top) for top in TOPS]

    def backup(self) -> object:
        path, (name, data) = self.path(), self.pick(VALUE_NAMES, DATA)
        saved = self.registry.backup(path)
        self.registry.write(path, str(name), data)
        self.registry.delete(path, recursive=True)
        saved.restore()
        return [self.tree(top) for top in TOPS]

    def search(self) -> object:
        found = self.registry.open(self.random.choice(TOPS)).find("e")
        return sorted({repr(match.key.path) for match in found})

    def glob(self) -> object:
        path = self.path()
        return sorted(key.path for key in self.registry.open(path).glob("**\\b"))

    def files_round(self) -> object:
        """Export, delete, import: all is there again."""
        path, (form,) = self.path(), self.pick(("reg", "json", "csv"))
        self.files += 1
        file = self.folder / f"{self.files}.{form}"
        key = self.registry.open(path)
        key.export(file)
        before = self.tree(path)
        self.registry.delete(path, recursive=True)
        applied = self.registry.import_(file)
        return [before == self.tree(path), tuple(applied), before]

    def save_round(self) -> object:
        path, target = self.path(), self.path()
        self.files += 1
        file = self.folder / f"{self.files}.hive"
        self.registry.open(path).save(file)
        self.registry.create(target).restore(file)
        return self.tree(target)

    def diff(self) -> object:
        one, two = self.path(), self.path()
        changes = anyreg.diff(self.registry.open(one), self.registry.open(two))
        return sorted(repr((change.kind, change.path, change.name)) for change in changes)

    def patch(self) -> object:
        one, two = self.path(), self.path()
        source, target = self.registry.open(one), self.registry.open(two)
        anyreg.patch(source, list(anyreg.diff(source, target)))
        return self.tree(one)

    def path_list(self) -> object:
        directory = f"C:\\Steps{self.random.randint(0, 3)}"
        path = self.registry.environment().path
        added, removed = path.add(directory), path.remove(directory)
        return [added, removed]

    def facts(self) -> object:
        info = self.registry.open(self.path()).info()
        return [info.subkeys, info.values, info.class_name, info.path]

    def mapping(self) -> object:
        key = self.registry.open(self.path())
        return [sorted(key.subkeys), len(key.values), repr(key.values.get("v")), "b" in key.subkeys]

    def outcomes(self) -> list[object]:
        """What comes of each step."""
        kinds: list[Callable[[], object]] = [
            *(self.create, self.write, self.write, self.write, self.typed, self.read, self.update),
            *(self.read_many, self.remove, self.delete, self.rename, self.copy, self.roll_back),
            *(self.backup, self.search, self.glob, self.files_round, self.save_round, self.diff),
            *(self.patch, self.path_list, self.facts, self.mapping, self.create),
        ]
        for top in TOPS:
            self.registry.delete(top, recursive=True, missing_ok=True)
            self.registry.create(top)
        told = [self.outcome(self.random.choice(kinds)) for _ in range(STEPS)]
        for top in TOPS:
            self.registry.delete(top, recursive=True, missing_ok=True)
        return told

    def outcome(self, step: Callable[[], object]) -> object:
        for top in TOPS:
            self.registry.create(top)
        name = getattr(step, "__name__", "")
        try:
            return [name, step()]
        except RegistryError as error:
            return [name, type(error).__name__, error.winerror]
        except (KeyError, TypeError, ValueError) as error:
            return [name, type(error).__name__]


def main() -> None:
    file = Path(sys.argv[1]).resolve()
    target = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with anyreg.open(target) as registry:
            told = Run(registry, Path(folder)).outcomes()
        file.write_text(json.dumps(told, indent=1, default=repr), "utf-8")


if __name__ == "__main__":
    main()
