"""SaveKey and LoadKey: files, names, and what is refused."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from differential import native
from differential.cases import FRESH, case, cases, tried, winreg

MACHINE, USERS = winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_USERS


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        yield Path(name)


def fill(key: Any) -> None:
    winreg.SetValueEx(key, "v", 0, winreg.REG_DWORD, 7)
    winreg.SetValueEx(key, "\xe4", 0, winreg.REG_MULTI_SZ, ["a", "", "b"])
    winreg.SetValueEx(key, "odd", 0, 99, b"\0\1")
    winreg.SetValue(key, r"sub\deep", winreg.REG_SZ, "text")


def contents(key: Any) -> object:
    count, values, _ = winreg.QueryInfoKey(key)
    below = []
    for index in range(count):
        with winreg.OpenKey(key, winreg.EnumKey(key, index)) as sub:
            below.append([winreg.EnumKey(key, index), contents(sub)])
    return [sorted(winreg.EnumValue(key, index) for index in range(values)), below]


@case
def saving_writes_a_file(key: Any) -> object:
    fill(key)
    with folder() as place:
        done = tried(winreg.SaveKey, key, str(place / "hive"))
        return [done, (place / "hive").stat().st_size > 0]


@case
def saving_changes_nothing(key: Any) -> object:
    fill(key)
    before = contents(key)
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
    return contents(key) == before


@case
def the_format_of_a_saved_file(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        return (place / "hive").read_bytes()[:4]


@case
def saving_over_a_file(key: Any) -> object:
    with folder() as place:
        (place / "hive").write_bytes(b"kept")
        done = tried(winreg.SaveKey, key, str(place / "hive"))
        return [done, (place / "hive").read_bytes()[:4] == b"kept"]


@case
def saving_into_a_missing_folder(key: Any) -> object:
    with folder() as place:
        return tried(winreg.SaveKey, key, str(place / "missing" / "hive"))


@case
def saving_to_no_name(key: Any) -> object:
    return tried(winreg.SaveKey, key, "")


@case
def saving_a_key_without_the_right_to_read(key: Any) -> object:
    with folder() as place, winreg.CreateKeyEx(key, "a", 0, winreg.KEY_SET_VALUE) as made:
        return tried(winreg.SaveKey, made, str(place / "hive"))


@case
def saving_a_deleted_key(key: Any) -> object:
    made = winreg.CreateKey(key, "a")
    winreg.DeleteKey(key, "a")
    with folder() as place:
        return [tried(winreg.SaveKey, made, str(place / "hive"))]


@cases(machine=MACHINE, users=USERS)
def loading_what_was_saved(key: Any, root: int) -> object:
    fill(key)
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        done = tried(winreg.LoadKey, root, FRESH, str(place / "hive"))
        with winreg.OpenKey(root, FRESH) as loaded:
            same = contents(loaded) == contents(key)
        return [done, same, tried(native.unload, root, FRESH), tried(winreg.OpenKey, root, FRESH)]


@case
def a_loaded_hive_can_be_written(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        winreg.LoadKey(USERS, FRESH, str(place / "hive"))
        with winreg.CreateKeyEx(USERS, rf"{FRESH}\new", 0, winreg.KEY_ALL_ACCESS) as made:
            winreg.SetValueEx(made, "v", 0, winreg.REG_SZ, "x")
            found = winreg.QueryValueEx(made, "v")
        return [found, tried(native.unload, USERS, FRESH)]


@case
def what_was_written_is_in_the_file(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        winreg.LoadKey(USERS, FRESH, str(place / "hive"))
        winreg.SetValue(USERS, rf"{FRESH}\new", winreg.REG_SZ, "kept")
        native.unload(USERS, FRESH)
        winreg.LoadKey(USERS, FRESH, str(place / "hive"))
        found = tried(winreg.QueryValue, USERS, rf"{FRESH}\new")
        native.unload(USERS, FRESH)
        return found


@case
def loading_below_another_root(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        return tried(winreg.LoadKey, winreg.HKEY_CURRENT_USER, FRESH, str(place / "hive"))


@case
def loading_below_a_handle(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        return tried(winreg.LoadKey, key, "sub", str(place / "hive"))


@case
def loading_over_a_key(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        return tried(winreg.LoadKey, MACHINE, "SOFTWARE", str(place / "hive"))


@case
def loading_twice(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        first = tried(winreg.LoadKey, USERS, FRESH, str(place / "hive"))
        second = tried(winreg.LoadKey, USERS, FRESH, str(place / "hive"))
        return [first, second, tried(native.unload, USERS, FRESH)]


@case
def loading_a_missing_file(_: Any) -> object:
    with folder() as place:
        done = tried(winreg.LoadKey, USERS, FRESH, str(place / "missing"))
        tried(native.unload, USERS, FRESH)
        return done


@cases(junk=b"this is no hive at all" * 300, empty=b"", short=b"regf")
def loading_something_else(_: Any, data: bytes) -> object:
    with folder() as place:
        (place / "file").write_bytes(data)
        done = tried(winreg.LoadKey, USERS, FRESH, str(place / "file"))
        return [done, (place / "file").read_bytes() == data]


@case
def loading_something_else_leaves_no_key(_: Any) -> object:
    with folder() as place:
        (place / "file").write_bytes(b"this is no hive at all" * 300)
        tried(winreg.LoadKey, USERS, FRESH, str(place / "file"))
        return tried(winreg.OpenKey, USERS, FRESH)


@case
def unloading_with_an_open_handle(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        winreg.LoadKey(USERS, FRESH, str(place / "hive"))
        with winreg.OpenKey(USERS, FRESH):
            refused = tried(native.unload, USERS, FRESH)
        return [refused, tried(native.unload, USERS, FRESH)]


@case
def unloading_what_is_not_loaded(_: Any) -> object:
    return tried(native.unload, USERS, "AnyregMissing")


@case
def deleting_a_loaded_hive(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        winreg.LoadKey(USERS, FRESH, str(place / "hive"))
        return [tried(winreg.DeleteKey, USERS, FRESH), tried(native.unload, USERS, FRESH)]


@case
def flushing_a_loaded_hive(key: Any) -> object:
    with folder() as place:
        winreg.SaveKey(key, str(place / "hive"))
        winreg.LoadKey(USERS, FRESH, str(place / "hive"))
        with winreg.OpenKey(USERS, FRESH) as loaded:
            done = tried(winreg.FlushKey, loaded)
        return [done, tried(native.unload, USERS, FRESH)]
