"""How far a watch has come: for each hive the number of the last entry that was reported.

As a text it is JSON, packed so that it is one word: it is kept in files, and given to commands.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple, cast
from zlib import compress, decompress
from zlib import error as ZlibError  # noqa: N812

from anyreg.errors import LimitError

_PREFIX: Final = "anyreg1."
_NUMBERS: Final = 3


class Moment(NamedTuple):
    """How far a watch has come in one hive.

    Attributes:
        number: Of the last entry.
        hash: What tells it from others of the same number.
        time: When it was made, or seen, a FILETIME.
    """

    number: int
    hash: int
    time: int


class Position:
    """How far a watch has come.

    Attributes:
        registry: What tells the registry from others.
        hives: How far in each hive, by its unit (see Place).
    """

    def __init__(self, registry: str, hives: dict[str, Moment]) -> None:
        self.registry = registry
        self.hives = hives

    def __str__(self) -> str:
        fields = [self.registry, self.hives]
        packed = compress(json.dumps(fields, separators=(",", ":")).encode())
        return _PREFIX + urlsafe_b64encode(packed).decode().rstrip("=")


def parse_position(text: str) -> Position:
    """The position that a text stands for.

    Args:
        text: What str() of one has given.

    Raises:
        LimitError: It stands for none.
    """
    word = text.strip()
    try:
        if not word.startswith(_PREFIX):
            raise ValueError
        packed = word[len(_PREFIX) :]
        plain = decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        registry, hives = cast("list[object]", json.loads(plain))
        moments: dict[str, Moment] = {}
        for unit, numbers in cast("dict[str, list[int]]", hives).items():
            if len(numbers) != _NUMBERS or not all(isinstance(each, int) for each in numbers):
                raise ValueError
            moments[unit] = Moment(numbers[0], numbers[1], numbers[2])
        return Position(str(registry), moments)
    except (ValueError, TypeError, AttributeError, ZlibError) as error:
        shown = word if len(word) <= len(_PREFIX) + 20 else word[: len(_PREFIX) + 17] + "..."
        words = f"{shown!r} is no position of a watch: give what batch.position has given"
        raise LimitError(words) from error
