"""Security descriptors in files: the bytes in hexadecimal, and beside them SDDL for people.

The bytes are the truth, as they hold what SDDL has no words for.  A file that was edited may have
SDDL alone, of all that a key has; where both stand there, they must say the same, or a change of
one would be lost.

Source: Microsoft's [MS-DTYP], 2.5.1, for SDDL; what stands where is this package's own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from anyreg.errors import SecurityError
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.parts import expect_whole, with_rights_of_a_key
from anyreg.security.sddl import parse_sddl, print_sddl

SDDL: Final = "sddl"
"""The member of an object, or the column of a table, beside the bytes."""


@lru_cache(4096)
def sddl_of(descriptor: bytes) -> str:
    """The SDDL of a descriptor, "" where the bytes are none.

    Args:
        descriptor: The bytes.
    """
    try:
        return print_sddl(SecurityDescriptor.from_bytes(descriptor))
    except SecurityError:
        return ""


def agreed(descriptor: bytes, sddl: str) -> bytes:
    """The bytes of a descriptor that a file says in two ways, or in one.

    Args:
        descriptor: The bytes that it has; b"" for none.
        sddl: The SDDL that it has; "" for none.

    Raises:
        SecurityError: The text is no SDDL, or alone not all that a key has, or the two say
            different things.
    """
    if not sddl or sddl == sddl_of(descriptor):
        return descriptor
    read = parse_sddl(sddl)
    if not descriptor:
        expect_whole(read)
        return with_rights_of_a_key(read).build()
    if print_sddl(read) != sddl_of(descriptor):
        raise SecurityError(
            "the bytes of a descriptor and its SDDL say different things",
            expected="the same in both, or one of them alone",
            actual=repr(sddl),
        )
    return descriptor
