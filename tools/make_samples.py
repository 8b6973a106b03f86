"""Make the files of samples/: a dirty hive with its two logs, and a damaged copy.

    python tools/make_samples.py [FOLDER]

The same bytes come out each time; a test compares them with those in samples/.  The hive holds
what a reader has to cope with: lists under an index, big data, class names, names that are not
ASCII, every type.  Its file stands at the first of three moments; LOG1 leads to the second, LOG2
to the third.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from anyreg.engine.compose import Composer
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import BINS_START, LOG_ENTRIES, PAGE, SECTOR, TYPE_NEW_LOG
from anyreg.regf.logs import build_entry
from anyreg.security.descriptor import default_descriptor
from anyreg.times import from_datetime
from anyreg.types import ExpandString, QWord, Raw
from anyreg.values import Value, encode

START = from_datetime(datetime(2026, 1, 15, 9, 30, tzinfo=UTC))
MINUTE = 600_000_000  # FILETIME ticks
NUMBER = 41  # sequence number of the clean hive that all begins with
CONTACTS = 1100  # more than one list holds: they stand under an index
BIG = 40_000  # bytes: three segments of big data


@dataclass
class Spec:
    """What a key of the sample holds."""

    values: dict[str, object] = field(default_factory=dict)
    subkeys: dict[str, Spec] = field(default_factory=dict)
    class_name: str = ""


def root(state: int) -> Spec:
    """The whole sample at one of its three moments."""
    desktop: dict[str, object] = {
        "Wallpaper": r"C:\Users\Ada\Pictures\Füße am Strand.jpg",
        "UserPreferencesMask": bytes.fromhex("9e1e078012000000"),
    }
    environment: dict[str, object] = {
        "Path": ExpandString(r"%USERPROFILE%\bin;C:\Tools;%SystemRoot%\System32"),
        "TEMP": ExpandString(r"%USERPROFILE%\AppData\Local\Temp"),
    }
    software = {
        "Microsoft": Spec(subkeys={"Windows": Spec(subkeys={"CurrentVersion": windows(state)})}),
        "Vendor": vendor(state),
        "日本語": Spec({"こんにちは": "世界 🌏"}),
    }
    return Spec(
        subkeys={
            "Control Panel": Spec(subkeys={"Desktop": Spec(desktop, class_name="DesktopClass")}),
            "Environment": Spec(environment),
            "Software": Spec(subkeys=software),
        }
    )


def windows(state: int) -> Spec:
    """CurrentVersion: what is started, and folders."""
    run: dict[str, object] = {
        "Backup": r'"C:\Program Files\Backup\backup.exe" /quiet',
        "Updater": ExpandString(r"%LOCALAPPDATA%\Updater\updater.exe"),
    }
    if state > 0:
        run["Sync"] = r"C:\Tools\sync.exe"
    folders: dict[str, object] = {"Personal": ExpandString(r"%USERPROFILE%\Documents")}
    return Spec(
        subkeys={
            "Run": Spec(run),
            "Explorer": Spec(subkeys={"User Shell Folders": Spec(folders)}),
        }
    )


def vendor(state: int) -> Spec:
    """A program's settings: every type, odd names, big data, a very wide key."""
    settings = {
        "": "the default value",
        "Name": "Example",
        "Retries": 3 + state,
        "Installed": QWord(START),
        "Servers": ["alpha.example", "beta.example", "gamma.example"][: state + 1],
        "Icon": bytes(range(256)) * (BIG // 256),
        "Empty": Raw(0, b""),
        "Big endian": Raw(5, (1).to_bytes(4, "big")),
        "Odd text": Raw(1, "no terminator".encode("utf-16-le")),
        "Unknown type": Raw(0x200000, b"\x01\x02\x03\x04\x05"),
        "Größe": 42,
    }
    contacts = {f"Contact {number:04d}": Spec() for number in range(CONTACTS)}
    for number in range(0, CONTACTS, 100):
        contacts[f"Contact {number:04d}"].values["Name"] = f"Person {number}"
    history = {f"Opened {number}": f"file {number}.txt" for number in range(4 + 60 * state)}
    return Spec(
        settings,
        {
            "Contacts": Spec(subkeys=contacts),
            "History": Spec(dict(history)),
            "Straße": Spec({"ß": "sharp s has no upper case here"}),
            "naïve café": Spec(class_name="Küche"),
        },
    )


def compose(state: int) -> bytes:
    """The clean hive at one of its moments."""
    composer = Composer(5, START, default_descriptor())
    clock = iter(range(START, 1 << 62, MINUTE))

    def add(name: str, spec: Spec) -> None:
        composer.enter(name, next(clock), spec.class_name)
        for value_name, data in spec.values.items():
            composer.value(Value(value_name, *encode(data)))
        for subkey, below in spec.subkeys.items():
            add(subkey, below)
        composer.leave()

    add("CMI-CreateHive{7D3B1A54-8C1E-4E55-9B7E-5D9B3B1D6A21}", root(state))
    return composer.finish()


def changed_pages(before: bytes, after: bytes) -> list[tuple[int, bytes]]:
    """Where the bins of two hives differ: runs of pages, counted from the first bin."""
    runs: list[tuple[int, bytes]] = []
    for at in range(0, len(after), PAGE):
        page = after[at : at + PAGE]
        if before[at : at + PAGE] == page:
            continue
        if runs and runs[-1][0] + len(runs[-1][1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + page)
        else:
            runs.append((at, page))
    return runs


def numbered(hive: bytes, primary: int, secondary: int, kind: int = 0) -> bytes:
    """A hive's base block with other numbers."""
    base = BaseBlock(hive[:BINS_START])
    base.primary_number = primary
    base.secondary_number = secondary
    base.type = kind
    base.file_name = r"\Users\Ada\ntuser.dat"
    return base.build()


def log(before: bytes, after: bytes, number: int) -> bytes:
    """A log with one entry that leads from one hive to another."""
    pages = changed_pages(before[BINS_START:], after[BINS_START:])
    header = numbered(before, number, number, TYPE_NEW_LOG)[:SECTOR]
    size = len(after) - BINS_START
    return header + build_entry(LOG_ENTRIES, number, 0, size, pages)


def damage(hive: bytes) -> bytes:
    """The hive with faults of many kinds, most of it still readable."""
    broken = bytearray(numbered(hive, NUMBER, NUMBER) + hive[BINS_START:])
    for name, at, wrong in faults(hive):
        if at < 0:
            raise ValueError(f"nothing to damage for {name}")
        broken[at : at + len(wrong)] = wrong
    return bytes(broken)


def faults(hive: bytes) -> Iterator[tuple[str, int, bytes]]:
    """What is broken: a word on it, the offset in the file, the bytes put there."""
    yield "key signature", hive.find(b"Contact 0007") - 76, b"xx"
    yield "key cell size", hive.find(b"Contact 0013") - 80, bytes(4)
    yield "parent", hive.find(b"Contact 0003") - 60, (0x20).to_bytes(4, "little")
    yield "value signature", hive.find(b"Wallpaper") - 20, b"kv"
    yield "data offset", hive.find(b"Installed") - 12, b"\xf0\xff\xff\x7f"
    yield "reference count", hive.find(b"sk\0\0") + 12, (3).to_bytes(4, "little")
    yield "bin signature", hive.rfind(b"hbin"), b"nibh"


def main() -> None:
    """Write the files."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "samples")
    hives = [compose(state) for state in range(3)]
    (folder / "damaged").mkdir(parents=True, exist_ok=True)
    dirty = numbered(hives[0], NUMBER + 1, NUMBER) + hives[0][BINS_START:]
    (folder / "NTUSER.DAT").write_bytes(dirty)
    (folder / "NTUSER.DAT.LOG1").write_bytes(log(hives[0], hives[1], NUMBER))
    (folder / "NTUSER.DAT.LOG2").write_bytes(log(hives[1], hives[2], NUMBER + 1))
    (folder / "damaged" / "NTUSER.DAT").write_bytes(damage(hives[2]))


if __name__ == "__main__":
    main()
