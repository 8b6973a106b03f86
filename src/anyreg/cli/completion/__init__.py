"""What a shell may complete: commands, options, roots, keys, names of values, types, verbs of reg.

The scripts of `scripts` call the program on each press of Tab, with the name of the shell in
the variable _ANYREG_COMPLETE: bash hands over its line in LINE, zsh and fish their words.  Whatever
goes wrong, nothing is said, and nothing is written: a registry that is not there yet is not made
for this.  Where there is no candidate, the shells go on with names of files.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from anyreg.cli.completion.candidates import candidates
from anyreg.cli.completion.lines import read_bash, unquoted_fish

LINE: Final = "_ANYREG_LINE"
BREAKS: Final = "_ANYREG_BREAKS"


def answer(shell: str, words: Sequence[str]) -> None:
    """Print the candidates, one a line, as a shell wants them.

    Args:
        shell: bash, zsh or fish.
        words: What zsh and fish hand over: the words behind the program's name, the one at the
            cursor last.
    """
    try:
        found = _found(shell, words)
    except Exception:  # a person is typing, and no place for messages
        return
    sys.stdout.write("".join([f"{text}\n" for text in found]))
    sys.stdout.flush()


def _found(shell: str, words: Sequence[str]) -> list[str]:
    if shell == "bash":
        for line in read_bash(os.environ[LINE], os.environ.get(BREAKS, " \t\n\"'><=;|&(:")):
            found = candidates(line.words, line.text)
            if found:
                return line.encoded(found)
        return []
    *before, text = words or [""]
    if shell == "fish":
        text = unquoted_fish(text)
    return candidates(before, text)
