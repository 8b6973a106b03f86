"""A key that is deleted while handles of it are open: every use of them is error 1018."""

from __future__ import annotations

from typing import Any

from differential.cases import case, cases, steps, tried, winreg

USES: dict[str, tuple[object, ...]] = {
    "CreateKey": ("new",),
    "CreateKeyEx": ("new",),
    "DeleteKey": ("sub",),
    "DeleteKeyEx": ("sub",),
    "DeleteValue": ("v",),
    "EnumKey": (0,),
    "EnumValue": (0,),
    "FlushKey": (),
    "OpenKey": ("sub",),
    "OpenKeyEx": ("sub",),
    "QueryInfoKey": (),
    "QueryValue": ("sub",),
    "QueryValueEx": ("v",),
    "SetValue": ("sub", winreg.REG_SZ, "x"),
    "SetValueEx": ("v", 0, winreg.REG_SZ, "x"),
    "CloseKey": (),
}


def deleted(key: Any) -> Any:
    """A handle of a key that is deleted."""
    handle = winreg.CreateKeyEx(key, "gone", 0, winreg.KEY_ALL_ACCESS)
    winreg.SetValueEx(handle, "v", 0, winreg.REG_SZ, "x")
    winreg.DeleteKey(key, "gone")
    return handle


@cases(**{name: name for name in USES})
def use(key: Any, name: str) -> object:
    return tried(getattr(winreg, name), deleted(key), *USES[name])


@cases(
    open_none=("OpenKey", None),
    open_empty=("OpenKey", ""),
    create_empty=("CreateKey", ""),
    delete_empty=("DeleteKey", ""),
    query_none=("QueryValue", None),
)
def use_of_itself(key: Any, name: str, path: Any) -> object:
    return tried(getattr(winreg, name), deleted(key), path)


@cases(**{name: name for name in USES})
def use_without_the_right(key: Any, name: str) -> object:
    """Whether the right or the deletion is looked at first."""
    winreg.CreateKey(key, "gone").Close()
    handle = winreg.OpenKey(key, "gone", 0, winreg.KEY_NOTIFY)
    winreg.DeleteKey(key, "gone")
    return tried(getattr(winreg, name), handle, *USES[name])


@case
def the_handle_is_still_a_handle(key: Any) -> object:
    handle = deleted(key)
    return [bool(handle), int(handle) != 0, tried(handle.Close), bool(handle)]


@case
def a_new_key_of_that_name_is_another(key: Any) -> object:
    old = deleted(key)
    with winreg.CreateKey(key, "gone") as new:
        winreg.SetValueEx(new, "w", 0, winreg.REG_SZ, "x")
        return [
            tried(winreg.QueryValueEx, old, "v"),
            tried(winreg.QueryValueEx, old, "w"),
            tried(winreg.QueryValueEx, new, "v"),
        ]


@case
def all_handles_of_it_see_it(key: Any) -> object:
    first = winreg.CreateKey(key, "gone")
    second = winreg.OpenKey(key, "gone")
    winreg.DeleteKey(first, "")
    return steps(
        (winreg.QueryInfoKey, first), (winreg.QueryInfoKey, second), (winreg.OpenKey, key, "gone")
    )


@case
def below_a_deleted_key(key: Any) -> object:
    parent = winreg.CreateKey(key, "parent")
    child = winreg.CreateKey(parent, "child")
    winreg.DeleteKey(parent, "child")
    winreg.DeleteKey(key, "parent")
    return steps(
        (winreg.QueryInfoKey, child), (winreg.QueryInfoKey, parent), (winreg.CreateKey, parent, "x")
    )


@case
def closing_and_detaching(key: Any) -> object:
    handle = deleted(key)
    number = handle.Detach()
    return steps((winreg.QueryInfoKey, number), (winreg.CloseKey, number))


@case
def deleting_a_deleted_key_by_name(key: Any) -> object:
    deleted(key)
    return tried(winreg.DeleteKey, key, "gone")


@case
def the_parent_lives_on(key: Any) -> object:
    deleted(key)
    return [winreg.QueryInfoKey(key)[:2], tried(winreg.CreateKey, key, "gone")]
