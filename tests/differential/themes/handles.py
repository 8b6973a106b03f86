"""PyHKEY: what a handle is, what it can do, and what is left of it when it is closed."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import Any

from differential.cases import case, cases, kinds, steps, tried, winreg

USES: dict[str, tuple[object, ...]] = {
    "CreateKey": ("a",),
    "CreateKeyEx": ("a",),
    "DeleteKey": ("a",),
    "DeleteKeyEx": ("a",),
    "DeleteValue": ("v",),
    "DisableReflectionKey": (),
    "EnableReflectionKey": (),
    "EnumKey": (0,),
    "EnumValue": (0,),
    "FlushKey": (),
    "OpenKey": ("a",),
    "OpenKeyEx": ("",),
    "QueryInfoKey": (),
    "QueryReflectionKey": (),
    "QueryValue": (None,),
    "QueryValueEx": ("v",),
    "SetValue": (None, winreg.REG_SZ, "x"),
    "SetValueEx": ("v", 0, winreg.REG_SZ, "x"),
    "LoadKey": ("a", "file"),
}


@cases(**{name: name for name in USES})
def closed_handle(key: Any, name: str) -> object:
    key.Close()
    return tried(getattr(winreg, name), key, *USES[name])


@cases(**{name: name for name in USES if name not in {"LoadKey", "QueryInfoKey"}})
def number_of_a_handle(key: Any, name: str) -> object:
    return tried(getattr(winreg, name), int(key), *USES[name])


@case
def counts_by_the_number_of_a_handle(key: Any) -> object:
    return winreg.QueryInfoKey(int(key))[:2]


@cases(**{name: name for name in USES})
def number_of_a_closed_handle(key: Any, name: str) -> object:
    number = int(key)
    key.Close()
    return tried(getattr(winreg, name), number, *USES[name])


@case
def closing_twice(key: Any) -> object:
    return [*steps((key.Close,), (key.Close,), (winreg.CloseKey, key)), bool(key), int(key)]


@case
def closing_a_number(key: Any) -> object:
    number = key.Detach()
    return [*steps((winreg.CloseKey, number), (winreg.CloseKey, number)), tried(key.Close)]


@case
def closing_the_number_under_a_handle(key: Any) -> object:
    winreg.CloseKey(int(key))
    return [bool(key), *steps((winreg.QueryInfoKey, key), (key.Close,)), bool(key)]


@case
def closing_none(_: Any) -> object:
    return tried(winreg.CloseKey, None)


@cases(
    classes=winreg.HKEY_CLASSES_ROOT,
    user=winreg.HKEY_CURRENT_USER,
    machine=winreg.HKEY_LOCAL_MACHINE,
    users=winreg.HKEY_USERS,
    config=winreg.HKEY_CURRENT_CONFIG,
    performance=winreg.HKEY_PERFORMANCE_DATA,
)
def closing_a_predefined_key(_: Any, root: int) -> object:
    return steps((winreg.CloseKey, root), (winreg.CloseKey, root))


@case
def detaching(key: Any) -> object:
    number = key.Detach()
    found = winreg.QueryInfoKey(number)[:2]
    winreg.CloseKey(number)
    return [type(number), number > 0, found, bool(key), int(key), key.Detach(), tried(key.Close)]


@case
def two_handles_of_a_key_differ(key: Any) -> object:
    with winreg.OpenKey(key, None) as other:
        return [int(other) != int(key), other == key, other != key, hash(other) != hash(key)]


@case
def a_handle_closes_alone(key: Any) -> object:
    other = winreg.OpenKey(key, "")
    other.Close()
    return [bool(key), tried(winreg.EnumKey, key, 0)]


@case
def with_closes(key: Any) -> object:
    with key as inner:
        open_inside = bool(inner)
    return [inner is key, open_inside, bool(key)]


@case
def with_closes_after_an_error(key: Any) -> object:
    def fail() -> None:
        with key:
            raise LookupError("inside")

    return [tried(fail), bool(key)]


@case
def with_of_a_closed_handle(key: Any) -> object:
    key.Close()
    with key as again:
        return [again is key, bool(again)]


@case
def leaving_without_arguments(key: Any) -> object:
    return [kinds((key.__exit__,), (key.__enter__, 1)), tried(key.__exit__, None, None, None)]


@case
def numbers(key: Any) -> object:
    return [int(key) == key.handle, key.__int__() == int(key), bool(key), type(int(key))]


@case
def text(key: Any) -> object:
    number = int(key)
    same = str(key) == f"<PyHKEY:0x{number:016X}>"
    key.Close()
    return [same, str(key), f"{key}", repr(key) == str(key), repr(key).startswith("<PyHKEY at ")]


ARITHMETIC = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "mod": lambda a, b: a % b,
    "divmod": divmod,
    "pow": pow,
    "shift_left": lambda a, b: a << b,
    "shift_right": lambda a, b: a >> b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "floor": lambda a, b: a // b,
    "true": lambda a, b: a / b,
    "matrix": lambda a, b: a @ b,
}


@cases(**{name: ARITHMETIC[name] for name in ("add", "pow", "shift_left", "or")})
def words_of_arithmetic(key: Any, operation: Any) -> object:
    return steps((operation, key, 1), (operation, 1, key))


@cases(**ARITHMETIC)
def arithmetic(key: Any, operation: Any) -> object:
    return kinds(
        (operation, key, 1), (operation, 1, key), (operation, key, key), (operation, key, "x")
    )


@cases(
    neg=lambda a: -a,
    pos=lambda a: +a,
    invert=lambda a: ~a,
    abs=abs,
    float=float,
    complex=complex,
    round=round,
    index=lambda a: [0][a],
    range=range,
    length=len,
    iterate=iter,
    call=lambda a: a(),
    hexadecimal=hex,
    character=chr,
    format=lambda a: format(a, "d"),
    await_=lambda a: a.__await__(),
)
def of_one(key: Any, operation: Any) -> object:
    return kinds((operation, key))


@cases(
    less=lambda a, b: a < b,
    less_or_equal=lambda a, b: a <= b,
    greater=lambda a, b: a > b,
    greater_or_equal=lambda a, b: a >= b,
    equal=lambda a, b: a == b,
    unequal=lambda a, b: a != b,
)
def comparing(key: Any, operation: Any) -> object:
    with winreg.OpenKey(key, None) as other:
        return [
            kinds(*((operation, key, with_what) for with_what in (key, int(key), None, "x"))),
            other is not key,
        ]


@case
def as_a_member(key: Any) -> object:
    return [key in {key}, key in {int(key)}, {key: 1}[key], hash(key) == hash(key)]


@case
def attributes(key: Any) -> object:
    refused = kinds(
        (setattr, key, "handle", 1),
        (setattr, key, "new", 1),
        (delattr, key, "handle"),
        (getattr, key, "missing"),
    )
    return [refused, hasattr(key, "__dict__"), hasattr(key, "__weakref__")]


@case
def names_of_the_type(_: Any) -> object:
    return sorted(name for name in dir(winreg.HKEYType) if not name.startswith("_"))


@case
def the_type(key: Any) -> object:
    kind: Any = winreg.HKEYType
    return [kind.__name__, kind.__qualname__, kind.__module__, type(key) is kind, kind.__mro__[1:]]


@case
def making_one(_: Any) -> object:
    kind: Any = winreg.HKEYType
    return [steps((kind,), (kind, 1)), kinds((kind.__new__, kind))]


@case
def subclassing(_: Any) -> object:
    return kinds((type, "Mine", (winreg.HKEYType,), {}))


@case
def changing_the_type(_: Any) -> object:
    kind: Any = winreg.HKEYType
    return kinds(
        (setattr, kind, "Close", None), (setattr, kind, "new", 1), (delattr, kind, "Close")
    )


@case
def copies(key: Any) -> object:
    return kinds((copy.copy, key), (copy.deepcopy, key), (pickle.dumps, key))


@case
def weak_reference(key: Any) -> object:
    return kinds((weakref.ref, key))


@case
def garbage_collection(key: Any) -> object:
    return gc.is_tracked(key)


@case
def dropping_a_handle_closes_it(key: Any) -> object:
    number = int(winreg.OpenKey(key, None))
    gc.collect()
    return tried(winreg.QueryInfoKey, number)


@case
def methods_take_no_arguments(key: Any) -> object:
    return kinds((key.Close, 1), (key.Detach, 1))


@case
def methods_of_something_else(_: Any) -> object:
    kind: Any = winreg.HKEYType
    return kinds((kind.Close, 1), (kind.Detach, None), (kind.__enter__, "x"), (kind.__int__, 1))


@case
def handles_are_multiples_of_four(key: Any) -> object:
    with winreg.OpenKey(key, None) as other:
        return [int(key) % 4, int(other) % 4]


@case
def a_predefined_key_is_an_int(_: Any) -> object:
    return [
        [type(root), hex(root)]
        for root in (
            winreg.HKEY_CLASSES_ROOT,
            winreg.HKEY_CURRENT_USER,
            winreg.HKEY_LOCAL_MACHINE,
            winreg.HKEY_USERS,
            winreg.HKEY_PERFORMANCE_DATA,
            winreg.HKEY_CURRENT_CONFIG,
            winreg.HKEY_DYN_DATA,
        )
    ]


@case
def opening_nothing_below_a_predefined_key(_: Any) -> object:
    opened = [
        winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_READ) for path in (None, "")
    ]
    same = [int(key) == winreg.HKEY_CURRENT_USER % 2**64 for key in opened]
    return [same, steps(*((key.Close,) for key in opened))]


@case
def only_the_low_half_of_a_predefined_key_counts(_: Any) -> object:
    return steps(
        (winreg.OpenKey, 0x80000001, "Software"),
        (winreg.OpenKey, 0xFFFFFFFF80000001, "Software"),
        (winreg.OpenKey, 0x1234567880000001, "Software"),
        (winreg.OpenKey, 0x80000001 - 2**32, "Software"),
    )
