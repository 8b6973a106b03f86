r"""How strictly a .reg file is read.

STRICT      a line that is not as the format asks for is an error, and nothing of the file is done
lenient     with `on_error`: such a line is left out, and reported; all others are done
as_windows  as regedit and reg.exe read, which leave out as well, but differ in what is wrong

What Windows does, as Wine's tests pin it, which its developers run there:

    "a"="b" # c         wrong: a comment behind data begins with a semicolon.  (Here # does, too)
    hex:01,\            at the end of the file: these bytes.  (Here: wrong)
    hex:01,\            before a line that is no hex: both are wrong, also if that is a good line,
                        or a comment with #.  (Here: that line counts, or is a comment)
    hex:01,\            before a line of a backslash alone: both are wrong.  (Here: it goes on)
    "a"="\0"            wrong, as here; any other character behind a backslash is itself,
                        as Wine reads it.  (Here: wrong)
    hex(1|2|7):61,00    gets the NUL that is missing, if there is any byte, and no odd one.
                        (Here: these bytes, so that what was exported comes back)
    REGEDIT and more    a file in which all lines are wrong, but no error

Source: what programs/reg/tests/import.c and programs/regedit/tests/regedit.c of Wine expect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from anyreg.errors import RegFileError
from anyreg.formats.instructions import left_out


class Strictness(NamedTuple):
    """How to read a .reg file.

    Attributes:
        on_error: Called for each line that is left out; None: that is an error.
        as_windows: Take what regedit takes; only together with on_error.
    """

    on_error: Callable[[RegFileError], None] | None = None
    as_windows: bool = False

    @property
    def comments(self) -> str:
        """What begins a comment behind data."""
        return ";" if self.as_windows else ";#"

    def report(self, error: RegFileError, then: str = "left out") -> None:
        """Say what is wrong, and what becomes of it.

        Args:
            error: What is wrong.
            then: What becomes of it.

        Raises:
            RegFileError: Nothing may be.
        """
        if self.on_error is None:
            raise error
        self.on_error(left_out(error, then))


STRICT: Final = Strictness()
