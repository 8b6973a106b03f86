"""What a key is of its own."""

from __future__ import annotations


class Facts:
    """What a key is of its own, besides its name, values and subkeys."""

    __slots__ = ("class_name", "descriptor", "flags", "last_written")

    def __init__(self, class_name: str, descriptor: bytes, flags: int, last_written: int) -> None:
        self.class_name = class_name
        self.descriptor = descriptor
        self.flags = flags
        self.last_written = last_written

    def same_but_time(self, other: Facts) -> bool:
        """Whether two keys differ in their times at most."""
        return (
            self.class_name == other.class_name
            and self.descriptor == other.descriptor
            and self.flags == other.flags
        )
