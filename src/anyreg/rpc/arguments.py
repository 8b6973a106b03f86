"""What the arguments of a registry's methods are in Python, beside numbers and bytes.

Source: MS-RRP 2.2, MS-DTYP 2.3.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from anyreg.errors import RemoteProtocolError
from anyreg.names import decode_utf16

_MOST_TEXT: Final = 0xFFFE  # bytes: the length is a number of two bytes


class ContextHandle(NamedTuple):
    """What a server calls an open key.

    Attributes:
        attributes: A number of the server's own.
        uuid: 16 bytes, as a UUID is stored little-endian.
    """

    attributes: int
    uuid: bytes

    @property
    def is_null(self) -> bool:
        """Whether it stands for no key, as behind a close or a failure."""
        return not self.attributes and not any(self.uuid)


NO_HANDLE: Final = ContextHandle(0, bytes(16))


class Room(NamedTuple):
    """Bytes, and how many there is room for.

    Attributes:
        data: The bytes that are sent.
        size: The room that the array has at the caller's.
    """

    data: bytes
    size: int

    @classmethod
    def whole(cls, data: bytes) -> Room:
        """Bytes without further room.

        Args:
            data: The bytes.
        """
        return cls(data, len(data))


class WireText(NamedTuple):
    r"""A counted string (RPC_UNICODE_STRING).

    Attributes:
        raw: Its UTF-16, with the NUL that names have on the wire; None where there is no buffer.
        size: The room that it has at the caller's, in bytes.
    """

    raw: bytes | None
    size: int

    @classmethod
    def of(cls, text: str) -> WireText:
        r"""A name or a path, with the NUL that Windows sends and wants.

        Args:
            text: The name; lone surrogates are kept.

        Raises:
            RemoteProtocolError: It is longer than the interface allows.
        """
        raw = text.encode("utf-16-le", "surrogatepass") + b"\0\0"
        if len(raw) > _MOST_TEXT:
            raise RemoteProtocolError(
                "a name is too long for a remote call",
                expected=f"at most {_MOST_TEXT} bytes",
                actual=str(len(raw)),
            )
        return cls(raw, len(raw))

    @classmethod
    def room(cls, size: int) -> WireText:
        """An empty buffer for an answer.

        Args:
            size: Its size in bytes; what an even number of two bytes cannot tell is cut to that.
        """
        return cls(b"", min(size, _MOST_TEXT) & ~1)

    @property
    def text(self) -> str:
        """The string without the NUL at its end; "" where there is no buffer."""
        return decode_utf16(self.raw or b"").removesuffix("\0")


NO_TEXT: Final = WireText(None, 0)


class KeyAttributes(NamedTuple):
    """A descriptor for a key that is made (RPC_SECURITY_ATTRIBUTES).

    Attributes:
        descriptor: The self-relative descriptor, None for none.
        inherit: Whether the handle is inherited, which means nothing here.
        length: The size of the structure at the caller's.
    """

    descriptor: Room | None
    inherit: bool = False
    length: int = 24


class AskedValue(NamedTuple):
    """One value of several that are asked for (RVALENT).

    Attributes:
        name: Its name; None where the pointer is null.
        size: How many bytes it has.
        at: Where its bytes begin in the buffer.
        type: Its type.
    """

    name: WireText | None
    size: int = 0
    at: int = 0
    type: int = 0
