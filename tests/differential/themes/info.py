"""QueryInfoKey: counts, and the time of the last change, which says what counts as one."""

from __future__ import annotations

import time
from typing import Any

from differential.cases import case, cases, tried, winreg

SZ = winreg.REG_SZ


def stamp(key: Any) -> int:
    return int(winreg.QueryInfoKey(key)[2])


def touched(key: Any, change: Any) -> object:
    """Which times change: of the key, of its subkey, of the subkey's subkey."""
    winreg.CreateKey(key, r"sub\deep").Close()
    winreg.SetValueEx(key, "v", 0, SZ, "x")
    with (
        winreg.OpenKey(key, "sub", 0, winreg.KEY_ALL_ACCESS) as sub,
        winreg.OpenKey(sub, "deep", 0, winreg.KEY_ALL_ACCESS) as deep,
    ):
        before = [stamp(each) for each in (key, sub, deep)]
        time.sleep(0.03)
        change(key, sub, deep)
        return [stamp(each) > old for each, old in zip((key, sub, deep), before, strict=True)]


@cases(
    set_new=lambda k, s, d: winreg.SetValueEx(k, "w", 0, SZ, "x"),
    set_other_data=lambda k, s, d: winreg.SetValueEx(k, "v", 0, SZ, "y"),
    set_same=lambda k, s, d: winreg.SetValueEx(k, "v", 0, SZ, "x"),
    set_other_type=lambda k, s, d: winreg.SetValueEx(k, "v", 0, winreg.REG_EXPAND_SZ, "x"),
    set_default=lambda k, s, d: winreg.SetValue(k, None, SZ, "x"),
    set_in_sub=lambda k, s, d: winreg.SetValue(k, "sub", SZ, "x"),
    set_in_deep=lambda k, s, d: winreg.SetValueEx(d, "v", 0, SZ, "x"),
    delete_value=lambda k, s, d: winreg.DeleteValue(k, "v"),
    create_key=lambda k, s, d: winreg.CreateKey(k, "new").Close(),
    create_in_sub=lambda k, s, d: winreg.CreateKey(s, "new").Close(),
    create_two=lambda k, s, d: winreg.CreateKey(k, r"new\newer").Close(),
    create_existing=lambda k, s, d: winreg.CreateKey(k, "sub").Close(),
    query=lambda k, s, d: winreg.QueryValueEx(k, "v"),
    enumerate=lambda k, s, d: winreg.EnumKey(k, 0),
    flush=lambda k, s, d: winreg.FlushKey(k),
    open=lambda k, s, d: winreg.OpenKey(k, "sub").Close(),
)
def times(key: Any, change: Any) -> object:
    return touched(key, change)


@case
def deleting_a_key_touches_its_parent(key: Any) -> object:
    winreg.CreateKey(key, r"sub\deep").Close()
    with winreg.OpenKey(key, "sub") as sub:
        before = [stamp(key), stamp(sub)]
        time.sleep(0.03)
        winreg.DeleteKey(key, r"sub\deep")
        return [stamp(key) > before[0], stamp(sub) > before[1]]


@case
def failures_touch_nothing(key: Any) -> object:
    winreg.CreateKey(key, r"sub\deep").Close()
    before = stamp(key)
    time.sleep(0.03)
    failed = [
        tried(winreg.DeleteKey, key, "sub"),
        tried(winreg.DeleteValue, key, "missing"),
        tried(winreg.OpenKey, key, "missing"),
    ]
    return [failed, stamp(key) == before]


@case
def times_are_now_and_utc(key: Any) -> object:
    """100 ns since 1601."""
    seconds = stamp(key) / 10**7 - 11_644_473_600
    return [abs(seconds - time.time()) < 60, type(stamp(key)) is int]


@case
def a_new_key_is_as_new_as_its_parents_change(key: Any) -> object:
    time.sleep(0.03)
    with winreg.CreateKey(key, "new") as new:
        return [stamp(new) <= stamp(key), stamp(key) - stamp(new) < 10**7]


@cases(none=(0, 0), some=(3, 2), many=(70, 40))
def counts(key: Any, subkeys: int, values: int) -> object:
    for number in range(subkeys):
        winreg.CreateKey(key, f"k{number}").Close()
    for number in range(values):
        winreg.SetValueEx(key, f"v{number}", 0, SZ, "x")
    return winreg.QueryInfoKey(key)[:2]


@case
def counts_follow(key: Any) -> object:
    seen = [winreg.QueryInfoKey(key)[:2]]
    winreg.SetValue(key, None, SZ, "x")
    seen.append(winreg.QueryInfoKey(key)[:2])
    winreg.SetValue(key, "sub", SZ, "x")
    seen.append(winreg.QueryInfoKey(key)[:2])
    winreg.DeleteKey(key, "sub")
    winreg.DeleteValue(key, "")
    seen.append(winreg.QueryInfoKey(key)[:2])
    return seen


@case
def shape(key: Any) -> object:
    info = winreg.QueryInfoKey(key)
    return [type(info), len(info), [type(item) for item in info]]


@cases(
    classes=winreg.HKEY_CLASSES_ROOT,
    user=winreg.HKEY_CURRENT_USER,
    machine=winreg.HKEY_LOCAL_MACHINE,
    users=winreg.HKEY_USERS,
    config=winreg.HKEY_CURRENT_CONFIG,
)
def of_predefined_keys(_: Any, root: int) -> object:
    info = winreg.QueryInfoKey(root)
    return [info[0] > 0, type(info[2])]
