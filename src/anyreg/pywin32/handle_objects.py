"""PyHANDLE: what pywin32 hands out for a handle; it closes the handle when it dies."""

from __future__ import annotations

from anyreg.finalizers import soon
from anyreg.winapi.handles import close
from anyreg.winapi.hkey import signed


class PyHANDLE:
    """A handle, of a registry key or a token."""

    __slots__ = ("_kind", "_number")

    def __init__(self, number: int = 0, kind: str = "PyHKEY") -> None:
        """Take a handle over.

        Args:
            number: Its number.
            kind: What it is printed as.
        """
        self._number = number
        self._kind = kind

    @property
    def handle(self) -> int:
        """The number of the handle, 0 when it is closed."""
        return signed(self._number)

    def Close(self) -> None:
        """Close the handle; a closed one stays closed."""
        number = self.Detach()
        if number:
            close(number)

    close = Close

    def Detach(self) -> int:
        """Give the handle away: its number."""
        number, self._number = self._number, 0
        return signed(number)

    def __del__(self) -> None:
        number, self._number = self._number, 0
        try:
            if number:
                close(number, soon)
        except OSError:  # closed by its number: nobody is left to be informed
            pass

    def __int__(self) -> int:
        return self.handle

    def __bool__(self) -> bool:
        return self._number != 0

    def __eq__(self, other: object) -> bool:
        number = other._number if isinstance(other, PyHANDLE) else other
        return number in (self._number, self.handle)

    def __hash__(self) -> int:
        return hash(self._number)

    def __repr__(self) -> str:
        return f"<{self._kind}:{self.handle}>"
