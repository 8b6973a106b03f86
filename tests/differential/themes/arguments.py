"""What functions make of arguments: their number, and keys, names and numbers that are none."""

from __future__ import annotations

from typing import Any

from differential.cases import case, cases, outcome, steps, tried, winreg

# Each function with arguments behind the key that would do.
KEYED: dict[str, tuple[object, ...]] = {
    "CloseKey": (),
    "CreateKey": ("sub",),
    "CreateKeyEx": ("sub",),
    "DeleteKey": ("sub",),
    "DeleteKeyEx": ("sub",),
    "DeleteValue": ("name",),
    "DisableReflectionKey": (),
    "EnableReflectionKey": (),
    "EnumKey": (0,),
    "EnumValue": (0,),
    "FlushKey": (),
    "LoadKey": ("sub", "file"),
    "OpenKey": ("sub",),
    "OpenKeyEx": ("sub",),
    "QueryInfoKey": (),
    "QueryReflectionKey": (),
    "QueryValue": ("sub",),
    "QueryValueEx": ("name",),
    "SaveKey": ("file",),
    "SetValue": ("sub", winreg.REG_SZ, "text"),
    "SetValueEx": ("name", 0, winreg.REG_SZ, "text"),
}
NO_KEYS: dict[str, object] = {
    "none": None,
    "text": "HKEY_CURRENT_USER",
    "float": 1.0,
    "zero": 0,
    "true": True,
    "negative": -1,
    "stranger": 0x12345678,
    "huge": 2**64,
}


# Which of LoadKey's two mistakes counts, such a key or a missing file, is not documented.
PAIRS = {
    f"{name}_{kind}": (name, key)
    for name in KEYED
    for kind, key in NO_KEYS.items()
    if name != "LoadKey" or kind not in {"true", "negative", "stranger"}
}


@cases(**PAIRS)
def no_key(_: Any, name: str, key: object) -> object:
    return tried(getattr(winreg, name), key, *KEYED[name])


@cases(**NO_KEYS)
def no_key_to_connect(_: Any, key: object) -> object:
    return tried(winreg.ConnectRegistry, None, key)


@cases(bytes=b"key", list=[], object=winreg, dict={})
def other_things_as_keys(_: Any, key: object) -> object:
    return steps((winreg.OpenKey, key, "a"), (winreg.QueryInfoKey, key), (winreg.CloseKey, key))


@cases(**{name: name for name in KEYED})
def too_few_arguments(key: Any, name: str) -> object:
    function = getattr(winreg, name)
    return [tried(function), tried(function, key, *KEYED[name][:-1]) if KEYED[name] else ""]


@cases(**{name: name for name in KEYED})
def too_many_arguments(key: Any, name: str) -> object:
    arguments = (*KEYED[name], 0, 0, 0, 0, 0)
    return tried(getattr(winreg, name), key, *arguments)


@cases(**{name: name for name in KEYED})
def unknown_keyword(key: Any, name: str) -> object:
    return tried(getattr(winreg, name), key, *KEYED[name], unknown=1)


@case
def keywords_where_there_are_names(key: Any) -> object:
    made = tried(winreg.CreateKeyEx, key=key, sub_key="a", reserved=0, access=winreg.KEY_READ)
    opened = tried(winreg.OpenKeyEx, key=key, sub_key="a", reserved=0, access=winreg.KEY_READ)
    plain = tried(winreg.OpenKey, key=key, sub_key="a", reserved=0, access=winreg.KEY_READ)
    deleted = tried(winreg.DeleteKeyEx, key=key, sub_key="a", access=256, reserved=0)
    return [made, opened, plain, deleted]


@cases(CreateKey=("CreateKey",), DeleteKey=("DeleteKey",), QueryValue=("QueryValue",))
def no_keywords_where_there_are_none(key: Any, name: str) -> object:
    return tried(getattr(winreg, name), key=key, sub_key="a")


NAMED = {
    name: (name, KEYED[name][1:])
    for name in (
        "CreateKey",
        "CreateKeyEx",
        "DeleteKey",
        "DeleteKeyEx",
        "DeleteValue",
        "LoadKey",
        "OpenKey",
        "OpenKeyEx",
        "QueryValue",
        "QueryValueEx",
        "SaveKey",
        "SetValue",
        "SetValueEx",
    )
}


@cases(**NAMED)
def names_that_are_no_text(key: Any, name: str, rest: tuple[object, ...]) -> object:
    function = getattr(winreg, name)
    return [tried(function, key, wrong, *rest) for wrong in (1, b"x", 1.5, ["x"])]


@cases(**NAMED)
def names_with_nul(key: Any, name: str, rest: tuple[object, ...]) -> object:
    return tried(getattr(winreg, name), key, "a\0b", *rest)


@cases(**{name: name for name in ("DeleteKey", "DeleteKeyEx", "CreateKey", "SaveKey", "LoadKey")})
def none_as_name(key: Any, name: str) -> object:
    return tried(getattr(winreg, name), key, None, *KEYED[name][1:])


@cases(
    too_big=2**31,
    far_too_big=2**70,
    too_small=-(2**31) - 1,
    text="1",
    real=1.0,
    none=None,
    true=True,
)
def access_that_is_no_int(key: Any, access: object) -> object:
    return steps(
        (winreg.CreateKeyEx, key, "a", 0, access),
        (winreg.OpenKey, key, "a", 0, access),
        (winreg.DeleteKeyEx, key, "a", access),
    )


@cases(too_big=2**31, text="1", real=1.0, none=None)
def reserved_that_is_no_int(key: Any, reserved: object) -> object:
    return steps(
        (winreg.CreateKeyEx, key, "a", reserved),
        (winreg.OpenKey, key, "a", reserved),
        (winreg.DeleteKeyEx, key, "a", 256, reserved),
    )


@cases(
    too_big=2**31,
    biggest=2**31 - 1,
    smallest=-(2**31),
    minus_one=-1,
    text="0",
    real=0.0,
    none=None,
    false=False,
)
def index(key: Any, number: object) -> object:
    winreg.CreateKey(key, "a").Close()
    winreg.SetValueEx(key, "v", 0, winreg.REG_SZ, "x")
    return steps((winreg.EnumKey, key, number), (winreg.EnumValue, key, number))


class Index:
    """A number to Python, by what it says of itself."""

    def __index__(self) -> int:
        return 0


@case
def numbers_by_index(key: Any) -> object:
    winreg.CreateKey(key, "a").Close()
    return steps((winreg.EnumKey, key, Index()), (winreg.OpenKey, key, "a", Index()))


@cases(
    none=None,
    text="1",
    real=1.0,
    negative=-1,
    too_big=2**32,
    far_too_big=2**65,
    biggest=2**32 - 1,
    true=True,
)
def value_type(key: Any, kind: object) -> object:
    return [
        tried(winreg.SetValueEx, key, "v", 0, kind, None),
        tried(winreg.QueryValueEx, key, "v"),
    ]


@cases(one=1, text="x", none=None, big=2**70, list=[])
def reserved_of_a_value_is_anything(key: Any, reserved: object) -> object:
    winreg.SetValueEx(key, "v", reserved, winreg.REG_SZ, "x")
    return winreg.QueryValueEx(key, "v")


@cases(
    none=None,
    text="1",
    expand=winreg.REG_EXPAND_SZ,
    binary=winreg.REG_BINARY,
    negative=-1,
    big=2**32,
)
def type_of_set_value(key: Any, kind: object) -> object:
    return tried(winreg.SetValue, key, "", kind, "x")


@cases(none=None, bytes=b"x", number=1, list=["x"])
def data_of_set_value(key: Any, data: object) -> object:
    return tried(winreg.SetValue, key, "", winreg.REG_SZ, data)


@cases(none=None, number=1, bytes=b"%PATH%", list=[])
def expand_needs_text(_: Any, given: object) -> object:
    return tried(winreg.ExpandEnvironmentStrings, given)


@cases(number=1, bytes=b"x", real=1.5)
def computer_that_is_no_name(_: Any, computer: object) -> object:
    return tried(winreg.ConnectRegistry, computer, winreg.HKEY_CURRENT_USER)


@case
def computer_with_nul(_: Any) -> object:
    return tried(winreg.ConnectRegistry, "a\0b", winreg.HKEY_CURRENT_USER)


@case
def a_missing_sub_key_is_none(key: Any) -> object:
    return outcome([tried(winreg.OpenKey, key, None), tried(winreg.CreateKeyEx, key, None)])


@case
def file_names_that_are_no_text(key: Any) -> object:
    return [tried(winreg.LoadKey, key, "a", wrong) for wrong in (None, 1, b"file", "a\0b")]
