"""Symbolic links: made with an option, a value that names the target, followed by every path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from differential import native
from differential.cases import FRESH, case, cases, steps, tried, winreg

VOLATILE, CREATE_LINK, OPEN_LINK = 1, 2, 8
LINK, VALUE = 6, "SymbolicLinkValue"
ALL = winreg.KEY_ALL_ACCESS


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@contextmanager
def made(key: Any, name: str = "link") -> Iterator[int]:
    """A new link that leads nowhere yet."""
    handle, _ = native.create(key, name, CREATE_LINK)
    try:
        yield handle
    finally:
        winreg.CloseKey(handle)


def link(key: Any, target: str, name: str = "link") -> None:
    """A link to a path below the case's key."""
    with made(key, name) as handle:
        native.set_raw(handle, VALUE, LINK, utf16(rf"{native.nt_path(key)}\{target}"))


def names(key: Any, path: str | None = None) -> list[str]:
    with winreg.OpenKey(key, path) as opened:
        return sorted(winreg.EnumKey(opened, i) for i in range(winreg.QueryInfoKey(opened)[0]))


@case
def following(key: Any) -> object:
    winreg.SetValue(key, r"target\sub", winreg.REG_SZ, "there")
    link(key, "target")
    return [
        winreg.QueryValue(key, r"link\sub"),
        names(key, "link"),
        names(key),
        tried(winreg.OpenKey, key, r"link\missing"),
    ]


@case
def the_name_of_an_open_target(key: Any) -> object:
    winreg.CreateKey(key, r"target\sub").Close()
    link(key, "target")
    with winreg.OpenKey(key, r"link\sub") as opened:
        return native.nt_path(opened).rpartition(FRESH)[2]


@case
def writing_through(key: Any) -> object:
    winreg.CreateKey(key, "target").Close()
    link(key, "target")
    with winreg.OpenKey(key, "link", 0, ALL) as opened:
        winreg.SetValueEx(opened, "v", 0, winreg.REG_SZ, "x")
    winreg.CreateKey(key, r"link\made").Close()
    with winreg.OpenKey(key, "target") as target:
        return [winreg.QueryValueEx(target, "v"), names(target)]


@case
def links_on_the_way(key: Any) -> object:
    winreg.SetValue(key, r"b\c", winreg.REG_SZ, "end")
    link(key, "b", "first")
    link(key, "first", "second")
    return [winreg.QueryValue(key, r"second\c"), winreg.QueryValue(key, r"first\C")]


@case
def opening_the_link_itself(key: Any) -> object:
    winreg.SetValue(key, r"target\sub", winreg.REG_SZ, "there")
    link(key, "target")
    with winreg.OpenKey(key, "link", OPEN_LINK, ALL) as itself:
        kind, data = native.get_raw(itself, VALUE)
        return [
            winreg.QueryInfoKey(itself)[:2],
            kind,
            data.decode("utf-16-le").rpartition(FRESH)[2],
            native.nt_path(itself).rpartition(FRESH)[2],
            tried(winreg.OpenKey, itself, "sub"),
            tried(winreg.QueryValueEx, itself, VALUE)[:2],
        ]


@case
def opening_something_else_as_a_link(key: Any) -> object:
    winreg.SetValue(key, "plain", winreg.REG_SZ, "x")
    with winreg.OpenKey(key, "plain", OPEN_LINK) as opened:
        return winreg.QueryValue(opened, None)


@case
def opening_the_link_at_the_end_follows_those_before(key: Any) -> object:
    winreg.CreateKey(key, r"target\sub").Close()
    link(key, "target")
    with winreg.OpenKey(key, r"link\sub", OPEN_LINK) as opened:
        return native.nt_path(opened).rpartition(FRESH)[2]


@case
def a_link_that_leads_nowhere(key: Any) -> object:
    link(key, "missing")
    return steps(
        (winreg.OpenKey, key, "link"),
        (winreg.OpenKey, key, r"link\sub"),
        (winreg.QueryValue, key, "link"),
        (winreg.DeleteKey, key, "link"),
        (names, key),
    )


@case
def creating_through_a_link_that_leads_nowhere(key: Any) -> object:
    link(key, "missing")
    return [tried(winreg.CreateKey, key, "link"), names(key)]


@case
def creating_below_a_link_that_leads_nowhere(key: Any) -> object:
    link(key, "missing")
    return [tried(winreg.CreateKey, key, r"link\sub"), names(key)]


@case
def a_link_without_a_target(key: Any) -> object:
    with made(key):
        return [tried(winreg.OpenKey, key, "link"), tried(winreg.OpenKey, key, "link", OPEN_LINK)]


@case
def a_loop(key: Any) -> object:
    link(key, "other")
    link(key, "link", "other")
    return [tried(winreg.OpenKey, key, "link"), tried(winreg.OpenKey, key, r"other\sub")]


@case
def a_link_to_itself(key: Any) -> object:
    link(key, "link")
    return [tried(winreg.OpenKey, key, "link"), tried(winreg.DeleteKey, key, "link"), names(key)]


TARGETS = {
    "relative": "target",
    "leading_backslash": r"\target",
    "win32": rf"HKEY_CURRENT_USER\Software\{FRESH}",
    "empty": "",
    "only_root": "\\Registry",
    "not_the_registry": r"\Device\Null",
    "unknown_root": r"\Registry\Nobody",
}


@cases(**TARGETS)
def odd_targets(key: Any, target: str) -> object:
    winreg.CreateKey(key, "target").Close()
    with made(key) as handle:
        done = tried(native.set_raw, handle, VALUE, LINK, utf16(target))
        return [done, tried(winreg.OpenKey, key, r"link\x")]


@cases(terminated="\0", two_nuls="\0\0", backslash="\\")
def odd_ends(key: Any, end: str) -> object:
    winreg.CreateKey(key, "target").Close()
    with made(key) as handle:
        native.set_raw(handle, VALUE, LINK, utf16(rf"{native.nt_path(key)}\target{end}"))
        return tried(winreg.OpenKey, key, "link")


@case
def case_of_a_target(key: Any) -> object:
    winreg.CreateKey(key, "target").Close()
    with made(key) as handle:
        native.set_raw(handle, VALUE, LINK, utf16(native.nt_path(key).upper() + r"\TARGET"))
        return tried(winreg.OpenKey, key, "link")


@cases(string=1, expandable=2, binary=3, none=0, multi=7)
def the_value_of_a_link_has_one_type(key: Any, kind: int) -> object:
    with made(key) as handle:
        return tried(native.set_raw, handle, VALUE, kind, utf16("x"))


@cases(other="Other", default="", case=VALUE.upper())
def the_value_of_a_link_has_one_name(key: Any, name: str) -> object:
    with made(key) as handle:
        return tried(native.set_raw, handle, name, LINK, utf16("x"))


@case
def a_link_takes_no_subkeys(key: Any) -> object:
    with made(key) as handle:
        return tried(winreg.CreateKey, handle, "sub")


@case
def a_plain_key_may_hold_such_a_value(key: Any) -> object:
    winreg.SetValueEx(key, VALUE, 0, LINK, utf16("x"))
    return [winreg.QueryValueEx(key, VALUE), tried(winreg.CreateKey, key, "sub")]


@case
def making_a_link_where_a_key_is(key: Any) -> object:
    winreg.CreateKey(key, "plain").Close()
    return tried(native.create, key, "plain", CREATE_LINK)


@case
def making_a_link_where_a_link_is(key: Any) -> object:
    winreg.CreateKey(key, "target").Close()
    link(key, "target")
    return tried(native.create, key, "link", CREATE_LINK)


@case
def making_a_link_without_the_right(key: Any) -> object:
    return tried(lambda: native.create(key, "link", CREATE_LINK, winreg.KEY_READ)[1])


@case
def volatile_link(key: Any) -> object:
    winreg.CreateKey(key, "target").Close()
    handle, how = native.create(key, "link", CREATE_LINK | VOLATILE)
    native.set_raw(handle, VALUE, LINK, utf16(rf"{native.nt_path(key)}\target"))
    return [how, tried(winreg.OpenKey, key, "link"), tried(winreg.CloseKey, handle)]


@case
def deleting_by_name_deletes_the_target(key: Any) -> object:
    winreg.CreateKey(key, "target").Close()
    link(key, "target")
    return [tried(winreg.DeleteKey, key, "link"), names(key), tried(winreg.OpenKey, key, "link")]


@case
def deleting_a_target_with_subkeys(key: Any) -> object:
    winreg.CreateKey(key, r"target\sub").Close()
    link(key, "target")
    return [
        tried(winreg.DeleteKey, key, "link"),
        names(key),
        tried(winreg.DeleteKey, key, r"link\sub"),
    ]


@case
def deleting_the_link_itself(key: Any) -> object:
    winreg.CreateKey(key, "target").Close()
    link(key, "target")
    with winreg.OpenKey(key, "link", OPEN_LINK, ALL) as itself:
        return [tried(native.delete_itself, itself), names(key)]


@case
def changing_the_target(key: Any) -> object:
    winreg.SetValue(key, "one", winreg.REG_SZ, "1")
    winreg.SetValue(key, "two", winreg.REG_SZ, "2")
    link(key, "one")
    before = winreg.QueryValue(key, "link")
    with winreg.OpenKey(key, "link", OPEN_LINK, ALL) as itself:
        native.set_raw(itself, VALUE, LINK, utf16(rf"{native.nt_path(key)}\two"))
    return [before, winreg.QueryValue(key, "link")]


@case
def taking_the_target_away(key: Any) -> object:
    winreg.CreateKey(key, "target").Close()
    link(key, "target")
    with winreg.OpenKey(key, "link", OPEN_LINK, ALL) as itself:
        return [tried(winreg.DeleteValue, itself, VALUE), tried(winreg.OpenKey, key, "link")]


@case
def into_another_root(key: Any) -> object:
    with made(key) as handle:
        native.set_raw(handle, VALUE, LINK, utf16(r"\Registry\Machine\Software"))
        return [
            tried(winreg.OpenKey, key, r"link\Microsoft"),
            tried(winreg.OpenKey, key, r"link\missing"),
        ]


@case
def of_the_control_set(_: Any) -> object:
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control") as opened:
        return [
            native.nt_path(opened).lower().split("\\")[-3:-1] != ["system", "currentcontrolset"]
        ]
