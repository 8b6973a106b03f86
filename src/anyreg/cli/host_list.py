"""The hosts that a command is for: a file with one in each line, or the standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from typer import BadParameter

STDIN = "-"
_COMMENT = "#"


def hosts_in(file: str) -> Iterator[str]:
    """The hosts, each once, one by one as they are asked for; what follows a # is a comment.

    Args:
        file: The file, - for the standard input.

    Raises:
        BadParameter: It is no text.
        OSError: It cannot be read.
    """
    seen: set[str] = set()
    try:
        with _opened(file) as lines:
            for line in lines:
                host = line.partition(_COMMENT)[0].strip()
                if host and host.casefold() not in seen:
                    seen.add(host.casefold())
                    yield host
    except UnicodeDecodeError as error:
        raise BadParameter(f"the hosts are no text in UTF-8: {file}") from error


def _opened(file: str) -> TextIO:
    """The lines; of the standard input by a reader of its own, which a thread may wait in.

    At its end Python wants to have sys.stdin for itself, and dies where a thread waits in that.
    """
    if file != STDIN:
        return Path(file).open(encoding="utf-8-sig")
    try:
        number = sys.stdin.fileno()
    except (OSError, ValueError):
        return sys.stdin
    return open(number, encoding="utf-8-sig", closefd=False)
