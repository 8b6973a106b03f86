"""SetValueEx and SetValue: what Python values become, by type; and what comes back."""

from __future__ import annotations

import array
from typing import Any

from differential import native
from differential.cases import case, cases, tried, winreg

NONE, SZ, EXPAND, BINARY = 0, winreg.REG_SZ, winreg.REG_EXPAND_SZ, winreg.REG_BINARY
DWORD, BIG, LINK, MULTI = 4, 5, 6, winreg.REG_MULTI_SZ
QWORD = winreg.REG_QWORD


def stored(key: Any, kind: int, data: object) -> object:
    """What setting gave, what is read back, and the bytes that are kept."""
    done = tried(winreg.SetValueEx, key, "v", 0, kind, data)
    return [done, tried(winreg.QueryValueEx, key, "v"), tried(native.get_raw, key, "v")]


TEXTS: dict[str, object] = {
    "none": None,
    "empty": "",
    "plain": "text",
    "nul_inside": "a\0b",
    "nul_behind": "a\0",
    "nul_first": "\0a",
    "accents": "\xe4\xf6\u20ac",
    "astral": "\U0001f600",
    "half": "\ud800x",
    "spaces": "  ",
    "lines": "a\r\nb\tc",
    "percent": "%PATH%",
    "long": "x" * 5000,
    "number": 1,
    "bytes": b"x",
    "list": ["x"],
    "true": True,
    "real": 1.5,
}


@cases(**TEXTS)
def text(key: Any, data: object) -> object:
    return stored(key, SZ, data)


@cases(**TEXTS)
def expandable(key: Any, data: object) -> object:
    return stored(key, EXPAND, data)


LISTS: dict[str, object] = {
    "none": None,
    "empty": [],
    "one": ["a"],
    "two": ["a", "b"],
    "one_empty": [""],
    "empty_first": ["", "a"],
    "empty_last": ["a", ""],
    "empty_between": ["a", "", "b"],
    "all_empty": ["", "", ""],
    "nul_inside": ["a\0b"],
    "nul_behind": ["a\0"],
    "odd": ["\ud83d", "\xe4"],
    "astral": ["\U0001f600"],
    "many": ["x" * 10] * 100,
    "tuple": ("a",),
    "text": "ab",
    "number_inside": ["a", 1],
    "none_inside": [None],
    "bytes_inside": [b"a"],
    "number": 1,
    "bytes": b"a",
    "generator": (x for x in ["a"]),
    "dict": {"a": 1},
    "nested": [["a"]],
}


@cases(**{name: (data,) for name, data in LISTS.items()})
def texts(key: Any, data: object) -> object:
    return stored(key, MULTI, data)


NUMBERS: dict[str, object] = {
    "none": None,
    "zero": 0,
    "one": 1,
    "true": True,
    "false": False,
    "signed_most": 2**31 - 1,
    "sign_bit": 2**31,
    "most_32": 2**32 - 1,
    "over_32": 2**32,
    "signed_64": 2**63 - 1,
    "sign_bit_64": 2**63,
    "most_64": 2**64 - 1,
    "over_64": 2**64,
    "minus_one": -1,
    "very_negative": -(2**40),
    "real": 1.0,
    "text": "1",
    "bytes": b"\1\0\0\0",
    "list": [1],
}


@cases(**NUMBERS)
def dword(key: Any, data: object) -> object:
    return stored(key, DWORD, data)


@cases(**NUMBERS)
def qword(key: Any, data: object) -> object:
    return stored(key, QWORD, data)


class Number:
    """Something that is a number by __index__."""

    def __index__(self) -> int:
        return 7


@cases(dword=DWORD, qword=QWORD)
def number_by_index(key: Any, kind: int) -> object:
    return stored(key, kind, Number())


BUFFERS: dict[str, object] = {
    "none": None,
    "empty": b"",
    "bytes": b"\x00\x01\xff",
    "bytearray": bytearray(b"abc"),
    "memory": memoryview(b"abcd")[1:3],
    "strided": memoryview(b"abcdef")[::2],
    "array": array.array("H", [1, 2]),
    "long": bytes(range(256)) * 20,
    "text": "x",
    "number": 1,
    "list": [1],
    "real": 1.5,
    "true": True,
}


@cases(**{name: (data,) for name, data in BUFFERS.items()})
def binary(key: Any, data: object) -> object:
    return stored(key, BINARY, data)


KINDS = {
    "none": NONE,
    "big_endian": BIG,
    "link": LINK,
    "resource": winreg.REG_RESOURCE_LIST,
    "full_resource": winreg.REG_FULL_RESOURCE_DESCRIPTOR,
    "requirements": winreg.REG_RESOURCE_REQUIREMENTS_LIST,
    "unknown_12": 12,
    "unknown_77": 77,
    "unknown_2097152": 0x200000,
    "sign_bit": 0x80000000,
    "all_bits": 0xFFFFFFFF,
}


@cases(**KINDS)
def other_type_with_bytes(key: Any, kind: int) -> object:
    return stored(key, kind, b"\x01\x02\x03")


@cases(**KINDS)
def other_type_without_data(key: Any, kind: int) -> object:
    return [stored(key, kind, b""), stored(key, kind, None)]


@cases(**KINDS)
def other_type_with_text(key: Any, kind: int) -> object:
    return stored(key, kind, "text")


@cases(**KINDS)
def other_type_with_a_number(key: Any, kind: int) -> object:
    return stored(key, kind, 1)


@case
def a_value_changes_its_type(key: Any) -> object:
    return [stored(key, kind, data) for kind, data in ((SZ, "x"), (DWORD, 1), (BINARY, b"z"))]


@case
def a_refused_value_leaves_the_old_one(key: Any) -> object:
    return [stored(key, SZ, "old"), stored(key, DWORD, -1), stored(key, MULTI, [1])]


@cases(empty="", none=None)
def the_default_value(key: Any, name: Any) -> object:
    winreg.SetValueEx(key, name, 0, SZ, "default")
    return [
        winreg.QueryValueEx(key, None),
        winreg.QueryValueEx(key, ""),
        winreg.QueryValue(key, None),
        winreg.EnumValue(key, 0),
        tried(winreg.DeleteValue, key, name),
        tried(winreg.EnumValue, key, 0),
    ]


@cases(none=None, empty="")
def set_value_of_the_key_itself(key: Any, path: Any) -> object:
    done = tried(winreg.SetValue, key, path, SZ, "x")
    return [done, winreg.QueryValue(key, path), winreg.QueryValueEx(key, "")]


@cases(one="a", deep=r"a\b\c\d", spaces=" a ", doubled=r"a\\b", trailing="a\\", leading="\\a")
def set_value_makes_the_subkey(key: Any, path: str) -> object:
    return [
        tried(winreg.SetValue, key, path, SZ, "x"),
        tried(winreg.QueryValue, key, path),
        tried(winreg.EnumKey, key, 0),
    ]


@cases(plain="x", empty="", nul="a\0b", accents="\xe4\u20ac", half="\udc00", long="y" * 3000)
def text_of_set_value(key: Any, data: str) -> object:
    done = tried(winreg.SetValue, key, None, SZ, data)
    return [done, tried(winreg.QueryValue, key, None), tried(native.get_raw, key, "")]


@case
def set_value_over_another_type(key: Any) -> object:
    winreg.SetValueEx(key, "", 0, DWORD, 1)
    winreg.SetValue(key, None, SZ, "x")
    return native.get_raw(key, "")


@cases(missing="", dword=DWORD, expand=EXPAND, multi=MULTI, binary=BINARY)
def query_value_of_other_types(key: Any, kind: Any) -> object:
    if kind:
        data = {DWORD: 1, EXPAND: "%PATH%", MULTI: ["a"], BINARY: b"x"}[kind]
        winreg.SetValueEx(key, "", 0, kind, data)
    return [tried(winreg.QueryValue, key, None), tried(winreg.QueryValue, key, "missing")]


@case
def query_value_of_a_subkey(key: Any) -> object:
    winreg.SetValue(key, r"a\b", SZ, "x")
    return [
        winreg.QueryValue(key, r"a\b"),
        winreg.QueryValue(key, "a"),
        winreg.QueryValue(key, "A\\B\\"),
    ]


@cases(kilobyte=1 << 10, bigger=20_000, megabyte=1 << 20, past_a_megabyte=(1 << 20) + 1)
def large_data(key: Any, size: int) -> object:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    winreg.SetValueEx(key, "v", 0, BINARY, data)
    return winreg.QueryValueEx(key, "v") == (data, BINARY)


@case
def data_that_grows_and_shrinks(key: Any) -> object:
    found = []
    for size in (4, 5, 100, 20_000, 3, 0, 16_344, 16_345):
        winreg.SetValueEx(key, "v", 0, BINARY, b"z" * size)
        found.append(len(winreg.QueryValueEx(key, "v")[0] or b""))
    return found


@case
def many_values(key: Any) -> object:
    for number in range(300):
        winreg.SetValueEx(key, f"v{number}", 0, DWORD, number)
    info = winreg.QueryInfoKey(key)
    return [info[1], winreg.QueryValueEx(key, "v299"), winreg.QueryValueEx(key, "V7")]


@case
def deleting_values(key: Any) -> object:
    winreg.SetValueEx(key, "v", 0, SZ, "x")
    return [
        tried(winreg.DeleteValue, key, "V"),
        tried(winreg.DeleteValue, key, "v"),
        tried(winreg.QueryValueEx, key, "v"),
        tried(winreg.DeleteValue, key, ""),
        tried(winreg.DeleteValue, key, None),
        winreg.QueryInfoKey(key)[:2],
    ]


@case
def missing_values(key: Any) -> object:
    return [
        tried(winreg.QueryValueEx, key, "missing"),
        tried(winreg.QueryValueEx, key, ""),
        tried(winreg.QueryValueEx, key, None),
        tried(winreg.DeleteValue, key, "x" * 400),
        tried(winreg.QueryValue, key, None),
    ]
