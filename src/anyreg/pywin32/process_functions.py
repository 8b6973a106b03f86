"""What win32api has of the process that runs, as far as programs of permissions ask for it."""

from __future__ import annotations

from anyreg.pywin32.arguments import as_key, as_long
from anyreg.pywin32.failures import last_error, named, set_last_error
from anyreg.pywin32.handle_objects import PyHANDLE
from anyreg.pywin32.token_functions import CURRENT_PROCESS, CURRENT_THREAD, user_name
from anyreg.registry.current_registry import current
from anyreg.winapi.handles import close


def GetCurrentProcess() -> int:
    """What stands for this process."""
    return CURRENT_PROCESS


def GetCurrentThread() -> int:
    """What stands for this thread."""
    return CURRENT_THREAD


def GetUserName() -> str:
    """The name of who runs the program."""
    return user_name()


@named("GetComputerName")
def GetComputerName() -> str:
    """The name of the machine that the registry is of."""
    return current().root.accounts.machine_name


def GetLastError() -> int:
    """The code of the last error."""
    return last_error()


def SetLastError(error: int) -> None:
    """Set the code of the last error."""
    set_last_error(as_long(error))


@named("CloseHandle")
def CloseHandle(handle: object) -> None:
    """Close a handle."""
    if isinstance(handle, PyHANDLE):
        handle.Close()
    else:
        close(as_key(handle))
