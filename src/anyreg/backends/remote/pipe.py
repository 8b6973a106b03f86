"""A named pipe of another machine: one message goes there, and its answer comes back.

A pipe has one call on its way at a time, since Windows may refuse a second one as long as the
answer to the first has not been taken; several pipes are independent of each other.
"""

from __future__ import annotations

import struct
from typing import Any, Final, NamedTuple

from anyreg.backends.remote.file_service import FileService, Sent
from anyreg.errors import RemoteError

_TRANSCEIVE: Final = 0x0011_C017  # FSCTL_PIPE_TRANSCEIVE
_IS_FSCTL: Final = 1
_IOCTL_COMMAND: Final = 11
_IOCTL: Final = struct.Struct("<HHI16sIIIIIIII")  # MS-SMB2 2.2.31, up to the buffer
_IOCTL_ANSWER: Final = struct.Struct("<HHI16sIIIIII")  # MS-SMB2 2.2.32, up to the buffer
_READ: Final = struct.Struct("<HBBIII")  # MS-SMB2 2.2.20, up to the buffer
_HEADER: Final = 64  # bytes that stand before a message
_MOST: Final = 0x1_0000  # bytes of one answer


class Pipe:
    """An open pipe."""

    def __init__(self, service: FileService, opened: Any) -> None:
        """Take it over.

        Args:
            service: What it was opened on.
            opened: What smbprotocol has opened.
        """
        self._service = service
        self._open = opened

    @property
    def limit(self) -> float:
        """Seconds that an answer may take."""
        return self._service.limit

    def start(self, message: bytes) -> Sent:
        """Send a message, and ask for the first one of its answer: see finish().

        Args:
            message: The message.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        return self._service.start(lambda: _Exchange(self._open.file_id, message))

    def finish(self, sent: Sent) -> bytes:
        """Wait for the first message of an answer.

        Args:
            sent: What start() gave.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        return self._part(self._service.finish(sent), _IOCTL_ANSWER, 6, 7)

    def exchange(self, message: bytes) -> bytes:
        """Send a message, and wait for the first one of its answer.

        Args:
            message: The message.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        return self.finish(self.start(message))

    def write(self, message: bytes) -> None:
        """Send a message that has no answer of its own.

        Args:
            message: The message.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        sent = self._service.start(lambda: self._open.write(message, send=False)[0])
        self._service.finish(sent)

    def read(self) -> bytes:
        """Wait for the next message of an answer.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        return self.finish_read(self.start_read())

    def start_read(self) -> Sent:
        """Ask for the next message of an answer: see finish_read().

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        return self._service.start(lambda: self._open.read(0, _MOST, send=False)[0])

    def finish_read(self, sent: Sent) -> bytes:
        """Wait for the next message of an answer.

        Args:
            sent: What start_read() gave.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        return self._part(self._service.finish(sent), _READ, 1, 3)

    def _part(self, data: bytes, form: struct.Struct, at: int, size: int) -> bytes:
        """What an answer says where it stands in itself."""
        if len(data) >= form.size:
            head = form.unpack_from(data)
            start, length = head[at] - _HEADER, head[size]
            found = data[start : start + length]
            if start >= form.size and len(found) == length:
                return found
        self._service.cut()
        raise RemoteError("the answer of the pipe is cut off", path=self._service.host)


class _Size(NamedTuple):
    """A number, as smbprotocol asks a field for it."""

    number: int

    def get_value(self) -> int:
        return self.number


class _Exchange:
    """The message that a call goes with.

    It has what smbprotocol asks of its own messages, and is made much faster than those.
    """

    def __init__(self, file_id: bytes, message: bytes) -> None:
        self.COMMAND: Final = _IOCTL_COMMAND
        self._file_id = file_id
        self._message = message

    def __getitem__(self, name: str) -> bytes | _Size:
        return self._message if name == "buffer" else _Size(_MOST)

    def pack(self) -> bytes:
        size, at = len(self._message), _HEADER + _IOCTL.size
        head = _IOCTL.pack(
            57, 0, _TRANSCEIVE, self._file_id, at, size, 0, at, 0, _MOST, _IS_FSCTL, 0
        )
        return head + self._message
