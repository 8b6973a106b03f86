"""reg.exe's command line: a verb, its names, and options that begin with a slash or a hyphen.

What a verb takes is a row of a table, not code: how many names, which options stand alone, which
are followed by a word.  Anything else is invalid syntax.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import NamedTuple

_VIEWS = {"reg:32": 0x200, "reg:64": 0x100}


class RegError(Exception):
    """What reg.exe prints behind "ERROR: ".

    Attributes:
        message: The words.
        hint: Whether a line follows that names the help.
    """

    def __init__(self, message: str, hint: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Verb(NamedTuple):
    """A verb of reg.exe.

    Attributes:
        run: Does it; gives the exit status.
        syntax: Its line in the help.
        names: How many keys or files it takes.
        flags: Options that stand alone.
        taking: Options that are followed by a word.
        perhaps: Those of them whose word can be left out.
        either: Sets of options of which one can be given.
    """

    run: Callable[[Arguments], int]
    syntax: str
    names: int
    flags: frozenset[str] = frozenset()
    taking: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()
    either: tuple[frozenset[str], ...] = ()


class Arguments(NamedTuple):
    """What a verb was given.

    Attributes:
        names: Keys and files.
        options: Option to its word; "" where it has none.
        view: 0x100 or 0x200 for /reg:64 and /reg:32, else 0.
    """

    names: list[str]
    options: dict[str, str | None]
    view: int

    def has(self, option: str) -> bool:
        """Whether an option was given."""
        return option in self.options

    def word(self, option: str) -> str | None:
        """The word behind an option, None where there is none."""
        return self.options.get(option)


def parse(verb: Verb, words: Sequence[str]) -> Arguments:
    """Take the words behind a verb apart.

    Raises:
        RegError: They are not what the verb takes.
    """
    names = list(words[: verb.names])
    known = verb.flags | verb.taking | _VIEWS.keys() | {"?", "h"}
    # A file can begin with a slash too.
    if len(names) < verb.names or any(_names_option(name, known) for name in names):
        raise invalid_syntax()
    options: dict[str, str | None] = {}
    view = 0
    rest = list(words[verb.names :])
    while rest:
        option = _option(rest.pop(0))
        if option in _VIEWS and not view:
            view = _VIEWS[option]
            continue
        if option in options or option not in verb.flags | verb.taking:
            raise invalid_syntax()
        options[option] = _word(verb, option, rest) if option in verb.taking else None
    if any(len(one & options.keys()) > 1 for one in verb.either):
        raise invalid_syntax()
    return Arguments(names, options, view)


def _names_option(word: str, known: Set[str]) -> bool:
    return word[:1] in "/-" and word[1:].lower() in known


def _is_option(word: str) -> bool:
    return word.startswith("/") or (word.startswith("-") and len(word) > 1)


def _option(word: str) -> str:
    if not _is_option(word):
        raise invalid_syntax()
    return word[1:].lower()


def _word(verb: Verb, option: str, rest: list[str]) -> str | None:
    if option in verb.perhaps and (not rest or _is_option(rest[0])):
        return None
    if not rest:
        raise invalid_syntax()
    return rest.pop(0)


def invalid_syntax() -> RegError:
    """What is said of a command line that cannot be understood."""
    return RegError("Invalid syntax.", hint=True)
