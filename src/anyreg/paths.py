r"""Paths of keys and addresses of places: pure text, nothing is opened here.

A path is key names joined by backslashes.  A slash, a dot and spaces are ordinary characters of a
name.  An address names a place in any world: `TARGET::PATH`, split at its first `::`; in the name
of a file `::::` stands for `::`.  One that begins with a root, such as `HKCU\Software`, is a path
in the user's own registry.

Two slashes or backslashes and a name, with nothing behind it, are another machine: `\\HOST`, or
`//HOST:PORT`.  With a share behind the name they are the path of a file.
"""

from __future__ import annotations

import re
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

PLACES: Final[dict[str, str]] = {"Machine": "HKEY_LOCAL_MACHINE", "User": "HKEY_USERS"}
"""What the kernel calls the keys in which hives stand, and the roots that programs find there."""


_COLONS: Final = "::"
_QUOTED: Final = "::::"  # what stands for them in the name of a file
_COMPUTER: Final = "COMPUTER"  # what regedit calls the key above the roots
_SLASHES: Final = ("\\\\", "//")  # what stands in front of a host
_HOST: Final = re.compile(r"(\w[\w.-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_LAST_PORT: Final = 0xFFFF
_SMB_PORT: Final = 445  # of a file service, where none is named
_LIKE: Final = 0.6  # how much a name must be like a root to be taken for it


class Address(NamedTuple):
    """Where a key is.

    Attributes:
        target: The file, disk, prefix, or host behind two slashes; "" for the user's own registry.
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
    # An address of IPv6 has colons of its own, between brackets.
    at = text.find(_COLONS, max(text.find("]"), 0) if text[2:3] == "[" else 0)
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


def host_of(target: str) -> str:
    r"""The host that a target is, with its port if it has one; "" where it is something else.

    >>> host_of(r"\\server"), host_of("//server:4450"), host_of(r"\\server\share\NTUSER.DAT")
    ('server', 'server:4450', '')
    """
    if not target.startswith(_SLASHES):
        return ""
    return target[2:] if _HOST.fullmatch(target, 2) else ""


def split_host(host: str) -> tuple[str, int]:
    """The name of a host and its port, 0 where it has none.

    Raises:
        AddressError: It is no name of a host, or no port.

    >>> split_host("server:4450"), split_host("server"), split_host("[::1]:445")
    (('server', 4450), ('server', 0), ('::1', 445))
    """
    found = _HOST.fullmatch(host)
    port = int((found[2] or ":0")[1:]) if found else 0
    if found is None or port > _LAST_PORT:
        words = "a host is NAME or NAME:PORT, with an address of IPv6 in brackets"
        raise AddressError(words, path=host)
    return found[1].strip("[]"), port


def join_host(name: str, port: int) -> str:
    """A host and its port as one text.

    >>> join_host("server", 4450), join_host("::1", 445)
    ('server:4450', '[::1]:445')
    """
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def same_host(host: str) -> str:
    """What the spellings of a host have in common, with its port.

    >>> same_host("SERVER"), same_host("server:4450")
    ('server:445', 'server:4450')
    """
    name, port = split_host(host)
    return join_host(fold(name).lower(), port or _SMB_PORT)


def own_path(text: str) -> str:
    r"""The path in one's own registry that a text is, "" where it is none.

    It begins with a root, also as PowerShell writes it (`HKCU:\Software`) or regedit's address bar
    (`Computer\HKEY_CURRENT_USER`).

    >>> own_path(r"hkcu:\Software"), own_path(r"Computer\HKEY_USERS"), own_path("SOFTWARE")
    ('hkcu\\\\Software', 'HKEY_USERS', '')
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

    It has slashes in the place of backslashes, a shell has taken the backslashes away, or the root
    is not written as it should be.

    >>> meant_as("HKCU/Software"), meant_as("HKLMSOFTWARE"), meant_as("NTUSER.DAT")
    ('HKCU\\Software', 'HKLM\\SOFTWARE', '')
    >>> meant_as(r"HKEY_CURRENT_USR\Software"), meant_as("hkcu.dat")
    ('HKEY_CURRENT_USER\\Software', '')
    >>> meant_as(r"\\server\HKLM\SOFTWARE")
    '\\\\server::HKLM\\SOFTWARE'
    """
    backslashed = text.replace("/", "\\")
    if text.startswith(_SLASHES):
        host, _, rest = backslashed[2:].partition("\\")
        return f"\\\\{host}::{rest}" if is_rooted(rest) and _HOST.fullmatch(host) else ""
    path = own_path(backslashed)
    if path:
        return "\\".join(split_path(path))
    folded = fold(text)
    for root in (*ROOTS, *SHORT_ROOTS):
        rest = text[len(root) :]
        if folded.startswith(root) and rest.isalnum():
            return f"{text[: len(root)]}\\{rest}"
    first, backslash, below = backslashed.partition("\\")
    is_like = fold(first).startswith("HK" if backslash else "HKEY_") and "." not in first
    like = root_like(first) if is_like else ""
    return join_path(like, below) if like and below else like


def root_like(name: str) -> str:
    """The root whose name is most like one that is none, "" where none is like it.

    >>> root_like("HKEY_LOCALMACHINE"), root_like("Software")
    ('HKEY_LOCAL_MACHINE', '')
    """
    from difflib import get_close_matches

    close = get_close_matches(fold(name), [*ROOTS, *SHORT_ROOTS], 1, _LIKE)
    return close[0] if close else ""


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
