r"""Paths of keys and addresses of places: pure text, nothing is opened here.

A path is key names joined by backslashes.  A slash, a dot and spaces are ordinary characters of a
name.  An address names a place in any world: `TARGET::PATH`, split at its first `::`; in the name
of a file `::::` stands for `::`.  One that begins with a root, such as `HKCU\Software`, is a path
in the user's own registry.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from anyreg.errors import AddressError
from anyreg.names import fold

ROOTS: Final[dict[str, int]] = {
    "HKEY_CLASSES_ROOT": 0x80000000,
    "HKEY_CURRENT_USER": 0x80000001,
    "HKEY_LOCAL_MACHINE": 0x80000002,
    "HKEY_USERS": 0x80000003,
    "HKEY_CURRENT_CONFIG": 0x80000005,
}
"""The keys at the top of a whole registry, with their numbers in Windows' interface."""

SHORT_ROOTS: Final[dict[str, int]] = {
    "HKCR": 0x80000000,
    "HKCU": 0x80000001,
    "HKLM": 0x80000002,
    "HKU": 0x80000003,
    "HKCC": 0x80000005,
}
"""Their usual short names."""


_COLONS: Final = "::"
_QUOTED: Final = "::::"  # what stands for them in the name of a file
_COMPUTER: Final = "COMPUTER"  # what regedit calls the key above the roots


class Address(NamedTuple):
    """Where a key is.

    Attributes:
        target: The file, disk, prefix or host; "" for the user's own registry.
        path: The key's path in it.
    """

    target: str
    path: str

    def __str__(self) -> str:
        target = quoted_target(self.target)
        if not (self.path and target):
            return target + self.path
        # A backslash in front counts for nothing, and keeps the colons apart.
        return f"{target}::\\{self.path}" if self.path[0] == ":" else f"{target}::{self.path}"


def quoted_target(target: str) -> str:
    """A target as it stands in an address.

    >>> quoted_target("a::b.hiv")
    'a::::b.hiv'
    """
    return target.replace(_COLONS, _QUOTED)


def split_address(text: str) -> tuple[str, str, str]:
    r"""The target of an address, the colons behind it ("" where there are none), and the rest.

    >>> split_address(r"a.hiv::Key"), split_address("a::::b.hiv::Key"), split_address("a.hiv")
    (('a.hiv', '::', 'Key'), ('a::b.hiv', '::', 'Key'), ('a.hiv', '', ''))
    """
    at = text.find(_COLONS)
    while at >= 0 and text.startswith(_QUOTED, at):
        at = text.find(_COLONS, at + len(_QUOTED))
    if at < 0:
        return text.replace(_QUOTED, _COLONS), "", ""
    return text[:at].replace(_QUOTED, _COLONS), _COLONS, text[at + len(_COLONS) :]


def parse_address(text: str) -> Address:
    r"""Split an address at its first `::` that is no part of a `::::`.

    Raises:
        AddressError: The part before the `::` is empty.

    >>> parse_address(r"NTUSER.DAT::Software\X")
    Address(target='NTUSER.DAT', path='Software\\X')
    >>> parse_address(r"hkcu\Software")
    Address(target='', path='hkcu\\Software')
    """
    target, colons, path = split_address(text)
    own = "" if colons else own_path(text)
    if own:
        target, path = "", own
    elif not target:
        raise AddressError("an address is FILE or FILE::KEY, and the file is missing", path=text)
    return Address(target, "\\".join(split_path(path)))


def own_path(text: str) -> str:
    r"""The path in one's own registry that a text is, "" where it is none.

    It begins with a root, also as PowerShell writes it (`HKCU:\Software`) or regedit's address bar
    (`Computer\HKEY_CURRENT_USER`).

    >>> own_path(r"hkcu:\Software"), own_path(r"Computer\HKEY_USERS"), own_path("SOFTWARE")
    ('hkcu\\Software', 'HKEY_USERS', '')
    """
    first, _, rest = text.partition("\\")
    if fold(first) == _COMPUTER and is_rooted(rest):
        return rest
    root, colon, relative = text.partition(":")
    if colon and "\\" not in root and is_rooted(root):
        return f"{root}\\{relative}"
    return text if is_rooted(text) else ""


def meant_as(text: str) -> str:
    r"""The path that the name of no file seems to be meant as, "" where nothing comes to mind.

    It has slashes in the place of backslashes, or a shell has taken the backslashes away.

    >>> meant_as("HKCU/Software"), meant_as("HKLMSOFTWARE"), meant_as("NTUSER.DAT")
    ('HKCU\\Software', 'HKLM\\SOFTWARE', '')
    """
    path = own_path(text.replace("/", "\\"))
    if path:
        return "\\".join(split_path(path))
    folded = fold(text)
    for root in (*ROOTS, *SHORT_ROOTS):
        rest = text[len(root) :]
        if folded.startswith(root) and rest.isalnum():
            return f"{text[: len(root)]}\\{rest}"
    return ""


def is_plain(name: str) -> bool:
    r"""Whether a path can tell this name of a key.

    >>> is_plain("Software"), is_plain(r"a\b"), is_plain("")
    (True, False, False)
    """
    return name != "" and "\\" not in name


def is_rooted(path: str) -> bool:
    r"""Whether a path begins with the name of a root, in any case and length.

    >>> is_rooted(r"hklm\SOFTWARE"), is_rooted("SOFTWARE")
    (True, False)
    """
    name = fold(path.partition("\\")[0])
    return name in ROOTS or name in SHORT_ROOTS


def long_path(path: str) -> str:
    r"""A path whose root has its long name, in capitals; any other as it is.

    >>> long_path(r"hkcu\Software")
    'HKEY_CURRENT_USER\\Software'
    """
    first, _, rest = path.partition("\\")
    number = SHORT_ROOTS.get(fold(first), ROOTS.get(fold(first)))
    for name, known in ROOTS.items():
        if known == number:
            return join_path(name, rest) if rest else name
    return path


def split_path(path: str) -> list[str]:
    r"""The names of a path; leading, trailing and double backslashes count for nothing.

    >>> split_path("Software\\\\Vendor\\")
    ['Software', 'Vendor']
    """
    return [name for name in path.split("\\") if name]


def join_path(parent: str, name: str) -> str:
    r"""The path of a key below another; the root's own path is ""."""
    return f"{parent}\\{name}" if parent else name
