"""What Windows has and winreg lacks: renaming, whole trees, values by type."""

from __future__ import annotations

from typing import Any

from differential import native
from differential.cases import FRESH, case, cases, steps, tried, winreg
from differential.themes.hives import contents, fill

SZ, ALL = winreg.REG_SZ, winreg.KEY_ALL_ACCESS


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


# Renaming.  Wine's server does not survive that a key moves past its neighbour.


@cases(
    plain="new", longer="a much longer name than before", umlaut="\xe4", space="a b", slash="a/b"
)
def renaming(key: Any, name: str) -> object:
    fill(key)
    with winreg.OpenKey(key, "sub") as sub:
        before = contents(sub)
        done = tried(native.rename, key, "sub", name)
        return [done, winreg.EnumKey(key, 0), contents(sub) == before]


@case
def renaming_to_another_case(key: Any) -> object:
    winreg.CreateKey(key, "sub").Close()
    return [tried(native.rename, key, "sub", "SUB"), winreg.EnumKey(key, 0)]


@case
def renaming_to_the_same_name(key: Any) -> object:
    winreg.CreateKey(key, "sub").Close()
    return tried(native.rename, key, "sub", "sub")


@cases(path=r"a\b", empty="", missing_name=None)
def renaming_to_no_name(key: Any, name: Any) -> object:
    winreg.CreateKey(key, "sub").Close()
    return [tried(native.rename, key, "sub", name), winreg.EnumKey(key, 0)]


@case
def renaming_to_a_name_that_is_taken(key: Any) -> object:
    winreg.CreateKey(key, "a").Close()
    winreg.CreateKey(key, "b").Close()
    return [tried(native.rename, key, "a", "B"), winreg.EnumKey(key, 0), winreg.EnumKey(key, 1)]


@case
def renaming_what_is_missing(key: Any) -> object:
    return tried(native.rename, key, "missing", "new")


@case
def renaming_by_path(key: Any) -> object:
    winreg.SetValue(key, r"a\b", SZ, "x")
    return [tried(native.rename, key, r"a\b", "c"), winreg.QueryValue(key, r"a\c")]


@case
def renaming_itself(key: Any) -> object:
    with winreg.CreateKeyEx(key, "sub", 0, ALL) as sub:
        done = tried(native.rename, sub, None, "new")
        return [done, winreg.EnumKey(key, 0), native.nt_path(sub).rpartition(FRESH)[2]]


@case
def open_handles_stay_when_a_key_is_renamed(key: Any) -> object:
    with winreg.CreateKeyEx(key, r"sub\deep", 0, ALL) as deep:
        native.rename(key, "sub", "new")
        winreg.SetValueEx(deep, "v", 0, SZ, "x")
        return [native.nt_path(deep).rpartition(FRESH)[2], tried(winreg.OpenKey, key, "sub")]


@case
def renaming_without_the_right(key: Any) -> object:
    winreg.CreateKey(key, r"a\sub").Close()
    with winreg.OpenKey(key, "a", 0, winreg.KEY_READ) as reader:
        return tried(native.rename, reader, "sub", "new")


# Trees


@case
def copying_a_tree(key: Any) -> object:
    source, target = winreg.CreateKey(key, "source"), winreg.CreateKey(key, "target")
    fill(source)
    return [tried(native.copy_tree, source, None, target), contents(source) == contents(target)]


@case
def copying_a_subkey(key: Any) -> object:
    fill(key)
    with winreg.CreateKey(key, "target") as target:
        return [tried(native.copy_tree, key, "sub", target), contents(target)]


@case
def copying_merges(key: Any) -> object:
    winreg.SetValue(key, r"source\both", SZ, "new")
    winreg.SetValue(key, r"source\one", SZ, "one")
    winreg.SetValue(key, r"target\both", SZ, "old")
    winreg.SetValue(key, r"target\two", SZ, "two")
    with winreg.CreateKey(key, "target") as target:
        return [tried(native.copy_tree, key, "source", target), contents(target)]


@case
def copying_what_is_missing(key: Any) -> object:
    return tried(native.copy_tree, key, "missing", key)


@cases(none=None, empty="")
def deleting_what_is_in_a_key(key: Any, path: Any) -> object:
    fill(key)
    return [tried(native.delete_tree, key, path), contents(key)]


@cases(one="sub", deep=r"sub\deep", missing="missing")
def deleting_a_tree(key: Any, path: str) -> object:
    winreg.CreateKey(key, r"sub\deep\deeper").Close()
    return [tried(native.delete_tree, key, path), contents(key)]


@case
def deleting_a_tree_under_a_handle(key: Any) -> object:
    with winreg.CreateKey(key, r"sub\deep") as deep:
        return [tried(native.delete_tree, key, "sub"), tried(winreg.QueryInfoKey, deep)]


# Values of subkeys


@case
def setting_in_a_subkey(key: Any) -> object:
    return [
        tried(native.set_key_value, key, r"a\b", "v", 3, b"y"),
        tried(native.set_key_value, key, None, "w", 3, b"x"),
        contents(key),
    ]


@case
def deleting_in_a_subkey(key: Any) -> object:
    winreg.SetValue(key, "a", SZ, "x")
    return steps(
        (native.delete_key_value, key, "a", None),
        (native.delete_key_value, key, "a", None),
        (native.delete_key_value, key, "missing", "v"),
        (native.delete_key_value, key, None, "v"),
    )


# Values by type: the flags of RegGetValue

ANY, RT_NONE, RT_SZ, RT_EXPAND, RT_BINARY, RT_DWORD, RT_MULTI, RT_QWORD = (
    0xFFFF,
    1,
    2,
    4,
    8,
    16,
    32,
    64,
)
RT_DWORD_BYTES, RT_QWORD_BYTES, NOEXPAND = 0x18, 0x48, 0x10000000
FLAGS = {
    "any": ANY,
    "none": RT_NONE,
    "sz": RT_SZ,
    "expand": RT_EXPAND,
    "binary": RT_BINARY,
    "dword": RT_DWORD,
    "multi": RT_MULTI,
    "qword": RT_QWORD,
    "dword_bytes": RT_DWORD_BYTES,
    "qword_bytes": RT_QWORD_BYTES,
    "any_as_is": ANY | NOEXPAND,
    "expand_as_is": RT_EXPAND | NOEXPAND,
    "sz_as_is": RT_SZ | NOEXPAND,
    "nothing": 0,
}
STORED: dict[str, tuple[int, bytes]] = {
    "sz": (1, utf16("text\0")),
    "expand": (2, utf16("%ANYREG_UNKNOWN%\0")),
    "binary": (3, b"abc"),
    "dword": (4, b"\1\2\3\4"),
    "multi": (7, utf16("a\0b\0\0")),
    "qword": (11, bytes(8)),
    "four_bytes": (3, b"\1\2\3\4"),
    "eight_bytes": (3, bytes(8)),
    "none": (0, b"x"),
    "unknown": (99, b"x"),
}


@cases(**{f"{data}_as_{flags}": (data, flags) for data in STORED for flags in FLAGS})
def by_type(key: Any, data: str, flags: str) -> object:
    native.set_raw(key, "v", *STORED[data])
    return tried(native.get_value, key, None, "v", FLAGS[flags])


@case
def by_type_in_a_subkey(key: Any) -> object:
    winreg.SetValue(key, r"a\b", SZ, "x")
    return steps(
        (native.get_value, key, r"a\b", None, RT_SZ),
        (native.get_value, key, r"a\b", "", RT_SZ),
        (native.get_value, key, "missing", None, RT_SZ),
        (native.get_value, key, "a", "missing", ANY),
    )


@cases(unterminated=utf16("ab"), nul_inside=utf16("a\0b\0"), only_nul=utf16("\0"))
def strings_are_ended(key: Any, data: bytes) -> object:
    native.set_raw(key, "v", SZ, data)
    return tried(native.get_value, key, None, "v", RT_SZ)


@cases(unterminated=utf16("a\0b"), one_nul=utf16("a\0b\0"), proper=utf16("a\0b\0\0"))
def lists_are_ended(key: Any, data: bytes) -> object:
    native.set_raw(key, "v", 7, data)
    return tried(native.get_value, key, None, "v", RT_MULTI)


# Creating with a class


@case
def creating_says_whether_it_is_new(key: Any) -> object:
    results = []
    for _round in range(2):
        handle, how = native.create(key, "a")
        winreg.CloseKey(handle)
        results.append(how)
    return results
