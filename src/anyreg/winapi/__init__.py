"""Windows' registry functions over handles, on every system; winreg is built on them.

The names here are what CPython's winreg lacks: see anyreg.winapi.functions.
"""

from __future__ import annotations

from anyreg.winapi.events import Event, wait_for_events
from anyreg.winapi.functions import (
    copy_tree,
    create_key,
    delete_key_value,
    delete_open_key,
    delete_tree,
    get_key_security,
    get_value,
    load_app_key,
    notify_change_key_value,
    nt_path,
    query_info,
    query_raw,
    rename_key,
    replace_key,
    restore_key,
    save_key,
    set_key_security,
    set_key_value,
    set_raw,
    unload_key,
    wait_for_change,
)

__all__ = [
    "Event",
    "copy_tree",
    "create_key",
    "delete_key_value",
    "delete_open_key",
    "delete_tree",
    "get_key_security",
    "get_value",
    "load_app_key",
    "notify_change_key_value",
    "nt_path",
    "query_info",
    "query_raw",
    "rename_key",
    "replace_key",
    "restore_key",
    "save_key",
    "set_key_security",
    "set_key_value",
    "set_raw",
    "unload_key",
    "wait_for_change",
    "wait_for_events",
]
