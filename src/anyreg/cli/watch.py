"""`anyreg watch`: changes as they are made, or all that a program changes."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from functools import partial
from typing import cast

import typer

from anyreg import Batch, RegistryError
from anyreg.cli.address_arguments import (
    JsonOption,
    Place,
    open_target,
    shown_target,
    warn_of_damage,
)
from anyreg.cli.address_list import AddressesArgument, AddressList
from anyreg.cli.common_options import asked
from anyreg.cli.journal_options import history_settings
from anyreg.cli.output import complain, emit_json, flush, json_line, on_terminal
from anyreg.cli.watch_lines import batch_record, key_change_record, show_key_change
from anyreg.cli.watch_options import (
    CommandOption,
    DebounceOption,
    KindsOption,
    LimitOption,
    MatchOption,
    OutOption,
    PollOption,
    RecursiveOption,
    SinceOption,
    TimeoutOption,
)
from anyreg.cli.watch_positions import Positions
from anyreg.cli.watch_program import record
from anyreg.cli.watch_stream import Source, Stream
from anyreg.paths import Address
from anyreg.registry.watch import WatchArguments
from anyreg.watching.changes import ChangeKind

_FAILED = 1


def watch(
    addresses: AddressesArgument,
    *,
    recursive: RecursiveOption = True,
    kinds: KindsOption = None,
    match: MatchOption = None,
    debounce: DebounceOption = 0.0,
    since: SinceOption = "",
    poll: PollOption = None,
    command: CommandOption = "",
    limit: LimitOption = None,
    timeout: TimeoutOption = None,
    json: JsonOption = False,
    out: OutOption = None,
) -> int:
    """Show changes as they are made, by whatever process; or all that a PROGRAM behind -- changes.

    Status 1 if there were none, or a command of --exec failed; with a PROGRAM, its own.
    """
    options = WatchArguments(recursive=recursive, match=match or None, poll=poll)
    if kinds:
        names = [name.strip() for text in kinds for name in text.split(",")]
        options["kinds"] = cast("list[ChangeKind]", names)  # watch() says what is none
    if asked.program:
        of_streams = (kinds, match, debounce or None, poll, command or None, since or None)
        if not recursive or any(given is not None for given in (*of_streams, limit, timeout)):
            raise typer.BadParameter("with a program behind --, all that it changes is recorded")
        return record(addresses, asked.program, out, json)
    if out is not None:
        raise typer.BadParameter("--out is for a program behind --")
    with ExitStack() as stack:
        many = AddressList(addresses)
        positions = Positions(since, many.count)
        sources = many.together(stack, partial(_watched, options, positions))
        if not sources:
            return many.status
        positions.begin(sources)
        output = _Output(many, command, json or not on_terminal())
        stream = Stream(sources, many, positions.save)
        stack.callback(positions.save)
        with stream.ended_by_signals():
            for source, batch in stream.batches(debounce, timeout):
                is_done = output.show(source.place, batch)
                if is_done or not stream.number:  # Ctrl-C ends the command, too
                    positions.shown(source, batch)
                if limit is not None and output.count >= limit:
                    break
        return stream.status or max(many.status, output.status)


def _watched(
    options: WatchArguments, positions: Positions, address: Address, stack: ExitStack
) -> Source:
    """An address that is watched, until the stack is closed."""
    # What was missed is known by the history, and that by whoever may write.
    mode, journal = ("r+", history_settings()) if positions.are_kept else (None, False)
    registry = stack.enter_context(open_target(address.target, mode, journal=journal))
    stack.callback(warn_of_damage, registry, address)
    place = Place(address, registry, registry.open(address.path))
    try:
        begun = place.key.watch(**options | {"since": positions.of(address)})
        return Source(place, stack.enter_context(begun))
    except RegistryError:
        raise
    except ValueError as error:  # a kind that there is not
        raise typer.BadParameter(str(error)) from error


class _Output:
    """Where changes go.

    Attributes:
        count: How many there were.
    """

    def __init__(self, many: AddressList, command: str, as_json: bool) -> None:
        self._many = many
        self._command = command
        self._as_json = as_json
        self._batches = 0
        self._has_failed = False
        self._read_anew: set[Address] = set()
        self.count = 0

    @property
    def status(self) -> int:
        """The exit status."""
        return _FAILED if self._has_failed or not self.count else 0

    def show(self, place: Place, batch: Batch) -> bool:
        """Put out what was changed in one transaction.

        Args:
            place: Where.
            batch: The changes.

        Returns:
            Whether that has worked: a command may fail.
        """
        self._batches += 1
        self.count += len(batch)
        if self._command:
            return self._run(place, batch)
        self._give_notice(place.address, batch)
        for change in batch:
            if self._as_json:
                record = {"batch": self._batches, **key_change_record(change)}
                emit_json(self._tagged(place, record))
            else:
                show_key_change(change, place, self._many)
        flush()
        return True

    def _give_notice(self, address: Address, batch: Batch) -> None:
        """Say once what these changes are not."""
        if not batch.is_known:
            complain(f"warning: not all that has changed in {shown_target(address)} can be known")
        elif batch.resynchronised and address not in self._read_anew:
            self._read_anew.add(address)
            complain(
                f"{shown_target(address)} is read anew after each change: what several "
                "transactions have changed may come as one"
            )

    def _tagged(self, place: Place, record: dict[str, object]) -> dict[str, object]:
        """A record that says which registry it is of, if there may be several."""
        return {"target": place.address.target, **record} if self._many.is_many else record

    def _run(self, place: Place, batch: Batch) -> bool:
        text = json_line(self._tagged(place, batch_record(self._batches, batch)))
        flush()
        done = subprocess.run(self._command, shell=True, input=text.encode(), check=False)
        if done.returncode:
            complain(f"warning: the command has ended with status {done.returncode}")
            self._has_failed = True
        return not done.returncode
