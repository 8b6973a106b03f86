"""A way to a server that takes time, and counts what goes there and how often it is waited for.

It knows SMB as far as counting needs it: which answer is that of which message, and which method of
a remote registry is called.  So it counts without believing the client.  What is encrypted it only
passes on.

    python tests/remote/proxy.py PORT [SECONDS]     listen, and print where, until the input ends
"""

from __future__ import annotations

import contextlib
import queue
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
DELAY = 0.02  # seconds there and back
_SMB = b"\xfeSMB"
_IOCTL = 11
_PENDING = 0x103
_MESSAGE_AT = 64 + 56  # where the message of an IOCTL begins
_REQUEST = 0


class DelayingProxy:
    """Stands between a client and a server, as a block.

    Attributes:
        port: Where it listens.
        messages: How many have gone to the server.
        round_trips: The longest row of messages each of which went behind the answer to the last.
        methods: How often each method was called, by its number.
        most_at_once: How many messages have waited for their answers at the same time.
        delay: Seconds that a message and its answer take longer.
        tamper: Gives another answer in place of one.
        is_deaf: Whether it takes nothing from the client any more.
    """

    def __init__(self, port: int, delay: float = DELAY) -> None:
        """Listen.

        Args:
            port: The server's port on HOST.
            delay: Seconds that a message and its answer take longer.
        """
        self.messages = 0
        self.round_trips = 0
        self.methods: Counter[int] = Counter()
        self.most_at_once = 0
        self._target = port
        self.delay = delay
        self.is_deaf = False
        self.tamper: Callable[[bytes], bytes] = lambda frame: frame
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._sockets: list[socket.socket] = [self._listening]
        self._rounds: dict[tuple[int, int], int] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self._threads:
            thread.join(10)
        for one in self._sockets:
            one.close()

    def cut(self) -> None:
        """End all connections, as when a cable is pulled that both sides notice."""
        for one in self._sockets[1:]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    @property
    def open_handles(self) -> int:
        """How many more handles were asked for than given back; all that were asked for came."""
        opened = sum(self.methods[number] for number in (0, 1, 2, 4, 6, 15, 27))
        return opened - self.methods[5]

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="proxy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._sockets.append(client)
                try:
                    server = socket.create_connection((HOST, self._target))
                except OSError:  # it is as if nobody listened
                    client.shutdown(socket.SHUT_RDWR)
                    continue
                self._sockets.append(server)
                for one in (client, server):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._pass(client, server, self._asked, lambda place, frame: frame)
                self._pass(server, client, lambda place, frame: None, self._answered)

    def _pass(
        self,
        source: socket.socket,
        target: socket.socket,
        came: Callable[[int, bytes], None],
        goes: Callable[[int, bytes], bytes],
    ) -> None:
        """Pass frames on in one direction."""
        place = min(id(source), id(target))  # of this connection
        waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

        def take() -> None:
            with contextlib.suppress(OSError):
                while frame := _frame(source):
                    while self.is_deaf and not self._over.wait(0.05):
                        pass
                    came(place, frame)
                    waiting.put((time.monotonic() + self.delay / 2, frame))
            waiting.put((0.0, b""))

        def give() -> None:
            with contextlib.suppress(OSError):
                while True:
                    moment, frame = waiting.get()
                    if not frame:
                        break
                    self._over.wait(max(0.0, moment - time.monotonic()))
                    target.sendall(goes(place, frame))
            for one in (source, target):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

        self._start(take)
        self._start(give)

    def _asked(self, place: int, frame: bytes) -> None:
        with self._lock:
            self.messages += 1
            if frame[4:8] != _SMB:
                return
            number = int.from_bytes(frame[28:36], "little")
            self._rounds[place, number] = self.round_trips
            self.most_at_once = max(self.most_at_once, len(self._rounds))
            message = frame[4 + _MESSAGE_AT :]
            if int.from_bytes(frame[16:18], "little") == _IOCTL and message[2:3] == b"\0":
                self.methods[int.from_bytes(message[22:24], "little")] += 1

    def _answered(self, place: int, frame: bytes) -> bytes:
        with self._lock:
            if frame[4:8] == _SMB and int.from_bytes(frame[12:16], "little") != _PENDING:
                number = int.from_bytes(frame[28:36], "little")
                row = self._rounds.pop((place, number), 0) + 1
                self.round_trips = max(self.round_trips, row)
        return self.tamper(frame)


def _frame(source: socket.socket) -> bytes:
    """The next frame, with the four bytes before it; b"" at the end."""
    head = _exactly(source, 4)
    size = int.from_bytes(head[1:4], "big")
    body = _exactly(source, size) if head else b""
    return head + body if len(body) == size else b""


def _exactly(source: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        part = source.recv(size - len(found))
        if not part:
            return b""
        found += part
    return bytes(found)


def main() -> None:
    """Listen until it is stopped."""
    delay = float(sys.argv[2]) if len(sys.argv) > 2 else DELAY
    with DelayingProxy(int(sys.argv[1]), delay) as proxy:
        sys.stdout.write(f"{HOST}:{proxy.port}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read()


if __name__ == "__main__":
    main()
