"""EnumKey and EnumValue: order, ends, and what changes under an enumeration."""

from __future__ import annotations

from typing import Any

from differential.cases import case, cases, tried, winreg

SZ = winreg.REG_SZ


def keys(key: Any) -> list[str]:
    return [winreg.EnumKey(key, index) for index in range(winreg.QueryInfoKey(key)[0])]


def values(key: Any) -> list[str]:
    return [winreg.EnumValue(key, index)[0] for index in range(winreg.QueryInfoKey(key)[1])]


def make(key: Any, names: str | list[str]) -> None:
    for name in names:
        winreg.CreateKey(key, name).Close()
        winreg.SetValueEx(key, name, 0, SZ, name)


ORDERS: dict[str, object] = {
    "sorted": "abc",
    "backwards": "cba",
    "mixed": "bCaD",
    "digits": "b1a0",
    "lengths": (["aa", "a", "b"],),
    "numbers": (["10", "9", "1", "2"],),
    "latin": "z\xe4a",
    "greek": "\u03c9\u03b1",
    "kana": "\u30a2a\u3042",
    "prefix": (["ab", "a", "a b", "a-b"],),
    "astral": (["\U0001f600", "\uffff", "a"],),
    "cases": (["aB", "Ab2", "AB1"],),
}


@cases(**ORDERS)
def order_of_keys(key: Any, names: Any) -> object:
    make(key, names)
    return keys(key)


@cases(**ORDERS)
def order_of_values(key: Any, names: Any) -> object:
    make(key, names)
    return values(key)


@cases(underscore="_aZ", bracket="[aZ", backquote="`aZ", caret="^aZ", all=r"a_[]^`Zz{")
def order_of_what_stands_between_the_cases(key: Any, names: str) -> object:
    make(key, names)
    return keys(key)


@case
def values_set_again_keep_their_place(key: Any) -> object:
    make(key, "cab")
    winreg.SetValueEx(key, "A", 0, SZ, "again")
    return values(key)


@case
def a_value_deleted_and_set_again_is_last(key: Any) -> object:
    make(key, "abc")
    winreg.DeleteValue(key, "a")
    winreg.SetValueEx(key, "a", 0, SZ, "again")
    return values(key)


@case
def the_default_value_has_no_place_of_its_own(key: Any) -> object:
    make(key, "ab")
    winreg.SetValueEx(key, "", 0, SZ, "default")
    return values(key)


@cases(none=0, one=1, three=3)
def past_the_end(key: Any, count: int) -> object:
    make(key, "abc"[:count])
    return [
        tried(winreg.EnumKey, key, count),
        tried(winreg.EnumValue, key, count),
        tried(winreg.EnumKey, key, count + 100),
    ]


@case
def deleting_while_enumerating_skips(key: Any) -> object:
    make(key, "abcd")
    seen, index = [], 0
    while winreg.QueryInfoKey(key)[0] > index:
        seen.append(winreg.EnumKey(key, index))
        winreg.DeleteKey(key, seen[-1])
        index += 1
    return [seen, keys(key)]


@case
def deleting_the_first_until_none_is_left(key: Any) -> object:
    make(key, "dbca")
    seen = []
    while winreg.QueryInfoKey(key)[0]:
        seen.append(winreg.EnumKey(key, 0))
        winreg.DeleteKey(key, seen[-1])
    return [seen, tried(winreg.EnumKey, key, 0)]


@case
def creating_while_enumerating_shifts(key: Any) -> object:
    make(key, "bd")
    first = winreg.EnumKey(key, 0)
    make(key, "a")
    return [first, winreg.EnumKey(key, 1), winreg.EnumKey(key, 2)]


@case
def values_while_deleting(key: Any) -> object:
    make(key, "abc")
    seen = []
    while winreg.QueryInfoKey(key)[1]:
        seen.append(winreg.EnumValue(key, 0))
        winreg.DeleteValue(key, seen[-1][0])
    return seen


@case
def every_type_is_enumerated(key: Any) -> object:
    given = (
        ("a", SZ, "x"),
        ("b", winreg.REG_DWORD, 7),
        ("c", winreg.REG_MULTI_SZ, ["x", "y"]),
        ("d", winreg.REG_BINARY, b"\0\1"),
        ("e", winreg.REG_QWORD, 2**40),
        ("f", winreg.REG_NONE, b"n"),
        ("g", winreg.REG_EXPAND_SZ, "%x%"),
        ("h", 99, b"odd"),
    )
    for name, kind, data in given:
        winreg.SetValueEx(key, name, 0, kind, data)
    return [winreg.EnumValue(key, index) for index in range(len(given))]


@case
def names_that_grow(key: Any) -> object:
    for size in (1, 10, 255, 3, 254):
        winreg.CreateKey(key, chr(96 + size % 20) * size).Close()
    return sorted(map(len, keys(key)))


@case
def big_values_are_enumerated(key: Any) -> object:
    winreg.SetValueEx(key, "big", 0, winreg.REG_BINARY, b"x" * 50_000)
    winreg.SetValueEx(key, "v" * 1000, 0, SZ, "long name")
    found = [winreg.EnumValue(key, index) for index in range(2)]
    return sorted((len(name), len(data)) for name, data, _ in found)


@case
def two_handles_enumerate_the_same(key: Any) -> object:
    make(key, "ab")
    with winreg.OpenKey(key, "") as other:
        make(key, "c")
        return [keys(other), len(values(other))]


@case
def five_hundred_values_in_the_order_they_came(key: Any) -> object:
    """More than any list of one block holds."""
    for number in range(500):
        winreg.SetValueEx(key, f"v{number:03}", 0, winreg.REG_DWORD, number)
    return values(key) == [f"v{number:03}" for number in range(500)]
