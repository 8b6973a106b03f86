"""Opening what an address names, for the length of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

import anyreg
from anyreg.cli.output import complain
from anyreg.paths import Address, parse_address

AddressArgument = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="A hive FILE, or FILE::KEY.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


class Place(NamedTuple):
    """An opened address.

    Attributes:
        address: The address.
        registry: The registry that it is in.
        key: The key that it names.
    """

    address: Address
    registry: anyreg.Registry
    key: anyreg.Key

    @property
    def size(self) -> int:
        """Bytes of the file, 0 where that is not known."""
        try:
            return Path(self.address.target).expanduser().stat().st_size
        except (OSError, RuntimeError):
            return 0


@contextmanager
def opened(text: str, *, warn: bool = True) -> Iterator[Place]:
    """The place at an address, closed at the end of the block.

    Args:
        text: The address.
        warn: Say at the end, in one line, if reading met damage.
    """
    address = parse_address(text)
    with anyreg.open(address.target) as registry:
        yield Place(address, registry, registry.open(address.path))
        count = len(registry.problems)
        if warn and count:
            problems = "1 problem" if count == 1 else f"{count} problems"
            complain(f"warning: {problems} in {address.target}; run anyreg check to see them")
