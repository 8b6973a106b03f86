"""What may stand at the cursor in a command line of `anyreg reg`."""

from __future__ import annotations

from collections.abc import Sequence

from anyreg.cli.completion import registries
from anyreg.cli.completion.matching import starting, types_starting
from anyreg.cli.reg import VERBS

_VIEWS = ("reg:32", "reg:64")
_OF_FILES = frozenset(("SAVE", "RESTORE", "LOAD", "EXPORT"))  # whose second name is one


def of_reg(before: Sequence[str], text: str) -> list[str]:
    """All that the word at the cursor may become.

    Args:
        before: The words behind `reg`.
        text: What there is of the word.
    """
    if not before:
        return starting(text, VERBS if text.isupper() else map(str.lower, VERBS))
    verb = VERBS.get(before[0].upper())
    names = [word for word in before[1:] if not word.startswith("/")]
    last = before[-1].casefold()
    if verb is None or (before[0].upper() == "IMPORT" and not text.startswith("/")):
        return []
    if last == "/t":
        return types_starting(text or "REG_")
    if last == "/v" and names:
        return registries.values_starting(names[0], text)
    if last.removeprefix("/") in verb.taking and last.startswith("/"):
        return []
    if text.startswith("/"):
        options = sorted({*verb.flags, *verb.taking, *_VIEWS})
        return starting(text, [f"/{option}" for option in options])
    if len(names) >= verb.names or (names and before[0].upper() in _OF_FILES):
        return []
    return registries.addresses_starting(text)
