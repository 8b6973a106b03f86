"""`pywintypes.error`: what pywin32 raises for an error code of Windows."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from anyreg.winapi.errors import MESSAGES

P = ParamSpec("P")
R = TypeVar("R")


class error(Exception):  # noqa: N801, N818 - pywin32 calls it so
    """An error of a function of Windows.

    Attributes:
        winerror: The error code.
        funcname: The function.
        strerror: What is wrong, in words.
    """

    __module__ = "pywintypes"

    def __init__(self, *arguments: object) -> None:
        """As pywin32 does it, whatever is given.

        Args:
            arguments: Code, function, words.
        """
        self.winerror, self.funcname, self.strerror, *_ = (*arguments, None, None, None)
        super().__init__(*arguments)


_last: dict[str, int] = {"error": 0}


def set_last_error(code: int) -> None:
    """What GetLastError() gives from now on.

    Args:
        code: The error code.
    """
    _last["error"] = code


def last_error() -> int:
    """The code of the last error."""
    return _last["error"]


def failed(code: int, function: str, words: str = "") -> error:
    """The error of a function.

    Args:
        code: The error code.
        function: Its name.
        words: What to say where Windows' own text is not known here.
    """
    set_last_error(code)
    text = MESSAGES.get(code)
    return error(code, function, f"{text}." if text else words or f"Windows Error 0x{code:x}")


def named(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function raise pywin32's error under its name.

    Args:
        name: The name, as pywin32 has it in its errors.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*arguments: P.args, **keywords: P.kwargs) -> R:
            try:
                return function(*arguments, **keywords)
            except OSError as failure:
                code = getattr(failure, "winerror", None)
                if code is None:
                    raise
                raise failed(code, name, str(failure)) from None

        return call

    return decorate
