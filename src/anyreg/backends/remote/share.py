"""A share of another machine, from which a file is taken: read, and deleted there."""

from __future__ import annotations

from typing import Any, Final

from anyreg.backends.remote.file_service import FileService
from anyreg.backends.remote.smb_library import library

_READ_AND_DELETE: Final = 0x0013_0089
_NOBODY_ELSE: Final = 0  # what others may do with the file meanwhile
_EXISTING: Final = 1  # FILE_OPEN
_ONCE: Final = 0x1040  # no folder, and to be deleted when it is closed
_IMPERSONATION: Final = 2
_CREDIT: Final = 0x1_0000  # bytes that one credit is good for
_PIECE: Final = 1 << 20  # bytes that are read at a time
_LARGEST: Final = 1 << 32  # bytes; no hive is larger


class Share:
    """A share that was connected to."""

    def __init__(self, service: FileService, name: str) -> None:
        """Connect to it.

        Args:
            service: The machine's file service.
            name: The share's name.

        Raises:
            AccessDeniedError: This user may not.
            RemoteError: There is none, or the connection is gone.
        """
        self._service = service
        self._smb = library()
        self._tree = service.connect_share(name)

    def take(self, path: str) -> bytes:
        """Read a file, and delete it: the server does that even if the connection is lost.

        Args:
            path: Its path in the share.

        Raises:
            RemoteError: It is not there, is larger than any hive, or the connection is gone.
        """
        return self._service.guarded(lambda: self._take(path), f"reading {path}")

    def _take(self, path: str) -> bytes:
        opened = self._smb.Open(self._tree, path)
        how = (_IMPERSONATION, _READ_AND_DELETE, 0, _NOBODY_ELSE, _EXISTING, _ONCE)
        self._answer(opened.create(*how, send=False))
        found = bytearray()
        while len(found) < opened.end_of_file <= _LARGEST:
            part = self._part(opened, len(found))
            if not part:
                break
            found += part
        self._answer(opened.close(send=False))
        if opened.end_of_file > _LARGEST:
            raise ValueError(f"a file of {opened.end_of_file} bytes is no hive")
        return bytes(found)

    def _part(self, opened: Any, at: int) -> bytes:
        service = self._service
        most = min(service.longest_read, _CREDIT * max(1, service.credits // 2), _PIECE)
        try:
            return bytes(self._answer(opened.read(at, most, send=False)))
        except self._smb.EndOfFile:
            return b""

    def _answer(self, made: tuple[Any, Any]) -> Any:
        """What smbprotocol makes of the answer to a message that it has made."""
        message, receive = made
        sent = self._service.send(message, self._tree)
        self._service.wait(sent)
        return receive(sent.request)
