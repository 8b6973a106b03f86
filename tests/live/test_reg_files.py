"""Wine's regedit and reg take our .reg files, and we take theirs: the same values on both sides.

Ours are written from hives; what Wine then holds is read by the Windows Python, through winreg.
Wine sorts values, so they are compared as sets.  A text without its NUL is given one when it is
imported there, as by Windows, while ours comes back as it was.  That a REG_DWORD of another size is
filled up to four bytes when it is exported is known to be Wine's own.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import ExpandString, Key, QWord, Raw, Registry
from conftest import Expected, each_expected
from formats.hives import new_registry
from live.wine import Wine, windows_path

pytestmark = pytest.mark.live

TOP = r"HKEY_CURRENT_USER\Software\anyreg test"
READER = r"""
import json, sys, winreg
def rows(path):
    found = {}
    def walk(key, path):
        _, values, _ = winreg.QueryInfoKey(key)
        found[path] = sorted(
            [name, kind, raw(key, name)] for name, _, kind in
            (winreg.EnumValue(key, index) for index in range(values)))
        index = 0
        while True:
            try:
                name = winreg.EnumKey(key, index)
            except OSError:
                return
            index += 1
            with winreg.OpenKey(key, name) as below:
                walk(below, path + "\\" + name)
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
        walk(key, "")
    return found
import ctypes
query = ctypes.WinDLL("advapi32").RegQueryValueExW
query.argtypes = [ctypes.c_void_p, ctypes.c_wchar_p] + [ctypes.c_void_p] * 4
def raw(key, name):
    size = ctypes.c_uint32()
    assert query(key.handle, name, None, None, None, ctypes.byref(size)) == 0
    data = ctypes.create_string_buffer(size.value or 1)
    assert query(key.handle, name, None, None, data, ctypes.byref(size)) == 0
    return data.raw[:size.value].hex()
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(rows(sys.argv[1]), file)
"""

Found = dict[str, list[list[object]]]


@pytest.fixture
def sample() -> Iterator[Registry]:
    """Every type, and texts that quoting could trip over."""
    with new_registry() as registry:
        registry.create(r"Größe ] [\日本語")
        registry.create(r"empty; key")
        registry.root.set_values(
            {
                "": "the default",
                "text": 'say "a\\b" ;=@ ß Ω 日本',
                "none": Raw(0, b"\1\2"),
                "expand": ExpandString("%PATH%;ä"),
                "binary": bytes(range(256)),
                "dword": 0xDEADBEEF,
                "odd dword": Raw(4, b"\1\2\3"),
                "big": Raw(5, b"\0\0\0\7"),
                "link": Raw(6, "target".encode("utf-16-le")),
                "multi": ["a", "ßb", "c" * 100],
                "list": Raw(8, bytes(20)),
                "descriptor": Raw(9, bytes(20)),
                "requirements": Raw(10, bytes(20)),
                "qword": QWord(1 << 60),
                "unknown": Raw(0x200000, b"\xff\xfe"),
                "open text": Raw(1, "no end".encode("utf-16-le")),
                'na"me\\': "quoted",
                "empty": "",
                "no bytes": b"",
            }
        )
        registry.open(r"Größe ] [\日本語").set_values({"deep": 1})
        yield registry


def held(top: Key) -> Found:
    """What a key holds, in the form of READER."""
    start = len(top.path)
    return {
        key.path[start:] if start else ("\\" + key.path if key.path else ""): sorted(
            [value.name, value.type, value.raw.hex()] for value in values
        )
        for key, _, values in top.walk()
    }


def as_wine_takes(found: Found) -> Found:
    """The same with NULs at the end of texts that have none."""
    return {path: [with_end(*row) for row in rows] for path, rows in found.items()}


def with_end(name: object, kind: object, digits: object) -> list[object]:
    text = kind in (1, 2, 7) and digits and not str(digits).endswith("0000")
    return [name, kind, f"{digits}0000" if text else digits]


def differing(one: Found, other: Found) -> list[tuple[object, ...]]:
    """What only one of them holds, with the key that holds it."""
    rows: list[set[tuple[object, ...]]] = [
        {(path, *row) for path, found in side.items() for row in [[], *found]}
        for side in (one, other)
    ]
    return sorted(rows[0] ^ rows[1], key=repr)


def run(wine: Wine, *command: str) -> None:
    """Run a program of Windows; its output is told where it fails.

    On a busy machine Wine now and then says that it could not start the program at all, or hangs
    before it does; then it is asked again, and must not the last time.
    """
    for pause in (1, 2, 4, 8, 0):
        try:
            done = subprocess.run(
                ["wine", *command],
                env=wine.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=60,
                check=False,
            )
        except subprocess.TimeoutExpired:
            if not pause:
                raise
            continue
        if b"could not be started" not in done.stdout:
            break
        time.sleep(pause)
    assert done.returncode == 0, done.stdout


def in_wine(wine: Wine, folder: Path) -> Found:
    """What Wine holds below TOP."""
    script, out = folder / "reader.py", folder / "found.json"
    script.write_text(READER, "utf-8")
    path = TOP.partition("\\")[2]
    wine.python(windows_path(script), path, windows_path(out), cwd=folder)
    found: Found = json.loads(out.read_text("utf-8"))
    return found


@pytest.fixture
def clean(wine: Wine) -> Iterator[None]:
    """Nothing is left in Wine's registry."""
    yield
    run(wine, "reg", "delete", TOP, "/f")


IMPORTS = (["reg", "import"], ["regedit", "/C"], ["regedit"])
EXPORTS = (["reg", "export", TOP], ["regedit", "/E"])


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("command", IMPORTS, ids=" ".join)
def test_wine_takes_our_files(
    wine: Wine, sample: Registry, tmp_path: Path, command: list[str]
) -> None:
    """Each value with the very bytes that we hold, also the odd ones."""
    file = tmp_path / "ours.reg"
    sample.root.export(file, prefix=TOP)
    run(wine, *command, windows_path(file))
    assert differing(in_wine(wine, tmp_path), as_wine_takes(held(sample.root))) == []


@pytest.mark.usefixtures("clean")
def test_wine_takes_our_files_of_the_old_kind(wine: Wine, sample: Registry, tmp_path: Path) -> None:
    """What the code page lacks is left out, and we said so."""
    file = tmp_path / "ours.reg"
    left_out: list[Exception] = []
    sample.root.export(file, "reg4", prefix=TOP, on_error=left_out.append)
    run(wine, "regedit", windows_path(file))
    found, ours = in_wine(wine, tmp_path), as_wine_takes(held(sample.root))
    kept = [row for row in ours[""] if row in found[""]]
    assert found[""] == kept
    assert len(left_out) == len(ours[""]) - len(kept) + 1  # and the key in Japanese
    assert len(kept) >= 16


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("command", EXPORTS, ids=" ".join)
def test_we_take_wines_files(
    wine: Wine, sample: Registry, tmp_path: Path, command: list[str]
) -> None:
    """What Wine was given comes back as it was, through its own writer."""
    ours, theirs = tmp_path / "ours.reg", tmp_path / "theirs.reg"
    sample.root.delete_value("odd dword")
    sample.root.export(ours, prefix=TOP)
    run(wine, "reg", "import", windows_path(ours))
    arguments = [*command, windows_path(theirs)]
    run(wine, *(arguments if command[0] == "reg" else [*arguments, TOP]))
    with new_registry() as registry:
        registry.import_(theirs, prefix=TOP)
        assert differing(in_wine(wine, tmp_path), held(registry.root)) == []
        assert registry.check() == []


@pytest.mark.usefixtures("clean")
@each_expected(lambda hive: hive.clean and 8192 < hive.file.stat().st_size < 400_000)
def test_real_hives_go_into_wine(wine: Wine, hive: Expected, tmp_path: Path) -> None:
    """What Windows wrote, through our file into Wine."""
    file = tmp_path / "ours.reg"
    with anyreg.open(hive.file) as registry:
        registry.root.export(file, prefix=TOP, on_error=lambda error: None)
        ours = held(registry.root)
    run(wine, "reg", "import", windows_path(file))
    theirs = in_wine(wine, tmp_path)
    assert differing(theirs, as_wine_takes(ours)) == []
