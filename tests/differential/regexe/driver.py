"""Runs under the Windows Python: command lines of reg.exe, and files through reg.exe and regedit.

    python driver.py CASES.json FOUND.json

It needs nothing but the standard library.  Keys are filled and read by the kernel's own calls,
which change no byte of a value.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from ctypes import wintypes
from importlib import import_module
from pathlib import Path
from typing import Any

Row = list[Any]
"""Name, type and hex digits of a value."""

winreg: Any = import_module("winreg")
windows: Any = ctypes

_ROOTS = {"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE}
_ALL = winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_64KEY
INTERNAL_ERROR = 1359

nt = windows.WinDLL("ntdll")
api = windows.WinDLL("advapi32")
api.RegQueryValueExW.argtypes = [ctypes.c_void_p, ctypes.c_wchar_p] + [ctypes.c_void_p] * 4
api.RegDeleteTreeW.argtypes = [ctypes.c_void_p, ctypes.c_wchar_p]


class _Text(ctypes.Structure):
    _fields_ = [
        ("length", wintypes.USHORT),
        ("room", wintypes.USHORT),
        ("text", ctypes.c_void_p),
    ]


nt.NtSetValueKey.argtypes = [
    ctypes.c_void_p,
    ctypes.POINTER(_Text),
    wintypes.ULONG,
    wintypes.ULONG,
    ctypes.c_char_p,
    wintypes.ULONG,
]


def split(path: str) -> tuple[int, str]:
    root, _, rest = path.partition("\\")
    return _ROOTS[root], rest


def clear(path: str) -> None:
    root, rest = split(path)
    above, _, name = rest.rpartition("\\")
    try:
        with winreg.OpenKey(root, above, 0, _ALL) as key:
            api.RegDeleteTreeW(key.handle, name)
    except FileNotFoundError:
        pass


def fill(keys: dict[str, list[Row]]) -> None:
    for path, rows in keys.items():
        root, rest = split(path)
        with winreg.CreateKeyEx(root, rest, 0, _ALL) as key:
            for name, kind, digits in rows:
                raw = bytes.fromhex(digits)
                held = ctypes.create_unicode_buffer(name)
                size = 2 * len(name)
                text = _Text(size, size, ctypes.addressof(held))
                status = nt.NtSetValueKey(key.handle, ctypes.byref(text), 0, kind, raw, len(raw))
                if status:
                    raise OSError(f"{path}: {name}: {status:#x}")


def held(path: str) -> dict[str, list[Row]]:
    """All keys at and below a path, each with its values by name."""
    found: dict[str, list[Row]] = {}
    root, rest = split(path)
    try:
        with winreg.OpenKey(root, rest, 0, _ALL) as key:
            walk(key, path, found)
    except FileNotFoundError:
        pass
    return found


def walk(key: Any, path: str, found: dict[str, list[Row]]) -> None:
    subkeys, values, _ = winreg.QueryInfoKey(key)
    rows = []
    for index in range(values):
        name, _, kind = winreg.EnumValue(key, index)
        rows.append([name, kind & 0xFFFFFFFF, raw_of(key, name)])
    found[path] = sorted(rows)
    for index in range(subkeys):
        name = winreg.EnumKey(key, index)
        with winreg.OpenKey(key, name, 0, _ALL) as below:
            walk(below, f"{path}\\{name}", found)


def raw_of(key: Any, name: str) -> str:
    size = ctypes.c_uint32()
    if api.RegQueryValueExW(key.handle, name, None, None, None, ctypes.byref(size)):
        raise OSError(name)
    data = ctypes.create_string_buffer(size.value or 1)
    if api.RegQueryValueExW(key.handle, name, None, None, data, ctypes.byref(size)):
        raise OSError(name)
    return data.raw[: size.value].hex()


def run(words: list[str]) -> tuple[int, str]:
    try:
        done = begun(words)
    except OSError as error:
        if getattr(error, "winerror", 0) != INTERNAL_ERROR:
            raise
        done = begun(words)  # Wine could not begin the program in time, on a busy machine
    return done.returncode, done.stdout.decode("cp437").replace("\r\n", "\n")


def begun(words: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )


def outcome(case: dict[str, Any], tops: list[str]) -> dict[str, Any]:
    """What becomes of a case: statuses, outputs, files, and what the registry holds then."""
    for top in tops:
        clear(top)
    fill(case["seed"])
    for name, digits in case["files"].items():
        Path(name).write_bytes(bytes.fromhex(digits))
    done = [run(words) for words in case["lines"]]
    out = {
        name: Path(name).read_bytes().hex() if Path(name).exists() else None for name in case["out"]
    }
    for name in {*case["files"], *case["out"]}:
        Path(name).unlink(missing_ok=True)
    kept: dict[str, list[Row]] = {}
    for top in tops:
        kept |= held(top)
        clear(top)
    return {
        "status": [status for status, _ in done],
        "said": [text for _, text in done],
        "out": out,
        "held": kept,
    }


def imported(files: dict[str, Any], tops: list[str], at_once: int) -> dict[str, Any]:
    """What becomes of files: by reg.exe the statuses, by both programs what the registry holds."""
    for name, file in files.items():
        Path(name).write_bytes(bytes.fromhex(file["data"]))
    _prepare(files, tops)
    statuses = {name: run(["reg", "import", name])[0] for name in files}
    by_reg = _held(tops)
    _prepare(files, tops)
    names = list(files)
    while names:
        run(["regedit", "/S", *names[:at_once]])
        del names[:at_once]
    by_regedit = _held(tops)
    for top in tops:
        clear(top)
    return {"status": statuses, "reg": by_reg, "regedit": by_regedit}


def _prepare(files: dict[str, Any], tops: list[str]) -> None:
    for top in tops:
        clear(top)
    for file in files.values():
        fill(file["seed"])


def _held(tops: list[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for top in tops:
        found |= held(top)
    return found


def main(cases: str, found: str) -> None:
    asked = json.loads(Path(cases).read_text("utf-8"))
    tops = asked["tops"]
    outcomes = {
        "lines": {name: outcome(case, tops) for name, case in asked["lines"].items()},
        "files": imported(asked["files"], tops, asked["at_once"]),
    }
    Path(found).write_text(json.dumps(outcomes), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
