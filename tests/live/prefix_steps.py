"""What a genuine Windows Python does in a prefix of Wine: random edits, and all that a key holds.

    python.exe prefix_steps.py edit ROOT PATH SEED COUNT
    python.exe prefix_steps.py show ROOT PATH
    python.exe prefix_steps.py views PATH ...

It runs without this package, and is imported by the tests for the edits.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

NAMES = (
    "a", "A", "b", "_", "Key with a longer name", "[x]", 'quote"', "é", "É", "\u20acx", "ab", "Z z",
    "\U0001f600", "tab\there", "1", "=", ";", "#", "@", "x\u00e9a",
)  # fmt: skip
TEXTS = (
    "", "x", "C:\\Windows\\system32", 'say "hi"', "line\r\nbreak", "é\u20ac", "\U0001f600a",
    "\x01" + "7", "%PATH%", "ends\\", "a\0b", "\x7f\x80",
)  # fmt: skip
KINDS = (0, 1, 1, 1, 2, 3, 3, 4, 4, 5, 7, 8, 11, 0x10007, 0xFFFFFFFE)
Edit = tuple[str, list[str], str, int, bytes]
"""What is done, the names of the key, a name, a type and bytes."""


def raw_of(rnd: random.Random, kind: int) -> bytes:
    """Bytes for a value, mostly such as its type asks for."""
    if rnd.random() < 0.15:
        return rnd.randbytes(rnd.randrange(40))
    if kind in (1, 2):
        return (rnd.choice(TEXTS) + "\0").encode("utf-16-le")
    if kind == 7:
        texts = [rnd.choice(TEXTS).replace("\0", "") or "-" for _ in range(rnd.randrange(4))]
        return ("".join(f"{text}\0" for text in texts) + "\0").encode("utf-16-le")
    return rnd.randbytes(8 if kind == 11 else 4 if kind in (4, 5) else rnd.randrange(100))


def edits(seed: int, count: int) -> Iterator[Edit]:
    """Random edits of keys at most four deep."""
    rnd = random.Random(seed)
    for _ in range(count):
        path = [rnd.choice(NAMES) for _ in range(rnd.randint(1, 4))]
        what = rnd.choice(["set"] * 6 + ["make", "unset", "delete", "class", "rename"])
        kind = rnd.choice(KINDS)
        yield what, path, rnd.choice(("", *NAMES)), kind, raw_of(rnd, kind)


def main(words: list[str]) -> None:  # noqa: PLR0915 - one program
    ctypes: Any = import_module("ctypes")
    wintypes: Any = import_module("ctypes.wintypes")
    winreg: Any = import_module("winreg")
    byref = ctypes.byref

    api = ctypes.WinDLL("advapi32")

    def handle(path: list[str]) -> int:
        number = wintypes.HKEY()
        joined = "\\".join([top, *path])
        access, none = winreg.KEY_ALL_ACCESS, None
        code = api.RegCreateKeyExW(
            wintypes.HKEY(root), joined, 0, none, 0, access, none, byref(number), none
        )
        assert code == 0, (path, code)
        return int(number.value or 0)

    def do(edit: Edit) -> None:
        what, path, name, kind, raw = edit
        if what == "rename":
            return  # which makes the server of Wine 8 crash
        if what == "delete":
            api.RegDeleteTreeW(wintypes.HKEY(root), "\\".join([top, *path]))
            return
        if what == "class":
            number, made = wintypes.HKEY(), wintypes.DWORD()
            joined = "\\".join([top, *path[:-1], f"of {path[-1]}"])
            api.RegCreateKeyExW(
                wintypes.HKEY(root), joined, 0, name, 0, winreg.KEY_ALL_ACCESS, None,
                byref(number), byref(made),
            )  # fmt: skip
            api.RegCloseKey(number)
            return
        key = wintypes.HKEY(handle(path))
        if what == "set":
            api.RegSetValueExW(key, name, 0, wintypes.DWORD(kind), raw, len(raw))
        elif what == "unset":
            api.RegDeleteValueW(key, name)
        api.RegCloseKey(key)

    def seen(path: str, view: int) -> list[list[str]] | None:
        """Names of subkeys and values of the machine's key, as a program of some bits sees it."""
        try:
            key = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path, 0, winreg.KEY_READ | view)
        except FileNotFoundError:
            return None
        with key:
            subkeys, values, _ = winreg.QueryInfoKey(key)
            names = [winreg.EnumKey(key, index) for index in range(subkeys)]
            return [sorted(names), sorted(winreg.EnumValue(key, at)[0] for at in range(values))]

    def shown(path: str) -> Iterator[tuple[str, str, int, list[tuple[str, int, str]]]]:
        with winreg.OpenKey(root, path) as key:
            subkeys, count, time = winreg.QueryInfoKey(key)
            number = wintypes.HKEY(int(key))
            class_name, size = ctypes.create_unicode_buffer(300), wintypes.DWORD(300)
            rest = [None] * 9
            assert api.RegQueryInfoKeyW(number, class_name, byref(size), *rest) == 0
            values = []
            for index in range(count):
                name, length = ctypes.create_unicode_buffer(16400), wintypes.DWORD(16400)
                kind, room = wintypes.DWORD(), wintypes.DWORD(1 << 16)
                data = ctypes.create_string_buffer(1 << 16)
                code = api.RegEnumValueW(
                    number, index, name, byref(length), None, byref(kind), data, byref(room)
                )
                assert code == 0, (path, index, code)
                values.append((name[: length.value], kind.value, data.raw[: room.value].hex()))
            has_time = count or not subkeys
            known = class_name[: size.value].rstrip("\0")  # Wine reads it with its NUL
            yield path, known, time if has_time else 0, values
            names = [winreg.EnumKey(key, index) for index in range(subkeys)]
        for name in names:
            yield from shown(f"{path}\\{name}")

    if words[0] == "views":
        for path in words[1:]:
            for view in (0, winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY):
                print(json.dumps([path, view, seen(path, view)]))  # noqa: T201
        return
    root = getattr(winreg, words[1])
    top = words[2]
    if words[0] == "edit":
        for edit in edits(int(words[3]), int(words[4])):
            do(edit)
    else:
        for row in shown(top):
            print(json.dumps(row))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
