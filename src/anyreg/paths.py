r"""Paths of keys and addresses of places: pure text, nothing is opened here.

A path is key names joined by backslashes.  A slash, a dot and spaces are ordinary characters of a
name.  An address names a place in any world: `TARGET::PATH`, split at its first `::`.
"""

from __future__ import annotations

from typing import NamedTuple

from anyreg.errors import AddressError


class Address(NamedTuple):
    """Where a key is: the file (or disk, prefix, host), and the key's path in it."""

    target: str
    path: str

    def __str__(self) -> str:
        return f"{self.target}::{self.path}" if self.path else self.target


def parse_address(text: str) -> Address:
    r"""Split an address at its first `::`.

    Raises:
        AddressError: The part before the `::` is empty.

    >>> parse_address(r"NTUSER.DAT::Software\X")
    Address(target='NTUSER.DAT', path='Software\\X')
    """
    target, _, path = text.partition("::")
    if not target:
        raise AddressError("an address is FILE or FILE::KEY, and the file is missing", path=text)
    return Address(target, "\\".join(split_path(path)))


def split_path(path: str) -> list[str]:
    r"""The names of a path; leading, trailing and double backslashes count for nothing.

    >>> split_path("Software\\\\Vendor\\")
    ['Software', 'Vendor']
    """
    return [name for name in path.split("\\") if name]


def join_path(parent: str, name: str) -> str:
    r"""The path of a key below another; the root's own path is ""."""
    return f"{parent}\\{name}" if parent else name
