"""Every error of the package, as one tree.

    RegistryError(OSError)                     .path .winerror
    +- NotFoundError(FileNotFoundError, KeyError)
    |  +- KeyNotFoundError
    |  +- ValueNotFoundError
    +- AccessDeniedError(PermissionError)
    +- AddressError(ValueError)
    +- ClosedError
    +- NotSupportedError(io.UnsupportedOperation)
    +- ValueTypeError(TypeError)               .expected .actual
    +- KeyExistsError(FileExistsError)
    +- KeyDeletedError
    +- HasSubkeysError
    +- ConflictError                           .name .expected .actual
    +- VolatileParentError
    +- LimitError(ValueError)
    +- TransactionError
    |  +- OutcomeUnknownError
    +- RegFileError(ValueError)                .line .column
    +- PatchFileError(ValueError)              .line
    +- MismatchError(ValueError)               .offset .expected .actual
    |  +- SecurityError
    +- RemoteError(ConnectionError)
    |  +- RemoteProtocolError(MismatchError)
    |  +- RemoteFaultError                     .status
    +- EarlierError                            .kind
    +- HiveError                               .offset
       +- CorruptHiveError(MismatchError)      .offset .expected .actual
       |  +- NotHiveError
       +- DirtyHiveError
       +- HiveVersionError
       +- HiveFullError
       +- HiveChangedError

Each class is also the builtin that a Python programmer would catch.  `winerror` is set on every
system, not on Windows alone: it is the code that Windows gives in that situation.
"""

from __future__ import annotations

import errno as _errno
import io
from typing import Final

_REPAIR: Final = "; `anyreg repair` writes all that can be read into a new file"


class RegistryError(OSError):
    """Base of all errors of this package.

    Attributes:
        path: The key, file or address that the error is about; "" where there is none.
        winerror: The Windows error code of the situation.
        errno: The errno that CPython gives for that code.
    """

    winerror: int = 1010  # ERROR_BADKEY
    errno: int = _errno.EINVAL

    def __init__(self, message: str, *, path: str = "", winerror: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.strerror = message
        self.errno = type(self).errno
        self.winerror = type(self).winerror if winerror is None else winerror

    def __str__(self) -> str:
        return f"{self.message}: {self.path}" if self.path else self.message


class NotFoundError(RegistryError, FileNotFoundError, KeyError):
    """A key or a value is not there."""

    winerror = 2
    errno = _errno.ENOENT


class KeyNotFoundError(NotFoundError):
    """No key stands at the path."""


class ValueNotFoundError(NotFoundError):
    """The key has no value of the name."""


class AccessDeniedError(RegistryError, PermissionError):
    """The file or key may not be read or written so."""

    winerror = 5
    errno = _errno.EACCES


class AddressError(RegistryError, ValueError):
    """An address or a path is not of the form that it must have."""

    winerror = 161


class ClosedError(RegistryError):
    """The registry or key was closed and is used again."""

    winerror = 6
    errno = _errno.EBADF


class NotSupportedError(RegistryError, io.UnsupportedOperation):
    """This kind of registry cannot do what was asked."""

    winerror = 50


class ValueTypeError(RegistryError, TypeError):
    """A typed getter met a value of another type, or data of another kind came without a type.

    Attributes:
        expected: What was asked for, in words; of a value that was to be set, the type it has.
        actual: The type that was met, such as "REG_SZ"; of data, the one that it would have.
    """

    winerror = 1629

    def __init__(
        self, message: str, *, path: str = "", expected: str = "", actual: str = ""
    ) -> None:
        super().__init__(message, path=path)
        self.expected = expected
        self.actual = actual


class RegFileError(RegistryError, ValueError):
    """A file to import, such as a .reg file, is not as its format asks for.

    Attributes:
        line: The number of the line, from 1; 0 in a file that is no text.
        column: The number of the character in the line, or of the byte in the file, from 1.
    """

    winerror = 13  # ERROR_INVALID_DATA

    def __init__(self, message: str, *, path: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message, path=path)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        if self.column and not self.line:
            place = f"byte {self.column}: "
        return place + super().__str__()


class PatchFileError(RegistryError, ValueError):
    """A line of a file of changes is not as the format asks for.

    Attributes:
        line: The number of the line, from 1.
    """

    winerror = 13  # ERROR_INVALID_DATA

    def __init__(self, message: str, *, path: str = "", line: int = 0) -> None:
        super().__init__(message, path=path)
        self.line = line

    def __str__(self) -> str:
        return (f"line {self.line}: " if self.line else "") + super().__str__()


class MismatchError(RegistryError, ValueError):
    """Bytes or a text are not what they must be.

    Attributes:
        offset: Where: of bytes, the offset of the first wrong one; of a text, of the character;
            -1 where it is no matter of a place.
        expected: What was expected there, in words.
        actual: What was found.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str = "",
        offset: int = -1,
        expected: str = "",
        actual: str = "",
        winerror: int | None = None,
    ) -> None:
        super().__init__(message, path=path, winerror=winerror)
        self.offset = offset
        self.expected = expected
        self.actual = actual

    def __str__(self) -> str:
        where = f" at {self.offset}" if self.offset >= 0 else ""
        found = f"{where} (expected {self.expected}, found {self.actual})"
        return super().__str__() + (found if self.expected else "")


class HiveError(RegistryError):
    """Something about a hive file.

    Attributes:
        offset: Byte offset in the file, -1 where the whole file is meant.
    """

    winerror = 1015
    offset: int = -1

    def __str__(self) -> str:
        return super().__str__() + self.advice

    def name_file(self, path: str) -> None:
        """Say which file it is about, where that is not said yet.

        Args:
            path: The file.
        """
        if not self.path:
            self.path = path

    @property
    def advice(self) -> str:
        """What to do about it, behind the message; "" where nothing can be said."""
        return ""


class CorruptHiveError(HiveError, MismatchError):
    """Bytes of a hive are not what the format asks for; the offset is that in the file."""

    def __str__(self) -> str:
        where = f" at offset 0x{self.offset:08x}" if self.offset >= 0 else ""
        found = f": expected {self.expected}, found {self.actual}" if self.expected else ""
        return f"{RegistryError.__str__(self)}{where}{found}{self.advice}"

    @property
    def advice(self) -> str:
        """That the hive can be repaired."""
        return _REPAIR


class NotHiveError(CorruptHiveError):
    """The file is no registry hive at all, or its header is gone."""

    winerror = 1017

    @property
    def advice(self) -> str:
        """Nothing: there is nothing to be read."""
        return ""


class HiveVersionError(HiveError):
    """A hive of a version that this package does not read."""

    winerror = 1017


class DirtyHiveError(HiveError):
    """The hive is dirty and its logs do not apply, so that it must not be written."""

    @property
    def advice(self) -> str:
        """That the hive can be repaired."""
        return _REPAIR


class HiveFullError(HiveError):
    """A limit of the format is reached."""

    winerror = 1453  # ERROR_WORKING_SET_QUOTA, as the registry gives for its size limit


class TransactionError(RegistryError):
    """A transaction cannot go on: its outcome is unknown, or it was ended already."""

    winerror = 6704


class OutcomeUnknownError(TransactionError):
    """Whether a commit was made is unknown until the hive is opened again.

    The system failed to write while the commit was under way: all of it may be on the disk, or
    nothing.  Here nothing of it shows, and the handle refuses every further change.
    """


class KeyDeletedError(RegistryError):
    """The key was deleted while it was open."""

    winerror = 1018


class KeyExistsError(RegistryError, FileExistsError):
    """A key of that name is there already."""

    winerror = 183
    errno = _errno.EEXIST


class HasSubkeysError(RegistryError):
    """The key has subkeys, and was to be deleted alone."""

    winerror = 5


class ConflictError(RegistryError):
    """What is there is not what a change was made for.

    Attributes:
        name: The value's name; None where a key is meant.
        expected: What the change found there when it was made, in words.
        actual: What is there now.
    """

    winerror = 6800  # ERROR_TRANSACTIONAL_CONFLICT

    def __init__(
        self,
        message: str,
        *,
        path: str = "",
        name: str | None = None,
        expected: str = "",
        actual: str = "",
    ) -> None:
        super().__init__(message, path=path)
        self.name = name
        self.expected = expected
        self.actual = actual

    def __str__(self) -> str:
        value = "" if self.name is None else f"value {self.name!r}: "
        found = f" (expected {self.expected}, found {self.actual})" if self.expected else ""
        return f"{value}{super().__str__()}{found}"


class SecurityError(MismatchError):
    """Bytes are no security descriptor, or a text is no SDDL."""

    winerror = 1338  # ERROR_INVALID_SECURITY_DESCR


class RemoteError(RegistryError, ConnectionError):
    """Another machine cannot be reached, or the conversation with it has ended."""

    winerror = 1722  # RPC_S_SERVER_UNAVAILABLE
    errno = _errno.ECONNABORTED


class RemoteProtocolError(RemoteError, MismatchError):
    """What another machine sent, or was to be sent to it, is not as the protocol asks for."""

    winerror = 1728  # RPC_S_PROTOCOL_ERROR


class RemoteFaultError(RemoteError):
    """Another machine did not carry out a call: it answered with a fault.

    Attributes:
        status: The fault's status, as DCE or Windows numbers it.
    """

    winerror = 1726  # RPC_S_CALL_FAILED

    def __init__(self, message: str, *, path: str = "", status: int = 0) -> None:
        super().__init__(message, path=path)
        self.status = status


class EarlierError(RegistryError):
    """What an earlier run over many registries met; `kind` is the name of the error's class."""

    kind: str = ""


class VolatileParentError(RegistryError):
    """A key that is to stay cannot stand below a volatile one."""

    winerror = 1021  # ERROR_CHILD_MUST_BE_VOLATILE


class LimitError(RegistryError, ValueError):
    """A name, a value or a depth is beyond what the registry allows."""

    winerror = 87


class HiveChangedError(HiveError):
    """The hive's file was changed by another program while it was being read."""

    winerror = 1016


def fail(error: RegistryError) -> None:
    """What `on_error` is where nothing may be left out: the error is raised."""
    raise error
