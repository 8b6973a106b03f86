"""What hives may hold, from what programs have told; what is wrong, in one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from syscalls.worlds import GROUP, Content, State

_SHOWN = 3  # differences in one line


class FaultError(AssertionError):
    """An image that is none of what it may be."""


@dataclass(eq=False)
class Moment:
    """What a hive held between two commits."""

    content: Content


@dataclass
class Ledger:
    """What the hives may hold.

    Attributes:
        held: For each hive what it held, one moment after the other.
        low: For each hive the last moment that was promised to survive a power cut.
        done: For each hive the last moment that must survive the death of the process.
        known: For each process the moments that it has found, or made, last.
        begun: For each process what it is about to make.
    """

    held: dict[str, list[Moment]]
    low: dict[str, Moment]
    done: dict[str, Moment]
    known: dict[int, dict[str, Moment]] = field(default_factory=dict)
    begun: dict[int, dict[str, Moment]] = field(default_factory=dict)

    @classmethod
    def of(cls, state: State) -> Ledger:
        """All that is there is durable."""
        ledger = cls({}, {}, {})
        for hive, content in state.items():
            ledger._add(hive, Moment(content))
        return ledger

    def note(self, kind: str, what: Any, process: int) -> None:
        """Take over a mark of a process."""
        getattr(self, f"_note_{kind}")(process, what)

    def _note_begin(self, process: int, what: State) -> None:
        self.begun[process] = {hive: Moment(content) for hive, content in what.items()}
        for hive, moment in self.begun[process].items():
            if hive not in self.held:
                self._add(hive, Moment({}))
            self.held[hive].append(moment)

    def _note_done(self, process: int, _: None) -> None:
        made = self.begun.pop(process)
        self.known.setdefault(process, {}).update(made)
        for hive, moment in made.items():
            self.done[hive] = self._later(hive, self.done[hive], moment)

    def _note_undone(self, process: int, _: None) -> None:
        """What was begun, if anything was, is not made, and never will be."""
        for hive, begun in self.begun.pop(process, {}).items():
            self.held[hive] = [moment for moment in self.held[hive] if moment is not begun]

    def _note_promise(self, process: int, what: list[str]) -> None:
        known = self.known.get(process, {})
        for hive in known.keys() & what:
            self.low[hive] = self._later(hive, self.low[hive], known[hive])

    def _note_seen(self, process: int, what: State) -> None:
        """What comes after the moment that a later process has found will never be."""
        require_whole(what)
        for hive, content in what.items():
            if hive not in self.held:
                raise FaultError(f"{hive} is there, which nobody has made")
            held = self.held[hive]
            first = held.index(self.done[hive])
            fitting = [n for n in range(first, len(held)) if held[n].content == content]
            if not fitting:
                lost = difference(content, [moment.content for moment in held[first:]])
                raise FaultError(f"{hive} has lost commits of a process that died: {lost}")
            del held[fitting[-1] + 1 :]
            self.done[hive] = self.known.setdefault(process, {})[hive] = held[-1]

    def _note_end(self, process: int, _: None) -> None:
        """It has ended by itself."""

    def _add(self, hive: str, moment: Moment) -> None:
        self.held[hive] = [moment]
        self.low[hive] = self.done[hive] = moment

    def _later(self, hive: str, one: Moment, other: Moment) -> Moment:
        held = self.held[hive]
        return max(one, other, key=held.index)

    def allowed(self) -> dict[str, list[Content]]:
        """What a power cut may leave now."""
        return {
            hive: [moment.content for moment in held[held.index(self.low[hive]) :]]
            for hive, held in self.held.items()
        }


def require_whole(state: State) -> None:
    """A transaction over several hives is in all of them, or in none."""
    numbers = {hive: content.get(GROUP, {}).get("number") for hive, content in state.items()}
    if len(set(numbers.values())) > 1:
        raise FaultError(f"a transaction is there in part: {numbers}")


def require_allowed(state: State, allowed: dict[str, list[Content]]) -> None:
    """Each hive is at a moment that was, and at none before the last one that was promised."""
    require_whole(state)
    for hive in {**state, **allowed}:
        content, known = state.get(hive, {}), allowed.get(hive, [])
        if content not in known:
            raise FaultError(f"{hive} is none of {len(known)}: {difference(content, known)}")


def difference(content: Content, known: list[Content]) -> str:
    """How something differs from what it is most like."""
    nearest = min((differences(content, other) for other in known), key=len, default=[])
    more = f" and {len(nearest) - _SHOWN} more" if len(nearest) > _SHOWN else ""
    return "; ".join(nearest[:_SHOWN]) + more


def differences(content: Content, other: Content) -> list[str]:
    """All differences of two."""
    found = []
    for path in sorted({*content, *other}):
        here, there = content.get(path), other.get(path)
        if here is None or there is None:
            found.append(f"{path} {'should be' if here is None else 'should not be'} there")
            continue
        for name in sorted({*here, *there}):
            if here.get(name) != there.get(name):
                found.append(f"{path} {name} is {here.get(name)}, not {there.get(name)}")
    return found
