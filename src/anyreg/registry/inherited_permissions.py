"""What keys inherit of permissions: a key from the one in which it stands, and those below from it.

What is carried through the keys below is one transaction of the caller.
"""

from __future__ import annotations

from anyreg.backends import ask
from anyreg.backends.base import Backend, Lent
from anyreg.errors import SecurityError
from anyreg.registry.permissions import Secured, parsed_descriptor
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.inheritance import inherited_again
from anyreg.values import Node


def descriptor_above(backend: Backend, node: Node) -> SecurityDescriptor | None:
    """The descriptor of the key in which a key really stands, whatever way has led to it.

    Args:
        backend: The registry.
        node: The key.

    Returns:
        The descriptor; None where there is no key above, or one that has none.

    Raises:
        SecurityError: Its bytes are no descriptor.
    """
    above = ask.above(backend, node)
    if above is None:
        return None
    with Lent(backend, above):
        data = backend.security(above)
        try:
            return SecurityDescriptor.from_bytes(data) if data else None
        except SecurityError as error:
            error.path = "\\".join(backend.names(above))
            raise


def carry_down(key: Secured) -> int:
    """Let all keys below inherit again what they inherit, as Windows does after a change.

    Protected keys stay as they are, and so do all below them.

    Args:
        key: The key that was changed.

    Returns:
        How many keys got another descriptor.

    Raises:
        SecurityError: The descriptor of a key below cannot be read, or its list would be too long.
    """
    changed = 0
    parsed_descriptor(key)  # or it is refused
    stack = [(key, key.descriptor)]
    known: dict[tuple[bytes, bytes], tuple[bytes, bool]] = {}
    while stack:
        above, parent = stack.pop()
        for child in above.children():
            before = child.descriptor
            found = known.get((before, parent))
            if found is None:
                found = known[before, parent] = _carried(child, parent)
            after, goes_on = found
            if after != before:
                child.descriptor = after
                changed += 1
            if goes_on:
                stack.append((child, after))
    return changed


def _carried(key: Secured, parent: bytes) -> tuple[bytes, bool]:
    """What a key has when it inherits again, and whether those below it do.

    A tree has few descriptors: so each pair of one and that of the key above is looked at once.
    """
    before = parsed_descriptor(key)
    above = SecurityDescriptor.from_bytes(parent) if parent else SecurityDescriptor()
    after = inherited_again(before, above)
    if after == before:
        return key.descriptor, not after.is_protected
    try:
        return after.build(), not after.is_protected
    except SecurityError as error:
        error.path = key.path
        raise
