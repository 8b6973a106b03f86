r"""Other computers: those that are this one, and those that are not found.

A computer is named with or without two backslashes in front.  Registries of other hosts are a
backend of their own that is not there yet: their names are answered as unknown ones.
"""

from __future__ import annotations

import socket
from typing import Final

from anyreg.winapi.errors import BAD_NETPATH, INVALID_HANDLE, windows_error
from anyreg.winapi.handles import is_predefined, resolve

_LOCAL: Final = ("", ".", "localhost", "127.0.0.1", "::1")


def connect(computer_name: str, key: int) -> int:
    """RegConnectRegistry.

    Args:
        computer_name: The computer; "" is this one.
        key: A predefined key.

    Returns:
        A handle: of this computer the predefined key's own.

    Raises:
        FileNotFoundError: The computer is not known (53).
        OSError: The key is not a predefined one (6).
    """
    if not is_predefined(key):
        raise windows_error(INVALID_HANDLE)
    if not is_local(computer_name):
        raise windows_error(BAD_NETPATH)
    resolve(key)
    return key


def is_local(computer_name: str) -> bool:
    """Whether a computer is this one."""
    name = computer_name.removeprefix("\\\\").lower()
    return name in _LOCAL or name == socket.gethostname().lower()
