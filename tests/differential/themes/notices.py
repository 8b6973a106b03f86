"""RegNotifyChangeKeyValue: which changes of a key, and of keys below, are told to whom."""

from __future__ import annotations

from typing import Any

from differential import native
from differential.cases import case, cases, tried, winreg

NAME, LAST_SET = 1, 4
SZ = winreg.REG_SZ

# A change of the key `k` with the value v and the subkey sub\\deep; whether it is one of names.
CHANGES: dict[str, tuple[Any, int]] = {
    "set": (lambda k: winreg.SetValueEx(k, "new", 0, SZ, "x"), LAST_SET),
    "set_other": (lambda k: winreg.SetValueEx(k, "v", 0, SZ, "other"), LAST_SET),
    "set_same": (lambda k: winreg.SetValueEx(k, "v", 0, SZ, "x"), LAST_SET),
    "delete": (lambda k: winreg.DeleteValue(k, "v"), LAST_SET),
    "set_below": (lambda k: winreg.SetValue(k, "sub", SZ, "x"), LAST_SET),
    "set_far_below": (lambda k: winreg.SetValue(k, r"sub\deep", SZ, "x"), LAST_SET),
    "create": (lambda k: winreg.CreateKey(k, "new").Close(), NAME),
    "create_existing": (lambda k: winreg.CreateKey(k, "sub").Close(), NAME),
    "create_below": (lambda k: winreg.CreateKey(k, r"sub\new").Close(), NAME),
    "delete_below": (lambda k: winreg.DeleteKey(k, r"sub\deep"), NAME),
}
ROWS = {
    f"{change}_{where}": (change, where == "tree")
    for change in CHANGES
    for where in ("key", "tree")
}


def full(key: Any) -> Any:
    winreg.CreateKey(key, r"sub\deep").Close()
    winreg.SetValueEx(key, "v", 0, SZ, "x")
    return key


@cases(**ROWS)
def told(key: Any, change: str, subtree: bool) -> object:
    do, what = CHANGES[change]
    return native.notices(full(key), subtree, what, lambda: do(key))


@cases(names_of_values=("set", NAME), values_of_names=("create", LAST_SET))
def another_kind_is_not_told(key: Any, change: str, what: int) -> object:
    return native.notices(full(key), False, what, lambda: CHANGES[change][0](key))


@case
def both_kinds(key: Any) -> object:
    return native.notices(full(key), True, NAME | LAST_SET, lambda: CHANGES["set_below"][0](key))


@case
def a_deleted_subkey(key: Any) -> object:
    winreg.CreateKey(key, "sub").Close()
    return native.notices(key, False, NAME, lambda: winreg.DeleteKey(key, "sub"))


@case
def reading_is_no_change(key: Any) -> object:
    return native.notices(full(key), True, NAME | LAST_SET, lambda: winreg.QueryValueEx(key, "v"))


@case
def by_another_handle(key: Any) -> object:
    with winreg.OpenKey(full(key), "", 0, winreg.KEY_WRITE) as writer:
        return native.notices(
            key, False, LAST_SET, lambda: winreg.SetValueEx(writer, "w", 0, SZ, "x")
        )


@case
def without_the_right(key: Any) -> object:
    with winreg.OpenKey(key, "", 0, winreg.KEY_QUERY_VALUE) as reader:
        return tried(native.notices, reader, False, NAME, int)


@case
def of_a_deleted_key(key: Any) -> object:
    gone = winreg.CreateKey(key, "gone")
    winreg.DeleteKey(key, "gone")
    return tried(native.notices, gone, False, NAME, int)


@case
def of_a_closed_handle(key: Any) -> object:
    key.Close()
    return tried(native.notices, key, False, NAME, int)
