"""Creating, opening and deleting keys: paths, what is there already, what is missing."""

from __future__ import annotations

from typing import Any

from differential import native
from differential.cases import FRESH, case, cases, steps, tried, winreg

READ, WRITE, ALL = winreg.KEY_READ, winreg.KEY_WRITE, winreg.KEY_ALL_ACCESS


def names(key: Any) -> list[str]:
    """The names of the subkeys, in the order of the alphabet."""
    return sorted(winreg.EnumKey(key, index) for index in range(winreg.QueryInfoKey(key)[0]))


def tree(key: Any) -> object:
    """All names below a key."""
    found = []
    for name in names(key):
        with winreg.OpenKey(key, name) as below:
            found.append((name, tree(below)))
    return found


PATHS = {
    "plain": "a",
    "deep": r"a\b\c",
    "trailing": "a\\",
    "two_trailing": "a\\\\",
    "doubled": r"a\\b",
    "tripled": r"a\\\b",
    "leading": r"\a",
    "only_backslash": "\\",
    "two_backslashes": "\\\\",
    "slash": "a/b",
    "dot": ".",
    "dots": "..",
    "up": r"a\..\b",
    "space": " ",
    "spaces": r" a \ b ",
    "star": "*?<>|",
    "colon": "a:b",
    "quote": "'\"",
    "control": "\x01\x1f\x7f",
    "newline": "a\nb",
    "percent": "%TEMP%",
    "at": "@",
    "brackets": "[a]",
    "tab": "\t",
    "umlaut": "\xe4",
    "euro": "\u20ac",
    "astral": "\U0001f600",
    "half": "\ud800",
    "high_low": "\udc00\ud800",
    "nbsp": "\xa0",
    "combining": "a\u0308",
    "turkish": "\u0131",
    "end": "\uffff",
    "replacement": "\ufffd",
}


@cases(**PATHS)
def creating(key: Any, path: str) -> object:
    return [tried(winreg.CreateKey, key, path), tree(key)]


@cases(**PATHS)
def creating_with_access(key: Any, path: str) -> object:
    return [tried(winreg.CreateKeyEx, key, path, 0, ALL), tree(key)]


@cases(**PATHS)
def opening_missing(key: Any, path: str) -> object:
    return tried(winreg.OpenKey, key, path)


@cases(**PATHS)
def deleting_missing(key: Any, path: str) -> object:
    return [tried(winreg.DeleteKey, key, path), tried(winreg.OpenKey, key, "")]


@cases(**PATHS)
def deleting_made(key: Any, path: str) -> object:
    made = tried(winreg.CreateKey, key, path)
    return [made, tried(winreg.DeleteKey, key, path), tried(tree, key)]


@cases(**PATHS)
def querying_by_path(key: Any, path: str) -> object:
    return tried(winreg.QueryValue, key, path)


@cases(none=None, empty="")
def nothing_as_path(key: Any, path: Any) -> object:
    return steps(
        (winreg.CreateKey, key, path),
        (winreg.CreateKeyEx, key, path),
        (winreg.OpenKey, key, path),
        (winreg.OpenKeyEx, key, path),
        (winreg.QueryValue, key, path),
    )


@case
def empty_path_deletes_the_key_itself(key: Any) -> object:
    return [
        tried(winreg.DeleteKey, key, ""),
        tried(winreg.QueryInfoKey, key),
        tried(winreg.OpenKey, winreg.HKEY_CURRENT_USER, rf"Software\{FRESH}"),
    ]


@case
def empty_path_deletes_the_key_itself_unless_it_has_subkeys(key: Any) -> object:
    winreg.CreateKey(key, "a").Close()
    return [tried(winreg.DeleteKey, key, ""), tried(winreg.DeleteKeyEx, key, ""), names(key)]


@case
def creating_twice_keeps_what_is_there(key: Any) -> object:
    winreg.SetValue(key, r"a\b", winreg.REG_SZ, "kept")
    again = winreg.CreateKey(key, "A")
    return [names(key), winreg.QueryValue(again, "b"), names(again)]


@case
def deleting_with_subkeys(key: Any) -> object:
    winreg.CreateKey(key, r"a\b").Close()
    return [
        *steps(
            (winreg.DeleteKey, key, "a"),
            (winreg.DeleteKeyEx, key, "a"),
            (winreg.DeleteKey, key, r"a\b"),
            (winreg.DeleteKey, key, "a"),
            (winreg.DeleteKey, key, "a"),
        ),
        names(key),
    ]


@case
def deleting_takes_the_values_along(key: Any) -> object:
    winreg.SetValue(key, "a", winreg.REG_SZ, "old")
    winreg.DeleteKey(key, "A")
    with winreg.CreateKey(key, "a") as again:
        return [winreg.QueryValue(key, "a"), winreg.QueryInfoKey(again)[:2]]


@case
def deleting_by_path(key: Any) -> object:
    winreg.CreateKey(key, r"a\b\c").Close()
    return steps(
        (winreg.DeleteKey, key, r"a\missing"),
        (winreg.DeleteKey, key, r"missing\b"),
        (winreg.DeleteKey, key, r"a\b\c\\"),
        (winreg.DeleteKey, key, r"A\B"),
        (names, key),
    )


@cases(
    missing_parent=r"missing\a",
    missing_leaf=r"a\missing",
    case_of_name=r"A\B",
    through_value=r"a\v\x",
    trailing="a\\b\\",
    value_is_no_key=r"a\v",
)
def opening(key: Any, path: str) -> object:
    with winreg.CreateKey(key, r"a\b") as below, winreg.OpenKey(key, "a", 0, ALL) as above:
        winreg.SetValueEx(above, "v", 0, winreg.REG_SZ, "x")
        return [tried(winreg.OpenKey, key, path), names(below)]


@case
def creating_below_what_is_missing_too_long_a_name(key: Any) -> object:
    return tried(winreg.CreateKey, key, "a\\b\\" + "x" * 300)


@case
def keys_and_values_share_no_names(key: Any) -> object:
    winreg.CreateKey(key, "same").Close()
    winreg.SetValueEx(key, "same", 0, winreg.REG_SZ, "value")
    return [names(key), winreg.QueryValueEx(key, "SAME"), winreg.QueryInfoKey(key)[:2]]


@case
def key_of_a_key_of_a_key(key: Any) -> object:
    handles = [key]
    for number in range(40):
        handles.append(winreg.CreateKey(handles[-1], f"level {number}"))
    return [len(native.nt_path(handles[-1]).split("\\")) - len(native.nt_path(key).split("\\"))]


@cases(levels_31=31, levels_32=32)
def many_levels_in_one_call(key: Any, levels: int) -> object:
    path = "\\".join("x" * levels)
    return [tried(winreg.CreateKey, key, path), tried(winreg.OpenKey, key, path)]


@cases(levels_33=33, levels_100=100)
def too_many_levels_in_one_call(key: Any, levels: int) -> object:
    path = "\\".join("x" * levels)
    return [tried(winreg.CreateKey, key, path), names(key)]


@case
def reserved_of_creation(key: Any) -> object:
    return [
        tried(winreg.CreateKeyEx, key, f"a{options}", options) for options in (0, 1, 4, 0x10, 0x100)
    ]


@cases(volatile=1, backup=4, link=8, unknown=0x100, minus_one=-1)
def options_of_opening(key: Any, options: int) -> object:
    winreg.CreateKey(key, "a").Close()
    return tried(winreg.OpenKey, key, "a", options)


@cases(reserved=1, minus_one=-1)
def reserved_of_deletion(key: Any, reserved: int) -> object:
    winreg.CreateKey(key, "a").Close()
    return [tried(winreg.DeleteKeyEx, key, "a", 0, reserved), names(key)]


@cases(zero=0, view_64=0x100, view_32=0x200, read=READ, all=ALL, one=1)
def access_of_deletion(key: Any, access: int) -> object:
    winreg.CreateKey(key, "a").Close()
    return [tried(winreg.DeleteKeyEx, key, "a", access), names(key)]


@case
def deleting_the_key_of_another_handle(key: Any) -> object:
    with winreg.CreateKey(key, "a"):
        return [tried(winreg.DeleteKey, key, "a"), names(key)]


@case
def many_subkeys(key: Any) -> object:
    for number in range(600):
        winreg.CreateKey(key, f"k{number}").Close()
    for number in range(0, 600, 2):
        winreg.DeleteKey(key, f"K{number}")
    return [winreg.QueryInfoKey(key)[0], names(key) == sorted(f"k{n}" for n in range(1, 600, 2))]


@case
def flushing(key: Any) -> object:
    return steps((winreg.FlushKey, key), (winreg.FlushKey, winreg.HKEY_CURRENT_USER))


@case
def flushing_needs_no_right(key: Any) -> object:
    with winreg.CreateKeyEx(key, "a", 0, winreg.KEY_NOTIFY) as other:
        return tried(winreg.FlushKey, other)


@case
def full_name(key: Any) -> object:
    with winreg.CreateKey(key, r"One\Two") as below, winreg.OpenKey(key, "ONE") as above:
        return [
            native.nt_path(below).rpartition(FRESH)[2],
            native.nt_path(above).rpartition(FRESH)[2],
        ]
