"""What may stand at the cursor, by the command and the words before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import typer.main

from anyreg.cli.completion import registries
from anyreg.cli.completion.matching import starting, types_starting
from anyreg.cli.program import COMMANDS, program

# What the arguments and options of commands are, by their names; all others take what nobody
# can know, or files.
ADDRESSES: Final = frozenset(
    ("address", "addresses", "first", "second", "base", "ours", "theirs", "source", "target")
)
WORDS: Final = "words"  # addresses, and then a name or a text
VALUES: Final = "name"
TYPES: Final = frozenset(("type", "types"))
_WITH_VALUES = frozenset(("get", "set", "rm"))
_MULTIPLE = -1


def candidates(before: Sequence[str], text: str) -> list[str]:
    """All that the word at the cursor may become; none where only the shell can know.

    Args:
        before: The words between the program's name and the cursor.
        text: What there is of the word.
    """
    if not before:
        return starting(text, _options_of_all() if text.startswith("-") else COMMANDS)
    name, *rest = before
    if name not in COMMANDS or name == "run":
        return []
    if name == "reg":
        from anyreg.cli.completion.reg import of_reg

        return of_reg(rest, text)
    command = typer.main.get_command(program([name])).commands[name]  # type: ignore[attr-defined]
    while hasattr(command, "commands"):
        if not rest:
            return starting(text, command.commands)
        command = command.commands.get(rest.pop(0))
    if command is None:
        return []
    cursor = _Cursor(name, command.params)
    return (
        _of_fleet(cursor, rest, text) if name == "fleet" else cursor.behind(rest).candidates(text)
    )


def _of_fleet(cursor: _Cursor, words: Sequence[str], text: str) -> list[str]:
    """A command for many machines, and its options; what is on them nobody asks here."""
    from anyreg.cli.inner_command import CHANGING, READING

    for number, word in enumerate(words):
        if cursor.behind([word]).has_words:
            return candidates(words[number:], text) if text.startswith("-") else []
    if cursor.is_taken or text.startswith("-"):
        return cursor.candidates(text)
    return starting(text, READING + CHANGING)


def _options_of_all() -> list[str]:
    return ["--version", "--help", "--install-completion", "--show-completion"]


class _Cursor:
    """The place at the end of some words of a command."""

    def __init__(self, name: str, params: Sequence[Any]) -> None:
        self._command = name
        self._options = [param for param in params if param.param_type_name == "option"]
        self._arguments = [param for param in params if param.param_type_name == "argument"]
        self._given: list[str] = []  # words that are no options
        self._taking: Any = None  # an option whose word comes next
        self._may_be_option = True

    def behind(self, words: Sequence[str]) -> _Cursor:
        """The same, behind some more words."""
        for word in words:
            self._take(word)
        return self

    @property
    def has_words(self) -> bool:
        """Whether there is a word that is no option and belongs to none."""
        return bool(self._given)

    @property
    def is_taken(self) -> bool:
        """Whether the next word belongs to an option."""
        return self._taking is not None

    def _take(self, word: str) -> None:
        if self._taking is not None:
            self._taking = None
        elif word == "--":
            self._may_be_option = False
        elif self._may_be_option and word.startswith("-") and len(word) > 1:
            self._taking = self._option(word)
        else:
            self._given.append(word)

    def _option(self, word: str) -> Any:
        """The option of this name, if a word must follow it."""
        for option in self._options:
            if word in option.opts and not option.is_flag:
                return option
        return None

    def candidates(self, text: str) -> list[str]:
        """What may stand here."""
        if self._taking is not None:
            return _of_option(self._taking, text)
        name, equals, rest = text.partition("=")
        option = self._option(name) if equals and self._may_be_option else None
        if option is not None:
            return [f"{name}={found}" for found in _of_option(option, rest)]
        if text.startswith("-") and self._may_be_option:
            return starting(text, self._names())
        return self._of_argument(text)

    def _names(self) -> Iterator[str]:
        yield from (name for option in self._options for name in option.opts)
        yield from (name for option in self._options for name in option.secondary_opts)
        yield "--help"

    def _of_argument(self, text: str) -> list[str]:
        argument = self._argument()
        if argument is None:
            return []
        has_place = bool(self._given) and self._command in _WITH_VALUES
        found: list[str] = []
        if argument.name in (VALUES, WORDS) and has_place:
            found = registries.values_starting(self._given[-1], text)
        if not found and (argument.name in ADDRESSES or argument.name == WORDS):
            found = registries.addresses_starting(text)
        return found

    def _argument(self) -> Any:
        """The argument that comes next."""
        left = len(self._given)
        for argument in self._arguments:
            if argument.nargs == _MULTIPLE or left < argument.nargs:
                return argument
            left -= argument.nargs
        return None


def _of_option(option: Any, text: str) -> list[str]:
    choices = getattr(option.type, "choices", ())
    if choices:
        return starting(text, [str(getattr(choice, "value", choice)) for choice in choices])
    if option.name in TYPES:
        return types_starting(text)
    return []
