"""What keys and their classes can be called."""

from __future__ import annotations

from typing import Final

from anyreg.errors import LimitError
from anyreg.names import units
from anyreg.regf.layout import MAX_KEY_NAME

_MOST_CLASS: Final = 0xFFFE  # bytes: the size field has 16 bits


def check_key_name(name: str) -> None:
    """Refuse a name that no key can be given by its path.

    Raises:
        LimitError: It is empty, too long or holds a backslash.
    """
    if not name or "\\" in name:
        raise LimitError("a key name is not empty and holds no backslash", path=name)
    check_stored_name(name)


def check_stored_name(name: str) -> None:
    """Refuse a name that a key node cannot hold.

    Raises:
        LimitError: It is too long.
    """
    if units(name) > MAX_KEY_NAME:
        raise LimitError(
            f"a key name has at most {MAX_KEY_NAME} UTF-16 units, this one {units(name)}",
            path=name,
        )


def class_bytes(class_name: str) -> bytes:
    """The stored bytes of a class name.

    Raises:
        LimitError: It is too long.
    """
    text = class_name.encode("utf-16-le", "surrogatepass")
    if len(text) > _MOST_CLASS:
        raise LimitError(f"a class name has at most {_MOST_CLASS // 2} UTF-16 units")
    return text
