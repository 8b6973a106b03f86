"""What is used of smbprotocol, which is imported when it is needed: it is an extra."""

from __future__ import annotations

import logging
import struct
from socket import IPPROTO_TCP, SO_SNDTIMEO, SOL_SOCKET, TCP_NODELAY
from typing import Any, Final

from anyreg.errors import NotSupportedError
from anyreg.system import WINDOWS

LONGEST_MESSAGE: Final = 0x20_0000  # bytes: more than is asked for at a time
_PENDING: Final = 0x103
_SILENT: Final = logging.NullHandler()


class Library:
    """What is used of smbprotocol."""

    def __init__(self) -> None:
        from smbprotocol.connection import Connection
        from smbprotocol.exceptions import (
            EndOfFile,
            SMBAuthenticationError,
            SMBException,
            SMBResponseException,
        )
        from smbprotocol.open import Open
        from smbprotocol.session import Session
        from smbprotocol.transport import Tcp
        from smbprotocol.tree import TreeConnect

        class LimitedTcp(Tcp):  # type: ignore[misc]
            """With limits, and without delay.

            Tcp sends under a lock that closing takes too, so no timer could end it.  For what it
            receives it makes room of the length that a server says, up to 4 GiB.  It lets the
            system hold a message back until the one before is acknowledged, which is one round
            trip more for each row of messages.
            """

            limit: float

            def connect(self) -> None:
                super().connect()
                limit = struct.pack("ll", int(self.limit), int(self.limit % 1 * 1e6))
                if WINDOWS:
                    limit = struct.pack("I", int(self.limit * 1000))
                self._sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, limit)
                self._sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)

            def _recv(self, length: int, timeout: float) -> Any:
                if length > LONGEST_MESSAGE:
                    raise SMBException(f"the server announces a message of {length} bytes")
                return super()._recv(length, timeout)

        class SignedConnection(Connection):  # type: ignore[misc]
            """smbprotocol takes answers without a signature, whoever has taken it away."""

            limit = 60.0  # seconds that sending may take
            connect_limit = 60.0  # seconds that connecting may take

            @property
            def transport(self) -> Any:
                return self._transport

            @transport.setter
            def transport(self, made: Any) -> None:
                if made is not None:
                    made = LimitedTcp(made.server, made.port, self.connect_limit)
                    made.limit = self.limit
                self._transport = made

            def receive(
                self,
                request: Any,
                wait: bool = True,
                timeout: float | None = None,
                resolve_symlinks: bool = False,
            ) -> Any:
                """No link is gone after: a pipe is none, and one may lead to the next for ever."""
                return super().receive(request, wait, timeout, False)

            def verify_signature(self, header: Any, session_id: int, force: bool = False) -> None:
                session = self.session_table.get(session_id)
                is_secret = session is not None and bool(session.encrypt_data)
                is_asked = session is not None and session.signing_key is not None
                # That an answer will come may be said by anybody.  What an answer says of its own
                # command counts for nothing.
                if is_asked and header["status"].get_value() != _PENDING:
                    if is_secret:
                        raise SMBException("an answer came without the encryption that was agreed")
                    force = True
                super().verify_signature(header, session_id, force)

        # Its errors are raised here: they go to whoever keeps a log, and not on the screen.
        logging.getLogger("smbprotocol").addHandler(_SILENT)
        self.Connection = SignedConnection
        self.EndOfFile = EndOfFile
        self.SMBAuthenticationError = SMBAuthenticationError
        self.SMBException = SMBException
        self.SMBResponseException = SMBResponseException
        self.Open = Open
        self.Session = Session
        self.TreeConnect = TreeConnect


def library() -> Any:
    """The library.

    Raises:
        NotSupportedError: It is not installed.
    """
    try:
        return Library()
    except ImportError as error:
        words = "remote registries need the extra `remote`: pip install anyreg[remote]"
        raise NotSupportedError(words) from error
