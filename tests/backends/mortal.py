"""A world that dies at one of its changes: before it, or behind it; nothing is changed any more."""

from __future__ import annotations

from anyreg.backends.base import MAXIMUM_ALLOWED, Backend
from anyreg.backends.stepwise import Stepwise
from anyreg.facts import Facts
from anyreg.history.recorder import Recorder
from anyreg.values import Node, Value
from backends.stepped import SteppedWorld
from conformance.counted import ExactWorld


class Died(BaseException):
    """The process is no more."""


class MortalWorld(ExactWorld):
    """Another world, whose changes are counted.

    Attributes:
        left: How many changes there are to be until it dies, negative for ever.
        is_behind: Whether the last of them is made.
    """

    left = -1
    is_behind = False
    _is_dead = False

    def end(self) -> None:
        """Die."""
        self._is_dead = True

    def _is_made(self) -> bool:
        if self._is_dead:
            return False
        self.left -= 1
        if self.left == 0 and not self.is_behind:
            self.end()
            raise Died
        return True

    def _live_on(self) -> None:
        if self.left == 0:
            self.end()
            raise Died

    def create(  # noqa: PLR0917 - as the protocol has it
        self,
        node: Node,
        names: list[str],
        access: int = MAXIMUM_ALLOWED,
        flags: int = 0,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        if not self._is_made():
            raise Died
        made = super().create(node, names, access, flags, class_name, descriptor)
        self._live_on()
        return made

    def write(self, node: Node, values: list[Value]) -> None:
        if self._is_made():
            super().write(node, values)
            self._live_on()

    def remove(self, node: Node, name: str) -> bool:
        is_removed = False
        if self._is_made():
            is_removed = super().remove(node, name)
            self._live_on()
        return is_removed

    def rename(self, node: Node, name: str) -> None:
        if self._is_made():
            super().rename(node, name)
            self._live_on()

    def delete(self, node: Node, recursive: bool) -> None:
        if self._is_made():
            super().delete(node, recursive)
            self._live_on()

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        if self._is_made():
            super().rewrite(node, facts, values)
            self._live_on()


class MortalSteppedWorld(SteppedWorld, MortalWorld):
    """One that notes what it changes; with a hive that is given, which outlives it."""

    def __init__(self, inner: Backend | None = None) -> None:
        super().__init__()
        if inner is not None:
            self._inner = inner

    @property
    def inner(self) -> Backend:
        """The hive."""
        return self._inner

    def keep_history(self, recorder: Recorder) -> None:
        self.steps.keep_history(recorder)

    def end(self) -> None:
        """Die: nothing is noted any more, and what was locked is not."""
        super().end()
        notebook = self.steps._notebook
        if notebook is not None:
            notebook._notes._close_file()
        self.steps = Stepwise(self, "dead")
        self.steps.begin()
