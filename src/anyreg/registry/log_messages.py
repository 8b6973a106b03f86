"""What keys and registries tell the log, and what they keep to themselves.

Each module has a logger of its name: opening and reading are reported at DEBUG, changes at INFO.
The data of values is nobody's business unless log_values() says so: without it their names, types
and sizes are reported.  Names are written as Python literals, so none can begin a new line.

A call that is not logged costs one question to the logger; all else stands here, beside the way.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from anyreg.values import Value

_MOST: Final = 200  # characters of a datum


class _Choice:
    """Whether data is reported; one for the process, as loggers are."""

    with_data = False


def log_values(on: bool = True) -> bool:
    """Let the log have the data of values too, or not any more.

    Args:
        on: Whether it shall.

    Returns:
        Whether it had until now.
    """
    before = _Choice.with_data
    _Choice.with_data = on
    return before


def shown(value: Value) -> str:
    """A value for the log."""
    text = f"{value.name!r} {value.type_name} ({len(value.raw)} bytes)"
    if not _Choice.with_data:
        return text
    data = repr(value.data)
    return f"{text} = {data if len(data) <= _MOST else data[:_MOST] + '...'}"


def tell_read(log: logging.Logger, path: str, name: str, found: Value | None) -> None:
    """One value was read, or was not there."""
    if found is None:
        log.debug("read %r: no value %r", path, name)
    else:
        log.debug("read %r: %s", path, shown(found))


def tell_set(log: logging.Logger, path: str, values: Iterable[Value]) -> None:
    """Values were set."""
    for value in values:
        log.info("set %r: %s", path, shown(value))
