"""A server of remote registries: connections, and what comes over them, for a registry of ours.

Where smbd is told to start no helpers, it passes what comes for the pipe \\winreg on to a socket
in a folder of its own, behind a greeting that names the user ("NPAM").  So it is a real file
service with all its logons, signatures and encryption in front of a server of the tests' own.
Without it, the same conversation can be had over TCP, by anybody, as an administrator.

What is answered can be tampered with: whole messages, or the results in them.

Source: Samba's named_pipe_auth.idl, level 7.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import RLock, Thread
from typing import Any, NamedTuple, Protocol

from anyreg.errors import RemoteError, RemoteProtocolError
from anyreg.rpc.pdus import Syntax
from anyreg.rpc.server_side import BAD_ARGUMENTS, NO_SUCH_METHOD, IncomingCall, ServerSide
from anyreg.rpc.stubs import WINREG, CallAnswer, Request, decode_request
from remote.registry_methods import BAD_HANDLE, Methods, UnknownHandleError

HOST = "127.0.0.1"
LEVEL = 7
MESSAGES = 2  # a pipe of messages
STATE = 0x05FF
ALLOCATION = 4096
LONGEST_GREETING = 1 << 20  # bytes

Send = Callable[[bytes], None]


class Group:
    """Connections that share their handles.

    Attributes:
        methods: What they call.
        connections: How many there are.
    """

    def __init__(self, methods: Methods) -> None:
        self.methods = methods
        self.connections = 0


class Tampering(NamedTuple):
    """What is done to answers.

    Attributes:
        results: Gives other results in place of some.
        messages: Gives other messages in place of those of an answer.
    """

    results: Callable[[bytes], bytes] = lambda stub: stub
    messages: Callable[[list[bytes]], list[bytes]] = lambda messages: messages


class PipeServer:
    """The server: it listens where it is told to, until stop().

    Attributes:
        calls: How many calls it has answered.
        tampering: What is done to answers.
        before: Called with each call before it is carried out.
    """

    def __init__(self, serve: Callable[[str], Methods], users: tuple[str, ...]) -> None:
        """Listen nowhere yet.

        Args:
            serve: Gives the methods of a user.
            users: Who there is; the first is who comes over TCP.
        """
        self.calls = 0
        self.tampering = Tampering()
        self.before: Callable[[IncomingCall], None] = lambda call: None
        self._serve = serve
        self._users = users
        self._lock = RLock()
        self._numbers = itertools.count(0x1000)
        self._groups: dict[tuple[int, str], Group] = {}
        self._listening: list[socket.socket] = []
        self._connections: set[socket.socket] = set()
        self._threads: set[Thread] = set()

    @property
    def open_keys(self) -> int:
        """How many handles clients have."""
        with self._lock:
            return sum(group.methods.open_keys for group in self._groups.values())

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    def listen_pipe(self, folder: Path) -> None:
        """Stand behind an smbd.

        Args:
            folder: Its `ncalrpc dir`.
        """
        place = folder / "np"
        place.mkdir(mode=0o700, exist_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(place / "winreg"))
        self._listen(listening, self._pipe)

    def listen_tcp(self) -> int:
        """Listen on a free port, which is returned."""
        listening = socket.create_server((HOST, 0))
        self._listen(listening, self._stream)
        port: int = listening.getsockname()[1]
        return port

    def stop(self) -> None:
        """End all connections, and listen no more."""
        for one in [*self._listening, *self._connections]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in list(self._threads):
            thread.join(10)

    # Connections

    def _listen(self, listening: socket.socket, talk: Callable[[socket.socket], None]) -> None:
        listening.listen()
        self._listening.append(listening)
        self._start(lambda: self._accept(listening, talk))

    def _start(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                self._threads.discard(thread)

        thread = Thread(target=run, name="registry-server", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _accept(self, listening: socket.socket, talk: Callable[[socket.socket], None]) -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            self._connections.add(peer)
            self._start(lambda peer=peer: self._talk(peer, talk))  # type: ignore[misc]

    def _talk(self, peer: socket.socket, talk: Callable[[socket.socket], None]) -> None:
        try:
            talk(peer)
        except (OSError, EOFError, RemoteError):
            pass  # the client is gone, or is none
        finally:
            self._connections.discard(peer)
            peer.close()

    def _pipe(self, peer: socket.socket) -> None:
        """What smbd passes on: a greeting, then messages behind their lengths."""
        (length,) = struct.unpack(">I", received(peer, 4))
        if length > LONGEST_GREETING:
            raise EOFError
        greeting = received(peer, length)
        level = struct.unpack_from("<I", greeting, 4)[0]
        facts = struct.pack("<IIHH4xQI", level, level, MESSAGES, STATE, ALLOCATION, 0)
        peer.sendall(struct.pack(">I", len(facts) + 4) + b"NPAM" + facts)
        if greeting[:4] != b"NPAM" or level != LEVEL:
            raise EOFError

        def send(message: bytes) -> None:
            peer.sendall(struct.pack("<H", len(message)) + message)

        def pieces() -> Iterator[bytes]:
            while True:
                yield received(peer, struct.unpack("<H", received(peer, 2))[0])

        self._converse(self._user_of(greeting), pieces(), send)

    def _user_of(self, greeting: bytes) -> str:
        """Whose name stands in a greeting, as a text with a NUL behind it."""
        for user in self._users:
            raw = user.encode() + b"\0"
            if struct.pack("<III", len(raw), 0, len(raw)) + raw in greeting:
                return user
        raise EOFError

    def _stream(self, peer: socket.socket) -> None:
        """What comes over TCP: nothing but messages."""

        def pieces() -> Iterator[bytes]:
            while piece := peer.recv(0x1_0000):
                yield piece

        self._converse(self._users[0], pieces(), peer.sendall)

    def _converse(self, user: str, pieces: Iterator[bytes], send: Send) -> None:
        side = ServerSide(WINREG, next(self._numbers), b"\\PIPE\\winreg\0")
        group: Group | None = None
        try:
            for piece in pieces:
                messages, calls = side.receive(piece)
                if messages and group is None:
                    group = self._joined(side.group, user)
                for message in self.tampering.messages(messages) if messages else []:
                    send(message)
                for call in calls:
                    assert group is not None
                    for message in self.tampering.messages(self._answered(side, group, call)):
                        send(message)
        finally:
            if group is not None:
                self._left(group)

    def _joined(self, number: int, user: str) -> Group:
        with self._lock:
            group = self._groups.get((number, user))
            if group is None:
                group = self._groups[number, user] = Group(self._serve(user))
            group.connections += 1
            return group

    def _left(self, group: Group) -> None:
        with self._lock:
            group.connections -= 1
            if not group.connections:
                group.methods.close()
                self._groups = {key: one for key, one in self._groups.items() if one is not group}

    def _answered(self, side: ServerSide, group: Group, call: IncomingCall) -> list[bytes]:
        self.before(call)
        self.calls += 1
        stub = answered(group.methods, call, self._lock)
        if isinstance(stub, int):
            return [side.fault(call, stub)]
        return side.answer(call, self.tampering.results(stub))


class Answering(Protocol):
    """What answers calls."""

    def knows(self, request: Request[Any]) -> bool:
        """Whether there is such a method here."""

    def answer(self, request: Request[Any]) -> CallAnswer:
        """Carry out a call."""


def answered(
    methods: Answering,
    call: IncomingCall,
    lock: contextlib.AbstractContextManager[object],
    interface: Syntax = WINREG,
) -> bytes | int:
    """The results of a call, or the fault that it ends in.

    Args:
        methods: What answers.
        call: The call.
        lock: Held while it does.
        interface: What the call came through.
    """
    try:
        request = decode_request(call.opnum, call.stub, call.order, interface)
    except KeyError:
        return NO_SUCH_METHOD
    except RemoteProtocolError:
        return BAD_ARGUMENTS
    if not methods.knows(request):
        return NO_SUCH_METHOD
    try:
        with lock:
            return methods.answer(request).encode()
    except UnknownHandleError:
        return BAD_HANDLE


def received(peer: socket.socket, length: int) -> bytes:
    """So many bytes.

    Raises:
        EOFError: The other side has ended.
    """
    found = b""
    while len(found) < length:
        piece = peer.recv(length - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found


def threads() -> int:
    """How many threads of servers run."""
    return sum(thread.name == "registry-server" for thread in threading.enumerate())
