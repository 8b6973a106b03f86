"""What comes of one registry of many, and its form in a file.

{"target": "server1", "value": ..., "error": null, "seconds": 0.25}
{"target": "server2", "value": null, "error": {"kind": "RemoteError", "message": "connecting
 failed: ...", "winerror": 1722}, "seconds": 10.0}
"""

from __future__ import annotations

import json
from typing import Final, Generic, NamedTuple, TypeVar, cast

from anyreg.errors import EarlierError, RegistryError, ValueTypeError

T = TypeVar("T")

_encode: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class FleetRow(NamedTuple, Generic[T]):
    """What came of one registry.

    Attributes:
        target: Which one, as it was given.
        value: What the function gave; None where there is an error.
        error: What went wrong while it was opened, or in the function; None where nothing did.
        seconds: How long it took, opening included.
        is_kept: Whether it was done by an earlier run, and comes from the file of results.
    """

    target: str
    value: T | None
    error: Exception | None
    seconds: float
    is_kept: bool = False


def as_json(value: T) -> T:
    """A value as it is when it comes back from a file: of tuples, lists.

    Args:
        value: What a function gave.

    Raises:
        ValueTypeError: JSON has no such thing.
    """
    try:
        return cast(T, json.loads(_encode(value)))
    except (TypeError, ValueError, RecursionError) as error:
        words = f"what the function gives is to be kept in a file, as JSON: {error}"
        raise ValueTypeError(words) from error


def row_record(row: FleetRow[T]) -> dict[str, object]:
    """A row as an object of JSON.

    Args:
        row: The row, whose value JSON has.
    """
    return {
        "target": row.target,
        "value": row.value,
        "error": None if row.error is None else error_record(row.error),
        "seconds": round(row.seconds, 6),
    }


def error_record(error: Exception) -> dict[str, object]:
    """What went wrong, as an object of JSON.

    Args:
        error: What went wrong.
    """
    kind = error.kind if isinstance(error, EarlierError) else type(error).__name__
    code = error.winerror if isinstance(error, RegistryError) else None
    return {"kind": kind, "message": str(error), "winerror": code}


def row_line(row: FleetRow[T]) -> bytes:
    """A row as a line of JSON, ASCII alone.

    Args:
        row: The row, whose value JSON has.
    """
    return (_encode(row_record(row)) + "\n").encode("ascii")


def row_of(line: bytes) -> FleetRow[object]:
    """The row that a line is.

    Args:
        line: The line.

    Raises:
        ValueError: It is none.
    """
    found = json.loads(line)
    if not isinstance(found, dict) or not {"target", "value", "error", "seconds"} <= found.keys():
        raise ValueError("no row")
    target, seconds = found["target"], found["seconds"]
    if not isinstance(target, str) or not isinstance(seconds, int | float):
        raise ValueError("no row")
    return FleetRow(target, found["value"], _error_of(found["error"]), float(seconds), True)


def _error_of(record: object) -> EarlierError | None:
    if record is None:
        return None
    if not isinstance(record, dict) or not isinstance(record.get("message"), str):
        raise ValueError("no error")
    code = record.get("winerror")
    error = EarlierError(record["message"], winerror=code if isinstance(code, int) else None)
    error.kind = str(record.get("kind", ""))
    return error
