"""The two forms of a function: W, whose texts are UTF-16, and A, whose texts are in a code page.

The code page is 1252, the one of western Windows.  Sizes of texts are in units of the form.
"""

from __future__ import annotations

from typing import Final

from anyreg.names import decode_utf16, units
from anyreg.types import REG_EXPAND_SZ, REG_MULTI_SZ, REG_SZ
from anyreg.windll.arguments import Converter, as_ansi_text, as_wide_text
from anyreg.windll.memory import UNIT, Memory

_CODE_PAGE: Final = "cp1252"
_TEXTS: Final = frozenset((REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ))


class Charset:
    """How a form of a function has its texts.

    Attributes:
        letter: "W" or "A".
        unit: Bytes of a unit.
        as_text: Makes a text of an argument.
    """

    __slots__ = ("as_text", "letter", "unit")

    def __init__(self, letter: str, unit: int, as_text: Converter) -> None:
        self.letter = letter
        self.unit = unit
        self.as_text = as_text

    def length(self, text: str) -> int:
        """Units of a text."""
        return units(text) if self.unit == UNIT else len(text)

    def put(self, place: Memory, text: str) -> None:
        """Write a text, and the NUL that ends it."""
        place.write(self.encoded(text + "\0"))

    def room(self, place: Memory, length: int) -> int:
        """How many units of text there is room for, where the program says so many."""
        return place.room(length * self.unit) // self.unit

    def encoded(self, text: str) -> bytes:
        """The bytes of a text."""
        if self.unit == UNIT:
            return text.encode("utf-16-le", "surrogatepass")
        return text.encode(_CODE_PAGE, "replace")

    def outward(self, type: int, raw: bytes) -> bytes:
        """Stored data as the function gives it."""
        return raw if self._is_raw(type) else self.encoded(decode_utf16(raw))

    def inward(self, type: int, data: bytes) -> bytes:
        """Data that the function was given, as it is stored."""
        if self._is_raw(type):
            return data
        return data.decode(_CODE_PAGE, "replace").encode("utf-16-le")

    def _is_raw(self, type: int) -> bool:
        return self.unit == UNIT or type not in _TEXTS


WIDE: Final = Charset("W", UNIT, as_wide_text)
ANSI: Final = Charset("A", 1, as_ansi_text)


def is_text(type: int) -> bool:
    """Whether data of a type is text."""
    return type in _TEXTS
