"""The predefined keys, other computers, and functions that are not about a key."""

from __future__ import annotations

import os
from typing import Any

from differential.cases import case, cases, steps, tried, winreg

ROOTS = {
    "classes": winreg.HKEY_CLASSES_ROOT,
    "user": winreg.HKEY_CURRENT_USER,
    "machine": winreg.HKEY_LOCAL_MACHINE,
    "users": winreg.HKEY_USERS,
    "config": winreg.HKEY_CURRENT_CONFIG,
}


@cases(**ROOTS)
def opening(_: Any, root: int) -> object:
    return [
        tried(winreg.OpenKey, root, "missing key"),
        tried(winreg.OpenKey, root, None),
        tried(winreg.OpenKey, root, "", 0, winreg.KEY_ALL_ACCESS),
        tried(winreg.QueryValueEx, root, "missing"),
        tried(winreg.DeleteKey, root, "missing key"),
        tried(winreg.FlushKey, root),
    ]


@cases(**ROOTS)
def opening_it_alone_gives_itself(_: Any, root: int) -> object:
    with winreg.OpenKey(root, "", 0, winreg.KEY_READ) as opened:
        return int(opened) == root % 2**64


@cases(**ROOTS)
def past_the_end(_: Any, root: int) -> object:
    return [tried(winreg.EnumKey, root, 100_000), tried(winreg.EnumValue, root, 100_000)]


@cases(unknown=0x80000077, local_settings=0x80000007, negative=-0x7FFFFFFF)
def other_numbers(_: Any, root: int) -> object:
    return tried(winreg.OpenKey, root, "missing key")


@case
def dynamic_data(_: Any) -> object:
    return tried(winreg.OpenKey, winreg.HKEY_DYN_DATA, "x")


@case
def the_roots_have_what_they_must(_: Any) -> object:
    def found(root: int, path: str) -> str:
        return tried(winreg.OpenKey, root, path)

    machine, user = winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER
    return [
        *(
            found(machine, name)
            for name in ("SOFTWARE", "system", "Hardware", r"Software\Microsoft")
        ),
        *(
            found(user, name)
            for name in ("Software", "Environment", r"Software\Classes", "Control Panel")
        ),
        found(winreg.HKEY_USERS, ".Default"),
        found(winreg.HKEY_CURRENT_CONFIG, "Software"),
        found(machine, r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"),
        found(machine, r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"),
        found(machine, r"SOFTWARE\Microsoft\Windows\CurrentVersion"),
    ]


@case
def the_machine_holds(_: Any) -> object:
    root = winreg.HKEY_LOCAL_MACHINE
    names = {winreg.EnumKey(root, i).upper() for i in range(winreg.QueryInfoKey(root)[0])}
    return [name in names for name in ("HARDWARE", "SOFTWARE", "SYSTEM")]


@case
def the_machine_holds_secrets(_: Any) -> object:
    root = winreg.HKEY_LOCAL_MACHINE
    names = {winreg.EnumKey(root, i).upper() for i in range(winreg.QueryInfoKey(root)[0])}
    return [name in names for name in ("SAM", "SECURITY")]


@case
def the_user_is_one_of_the_users(key: Any) -> object:
    winreg.SetValueEx(key, "mark", 0, winreg.REG_SZ, "x")
    users, found = winreg.HKEY_USERS, []
    for index in range(winreg.QueryInfoKey(users)[0]):
        name = winreg.EnumKey(users, index)
        try:
            with winreg.OpenKey(users, rf"{name}\Software\AnyregCase") as same:
                found.append([name.startswith("S-1-5-21-"), winreg.QueryValueEx(same, "mark")[0]])
        except OSError:
            continue
    return found


@cases(create="CreateKey", set=("SetValue", winreg.REG_SZ, "x"))
def writing_into_the_roots_of_all(_: Any, name: str, *rest: object) -> object:
    """What stands directly below these roots is hives."""
    function = getattr(winreg, name)
    return [
        tried(function, root, "AnyregCase", *rest)
        for root in (winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_USERS)
    ]


@case
def values_of_a_root(_: Any) -> object:
    name, root = "anyreg case", winreg.HKEY_CURRENT_USER
    return steps(
        (winreg.SetValueEx, root, name, 0, winreg.REG_SZ, "x"),
        (winreg.QueryValueEx, root, name),
        (winreg.DeleteValue, root, name),
        (winreg.QueryValueEx, root, name),
    )


@cases(none=None, empty="")
def connecting_to_this_computer(_: Any, name: Any) -> object:
    opened = [
        winreg.ConnectRegistry(name, root)
        for root in (winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_USERS)
    ]
    found = [
        tried(winreg.OpenKey, opened[0], "SOFTWARE"),
        tried(winreg.OpenKey, opened[1], ".DEFAULT"),
    ]
    return [found, steps(*((each.Close,) for each in opened))]


@cases(plain="anyreg-no-such-host", slashes=r"\\anyreg-no-such-host", odd="no such host!")
def connecting_to_nobody(_: Any, name: str) -> object:
    return tried(winreg.ConnectRegistry, name, winreg.HKEY_LOCAL_MACHINE)


TEXTS = {
    "plain": "text",
    "empty": "",
    "one": "%ANYREG_ONE%",
    "case": "%anyreg_one%",
    "within": "<%ANYREG_ONE%>",
    "two": "%ANYREG_ONE%%ANYREG_TWO%",
    "unknown": "%ANYREG_UNKNOWN%",
    "unknown_between": "a%ANYREG_UNKNOWN%b",
    "percents": "%%",
    "one_percent": "%",
    "three": "%%%",
    "open_end": "%ANYREG_ONE",
    "at_the_end": "100%",
    "not_again": "%ANYREG_NESTED%",
    "spaces": "% ANYREG_ONE %",
    "space_name": "%ANYREG A B%",
    "umlaut": "%ANYREG_\xc4%",
    "unknown_then_known": "%ANYREG_UNKNOWN%ANYREG_ONE%",
    "known_then_rest": "%ANYREG_ONE%x%",
    "equals": "%=ANYREG%",
    "astral": "%ANYREG_ASTRAL%\U0001f600",
    "half": "\ud800%ANYREG_ONE%",
    "long": "%ANYREG_ONE%" * 500,
    "percent_in_value": "%ANYREG_PERCENT%",
    "dollar": "$ANYREG_ONE",
    "lines": "a\n%ANYREG_ONE%\n",
    "doubled": "%%ANYREG_ONE%%",
    "empty_value": "<%ANYREG_EMPTY%>",
}
VARIABLES = {
    "ANYREG_ONE": "one",
    "ANYREG_TWO": "two",
    "ANYREG_NESTED": "%ANYREG_ONE%",
    "ANYREG A B": "space",
    "ANYREG_\xc4": "umlaut",
    "ANYREG_ASTRAL": "\U0001f600",
    "ANYREG_PERCENT": "100%",
}


@cases(**TEXTS)
def expanding(_: Any, text: str) -> object:
    os.environ.update(VARIABLES)
    try:
        return winreg.ExpandEnvironmentStrings(text)
    finally:
        for name in VARIABLES:
            del os.environ[name]


@case
def expanding_what_is_long(_: Any) -> object:
    return len(winreg.ExpandEnvironmentStrings("x" * 30_000))


@case
def expanding_a_nul(_: Any) -> object:
    return tried(winreg.ExpandEnvironmentStrings, "a\0b")


@case
def expanding_sees_changes(_: Any) -> object:
    os.environ["ANYREG_CHANGE"] = "first"
    first = winreg.ExpandEnvironmentStrings("%ANYREG_CHANGE%")
    os.environ["ANYREG_CHANGE"] = "second"
    second = winreg.ExpandEnvironmentStrings("%ANYREG_CHANGE%")
    del os.environ["ANYREG_CHANGE"]
    return [first, second, winreg.ExpandEnvironmentStrings("%ANYREG_CHANGE%")]


@case
def reflection(key: Any) -> object:
    return steps(
        (winreg.QueryReflectionKey, key),
        (winreg.EnableReflectionKey, key),
        (winreg.DisableReflectionKey, key),
        (winreg.QueryReflectionKey, key),
    )


@case
def performance_data(_: Any) -> object:
    root = winreg.HKEY_PERFORMANCE_DATA
    return [
        tried(winreg.OpenKey, root, "x"),
        tried(winreg.SetValueEx, root, "x", 0, winreg.REG_SZ, "x"),
        tried(winreg.CloseKey, root),
    ]


@case
def performance_data_has_a_header(_: Any) -> object:
    data, kind = winreg.QueryValueEx(winreg.HKEY_PERFORMANCE_DATA, "Global")
    return [data[:8], kind]
