"""Access masks: what may be done with a key, one bit a right.

Source: Microsoft's documentation of the registry's key security; [MS-DTYP], 2.4.3.  The kernel's
own mapping gives GENERIC_EXECUTE the right to make links too, as keys of real hives show; the
headers have KEY_EXECUTE without it.
"""

from __future__ import annotations

import re
from typing import Final

from anyreg.errors import SecurityError

QUERY_VALUE: Final = 0x0001
SET_VALUE: Final = 0x0002
CREATE_SUB_KEY: Final = 0x0004
ENUMERATE_SUB_KEYS: Final = 0x0008
NOTIFY: Final = 0x0010
CREATE_LINK: Final = 0x0020
DELETE: Final = 0x00010000
READ_CONTROL: Final = 0x00020000
WRITE_DAC: Final = 0x00040000
WRITE_OWNER: Final = 0x00080000
SYNCHRONIZE: Final = 0x00100000
ACCESS_SYSTEM_SECURITY: Final = 0x01000000
MAXIMUM_ALLOWED: Final = 0x02000000
GENERIC_ALL: Final = 0x10000000
GENERIC_EXECUTE: Final = 0x20000000
GENERIC_WRITE: Final = 0x40000000
GENERIC_READ: Final = 0x80000000

KEY_READ: Final = 0x20019
KEY_WRITE: Final = 0x20006
KEY_EXECUTE: Final = 0x20039
KEY_ALL_ACCESS: Final = 0xF003F
VIEWS: Final = 0x0300  # KEY_WOW64_64KEY and KEY_WOW64_32KEY: which view, and no right

_GENERIC: Final = (
    (GENERIC_READ, KEY_READ),
    (GENERIC_WRITE, KEY_WRITE),
    (GENERIC_EXECUTE, KEY_EXECUTE),
    (GENERIC_ALL, KEY_ALL_ACCESS),
)
_KEPT: Final = KEY_ALL_ACCESS | ACCESS_SYSTEM_SECURITY | MAXIMUM_ALLOWED

NAMES: Final = {
    QUERY_VALUE: "query value",
    SET_VALUE: "set value",
    CREATE_SUB_KEY: "create subkey",
    ENUMERATE_SUB_KEYS: "enumerate subkeys",
    NOTIFY: "notify",
    CREATE_LINK: "create link",
    DELETE: "delete",
    READ_CONTROL: "read control",
    WRITE_DAC: "write DACL",
    WRITE_OWNER: "write owner",
    SYNCHRONIZE: "synchronize",
    ACCESS_SYSTEM_SECURITY: "access SACL",
    MAXIMUM_ALLOWED: "maximum allowed",
    GENERIC_ALL: "generic all",
    GENERIC_EXECUTE: "generic execute",
    GENERIC_WRITE: "generic write",
    GENERIC_READ: "generic read",
}
_POLICY: Final = {0x1: "no write up", 0x2: "no read up", 0x4: "no execute up"}
_WHOLE: Final = {
    KEY_ALL_ACCESS: "full",
    KEY_READ | KEY_WRITE: "read, write",
    KEY_READ: "read",
    KEY_WRITE: "write",
}
_NUMBER: Final = re.compile(r"0x[0-9a-f]{1,8}")
_WORDS: Final = {"full": KEY_ALL_ACCESS, "read": KEY_READ, "write": KEY_WRITE} | {
    name.replace(" ", "-").lower(): bit for bit, name in NAMES.items()
}


def mapped(mask: int) -> int:
    """A mask with its generic bits turned into those of a key, and cut to what a key has.

    Args:
        mask: Any mask.

    Examples:
        >>> hex(mapped(GENERIC_READ)), hex(mapped(0x111FFFFF))
        ('0x20019', '0x10f003f')
    """
    for generic, specific in _GENERIC:
        if mask & generic:
            mask |= specific
    return mask & _KEPT


def parse_mask(rights: str | int) -> int:
    """The mask that words stand for.

    Args:
        rights: "read", "write", "full", or names of single rights such as "set-value" and
            "create-subkey", joined by commas, as describe_mask() writes them too, and numbers such
            as "0x20019"; a number is taken as it is.

    Raises:
        SecurityError: A word is none of them, or a number has more than 32 bits.
        TypeError: It is neither words nor a number.

    Examples:
        >>> hex(parse_mask("read, set-value"))
        '0x2001b'
    """
    if isinstance(rights, int):
        if not 0 <= rights < 1 << 32:
            raise SecurityError("an access mask has 32 bits", actual=hex(rights))
        return rights
    if not isinstance(rights, str):
        raise TypeError(f"rights are words joined by commas, or a number, not {rights!r}")
    mask = 0
    for word in rights.split(","):
        spelled = word.strip().lower().replace(" ", "-")
        bits = int(spelled, 16) if _NUMBER.fullmatch(spelled) else _WORDS.get(spelled)
        if bits is None:
            known = f"one of {', '.join(_WORDS)}, or a mask such as 0x{KEY_READ:x}"
            raise SecurityError("no such right", expected=known, actual=repr(word.strip()))
        mask |= bits
    return mask


def describe_mask(mask: int) -> str:
    """A mask in words.

    Args:
        mask: Any mask.

    Examples:
        >>> describe_mask(KEY_ALL_ACCESS), describe_mask(KEY_READ | DELETE), describe_mask(0)
        ('full', 'read, delete', 'nothing')
    """
    words = []
    for bits, name in _WHOLE.items():
        if mask & bits == bits:
            words.append(name)
            mask &= ~bits
            break
    return ", ".join([*words, *_words(mask, NAMES)]) or "nothing"


def describe_policy(mask: int) -> str:
    """The mask of a mandatory label in words: what programs of a lower level may not do.

    Args:
        mask: Any mask.

    Examples:
        >>> describe_policy(0x3)
        'no write up, no read up'
    """
    return ", ".join(_words(mask, _POLICY)) or "nothing"


def _words(mask: int, names: dict[int, str]) -> list[str]:
    """The names of the bits of a mask, and the number of those that have none."""
    rest = mask & ~sum(names)
    words = [name for bit, name in names.items() if mask & bit]
    return [*words, f"0x{rest:x}"] if rest else words
