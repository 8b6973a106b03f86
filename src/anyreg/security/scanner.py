"""A text that is read from left to right: what SDDL, conditions and claims are read with."""

from __future__ import annotations

import re
from struct import iter_unpack
from typing import Final

from anyreg.errors import SecurityError
from anyreg.security.known import Domains
from anyreg.security.sid import Sid

_SID: Final = re.compile(r"[Ss]-[0-9](?:-(?:0[xX][0-9a-fA-F]+(?![:])|[0-9]+))*")
_ALIAS: Final = re.compile(r"[A-Za-z]{2}")
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")
_BAD_ACL: Final = 1336  # ERROR_INVALID_ACL
BAD_SID: Final = 1337  # ERROR_INVALID_SID
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{4})")
_SPECIAL: Final = re.compile(r"[!\"&()<=>|%]|[^\x21-\x7e]")


class Scanner:
    """A place in a text.

    Attributes:
        text: The text.
        at: Index of the next character.
    """

    def __init__(self, text: str, domains: Domains) -> None:
        """Begin at the beginning.

        Args:
            text: The text.
            domains: What aliases of a machine or domain are relative to.
        """
        self.text = text
        self.at = 0
        self._domains = domains

    @property
    def is_done(self) -> bool:
        """Whether all was read."""
        return self.at >= len(self.text)

    def peek(self, length: int = 1) -> str:
        """The next characters, which are not passed.

        Args:
            length: How many; fewer where the text ends.
        """
        return self.text[self.at : self.at + length]

    def upper(self, length: int) -> str:
        """The next characters in upper case, as far as they are ASCII; they are not passed.

        Args:
            length: How many; fewer where the text ends.
        """
        found = self.peek(length)
        return found.upper() if found.isascii() else found

    def skip(self, characters: str = " ") -> None:
        """Pass blanks.

        Args:
            characters: What is passed.
        """
        while not self.is_done and self.text[self.at] in characters:
            self.at += 1

    def take(self, text: str) -> bool:
        """Pass a text if it is next, in whatever case.

        Args:
            text: The text.
        """
        if self.upper(len(text)) != text.upper():
            return False
        self.at += len(text)
        return True

    def expect(self, text: str) -> None:
        """Pass a text that must be next.

        Args:
            text: The text.

        Raises:
            SecurityError: It is not.
        """
        if not self.take(text):
            raise self.error(repr(text))

    def match(self, pattern: re.Pattern[str], expected: str, winerror: int = _BAD_ACL) -> str:
        """Pass what a pattern matches, which must be next.

        Args:
            pattern: The pattern.
            expected: What it stands for, in words.
            winerror: The code that Windows has for it.

        Raises:
            SecurityError: It does not match.
        """
        found = pattern.match(self.text, self.at)
        if found is None:
            raise self.error(expected, winerror)
        self.at = found.end()
        return found.group()

    def sid(self, winerror: int = _BAD_ACL) -> Sid:
        """Pass a SID or an alias.

        Args:
            winerror: The code that Windows has for what is none: of an entry that of its list.

        Raises:
            SecurityError: There is neither, or the alias needs a domain that is not given.
        """
        begin = self.at
        if self.upper(2) == "S-":
            text = self.match(_SID, "a SID such as S-1-5-18", winerror)
            # Hexadecimal digits end before the D: of a list that follows.
            if self.peek() == ":" and text[-1] in "dD":
                text, self.at = text[:-1], self.at - 1
            try:
                return Sid.parse(text)
            except SecurityError as error:
                error.offset, error.winerror = begin, winerror
                raise
        alias = self.match(_ALIAS, "a SID, or an alias of two characters", winerror)
        found = self._domains.find(alias.upper())
        if found is None:
            self.at = begin
            raise self.error("a known alias, of a domain only where that is given", winerror)
        return found

    def number(self) -> int:
        """Pass a number as C writes it: 0x hexadecimal, 0 octal, else decimal.

        Raises:
            SecurityError: There is none.
        """
        begin = self.at
        text = self.match(_NUMBER, "a number")
        try:
            return c_number(text)
        except ValueError:
            self.at = begin
            raise self.error("a number; one that begins with 0 is octal") from None

    def error(self, expected: str, winerror: int = _BAD_ACL) -> SecurityError:
        """What is wrong here.

        Args:
            expected: What was expected, in words.
            winerror: The code that Windows has for it.
        """
        found = self.peek(20)
        return SecurityError(
            "the text is no SDDL",
            offset=self.at,
            expected=expected,
            actual=repr(found) if found else "the end",
            winerror=winerror,
        )


def c_number(text: str) -> int:
    """The number that a text of C means.

    Args:
        text: Digits, after 0x hexadecimal ones, after 0 octal ones.

    Raises:
        ValueError: They are none.
    """
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    return int(text, 8 if len(text) > 1 and text[0] == "0" else 10)


def escaped(name: str) -> str:
    """The name of an attribute as Windows prints it: some characters as %XXXX for each unit.

    Args:
        name: The name.

    Examples:
        >>> escaped("a b\U0001f600")
        'a%0020b%d83d%de00'
    """
    return _SPECIAL.sub(_as_units, name)


def _as_units(found: re.Match[str]) -> str:
    units = iter_unpack("<H", found.group().encode("utf-16-le", "surrogatepass"))
    return "".join(f"%{unit:04x}" for (unit,) in units)


def unescaped(name: str) -> str:
    """A name with the characters that %XXXX stands for; see escaped().

    Args:
        name: The name.
    """
    units = _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), name)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def hex_octets(digits: str) -> bytes:
    """The bytes of hexadecimal digits: # is 0, too, and an odd number of them has a 0 before it.

    Args:
        digits: The digits.

    Examples:
        >>> hex_octets("1#2#3##").hex()
        '01020300'
    """
    return bytes.fromhex("0" * (len(digits) & 1) + digits.replace("#", "0"))
