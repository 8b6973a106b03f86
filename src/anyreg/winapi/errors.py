"""Windows' error codes as the exceptions that CPython raises for them.

On Windows, an OSError that is made from an error code finds its class and its errno by itself, has
`winerror`, and prints "[WinError 2] ...".  Elsewhere Python ignores the code.  So each builtin
class gets a twin of the same name that prints and pickles as it would on Windows, and one function
makes them all.

Source: class and errno of every code as a genuine CPython for Windows gives them; the texts are
those of the system's message table, for the codes that a registry can give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anyreg.errors import RegistryError

NOT_FOUND: Final = 2
PATH_NOT_FOUND: Final = 3
ACCESS_DENIED: Final = 5
INVALID_HANDLE: Final = 6
INVALID_DATA: Final = 13
BAD_NETPATH: Final = 53
INVALID_PARAMETER: Final = 87
BAD_PATHNAME: Final = 161
ALREADY_EXISTS: Final = 183
MORE_DATA: Final = 234
NO_MORE_ITEMS: Final = 259
UNSUPPORTED_TYPE: Final = 1630
DATATYPE_MISMATCH: Final = 1629

_EINVAL: Final = 22

MESSAGES: Final = {
    1: "Incorrect function",
    2: "The system cannot find the file specified",
    3: "The system cannot find the path specified",
    5: "Access is denied",
    6: "The handle is invalid",
    8: "Not enough memory resources are available to process this command",
    13: "The data is invalid",
    19: "The media is write protected",
    32: "The process cannot access the file because it is being used by another process",
    50: "The request is not supported",
    53: "The network path was not found",
    87: "The parameter is incorrect",
    112: "There is not enough space on the disk",
    120: "This function is not supported on this system",
    122: "The data area passed to a system call is too small",
    161: "The specified path is invalid",
    183: "Cannot create a file when that file already exists",
    234: "More data is available",
    259: "No more data is available",
    998: "Invalid access to memory location",
    1009: "The configuration registry database is corrupt",
    1010: "The configuration registry key is invalid",
    1011: "The configuration registry key could not be opened",
    1012: "The configuration registry key could not be read",
    1013: "The configuration registry key could not be written",
    1017: (
        "The system has attempted to load or restore a file into the registry, but the "
        "specified file is not in a registry file format"
    ),
    1018: "Illegal operation attempted on a registry key that has been marked for deletion",
    1020: ("Cannot create a symbolic link in a registry key that already has subkeys or values"),
    1008: "An attempt was made to reference a token that does not exist",
    1021: "Cannot create a stable subkey under a volatile parent key",
    1305: "The revision level is unknown",
    1306: "Indicates two revision levels are incompatible",
    1309: (
        "An attempt has been made to operate on an impersonation token by a thread that is not "
        "currently impersonating a client"
    ),
    1313: "A specified privilege does not exist",
    1314: "A required privilege is not held by the client",
    1332: "No mapping between account names and security IDs was done",
    1336: "The access control list (ACL) structure is invalid",
    1337: "The security ID structure is invalid",
    1338: "The security descriptor structure is invalid",
    1453: "Insufficient quota to complete the requested service",
    1629: "Data supplied is of wrong type",
    1630: "Data of this type is not supported",
    1722: "The RPC server is unavailable",
}

# errno of the codes that have one; codes of sockets, 10000 to 11999, are their own.
_ERRNOS: Final = {
    **dict.fromkeys((2, 3, 15, 18, 53, 67, 161, 206), 2),
    4: 24,
    **dict.fromkeys((5, 16, *range(19, 37), 65, 82, 83, 108, 132, 158, 167, 10013), 13),
    **dict.fromkeys((6, 114, 130, 10009), 9),
    **dict.fromkeys((7, 8, 9, 1816), 12),
    10: 7,
    **dict.fromkeys((11, *range(188, 203)), 8),
    17: 18,
    **dict.fromkeys((80, 183), 17),
    **dict.fromkeys((89, 164, 215), 11),
    **dict.fromkeys((109, 232), 32),
    112: 28,
    **dict.fromkeys((128, 129), 10),
    145: 41,
    258: 138,
    267: 20,
    1113: 42,
    10004: 4,
    10014: 14,
    10022: 22,
    10024: 24,
}
_SOCKETS: Final = range(10000, 12000)
# The class that goes with an errno of Windows.
_BUILTINS: Final[dict[int, type[OSError]]] = {
    2: FileNotFoundError,
    4: InterruptedError,
    10: ChildProcessError,
    11: BlockingIOError,
    13: PermissionError,
    17: FileExistsError,
    20: NotADirectoryError,
    32: BrokenPipeError,
    138: TimeoutError,
    **dict.fromkeys((10035, 10036, 10037), BlockingIOError),
    10053: ConnectionAbortedError,
    10054: ConnectionResetError,
    10058: BrokenPipeError,
    10060: TimeoutError,
    10061: ConnectionRefusedError,
}


class _CodedError(OSError):
    """What the twins have over the builtin classes."""

    winerror: int

    def __str__(self) -> str:
        return f"[WinError {self.winerror}] {self.strerror}"

    def __reduce__(self) -> tuple[Callable[[int, str], OSError], tuple[int, str]]:
        return windows_error, (self.winerror, self.strerror or "")


def _twin(builtin: type[OSError]) -> type[_CodedError]:
    return type(builtin.__name__, (_CodedError, builtin), {"__module__": "builtins"})


_BASES: Final[tuple[type[OSError], ...]] = (OSError, *_BUILTINS.values())
_TWINS: Final = {builtin: _twin(builtin) for builtin in _BASES}


def errno_of(code: int) -> int:
    """The errno that CPython gives for an error code of Windows."""
    return _ERRNOS.get(code, code if code in _SOCKETS else _EINVAL)


def windows_error(code: int, message: str = "") -> OSError:
    """The exception that CPython on Windows makes of an error code.

    Args:
        code: The error code.
        message: What to say where Windows' own text is not known here.

    >>> error = windows_error(2)
    >>> isinstance(error, FileNotFoundError), error.errno, str(error)
    (True, 2, '[WinError 2] The system cannot find the file specified')
    """
    errno = errno_of(code)
    text = MESSAGES.get(code) or message or f"Windows Error 0x{code:x}"
    error = _TWINS[_BUILTINS.get(errno, OSError)](errno, text, None, code, None)
    error.winerror = code
    return error


def translated(error: RegistryError) -> OSError:
    """What Windows gives where this package raises one of its own errors."""
    return windows_error(error.winerror, error.message)
