"""A pipe that is bound to an interface of another machine, with one call on its way at most."""

from __future__ import annotations

import time
from typing import Final

from anyreg.backends.remote.pipe import Pipe
from anyreg.errors import RemoteError
from anyreg.rpc.client_side import CallResult, ClientSide
from anyreg.rpc.pdus import Syntax
from anyreg.rpc.stubs import WINREG

PIPE: Final = "winreg"
_SLOWEST: Final = 4096  # bytes a second, of an answer that takes longer than one may


class Lane:
    """One of the ways to a server; all of one group know the same handles.

    Attributes:
        is_owed: Whether an answer is on its way that nobody wants.
    """

    def __init__(self, pipe: Pipe, group: int = 0, interface: Syntax = WINREG) -> None:
        """Begin to bind it; bind() must follow.

        Args:
            pipe: The pipe.
            group: The group that it is to join, 0 for a new one.
            interface: The interface.

        Raises:
            RemoteError: The connection is gone.
        """
        self.is_owed = False
        self._pipe = pipe
        self._side = ClientSide(interface, group)
        self._sent = pipe.start(self._side.bind())
        self._is_reading = False
        self._end = 0.0

    def bind(self) -> int:
        """Wait for the answer to the bind.

        Returns:
            The group that it has joined.

        Raises:
            RemoteError: The server does not offer the interface, or the connection is gone.
        """
        self._side.receive(self._pipe.finish(self._sent))
        if not self._side.is_bound:
            raise RemoteError("the server does not answer to the bind")
        return self._side.group

    def begin(self, opnum: int, stub: bytes) -> bytes:
        """Begin a call: send all of it but the last message.

        The server does nothing before that has come.

        Args:
            opnum: The number of the method.
            stub: The arguments.

        Returns:
            The last message, for send().

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        _, messages = self._side.call(opnum, stub)
        for message in messages[:-1]:
            self._pipe.write(message)
        return messages[-1]

    def send(self, message: bytes) -> None:
        """Send the last message of a call, and do not wait.

        Args:
            message: The message.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        self._sent = self._pipe.start(message)
        self._is_reading = False

    @property
    def is_answered(self) -> bool:
        """Whether advance() need not wait."""
        return bool(self._sent.request.response_event.is_set())

    def advance(self) -> CallResult | None:
        """Wait for the next message of the answer.

        Returns:
            The answer; None if there is more of it, which was asked for.

        Raises:
            RemoteError: The connection is gone, or the time is over.
            RemoteProtocolError: It is no such message.
        """
        finish = self._pipe.finish_read if self._is_reading else self._pipe.finish
        data = finish(self._sent)
        found = self._side.receive(data)
        if found:
            return found[0]
        self._require_speed(len(data))
        self._sent = self._pipe.start_read()
        self._is_reading = True
        return None

    def _require_speed(self, size: int) -> None:
        """End an answer that comes in ever so small pieces."""
        if not self._is_reading:
            self._end = time.monotonic() + self._pipe.limit
        self._end += size / _SLOWEST
        if time.monotonic() > self._end:
            raise RemoteError("the answer comes too slowly")

    def result(self) -> CallResult:
        """Wait for the whole answer; see advance()."""
        while True:
            found = self.advance()
            if found is not None:
                return found

    def settle(self) -> None:
        """Take the answer that nobody wants, if there is one; see advance()."""
        if self.is_owed:
            self.result()
            self.is_owed = False
