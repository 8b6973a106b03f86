"""Questions on the terminal, or on whatever is stdin."""

from __future__ import annotations

import sys

from anyreg.cli.output import emit, printable

CANCELLED = "The operation was canceled by the user."
DONE = "The operation completed successfully."


def confirm(question: str) -> bool:
    """Ask; whether the answer is yes.  No answer at all is no."""
    return answer(f"{question} (Yes/No)? ", "yn") == "y"


def answer(question: str, letters: str) -> str:
    """Ask until one of the characters comes, alone or as the first of a word."""
    while True:
        print(printable(question), end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            print()
            return "n"
        word = line.strip().lower()
        if word and word[0] in letters:
            return word[0]


def finish(done: bool = True) -> int:
    """Say how it ended."""
    emit(DONE if done else CANCELLED)
    return 0
