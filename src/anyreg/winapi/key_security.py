"""RegGetKeySecurity and RegSetKeySecurity: parts of a key's descriptor, by right of the handle.

Setting changes this one key, in one transaction, and nothing below it, as Windows has it.
"""

from __future__ import annotations

from anyreg.backends.base import AllOrNone
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.parts import parts_of, right_to_read, right_to_set, with_parts
from anyreg.winapi.errors import ACCESS_DENIED, INVALID_PARAMETER, windows_error
from anyreg.winapi.handles import Handle, resolve


def get_key_security(key: int, information: int) -> SecurityDescriptor:
    """RegGetKeySecurity.

    Args:
        key: A handle.
        information: Which parts.
    """
    handle = resolve(key)
    needed = right_to_read(information)
    _need(handle, needed)
    return parts_of(_stored(handle.unguarded(needed)), information)


def set_key_security(key: int, information: int, given: SecurityDescriptor) -> None:
    """RegSetKeySecurity.

    Args:
        key: A handle.
        information: Which parts.
        given: What they are taken from.
    """
    handle = resolve(key)
    needed = right_to_set(information)
    if not needed:
        raise windows_error(INVALID_PARAMETER)
    _need(handle, needed)
    with AllOrNone(handle.backend):
        before = _stored(handle.unguarded(needed))
        after = with_parts(before, given, information)
        if after != before:
            handle.backend.set_security(handle.node, after.build())


def _need(handle: Handle, rights: int) -> None:
    if handle.access & rights != rights:
        raise windows_error(ACCESS_DENIED)


def _stored(handle: Handle) -> SecurityDescriptor:
    data = handle.backend.security(handle.node)
    return SecurityDescriptor.from_bytes(data) if data else SecurityDescriptor()
