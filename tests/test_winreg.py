"""The module as a whole: its names, signatures and words are CPython's."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import anyreg
from anyreg import winreg

# As a genuine CPython 3.13 for Windows has them.
SIGNATURES = {
    "CloseKey": "(hkey, /)",
    "ConnectRegistry": "(computer_name, key, /)",
    "CreateKey": "(key, sub_key, /)",
    "CreateKeyEx": "(key, sub_key, reserved=0, access=131078)",
    "DeleteKey": "(key, sub_key, /)",
    "DeleteKeyEx": "(key, sub_key, access=256, reserved=0)",
    "DeleteValue": "(key, value, /)",
    "DisableReflectionKey": "(key, /)",
    "EnableReflectionKey": "(key, /)",
    "EnumKey": "(key, index, /)",
    "EnumValue": "(key, index, /)",
    "ExpandEnvironmentStrings": "(string, /)",
    "FlushKey": "(key, /)",
    "LoadKey": "(key, sub_key, file_name, /)",
    "OpenKey": "(key, sub_key, reserved=0, access=131097)",
    "OpenKeyEx": "(key, sub_key, reserved=0, access=131097)",
    "QueryInfoKey": "(key, /)",
    "QueryReflectionKey": "(key, /)",
    "QueryValue": "(key, sub_key, /)",
    "QueryValueEx": "(key, name, /)",
    "SaveKey": "(key, file_name, /)",
    "SetValue": "(key, sub_key, type, value, /)",
    "SetValueEx": "(key, value_name, reserved, type, value, /)",
}
if sys.version_info >= (3, 15):
    SIGNATURES["DeleteTree"] = "(key, sub_key=None)"
CONSTANTS = 50

HKCU = winreg.HKEY_CURRENT_USER
PLACE = r"Software\AnyregTest"


@pytest.fixture(autouse=True)
def registry() -> Iterator[anyreg.Registry]:
    """A registry in memory that winreg speaks to."""
    with anyreg.open("memory:") as registry, anyreg.use(registry):
        yield registry


@pytest.fixture
def key() -> Iterator[winreg.HKEYType]:
    """A fresh key."""
    with winreg.CreateKey(HKCU, PLACE) as key:
        yield key


def public() -> dict[str, object]:
    """Its names, without those that pytest adds to the modules of a plugin's package."""
    names = vars(winreg).items()
    return {name: thing for name, thing in names if not name.startswith(("_", "@"))}


def test_the_names_are_those_of_winreg() -> None:
    """No more, no less."""
    names = public()
    functions = {name for name, thing in names.items() if isinstance(thing, staticmethod)}
    assert functions == set(SIGNATURES)
    constants = {name for name, thing in names.items() if isinstance(thing, int)}
    assert len(constants) == CONSTANTS
    assert names.keys() - functions - constants == {"HKEYType", "error"}
    assert winreg.error is OSError


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    """For inspect, and as Argument Clinic writes them."""
    function = getattr(winreg, name)
    assert str(inspect.signature(function)) == SIGNATURES[name]
    assert function.__text_signature__.startswith("($module, ")
    assert function.__module__ == "winreg"
    assert function.__doc__


def test_functions_do_not_become_methods(key: winreg.HKEYType) -> None:
    """As those of C do not."""
    holder: Any = type("Holder", (), {"count": winreg.QueryInfoKey})()
    assert holder.count(key)[:2] == (0, 0)


def test_predefined_keys_are_pointers_of_64_bits() -> None:
    """Sign-extended."""
    assert winreg.HKEY_LOCAL_MACHINE == 0xFFFFFFFF80000002
    assert winreg.KEY_ALL_ACCESS == 0xF003F
    assert winreg.REG_LEGAL_CHANGE_FILTER == 0x1000000F


CALLS: dict[str, tuple[Callable[[Any], object], str]] = {
    "none": (lambda key: winreg.OpenKey(), "OpenKey() missing required argument 'key' (pos 1)"),  # type: ignore[call-arg]
    "one": (
        lambda key: winreg.OpenKey(*[key]),
        "OpenKey() missing required argument 'sub_key' (pos 2)",
    ),
    "five": (
        lambda key: winreg.OpenKey(key, "", 0, 1, 2),  # type: ignore[call-arg]
        "OpenKey() takes at most 4 arguments (5 given)",
    ),
    "unknown": (
        lambda key: winreg.OpenKey(key, "", foo=1),  # type: ignore[call-arg]
        "OpenKey() got an unexpected keyword argument 'foo'",
    ),
    "twice": (
        lambda key: winreg.OpenKey(key, "", sub_key=""),  # type: ignore[misc]
        "argument for OpenKey() given by name ('sub_key') and position (2)",
    ),
    "few": (lambda key: winreg.CreateKey(*[key]), "CreateKey expected 2 arguments, got 1"),
    "by name": (
        lambda key: winreg.CreateKey(key, sub_key=""),  # type: ignore[call-arg]
        "winreg.CreateKey() takes no keyword arguments",
    ),
    "exactly one": (
        lambda key: winreg.CloseKey(key, 2),  # type: ignore[call-arg]
        "winreg.CloseKey() takes exactly one argument (2 given)",
    ),
    "no": (lambda key: key.Close(1), "PyHKEY.Close() takes no arguments (1 given)"),
    "exit": (lambda key: key.__exit__(), "__exit__ expected 3 arguments, got 0"),
    "sub_key": (
        lambda key: winreg.OpenKey(key, 5),  # type: ignore[arg-type]
        "OpenKey() argument 'sub_key' must be str or None, not int",
    ),
    "positional": (
        lambda key: winreg.DeleteKey(key, None),  # type: ignore[arg-type]
        "DeleteKey() argument 2 must be str, not None",
    ),
    "no key": (
        lambda key: winreg.EnumKey(None, 0),  # type: ignore[arg-type]
        "None is not a valid HKEY in this context",
    ),
    "text": (
        lambda key: winreg.EnumKey("x", 0),  # type: ignore[arg-type]
        "The object is not a PyHKEY object",
    ),
    "float": (
        lambda key: winreg.EnumKey(key, 1.0),  # type: ignore[arg-type]
        "'float' object cannot be interpreted as an integer",
    ),
    "type": (lambda key: winreg.SetValue(key, "", 3, ""), "type must be winreg.REG_SZ"),
    "type of None": (
        lambda key: winreg.SetValueEx(key, "", 0, None, ""),  # type: ignore[arg-type]
        "an integer is required",
    ),
    "bytes": (
        lambda key: winreg.SetValueEx(key, "", 0, 3, "text"),
        "Objects of type 'str' can not be used as binary registry values",
    ),
    "new": (lambda key: winreg.HKEYType(), "cannot create 'winreg.PyHKEY' instances"),
    "set": (
        lambda key: setattr(winreg.HKEYType, "foo", 1),
        "cannot set 'foo' attribute of immutable type 'winreg.PyHKEY'",
    ),
    "derive": (
        lambda key: type("X", (winreg.HKEYType,), {}),
        "type 'winreg.PyHKEY' is not an acceptable base type",
    ),
    "add": (lambda key: key + 1, "bad operand type"),
    "added": (lambda key: 1 + key, "bad operand type"),
    "power": (lambda key: key**2, "bad operand type"),
    "float of": (float, "bad operand type"),
    "pickle": (pickle.dumps, "cannot pickle 'winreg.PyHKEY' object"),
    "copy": (copy.copy, "cannot pickle 'winreg.PyHKEY' object"),
}


@pytest.mark.parametrize(("call", "words"), CALLS.values(), ids=CALLS)
def test_wrong_calls_are_refused_in_cpythons_words(
    key: winreg.HKEYType, call: Callable[[Any], object], words: str
) -> None:
    """TypeError, all of them."""
    with pytest.raises(TypeError) as raised:
        call(key)
    assert str(raised.value) == words


RANGES: dict[str, tuple[Callable[[Any], object], type[Exception], str]] = {
    "index": (
        lambda key: winreg.EnumKey(key, 2**31),
        OverflowError,
        "Python int too large to convert to C int",
    ),
    "handle": (lambda key: winreg.EnumKey(2**64, 0), OverflowError, "int too big to convert"),
    "type": (
        lambda key: winreg.SetValueEx(key, "", 0, -1, ""),
        ValueError,
        "value must be positive",
    ),
    "NUL": (lambda key: winreg.OpenKey(key, "a\0b"), ValueError, "embedded null character"),
    "data": (
        lambda key: winreg.SetValueEx(key, "", 0, 1, 5),
        ValueError,
        "Could not convert the data to the specified type.",
    ),
    "dword": (
        lambda key: winreg.SetValueEx(key, "", 0, 4, -1),
        OverflowError,
        "can't convert negative value to unsigned int",
    ),
    "buffer": (
        lambda key: winreg.SetValueEx(key, "", 0, 3, memoryview(b"abcd")[::2]),
        BufferError,
        "memoryview: underlying buffer is not C-contiguous",
    ),
    "read only": (
        lambda key: setattr(key, "handle", 1),
        AttributeError,
        "readonly attribute",
    ),
}


@pytest.mark.parametrize(("call", "kind", "words"), RANGES.values(), ids=RANGES)
def test_wrong_arguments_are_refused_in_cpythons_words(
    key: winreg.HKEYType, call: Callable[[Any], object], kind: type[Exception], words: str
) -> None:
    """With CPython's exceptions."""
    with pytest.raises(kind) as raised:
        call(key)
    assert str(raised.value) == words


def test_a_key_object_is_open_until_it_is_closed(key: winreg.HKEYType) -> None:
    """bool, int and str tell; its number is dead when it is closed."""
    number = int(key)
    assert key
    assert str(key) == f"<PyHKEY:0x{number:016X}>"
    assert key.handle == number
    key.Close()
    assert not key
    assert (int(key), key.handle, key.Detach()) == (0, 0, 0)
    key.Close()
    winreg.CloseKey(key)
    for closed in (key, number):
        with pytest.raises(OSError, match="WinError 6") as raised:
            winreg.QueryInfoKey(closed)
        assert (raised.value.errno, raised.value.winerror) == (9, 6)  # type: ignore[attr-defined]


def test_a_detached_handle_stays_open(key: winreg.HKEYType) -> None:
    """Until its number is closed."""
    number = key.Detach()
    assert not key
    assert winreg.QueryInfoKey(number)[:2] == (0, 0)
    winreg.CloseKey(number)
    with pytest.raises(OSError, match="The handle is invalid"):
        winreg.CloseKey(number)


def test_a_forgotten_key_object_closes_its_handle() -> None:
    """As soon as it dies; one whose number was closed says nothing."""
    number = int(winreg.CreateKey(HKCU, PLACE))
    gc.collect()
    with pytest.raises(OSError, match="The handle is invalid"):
        winreg.QueryInfoKey(number)
    forgotten = winreg.CreateKey(HKCU, PLACE)
    winreg.CloseKey(int(forgotten))
    del forgotten


def test_keys_are_compared_by_identity(key: winreg.HKEYType) -> None:
    """They are no numbers, and cannot be ordered or referred to weakly."""
    assert key == key  # noqa: PLR0124
    assert key != int(key)  # type: ignore[comparison-overlap]
    assert len({key, key}) == 1
    with pytest.raises(TypeError, match="not supported between"):
        key < key  # type: ignore[operator]  # noqa: B015, PLR0124
    with pytest.raises(TypeError, match="weak reference"):
        weakref.ref(key)


def test_a_predefined_key_is_its_own_handle() -> None:
    """Opening it without a path gives it again; closing it does nothing."""
    for opened in (winreg.OpenKey(HKCU, None), winreg.CreateKey(HKCU, "")):
        assert int(opened) == HKCU
        assert opened.handle == -2147483647
        opened.Close()
    assert winreg.QueryInfoKey(0x80000001)[0] > 0
    winreg.CloseKey(HKCU)
    winreg.CloseKey(None)


def test_audit_events(key: winreg.HKEYType) -> None:
    """With CPython's arguments: numbers signed, access unsigned, None for what is missing."""
    events: list[tuple[str, tuple[object, ...]]] = []
    armed = [True]
    sys.addaudithook(lambda event, given: events.append((event, given)) if armed else None)
    number = int(key)
    opened = winreg.CreateKeyEx(HKCU, PLACE, 0, winreg.KEY_READ)
    winreg.SetValueEx(key, "v", 0, 4, 5)
    winreg.QueryValueEx(key, "v")
    winreg.DeleteValue(key, "v")
    winreg.QueryValue(key, None)
    armed.clear()
    assert [event for event in events if event[0].startswith("winreg.")] == [
        ("winreg.CreateKey", (-2147483647, PLACE, winreg.KEY_READ)),
        ("winreg.OpenKey/result", (int(opened),)),
        ("winreg.SetValue", (number, "v", 4, 5)),
        ("winreg.QueryValue", (number, None, "v")),
        ("winreg.DeleteValue", (number, "v")),
        ("winreg.QueryValue", (number, None, None)),
    ]
