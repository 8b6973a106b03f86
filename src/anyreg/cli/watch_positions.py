"""Where watches go on that were ended before: `--since`, a position or a file that keeps them.

The file is an object of JSON, with a position for each address.  It is written when everything that
was there is shown: a watch that is killed may show its last changes once more, and misses none.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import typer

from anyreg import Batch
from anyreg.backends.output_files import replacing
from anyreg.cli.watch_stream import Source
from anyreg.errors import LimitError
from anyreg.paths import Address

_PREFIX: Final = "anyreg1."


class Positions:
    """How far each address was watched.

    Attributes:
        are_kept: Whether a watch goes on, or is to be gone on with.
    """

    def __init__(self, since: str, count: int) -> None:
        """Find out what was given.

        Args:
            since: A position, or the name of a file, which need not be there; "" for none.
            count: How many addresses there are.

        Raises:
            LimitError: The file is none of these.
        """
        self.are_kept = bool(since)
        self._since = since if since.startswith(_PREFIX) else ""
        self._file = Path(since) if since and not self._since else None
        self._kept: dict[str, str] = {}
        self._is_new = False
        if self._since and count > 1:
            raise typer.BadParameter("a position is for one address; several need a file")
        if self._file is not None and self._file.exists():
            self._kept = _read(self._file)

    def of(self, address: Address) -> str | None:
        """Where the watch of an address is to go on; None: now."""
        return self._since or self._kept.get(str(address))

    def begin(self, sources: list[Source]) -> None:
        """Keep where the watches stand that begin now.

        Args:
            sources: All of them.
        """
        for place, watch in sources:
            self._note(place.address, self.of(place.address) or watch.position)
        self.save()

    def shown(self, source: Source, batch: Batch) -> None:
        """Take note of what was shown.

        Args:
            source: Where it is from.
            batch: The changes.
        """
        self._note(source.place.address, batch.position)

    def _note(self, address: Address, position: str) -> None:
        if position != self._kept.get(str(address)):
            self._kept[str(address)] = position
            self._is_new = True

    def save(self) -> None:
        """Write the file, if there is one and anything is new."""
        if self._file is None or not self._is_new:
            return
        with replacing(self._file) as file:
            file.write(json.dumps(self._kept, indent=1).encode() + b"\n")
        self._is_new = False


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        words = "this holds no positions of watches: name the file that an earlier --since has made"
        raise LimitError(words, path=str(file))
    return found
