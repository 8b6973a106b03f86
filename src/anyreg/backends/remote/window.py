"""Many conversations with a server at once, so that the way there and back is waited for seldom.

A *conversation* is a generator: it yields calls that may be made at the same time, gets their
answers in the same order, and returns what it wanted to know.  A fault of the server is raised in
it.  All its calls only read.

Whoever drives a window sends as many calls as there are lanes, waits for the oldest, and sends the
next in its place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from typing import Any, Final, Protocol, TypeVar

from anyreg.backends.remote.lane import Lane
from anyreg.errors import RegistryError, RemoteError
from anyreg.rpc.client_side import CallResult
from anyreg.rpc.stubs import Request

WIDTH: Final = 32  # calls that are on their way at the same time, at most
PATIENCE: Final = 3  # calls that wait in one lane before more lanes are opened

T = TypeVar("T")
Conversation = Generator[list[Request[Any]], list[Any], T]
Decode = Callable[[Request[Any], CallResult], object]
"""Gives the answer of a call, or raises what it is a fault of."""


class TalkSource(Protocol):
    """Where conversations come from."""

    def next(self) -> Conversation[Any] | None:
        """One that can begin now; None if none can before another one is done."""

    def done(self, talk: Conversation[Any], outcome: object) -> None:
        """What a conversation has returned, or the RegistryError that it has raised."""


class Several:
    """Conversations that are there from the beginning.

    Attributes:
        outcomes: What they have come to, in the same order.
    """

    def __init__(self, talks: list[Conversation[Any]]) -> None:
        """Begin.

        Args:
            talks: The conversations.
        """
        self.outcomes: list[Any] = [None] * len(talks)
        self._places = {id(talk): at for at, talk in enumerate(talks)}
        self._left = deque(talks)

    def next(self) -> Conversation[Any] | None:
        """The next one."""
        return self._left.popleft() if self._left else None

    def done(self, talk: Conversation[Any], outcome: object) -> None:
        """Keep it."""
        self.outcomes[self._places[id(talk)]] = outcome


class _Job:
    """A conversation under way."""

    def __init__(self, talk: Conversation[Any]) -> None:
        self.talk = talk
        self.answers: list[Any] = []
        self.left = 0
        self.failure: RegistryError | None = None


class Window:
    """Drives conversations."""

    def __init__(
        self, lanes: list[Lane], widen: Callable[[int], None], decode: Decode, source: TalkSource
    ) -> None:
        """Begin.

        Args:
            lanes: The lanes, none of them with a call on its way that somebody waits for.
            widen: Adds lanes to the list, until there are so many, if that can be done.
            decode: Gives answers.
            source: Where conversations come from.
        """
        self._lanes = lanes
        self._widen = widen
        self._decode = decode
        self._source = source
        self._waiting: deque[tuple[_Job, int, Request[Any]]] = deque()
        self._sent: deque[tuple[Lane, _Job, int, Request[Any]]] = deque()
        self._idle: deque[Lane] = deque()

    def run(self, first: Lane) -> None:
        """Go on until the source has nothing more.

        Args:
            first: The lane to begin with.

        Raises:
            RemoteError: The connection is gone, or the server has sent what makes no sense.
        """
        self._idle = deque([first, *[lane for lane in self._lanes if lane is not first]])
        while True:
            self._begin_more()
            self._make_room()
            while self._waiting and self._idle:
                self._send(self._idle.popleft(), *self._waiting.popleft())
            if not self._sent:
                return
            self._take(*self._sent.popleft())

    def _begin_more(self) -> None:
        while len(self._waiting) + len(self._sent) < WIDTH:
            talk = self._source.next()
            if talk is None:
                return
            self._advance(_Job(talk))

    def _make_room(self) -> None:
        count = len(self._lanes)
        wanted = min(len(self._waiting) + len(self._sent), WIDTH)
        if wanted > PATIENCE * count:
            self._widen(wanted)
            self._idle.extend(self._lanes[count:])

    def _send(self, lane: Lane, job: _Job, at: int, request: Request[Any]) -> None:
        try:
            stub = request.encode()
        except RegistryError as error:  # such as a name that is too long for a call
            self._idle.append(lane)
            self._arrived(job, at, error)
            return
        lane.settle()
        lane.send(lane.begin(request.opnum, stub))
        self._sent.append((lane, job, at, request))

    def _take(self, lane: Lane, job: _Job, at: int, request: Request[Any]) -> None:
        result = lane.advance()
        if result is None:
            self._sent.append((lane, job, at, request))
            return
        self._idle.append(lane)
        try:
            answer = self._decode(request, result)
        except RegistryError as error:
            answer = error
        self._arrived(job, at, answer)

    def _arrived(self, job: _Job, at: int, answer: object) -> None:
        if isinstance(answer, RegistryError):
            job.failure = job.failure or answer
        job.answers[at] = answer
        job.left -= 1
        if not job.left:
            self._advance(job)

    def _advance(self, job: _Job) -> None:
        answers, job.answers = job.answers, []
        failure, job.failure = job.failure, None
        try:
            if failure is not None:
                requests = job.talk.throw(failure)
            else:
                requests = job.talk.send(answers) if answers else next(job.talk)
        except StopIteration as stop:
            self._source.done(job.talk, stop.value)
            return
        except RegistryError as error:
            self._source.done(job.talk, error)
            return
        if not requests:
            raise RemoteError("a conversation goes on without a call")
        job.answers = [None] * len(requests)
        job.left = len(requests)
        self._waiting.extend([(job, at, request) for at, request in enumerate(requests)])
