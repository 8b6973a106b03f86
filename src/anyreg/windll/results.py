"""How a registry function gives what it found: its code, and what it writes where pointers lead."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from anyreg.errors import RegistryError
from anyreg.winapi.errors import MORE_DATA
from anyreg.windll.charsets import Charset
from anyreg.windll.memory import Memory


def coded(function: Callable[..., int]) -> Callable[..., int]:
    """Make a function give the code of the error that it raises."""

    @wraps(function)
    def call(*arguments: Any) -> int:
        try:
            return function(*arguments)
        except RegistryError as error:
            return error.winerror
        except OSError as error:
            code: int | None = getattr(error, "winerror", None)
            if code is None:
                raise
            return code

    return call


def put(place: Memory | None, number: int, size: int = 4) -> None:
    """Write a number where the caller wants one."""
    if place is not None:
        place.put(number, size)


def put_name(chars: Charset, place: Memory, length: Memory, text: str) -> int:
    """Write a name into a buffer of `length` units, and its length there; the code."""
    units = chars.length(text)
    if units >= chars.room(place, length.get()):
        return MORE_DATA
    chars.put(place, text)
    length.put(units)
    return 0


def put_filetime(place: Memory | None, time: int) -> None:
    """Write a FILETIME where the caller wants one."""
    if place is not None:
        place.put_filetime(time)


def put_class(chars: Charset, place: Memory | None, length: Memory | None, text: str) -> int:
    """Write the name of a class where the caller wants it; the code."""
    if length is None:
        return 0
    if place is None:
        length.put(chars.length(text))
        return 0
    return put_name(chars, place, length, text)
