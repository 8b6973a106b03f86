r"""What every command takes besides its own words.

- A word such as -5 is data, and no option: no option begins with a digit.
- With `--escaped`, `<U+0000>` in any word is the character of that number, so that names can be
  given just as they are shown, also with characters that no shell passes on.
- `--full` shows data that is cut short on a terminal otherwise.
- `--log` names the logs of a hive that is read where they are not beside it.
- `--user` says whose HKEY_CURRENT_USER a disk has, or who asks another machine (see `machines`).
- Of one command the words behind `--` are a program with its words, which are left as they are.

What was said is kept here until the next command line (`asked`), for whatever opens a registry.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer import BadParameter
from typer.core import TyperCommand, TyperOption

from anyreg.cli import machines

if TYPE_CHECKING:
    from collections.abc import Iterator

# A NUL cannot come from a command line: in front of a word it keeps it from being an option.
_MARK = "\0"
_END = "--"
_NUMBER = re.compile("-[0-9].*", re.DOTALL)
_ESCAPED = re.compile("<U\\+([0-9A-Fa-f]{4,6})>")
_LAST_CHARACTER = 0x10FFFF


class _Asked:
    """What was said of the command that runs."""

    user = ""
    machine = machines.Asking()
    logs: tuple[str, ...] = ()
    full = False
    program: tuple[str, ...] = ()


asked = _Asked()


def unescaped(text: str) -> str:
    r"""The text with the characters in the place of their numbers; `printable` turns it round.

    >>> unescaped("a<U+0000>b")
    'a\x00b'
    """
    return _ESCAPED.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number <= _LAST_CHARACTER else match[0]


class Command(TyperCommand):
    """A command of ours."""

    def __init__(self, *words: Any, **settings: Any) -> None:
        """As Typer makes one.

        Args:
            words: Typer's.
            settings: Typer's.
        """
        super().__init__(*words, **settings)
        self.params.extend(self.common_options())

    def common_options(self) -> Iterator[TyperOption]:
        """The options that it has besides its own."""
        yield TyperOption(
            param_decls=["--escaped"],
            is_flag=True,
            default=False,
            help="<U+0000> in a word is the character of that number, as names are shown.",
        )

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command line.

        Args:
            ctx: Typer's context, whose parameters are filled.
            args: The words.

        Returns:
            Those that are left.
        """
        rest = super().parse_args(ctx, list(self._marked(args)))
        is_escaped = bool(ctx.params.pop("escaped", False))
        for name, found in ctx.params.items():
            ctx.params[name] = _plain(found, is_escaped)
        asked.user = ctx.params.pop("user", "") or ""
        asked.machine = machines.taken(ctx.params, asked.user)
        asked.logs = tuple(ctx.params.pop("log", None) or ())
        asked.full = bool(ctx.params.pop("full", False))
        return rest

    def _marked(self, words: list[str]) -> Iterator[str]:
        """The words, marked where a number would be taken for an option."""
        takers = [param for param in self.params if not getattr(param, "is_flag", True)]
        taking = {name for param in takers for name in param.opts}
        before = ""
        for word in words:
            is_number = before not in taking and _NUMBER.fullmatch(word) is not None
            yield _MARK + word if is_number else word
            before = word


def _plain(found: Any, is_escaped: bool) -> Any:
    """What was given, without marks, and with what its escapes mean."""
    if isinstance(found, list | tuple):
        return type(found)([_plain(one, is_escaped) for one in found])
    if isinstance(found, Path):
        return Path(_plain(str(found), is_escaped))
    if type(found) is not str:
        return found
    text = found.removeprefix(_MARK)
    return unescaped(text) if is_escaped else text


def log_option() -> TyperOption:
    """The option for logs under other names."""
    return TyperOption(
        param_decls=["--log"],
        metavar="FILE",
        multiple=True,
        help="A log of the hive, where it has another name or stands elsewhere; for both, twice.",
    )


class FileCommand(Command):
    """A command on a hive file as a whole that reads its logs."""

    def common_options(self) -> Iterator[TyperOption]:
        """The options that it has besides its own."""
        yield log_option()
        yield from super().common_options()


class RegistryCommand(Command):
    """A command on a registry, which may be that of a disk or of another machine."""

    def common_options(self) -> Iterator[TyperOption]:
        """The options that it has besides its own."""
        yield from super().common_options()
        yield TyperOption(
            param_decls=["--user"],
            metavar="NAME",
            default="",
            show_default=False,
            help="Whose HKCU, on a disk: a SID, or the name of a profile's folder. Of another "
            r"machine: who asks, also as DOMAIN\USER.",
        )
        yield from machines.options()
        yield log_option()


class ListingCommand(RegistryCommand):
    """A command that shows data of values, which are cut short on a terminal."""

    def common_options(self) -> Iterator[TyperOption]:
        """The options that it has besides its own."""
        yield TyperOption(
            param_decls=["--full"],
            is_flag=True,
            default=False,
            help="Cut no data short, on a terminal either.",
        )
        yield from super().common_options()


class ProgramCommand(ListingCommand):
    """A command behind whose words a program may stand, with `--` in front of it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command line; what follows `--` is none of them.

        Args:
            ctx: Typer's context.
            args: The words.
        """
        end = args.index(_END) if _END in args else len(args)
        rest = super().parse_args(ctx, args[:end])
        asked.program = tuple(args[end + 1 :])
        if end < len(args) and not asked.program:
            raise BadParameter("a program is expected behind --")
        return rest
