r"""Other computers: those that are this one, and those that are reached through the network.

A computer is named with or without two backslashes in front, and with a port behind where that is
another one than usual.  There is one connection to each computer, for all handles of keys in its
registry; it ends with the last of them.  Who asks is found as `anyreg.open` finds it: by the
keyring, the file of NTLM_USER_FILE, a ticket of Kerberos.
"""

from __future__ import annotations

import os
import socket
from threading import Lock
from typing import TYPE_CHECKING, Final

from anyreg.errors import (
    AddressError,
    ClosedError,
    NotSupportedError,
    RegistryError,
    RemoteError,
    RemoteFaultError,
)
from anyreg.winapi.constants import KEY_ALL_ACCESS
from anyreg.winapi.errors import BAD_NETPATH, INVALID_HANDLE, windows_error
from anyreg.winapi.handles import (
    Handle,
    add_private,
    end_private,
    is_predefined,
    keep_private,
    resolve,
)

if TYPE_CHECKING:
    from anyreg.backends.remote.world import RemoteBackend

_LOCAL: Final = ("", ".", "localhost", "127.0.0.1", "::1")
_LOW: Final = 0xFFFF_FFFF
_REACHED: Final = (0x8000_0002, 0x8000_0003, 0x8000_0004)  # HKLM, HKU, HKEY_PERFORMANCE_DATA


class _Computer:
    """Another computer, and the connection to it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = Lock()  # one connects, others wait for it
        self._backend: RemoteBackend | None = None

    def handle(self, key: int) -> int:
        """A handle of a predefined key."""
        with self._lock:
            if self._backend is not None and _is_there(self._backend, key):
                number = _added(self._backend, key)
                if number:
                    return number
            self._backend = _opened(self._name)
            return _first(self._backend, key)


_computers: Final[dict[str, _Computer]] = {}
if hasattr(os, "register_at_fork"):  # a connection is of the process that has made it
    os.register_at_fork(after_in_child=_computers.clear)


def connect(computer_name: str, key: int) -> int:
    """RegConnectRegistry.

    Args:
        computer_name: The computer; "" is this one.
        key: A predefined key; of another computer HKEY_LOCAL_MACHINE, HKEY_USERS or
            HKEY_PERFORMANCE_DATA.

    Returns:
        A handle: of this computer the predefined key's own.

    Raises:
        FileNotFoundError: The computer is not known, or offers no registry (53).
        OSError: The key is not a predefined one, or none that is reached there (6).
        OSError: The computer does not let this user in (5, or 1326 for a wrong password), or the
            extra `remote` is not installed (50).
    """
    if not is_predefined(key):
        raise windows_error(INVALID_HANDLE)
    if is_local(computer_name):
        resolve(key)
        return key
    if key & _LOW not in _REACHED:
        raise windows_error(INVALID_HANDLE)
    name = computer_name.removeprefix("\\\\").casefold()
    computer = _computers.setdefault(name, _Computer(name))
    try:
        return computer.handle(key)
    except RemoteFaultError:  # it was reached
        raise
    except (AddressError, RemoteError) as error:
        raise windows_error(BAD_NETPATH) from error
    except NotSupportedError as error:
        made = windows_error(error.winerror)
        made.strerror = error.message  # which names what is missing
        raise made from error


def is_local(computer_name: str) -> bool:
    """Whether a computer is this one."""
    name = computer_name.removeprefix("\\\\").lower()
    return name in _LOCAL or name == socket.gethostname().lower()


def _opened(name: str) -> RemoteBackend:
    from anyreg.backends.remote.opening import open_remote  # which needs an extra

    return open_remote(name)


def _is_there(backend: RemoteBackend, key: int) -> bool:
    """Whether a connection still works."""
    try:
        backend.stamp(backend.predefined(key))
    except RemoteFaultError:
        return True  # an answer, too
    except (ClosedError, RemoteError):
        return False
    except RegistryError:
        return True
    return True


def _first(backend: RemoteBackend, key: int) -> int:
    """The first handle of a connection, which ends where there is none."""
    keep_private(backend)
    try:
        return _added(backend, key)
    except BaseException:
        end_private(backend)
        raise


def _added(backend: RemoteBackend, key: int) -> int:
    """A handle of a predefined key, which is opened at once; 0 where the connection has ended."""
    node = backend.predefined(key)
    backend.handle(node)
    return add_private(Handle(backend, node, KEY_ALL_ACCESS, 0, 0, False))
