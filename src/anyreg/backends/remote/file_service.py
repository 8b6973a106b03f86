"""The file service of another machine, by smbprotocol: signed, and encrypted where that is wanted.

Each step has a time limit.  smbprotocol waits without one when it connects to a share: there a
timer cuts the connection, which ends the wait.  To log on may be to wait for a KDC: see `in_time`.
After an error of the connection it is cut, since nobody knows any more what the next answer belongs
to.

A password is given to smbprotocol and kept nowhere else here; no error and no repr has it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Timer
from typing import Any, Final, NamedTuple, TypeVar

from anyreg.backends.remote.failures import NOT_YET, failure
from anyreg.backends.remote.in_time import in_time, late
from anyreg.backends.remote.login import Login
from anyreg.backends.remote.smb_library import library
from anyreg.errors import RemoteError

_READ_AND_WRITE: Final = 0x0012_019F
_SHARED: Final = 7
_EXISTING: Final = 1  # FILE_OPEN
_IMPERSONATION: Final = 2
_CREDITS: Final = 64  # calls on their way that a server is asked to allow
_PENDING: Final = 0x103
_MORE: Final = 60.0  # seconds that the library's own limit comes behind our timer
_PAUSE: Final = 0.2  # seconds between two looks whether a service has started

T = TypeVar("T")


class Sent(NamedTuple):
    """A message whose answer has not been taken yet.

    Attributes:
        request: What smbprotocol calls it.
        round: How many answers, one behind the other, were waited for before it was sent.
    """

    request: Any
    round: int


class FileService:
    """The file service of another machine, logged on to.

    Attributes:
        host: The machine, as messages name it.
        limit: Seconds that an answer may take.
        round_trips: The longest row of messages of which each was sent behind an answer to the one
            before: how often the way there and back was waited for.
    """

    def __init__(self, host: str, port: int, login: Login, limits: tuple[float, float]) -> None:
        """Connect to it, and log on.

        Args:
            host: The machine's name or address.
            port: The port of its file service, 445 as a rule.
            login: Who asks.
            limits: Seconds that connecting may take, and then each call.

        Raises:
            AccessDeniedError: The machine does not let this user in.
            NotSupportedError: smbprotocol is not installed.
            RemoteError: The machine cannot be reached, or not as it is wanted.
        """
        self.host = host
        self.round_trips = 0
        self._protocol = login.protocol
        self._connect_limit, self.limit = limits
        self._smb = library()
        self._connection = self._smb.Connection(uuid.uuid4(), host, port, require_signing=True)
        self.guarded(lambda: self._connect(self._connection), "connecting")
        try:
            self.guarded(lambda: self._log_on(login), "logging on")
        except BaseException:
            self.close()
            raise

    def _connect(self, connection: Any) -> None:
        connection.limit, connection.connect_limit = self.limit, self._connect_limit
        with self._limited():
            connection.connect(timeout=self._connect_limit + _MORE)
        self.round_trips += 1

    def _log_on(self, login: Login) -> None:
        self._session = self._smb.Session(
            self._connection,
            login.user or None,
            login.password or None,
            require_encryption=login.encrypt,
            auth_protocol=login.protocol,
        )
        self._tree = self._smb.TreeConnect(self._session, f"\\\\{self.host}\\IPC$")

        def log_on() -> None:
            self._session.connect()
            self._tree.connect()

        in_time(log_on, self._connect_limit, self.interrupt)
        self.round_trips += 3

    @property
    def is_alive(self) -> bool:
        """Whether the connection stands, as far as is known here."""
        connection = self._connection
        return connection is not None and connection.transport.connected

    @property
    def credits(self) -> int:
        """How many more messages the server takes now."""
        window = self._connection.sequence_window
        return int(window["high"] - window["low"])

    # Pipes

    def open_pipe(self, name: str) -> Any:
        """Open a pipe; a service that is started by that is waited for.

        Args:
            name: Its name, such as "winreg".

        Returns:
            What smbprotocol has opened.

        Raises:
            AccessDeniedError: This user may not.
            RemoteError: It is not there.
        """
        return self.guarded(lambda: self._awaited(name), f"opening the pipe {name}")

    def _awaited(self, name: str) -> Any:
        end = time.monotonic() + self._connect_limit
        while True:
            found = self._opened(name, 1)[0]
            if not isinstance(found, Exception):
                return found
            if getattr(found, "status", 0) != NOT_YET or time.monotonic() > end:
                raise found
            time.sleep(_PAUSE)

    def more_pipes(self, name: str, count: int) -> list[Any]:
        """Open a pipe several times at once, as often as the server allows.

        Args:
            name: Its name.
            count: How often.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        found = self.guarded(lambda: self._opened(name, count), f"opening the pipe {name}")
        return [one for one in found if not isinstance(one, Exception)]

    def _opened(self, name: str, count: int) -> list[Any]:
        opens = [self._smb.Open(self._tree, name) for _ in range(count)]
        how = (_IMPERSONATION, _READ_AND_WRITE, 0, _SHARED, _EXISTING, 0)
        made = [one.create(*how, send=False) for one in opens]
        sent = [self.send(message) for message, _ in made]
        found: list[Any] = []  # each what was opened, or the error that was got in its place
        for opened, (_, receive), one in zip(opens, made, sent, strict=True):
            self.wait(one)
            try:
                receive(one.request)
                found.append(opened)
            except self._smb.SMBResponseException as error:
                found.append(error)
        return found

    def connect_share(self, name: str) -> Any:
        """Connect to another share than that of pipes.

        Args:
            name: Its name.

        Returns:
            What smbprotocol makes of it.

        Raises:
            AccessDeniedError: This user may not.
            RemoteError: There is none, or the connection is gone.
        """
        found = self._smb.TreeConnect(self._session, f"\\\\{self.host}\\{name}")
        with self._limited():
            self.guarded(found.connect, f"connecting to the share {name}")
        self.round_trips += 1
        return found

    @property
    def longest_read(self) -> int:
        """How many bytes of a file the server gives at a time."""
        return int(self._connection.max_read_size)

    # Messages

    def send(self, message: Any, tree: Any = None) -> Sent:
        """Send a message, and do not wait.

        Args:
            message: The message, as smbprotocol has it.
            tree: The share that it is for, as connect_share() gave it; None for that of pipes.
        """
        session, tree = self._session.session_id, (tree or self._tree).tree_connect_id
        more = _CREDITS if self.credits < _CREDITS else None
        request = self._connection.send(message, session, tree, credit_request=more)
        return Sent(request, self.round_trips)

    def wait(self, sent: Sent) -> None:
        """Wait for the answer to a message.

        Args:
            sent: The message.
        """
        request, end = sent.request, time.monotonic() + self.limit
        while True:
            if not request.response_event.wait(end - time.monotonic()):
                raise TimeoutError(late(self.limit))
            with request.response_event_lock:
                answer = request.response
                is_final = answer is None or answer["status"].get_value() != _PENDING
                if is_final or not self.is_alive:
                    break
                request.response_event.clear()  # that an answer will come is none
        self.round_trips = max(self.round_trips, sent.round + 1)

    def receive(self, sent: Sent) -> bytes:
        """Wait for the answer to a message, and give what it holds.

        Args:
            sent: The message.
        """
        self.wait(sent)
        answer = self._connection.receive(sent.request, timeout=self.limit)
        return bytes(answer["data"].get_value())

    def start(self, make: Callable[[], Any]) -> Sent:
        """Send a message, as send() does.

        Args:
            make: Makes the message.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        return self.guarded(lambda: self.send(make()), "sending a call")

    def finish(self, sent: Sent) -> bytes:
        """Wait for an answer, as receive() does.

        Args:
            sent: The message.

        Raises:
            RemoteError: The connection is gone, or the time is over.
        """
        return self.guarded(lambda: self.receive(sent), "waiting for an answer")

    def close(self) -> None:
        """Log off and close the connection, with all pipes; further calls do nothing."""
        connection, self._connection = self._connection, None
        if connection is None or connection.transport is None:
            return
        try:
            with self._limited(connection):
                if connection.transport.connected:
                    self._session.disconnect(close=False, timeout=self.limit)
        except Exception:  # as above; nobody waits for anything from it any more
            pass
        self._cut(connection)

    def cut(self) -> None:
        """End the connection without a word: nobody knows what the next answer belongs to."""
        connection, self._connection = self._connection, None
        self._cut(connection)

    def interrupt(self) -> None:
        """Cut the connection, from any thread; who waits gets an error."""
        self._cut(self._connection)

    # Errors and limits

    def guarded(self, action: Callable[[], T], what: str) -> T:
        """Do something; whatever goes wrong is an error of this package, and cuts the connection.

        Args:
            action: Does it.
            what: What it is, for messages.
        """
        if self._connection is None:
            raise RemoteError("the connection is closed", path=self.host)
        connection = self._connection
        try:
            return action()
        except Exception as error:  # a server may send what smbprotocol trips over in any way
            made = failure(error, what, self.host, self._protocol)
            self._connection = None
            self._cut(connection)
            raise made from None  # theirs may show what was sent
        except BaseException:
            self._connection = None
            self._cut(connection)
            raise

    @contextmanager
    def _limited(self, connection: Any = None) -> Iterator[None]:
        """A block that a timer ends, by cutting the connection."""
        cutting = Event()

        def cut(connection: Any = connection or self._connection) -> None:
            cutting.set()
            self._cut(connection)

        timer = Timer(self._connect_limit, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if cutting.is_set():  # what it says then is only what a closed socket says
                raise TimeoutError(late(self._connect_limit)) from None
            raise
        finally:
            timer.cancel()

    def _cut(self, connection: Any) -> None:
        if connection is not None and connection.transport is not None:
            try:
                connection.disconnect(close=False)
            except (OSError, ValueError, RuntimeError, self._smb.SMBException):
                pass  # it is gone, or its reader is not there yet, which is what is wanted
            # Its reader, which wakes all that wait, may have ended before the last of them came.
            for request in list(connection.outstanding_requests.values()):
                request.response_event.set()
