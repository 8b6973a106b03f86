"""A network that delays, in front of one server: many private addresses, and silent machines.

Each address of 127.0.0.0/8 is a machine of its own: a listener there passes on to the server, each
piece a moment later in either direction, as over a wire.  One thread does all of it.
"""

from __future__ import annotations

import contextlib
import heapq
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from typing import Self

PIECE = 1 << 16
BACKLOG = 128


class _Wire:
    """One direction of one connection: what was read, and when it may go on."""

    def __init__(self, source: socket.socket, sink: socket.socket, delay: float) -> None:
        self.source = source
        self.sink = sink
        self.delay = delay
        self.other: _Wire | None = None

    def close(self) -> None:
        for end in (self.source, self.sink):
            with contextlib.suppress(OSError):
                end.close()


class DelayedHosts:
    """Hosts that lead to one server, until the end of the block.

    Attributes:
        port: Their port, the same on all.
        most: How many connections were open at a time.
        count: How many there have been.
    """

    def __init__(self, server: tuple[str, int], hosts: list[str], delay: float) -> None:
        """Listen.

        Args:
            server: Where they lead to.
            hosts: Their addresses.
            delay: Seconds that each piece takes from one end to the other.
        """
        self.most = self.count = 0
        self._server = server
        self._delay = delay
        self._open: set[_Wire] = set()
        self._due: list[tuple[float, int, _Wire, bytes]] = []
        self._number = 0
        self._selector = selectors.DefaultSelector()
        self._is_over = False
        self.port = 0
        for host in hosts:
            listener = socket.create_server((host, self.port), backlog=BACKLOG)
            listener.setblocking(False)
            self.port = listener.getsockname()[1]
            self._selector.register(listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="delayed hosts", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._is_over = True
        self._thread.join()

    @property
    def open_now(self) -> int:
        """How many connections are open."""
        return len(self._open) // 2

    def _run(self) -> None:
        while not self._is_over:
            wait = max(0.0, self._due[0][0] - time.monotonic()) if self._due else 0.05
            for key, _ in self._selector.select(min(wait, 0.05)):
                if key.data is None:
                    self._accept(key.fileobj)
                else:
                    self._read(key.data)
            self._pass_on()
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        for wire in self._open:
            wire.close()

    def _accept(self, listener: object) -> None:
        assert isinstance(listener, socket.socket)
        near, _ = listener.accept()
        far = socket.create_connection(self._server)
        out, back = _Wire(near, far, self._delay), _Wire(far, near, self._delay)
        out.other, back.other = back, out
        for wire in (out, back):
            wire.source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(wire.source, selectors.EVENT_READ, wire)
            self._open.add(wire)
        self.count += 1
        self.most = max(self.most, self.open_now)

    def _read(self, wire: _Wire) -> None:
        try:
            data = wire.source.recv(PIECE)
        except OSError:
            data = b""
        if not data:
            self._selector.unregister(wire.source)
        self._number += 1
        heapq.heappush(self._due, (time.monotonic() + wire.delay, self._number, wire, data))

    def _pass_on(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            _, _, wire, data = heapq.heappop(self._due)
            try:
                if data:
                    wire.sink.sendall(data)
                    continue
                wire.sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            self._open.discard(wire)
            if wire.other not in self._open:
                wire.close()


def addresses(count: int) -> list[str]:
    """Addresses of loopback that nobody else uses."""
    return [f"127.77.{number // 250}.{number % 250 + 1}" for number in range(count)]


@contextlib.contextmanager
def black_hole(host: str) -> Iterator[int]:
    """A port of a host where connections are taken, and nothing is ever answered."""
    with socket.create_server((host, 0), backlog=BACKLOG) as listening:
        yield listening.getsockname()[1]
