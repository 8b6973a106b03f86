"""What the writers take: keys as rows, in pre-order, and changes of keys and values.

A row holds all that a file may say of a key, so a writer asks nothing of a registry, and any that
can be walked can be written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from anyreg.errors import NotSupportedError
from anyreg.regf.layout import KEY_LINK, KEY_PREDEFINED, KEY_VOLATILE
from anyreg.values import Value

Kind = Literal["added", "removed", "changed"]

OnError = Callable[[NotSupportedError], None]
"""Called for what a format cannot hold, which is then left out."""

MADE_WITH: Final = KEY_LINK | KEY_PREDEFINED | KEY_VOLATILE


class KeyState(NamedTuple):
    """What a key holds of its own, besides values and subkeys.

    Attributes:
        class_name: Its class name, "" where it has none.
        last_written: FILETIME of its last change.
        flags: Those of its flags that it can only be made with: KEY_LINK (a symbolic link),
            KEY_VOLATILE and KEY_PREDEFINED of anyreg.regf.layout.
        descriptor: Its security descriptor; None where it was not looked at.
    """

    class_name: str
    last_written: int
    flags: int = 0
    descriptor: bytes | None = None

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.flags & KEY_LINK != 0


NO_STATE: Final = KeyState("", 0)


class Row(NamedTuple):
    """A key and its values.

    Attributes:
        names: The names that lead to it from the registry's root, also such as no path can tell.
        name: The last of them; of the root, the name that it is stored under.
        values: Its values, in stored order.
        prune: Called, it leaves out all below the key: none of that comes as a row.
        state: What else it holds, for the formats that say so.
    """

    names: list[str]
    name: str
    values: list[Value]
    prune: Callable[[], None]
    state: KeyState = NO_STATE


class Change(NamedTuple):
    """One difference.

    Attributes:
        kind: "added" (the second side alone has it), "removed" (the first alone) or "changed".
        path: The key, from the compared keys on; "" is these themselves.
        name: The value's name; None where the key itself is meant.
        before: The value, or the key's own state, on the first side; None if it is not there.
        after: The same on the second side.
        is_odd: Whether path and name do not tell what is meant, as damaged hives can have it: a
            name stands twice in one key, or that of a key is empty or holds a backslash.
    """

    kind: Kind
    path: str
    name: str | None
    before: Value | KeyState | None
    after: Value | KeyState | None
    is_odd: bool = False
