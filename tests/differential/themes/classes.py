"""HKEY_CLASSES_ROOT: what the user and what the machine say of file types, as one tree."""

from __future__ import annotations

from typing import Any

from differential.cases import FRESH, case, cases, tried, winreg

ROOT, MACHINE, USER = winreg.HKEY_CLASSES_ROOT, winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER
BELOW = rf"Software\Classes\{FRESH}"
SZ, ALL = winreg.REG_SZ, winreg.KEY_ALL_ACCESS


def put(root: int, *path: str, **values: str) -> None:
    """Make a key of one of the two trees, with values."""
    with winreg.CreateKeyEx(root, "\\".join((BELOW, *path)), 0, ALL) as key:
        for name, text in values.items():
            winreg.SetValueEx(key, name, 0, SZ, text)


def get(root: int, path: str, name: str) -> object:
    def do() -> object:
        with winreg.OpenKey(root, path) as key:
            return winreg.QueryValueEx(key, name)[0]

    return tried(do)


def contents(key: Any) -> object:
    count, values, _ = winreg.QueryInfoKey(key)
    return [
        sorted(winreg.EnumKey(key, index) for index in range(count)),
        sorted(winreg.EnumValue(key, index)[:2] for index in range(values)),
    ]


@case
def the_machines_classes(_: Any) -> object:
    put(MACHINE, v="machine")
    return [get(ROOT, FRESH, "v"), get(ROOT, FRESH.upper(), "V"), get(USER, BELOW, "v")]


@case
def the_users_classes(_: Any) -> object:
    put(USER, v="user")
    return [get(ROOT, FRESH, "v"), get(MACHINE, BELOW, "v")]


@case
def the_user_wins(_: Any) -> object:
    put(MACHINE, v="machine", m="only here")
    put(USER, v="user", u="only here")
    return [get(ROOT, FRESH, name) for name in ("v", "m", "u")]


@case
def enumerating_both(_: Any) -> object:
    put(MACHINE, "a", v="machine", m="x")
    put(MACHINE, "b")
    put(USER, "a", v="user", u="x")
    put(USER, "c")
    with winreg.OpenKey(ROOT, FRESH) as top, winreg.OpenKey(ROOT, rf"{FRESH}\a") as inner:
        return [contents(top), contents(inner)]


@case
def a_new_key_goes_to_the_machine(_: Any) -> object:
    with winreg.CreateKeyEx(ROOT, FRESH, 0, ALL) as key:
        winreg.SetValueEx(key, "v", 0, SZ, "x")
    return [get(MACHINE, BELOW, "v"), get(USER, BELOW, "v")]


@case
def writing_goes_where_the_key_is(_: Any) -> object:
    put(USER, v="user")
    with winreg.OpenKey(ROOT, FRESH, 0, ALL) as key:
        winreg.SetValueEx(key, "v", 0, SZ, "new")
    return [get(USER, BELOW, "v"), get(MACHINE, BELOW, "v")]


@case
def writing_goes_to_the_user_where_both_have_the_key(_: Any) -> object:
    put(MACHINE, v="machine")
    put(USER, v="user")
    with winreg.OpenKey(ROOT, FRESH, 0, ALL) as key:
        winreg.SetValueEx(key, "v", 0, SZ, "new")
    return [get(USER, BELOW, "v"), get(MACHINE, BELOW, "v"), get(ROOT, FRESH, "v")]


@case
def a_new_subkey_of_a_merged_key_goes_to_the_machine(_: Any) -> object:
    put(MACHINE)
    put(USER)
    winreg.CreateKey(ROOT, rf"{FRESH}\new").Close()
    return [
        tried(winreg.OpenKey, MACHINE, rf"{BELOW}\new"),
        tried(winreg.OpenKey, USER, rf"{BELOW}\new"),
    ]


@case
def writing_in_the_machines_tree_does_not_show_over_the_user(_: Any) -> object:
    put(USER, v="user")
    put(MACHINE, v="machine")
    return get(ROOT, FRESH, "v")


@case
def deleting_takes_the_users_first(_: Any) -> object:
    put(MACHINE, v="machine")
    put(USER, v="user")
    found = []
    for _round in range(3):
        found.append(
            [tried(winreg.DeleteKey, ROOT, FRESH), get(USER, BELOW, "v"), get(MACHINE, BELOW, "v")]
        )
    return found


@case
def a_handle_of_a_users_key_that_is_gone(_: Any) -> object:
    put(USER, v="user")
    with winreg.OpenKey(ROOT, FRESH) as key:
        winreg.DeleteKey(USER, BELOW)
        return tried(winreg.QueryValueEx, key, "v")


@case
def deleting_a_value(_: Any) -> object:
    put(MACHINE, v="machine")
    with winreg.OpenKey(ROOT, FRESH, 0, ALL) as key:
        return [
            tried(winreg.DeleteValue, key, "v"),
            tried(winreg.DeleteValue, key, "v"),
            get(MACHINE, BELOW, "v"),
        ]


@cases(leading="\\" + FRESH, only_backslash="\\")
def a_leading_backslash(_: Any, path: str) -> object:
    put(MACHINE)
    return tried(winreg.OpenKey, ROOT, path)


@case
def handles_carry_a_mark(_: Any) -> object:
    put(MACHINE)
    with winreg.OpenKey(ROOT, FRESH) as merged, winreg.OpenKey(MACHINE, BELOW) as plain:
        return [int(merged) & 3, int(plain) & 3]


@case
def the_root_is_what_the_machine_and_the_user_have(_: Any) -> object:
    put(MACHINE)
    names = [winreg.EnumKey(ROOT, index) for index in range(winreg.QueryInfoKey(ROOT)[0])]
    return [FRESH in names, len(names) == len(set(map(str.lower, names)))]


@case
def default_values(_: Any) -> object:
    winreg.SetValue(MACHINE, BELOW, SZ, "machine")
    first = winreg.QueryValue(ROOT, FRESH)
    winreg.SetValue(USER, BELOW, SZ, "user")
    return [first, tried(winreg.QueryValue, ROOT, FRESH)]
