"""Access masks: what a handle may do is what it was opened for, whatever its parent may."""

from __future__ import annotations

from typing import Any

from differential.cases import case, cases, tried, winreg

MASKS = {
    "query": winreg.KEY_QUERY_VALUE,
    "set": winreg.KEY_SET_VALUE,
    "create": winreg.KEY_CREATE_SUB_KEY,
    "enumerate": winreg.KEY_ENUMERATE_SUB_KEYS,
    "notify": winreg.KEY_NOTIFY,
    "link": winreg.KEY_CREATE_LINK,
    "read": winreg.KEY_READ,
    "write": winreg.KEY_WRITE,
    "execute": winreg.KEY_EXECUTE,
    "all": winreg.KEY_ALL_ACCESS,
    "delete": 0x10000,
    "read_control": 0x20000,
    "maximum": 0x2000000,
    "generic_read": -0x80000000,
    "generic_write": 0x40000000,
    "generic_execute": 0x20000000,
    "generic_all": 0x10000000,
    "query_64": 0x101,
    "query_32": 0x201,
}
USES: dict[str, tuple[object, ...]] = {
    "CreateKey": ("new",),
    "DeleteKey": ("sub",),
    "DeleteValue": ("v",),
    "EnumKey": (0,),
    "EnumValue": (0,),
    "OpenKey": ("sub",),
    "QueryValue": (None,),
    "QueryValueEx": ("v",),
    "SetValueEx": ("w", 0, winreg.REG_SZ, "x"),
    "FlushKey": (),
    "SetValue": ("sub", winreg.REG_SZ, "x"),
}


def full(key: Any) -> Any:
    """A subkey with a subkey and a value, by name."""
    winreg.CreateKey(key, r"a\sub").Close()
    with winreg.OpenKey(key, "a", 0, winreg.KEY_SET_VALUE) as made:
        winreg.SetValueEx(made, "", 0, winreg.REG_SZ, "default")
        winreg.SetValueEx(made, "v", 0, winreg.REG_SZ, "x")
    return key


@cases(**MASKS)
def set_value_of_itself(key: Any, mask: int) -> object:
    with winreg.OpenKey(full(key), "a", 0, mask) as handle:
        return tried(winreg.SetValue, handle, None, winreg.REG_SZ, "x")


@cases(**{f"{mask}_{name}": (mask, name) for mask in MASKS for name in USES})
def use(key: Any, mask: str, name: str) -> object:
    with winreg.OpenKey(full(key), "a", 0, MASKS[mask]) as handle:
        return tried(getattr(winreg, name), handle, *USES[name])


@cases(**MASKS)
def query_info(key: Any, mask: int) -> object:
    with winreg.OpenKey(full(key), "a", 0, mask) as handle:
        return tried(lambda: winreg.QueryInfoKey(handle)[:2])


@cases(**MASKS)
def a_created_key_has_the_access_asked_for(key: Any, mask: int) -> object:
    with winreg.CreateKeyEx(key, "a", 0, mask) as handle:
        return [
            tried(winreg.SetValueEx, handle, "v", 0, winreg.REG_SZ, "x"),
            tried(winreg.QueryValueEx, handle, "v"),
            tried(winreg.EnumKey, handle, 0),
        ]


@case
def defaults(key: Any) -> object:
    """CreateKey asks for all that may be had, CreateKeyEx to write, OpenKey to read."""
    results = []
    for made in (
        winreg.CreateKey(key, "a"),
        winreg.CreateKeyEx(key, "a"),
        winreg.OpenKey(key, "a"),
    ):
        with made:
            written = tried(winreg.SetValueEx, made, "v", 0, winreg.REG_SZ, "x")
            results.append((written, tried(winreg.QueryValueEx, made, "v")))
    return results


@case
def no_access_at_all(key: Any) -> object:
    winreg.CreateKey(key, "a").Close()
    return [tried(winreg.OpenKey, key, "a", 0, 0)]


@case
def no_access_at_all_to_create(key: Any) -> object:
    return [tried(winreg.CreateKeyEx, key, "a", 0, 0)]


@case
def a_parents_rights_do_not_matter(key: Any) -> object:
    full(key)
    with winreg.OpenKey(key, "a", 0, winreg.KEY_NOTIFY) as parent:
        return [
            tried(winreg.CreateKeyEx, parent, "new", 0, winreg.KEY_ALL_ACCESS),
            tried(winreg.OpenKey, parent, "sub", 0, winreg.KEY_ALL_ACCESS),
            tried(winreg.DeleteKey, parent, "sub"),
            tried(winreg.SetValue, parent, "third", winreg.REG_SZ, "x"),
            tried(winreg.QueryValue, parent, "third"),
        ]


@case
def a_handle_keeps_its_rights(key: Any) -> object:
    with (
        winreg.CreateKeyEx(key, "a", 0, winreg.KEY_READ) as reader,
        winreg.OpenKey(reader, "", 0, winreg.KEY_WRITE) as writer,
    ):
        winreg.SetValueEx(writer, "v", 0, winreg.REG_SZ, "x")
        return [
            tried(winreg.SetValueEx, reader, "v", 0, winreg.REG_SZ, "y"),
            tried(winreg.QueryValueEx, writer, "v"),
            winreg.QueryValueEx(reader, "v"),
        ]


@case
def sub_key_none_keeps_asking_for_rights(key: Any) -> object:
    with winreg.OpenKey(key, None) as again:
        return tried(winreg.SetValueEx, again, "v", 0, winreg.REG_SZ, "x")


@cases(unknown_bits=0x00800000, reserved_bits=0x0C000000, high=0x0080F000, system=0x01000000)
def bits_that_mean_nothing(key: Any, mask: int) -> object:
    winreg.CreateKey(key, "a").Close()
    return tried(winreg.OpenKey, key, "a", 0, winreg.KEY_READ | mask)
