"""What a registry says by the way, as what CurrentControlSet means: on stderr, each line once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from anyreg.backends.control_sets import NOTICES
from anyreg.cli.output import complain


class _Shown(logging.Handler):
    """Shows each notice as a line, the first time that it comes."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._seen: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text not in self._seen:
            self._seen.add(text)
            complain(text)


@contextmanager
def notices_on_stderr() -> Iterator[None]:
    """A block whose notices are shown; a dry run, which opens a hive twice, gives each once."""
    logger = logging.getLogger(NOTICES)
    handler, level = _Shown(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
