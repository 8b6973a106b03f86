"""Commands that take many addresses: hives, folders of them, and patterns of file names.

A folder that is no registry stands for every hive below it, a pattern such as `users/*/NTUSER.DAT`
for those that it matches; logs and other files are left out of both.  What cannot be read is a line
of warning and the exit status, and the others go on.  Of hives that a folder or a pattern stands
for, those without the key that is asked for are none of its business.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Annotated, NamedTuple, TypeVar

import typer

from anyreg import KeyNotFoundError, RegistryError, ValueNotFoundError
from anyreg.cli.address_arguments import Place, opened, shown_target
from anyreg.cli.hive_files import hives_for
from anyreg.cli.output import complain, printable, system_words
from anyreg.errors import NotFoundError
from anyreg.paths import Address, host_of, parse_address, same_host

T = TypeVar("T")

AddressesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="ADDRESS...",
        help=r"Hive FILEs, FILE::KEY, DISK::KEY, //HOST::HKLM\KEY, HKCU\KEY of your own registry; "
        "folders and "
        "patterns with * for the hives in them.",
        show_default=False,
    ),
]

_NOT_THERE = (KeyNotFoundError, ValueNotFoundError)


class _Spot(NamedTuple):
    """One address, and the text of the command line that stands for it and others, if one does."""

    address: Address
    pattern: str


class AddressList:
    """The addresses of a command, and what comes of them.

    Attributes:
        is_many: Whether there may be several, so that rows must say where they are from.
        status: The exit status so far: 0, 1 if a key or value is not there, 2 for a bad hive.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Find out what the texts stand for; nothing is opened yet.

        Raises:
            RegistryError: The only text stands for nothing.
        """
        self.is_many = len(texts) > 1
        self.status = 0
        self._spots: dict[Address, _Spot] = {}
        for text in texts:
            try:
                for spot in self._expanded(text):
                    self._spots.setdefault(_same(spot.address), spot)
            except RegistryError as error:
                if len(texts) == 1:
                    raise
                self._leave_out(str(error), 2)

    def _expanded(self, text: str) -> Iterator[_Spot]:
        address = parse_address(text)
        place = os.path.expanduser(address.target)  # noqa: PTH111 - as anyreg.open does it
        is_files = address.target and not host_of(address.target)
        files = hives_for(place, self._cannot_read) if is_files else None
        if files is None:
            yield _Spot(address, "")
            return
        self.is_many = True
        if not files:
            raise NotFoundError("no hive there", path=address.target)
        for file in files:
            yield _Spot(Address(file, address.path), text)

    def _cannot_read(self, error: OSError) -> None:
        self._leave_out(system_words(error), 2)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._spots)

    @property
    def files(self) -> list[str]:
        """The paths of all that is to be opened, but one's own registry and other machines'."""
        found = [address.target for address, _ in self._spots.values()]
        targets = [target for target in found if not host_of(target)]
        return [os.path.expanduser(target) for target in targets if target]  # noqa: PTH111

    def each(self, work: Callable[[Place], Iterable[T]], *, warn: bool = True) -> Generator[T]:
        """All that some work finds at the addresses, one after the other.

        Args:
            work: Gives what it finds at an opened address; it must not put out anything itself.
            warn: Say of each registry, in one line, if reading met damage.
        """
        missing: dict[str, RegistryError] = {}
        reached = set()
        for spot in self._spots.values():
            try:
                with opened(spot.address, warn=warn) as place:
                    yield from work(place)
                reached.add(spot.pattern)
            except (RegistryError, OSError) as error:
                if not self.is_many:
                    raise
                if not (spot.pattern and isinstance(error, _NOT_THERE)):
                    self.fail(spot.address, error)
                elif not isinstance(missing.get(spot.pattern), ValueNotFoundError):
                    missing[spot.pattern] = error  # of no value it is said that the key is there
        for pattern, reason in missing.items():
            if pattern not in reached:
                self._complain(f"{reason}, in any hive of {pattern}", 1)

    def together(self, stack: ExitStack, work: Callable[[Address, ExitStack], T]) -> list[T]:
        """What some work makes of each address, kept open at the same time.

        Args:
            stack: Where it is to be closed in the end.
            work: Opens an address, and puts what it opens on the stack.
        """
        made: list[T] = []
        for address, _ in self._spots.values():
            with ExitStack() as own:
                try:
                    made.append(work(address, own))
                except (RegistryError, OSError) as error:
                    if not self.is_many:
                        raise
                    self.fail(address, error)
                else:
                    stack.enter_context(own.pop_all())
        return made

    def fail(self, address: Address, error: RegistryError | OSError) -> None:
        """Leave an address out, with a line that says so.

        Args:
            address: The address.
            error: Why.
        """
        words = str(error) if isinstance(error, RegistryError) else system_words(error)
        target = shown_target(address)
        words = words if target in words else f"{target}: {words}"
        self._leave_out(words, 1 if isinstance(error, _NOT_THERE) else 2)

    def _leave_out(self, words: str, status: int) -> None:
        self._complain(f"warning: left out: {words}", status)

    def _complain(self, words: str, status: int) -> None:
        complain(words)
        self.status = max(self.status, status)

    def column(self, place: Place) -> tuple[str, ...]:
        """The cell of a table that says where its row is from; none where that is clear."""
        return (shown_address(place.address),) if self.is_many else ()

    @property
    def title(self) -> tuple[str, ...]:
        """What stands above such cells."""
        return ("Address",) if self.is_many else ()

    def tagged(self, place: Place, record: dict[str, object]) -> dict[str, object]:
        """A record of JSON that says where it is from, if that is not clear."""
        if not self.is_many:
            return record
        return {"target": place.address.target, "path": place.key.path, **record}


def split_last(words: Sequence[str]) -> tuple[list[str], str | None]:
    """Addresses, and what comes last behind one or several of them: a text, or the name of a value.

    Args:
        words: One word alone is an address, and nothing comes behind it.
    """
    if len(words) == 1:
        return [words[0]], None
    return list(words[:-1]), words[-1]


def shown_address(address: Address) -> str:
    """An address for people."""
    return printable(str(address)) or shown_target(address)


def _same(address: Address) -> Address:
    """What two spellings of one file have in common."""
    target, path = address
    host = host_of(target)
    if host:
        return Address(f"//{same_host(host)}", path)
    return Address(os.path.realpath(os.path.expanduser(target)) if target else "", path)  # noqa: PTH111
