r"""A command that is run for each of many machines, in threads: its words, and what it puts out.

The command is the one that it always is.  An address without a target, such as HKLM\SOFTWARE, is
on the machine in turn, and what the command puts out is kept for the row of the machine.  `{host}`
in a word is the machine, as a file may be called.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypedDict, cast

import typer.main
from typer import BadParameter

from anyreg import JournalSettings, Registry
from anyreg.cli.address_arguments import OwnOpener, standing_for_own
from anyreg.cli.output import keeping
from anyreg.cli.program import program

READING = ("get", "ls", "tree", "find", "info", "timeline", "dump", "export")
CHANGING = ("set", "rm", "create", "cp", "import")

_HOST = "{host}"
_NO_NAME = re.compile(r"[^\w.-]")  # what no system wants in the name of a file
_MOST = 64 << 20  # bytes that one machine may print
# The base of all errors of usage, for which Typer has no name of its own.
_UsageError = cast("type[BadParameter]", BadParameter.__mro__[2])


class MisuseError(BaseException):
    """The words of the command are wrong, whatever machine it is for: all ends."""


class Printed(TypedDict):
    """What a command has printed, and how it has ended."""

    status: int
    output: list[Any]
    messages: list[str]


class InnerCommand:
    """A command without its machine.

    Attributes:
        words: Its words.
    """

    def __init__(self, words: Sequence[str], *, as_json: bool, writes: bool) -> None:
        """Look whether the words are those of a command.

        Args:
            words: The command's name, and its words.
            as_json: Let it print JSON, if it can.
            writes: Whether it may change something.

        Raises:
            BadParameter: They are not, or it is no command for many machines.
        """
        name = words[0]
        _require(name, writes)
        group: Any = typer.main.get_command(program([name]))
        self._command = group.commands[name]
        has_json = any("--json" in param.opts for param in self._command.params)
        added = ["--json"] if as_json and has_json and "--json" not in words else []
        self.words = [name, *added, *words[1:]]
        self._is_json = as_json and (has_json or name == "dump")
        with self._command.make_context(f"anyreg {name}", self._words_for("host")) as context:
            _require_files(name, context.params, "".join(words))

    def _words_for(self, host: str) -> list[str]:
        name = _NO_NAME.sub("_", host)
        return [word.replace(_HOST, name) for word in self.words[1:]]

    def run(self, host: str, opener: OwnOpener) -> Printed:
        """Run it.

        Args:
            host: The machine.
            opener: Opens its registry.

        Returns:
            Its exit status, the lines that it has printed (or objects of JSON), and what it had to
            say besides.

        Raises:
            MisuseError: The words are wrong.
            RegistryError: Whatever the command raises.
        """
        asked: list[str] = []

        def counted(mode: str | None, journal: bool | JournalSettings) -> Registry:
            asked.append(host)
            return opener(mode, journal)

        with keeping(_MOST) as kept, standing_for_own(counted):
            try:
                status = self._command.main(
                    args=self._words_for(host), prog_name="anyreg", standalone_mode=False
                )
            except _UsageError as error:
                raise MisuseError(error.format_message()) from error
        if not asked:
            raise MisuseError(r"no machine is asked: an address here is a key, as HKLM\SOFTWARE")
        lines = kept.data.decode("utf-8").split("\n")[:-1]
        output = [json.loads(line) for line in lines] if self._is_json else lines
        return Printed(status=status or 0, output=output, messages=kept.complaints)


def _require(name: str, writes: bool) -> None:
    if name in CHANGING and not writes:
        raise BadParameter(f"{name} changes each machine: --write allows that")
    if name not in READING and name not in CHANGING:
        known = ", ".join(READING + CHANGING)
        raise BadParameter(f"{name} is no command for many machines, as these are: {known}")


def _require_files(name: str, params: dict[str, object], text: str) -> None:
    """Bytes go to files, and each machine has its own."""
    if params.get("raw"):
        raise BadParameter("--raw is for one machine: bytes are no lines")
    has_file = params.get("output") is not None
    if (has_file or name == "export") and not (has_file and _HOST in text):
        raise BadParameter(f"each machine needs a file of its own: --output '{_HOST}.reg'")
