"""What a running system can do beyond what is in its hives: small protocols, as in `abilities`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mypy_extensions import mypyc_attr, trait

from anyreg.values import Node, Value


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Batched:
    """Questions can be saved: each one goes to another process, or to the kernel."""

    def open_unnamed(self, node: Node, names: list[str]) -> Node | None:
        """As open(), of a key whose name and time nobody wants to know yet.

        Args:
            node: Where the names begin.
            names: The names.

        Returns:
            A key whose name is "" until its facts are asked for, or fresh() is; None where there
            is no such key.
        """
        raise NotImplementedError

    def read_all(self, node: Node, top: Node) -> tuple[list[Node], list[Value]]:
        """The subkeys as Whole.below() gives them, and the values, as they were at one moment."""
        raise NotImplementedError

    def read_several(self, node: Node, names: list[str]) -> dict[str, Value] | None:
        """Values of a key as they were at one moment, by the names that were asked for.

        Args:
            node: The key.
            names: The names; no two are the same.

        Returns:
            The values that there are; None where all must be read for it.
        """
        raise NotImplementedError


class NamedAccount(NamedTuple):
    """Who a SID is, as a system knows it.

    Attributes:
        domain: Where the name is from.
        name: The name; "" for a domain as a whole.
        kind: What kind of account it is (SID_NAME_USE).
    """

    domain: str
    name: str
    kind: int


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Naming:
    """It knows the names of users and groups, also such as no hive holds."""

    def account(self, sid: bytes) -> NamedAccount | None:
        """Who a SID is, or None."""
        raise NotImplementedError

    def sid_of(self, name: str) -> bytes | None:
        """The SID of a name, with its domain in front or without, or None."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Saving:
    """It can save trees that may not be read key by key, by a privilege."""

    def save_file(self, node: Node, file: str, minor: int) -> bool:
        """Save a key and all below it; whether that was done, nothing is left if not.

        Args:
            node: The key.
            file: The new hive file, which must not exist.
            minor: Its format version, 3 or 5.
        """
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Signal:
    """What says that a key has changed, until it is closed."""

    def close(self) -> None:
        """Say nothing more; further calls do nothing."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Signalling:
    """It can be waited for that a key changes; what has changed is found by looking."""

    def signal(self, node: Node, subtree: bool, changed: Callable[[], None]) -> Signal:
        """Say from now on that a key has changed, which need not stay open.

        Args:
            node: The key.
            subtree: Whether the keys below it count.
            changed: Called by some thread, one call at a time, after each change, or several.
        """
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Localized:
    """Texts that stand in files of the system, in the language of its user."""

    def load_text(self, node: Node, name: str) -> str:
        """The text that a value refers to.

        Args:
            node: The key.
            name: The value's name.

        Raises:
            NotFoundError: There is no such file, or no such text in it.
        """
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class FilesThere:
    """Files of its hives are those of another machine, which saves and restores them itself."""

    def save_there(self, node: Node, file: str, format: int) -> None:
        """Save a key and all below it into a file of the machine, as RegSaveKeyEx does.

        Args:
            node: The key.
            file: The new file, by its path there.
            format: 1 for version 1.3 of the format, 2 or 4 for 1.5.

        Raises:
            AccessDeniedError: It takes a privilege that the user lacks there (1314).
            KeyExistsError: There is such a file (183).
            NotFoundError: There is no such folder.
        """
        raise NotImplementedError

    def restore_there(self, node: Node, file: str, flags: int) -> None:
        """Replace all that a key holds by what a file of the machine holds, as RegRestoreKey does.

        Args:
            node: The key.
            file: The hive, by its path there.
            flags: Those of RegRestoreKey.

        Raises:
            AccessDeniedError: It takes a privilege that the user lacks there (1314).
            NotFoundError: There is no such file.
            NotSupportedError: The change would have to be undone.
        """
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Fetching:
    """A whole tree comes as one hive file, sooner than key by key."""

    def fetch_hive(self, node: Node) -> bytes:
        """The hive of a key and all below it, without volatile keys.

        Args:
            node: The key.

        Raises:
            AccessDeniedError: It takes a privilege, or a share, that the user lacks there.
        """
        raise NotImplementedError
