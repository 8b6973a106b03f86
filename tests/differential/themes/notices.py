"""RegNotifyChangeKeyValue: which changes of a key, and of keys below, are told to whom."""

from __future__ import annotations

import ctypes
import threading
from ctypes import wintypes
from typing import Any

from differential import native
from differential.cases import case, cases, tried, winreg

api: Any = ctypes
NAME, LAST_SET = 1, 4
SZ = winreg.REG_SZ

# A change of the key `k` with the value v and the subkey sub\\deep; whether it is one of names.
CHANGES: dict[str, tuple[Any, int]] = {
    "set": (lambda k: winreg.SetValueEx(k, "new", 0, SZ, "x"), LAST_SET),
    "set_other": (lambda k: winreg.SetValueEx(k, "v", 0, SZ, "other"), LAST_SET),
    "set_same": (lambda k: winreg.SetValueEx(k, "v", 0, SZ, "x"), LAST_SET),
    "delete": (lambda k: winreg.DeleteValue(k, "v"), LAST_SET),
    "set_below": (lambda k: winreg.SetValue(k, "sub", SZ, "x"), LAST_SET),
    "set_far_below": (lambda k: winreg.SetValue(k, r"sub\deep", SZ, "x"), LAST_SET),
    "create": (lambda k: winreg.CreateKey(k, "new").Close(), NAME),
    "create_existing": (lambda k: winreg.CreateKey(k, "sub").Close(), NAME),
    "create_below": (lambda k: winreg.CreateKey(k, r"sub\new").Close(), NAME),
    "delete_below": (lambda k: winreg.DeleteKey(k, r"sub\deep"), NAME),
}
ROWS = {
    f"{change}_{where}": (change, where == "tree")
    for change in CHANGES
    for where in ("key", "tree")
}


def full(key: Any) -> Any:
    winreg.CreateKey(key, r"sub\deep").Close()
    winreg.SetValueEx(key, "v", 0, SZ, "x")
    return key


@cases(**ROWS)
def told(key: Any, change: str, subtree: bool) -> object:
    do, what = CHANGES[change]
    return native.notices(full(key), subtree, what, lambda: do(key))


@cases(names_of_values=("set", NAME), values_of_names=("create", LAST_SET))
def another_kind_is_not_told(key: Any, change: str, what: int) -> object:
    return native.notices(full(key), False, what, lambda: CHANGES[change][0](key))


@case
def both_kinds(key: Any) -> object:
    return native.notices(full(key), True, NAME | LAST_SET, lambda: CHANGES["set_below"][0](key))


@case
def a_deleted_subkey(key: Any) -> object:
    winreg.CreateKey(key, "sub").Close()
    return native.notices(key, False, NAME, lambda: winreg.DeleteKey(key, "sub"))


@case
def reading_is_no_change(key: Any) -> object:
    return native.notices(full(key), True, NAME | LAST_SET, lambda: winreg.QueryValueEx(key, "v"))


@case
def by_another_handle(key: Any) -> object:
    with winreg.OpenKey(full(key), "", 0, winreg.KEY_WRITE) as writer:
        return native.notices(
            key, False, LAST_SET, lambda: winreg.SetValueEx(writer, "w", 0, SZ, "x")
        )


@case
def without_the_right(key: Any) -> object:
    with winreg.OpenKey(key, "", 0, winreg.KEY_QUERY_VALUE) as reader:
        return tried(native.notices, reader, False, NAME, int)


@case
def of_a_deleted_key(key: Any) -> object:
    gone = winreg.CreateKey(key, "gone")
    winreg.DeleteKey(key, "gone")
    return tried(native.notices, gone, False, NAME, int)


@case
def of_a_closed_handle(key: Any) -> object:
    key.Close()
    return tried(native.notices, key, False, NAME, int)


# RegNotifyChangeKeyValue itself, called as C has it

FILTERS = {"name": 1, "attributes": 2, "last_set": 4, "security": 8, "none": 0}
KEY_NOTIFY, ALL = 0x10, winreg.KEY_ALL_ACCESS


class Watch:
    """A handle and an event; `ask` arms it, `told` says whether it was set."""

    def __init__(self, key: Any, access: int = ALL) -> None:
        self.advapi, self.kernel = api.windll.advapi32, api.windll.kernel32
        self.key = winreg.OpenKey(key, "", 0, access)
        self.event = self.new_event()

    def new_event(self, is_set: bool = False) -> Any:
        return self.kernel.CreateEventW(None, True, is_set, None)

    def ask(self, subtree: bool = False, what: int = 5, event: Any = None) -> int:
        code = self.advapi.RegNotifyChangeKeyValue(
            int(self.key), subtree, what, event or self.event, True
        )
        return int(code)

    def told(self, event: Any = None, milliseconds: int = 50) -> bool:
        return int(self.kernel.WaitForSingleObject(event or self.event, milliseconds)) == 0


TABLE = {
    **{name: do for name, (do, _) in CHANGES.items()},
    "read": lambda k: winreg.QueryValueEx(k, "v"),
    "enumerate": lambda k: winreg.EnumValue(k, 0),
    "flush": winreg.FlushKey,
    "open": lambda k: winreg.OpenKey(k, "sub").Close(),
    "set_type": lambda k: winreg.SetValueEx(k, "v", 0, winreg.REG_EXPAND_SZ, "x"),
    "set_default": lambda k: winreg.SetValueEx(k, "", 0, SZ, "x"),
    "delete_missing": lambda k: tried(winreg.DeleteValue, k, "none"),
    "delete_full": lambda k: tried(winreg.DeleteKey, k, "sub"),
    "delete_tree": lambda k: native.delete_tree(k, "sub"),
    "empty_tree": lambda k: native.delete_tree(k, None),
    "rename_below": lambda k: native.rename(k, "sub", "renamed"),
    "set_key_value": lambda k: native.set_key_value(k, "sub", "v", winreg.REG_BINARY, b"x"),
    "create_far": lambda k: winreg.CreateKey(k, r"new\deep").Close(),
}


@cases(**{name: name for name in TABLE})
def table(key: Any, change: str) -> object:
    """For each filter, without keys below and with them, whether a change is reported."""
    found: dict[str, list[bool]] = {}
    for name, what in FILTERS.items():
        found[name] = []
        for subtree in (False, True):
            native.delete_tree(key, None)
            watch = Watch(full(key))
            assert watch.ask(subtree, what) == 0
            TABLE[change](key)
            found[name].append(watch.told())
            watch.key.Close()
    return list(found.items())


@case
def once_for_each_call(key: Any) -> object:
    watch = Watch(key)
    found: list[object] = []
    for number in range(3):
        found.append(watch.ask())
        winreg.SetValueEx(key, "v", 0, SZ, str(number))
        found.append((watch.told(), watch.kernel.ResetEvent(watch.event)))
        winreg.SetValueEx(key, "v", 0, SZ, f"again {number}")
        found.append(watch.told())
    return found


@case
def what_happens_in_between_is_not_told(key: Any) -> object:
    watch = Watch(key)
    watch.ask()
    winreg.SetValueEx(key, "v", 0, SZ, "a")
    winreg.SetValueEx(key, "v", 0, SZ, "b")
    return watch.told(), watch.ask(), watch.told()


@case
def the_first_call_decides(key: Any) -> object:
    """What counts, and whether keys below do."""
    winreg.CreateKey(key, "sub").Close()
    watch = Watch(key)
    found: list[object] = [watch.ask(False, LAST_SET)]
    winreg.SetValueEx(key, "v", 0, SZ, "a")
    found += [watch.told(), watch.ask(True, NAME)]
    winreg.CreateKey(key, r"sub\new").Close()
    found.append(watch.told())
    winreg.SetValue(key, "sub", SZ, "x")
    found.append(watch.told())
    winreg.SetValueEx(key, "v", 0, SZ, "b")
    return [*found, watch.told()]


@case
def another_handle_decides_for_itself(key: Any) -> object:
    first, second = Watch(key), Watch(key)
    first.ask(False, NAME)
    second.ask(False, LAST_SET)
    winreg.SetValueEx(key, "v", 0, SZ, "a")
    found = [first.told(), second.told()]
    winreg.CreateKey(key, "new").Close()
    return [*found, first.told()]


@case
def several_events_of_one_handle(key: Any) -> object:
    watch = Watch(key)
    events = [watch.new_event() for _ in range(3)]
    found: list[object] = [watch.ask(event=event) for event in events]
    winreg.SetValueEx(key, "v", 0, SZ, "a")
    return found + [watch.told(event) for event in events]


@case
def one_event_of_several_handles(key: Any) -> object:
    first, second = Watch(key), Watch(key)
    first.ask()
    second.ask(event=first.event)
    winreg.SetValueEx(key, "v", 0, SZ, "a")
    return first.told()


@case
def the_event_is_reset_first(key: Any) -> object:
    watch = Watch(key)
    event = watch.new_event(True)
    return watch.told(event), watch.ask(event=event), watch.told(event)


@case
def a_refused_call_resets_no_event(key: Any) -> object:
    watch = Watch(key, winreg.KEY_QUERY_VALUE)
    event = watch.new_event(True)
    return watch.ask(event=event), watch.told(event)


@case
def an_automatic_event(key: Any) -> object:
    watch = Watch(key)
    event = watch.kernel.CreateEventW(None, False, False, None)
    watch.ask(event=event)
    winreg.SetValueEx(key, "v", 0, SZ, "a")
    return watch.told(event), watch.told(event)


@case
def closing_the_handle_tells(key: Any) -> object:
    watch = Watch(key)
    watch.ask()
    found = watch.told()
    watch.key.Close()
    return found, watch.told()


@case
def closing_another_handle_does_not(key: Any) -> object:
    watch = Watch(key)
    watch.ask()
    winreg.OpenKey(key, "").Close()
    return watch.told()


@case
def closing_by_close_handle_tells(key: Any) -> object:
    watch = Watch(key)
    watch.ask()
    return watch.kernel.CloseHandle(watch.key.Detach()), watch.told()


@case
def deleting_the_key_tells(key: Any) -> object:
    sub = winreg.CreateKey(key, "sub")
    watch = Watch(sub)
    watch.ask(False, LAST_SET)
    winreg.DeleteKey(key, "sub")
    return watch.told(), watch.ask()


@case
def deleting_the_key_with_its_tree_tells(key: Any) -> object:
    watch = Watch(winreg.CreateKey(key, r"sub\deep"))
    watch.ask(False, LAST_SET)
    native.delete_tree(key, "sub")
    return watch.told()


@case
def renaming_the_key(key: Any) -> object:
    watch = Watch(winreg.CreateKey(key, "sub"))
    found: list[object] = [watch.ask(False, NAME)]
    native.rename(key, "sub", "renamed")
    found.append(watch.told())
    found.append(watch.ask(False, NAME))
    winreg.CreateKey(key, r"renamed\new").Close()
    return [*found, watch.told()]


@case
def renaming_the_key_above(key: Any) -> object:
    watch = Watch(winreg.CreateKey(key, r"sub\deep"))
    found: list[object] = [watch.ask(True, NAME)]
    native.rename(key, "sub", "renamed")
    found.append(watch.told())
    winreg.CreateKey(key, r"renamed\deep\new").Close()
    return [*found, watch.told()]


def in_a_thread(watch: Watch, what: int) -> None:
    thread = threading.Thread(target=watch.ask, args=(False, what))
    thread.start()
    thread.join()


@cases(usual=5, agnostic=0x1000_0005)
def the_end_of_the_thread_that_asked(key: Any, what: int) -> object:
    watch = Watch(key)
    in_a_thread(watch, what)
    found = watch.told()
    winreg.SetValueEx(key, "v", 0, SZ, "a")
    return found, watch.told()


@case
def a_call_that_waits(key: Any) -> object:
    """It returns at the change, and looks at no event."""
    watch = Watch(key)
    codes: list[int] = []

    def wait() -> None:
        codes.append(watch.advapi.RegNotifyChangeKeyValue(int(watch.key), False, 5, 0, False))

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join(0.2)
    waits = thread.is_alive()
    for number in range(100):  # on a busy machine it may not have asked yet
        winreg.SetValueEx(key, "v", 0, SZ, str(number))
        thread.join(0.1)
        if not thread.is_alive():
            break
    return waits, thread.is_alive(), codes


@case
def a_predefined_key(key: Any) -> object:
    watch = Watch(key)
    notify = watch.advapi.RegNotifyChangeKeyValue
    found: list[object] = [notify(0x8000_0001, True, 5, watch.event, True), watch.told()]
    winreg.SetValueEx(key, "v", 0, SZ, "a")
    return [*found, watch.told()]


@cases(event=(5, 0), no_event=(5, 0x7FFFFF0), bits=(0x100, None), more_bits=(0x105, None))
def odd_arguments(key: Any, what: int, event: int | None) -> object:
    watch = Watch(key)
    notify = watch.advapi.RegNotifyChangeKeyValue
    return notify(int(watch.key), False, what, watch.event if event is None else event, True)


@case
def odd_handles(key: Any) -> object:
    watch = Watch(key)
    notify = watch.advapi.RegNotifyChangeKeyValue
    return [notify(number, False, 5, watch.event, True) for number in (0, 0x7FFFFF0, watch.event)]


@case
def waiting_for_two_keys(key: Any) -> object:
    first = Watch(winreg.CreateKey(key, "a"))
    second = Watch(winreg.CreateKey(key, "b"))
    first.ask()
    second.ask()
    winreg.SetValue(key, "b", SZ, "x")
    handles = (wintypes.HANDLE * 2)(first.event, second.event)
    wait = first.kernel.WaitForMultipleObjects
    return wait(2, handles, False, 1000), wait(2, handles, True, 50)
