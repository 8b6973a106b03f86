"""The events that each function reports to audit hooks, with their arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from differential.cases import case, cases, tried, winreg

SZ = winreg.REG_SZ
HEARD: list[tuple[str, tuple[Any, ...]]] = []
LISTENING: list[bool] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if LISTENING and event.startswith("winreg."):
        HEARD.append((event, arguments))


sys.addaudithook(_hear)


def heard(*calls: Callable[[], object], known: dict[int, str]) -> list[list[Any]]:
    """The events of some calls; handles are called by their names."""
    HEARD.clear()
    LISTENING.append(True)
    try:
        results = [tried(call) for call in calls]
    finally:
        LISTENING.clear()
    events = [
        (event, *(called(each, known, event.endswith("/result")) for each in arguments))
        for event, arguments in HEARD
    ]
    return [[result.split(":")[0] for result in results], events]


def called(argument: object, known: dict[int, str], new: bool) -> object:
    """A handle by its name: its number is not the same on two machines."""
    if type(argument) is not int:
        return argument
    return "new handle" if new else known.get(argument, argument)


def names(key: Any) -> dict[int, str]:
    return {
        int(key): "key",
        winreg.HKEY_CURRENT_USER: "HKCU",
        winreg.HKEY_CURRENT_USER % 2**64: "HKCU",
    }


CALLS: dict[str, tuple[object, ...]] = {
    "ConnectRegistry": (None, winreg.HKEY_CURRENT_USER),
    "CreateKey": ("a",),
    "CreateKeyEx": ("a",),
    "DeleteKey": ("missing",),
    "DeleteKeyEx": ("missing",),
    "DeleteValue": ("missing",),
    "DisableReflectionKey": (),
    "EnableReflectionKey": (),
    "EnumKey": (5,),
    "EnumValue": (5,),
    "FlushKey": (),
    "OpenKey": ("missing",),
    "OpenKeyEx": ("missing",),
    "QueryInfoKey": (),
    "QueryReflectionKey": (),
    "QueryValue": (None,),
    "QueryValueEx": ("missing",),
    "SetValue": (None, SZ, "x"),
    "SetValueEx": ("v", 0, SZ, "x"),
}


@cases(**{name: name for name in CALLS if name not in {"ConnectRegistry", "QueryInfoKey"}})
def events(key: Any, name: str) -> object:
    function = getattr(winreg, name)
    return heard(lambda: function(key, *CALLS[name]), known=names(key))


@case
def events_of_query_info_key(key: Any) -> object:
    return heard(lambda: winreg.QueryInfoKey(key)[:2], known=names(key))


@cases(none=None, empty="")
def events_of_connect_registry(key: Any, computer: Any) -> object:
    return heard(
        lambda: winreg.ConnectRegistry(computer, winreg.HKEY_USERS),
        known={winreg.HKEY_USERS: "HKU"},
    )


@case
def events_of_expand(key: Any) -> object:
    return heard(lambda: winreg.ExpandEnvironmentStrings("%x%"), known=names(key))


@case
def events_of_files(key: Any) -> object:
    name = str(Path("missing folder", "file").absolute())
    found = heard(
        lambda: winreg.SaveKey(key, name),
        lambda: winreg.LoadKey(winreg.HKEY_CURRENT_USER, "x\\y", name),
        known=names(key),
    )
    return [
        (event, *("the file" if each == name else each for each in rest))
        for event, *rest in found[1]
    ]


@case
def events_of_a_handle(key: Any) -> object:
    with winreg.OpenKey(key, None) as other:
        known = {int(other): "other", **names(key)}
        return heard(lambda: other.handle > 0, lambda: other.Detach() > 0, other.Close, known=known)


@case
def events_of_opening_and_closing(key: Any) -> object:
    winreg.CreateKey(key, "a").Close()
    with winreg.OpenKey(key, "a") as other:
        return heard(
            lambda: winreg.OpenKey(key, "a").Close(),
            lambda: winreg.CloseKey(other),
            known=names(key),
        )


@case
def events_of_a_number_and_of_names(key: Any) -> object:
    number = int(key)
    return heard(
        lambda: winreg.OpenKey(number, "a", 0, winreg.KEY_READ),
        lambda: winreg.OpenKey(winreg.HKEY_CURRENT_USER, "missing key", 0, winreg.KEY_WRITE),
        lambda: winreg.CreateKeyEx(key, "b", 0, winreg.KEY_READ),
        lambda: winreg.CreateKey(key, None),
        known=names(key),
    )


@case
def bad_arguments_are_no_events(key: Any) -> object:
    return heard(
        lambda: winreg.SetValueEx(key, "v", 0, winreg.REG_DWORD, "text"),
        lambda: winreg.SetValue(key, None, winreg.REG_DWORD, "text"),
        lambda: winreg.OpenKey(None, "a"),
        lambda: winreg.DeleteValue(key, 1),
        known=names(key),
    )


@case
def events_of_a_closed_handle(key: Any) -> object:
    key.Close()
    return heard(lambda: winreg.QueryInfoKey(key), lambda: winreg.EnumKey(key, 0), known={})


@case
def a_hook_that_refuses(key: Any) -> object:
    def refuse(event: str, _: tuple[Any, ...]) -> None:
        if REFUSED and event == REFUSED[0]:
            raise RuntimeError("refused")

    sys.addaudithook(refuse)
    REFUSED.append("winreg.SetValue")
    try:
        done = tried(winreg.SetValueEx, key, "v", 0, SZ, "x")
    finally:
        REFUSED.clear()
    return [done, tried(winreg.QueryValueEx, key, "v")]


REFUSED: list[str] = []
