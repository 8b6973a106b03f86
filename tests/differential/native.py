"""What Windows has and winreg lacks, for the cases that need it: one set of names, two worlds."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from differential.windows import (
        copy_tree,
        create,
        delete_itself,
        delete_key_value,
        delete_tree,
        get_raw,
        get_value,
        notices,
        nt_path,
        prepare,
        rename,
        set_key_value,
        set_raw,
        unload,
    )
else:
    from differential.ours import (
        copy_tree,
        create,
        delete_itself,
        delete_key_value,
        delete_tree,
        get_raw,
        get_value,
        notices,
        nt_path,
        prepare,
        rename,
        set_key_value,
        set_raw,
        unload,
    )

__all__ = [
    "copy_tree",
    "create",
    "delete_itself",
    "delete_key_value",
    "delete_tree",
    "get_raw",
    "get_value",
    "notices",
    "nt_path",
    "prepare",
    "rename",
    "set_key_value",
    "set_raw",
    "unload",
]
