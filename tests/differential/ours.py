"""The same functions as in windows.py, given by anyreg."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyreg
from anyreg import winapi
from anyreg.winapi.get_value import get_value as _get_value


def set_raw(key: Any, name: str, kind: int, data: bytes) -> None:
    """Set a value to just these bytes."""
    winapi.set_raw(key, name, kind, data)


def get_raw(key: Any, name: str | None) -> tuple[int, bytes]:
    """The type and the bytes of a value."""
    data, kind = winapi.query_raw(key, name)
    return kind, data


def get_value(key: Any, path: str | None, name: str | None, flags: int) -> tuple[int, bytes]:
    """RegGetValue: a value that is one of the types that the flags allow."""
    value = _get_value(int(key), path or "", name or "", flags)
    return value.type, value.raw


def create(
    key: Any, path: str, options: int = 0, access: int = 0xF003F, class_name: str | None = None
) -> tuple[int, int]:
    """RegCreateKeyEx: a bare handle, and 1 for a key that is new or 2 for one that was."""
    made, new = winapi.create_key(key, path, access, options=options, class_name=class_name or "")
    return made.Detach(), 1 if new else 2


def rename(key: Any, path: str | None, name: str | None) -> None:
    """RegRenameKey."""
    winapi.rename_key(key, path, name or "")


def set_key_value(key: Any, path: str | None, name: str | None, kind: int, data: bytes) -> None:
    """RegSetKeyValue; the bytes must be of a type that takes bytes."""
    winapi.set_key_value(key, path, name, kind, data)


def notices(key: Any, subtree: bool, what: int, change: Callable[[], object]) -> bool:
    """Whether notify_change_key_value tells of a change."""
    event = winapi.Event()
    winapi.notify_change_key_value(key, subtree, what, event)
    change()
    return event.wait(0.1)


def prepare(target: str | None = None) -> None:
    """Choose a registry, and give ctypes its windll; nobody needs privileges."""
    anyreg.install_as_winreg(ctypes=True)
    anyreg.use(anyreg.open(target) if target else None)


copy_tree = winapi.copy_tree
delete_itself = winapi.delete_open_key
delete_key_value = winapi.delete_key_value
delete_tree = winapi.delete_tree
nt_path = winapi.nt_path
unload = winapi.unload_key
