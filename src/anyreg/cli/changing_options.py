"""The options of commands that change something at an address, all of which have the same ones.

Such a command has a class of commands from here, so that its function takes its own words alone;
`changing_as_asked` has what was said.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, get_args

from typer.core import TyperOption

from anyreg.cli.command_changes import (
    DryRunOption,
    DurableOption,
    ForceOption,
    JsonDryRunOption,
    Site,
    changing,
)
from anyreg.cli.common_options import ListingCommand, RegistryCommand
from anyreg.cli.journal_options import HistoryOption


class Changing(NamedTuple):
    """How something is changed; see `changing`."""

    dry_run: bool = False
    force: bool = False
    durable: bool = True
    history: bool = True
    json: bool = False


_OPTIONS = (DryRunOption, ForceOption, DurableOption, HistoryOption, JsonDryRunOption)
_asked = [Changing()]  # of the command that runs


class ChangingCommand(RegistryCommand):
    """A command that changes something."""

    def common_options(self) -> Iterator[TyperOption]:
        """The options that it has besides its own."""
        for option, default in zip(_OPTIONS, Changing(), strict=True):
            (told,) = get_args(option)[1:]
            yield TyperOption(
                param_decls=[told.default, *told.param_decls],  # Typer keeps the first there
                is_flag=True,
                default=default,
                show_default=default,
                help=told.help,
            )
        yield from super().common_options()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command line.

        Args:
            ctx: Typer's context, whose parameters are filled.
            args: The words.

        Returns:
            Those that are left.
        """
        rest = super().parse_args(ctx, args)
        _asked[0] = Changing(*(ctx.params.pop(name) for name in Changing._fields))
        return rest


class ChangingListingCommand(ChangingCommand, ListingCommand):
    """A command that changes values, whose data a dry run shows."""


def changes_asked() -> Changing:
    """How the command that runs was asked to change something."""
    return _asked[0]


def changing_as_asked(address: str) -> AbstractContextManager[Site]:
    """What is at an address, to be changed by the block as the command was asked to.

    Args:
        address: The address.
    """
    return changing(address, **_asked[0]._asdict())
