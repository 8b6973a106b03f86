"""What Windows' codes are in the tree of errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anyreg.errors import (
    AccessDeniedError,
    AddressError,
    ClosedError,
    HasSubkeysError,
    KeyDeletedError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
    NotFoundError,
    NotHiveError,
    NotSupportedError,
    RegistryError,
    SecurityError,
    VolatileParentError,
)

NOT_FOUND: Final = 2
PATH_NOT_FOUND: Final = 3
ACCESS_DENIED: Final = 5
INVALID_PARAMETER: Final = 87
PREDEFINED_HANDLE: Final = 714  # of the counters, Perflib\\009: opened, it is no key
KEY_DELETED: Final = 1018
INVALID_OWNER: Final = 1307
NO_PRIVILEGE: Final = 1314

_CLASSES: Final[dict[int, type[RegistryError]]] = {
    NOT_FOUND: KeyNotFoundError,
    PATH_NOT_FOUND: KeyNotFoundError,
    ACCESS_DENIED: AccessDeniedError,
    6: ClosedError,
    19: AccessDeniedError,  # write protected
    50: NotSupportedError,
    53: NotFoundError,  # the network path was not found
    INVALID_PARAMETER: LimitError,
    120: NotSupportedError,
    123: AddressError,
    161: AddressError,
    183: KeyExistsError,
    PREDEFINED_HANDLE: NotSupportedError,
    1017: NotHiveError,
    KEY_DELETED: KeyDeletedError,
    1020: HasSubkeysError,  # a link where a key holds something
    1021: VolatileParentError,
    INVALID_OWNER: AccessDeniedError,
    1308: AccessDeniedError,
    NO_PRIVILEGE: AccessDeniedError,
    1332: NotFoundError,
    1336: SecurityError,
    1337: SecurityError,
    1338: SecurityError,
}
_WORDS: Final = {
    ACCESS_DENIED: "access denied",
    KEY_DELETED: "the key was deleted",
    PREDEFINED_HANDLE: "Windows gives its performance counters here, which are no key",
    1021: "a stable key below a volatile one",
    INVALID_OWNER: "only who may restore can give a key to this owner: run as administrator",
    NO_PRIVILEGE: "a privilege is needed that this process lacks: run as administrator",
}


def failure(code: int, path: str, message: Callable[[int], str]) -> RegistryError:
    """The error that a code of Windows is.

    Args:
        code: The code.
        path: What it is about.
        message: Gives the system's words for a code.
    """
    words = _WORDS.get(code) or message(code).strip().rstrip(".") or f"error {code}"
    kind = _CLASSES.get(code, RegistryError)
    if kind is NotHiveError or kind is SecurityError:
        error = kind(words, path=path)
        error.winerror = code
        return error
    return kind(words, path=path, winerror=code)
