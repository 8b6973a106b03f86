"""What new keys get, for whoever makes many: computed once for each descriptor above.

A hive has few distinct descriptors, and what is inherited from one depends on nothing but its
bytes and who makes the key.  So making a key costs a look into a dict.

Source: see `inheritance`.
"""

from __future__ import annotations

from typing import Final

from anyreg.errors import SecurityError
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.inheritance import new_descriptor
from anyreg.security.token import Token

_MOST: Final = 4096  # descriptors that are remembered


class Creator:
    """Somebody who makes keys."""

    def __init__(self, token: Token) -> None:
        """Make keys as somebody.

        Args:
            token: Who.
        """
        self._token = token
        self._known: dict[bytes, bytes] = {}

    def inherited(self, parent: bytes) -> bytes:
        """The descriptor of a new key that is given none.

        Below a key without a descriptor it has none either; bytes that are none are taken over.

        Args:
            parent: The self-relative descriptor of the key above.
        """
        known = self._known.get(parent)
        if known is None:
            known = self._computed(parent)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[parent] = known
        return known

    def given(self, parent: bytes, descriptor: bytes) -> bytes:
        """The descriptor of a new key for which one is given; what that lacks is added.

        Args:
            parent: The self-relative descriptor of the key above.
            descriptor: What is given; a whole one is taken as it is.

        Raises:
            SecurityError: What is given is no descriptor.
        """
        read = SecurityDescriptor.from_bytes(descriptor)
        if read.is_whole:
            return descriptor
        try:
            above = SecurityDescriptor.from_bytes(parent)
        except SecurityError:
            above = SecurityDescriptor()
        return new_descriptor(above, self._token, read).build()

    def _computed(self, parent: bytes) -> bytes:
        try:
            return new_descriptor(SecurityDescriptor.from_bytes(parent), self._token).build()
        except SecurityError:
            return parent


ANYBODY: Final = Creator(Token.unlimited())
"""Who makes keys where nobody is named."""
