"""A prefix of Wine, written here and read by Wine, written by Wine and read here.

Each test has a prefix of its own: the registry of the one that all tests of Wine share, and links
to its disk.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
import share
from anyreg.backends.trees import find
from anyreg.errors import AccessDeniedError, RegistryError
from anyreg.formats.wine.escapes import lowered
from anyreg.formats.wine.reader import parse_wine
from anyreg.formats.wine.sections import WineKeyState, WineSection, new_section
from anyreg.registry.registry import Registry
from live import prefix_steps
from live import wine as setup
from live.wine import UnavailableError, Wine, windows_path

pytestmark = pytest.mark.live

# A key: its path, class and time, and the names, types and bytes of its values.
Shown = list[str | int | list[list[str | int]]]
FILES = ("system.reg", "user.reg", "userdef.reg")
ROOTS = {"HKEY_CURRENT_USER": "HKCU", "HKEY_LOCAL_MACHINE": "HKLM"}
TOP = r"Software\Anyreg"
VIEWED = (
    "",
    "Microsoft",
    "Wow6432Node",
    r"Wow6432Node\Microsoft",
    r"Classes\CLSID",
    r"Classes\.txt",
    r"Classes\AppId",
    r"Classes\Interface",
    r"Wow6432Node\Classes\CLSID",
    r"Wow6432Node\Classes\.txt",
    r"Microsoft\OLE",
    r"Wow6432Node\Microsoft\OLE",
    r"Microsoft\Windows NT\CurrentVersion\Fonts",
    r"Microsoft\Windows NT\CurrentVersion\Time Zones",
    r"Microsoft\Windows\CurrentVersion\App Paths",
    r"Microsoft\Cryptography",
    "Policies",
    "Clients",
    "RegisteredApplications",
    r"Wine\Ports",
    "None",
)
NLS = Path("/usr/share/wine/nls/l_intl.nls")


class PrefixWine(Wine):
    """Wine with a prefix of the test's own."""

    def __init__(self, home: Path, prefix: Path) -> None:
        super().__init__(home)
        self.prefix = prefix
        self.environment["WINEPREFIX"] = str(prefix)

    def steps(self, *words: str) -> str:
        """What the Windows Python prints."""
        script = Path(prefix_steps.__file__)
        return self.python(windows_path(script), *words, cwd=script.parent)

    def shown(self, root: str) -> list[Shown]:
        """What a genuine winreg finds below TOP."""
        return sorted(json.loads(line) for line in self.steps("show", root, TOP).splitlines())


@pytest.fixture
def wine(tmp_path: Path) -> Iterator[PrefixWine]:
    """Wine with a new prefix, whose server does not run."""
    home = setup.folder()
    try:
        setup._expect_installed()
    except UnavailableError as missing:
        if "ANYREG_EXPECT_WINE" in os.environ:
            raise
        pytest.skip(str(missing))
    prefix = tmp_path / "prefix"
    prefix.mkdir()
    for name in (*FILES, ".update-timestamp"):
        shutil.copy(home / "prefix" / name, prefix / name)
    for name in ("drive_c", "dosdevices"):
        (prefix / name).symlink_to(home / "prefix" / name)
    found = PrefixWine(home, prefix)
    try:
        yield found
    finally:
        found.stop()


def shown(registry: Registry, root: str) -> list[Shown]:
    """The same of ours."""
    found: list[Shown] = []
    stack = [registry.open(rf"{ROOTS[root]}\{TOP}")]
    while stack:
        key = stack.pop()
        values: list[list[str | int]] = [
            [value.name, value.type, value.raw.hex()] for value in key.records()
        ]
        children = key.children()
        path = TOP + key.path.split(TOP.rpartition("\\")[2], 1)[1]  # SOFTWARE, and Software
        time = key.last_written if values or not children else 0
        found.append([path, key.info().class_name, time, values])
        stack.extend(children)
    return sorted(found)


def edit(registry: Registry, root: str, seed: int, count: int) -> None:
    """The same random edits that a Windows Python makes."""
    top = rf"{ROOTS[root]}\{TOP}"
    for what, path, name, kind, raw in prefix_steps.edits(seed, count):
        where = "\\".join([top, *path])
        if what == "delete":
            registry.delete(where, recursive=True, missing_ok=True)
        elif what == "class":
            above = "\\".join([top, *path[:-1], f"of {path[-1]}"])
            backend = registry._backend
            names = above.split("\\")
            node, _ = backend.create(backend.root(), names, class_name=name)
            backend.release(node)
        elif what == "rename":
            rename(registry, where, name)
        elif what == "set":
            registry.create(where).values[name] = anyreg.Raw(kind, raw)
        else:
            key = registry.create(where)
            if what == "unset":
                key.values.pop(name, None)


def rename(registry: Registry, where: str, name: str) -> None:
    """Give a key another name, if there is the key and no other of that name."""
    above, _, last = where.rpartition("\\")
    with contextlib.suppress(RegistryError):
        registry.open(above).rename(last, name)


def sections(path: Path, top: str) -> dict[str, str]:
    """The text of each key of a file below a key, by its path."""
    text = parse_wine(path.read_bytes())
    start = top.split("\\")
    return {
        "\\".join(section.names): section.text()
        for section in text.sections
        if section.names[: len(start)] == start
    }


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_a_prefix_come_back_to_the_byte(wine: PrefixWine, name: str) -> None:
    """As lines that stay, and as rows that are written anew."""
    data = (wine.prefix / name).read_bytes()
    text = parse_wine(data)
    assert text.problems == []
    assert text.to_bytes() == data
    again = [_anew(section) for section in text.sections]
    assert "".join(section.text() for section in again) == "".join(
        section.text() for section in text.sections
    )
    places = [section.place for section in text.sections]
    assert places == sorted(places)


def _anew(section: WineSection) -> WineSection:
    return new_section(
        WineKeyState(
            section.names,
            section.time,
            section.class_name,
            section.is_link,
            section.values()[::-1],
            False,
        )
    )


def test_letters_have_the_lower_case_that_wine_has() -> None:
    """All of them, or names would stand in another order."""
    if not NLS.exists():
        pytest.skip(f"no {NLS}: install Debian's package libwine")
    table = struct.unpack(f"<{NLS.stat().st_size // 2}H", NLS.read_bytes())
    start = table[0] + table[table[0]] + 1
    for unit in range(0x10000):
        at = table[start + (unit >> 8)] + ((unit >> 4) & 15)
        low = (unit + table[start + table[start + at] + (unit & 15)]) & 0xFFFF
        assert lowered(chr(unit)) == chr(low), hex(unit)


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("count", [share.times(300), pytest.param(2000, marks=pytest.mark.long)])
def test_what_is_edited_here_is_what_wine_reads(wine: PrefixWine, root: str, count: int) -> None:
    """A genuine winreg finds all of it, and Wine's server would have written the same bytes."""
    with anyreg.open(wine.prefix, "r+") as registry:
        registry.create(rf"{ROOTS[root]}\{TOP}").values["first"] = 1
        for start in range(0, count, 50):
            with registry.transaction():
                edit(registry, root, start, min(50, count - start))
        ours = shown(registry, root)
        assert registry.check() == []
    name = "user.reg" if root == "HKEY_CURRENT_USER" else "system.reg"
    written = sections(wine.prefix / name, TOP)
    wine.start()
    assert wine.shown(root) == ours
    wine.quietly("wine", "reg", "add", rf"{ROOTS[root]}\Software\Touched", "/f")
    wine.stop()
    assert "Touched" in (wine.prefix / name).read_text("ascii")
    assert sections(wine.prefix / name, TOP) == written


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("count", [share.times(300), pytest.param(2000, marks=pytest.mark.long)])
def test_what_wine_edits_is_what_is_read_here(wine: PrefixWine, root: str, count: int) -> None:
    """Names, classes, times and bytes; and a change of ours leaves all of it alone."""
    wine.start()
    wine.steps("edit", root, TOP, "7", str(count))
    theirs = wine.shown(root)
    wine.stop()
    with anyreg.open(wine.prefix, "r+") as registry:
        assert shown(registry, root) == theirs
        registry.write(rf"{ROOTS[root]}\Software\Other", "v", 1)
        assert registry.check() == []
    with anyreg.open(wine.prefix) as registry:
        assert shown(registry, root) == theirs


def test_programs_of_32_and_64_bits_see_what_they_see_in_wine(wine: PrefixWine) -> None:
    """Trees of their own, and what links share; Classes as a whole is told as on Windows."""
    paths = [rf"Software\{path}" if path else "Software" for path in VIEWED]
    wine.start()
    rows = [json.loads(line) for line in wine.steps("views", *paths).splitlines()]
    wine.stop()
    assert len(rows) == 3 * len(VIEWED)
    with anyreg.open(wine.prefix) as registry:
        backend = registry._backend
        for path, view, theirs in rows:
            key = find(backend, backend.root(), rf"HKLM\{path}", view)
            ours = None
            if key is not None:
                names = sorted(child.name for child in backend.subkeys(key))
                ours = [names, sorted(value.name for value in backend.values(key))]
            assert ours == theirs, (path, view)


def test_wine_reg_query_finds_what_was_written(wine: PrefixWine) -> None:
    """With the types and texts that it prints."""
    with anyreg.open(wine.prefix, "r+") as registry:
        key = registry.create(rf"HKCU\{TOP}\Deep")
        key.values.update({"s": "text", "n": 7, "b": b"\1\2", "m": ["a", "b"]})
    wine.start()
    done = subprocess.run(
        ["wine", "reg", "query", rf"HKCU\{TOP}", "/s"],
        env=wine.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    found = re.findall(r"^    (\w)    (REG_\w+)    (.*?)\r*$", done.stdout.decode(), re.MULTILINE)
    assert sorted(found) == [
        ("b", "REG_BINARY", "0102"),
        ("m", "REG_MULTI_SZ", r"a\0b"),
        ("n", "REG_DWORD", "0x7"),
        ("s", "REG_SZ", "text"),
    ]


@pytest.mark.parametrize("tries", [2, pytest.param(10, marks=pytest.mark.long)])
def test_a_server_that_runs_is_noticed_in_each_of_ten_tries(wine: PrefixWine, tries: int) -> None:
    """To open the prefix for writing is refused, and so is a change by who had it open before."""
    before = anyreg.open(wine.prefix, "r+")
    with before:
        for _ in range(tries):
            wine.quietly("wineserver", "-p")
            with pytest.raises(AccessDeniedError, match="wineserver -k"):
                anyreg.open(wine.prefix, "r+")
            with pytest.raises(AccessDeniedError, match="wine reg import"):
                before.write(r"HKCU\Software", "v", 1)
            with anyreg.open(wine.prefix) as registry:
                assert registry.read(r"HKCU\Software", "v") is None
            wine.stop()
        before.write(r"HKCU\Software", "v", 1)


def test_a_server_waits_while_a_transaction_is_under_way(wine: PrefixWine) -> None:
    """Its client tries again, and then finds what was written."""
    wine.start()  # Debian's Wine chooses the folder of its server when it first starts
    wine.stop()
    with anyreg.open(wine.prefix, "r+") as registry:
        with registry.transaction():
            registry.write(rf"HKCU\{TOP}", "v", 1)
            client = threading.Thread(
                target=wine.quietly, args=("wine", "reg", "add", rf"HKCU\{TOP}", "/v", "w", "/f")
            )
            client.start()
            client.join(0.5)
            assert client.is_alive()
        client.join(60)
        assert not client.is_alive()
    wine.stop()
    with anyreg.open(wine.prefix) as registry:
        assert [value.name for value in registry.open(rf"HKCU\{TOP}").records()] == ["v", "w"]


def test_what_wine_writes_is_reported(wine: PrefixWine) -> None:
    """To who watches meanwhile, as soon as the server has written it."""
    wine.start()
    with anyreg.open(wine.prefix) as registry, registry.open("HKCU").watch(timeout=60) as watch:
        wine.quietly("wine", "reg", "add", rf"HKCU\{TOP}", "/v", "w", "/d", "x", "/f")
        wine.stop()
        found: list[tuple[str, str]] = []
        for batch in watch:
            found += [(change.kind, change.path) for change in batch]
            if any(path.endswith(r"\Anyreg") for _, path in found):
                break
    assert ("value set", rf"HKEY_CURRENT_USER\{TOP}") in found
