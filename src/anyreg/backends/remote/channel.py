"""Calls and answers between here and the registry of another machine.

A call that changes something and whose answer does not come may have been carried out: that is an
OutcomeUnknownError, and not the RemoteError of a call that only reads.  After either the connection
is cut.  Whoever needs a handle asks first whether the channel is ready(), which connects once more
if need be; handles of an earlier connection are worth nothing then.

What is changed is done by one call after the other, in one lane.  Reading is done in as many lanes
as it takes, see `window`.  A handle that nobody needs any more is given back without waiting for an
answer: that is taken before the lane is used again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any, Final, TypeVar, cast

from anyreg.backends.remote.file_service import FileService
from anyreg.backends.remote.lane import PIPE, Lane
from anyreg.backends.remote.pipe import Pipe
from anyreg.backends.remote.share import Share
from anyreg.backends.remote.window import Conversation, Several, TalkSource, Window
from anyreg.errors import (
    ClosedError,
    OutcomeUnknownError,
    RegistryError,
    RemoteError,
    RemoteFaultError,
    RemoteProtocolError,
)
from anyreg.rpc.arguments import ContextHandle
from anyreg.rpc.client_side import CallResult
from anyreg.rpc.pdus import Syntax
from anyreg.rpc.registry_calls import CloseKeyRequest
from anyreg.rpc.stubs import CallAnswer, Request

_MANY: Final = 8  # handles that may wait for being given back
_OFTEN: Final = 3  # calls that had to wait for a handle to be given back
_BAD_HANDLE: Final = 0x1C00_001A
NO_SUCH_METHOD: Final = 0x1C01_0002
_FAULTS: Final = {
    0x0000_0005: "access denied",
    0x0000_06F7: "the server does not understand the arguments",
    NO_SUCH_METHOD: "the server has no such method",
    0x1C01_0003: "the server has no such interface",
}

A = TypeVar("A", bound=CallAnswer)
T = TypeVar("T")


class Channel:
    """A connection to the registry of another machine, which is made anew when it is lost.

    Attributes:
        host: The machine, as messages name it.
        epoch: How often it was connected.
        changes: How many changes have begun or ended here.
    """

    def __init__(self, connect: Callable[[], FileService]) -> None:
        """Connect.

        Args:
            connect: Connects, and logs on.

        Raises:
            AccessDeniedError: The machine does not let this user in.
            RemoteError: It cannot be reached, or offers no registry.
        """
        self.epoch = 0
        self.changes = 0
        self._connect = connect
        self._lock = RLock()
        self._is_busy = False
        self._is_closed = False
        self._past = 0  # round trips of earlier connections
        self._unwanted: deque[tuple[ContextHandle, int]] = deque()
        self._begin()
        self.host = self._service.host

    def _begin(self) -> None:
        service = self._connect()
        try:
            lane = Lane(Pipe(service, service.open_pipe(PIPE)))
            self._group = lane.bind()
        except RemoteError as error:
            service.close()
            error.path = error.path or service.host
            raise
        except BaseException:
            service.close()
            raise
        self._service = service
        self._lanes = [lane]
        self._shares: dict[str, Share] = {}
        self._others: dict[str, Lane | None] = {}
        self._is_full = False
        self._waits = 0
        self.epoch += 1

    @property
    def round_trips(self) -> int:
        """How often the way there and back was waited for so far."""
        return self._past + self._service.round_trips

    def ready(self) -> int:
        """See that there is a connection, and make one if there is none.

        Returns:
            Its epoch.

        Raises:
            RemoteError: The channel is closed, or the machine cannot be reached.
        """
        with self._lock:
            if self._is_closed:
                raise RemoteError("the connection is closed", path=self.host)
            if not self._service.is_alive:
                self._service.cut()
                self._past += self._service.round_trips
                self._service.round_trips = 0
                self._begin()
            return self.epoch

    # Calls

    def call(self, request: Request[A], changes: bool = False) -> A:
        """Make a call.

        Args:
            request: The call.
            changes: Whether it may change something.

        Raises:
            ClosedError: The server does not know the handle any more.
            OutcomeUnknownError: No answer came, and the call changes something.
            RemoteError: No answer came.
            RemoteFaultError: The server answered with a fault.
        """
        stub = request.encode()
        self.changes += changes
        try:
            with self._working():
                lane = self._free_lane()
                lane.settle()
                message = lane.begin(request.opnum, stub)
                try:
                    lane.send(message)
                    result = lane.result()
                except RemoteError as error:
                    if not changes:
                        raise
                    words = f"whether the change was made is unknown: {error.message}"
                    raise OutcomeUnknownError(words, path=self.host) from error
        finally:
            self.changes += changes
        return cast(A, self._answer(request, result))

    def run(self, talk: Conversation[T]) -> T:
        """Have a conversation, as fast as the server allows; see `window`.

        Args:
            talk: The conversation.

        Raises:
            RegistryError: What it raises.
            RemoteError: No answer came.
        """
        several = Several([talk])
        self.drive(several)
        outcome = several.outcomes[0]
        if isinstance(outcome, RegistryError):
            raise outcome
        return cast(T, outcome)

    def drive(self, source: TalkSource) -> None:
        """Have many conversations at once.

        Args:
            source: Where they come from.

        Raises:
            RemoteError: An answer did not come.
        """
        with self._working():
            self._drive(source)

    def _drive(self, source: TalkSource) -> None:
        Window(self._lanes, self._widen, self._answer, source).run(self._free_lane())

    @contextmanager
    def _working(self) -> Iterator[None]:
        """A block in which lanes are used; what goes wrong with the connection ends it."""
        with self._lock:
            if self._is_closed or not self._service.is_alive:
                raise RemoteError("the connection is lost", path=self.host)
            self._is_busy = True
            try:
                yield
            except BaseException as error:
                self._service.cut()  # an answer may still come, and would be another call's
                if isinstance(error, RemoteError):
                    error.path = error.path or self.host
                raise
            finally:
                self._is_busy = False
            self._give_back()

    def _free_lane(self) -> Lane:
        """One that has no call on its way, if there is one; else another is opened some time."""
        for lane in self._lanes:
            if not lane.is_owed or lane.is_answered:
                return lane
        self._waits += 1
        if self._waits == _OFTEN:
            self._widen(len(self._lanes) + 1)
        return self._lanes[-1]

    def _widen(self, wanted: int) -> None:
        """Open further pipes, which know the handles of the first."""
        if self._is_full:
            return
        wanted = min(wanted, len(self._lanes) + self._service.credits)
        opened = self._service.more_pipes(PIPE, wanted - len(self._lanes))
        lanes = [Lane(Pipe(self._service, one), self._group) for one in opened]
        self._lanes += [lane for lane in lanes if lane.bind() == self._group]
        self._is_full = len(self._lanes) < wanted

    def _answer(self, request: Request[Any], result: CallResult) -> Any:
        if result.fault == _BAD_HANDLE:
            raise ClosedError("the server does not know the handle of the key", path=self.host)
        if result.fault is not None:
            words = _FAULTS.get(result.fault, f"fault 0x{result.fault:08x}")
            what = type(request).__name__.removesuffix("Request")
            words = f"the server did not carry out {what}: {words}"
            raise RemoteFaultError(words, path=self.host, status=result.fault)
        return request.decode_answer(result.stub, result.order)

    # Other interfaces

    def ask(self, pipe: str, request: Request[A]) -> A | None:
        """Make a call of another interface, which changes nothing, through a pipe of its own.

        Args:
            pipe: The name of the pipe.
            request: The call.

        Returns:
            The answer; None where the machine does not have this pipe, or not for this user.

        Raises:
            RemoteError: No answer came.
            RemoteFaultError: The server answered with a fault.
        """
        with self._working():
            if pipe not in self._others:
                self._others[pipe] = self._other_lane(pipe, request.interface)
            lane = self._others[pipe]
            if lane is None:
                return None
            lane.send(lane.begin(request.opnum, request.encode()))
            result = lane.result()
        return cast(A, self._answer(request, result))

    def _other_lane(self, pipe: str, interface: Syntax) -> Lane | None:
        opened = self._service.more_pipes(pipe, 1)
        if not opened:
            return None
        lane = Lane(Pipe(self._service, opened[0]), interface=interface)
        try:
            lane.bind()
        except RemoteProtocolError:
            raise
        except RemoteError:  # another program may listen at that name
            if not self._service.is_alive:
                raise
            return None
        return lane

    # Files

    def connect_share(self, name: str) -> None:
        """Connect to a share of the machine, so that take() finds it; see Share."""
        self.ready()
        with self._working():
            if name not in self._shares:
                self._shares[name] = Share(self._service, name)

    def take(self, share: str, path: str) -> bytes:
        """Read a file of a share, and delete it there; see Share.take()."""
        with self._working():
            return self._shares[share].take(path)

    # Handles

    def give_back(self, handle: ContextHandle, epoch: int) -> None:
        """Close a handle, some time soon; also called by finalizers, in the middle of anything.

        Args:
            handle: The handle.
            epoch: That of the connection that it is of.
        """
        self._unwanted.append((handle, epoch))
        if self._lock.acquire(blocking=False):  # whoever has it gives back behind what he does
            try:
                if not self._is_busy and self._service.is_alive:
                    self._give_back()
            finally:
                self._lock.release()

    def settle(self) -> None:
        """Wait until the server has closed all handles that were given back.

        Raises:
            RemoteError: An answer did not come.
        """
        with self._working():
            self._drive(Several([self._closing(handle) for handle in self._taken()]))
            for lane in self._lanes:
                lane.settle()

    def _give_back(self) -> None:
        self._is_busy = True
        try:
            if len(self._unwanted) > _MANY:
                self._drive(Several([self._closing(handle) for handle in self._taken()]))
            for lane in reversed(self._lanes):
                if self._unwanted and (not lane.is_owed or lane.is_answered):
                    lane.settle()
                    for handle in self._taken(1):
                        request = CloseKeyRequest(handle)
                        lane.send(lane.begin(request.opnum, request.encode()))
                        lane.is_owed = True
        except RemoteError:
            self._service.cut()  # with the connection the server gives back all
        finally:
            self._is_busy = False

    def _taken(self, most: int = 1 << 30) -> list[ContextHandle]:
        """Handles of this connection that are to be closed."""
        found: list[ContextHandle] = []
        while self._unwanted and len(found) < most:
            handle, epoch = self._unwanted.popleft()
            if epoch == self.epoch:
                found.append(handle)
        return found

    @staticmethod
    def _closing(handle: ContextHandle) -> Conversation[None]:
        yield [CloseKeyRequest(handle)]

    def close(self) -> None:
        """Close the connection; the server gives all handles back."""
        with self._lock:
            self._is_closed = True
            self._service.close()

    def interrupt(self) -> None:
        """End the connection for good, from any thread; who waits gets an error."""
        self._is_closed = True
        self._service.interrupt()
