"""Volatile keys: made with an option, and what may stand below what."""

from __future__ import annotations

from typing import Any

from differential import native
from differential.cases import case, cases, tried, winreg

STABLE, VOLATILE = 0, 1
NEW, OLD = 1, 2


def make(key: Any, path: str, options: int) -> object:
    """What creating gave: whether the key is new, or the error."""

    def create() -> int:
        handle, how = native.create(key, path, options)
        winreg.CloseKey(handle)
        return how

    return tried(create)


@cases(stable=STABLE, volatile=VOLATILE)
def creating(key: Any, options: int) -> object:
    return [make(key, "a", options), make(key, "a", options), tried(winreg.EnumKey, key, 0)]


@cases(stable_first=(STABLE, VOLATILE), volatile_first=(VOLATILE, STABLE))
def opening_as_the_other_kind(key: Any, first: int, second: int) -> object:
    return [make(key, "a", first), make(key, "a", second), make(key, r"a\b", STABLE)]


@cases(stable=STABLE, volatile=VOLATILE)
def below_a_volatile_key(key: Any, options: int) -> object:
    make(key, "a", VOLATILE)
    return [make(key, r"a\b", options), tried(winreg.OpenKey, key, r"a\b")]


@case
def a_volatile_path(key: Any) -> object:
    return [make(key, r"a\b\c", VOLATILE), make(key, r"a\d", STABLE), make(key, r"a\b\d", STABLE)]


@case
def create_key_below_a_volatile_key(key: Any) -> object:
    make(key, "a", VOLATILE)
    return [
        tried(winreg.CreateKey, key, r"a\b"),
        tried(winreg.CreateKeyEx, key, r"a\b"),
        tried(winreg.SetValue, key, r"a\b", winreg.REG_SZ, "x"),
        tried(winreg.CreateKey, key, "a"),
    ]


@case
def a_stable_key_beside_a_volatile_one(key: Any) -> object:
    return [make(key, "a", VOLATILE), make(key, "b", STABLE), winreg.QueryInfoKey(key)[0]]


@case
def values_of_a_volatile_key(key: Any) -> object:
    handle, _ = native.create(key, "a", VOLATILE)
    winreg.SetValueEx(handle, "v", 0, winreg.REG_DWORD, 7)
    found = [
        winreg.QueryValueEx(handle, "v"),
        winreg.EnumValue(handle, 0),
        winreg.QueryInfoKey(handle)[:2],
    ]
    return [found, tried(winreg.DeleteValue, handle, "v"), tried(winreg.CloseKey, handle)]


@case
def deleting_a_volatile_key(key: Any) -> object:
    make(key, r"a\b", VOLATILE)
    return [
        tried(winreg.DeleteKey, key, "a"),
        tried(winreg.DeleteKey, key, r"a\b"),
        tried(winreg.DeleteKey, key, "a"),
        tried(winreg.OpenKey, key, "a"),
        make(key, "a", STABLE),
        make(key, r"a\b", STABLE),
    ]


@case
def they_are_enumerated_with_the_others(key: Any) -> object:
    for name, options in (("c", STABLE), ("a", VOLATILE), ("b", STABLE), ("d", VOLATILE)):
        make(key, name, options)
    return sorted(winreg.EnumKey(key, index) for index in range(4))


@case
def a_deleted_volatile_key(key: Any) -> object:
    handle, _ = native.create(key, "a", VOLATILE)
    winreg.DeleteKey(key, "a")
    return [tried(winreg.QueryInfoKey, handle), tried(winreg.CloseKey, handle)]


@case
def a_new_key_touches_its_parent(key: Any) -> object:
    before = winreg.QueryInfoKey(key)[2]
    make(key, "a", VOLATILE)
    return winreg.QueryInfoKey(key)[2] >= before


@case
def through_a_link(key: Any) -> object:
    make(key, "target", VOLATILE)
    handle, _ = native.create(key, "link", 2)
    path = rf"{native.nt_path(key)}\target"
    native.set_raw(handle, "SymbolicLinkValue", 6, path.encode("utf-16-le"))
    winreg.CloseKey(handle)
    return [make(key, r"link\a", STABLE), make(key, r"link\a", VOLATILE), make(key, "link", STABLE)]
