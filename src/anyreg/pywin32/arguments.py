"""Arguments of pywin32's functions, taken and refused as it does."""

from __future__ import annotations

import operator
from typing import Final

from anyreg.pywin32.handle_objects import PyHANDLE
from anyreg.winapi.hkey import PyHKEY

_DWORD: Final = 0xFFFF_FFFF
_LONG: Final = 1 << 31
_HANDLE: Final = 0xFFFF_FFFF_FFFF_FFFF


def as_key(value: object) -> int:
    """The number of a handle: of an object, or a number; None is no handle.

    Args:
        value: The argument.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(value, PyHANDLE | PyHKEY):
        return int(value) & _HANDLE
    if value is None:
        return 0
    if isinstance(value, int):
        return value & _HANDLE
    raise TypeError("The object is not a PyHANDLE object")


def as_optional_text(value: object) -> str:
    """A text; "" for None.

    Args:
        value: The argument.

    Raises:
        TypeError: It is something else.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        kind = type(value).__name__
        raise TypeError(f"Objects of type '{kind}' can not be converted to Unicode.")
    return value


def as_text(value: object) -> str:
    """A text.

    Args:
        value: The argument.

    Raises:
        TypeError: It is something else.
    """
    if value is None:
        raise TypeError("None is not a valid string in this context")
    return as_optional_text(value)


def as_long(value: object) -> int:
    """The 32 bits of a C long, which is signed.

    Args:
        value: The argument.

    Raises:
        OverflowError: It does not fit.
    """
    number: int = operator.index(value)  # type: ignore[arg-type]
    if not -_LONG <= number < _LONG:
        raise OverflowError("Python int too large to convert to C long")
    return number & _DWORD


def as_information(value: object) -> int:
    """The bits of SECURITY_INFORMATION, with the highest one in either sign.

    Args:
        value: The argument.
    """
    number: int = operator.index(value)  # type: ignore[arg-type]
    return number if number >> 31 == 1 else as_long(number)
